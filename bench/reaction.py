"""From the byte of a violating sample to the first byte of the safe command at the instrument, beside a C loop.

Called as `python -m bench.reaction`; `--help` tells the counts. Four processes: `vapordep simulate`, a tap on the lines
of its flow controller and of its relay board, the engine, armed and polling all seven instruments, and a C loop that
answers on the same tap. Each trial spoils one reading on its way; engine and C loop take turns. The C loop is handed
every reply that the engine gets over the tap, so that it wakes as often, and compares the flow with the limit. Three
conditions: both cores left alone, both busy, and besides them the page flooded. `--conditions quiet awake quiet awake`
compares, in turns, with cores that are left alone but may not sleep, where the system lets us ask for that.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.limits import compiled
from bench.live_reactor import INSTRUMENTS, PATIENCE, VAPORDEP, LiveReactor, own_core, redirected, simulated
from bench.load import awake, busy, flooded_page
from bench.progress import Progress
from bench.pulses import fifo_priority, stolen_ticks
from vapordep.clock import WallClock
from vapordep.errors import NoEngine, VapordepError
from vapordep.link.client import Client, found
from vapordep.link.orders import AcknowledgeAlarm, Arm, ResetAlarm
from vapordep.link.place import VARIABLE

HIGH = "X1"
HIGHEST = 90
"""sccm."""
INTERLOCK = f"""- id: {HIGH}
  require: [carrier.flow < {HIGHEST} sccm]
  action: safe
  protects: A bench that needs a trip.
  remedy: None.
"""
CLOSE = "000100000006010500000000"
"""A relay let go, as Modbus TCP says it."""
IN_A_ROW = 4
GOAL_P50, GOAL_P99 = 300.0, 2000.0
"""us: beyond the limit's own p50; and altogether."""
USUAL = ("quiet", "busy", "web")
CONDITIONS = (*USUAL, "awake")


@dataclass(frozen=True)
class Spread:
    """Of so many reactions in us."""

    count: int
    p50: float
    p99: float
    longest: float

    @classmethod
    def of(cls, times: list[float]) -> "Spread":
        """From seconds."""
        p50, p99, longest = np.percentile(np.array(times) * 1e6, [50, 99, 100])
        return cls(len(times), float(p50), float(p99), float(longest))


@dataclass(frozen=True)
class Found:
    """In one condition: the engine, the C loop in the same rhythm, and that loop several times in a row."""

    engine: Spread
    limit: Spread
    in_a_row: Spread


