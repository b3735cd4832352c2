"""Lines of text that end with CR, CRLF, `;FF` or the like; a reply may have several of them."""

from collections.abc import Callable, Sequence

from vapordep.devices.framing import Accepted, Foreign, Framing
from vapordep.errors import ProtocolError

Judge = Callable[[bytes, bytes], bool]
"""Tells something of (one line of the reply, the question), both without their ends."""

LONGEST = 4096
"""No reply of any instrument here is longer, bytes."""
PRINTABLE = bytes(range(0x20, 0x7F))
LINE_ENDS = b"\r\n"
"""What may be left of an end of line that has more bytes than was thought: it is no part of any reply."""
NOISE = b"\x00\xff" + LINE_ENDS
"""What a line shows as a transmitter is switched on, or an instrument."""


def _always(line: bytes, question: bytes) -> bool:
    return True


def _never(question: bytes) -> bool:
    return False


class Terminator(Framing):
    """Messages of printable ASCII with an end of one or more bytes; there is no checksum.

    `mine` tells whether a line answers this instrument's question: lines of others are dropped. `last` tells which
    line completes a reply of several; by itself the first does. The payload keeps the ends between lines. `open_ended`
    tells of which questions the reply may also end with any line that nothing follows. `asides` are the words that the
    instrument may put behind a reply. `headed` says that `mine` knows a line by how it begins: then noise before it is
    dropped, which else might be a spoilt first digit or sign. `alike`: see Framing.
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
        headed: bool = False,
        alike: bool = False,
        reply_within: float = 0.5,
    ) -> None:
        self.end = end
        self.mine = mine
        self.last = last
        self.open_ended = open_ended
        self.asides = tuple(word.encode() for word in asides)
        self.headed = headed
        self.alike = alike
        self.reply_within = reply_within

    def encode(self, payload: bytes) -> bytes:
        """The payload and the end."""
        return payload + self.end

    def decode(self, received: bytes, sent: bytes) -> Accepted | Foreign | None:
        """Takes whole lines up to the last one; raises ProtocolError for unprintable bytes and endless replies."""
        question = sent[: -len(self.end)]
        begin, lines = 0, []
        while (stop := received.find(self.end, begin)) >= 0:
            line = self._bare(received[begin:stop])
            if line.translate(None, PRINTABLE):
                raise ProtocolError(f"unprintable bytes in {line!r}", remedy="check baud rate, parity and shielding")
            if not self.mine(line, question):
                if begin:
                    raise ProtocolError(f"{line!r} came within a reply of another instrument")
                return Foreign(stop + len(self.end))
            begin = stop + len(self.end)
            lines.append(line)
            if self.last(line, question):
                return Accepted(self.end.join(lines), begin)
        if len(received) > LONGEST:
            raise ProtocolError(f"a reply of more than {LONGEST} bytes to {sent!r}")
        return None

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes:
        """The payload and the end."""
        return payload + self.end

    def settled(self, received: bytes, sent: bytes) -> Accepted | None:
        """All lines so far, of a reply that is open-ended; `decode` has judged each of them."""
        whole = received if self.end.endswith(b"\n") else received.rstrip(b"\n")
        if not whole.endswith(self.end) or not self.open_ended(sent[: -len(self.end)]):
            return None
        lines = whole[: -len(self.end)].split(self.end)
        return Accepted(self.end.join(map(self._bare, lines)), len(received))

    def _bare(self, line: bytes) -> bytes:
        """A line without what is not its own at its two ends."""
        line = line.strip(LINE_ENDS)
        return line.lstrip(NOISE) if self.headed else line
