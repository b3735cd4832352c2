"""Framings: how a protocol marks where its messages begin and end, and whose they are."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple


class Accepted(NamedTuple):
    """A whole reply was found: its payload, and how many received bytes it took."""

    payload: bytes
    consumed: int


class Foreign(NamedTuple):
    """A whole message was found that is not the reply asked for: `consumed` bytes to drop; waiting goes on."""

    consumed: int


class Framing(ABC):
    """Turns payloads into bytes on the line and finds the reply among the bytes received."""

    reply_within: float = 0.5
    """How long a reply may take, in s."""
    quiet_gap: float = 0.05
    """How long a line must be silent, in s, to count as drained after a time-out."""
    pause: float = 0.2
    """How long a line must be silent, in s, to end a reply that marks no end."""
    rest: float = 0.0
    """How long an instrument needs after its reply, in s, before it hears the next question."""
    numbered: bool = False
    """Whether each reply carries the number of its question, so that a late one cannot pass for another."""

    alike: bool = False
    """Whether replies to several of its questions look alike: one that comes twice could pass for the next one."""

    text: bool = False
    """Whether its messages are text: numbers in digits, not in bits."""
    asides: tuple[bytes, ...] = ()
    """Words that an instrument may put behind a reply of text, a space before each: warnings about something else."""
    checksum: str = ""
    """The name of the two check bytes at the end of every frame, where there are any: `crc16` is that of Modbus RTU."""
    checked: bool = False
    """Whether replies carry a checksum, so that a bit that flipped on the way is noticed."""

    @abstractmethod
    def encode(self, payload: bytes) -> bytes:
        """The bytes to send for `payload`."""

    @abstractmethod
    def decode(self, received: bytes, sent: bytes) -> Accepted | Foreign | None:
        """Looks for the reply to the frame `sent` at the beginning of `received`; None while it is incomplete.

        Raises ProtocolError when `received` can never become a reply (garbage, wrong checksum).
        """

    def settled(self, received: bytes, sent: bytes) -> Accepted | None:
        """The reply to `sent` if nothing follows `received` for `pause` s: for replies that mark no end."""
        return None

    def unanswered(self, payload: bytes) -> float | None:
        """How long an instrument needs, in s, for a command that it does not answer; None for what it answers.

        Its reply is b"", at once: whether it obeyed tells only the question that follows.
        """
        return None

    def asks(self, payload: bytes) -> bool:
        """Whether it only asks, so that it changes nothing; False also where that was not written down."""
        return False

    def acknowledgement(self, command: bytes) -> bytes | None:
        """What an instrument replies that obeys `command`; None where that was not written down."""
        return None if self.unanswered(command) is None else b""

    def after(self, commands: Sequence[bytes], question: bytes, reply: bytes) -> bytes:
        """The `reply` to a question as it will be once the instrument has obeyed `commands`."""
        return reply

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes | None:
        """The whole frame in which an instrument would send `payload` as its reply to the frame `sent`.

        None where that was not written down; then another process cannot tell a reply from noise.
        """
        return None

    def resync(self) -> bytes:
        """Bytes that bring a confused instrument back to waiting for a command; sent after a time-out."""
        return b""
