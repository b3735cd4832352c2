"""Lines of text that end with CR, CRLF, `;FF` or the like; a reply may have several of them."""

from collections.abc import Callable, Sequence

from vapordep.devices.framing import Accepted, Foreign, Framing
from vapordep.errors import ProtocolError

Judge = Callable[[bytes, bytes], bool]
"""Tells something of (one line of the reply, the question), both without their ends."""

LONGEST = 4096
"""No reply of any instrument here is longer, bytes."""
PRINTABLE = bytes(range(0x20, 0x7F))


def _always(line: bytes, question: bytes) -> bool:
    return True


def _never(question: bytes) -> bool:
    return False


class Terminator(Framing):
    """Messages of printable ASCII with an end of one or more bytes; there is no checksum.

    `mine` tells whether a line answers this instrument's question: lines of others are dropped. `last` tells which
    line completes a reply of several; by itself the first does. The payload keeps the ends between lines. `open_ended`
    tells of which questions the reply may also end with any line that nothing follows. `asides` are the words that the
    instrument may put behind a reply.
    """

    text = True

    def __init__(
        self,
        end: bytes,
        *,
        mine: Judge = _always,
        last: Judge = _always,
        open_ended: Callable[[bytes], bool] = _never,
        asides: Sequence[str] = (),
        reply_within: float = 0.5,
    ) -> None:
        self.end = end
        self.mine = mine
        self.last = last
        self.open_ended = open_ended
        self.asides = tuple(word.encode() for word in asides)
        self.reply_within = reply_within

    def encode(self, payload: bytes) -> bytes:
        """The payload and the end."""
        return payload + self.end

    def decode(self, received: bytes, sent: bytes) -> Accepted | Foreign | None:
        """Takes whole lines up to the last one; raises ProtocolError for unprintable bytes and endless replies."""
        question = sent[: -len(self.end)]
        begin = 0
        while (stop := received.find(self.end, begin)) >= 0:
            line = received[begin:stop]
            if line.translate(None, PRINTABLE):
                raise ProtocolError(f"unprintable bytes in {line!r}", remedy="check baud rate, parity and shielding")
            if not self.mine(line, question):
                if begin:
                    raise ProtocolError(f"{line!r} came within a reply of another instrument")
                return Foreign(stop + len(self.end))
            begin = stop + len(self.end)
            if self.last(line, question):
                return Accepted(received[:stop], begin)
        if len(received) > LONGEST:
            raise ProtocolError(f"a reply of more than {LONGEST} bytes to {sent!r}")
        return None

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes:
        """The payload and the end."""
        return payload + self.end

    def settled(self, received: bytes, sent: bytes) -> Accepted | None:
        """All lines so far, of a reply that is open-ended; `decode` has judged each of them."""
        whole = received.endswith(self.end) and self.open_ended(sent[: -len(self.end)])
        return Accepted(received[: -len(self.end)], len(received)) if whole else None
