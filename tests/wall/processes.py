"""A simulated reactor and the run on it, each in a process of its own, and what a test needs to know of both."""

import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VAPORDEP = [sys.executable, "-c", "from vapordep.cli import main; main()"]
PATIENCE = 60.0
"""How long anything may take that takes a second on a quiet machine, in s."""
FLOODED = 90.0
"""The same while every core is busy with a flood, in s."""
SAFE_FLOW = 20.0 * 101325.0 * 1e-6 / (8.31446261815324 * 273.15 * 60.0)
"""20 sccm in mol/s, which the reactor file gives as the safe flow of its purge."""
NICENESS = -15
"""Of simulated instruments; 0 is that of everybody else, less goes first."""
BELOW_EPHEMERAL = range(20_000, 32_000)
"""Ports that no system gives to a connection by itself: Linux begins at 32 768, others at 49 152."""
RESTING, SELDOM = 5.0, 0.1
"""Between two looks there are so many times what one has taken, but not more than so many s."""
LIFETIME = 900.0
"""A simulated reactor ends by itself after this, in s, whatever became of its test."""


def recipe_of_pulses(cycles: int, pulse: str = "50 ms", purge: str = "1 s") -> str:
    """A recipe of nothing but pulses of TMA, as soon as the reactor is pumped."""
    return f"""recipe: 1
name: pulses
process: ALD
substrate: lithium
status: unverified
steps:
  - pump: {{to: 5 Pa, within: 2 min}}
  - flow: {{carrier: 20 sccm}}
  - repeat: {cycles}
    layer: Al2O3
    steps:
      - dose: {{source: TMA, pulse: {pulse}}}
      - purge: {{for: {purge}}}
"""


@dataclass(frozen=True)
class Served:
    """A `vapordep simulate` process: the reactor file that leads to it, and its ground truth."""

    file: Path
    process: subprocess.Popen[bytes]

    def truth(self) -> dict[str, Any]:
        """Ground truth of the plant at this instant."""
        found = re.search(r"^truth: (.*):(\d+)$", self.file.read_text(encoding="utf-8"), re.MULTILINE)
        assert found is not None
        with socket.create_connection((found[1], int(found[2])), timeout=PATIENCE) as line, line.makefile("rw") as talk:
            talk.write("truth\n")
            talk.flush()
            answer: dict[str, Any] = json.loads(talk.readline())
        return answer

    def pulses(self, valve: str, truth: dict[str, Any] | None = None) -> list[tuple[float, float]]:
        """(opened, closed) of each opening of a valve of the plant, s on CLOCK_MONOTONIC; infinity while it is open."""
        found: list[tuple[float, float]] = []
        opened: float | None = None
        for at, state in [*(truth or self.truth())["valves"].get(valve, []), (float("inf"), 0.0)]:
            if state > 0.5:
                opened = at if opened is None else opened
            elif opened is not None:
                found.append((opened, at))
                opened = None
        return found

    def is_safe(self, truth: dict[str, Any] | None = None) -> bool:
        """Whether, by ground truth, every output of the plant is at the safe value of the reactor file."""
        driven = (truth or self.truth())["driven"]
        shut = all(driven[f"{name}.valve"] == 0.0 for name in ("TMA", "H2O", "EG"))
        cold = all(driven[f"{zone}.power"] == 0.0 for zone in ("walls", "stage", "lines", "EG"))
        purging = driven["pump.valve"] == 1.0 and driven["carrier.valve"] == 1.0
        return shut and cold and purging and abs(driven["carrier.flow_setpoint"] / SAFE_FLOW - 1.0) < 1e-3

    def all_shut(self) -> bool:
        """Whether every source valve of the plant is closed."""
        truth = self.truth()
        sources = (f"{name}.valve" for name in ("TMA", "H2O", "EG"))
        return all(closed < float("inf") for valve in sources for _, closed in self.pulses(valve, truth))


@contextmanager
def served(
    reactor: Path,
    folder: Path,
    lasting: float = LIFETIME,
    warm: Sequence[str] = (),
    program: Sequence[str] = VAPORDEP,
) -> Iterator[Served]:
    """Serves `reactor` hot and evacuated, lithium on its stage; `warm` says more of how hot."""
    file = folder / "served.yaml"
    options = ["--state", "hot", "--output", str(file), "--for", str(lasting), *warm]
    command = ["simulate", str(reactor), *options]
    with started(*command, into=folder / "simulate.log", program=program) as process:
        first_in_line(process.pid)
        until(file.exists, process)
        yield Served(file, process)


def first_in_line(pid: int) -> None:
    """Where we may: a real instrument has a processor of its own, which no flood keeps from answering."""
    if sys.platform != "win32":
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


class Cable:
    """A TCP line to one instrument that can be pulled, as by a board that restarts, and plugged in again."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = free_port()  # which nobody is given while it is pulled
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._ends: list[socket.socket] = []
        self._accept()

    def pull(self) -> None:
        """Resets what is connected; from now on nobody can connect."""
        _shut(self._listening)
        for end in self._ends:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, no farewell
            _shut(end, shutdown=False)
        self._ends.clear()

    def plug_in(self) -> None:
        """Takes connections again, on the same port."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._accept()

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=(self._listening,), daemon=True).start()

    def _serve(self, listening: socket.socket) -> None:
        with suppress(OSError):  # pulled
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to), timeout=PATIENCE)
                far.settimeout(None)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(4096):
            other.sendall(data)
    _shut(one)
    _shut(other)


