"""The patience of the web process: who opens a connection must soon say what they want, head and body."""

import asyncio
import json
from typing import Any

from vapordep.api.live.straight import WithStraight

HEAD_WITHIN = 10.0
"""s, from the connection, or from the first byte of a later request on it, to the end of the request's head."""


class Patient(WithStraight):
    """Hangs up on whoever does not finish a request's head in time: they would keep room from others, ABORT too."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A connection is there; nothing was said yet."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """All of its head."""
        self._wait_no_more()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is refused in the form of every refusal."""
        told = {"type": "NotHttp", "message": msg, "where": "the door", "remedy": "send HTTP/1.1"}
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_WITHIN, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
