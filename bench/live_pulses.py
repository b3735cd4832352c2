"""Pulses of the whole engine at a simulated instrument's socket, all instruments polled, in turns with a C sender.

Called as `python -m bench.live_pulses`; `--quick` takes three minutes, a claim needs the default of twenty. One run
of `vapordep run start` gives every pulse of ours; in the long purges between its blocks the C sender pulses a spare
relay of the same simulated board, so that both meet the same machine, the same socket and the same polls. Frames are
stamped by a process of its own before that board (`bench.stamps`).
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.limits import compiled
from bench.live_reactor import INSTRUMENTS, VAPORDEP, own_core, pulses_of, redirected, simulated
from bench.load import FLOODERS, serving_its_largest
from bench.pulses import Figures, fifo_priority, figures, stolen_ticks
from bench.stamps import Stamping, stamping
from vapordep.clock import WallClock
from vapordep.history.queries import History

OURS, SPARE = 0, 7
"""Relays: the valve of trimethylaluminium, and one that leads to nothing."""
OPEN, CLOSE = (f"0000000000060105{SPARE:04x}{state}" for state in ("ff00", "0000"))
MARGIN = 1.5
"""Between the last pulse of one sender and the first of the other, in s."""
BEGIN_WITHIN = 60.0
"""The run must give its first pulse within this time, in s."""
LONGEST = 3600.0
UNCHANGED = 1.3
"""How much wider errors may become while the web is busy."""
FEWEST_SEEN = 0.99
"""The part of all pulses that the receiver must have read one edge at a time."""

MOST_WRONG = 0.02
"""s by which the engine, by its own record, may give a pulse too wide or narrow before this is named as its fault."""

Pulses = NDArray[np.float64]
"""Openings and closings, s on CLOCK_MONOTONIC; shape (n, 2)."""


@dataclass(frozen=True)
class Course:
    """`blocks` times `count` pulses of `width` s each `period` s, and a rest of `rest` s for the C sender."""

    blocks: int
    count: int
    width: float
    period: float
    rest: float

    @property
    def pitch(self) -> float:
        """From the first pulse of a block to that of the next, in s."""
        return self.count * self.period + self.rest

    @property
    def seconds(self) -> float:
        """How long it takes from the first pulse, in s."""
        return self.blocks * self.pitch

    def planned(self) -> NDArray[np.float64]:
        """When the recipe itself says that each pulse opens, in s from the first one: its own arithmetic."""
        starts = self.pitch * np.arange(self.blocks)[:, None] + self.period * np.arange(self.count)
        return starts.ravel()

    def recipe(self) -> str:
        """The recipe of this course."""
        return f"""recipe: 1
name: bench of pulses
process: ALD
substrate: silicon
status: unverified
steps:
  - pump: {{to: 5 Pa, within: 5 min}}
  - flow: {{carrier: 20 sccm}}
  - repeat: {self.blocks}
    steps:
      - repeat: {self.count}
        steps:
          - dose: {{source: TMA, pulse: {self.width * 1e3:g} ms}}
          - purge: {{for: {(self.period - self.width) * 1e3:g} ms}}
      - purge: {{for: {self.rest:g} s}}
"""


@dataclass(frozen=True)
class Taken:
    """What both senders gave, and what the engine had planned."""

    ours: Pulses
    planned: NDArray[np.float64]
    limit: Pulses
    limit_planned: NDArray[np.float64]
    commanded: NDArray[np.float64]
    """How wide the engine's own record calls each pulse of ours, in s."""


@dataclass(frozen=True)
class Results:
    """All in us; of |width error| the p50, p99 and max of each block, their medians over the blocks."""

    ours: Figures
    limit: Figures
    ours_block: tuple[float, ...]
    limit_block: tuple[float, ...]
    drift: float
    last_edge: float
    after_rest: tuple[float, ...]
    """How late the first edge after each long purge was."""


def measure(course: Course, folder: Path, priority: int) -> Taken:
    """One run with the C sender in its rests; raises RuntimeError or CalledProcessError when one of them fails."""
    recipe, history = folder / "pulses.yaml", folder / "history"
    recipe.write_text(course.recipe(), encoding="utf-8")
    with ExitStack() as parts:
        with own_core(priority and INSTRUMENTS):
            reactor = parts.enter_context(simulated(folder, course.seconds + 2 * BEGIN_WITHIN))
        stamps = parts.enter_context(stamping(reactor.relays, priority and priority + 10))
        file = folder / "stamped.yaml"
        file.write_text(redirected(reactor.file.read_text(encoding="utf-8"), "valves", stamps.port), encoding="utf-8")
        command = ["run", "start", str(recipe), "-r", str(file), "--history", str(history), "--yes", "--json"]
        with (folder / "run.log").open("w") as log, subprocess.Popen([*VAPORDEP, *command], stdout=log) as engine:
            try:
                first = _first_pulse(stamps, engine)
                starts = list(_limits(course, first, folder, stamps.port, priority))
                if engine.wait(timeout=course.rest + BEGIN_WITHIN):
                    raise RuntimeError(f"the run failed: {(folder / 'run.log').read_text()}")
            finally:
                engine.kill()
        edges = stamps.edges()
    (folder / "edges.json").write_text(json.dumps(edges), encoding="utf-8")
    within = course.period * np.arange(course.count)
    limit_planned = (np.array(starts)[:, None] + within).ravel()
    planned, commanded = _recorded(history)
    return Taken(_array(edges, OURS), planned, _array(edges, SPARE), limit_planned, commanded)