def _shut(end: socket.socket, *, shutdown: bool = True) -> None:
    """Closes it, and wakes whoever waits in it."""
    with suppress(OSError):
        if shutdown:
            end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def through_a_cable(served: "Served", instrument: str) -> Iterator[tuple["Served", Cable]]:
    """The same reactor, one of its instruments behind a cable of ours."""
    text = served.file.read_text(encoding="utf-8")
    line = re.compile(rf"(^ *{instrument}: *{{.*?line: [^,}}]*:)(\d+)", re.MULTILINE)
    found = line.search(text)
    assert found is not None, text
    cable = Cable(int(found[2]))
    file = served.file.with_name("cabled.yaml")
    file.write_text(line.sub(rf"\g<1>{cable.port}", text), encoding="utf-8")
    try:
        yield Served(file, served.process), cable
    finally:
        cable.pull()


@contextmanager
def started(*command: str, into: Path, program: Sequence[str] = VAPORDEP) -> Iterator[subprocess.Popen[bytes]]:
    """A `vapordep` process whose output and errors go into a file; killed when the block ends."""
    with into.open("wb") as log, subprocess.Popen([*program, *command], stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def running(recipe: Path, served: Served, history: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`vapordep run start` on a served reactor."""
    options = ["--reactor", str(served.file), "--history", str(history), "--yes", "--json"]
    with started("run", "start", str(recipe), *options, into=history.with_suffix(".log")) as process:
        yield process


def until(holds: Callable[[], bool], process: subprocess.Popen[bytes], within: float = PATIENCE) -> None:
    """Waits until `holds()` while `process` lives, at most `within` s."""
    give_up = time.monotonic() + within
    for _ in looks(holds):
        assert process.poll() is None, "the process has ended"
        assert time.monotonic() < give_up, "it did not come true"


def looks(holds: Callable[[], object], every: float = 0.02) -> Iterator[None]:
    """Ends once it holds; one look after the other, each `every` s, and seldom where a look itself takes long.

    Else whoever waits would take the processor from what is waited for.
    """
    while True:
        began = time.monotonic()
        if holds():
            return
        yield
        time.sleep(max(every, min(RESTING * (time.monotonic() - began), SELDOM)))


def signalled(number: signal.Signals, *pids: int) -> float:
    """When it was."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    return time.monotonic()


def lives(pid: int) -> bool:
    """Whether there is such a process, and it is not only waiting to be counted out."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def relay(served: Served, number: int) -> bool:
    """Whether the board's relay is on, by Modbus function 1 on a connection of our own."""
    return bool(_of_board(served, "0101 0000 0008")[9] >> number & 1)


def switch(served: Served, number: int, *, on: bool) -> None:
    """Switches a relay of the board, by Modbus function 5 on a connection of our own."""
    order = f"0105 {number:04x} {'ff00' if on else '0000'}"
    assert _of_board(served, order)[6:] == bytes.fromhex(order), "it echoes"


def _of_board(served: Served, request: str) -> bytes:
    """What the relay board answers to a request of six bytes, in hex."""
    found = re.search(r"valves:.*modbus\+tcp://([^:]+):(\d+)", served.file.read_text(encoding="utf-8"))
    assert found is not None
    with socket.create_connection((found[1], int(found[2])), timeout=PATIENCE) as line:
        line.sendall(bytes.fromhex(f"000100000006 {request}"))
        return line.recv(100)


def free_port() -> int:
    """A port on the loopback that nobody has just now, of those that no system gives to a connection of its own accord.

    Whoever asks for it binds it only later: one out of the system's own range may by then be the near end of some
    other test's connection.
    """
    for number in random.sample(BELOW_EPHEMERAL, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", number)):
            return number
    raise AssertionError("a hundred ports tried, none of them free")


def answers(port: int) -> bool:
    """Whether the page to log in is to be had at this port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0) as line:
        line.sendall(f"GET /login HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        return b"200 OK" in line.recv(100)
    return False


@contextmanager
def flooded(port: int, token: str) -> Iterator[None]:
    """Within it two callers with that token ask for as many whole pages as there are to be had."""
    ending = threading.Event()
    callers = [threading.Thread(target=_flood, args=(port, token, ending)) for _ in range(2)]
    for caller in callers:
        caller.start()
    try:
        yield
    finally:
        ending.set()
        for caller in callers:
            caller.join()


def _flood(port: int, token: str, ending: threading.Event) -> None:
    asked = f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    while not ending.wait(0.05):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2.0) as line:
            line.settimeout(2.0)
            while not ending.is_set():
                line.sendall(asked * 20)
                if not line.recv(1 << 20):
                    break


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C."""
    process.send_signal(signal.SIGINT)


def printed(history: Path) -> dict[str, Any]:
    """The JSON object that `run start` printed, among what went to its error stream."""
    lines = history.with_suffix(".log").read_text(encoding="utf-8").splitlines()
    answer: dict[str, Any] = json.loads(next(line for line in lines if line.startswith("{")))
    return answer


def listed(history: Path) -> list[dict[str, Any]]:
    """What `vapordep runs list --json` prints."""
    options = ["runs", "list", "--history", str(history), "--json"]
    done = subprocess.run([*VAPORDEP, *options], check=True, capture_output=True, timeout=PATIENCE)
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer
