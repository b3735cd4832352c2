"""From ABORT to the first byte of a safe command at the instrument: page flooded, files locked, disk full.

Called as `python -m bench.abort`; `--help` tells the counts. `vapordep serve` with guardian, engine and page stands in
front of `vapordep simulate`, a tap on the line of its relay board between them. Each trial arms, rings the guardian's
bell as `vapordep run abort` does, and takes the instant of the next write to a relay from the tap. The limit beside it
is a bare datagram over a Unix socket and back, in turns.
"""

import argparse
import json
import os
import random
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.live_reactor import INSTRUMENTS, PATIENCE, VAPORDEP, own_core, simulated
from bench.load import answers, busy, flooded
from bench.progress import Progress
from bench.pulses import fifo_priority, stolen_ticks
from bench.reaction import Spread, reading_all, tapped
from vapordep.clock import WallClock
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.folder import catalogue_path
from vapordep.link.bell import ring
from vapordep.link.client import Client
from vapordep.link.orders import Arm
from vapordep.link.place import VARIABLE, reactor_folder
from vapordep.reactor import read_reactor

GOAL_P99 = 500e3
"""us."""
SMALL_DISK = 128 << 20
"""Bytes."""


@dataclass(frozen=True)
class Course:
    """What is measured, and what the computer has to bear meanwhile."""

    count: int
    full: bool
    """Whether the history lies on a small disk of its own, filled to its last byte."""


class Rig:
    """A served reactor, the tap before it, and its guardian's bell."""

    def __init__(self, tap: subprocess.Popen[str], client: Client, folder: Path) -> None:
        self._tap = tap
        self._client = client
        self._folder = folder

    def abort(self) -> float:
        """From the ring to the first write of a relay, in s; armed before."""
        self._client.call(Arm("bench", "silicon"), PATIENCE)
        time.sleep(random.uniform(0.2, 0.5))  # noqa: S311 - so that no poll is met twice alike
        print("watch", file=self._tap.stdin, flush=True)
        time.sleep(0.05)
        began = time.perf_counter()
        if not ring(self._folder):
            raise RuntimeError("the guardian did not hear")
        line = self._tap.stdout.readline() if self._tap.stdout is not None else ""
        if not line:
            raise RuntimeError("the tap has ended")
        give_up = time.monotonic() + PATIENCE
        while self._client.snapshot(PATIENCE).engine.armed:
            if time.monotonic() > give_up:
                raise RuntimeError("the engine stays armed")
            time.sleep(0.05)
        return float(json.loads(line)) - began


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of our own, mounted there; raises RuntimeError where that is not permitted."""
    options = f"size={SMALL_DISK}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "vapordep", folder], check=False).returncode:
        raise RuntimeError("no disk can be mounted here: try --no-full-disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    """To the last byte."""
    for chunk in (1 << 20, 1):
        with (folder / "filling").open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(chunk))


@contextmanager
def locked(history: Path) -> Iterator[None]:
    """Another program writes to the catalogue and does not end."""
    with closing(sqlite3.connect(catalogue_path(history), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def bare() -> Iterator[Callable[[], float]]:
    """A datagram over a Unix socket to a thread that does nothing else, and back."""
    with tempfile.TemporaryDirectory(prefix="vd") as name, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as echo:
        echo.bind(f"{name}/echo")

        def answer() -> None:
            with suppress(OSError):
                while (said := echo.recvfrom(16))[0] != b"end":
                    echo.sendto(*said)

        threading.Thread(target=answer, daemon=True).start()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
            caller.bind(f"{name}/caller")
            caller.connect(f"{name}/echo")

            def once() -> float:
                began = time.perf_counter()
                caller.send(b"?")
                caller.recv(16)
                return time.perf_counter() - began

            yield once
            caller.send(b"end")


@contextmanager
def rig(folder: Path, course: Course, priority: int) -> Iterator[Rig]:
    """All processes, under all that the course names, until the block ends."""
    with ExitStack() as parts:
        history = folder / "history"
        history.mkdir()
        if course.full:
            parts.enter_context(small_disk(history))
        with own_core(priority and INSTRUMENTS):
            reactor = parts.enter_context(simulated(folder, 120.0 + 10.0 * course.count))
        tap, file, *_ = parts.enter_context(tapped(reactor, priority))
        with Catalogue.open(history):
            pass
        parts.enter_context(locked(history))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        serve = [*VAPORDEP, "serve", str(file), "--history", str(history), "--port", str(port)]
        log = parts.enter_context((folder / "serve.log").open("wb"))
        served = parts.enter_context(subprocess.Popen(serve, stdout=log, stderr=log))
        parts.callback(_end, served)
        client = reading_all()
        parts.callback(client.close)
        answers(port)
        if course.full:
            fill(history)
        parts.enter_context(busy(os.cpu_count() or 2))
        parts.enter_context(flooded(port))
        yield Rig(tap, client, reactor_folder(read_reactor(file)))


def _end(served: subprocess.Popen[bytes]) -> None:
    """In order, so that engine and page end with the guardian."""
    served.terminate()
    try:
        served.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        served.kill()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.abort", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100, help="aborts, 500 at most")
    parser.add_argument("--no-full-disk", action="store_true", help="where no disk may be mounted")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not 2 <= given.count <= 500:
        parser.error("2 to 500 aborts")
    clock = WallClock()
    scheduling = clock.scheduling
    clock.close()
    load, before = os.getloadavg()[0], stolen_ticks()
    ours: list[float] = []
    limit: list[float] = []
    course = Course(given.count, not given.no_full_disk)
    with tempfile.TemporaryDirectory(prefix="vd") as name, bare() as once:
        os.environ[VARIABLE] = f"{name}/run"
        with rig(Path(name), course, fifo_priority(scheduling)) as made:
            progress = Progress(given.count)
            for _ in range(given.count):
                limit.append(once())
                ours.append(made.abort())
                progress.one("aborts")
    stolen, total = (now - then for now, then in zip(stolen_ticks(), before, strict=True))
    surroundings = {
        "meanwhile": f"both cores busy, page flooded, catalogue locked, disk {'full' if course.full else 'NOT full'}",
        "scheduling that this system permits": scheduling,
        "load average before and after": f"{load:.2f}, {os.getloadavg()[0]:.2f}",
        "CPU time stolen by the host": f"{100 * stolen / total if total else 0.0:.2f} %",
    }
    report(Spread.of(ours), Spread.of(limit), surroundings, as_json=given.json)


def report(ours: Spread, limit: Spread, surroundings: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"abort": asdict(ours), "limit": asdict(limit), **surroundings}))
        return
    print(f"ABORT to first safe byte [us]{'count':>8}{'p50':>10}{'p99':>10}{'longest':>10}")
    for who, each in (("served reactor", ours), ("datagram and back", limit)):
        print(f"  {who:27}{each.count:8d}{each.p50:10.0f}{each.p99:10.0f}{each.longest:10.0f}")
    print(f"  p99 {ours.p99:.0f} us (goal {GOAL_P99:g} us) {'met' if ours.p99 <= GOAL_P99 else 'MISSED'}")
    for what, told in surroundings.items():
        print(f"{what}: {told}")


if __name__ == "__main__":
    main()
