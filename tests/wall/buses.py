"""Buses: several simulated instruments on one line, as on RS-485, any of which can be made mute."""

import re
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from tests.wall.processes import Served


class Bus:
    """A TCP line behind which several instruments hear everything; those in `mute` hear it too, but say nothing."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self.ports = ports
        self.mute: set[str] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Nobody can connect any more."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                far = {name: socket.create_connection(("127.0.0.1", port)) for name, port in self.ports.items()}
                for name, end in far.items():
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._say, args=(name, end, near), daemon=True).start()
                threading.Thread(target=self._hear, args=(near, list(far.values())), daemon=True).start()

    def _hear(self, near: socket.socket, far: Sequence[socket.socket]) -> None:
        with suppress(OSError):
            while data := near.recv(4096):
                for end in far:
                    end.sendall(data)
        for end in (near, *far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _say(self, name: str, end: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := end.recv(4096):
                if name not in self.mute:
                    near.sendall(data)


@contextmanager
def on_buses(served: Served, *groups: Sequence[str]) -> Iterator[tuple[Served, dict[str, Bus]]]:
    """The same reactor, each group of its instruments on a line of its own; the bus of each instrument."""
    text, found = served.file.read_text(encoding="utf-8"), {}
    for group in groups:
        lines = {name: re.compile(rf"(^ *{name}: *{{.*?line: [^,}}]*:)(\d+)", re.MULTILINE) for name in group}
        ports = {name: re.search(line, text) for name, line in lines.items()}
        bus = Bus({name: int(port[2]) for name, port in ports.items() if port is not None})
        assert len(bus.ports) == len(group), text
        for line in lines.values():
            text = line.sub(rf"\g<1>{bus.port}", text)
        found |= dict.fromkeys(group, bus)
    file = served.file.with_name("on_buses.yaml")
    file.write_text(text, encoding="utf-8")
    try:
        yield Served(file, served.process), found
    finally:
        for bus in found.values():
            bus.close()
