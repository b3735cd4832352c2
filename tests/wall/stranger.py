"""A stranger's client of the live stream: a plain socket, RFC 9112, and the standard of server-sent events."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO


@dataclass(frozen=True)
class Message:
    """One message: its kind, the id that holds after it, and what it tells."""

    kind: str
    id: str
    told: dict[str, Any]


class Stranger:
    """One connection to the stream; it goes on behind the id `last`."""

    def __init__(self, port: int, token: str, last: str = "", patience: float = 30.0) -> None:
        self.last = last
        self._line = socket.create_connection(("127.0.0.1", port), timeout=patience)
        head = f"GET /api/stream HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\n"
        self._line.sendall(f"{head}{f'Last-Event-ID: {last}' if last else 'Accept: */*'}\r\n\r\n".encode())
        self._read: BinaryIO = self._line.makefile("rb")
        try:
            first = self._read.readline()
            if not first:
                raise ConnectionResetError("it hung up")
            self.status = int(first.split()[1])
            self.headers = dict(_head(self._read))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Goes away."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._read.close()
        self._line.close()

    def refusal(self) -> dict[str, Any]:
        """What was answered where it was no stream."""
        found: dict[str, Any] = json.loads(self._read.read(int(self.headers["content-length"])))
        return found

    def __iter__(self) -> Iterator[Message]:
        """Messages until the connection ends, however it does."""
        kind, data = "message", ""
        for line in self._lines():
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "event":
                    kind = value
                case "data":
                    data += value
                case "id":
                    self.last = value
                case "" if data:
                    yield Message(kind, self.last, json.loads(data))
                    kind, data = "message", ""

    def _lines(self) -> Iterator[str]:
        rest = b""
        for part in self._parts():
            *lines, rest = (rest + part).split(b"\n")
            yield from (line.decode() for line in lines)

    def _parts(self) -> Iterator[bytes]:
        with suppress(OSError, ValueError):  # reset, or closed here
            while length := int(self._read.readline(), 16):
                yield self._read.read(length)
                self._read.readline()


def _head(read: BinaryIO) -> Iterator[tuple[str, str]]:
    while line := read.readline().strip():
        name, _, value = line.decode().partition(":")
        yield name.lower(), value.strip()
