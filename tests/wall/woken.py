"""Where a person would be woken: a server on the loopback that takes what apprise sends as JSON."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Empty, Queue
from typing import Any


@dataclass
class Woken:
    """`address` for apprise, and what has come there so far."""

    address: str = ""
    _coming: "Queue[dict[str, Any]]" = field(default_factory=Queue)
    _come: list[dict[str, Any]] = field(default_factory=list)

    def next(self, within: float) -> dict[str, Any]:
        """The next notice, which must come within so many s."""
        return self._coming.get(timeout=within)

    def heard(self, title: str) -> bool:
        """Whether a notice has come whose title ends so."""
        try:
            while True:
                self._come.append(self._coming.get_nowait())
        except Empty:
            return any(notice["title"].endswith(title) for notice in self._come)


@contextmanager
def woken() -> Iterator[Woken]:
    """Takes notices within it."""
    person = Woken()

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            person._coming.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        person.address = f"json://127.0.0.1:{server.server_address[1]}/"
        yield person
        server.shutdown()
