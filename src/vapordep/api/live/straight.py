"""A straight way to all who listen: what each is sent is framed once for all, and passes no layer of an answer.

Of a message to 50 listeners those layers took more than all else. They have done their work once the head is sent: what
follows is parts of a chunked body (RFC 9112, 7.1).
"""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Straight = Callable[[bytes], bool]
"""Writes a part of a body whose head was sent; False, and nothing is written, where the other side does not read."""
EXTENSION = "vapordep.straight"
"""Of the ASGI scope."""


class Frame:
    """The latest part and its frame: the next in the row is sent the same."""

    def __init__(self) -> None:
        self._part, self._framed = b"", b""

    def of(self, part: bytes) -> bytes:
        """The part as a chunk."""
        if part is not self._part:
            self._part, self._framed = part, b"%x\r\n%b\r\n" % (len(part), part)
        return self._framed


FRAME = Frame()


class WithStraight(HttpToolsProtocol):
    """Offers that way to every answer."""

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: self._write}  # type: ignore[dict-item]

    def _write(self, part: bytes) -> bool:
        if self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(FRAME.of(part))
        return True


def straight_to(scope: Any) -> Straight | None:
    """The straight way to who asked; None where the server has none."""
    found: Straight | None = scope.get("extensions", {}).get(EXTENSION)
    return found