def _first_pulse(stamps: Stamping, engine: subprocess.Popen[bytes]) -> float:
    give_up = time.monotonic() + BEGIN_WITHIN
    while engine.poll() is None and time.monotonic() < give_up:
        if opened := [at for at, frame in stamps.edges() if frame.endswith(f"{OURS:04x}ff00")]:
            return opened[0]
        time.sleep(0.05)
    raise RuntimeError("the run gave no pulse")


def _limits(course: Course, first: float, folder: Path, port: int, priority: int) -> Iterator[float]:
    """Lets the C sender pulse in every rest; gives the instants of its first openings."""
    program = str(compiled("pulse", folder))
    plan = [str(course.count), str(round(course.period * 1e9)), str(round(course.width * 1e9)), str(priority)]
    for block in range(course.blocks):
        start = first + block * course.pitch + course.count * course.period + MARGIN
        at = str(round(start * 1e9))
        subprocess.run([program, str(port), at, *plan, OPEN, CLOSE], check=True, timeout=course.pitch + BEGIN_WITHIN)
        yield start


def _array(edges: list[tuple[float, str]], relay: int) -> Pulses:
    return np.array(pulses_of(edges, relay)).reshape(-1, 2)


def _recorded(history: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When each pulse was planned to begin, and how wide it was commanded, in s."""
    with History(history).open_recording("last") as recording:
        pulses = list(recording.pulses())
    return np.array([pulse.intent.planned_open for pulse in pulses]), np.array([pulse.width for pulse in pulses])


def judged(pulses: Pulses, planned: NDArray[np.float64], course: Course) -> tuple[Figures, tuple[float, ...]]:
    """All pulses of one sender together; and (p50, p99, max) of its |width error| in us, medians of the blocks."""
    if len(pulses) != len(planned) or len(planned) != course.blocks * course.count:
        raise RuntimeError(f"{len(pulses)} pulses arrived of {len(planned)} that were planned")
    width = np.abs(pulses[:, 1] - pulses[:, 0] - course.width) * 1e6
    late = (pulses[:, 0] - planned) * 1e6
    seen = np.isfinite(width)
    if np.mean(seen) < FEWEST_SEEN:
        raise RuntimeError(
            f"the receiver read only {np.mean(seen):.1%} of the pulses in time: this machine is too busy"
        )
    blocks = np.nanpercentile(width.reshape(course.blocks, course.count), [50, 99, 100], axis=1)
    return figures(width[seen], late[seen], 1), tuple(float(value) for value in np.median(blocks, axis=1))


def drift(pulses: Pulses, course: Course) -> tuple[float, float]:
    """How much later than the recipe's own arithmetic the course ended than it began, in us.

    Medians of the first and the last tenth; then the last pulse alone, against the median of the first tenth.
    """
    late = (pulses[:, 0] - course.planned()) * 1e6
    tenth = max(1, len(late) // 10)
    begin, end = np.nanmedian(late[:tenth]), np.nanmedian(late[-tenth:])
    return float(end - begin), float(late[-1] - begin)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.live_pulses", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--blocks", type=int, default=20, help="turns of each sender")
    parser.add_argument("--count", type=int, default=100, help="pulses of a block")
    parser.add_argument("--width", type=float, default=30.0, help="ms")
    parser.add_argument("--period", type=float, default=300.0, help="ms, 200 more than the width at least")
    parser.add_argument("--purge", type=float, default=30.0, help="s between two blocks at least")
    parser.add_argument("--web", action="store_true", help="once more while the web serves its largest answer flat out")
    parser.add_argument("--quick", action="store_true", help="4 blocks of 40")
    parser.add_argument("--keep", type=Path, help="a folder for recipe, recording and edges [none is kept]")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.blocks, given.count = 4, 40
    if not (given.blocks > 0 and given.count > 0 and given.width >= 15 and given.width + 200 <= given.period):
        parser.error("pulses take 15 ms or more, and 200 ms lie between two of them")
    if course_of(given).seconds > LONGEST:
        parser.error(f"that takes more than {LONGEST:.0f} s")
    return given


def course_of(given: argparse.Namespace) -> Course:
    """The course that was asked for; a rest is long enough for the C sender's turn."""
    block = given.count * given.period * 1e-3
    rest = max(given.purge, block + 2 * MARGIN)
    return Course(given.blocks, given.count, given.width * 1e-3, given.period * 1e-3, round(rest, 3))


def results(taken: Taken, course: Course) -> Results:
    """All figures of one measurement; RuntimeError where the engine's own record tells of wrong pulses."""
    wrong = ~(np.abs(taken.commanded - course.width) <= MOST_WRONG)
    if np.any(wrong):
        seen = f"one was {taken.commanded[wrong][0] * 1e3:.1f} ms"
        told = f"by its own record {np.sum(wrong)} of {len(wrong)} were wrong; {seen}"
        raise RuntimeError(f"a fault of the engine: {told}")
    ours, ours_block = judged(taken.ours, taken.planned, course)
    limit, limit_block = judged(taken.limit, taken.limit_planned, course)
    after = ((taken.ours[:, 0] - taken.planned) * 1e6)[course.count :: course.count]
    slow, last = drift(taken.ours, course)
    return Results(ours, limit, ours_block, limit_block, slow, last, tuple(after[np.isfinite(after)].tolist()))


def report(found: Results, surroundings: dict[str, object]) -> None:
    """Prints the tables, the goals and what the machine did meanwhile."""
    print(f"|width error| [us]     {'pulses':>8}{'p50':>10}{'p99':>10}{'max':>10}   median of blocks: p50 / p99 / max")
    for name, f, block in (("C", found.limit, found.limit_block), ("engine", found.ours, found.ours_block)):
        row = f"{f.pulses:8d}{f.width_p50_us:10.1f}{f.width_p99_us:10.1f}{f.width_max_us:10.1f}"
        print(f"  {name:21}{row}   " + " / ".join(f"{value:.1f}" for value in block))
    ours, limit = found.ours, found.limit
    for name, f in (("C", limit), ("engine", ours)):
        print(f"lateness of openings, {name}: p50 {f.late_p50_us:.1f} us, p99 {f.late_p99_us:.1f} us")
    p50, p99 = ours.width_p50_us / limit.width_p50_us, ours.width_p99_us / limit.width_p99_us
    print(f"engine / C: p50 {p50:.2f}, p99 {p99:.2f}")
    for what, value, goal in goals(found):
        print(f"  {what:44}{value:10.1f} us  (goal {goal:g} us) {'met' if value <= goal else 'MISSED'}")
    print(f"last edge against the recipe's own arithmetic: {found.last_edge:+.1f} us")
    for what, told in surroundings.items():
        print(f"{what}: {told}")


def goals(found: Results) -> Iterator[tuple[str, float, float]]:
    """(what, measured, goal) in us."""
    yield "p50 beyond C's", found.ours.width_p50_us - found.limit.width_p50_us, 100.0
    yield "p99 beyond C's", found.ours.width_p99_us - found.limit.width_p99_us, 1000.0
    yield "drift from the first tenth to the last", abs(found.drift), 100.0
    if found.after_rest:
        yield "first edge after a long purge, median", float(np.median(found.after_rest)), 500.0
        yield "first edge after a long purge, latest", max(found.after_rest), 500.0


def beside_the_web(alone: Results, beside: Results, size: int) -> dict[str, object]:
    """How much worse widths are while the web is busy; of C too, which shows what the machine itself does then."""
    told: dict[str, object] = {"the web's largest answer": f"{size / 1e6:.1f} MB, asked for without end by {FLOODERS}"}
    for name, was, now in (("engine", alone.ours, beside.ours), ("C", alone.limit, beside.limit)):
        p50, p99 = now.width_p50_us / was.width_p50_us, now.width_p99_us / was.width_p99_us
        figures = f"p50 {now.width_p50_us:.1f} us ({p50:.2f} x), p99 {now.width_p99_us:.1f} us ({p99:.2f} x)"
        verdict = "met" if max(p50, p99) <= UNCHANGED else "MISSED"
        told[f"|width error| beside the web, {name}"] = f"{figures}, goal {UNCHANGED} x: {verdict}"
    return told


def main() -> None:
    given = arguments()
    course = course_of(given)
    clock = WallClock()
    scheduling = clock.scheduling
    clock.close()
    load, before = os.getloadavg()[0], stolen_ticks()
    with tempfile.TemporaryDirectory() as passing:
        folder = given.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        priority = fifo_priority(scheduling)
        found, beside, size = results(measure(course, folder, priority), course), None, 0
        if given.web:
            (folder / "beside").mkdir()
            with serving_its_largest(folder) as size:
                beside = results(measure(course, folder / "beside", priority), course)
    stolen, total = (now - then for now, then in zip(stolen_ticks(), before, strict=True))
    surroundings: dict[str, object] = {
        "course": f"{course.blocks} blocks of {course.count} pulses of {given.width:g} ms each {given.period:g} ms, "
        f"{course.rest:g} s between",
        "scheduling of both": scheduling,
        "load average before and after": f"{load:.2f}, {os.getloadavg()[0]:.2f}",
        "CPU time stolen by the host": f"{100 * stolen / total if total else 0.0:.2f} %",
    }
    if beside is not None:
        surroundings |= beside_the_web(found, beside, size)
    if given.json:
        print(json.dumps({**asdict(found), **surroundings}))
    else:
        report(found, surroundings)


if __name__ == "__main__":
    main()
