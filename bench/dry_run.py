"""How fast the whole recipe runs dry, on either sampler: times real time, linear in cycles, and memory.

Called as `python -m bench.dry_run`; four minutes. Every length runs in a fresh process, and each of these then sets
the same number of timers on a bare virtual loop, which does nothing else: that is the limit of any program on it. The
predicted sampler sets too few timers to compare; its limit is the record alone: as many values, compressed as the
recording compresses them. Noise is on, and the recording is closed within the time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vapordep.app.places import reactor_file, recipe_file
from vapordep.app.request import Request
from vapordep.app.running import dry_run as app
from vapordep.app.running.outside import Outside
from vapordep.clock import VirtualClock, perf, run_virtual
from vapordep.history.recordings.codec import encode_column
from vapordep.model.questions import Answer, Question
from vapordep.model.run import RunState

RECIPE = "al2o3_on_lithium"
POLLING, PREDICTED = "polling", "predicted"
"""Every reading as bytes over a simulated line, as in a real run; or foretold in arrays."""
GOALS = {POLLING: 150.0, PREDICTED: 5000.0}
"""Simulated seconds a second at the longest run."""
LENGTHS = {POLLING: (12, 36, 100), PREDICTED: (12, 250, 500, 1000)}
"""Cycles of the runs."""
MOST_MEMORY = 300.0
"""MiB."""
STRAIGHT = 0.1
"""A part of its CPU time by which a run may be off the line through all of them."""
CHUNK = 100_000
"""Values that are coded for a limit."""
LONGEST = 1200.0
"""One length may take this long, in s."""


@dataclass(frozen=True)
class Measured:
    """One dry run: s simulated, s it took and of the CPU, MiB at its peak, timers it set, s of these alone."""

    sampler: str
    cycles: int
    simulated: float
    wall: float
    cpu: float
    peak_memory: float
    timers: int
    bare: float
    samples: int
    record: float
    """s of the CPU that the values alone take to be compressed."""

    @property
    def speed(self) -> float:
        """Times real time."""
        return self.simulated / self.wall

    @property
    def speed_of_cpu(self) -> float:
        """Times real time, by the CPU time that it took."""
        return self.simulated / self.cpu


async def _assumed(question: Question) -> Answer:
    """Nobody is asked."""
    return Answer(question.assumed)


def measured(sampler: str, cycles: int, history: Path) -> Measured:
    """Runs it in this process; raises RuntimeError when the run does not complete."""
    timers: list[int] = []

    def counting(main: Callable[[VirtualClock], Coroutine[Any, Any, Any]], **options: Any) -> Any:
        async def performed(clock: VirtualClock) -> Any:
            done = await main(clock)
            timers.append(next(clock.loop._turns))  # noqa: SLF001 - the loop numbers its timers
            return done

        return run_virtual(performed, **options)

    app.run_virtual = counting  # type: ignore[attr-defined]
    settings = {"cycles": str(cycles)}
    request = Request(recipe_file(RECIPE), reactor_file(None), history, operator="bench", settings=settings)
    began, worked = perf(), time.process_time()
    report = app.dry_run(
        request, Outside(lambda _: None, lambda: None, _assumed, attended=False), wire=sampler == POLLING
    )
    wall, cpu = perf() - began, time.process_time() - worked
    if report.state is not RunState.COMPLETE:
        raise RuntimeError(f"the run did not complete: {report.reason}")
    memory = peak_memory()
    samples = report.samples
    limits = bare(timers[0]), samples, record_alone(samples)
    return Measured(sampler, cycles, report.simulated, wall, cpu, memory, timers[0], *limits)


def record_alone(samples: int) -> float:
    """CPU s that it takes to code as many noisy readings of four digits as the recording does, and nothing else."""
    values = np.round(np.random.default_rng(1).normal(97.0, 0.3, CHUNK), 2)
    began = time.process_time()
    encode_column(values, np.zeros(CHUNK, dtype=np.uint8))
    return (time.process_time() - began) * samples / CHUNK


def bare(count: int) -> float:
    """How long `count` sleeps of one task take on a virtual loop that does nothing else, in s."""

    async def sleep(clock: VirtualClock) -> float:
        began = perf()
        for number in range(count):
            await clock.sleep_until(0.01 * number)
        return perf() - began

    return run_virtual(sleep)


def peak_memory() -> float:
    """The most memory that this process held, in MiB; NaN where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def in_a_process(sampler: str, cycles: int) -> Measured:
    """The same in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "bench.dry_run", "--one", sampler, str(cycles)]
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=LONGEST, cwd=root)
    return Measured(**json.loads(done.stdout))


def line_through(found: Sequence[Measured]) -> tuple[float, float, float]:
    """(CPU s at no cycle, CPU s a cycle, largest part of one by which it is off the line), by least squares."""
    cycles = np.array([one.cycles for one in found], dtype=float)
    cpu = np.array([one.cpu for one in found])
    slope, begin = np.polyfit(cycles, cpu, 1)
    return float(begin), float(slope), float(np.max(np.abs(begin + slope * cycles - cpu) / cpu))


def report(found: Sequence[Measured]) -> None:
    """Prints the table and the fit."""
    heads = (
        "cycles",
        "simulated s",
        "took s",
        "CPU s",
        "x real",
        "us / s",
        "bare loop s",
        "ours / bare",
        "samples",
        "MiB",
    )
    print("".join(f"{head:>12}" for head in heads))
    for one in found:
        cost, ratio = 1e6 * one.wall / one.simulated, one.wall / one.bare
        speeds = (one.sampler, f"{one.cycles}", f"{one.simulated:.0f}", f"{one.wall:.1f}", f"{one.cpu:.1f}")
        limits = (f"{one.speed:.0f}", f"{cost:.0f}", f"{one.bare:.2f}", f"{ratio:.1f}" if one.bare > 0.1 else "-")
        row = (*speeds, *limits, f"{one.samples}", f"{one.peak_memory:.0f}")
        print("".join(f"{cell:>12}" for cell in row))
    for sampler in dict.fromkeys(one.sampler for one in found):
        summary(sampler, [one for one in found if one.sampler == sampler])


def summary(sampler: str, found: Sequence[Measured]) -> None:
    """Prints speed and memory of the longest run of one sampler beside their goals, and how cost grows with cycles."""
    longest, most = max(found, key=lambda one: one.cycles), max(one.peak_memory for one in found)
    speed, goal = longest.speed_of_cpu, GOALS[sampler]
    print(
        f"{sampler}, {longest.cycles} cycles: {speed:.0f} x real time by its CPU time (goal {goal:g}: "
        f"{verdict(speed >= goal)}), {longest.speed:.0f} x by the wall; the record alone {longest.record:.1f} s of CPU"
    )
    print(f"  memory: {most:.0f} MiB at most (goal below {MOST_MEMORY:g}: {verdict(most < MOST_MEMORY)})")
    if len(found) > 2:
        begin, slope, off = line_through(found)
        line = f"{begin:.1f} s of CPU + {1e3 * slope:.1f} ms a cycle, at most {100 * off:.1f} % off that line"
        print(f"  linear: {line} (goal {100 * STRAIGHT:g} %: {verdict(off <= STRAIGHT)})")


def verdict(reached: bool) -> str:
    """Whether a goal was reached, in a word that cannot be overlooked."""
    return "met" if reached else "MISSED"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.dry_run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cycles", type=int, nargs="+", help="instead of the lengths that belong to a sampler")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sampler", choices=[POLLING, PREDICTED], nargs="+", default=[POLLING, PREDICTED])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        with tempfile.TemporaryDirectory() as folder:
            sampler, cycles = given.one
            print(json.dumps(asdict(measured(sampler, int(cycles), Path(folder) / "history"))))
        return
    found = [in_a_process(sampler, cycles) for sampler in given.sampler for cycles in given.cycles or LENGTHS[sampler]]
    if given.json:
        print(json.dumps([asdict(one) | {"speed": one.speed} for one in found]))
    else:
        report(found)


if __name__ == "__main__":
    main()
