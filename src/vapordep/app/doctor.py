"""The doctor: measures on this computer what a run depends on, and has each figure judged."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vapordep.app import diagnosis
from vapordep.app.diagnosis import Line, Spread
from vapordep.app.places import reactor_file
from vapordep.chemistry import substrate
from vapordep.clock import WallClock, run_wall, trial
from vapordep.history.database.sqlite import library_fault
from vapordep.history.folder import SPACE_FLOOR, SPACE_WARNING, free_where_permitted, nearest
from vapordep.model.batches import Batch
from vapordep.model.tags import Quality
from vapordep.reactor import read_reactor, tag_table
from vapordep.safety.conditions import NEVER_STALE, Latest
from vapordep.safety.interlocks.compiled import Compiled, Interlock
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.monitors import Derivation
from vapordep.safety.protection import Rules

PERIOD, WIDTH = 0.05, 0.02
"""Of the pulses that are tried, in s."""
BLOCKS = 4
"""Turns of ours and of the bare loop, so that both meet the same neighbours."""
ROUNDS = 200
WRITES = 20
COOL, HOT = 373.15, 2000.0
"""K."""
LEAST_PYTHON = (3, 11)
Tell = Callable[[str], None]


def examine(history: Path, tell: Tell, pulses: int = 100) -> Iterator[Line]:
    """Each line of the diagnosis as it comes, in about `pulses` / 10 s; `tell` takes what is done meanwhile."""
    yield diagnosis.python(sys.version_info[:2], sys.version.partition(" ")[0], LEAST_PYTHON)
    yield diagnosis.sqlite(sqlite3.sqlite_version, library_fault())
    yield _visa()
    yield diagnosis.sleep(trial.slept())
    yield diagnosis.synchronised(_ntp())
    yield diagnosis.disk(free_where_permitted(history), SPACE_FLOOR, SPACE_WARNING)
    tell(f"durable writes at {history}")
    yield _durable_write(history)
    tell(f"{pulses} pulses of {1e3 * WIDTH:.0f} ms, ours and a bare loop's: {2 * pulses * PERIOD:.0f} s")
    before = _ticks()
    scheduling, ours, bare = run_wall(lambda clock: _pulses(clock, pulses))
    yield diagnosis.policy(scheduling)
    yield diagnosis.dose_timing(ours, bare, scheduling.partition(" ")[0])
    tell(f"{ROUNDS} samples that violate an interlock")
    yield diagnosis.reaction(*run_wall(_reactions))
    yield diagnosis.steal(_share(before, _ticks()))


async def _pulses(clock: WallClock, pulses: int) -> tuple[str, Spread, Spread]:
    """How the edges are scheduled, and the errors of widths: ours, and those of a bare loop."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(BLOCKS):
        count = max(pulses // BLOCKS, 1)
        ours += trial.widths(await trial.edges(clock, trial.plan(count, PERIOD, WIDTH)))
        planned = trial.plan(count, PERIOD, WIDTH)
        bare += trial.widths(await asyncio.to_thread(trial.bare_loop, planned))
    return clock.scheduling, _errors(ours), _errors(bare)


def _errors(widths: list[float]) -> Spread:
    return Spread.of([abs(width - WIDTH) for width in widths])


async def _reactions(clock: WallClock) -> tuple[Spread, Spread]:
    """From a sample on a loopback socket to the answer: through monitors and interlocks, and by a bare echo."""
    judge = _Judge()
    server = await asyncio.start_server(judge.serve, "127.0.0.1", 0)
    async with server:
        with closing(socket.create_connection(server.sockets[0].getsockname()[:2])) as line:
            ours = await trial.answered(lambda: _ask(line), ROUNDS)
    with _echo() as address, closing(socket.create_connection(address)) as line:
        bare = await trial.answered(lambda: _ask(line), ROUNDS)
    return Spread.of(ours), Spread.of(bare)


def _ask(line: socket.socket) -> None:
    line.sendall(b"?")
    line.recv(1)


class _Judge:
    """The shipped reactor's monitors and interlocks behind a socket: each byte is a foil that is too hot.

    It answers as the gate does, within the look that trips. Drivers, polls and lines are left out, and all is warm.
    """

    def __init__(self) -> None:
        reactor = read_reactor(reactor_file(None))
        coated = substrate(reactor.substrates[0])
        others = frozenset(f"{name}.covered" for name in reactor.substrates[1:])
        self._rules = Rules(reactor, coated, tag_table(reactor), lacking=others)
        self._stage = f"{reactor.stage.zone}.temperature"
        self._now = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers each byte as soon as an interlock acts on it, then makes ready for the next."""
        answers: list[bytes] = []

        def answer() -> None:
            if answers:
                writer.write(answers.pop())

        monitors, interlocks = self._content()
        while await reader.read(1):
            answers.append(b"!")
            interlocks.standings.react = answer
            while not interlocks.trips:  # some wait for a second sample
                batches = self._sample(HOT)
                if interlocks.foresees([(self._stage, batches[0].last)]):
                    answer()
                interlocks.evaluate(self._now, [*batches, *monitors(batches)])
            await writer.drain()
            monitors, interlocks = self._content()
        writer.close()

    def _content(self) -> tuple[Derivation, Interlocks]:
        """Fresh monitors, and what the temperature of the stage alone decides about, live, with nothing against it."""
        batches, monitors = self._sample(COOL), self._rules.derivation.trial()
        told = [*batches, *monitors(batches)]
        latest = {batch.tag: batch.last for batch in told}
        found = Interlocks(Compiled(tuple(i for i in self._rules.compiled.interlocks if _is_content(i, latest))))
        found.evaluate(self._now, told)
        found.go_live(self._now)
        return monitors, found

    def _sample(self, kelvin: float) -> list[Batch]:
        self._now += 1.0
        return [Batch.one(self._stage, self._now, kelvin, Quality.GOOD)]


def _is_content(interlock: Interlock, latest: Latest) -> bool:
    known = all(tag.name in latest for tag in interlock.tags)
    return known and interlock.satisfied(latest, NEVER_STALE, released=False)


@contextmanager
def _echo() -> Iterator[tuple[str, int]]:
    """A thread that sends back each byte, with nothing in the way."""
    listening = socket.create_server(("127.0.0.1", 0))

    def echo() -> None:
        peer, _ = listening.accept()
        with peer:
            while data := peer.recv(1):
                peer.sendall(data)

    thread = threading.Thread(target=echo, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()
    finally:
        thread.join(1.0)
        listening.close()


def _durable_write(history: Path) -> Line:
    try:
        return diagnosis.fsync(Spread.of(_fsync_times(history)))
    except OSError as error:
        return diagnosis.unwritten(error.strerror or str(error))


def _fsync_times(folder: Path) -> list[float]:
    with tempfile.TemporaryFile(dir=nearest(folder), buffering=0) as file:

        def write() -> None:
            file.write(b"x" * 4096)
            os.fsync(file.fileno())

        return trial.timed(write, WRITES)


def _ticks() -> tuple[int, int] | None:
    """(stolen, all) ticks of all cores since boot; None where the system does not tell."""
    try:
        words = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
    except OSError:
        return None
    return int(words[7]), sum(map(int, words))


def _share(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None or after[1] <= before[1]:
        return None
    return (after[0] - before[0]) / (after[1] - before[1])


def _ntp() -> bool | None:
    """Whether systemd says that the clock is set; None where there is no systemd to ask."""
    tool = shutil.which("timedatectl")
    if tool is None:
        return None
    try:
        command = [tool, "show", "--property=NTPSynchronized", "--value"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=3.0, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return {"yes": True, "no": False}.get(told.stdout.strip())


def _visa() -> Line:
    try:
        found = [f"{name} {version(name)}" for name in ("pyvisa", "pyvisa-py", "pyserial")]
    except PackageNotFoundError as error:
        return diagnosis.visa((), None, f"{error.name} is not installed")
    return diagnosis.visa(found, _serial_ports())


def _serial_ports() -> int | None:
    try:
        from serial.tools.list_ports import comports

        return len(list(comports()))
    except (ImportError, OSError):
        return None


def check(history: Path) -> None:
    """Raises FileError where nothing may be written; a disk that is full is a line of the diagnosis."""
    free_where_permitted(history)