class Rig:
    """The engine in front of the tap, and the orders that bring it from trip to trip."""

    def __init__(self, tap: subprocess.Popen[str], client: Client) -> None:
        self._tap = tap
        self._client = client

    def limit(self) -> float:
        """One answer of the C loop, in s, which has been woken as often as the engine: both are as cold then."""
        _rest()
        return self._asked("limit")

    def limit_in_a_row(self) -> float:
        """The same at once after the last: what it takes when nobody else had the core meanwhile."""
        return self._asked("limit")

    def reaction(self) -> float:
        """One answer of the engine, in s; armed before, disarmed and reset after it."""
        self._client.call(Arm("bench", "silicon"), PATIENCE)
        _rest()
        took = self._asked("violate")
        self._until(lambda: not self._client.snapshot(PATIENCE).engine.armed)
        self._until(self._answered)
        return took

    def _asked(self, what: str) -> float:
        print(what, file=self._tap.stdin, flush=True)
        line = _line(self._tap)
        if not line:
            raise RuntimeError("the tap has ended: no safe command came")
        return float(json.loads(line))

    def _answered(self) -> bool:
        """Whether nothing stands any more; a cause is gone once it was read so."""
        for order in (AcknowledgeAlarm(HIGH, "bench"), ResetAlarm(HIGH, "bench")):
            with suppress(VapordepError):  # not yet, or not any more
                self._client.call(order, PATIENCE)
        return all(alarm.id != HIGH for alarm in self._client.snapshot(PATIENCE).engine.alarms)

    @staticmethod
    def _until(holds: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > give_up:
                raise RuntimeError("the engine does not come back from a trip")
            time.sleep(0.1)


def _rest() -> None:
    time.sleep(random.uniform(0.3, 0.6))  # noqa: S311 - so that no poll is met twice alike


def _line(process: subprocess.Popen[str]) -> str:
    """What it prints next; empty when it has ended."""
    return process.stdout.readline() if process.stdout is not None else ""


class Tapped(NamedTuple):
    """The tap, the reactor file that leads through it, and the file descriptors of its pipes for the C loop."""

    tap: subprocess.Popen[str]
    file: Path
    read: int
    written: int


def through(text: str, sensor: int, board: int) -> str:
    """The reactor file with flow controller and relay board at these ports, and with our interlock."""
    text = redirected(redirected(text, "carrier_mfc", sensor), "valves", board)
    return text.replace("interlocks:\n", f"interlocks:\n{INTERLOCK}", 1)


@contextmanager
def tapped(reactor: LiveReactor, priority: int) -> Iterator[Tapped]:
    """A tap before flow controller and relay board, and beside the reactor's file one with it and our interlock."""
    text = reactor.file.read_text(encoding="utf-8")
    ports = [re.findall(r"carrier_mfc:.*?:(\d+)", text)[0], str(reactor.relays)]
    command = [sys.executable, "-m", "bench.tap", str(priority and priority + 10), *ports]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as tap:
        try:
            sensor, board, read, written = json.loads(_line(tap))
            file = reactor.file.with_name("tapped.yaml")
            file.write_text(through(text, sensor, board), encoding="utf-8")
            yield Tapped(tap, file, read, written)
        finally:
            tap.kill()


@contextmanager
def rig(folder: Path, priority: int, lasting: float) -> Iterator[tuple[Rig, Path]]:
    """All four processes, until the block ends."""
    with ExitStack() as parts:
        with own_core(priority and INSTRUMENTS):
            reactor = parts.enter_context(simulated(folder, lasting))
        tap, file, read, written = parts.enter_context(tapped(reactor, priority))
        program = [str(compiled("reaction", folder)), str(read), str(written), str(priority), CLOSE, str(HIGHEST)]
        parts.callback(parts.enter_context(subprocess.Popen(program)).kill)
        engine = [*VAPORDEP, "engine", str(file), "--history", str(folder / "history")]
        log = parts.enter_context((folder / "engine.log").open("wb"))
        parts.callback(parts.enter_context(subprocess.Popen(engine, stdout=log, stderr=log)).kill)
        client = reading_all()
        parts.callback(client.close)
        yield Rig(tap, client), file


def reading_all() -> Client:
    """A client of the one engine, once that has read its instruments."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            client = Client(found())
            if len(client.snapshot(PATIENCE).values) > 10:
                time.sleep(2.0)
                return client
            client.close()
        except NoEngine:
            pass
        if time.monotonic() > give_up:
            raise RuntimeError("the engine does not serve")
        time.sleep(0.2)


def measure(made: Rig, count: int, tell: Callable[[], None]) -> Found:
    """Engine and limits, in turns; tells after each."""
    engine: list[float] = []
    limit: list[float] = []
    in_a_row: list[float] = []
    for _ in range(count):
        limit.append(made.limit())
        in_a_row += [made.limit_in_a_row() for _ in range(IN_A_ROW)]
        engine.append(made.reaction())
        tell()
    return Found(Spread.of(engine), Spread.of(limit), Spread.of(in_a_row))


@contextmanager
def condition(name: str, file: Path, folder: Path) -> Iterator[None]:
    """What else this computer has to do."""
    with ExitStack() as parts:
        if name == "web":  # first: beside processes that never rest it takes long to begin
            parts.enter_context(flooded_page(file, folder))
        if name == "awake":
            parts.enter_context(awake())
        elif name != "quiet":
            parts.enter_context(busy(os.cpu_count() or 2))
        yield


def goals(found: dict[str, Found]) -> Iterator[tuple[str, float, float]]:
    """(what, measured, goal) in us."""
    for name, each in found.items():
        yield f"{name}: p50 beyond C's", each.engine.p50 - each.limit.p50, GOAL_P50
        yield f"{name}: p50 beyond C's in a row", each.engine.p50 - each.in_a_row.p50, GOAL_P50
        yield f"{name}: p99", each.engine.p99, GOAL_P99
    if "web" in found and "busy" in found:
        yield "p50 that the web costs", found["web"].engine.p50 - found["busy"].engine.p50, GOAL_P50


def report(found: dict[str, Found], surroundings: dict[str, str]) -> None:
    print(f"reaction [us]{'':12}{'count':>8}{'p50':>10}{'p99':>10}{'longest':>10}")
    for name, three in found.items():
        for who, each in (("engine", three.engine), ("C", three.limit), ("C in a row", three.in_a_row)):
            print(f"  {name + ', ' + who:23}{each.count:8d}{each.p50:10.0f}{each.p99:10.0f}{each.longest:10.0f}")
    for what, value, goal in goals(found):
        print(f"  {what:34}{value:10.0f} us  (goal {goal:g} us) {'met' if value <= goal else 'MISSED'}")
    for what, told in surroundings.items():
        print(f"{what}: {told}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reaction", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=200, help="reactions of the engine in each condition, 500 at most")
    parser.add_argument("--conditions", nargs="+", choices=CONDITIONS, default=USUAL)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not 2 <= given.count <= 500:
        parser.error("2 to 500 reactions")
    clock = WallClock()
    scheduling = clock.scheduling
    clock.close()
    load, before = os.getloadavg()[0], stolen_ticks()
    results: dict[str, Found] = {}
    with tempfile.TemporaryDirectory(prefix="vd") as name:
        folder = Path(name)
        os.environ[VARIABLE] = str(folder / "run")
        lasting = 60.0 + 30.0 * given.count * len(given.conditions)
        with rig(folder, fifo_priority(scheduling), lasting) as (made, file):
            progress = Progress(given.count * len(given.conditions))
            for number, each in enumerate(given.conditions):
                told = f"{each} {number + 1}" if given.conditions.count(each) > 1 else each
                with condition(each, file, folder):
                    results[told] = measure(made, given.count, partial(progress.one, told))
    stolen, total = (now - then for now, then in zip(stolen_ticks(), before, strict=True))
    surroundings = {
        "scheduling that this system permits": scheduling,
        "load average before and after": f"{load:.2f}, {os.getloadavg()[0]:.2f}",
        "CPU time stolen by the host": f"{100 * stolen / total if total else 0.0:.2f} %",
    }
    if given.json:
        print(json.dumps({name: asdict(each) for name, each in results.items()} | surroundings))
    else:
        report(results, surroundings)


if __name__ == "__main__":
    main()
