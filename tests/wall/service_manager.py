"""A service manager after sd_notify(3): the datagram socket on which it hears how its service is."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.wall.processes import PATIENCE


class ServiceManager:
    """All that it was told so far, with when, s on CLOCK_MONOTONIC."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.told: list[tuple[float, str]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """A queue that nobody empties takes ten messages."""
        with suppress(OSError):  # closed
            while text := self._socket.recv(4096).decode():
                self.told.append((time.monotonic(), text))

    def heard(self, what: str) -> list[float]:
        """When each message came that begins so."""
        return [when for when, text in self.told if text.startswith(what)]

    def hears(self, what: str, times: int = 1, within: float = PATIENCE) -> None:
        """Waits until such a message has come so often, from now on."""
        before, give_up = len(self.heard(what)), time.monotonic() + within
        while len(self.heard(what)) < before + times:
            assert time.monotonic() < give_up, (what, self.told[-5:])
            time.sleep(0.02)

    def silent(self, what: str, within: float) -> bool:
        """Whether no such message comes for so many s from now on."""
        before = len(self.heard(what))
        time.sleep(within)
        return len(self.heard(what)) == before

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def service_manager(
    folder: Path, setenv: Callable[[str, str], None], *, abstract: bool = False
) -> Iterator[ServiceManager]:  # fmt: skip
    """Listens within it, and tells those that are started where, as systemd does."""
    made = ServiceManager(f"@vapordep-{os.getpid()}" if abstract else str(folder / "notify"))
    setenv("NOTIFY_SOCKET", made.address)
    try:
        yield made
    finally:
        made.close()
