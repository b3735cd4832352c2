"""Stands before a simulated relay board and stamps each frame that moves a relay, in a process that does nothing else.

Called as `python -m bench.stamps FIFO BOARD`, with the port of the board. It prints its own port; each line on standard
input is answered by one JSON line of all since the line before: [instant in s on CLOCK_MONOTONIC, frames in hex]. The
board itself works out what its valves do to a chamber, so that it may read late what had come in time.
"""

import gc
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 30.0
"""s."""
HEADER, FUNCTION, WRITE = 6, 7, 5
"""Of a Modbus TCP frame: so many bytes, the last two of which tell how many follow; where its function stands; that of
one relay."""


class Stamps:
    """Carries bytes both ways, for one connection after another or several at once."""

    def __init__(self, board: int) -> None:
        self._board = board
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._other: dict[socket.socket, socket.socket] = {}
        self._near: set[socket.socket] = set()
        self._stamps: list[tuple[float, str]] = []

    def run(self) -> None:
        """Until standard input ends."""
        print(self._listening.getsockname()[1], flush=True)
        while True:
            for each in select.select([sys.stdin, self._listening, *self._other], [], [])[0]:
                if each is self._listening:
                    self._accept()
                elif each is not sys.stdin:
                    self._carry(each)
                elif not self._told(sys.stdin.readline()):
                    return

    def _told(self, line: str) -> bool:
        if line:
            print(json.dumps(self._stamps), flush=True)
            self._stamps.clear()
        return bool(line)

    def _accept(self) -> None:
        near, far = self._listening.accept()[0], socket.create_connection(("127.0.0.1", self._board), timeout=PATIENCE)
        for each in (near, far):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._other |= {near: far, far: near}
        self._near.add(near)

    def _carry(self, one: socket.socket) -> None:
        if one not in self._other:  # closed together with the other
            return
        try:
            data = one.recv(4096)
        except ConnectionResetError:  # the sender in C does not read what the board answers
            data = b""
        at = time.monotonic()
        other = self._other[one]
        if not data:
            del self._other[one], self._other[other]
            one.close()
            other.close()
            return
        other.sendall(data)
        if one in self._near and (moved := b"".join(moving(data))):
            self._stamps.append((at, moved.hex()))


def moving(data: bytes) -> Iterator[bytes]:
    """The frames that move a relay. Raises ValueError when the last one is not whole: they are sent in one piece."""
    while data:
        end = HEADER + int.from_bytes(data[HEADER - 2 : HEADER], "big")
        if not HEADER < end <= len(data):
            raise ValueError(f"this ends within a frame: {data.hex()}")
        if data[FUNCTION] == WRITE:
            yield data[:end]
        data = data[end:]


class Stamping:
    """That process, as others use it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.port = int(self._line())
        self._edges: list[tuple[float, str]] = []

    def edges(self) -> list[tuple[float, str]]:
        """(instant of arrival in s on CLOCK_MONOTONIC, frames in hex) of all that moved a relay so far."""
        assert self._process.stdin is not None  # noqa: S101
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._edges += [(at, frames) for at, frames in json.loads(self._line())]
        return list(self._edges)

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("what stamps the frames has ended")
        return line


@contextmanager
def stamping(board: int, priority: int) -> Iterator[Stamping]:
    """Stands before the board at that port, with SCHED_FIFO of that priority unless it is 0."""
    command: list[Any] = [sys.executable, "-m", "bench.stamps", str(priority), str(board)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Stamping(process)
        finally:
            process.kill()


def main() -> None:
    priority, board = (int(word) for word in sys.argv[1:3])
    if priority:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    gc.disable()
    Stamps(board).run()


if __name__ == "__main__":
    main()
