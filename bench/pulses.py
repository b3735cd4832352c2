"""Widths and lateness of valve pulses at the receiving socket, ours beside a C clock_nanosleep sender.

Called as `python -m bench.pulses`; `--help` tells the counts and times. Both senders speak to the same receiver, in
turns, so that each meets the same machine: an absolute figure says more about neighbours and kernel than about the
code, the ratio of two figures of one batch does not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.limits import compiled
from vapordep.clock import WallClock

Command = list[str]
Stamps = list[tuple[str, int]]

ROOT = Path(__file__).resolve().parents[1]
HEAD_START_NS = 2_000_000_000
"""From the launch of a sender to its first edge: time to import and to connect."""
MOST_PULSES = 20_000
LONGEST_RUN_S = 1800.0


@dataclass(frozen=True)
class Batch:
    """What is to be sent: `count` pulses of `width_ns`, one each `period_ns`, the first after `head_start_ns`."""

    count: int
    period_ns: int
    width_ns: int
    head_start_ns: int = HEAD_START_NS

    @property
    def seconds(self) -> float:
        """How long one sender takes, in s."""
        return (self.head_start_ns + self.count * self.period_ns) * 1e-9


@dataclass(frozen=True)
class Figures:
    """One sender's pulses as they arrived; us = microseconds, `late` is arrival after the planned instant."""

    pulses: int
    width_p50_us: float
    width_p99_us: float
    width_max_us: float
    late_p50_us: float
    late_p99_us: float
    drift_us: float
    """How much later the last quarter of openings came than the first, each against its plan; medians."""


