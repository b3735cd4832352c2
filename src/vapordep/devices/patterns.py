"""Patterns of replies: which bytes a driver would have accepted at each place, as a regular expression.

What must be exact and what may vary no manual says in a form that a program can read. The driver knows: given the
recorded reply with one byte changed, it either asks on as before and is content, or it is not. So each place of a
reply is tried, with the driver itself as the judge, on a script instead of a line.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace

from vapordep.devices.device import Device
from vapordep.devices.framing import Accepted, Framing
from vapordep.devices.recording import Exchange
from vapordep.errors import NoReply, VapordepError
from vapordep.lazy import dataclass

ANY = frozenset(range(256))
DIGITS, SIGNS = frozenset(b"0123456789"), frozenset(b"+-")
Places = tuple[frozenset[int], ...]
"""The bytes allowed at each place of one reply's payload."""
Replies = tuple[bytes, ...]
Act = Callable[[Device], Awaitable[None]]
"""What a driver is to do; it raises when it is not content."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a driver asked, the replies that it gets, and what it is to do with them."""

    device: Device
    exchanges: tuple[Exchange, ...]
    replies: Replies
    act: Act

    @property
    def commands(self) -> tuple[bytes, ...]:
        """What it commands, where the protocol tells that from what only asks."""
        return tuple(e.payload for e in self.exchanges if e.framing.acknowledgement(e.payload) is not None)

    def after(self, commands: Sequence[bytes]) -> "Script":
        """The same, with the replies of an instrument that has obeyed `commands`, as far as the protocol tells them."""
        pairs = zip(self.exchanges, self.replies, strict=True)
        return replace(self, replies=tuple(e.framing.after(commands, e.payload, reply) for e, reply in pairs))

    def judged_by(self, act: Act) -> "Script":
        """The same, with something else to do."""
        return replace(self, act=act)

    def with_byte(self, number: int, place: int, byte: int) -> "Script":
        """The same, one byte of one reply changed."""
        reply = self.replies[number]
        return self.with_reply(number, reply[:place] + bytes((byte,)) + reply[place + 1 :])

    def with_reply(self, number: int, reply: bytes) -> "Script":
        """The same, with another reply."""
        return replace(self, replies=(*self.replies[:number], reply, *self.replies[number + 1 :]))


class _Prompter:
    """Stands for the line: gives the replies of a script, as long as the questions are those of the script."""

    def __init__(self, script: Script) -> None:
        self.clock = script.device.line.clock
        self.where = script.device.line.where
        self.began = self.clock.now()
        self._left = list(zip(script.exchanges, script.replies, strict=True))

    @asynccontextmanager
    async def claimed(self, **_: object) -> AsyncIterator[None]:
        """Nobody else uses it."""
        yield

    @asynccontextmanager
    async def together(self, **_: object) -> AsyncIterator[None]:
        """Nobody else uses it."""
        yield

    async def ask(self, payload: bytes, framing: Framing, **_: object) -> bytes:
        """The next reply; raises NoReply to any other question, and for a reply that the framing would not take."""
        if not self._left or self._left[0][0].payload != payload:
            raise NoReply(f"{payload!r} is not in the script", where=self.where)
        exchange, reply = self._left.pop(0)
        if framing.unanswered(payload) is not None:
            return reply
        frame = framing.reply_frame(exchange.sent, reply)
        found = None if frame is None else framing.decode(frame, exchange.sent)
        if not isinstance(found, Accepted) or found.payload != reply:
            raise NoReply(f"{reply!r} is no reply to {payload!r}", where=self.where)
        return reply

    @property
    def ended(self) -> bool:
        """Whether everything was asked."""
        return not self._left


async def content(script: Script) -> bool:
    """Whether the driver asks all that is in the script, nothing else, and is content with the replies."""
    prompter = _Prompter(script)
    double = deepcopy(script.device, {id(script.device.line): prompter})
    try:
        await script.act(double)
    except VapordepError:
        return False
    return prompter.ended


async def places(script: Script) -> tuple[Places, ...]:
    """The allowed bytes at each place of each reply."""
    return tuple([
        tuple([await _allowed(script, number, place) for place in range(len(reply))])
        for number, reply in enumerate(script.replies)
    ])  # fmt: skip


async def bare(script: Script) -> Script:
    """The script without asides behind its replies, where the driver does not need them."""
    for number, exchange in enumerate(script.exchanges):
        for word in exchange.framing.asides:
            shorter = script.with_reply(number, script.replies[number].removesuffix(b" " + word))
            script = shorter if await content(shorter) else script
    return script


async def asides(script: Script, number: int) -> str:
    """The expression of what may stand behind a reply without making the driver discontent."""
    reply = script.replies[number]
    words = script.exchanges[number].framing.asides
    borne = [word for word in words if await content(script.with_reply(number, reply + b" " + word))]
    return f"(?:{exactly(b' ')}(?:{'|'.join(map(exactly, borne))}))*" if borne else ""


async def changed_to(script: Script) -> Script | None:
    """The script with the one bit or digit changed that makes its driver content."""
    for number, reply in enumerate(script.replies):
        for place, byte in enumerate(reply):
            for other in _neighbours(byte, text=script.exchanges[number].framing.text):
                tried = script.with_byte(number, place, other)
                if await content(tried):
                    return tried
    return None


def expression(allowed: Sequence[frozenset[int]]) -> str:
    """The regular expression, in ASCII, of bytes that are allowed place by place."""
    parts = ["." if bytes_ == ANY else _class(bytes_) for bytes_ in allowed]
    return "".join(_counted(parts))


def exactly(data: bytes) -> str:
    """The expression of these bytes and no others."""
    return expression([frozenset((byte,)) for byte in data])


def _neighbours(byte: int, *, text: bool) -> Iterator[int]:
    if text:
        yield from sorted((DIGITS if byte in DIGITS else frozenset()) - {byte})
    else:
        yield from (byte ^ 1 << bit for bit in range(8))


async def _allowed(script: Script, number: int, place: int) -> frozenset[int]:
    """A digit or a sign may vary when others do as well, letters stand; of a byte those bits that nobody looks at."""
    byte = script.replies[number][place]

    async def bears(*others: int) -> bool:
        return all([await content(script.with_byte(number, place, other)) for other in others])

    if script.exchanges[number].framing.text:
        kind = next((kind for kind in (DIGITS, SIGNS) if byte in kind), frozenset((byte,)))
        others = sorted(kind - {byte})
        return (
            kind if others and await bears(*{others[0], others[len(others) // 2], others[-1]}) else frozenset((byte,))
        )
    if await bears(byte ^ 0xFF) and await bears(byte ^ 0x0F, byte ^ 0xAA):
        return ANY
    allowed = {byte}
    for bit in range(8):
        if await bears(byte ^ 1 << bit):
            allowed |= {each ^ 1 << bit for each in allowed}
    return frozenset(allowed)


def _class(allowed: frozenset[int]) -> str:
    ordered = sorted(allowed)
    if len(ordered) == 1:
        return _escaped(ordered[0])
    return "[" + "".join(_escaped(byte) for byte in ordered) + "]"


def _escaped(byte: int) -> str:
    character = chr(byte)
    return character if re.fullmatch(r"[A-Za-z0-9]", character) else f"\\x{byte:02x}"


def _counted(parts: Sequence[str]) -> Iterator[str]:
    """Runs of equal parts as one with a count."""
    begin = 0
    for end in range(1, len(parts) + 1):
        if end == len(parts) or parts[end] != parts[begin]:
            count = end - begin
            yield parts[begin] if count == 1 else f"{parts[begin]}{{{count}}}"
            begin = end
