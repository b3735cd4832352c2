"""Stands between engine and simulated instruments: spoils one reading when told, and times the first safe command.

What the instruments say is handed to the limit as well, after the engine, so that it is woken as often.

Called as `python -m bench.tap FIFO SENSOR BOARD`, ports of the flow controller and of the relay board. It prints one
JSON line with its own ports for these and for the limit; then each line `violate` or `limit` on standard input is
answered by the seconds from the violating bytes to the first byte of the answer, and a line `watch` by the instant
of the next write to the board, s on CLOCK_MONOTONIC.
"""

import gc
import json
import os
import re
import select
import socket
import sys
import time

FLOW = re.compile(rb"(A(?: [+-]?\d+\.\d+){3} )([+-]?)(\d+)(\.\d+)")
"""Of a data frame: pressure, temperature and volume flow, then the mass flow."""
WRITES = frozenset((5, 15))
"""Modbus functions that move relays."""
FUNCTION = 7
"""Its place in a Modbus TCP frame."""
PATIENCE = 5.0
"""s; an answer that takes longer ends the measurement."""
MESSAGE = b"A +011.43 +025.00 +019.60 +099.00 +020.00 Ar\r"
"""What the limit is sent: as long as a data frame."""


class Tap:
    """Carries bytes both ways, in one thread that does nothing else."""

    def __init__(self, sensor: int, board: int) -> None:
        self._targets = (sensor, board)
        self._listening = [_listen() for _ in range(4)]
        self._other: dict[socket.socket, socket.socket] = {}
        self._sensors: set[socket.socket] = set()
        self._engines: set[socket.socket] = set()
        self._limit: list[socket.socket] = []
        self._wanted = self._watched = False
        self._sent = 0.0

    @property
    def ports(self) -> list[int]:
        """Of sensor and board for the engine, then what the limit reads and writes."""
        return [listening.getsockname()[1] for listening in self._listening]

    def run(self) -> None:
        """Until standard input ends."""
        while True:
            waited = PATIENCE if self._sent or self._wanted else None
            ready, _, _ = select.select([sys.stdin, *self._listening, *self._other], [], [], waited)
            if not ready:
                raise TimeoutError("no safe command came")
            for each in ready:
                if each is sys.stdin:
                    if not self._told(sys.stdin.readline()):
                        return
                elif each in self._listening:
                    self._accept(self._listening.index(each))
                else:
                    self._carry(each)

    def _told(self, line: str) -> bool:
        if line.strip() == "violate":
            self._wanted = True
        elif line.strip() == "watch":
            self._watched = True
        elif line.strip() == "limit":
            self._print(self._bare())
        return bool(line)

    def _accept(self, number: int) -> None:
        near, _ = self._listening[number].accept()
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if number >= len(self._targets):
            self._limit.append(near)
            return
        far = socket.create_connection(("127.0.0.1", self._targets[number]), timeout=PATIENCE)
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._other |= {near: far, far: near}
        if number == 0:
            self._sensors.add(far)
        else:
            self._engines.add(near)

    def _carry(self, one: socket.socket) -> None:
        data = one.recv(4096)
        at = time.perf_counter()
        other = self._other[one]
        if not data:
            del self._other[one], self._other[other]
            one.close()
            other.close()
            return
        if one in self._engines and len(data) > FUNCTION and data[FUNCTION] in WRITES:
            if self._sent:
                took, self._sent = at - self._sent, 0.0
                self._print(took)
            elif self._watched:
                self._watched = False
                self._print(at)
        if self._wanted and one in self._sensors and FLOW.search(data):
            data = FLOW.sub(_violating, data)
            self._wanted, self._sent = False, time.perf_counter()
        other.sendall(data)
        if self._limit and not self._sent and one not in self._engines:
            self._limit[0].sendall(data)

    def _bare(self) -> float:
        read, written = self._limit
        sent = time.perf_counter()
        read.sendall(MESSAGE)
        if not select.select([written], [], [], PATIENCE)[0]:
            raise TimeoutError("the limit did not answer")
        written.recv(4096)
        return time.perf_counter() - sent

    def _print(self, took: float) -> None:
        sys.stdout.write(json.dumps(took) + "\n")
        sys.stdout.flush()


def _violating(found: re.Match[bytes]) -> bytes:
    """The same frame with a flow that is too large, yet one that may be, as many characters as before: 20.0, 99.0."""
    return found[1] + found[2] + b"99".rjust(len(found[3]), b"0") + found[4]


def _listen() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def main() -> None:
    priority, sensor, board = (int(word) for word in sys.argv[1:4])
    if priority:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    tap = Tap(sensor, board)
    print(json.dumps(tap.ports), flush=True)
    gc.disable()
    tap.run()


if __name__ == "__main__":
    main()