def errors(stamps: Stamps, first_ns: int, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """(|width error|, lateness of openings) in us, one each pulse; raises ValueError for a frame out of order."""
    wanted = [f"{kind}{number:06d}" for number in range(batch.count) for kind in "OC"]
    if [frame for frame, _ in stamps] != wanted:
        raise ValueError("frames are missing or out of order")
    at = np.array([instant - first_ns for _, instant in stamps], dtype=np.int64).reshape(batch.count, 2)
    planned = np.arange(batch.count, dtype=np.int64) * batch.period_ns
    width = np.abs(at[:, 1] - at[:, 0] - batch.width_ns)
    return width / 1e3, (at[:, 0] - planned) / 1e3


def figures(width: np.ndarray, late: np.ndarray, blocks: int) -> Figures:
    """Sums up the errors of all blocks, in us; drift is judged within each block and the worst is kept."""
    quarter = max(1, len(late) // blocks // 4)
    drifts = [float(np.median(block[-quarter:]) - np.median(block[:quarter])) for block in np.array_split(late, blocks)]
    p50, p99, most = (float(x) for x in np.percentile(width, [50, 99, 100]))
    late_p50, late_p99 = (float(x) for x in np.percentile(late, [50, 99]))
    return Figures(len(width), p50, p99, most, late_p50, late_p99, max(drifts, key=abs))


def received(sender: Command, batch: Batch, tail: Sequence[str] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Runs receiver and sender as processes of their own, and gives what `errors` does.

    Raises CalledProcessError or TimeoutExpired when one of them fails.
    """
    patience = batch.seconds + 30
    judge = [sys.executable, "-m", "bench.receiver", str(2 * batch.count)]
    with subprocess.Popen(judge, stdout=subprocess.PIPE, text=True, cwd=ROOT) as receiver:
        try:
            assert receiver.stdout is not None  # noqa: S101
            port = receiver.stdout.readline().strip()
            first = time.monotonic_ns() + batch.head_start_ns
            plan = [port, str(first), str(batch.count), str(batch.period_ns), str(batch.width_ns)]
            subprocess.run([*sender, *plan, *tail], check=True, timeout=patience, cwd=ROOT)
            stamps = json.loads(receiver.communicate(timeout=patience)[0])
        finally:
            receiver.kill()
    return errors([(frame, at) for frame, at in stamps], first, batch)


def measure(senders: dict[str, tuple[Command, Sequence[str]]], batch: Batch, blocks: int) -> dict[str, Figures]:
    """Lets the senders take turns, `blocks` times each."""
    taken: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in senders}
    for _ in range(blocks):
        for name, (command, tail) in senders.items():
            taken[name].append(received(command, batch, tail))
    return {
        name: figures(np.concatenate([w for w, _ in parts]), np.concatenate([late for _, late in parts]), blocks)
        for name, parts in taken.items()
    }


def fifo_priority(scheduling: str) -> int:
    """The SCHED_FIFO priority in what a clock says of its edges, 0 for none: both senders get the same policy."""
    policy, _, priority = scheduling.partition(" ")
    return int(priority) if policy == "SCHED_FIFO" else 0


def stolen_ticks() -> tuple[int, int]:
    """(stolen, all) ticks of all cores since boot, from /proc/stat; zeros where it does not exist."""
    try:
        fields = [int(word) for word in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    except FileNotFoundError:
        return 0, 0
    return fields[7], sum(fields)


def report(found: dict[str, Figures], after_purge: dict[str, Figures], scheduling: str, steal: float) -> None:
    """Prints the table and the ratios."""
    print(
        f"{'sender':8}{'pulses':>8}{'width p50':>11}{'p99':>9}{'max':>9}{'late p50':>10}{'p99':>9}{'drift':>9}   [us]"
    )
    for name, f in found.items():
        row = (f.width_p50_us, f.width_p99_us, f.width_max_us, f.late_p50_us, f.late_p99_us, f.drift_us)
        print(f"{name:8}{f.pulses:10d}" + "".join(f"{value:10.1f}" for value in row))
    ours, limit = found["ours"], found["C"]
    print(f"|width error| ours / C: p50 {ours.width_p50_us / limit.width_p50_us:.2f}, ", end="")
    print(f"p99 {ours.width_p99_us / limit.width_p99_us:.2f}; ", end="")
    print(f"p50 {ours.width_p50_us - limit.width_p50_us:+.1f} us, p99 {ours.width_p99_us - limit.width_p99_us:+.1f} us")
    for name, f in after_purge.items():
        print(f"first edge after the purge, {name}: {f.late_p50_us:.1f} us late")
    print(f"both senders run as {scheduling}")
    print(f"CPU time stolen by the host meanwhile: {100 * steal:.2f} %")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.pulses", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pulses", type=int, default=400, help="of each sender, over all blocks")
    parser.add_argument("--blocks", type=int, default=4, help="turns of each sender")
    parser.add_argument("--width", type=float, default=20.0, help="ms")
    parser.add_argument("--period", type=float, default=50.0, help="ms")
    parser.add_argument("--purge", type=float, default=30.0, help="s before the single late edge; 0 leaves it out")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    seconds = 2 * given.pulses * given.period * 1e-3
    if not 0 < given.blocks <= given.pulses <= MOST_PULSES or seconds > LONGEST_RUN_S:
        parser.error(f"1 to {MOST_PULSES} pulses, at most {LONGEST_RUN_S:.0f} s in all, at least one a block")
    if not 0 < given.width < given.period:
        parser.error("a pulse must end before the next begins")
    if not 0 <= given.purge <= 50:
        parser.error("a purge takes 0 to 50 s")
    return given


def main() -> None:
    given = arguments()
    batch = Batch(given.pulses // given.blocks, round(given.period * 1e6), round(given.width * 1e6))
    late = Batch(1, batch.period_ns, batch.width_ns, HEAD_START_NS + round(given.purge * 1e9))
    clock = WallClock()
    scheduling = clock.scheduling
    clock.close()
    before = stolen_ticks()
    with tempfile.TemporaryDirectory() as folder:
        limit = str(compiled("pulse", Path(folder)))
        senders: dict[str, tuple[Command, Sequence[str]]] = {
            "C": ([limit], [str(fifo_priority(scheduling))]),
            "ours": ([sys.executable, "-m", "bench.sender"], ()),
        }
        found = measure(senders, batch, given.blocks)
        after_purge = measure(senders, late, 1) if given.purge else {}
    stolen, total = (now - then for now, then in zip(stolen_ticks(), before, strict=True))
    steal = stolen / total if total else 0.0
    if given.json:
        tables = ({name: asdict(f) for name, f in table.items()} for table in (found, after_purge))
        print(json.dumps({"pulses": next(tables), "purge": next(tables), "scheduling": scheduling, "steal": steal}))
    else:
        report(found, after_purge, scheduling, steal)


if __name__ == "__main__":
    main()
