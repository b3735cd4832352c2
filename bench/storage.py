"""How small recordings are and what it costs to write them, beside what the disk and zlib can do in the same run.

Run `python bench/storage.py [--minutes 30]`. Medians of five batches; the ratios count, not the microseconds.
"""

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vapordep.history.folder import new_run_id
from vapordep.history.queries import History
from vapordep.history.recordings import codec
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import COMPACT_AT, Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.history.recordings.tail import Publication
from vapordep.model.batches import Batch, Sample
from vapordep.model.run import Mode, RunHeader, RunState
from vapordep.model.tags import Quality

RATE = 10.0
"""Samples of a tag in a second."""
BATCHES = 5


def signals(count: int, rng: np.random.Generator) -> list[tuple[str, NDArray[np.float64]]]:
    """128 tags as in a well-equipped reactor, quantised and noisy as instruments are, in SI."""
    t = np.arange(count) / RATE
    made = []
    for index in range(40):
        walk = np.cumsum(rng.normal(0, 0.01, count)) * np.exp(-0.001)
        level = 60 + 2 * index + 20 * (1 - np.exp(-t / 300)) + 0.2 * np.tanh(walk)
        made.append((f"zone{index}.temperature", np.round(level + rng.normal(0, 0.05, count), 1) + 273.15))
    for index in range(24):
        flow = np.where(t % 600 < 300, 20.0 + index, 0.0) + rng.normal(0, 0.01 if index % 2 else 0.02, count)
        made.append((f"mfc{index}.flow", np.round(flow, 2) * 7.43583e-7))
    for index in range(16):
        pulse = 1 + 0.4 * np.exp(-(t % 42.0) / 1.5)
        torr = 0.3 * (1 + 0.1 * index) * pulse * (1 + rng.normal(0, 0.002, count))
        exponent = np.floor(np.log10(torr))
        made.append((f"gauge{index}.pressure", np.round(torr / 10**exponent, 2) * 10**exponent * 133.32236842105263))
    for index in range(24):
        made.append((f"valve{index}.open", ((t + index) % 42.0 < 0.1).astype(np.float64)))
    for index in range(24):
        made.append((f"zone{index}.setpoint", np.where(t < 600, 373.15, 423.15) + 0.0 * index))
    return made


def publications(count: int, rng: np.random.Generator, width: int = 8) -> tuple[list[list[Publication]], int]:
    """Ticks of live polls: 16 exchanges of 8 tags each, at 10 Hz with the jitter of a real loop (100 us)."""
    tags = signals(count, rng)
    groups = [tags[start : start + width] for start in range(0, len(tags), width)]
    ticks: list[list[Publication]] = []
    for sample in range(count):
        tick: list[Publication] = []
        for place, group in enumerate(groups):
            instant = sample / RATE + 0.005 * place + abs(rng.normal(0, 1e-4))
            tick.append(polled(instant, [(name, values.item(sample)) for name, values in group]))
        ticks.append(tick)
    return ticks, count * len(tags)


def polled(instant: float, values: Sequence[tuple[str, float]]) -> Publication:
    """What one exchange gives, as an instrument does."""
    times = np.array((instant,))
    return [Batch.single(name, Sample(instant, value, Quality.GOOD), times) for name, value in values]


def header() -> RunHeader:
    now = datetime.now(UTC)
    return RunHeader(new_run_id(now), Mode.DRY_RUN, "bench", "", "", {}, "bench", "", "", {}, "bench", now.isoformat())


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def raw_write(folder: Path) -> Iterator[Callable[[], None]]:
    """The limit: 4 KiB appended and synchronised, nothing else."""
    block = os.urandom(4096)
    file = os.open(folder / "raw", os.O_WRONLY | os.O_CREAT, 0o600)

    def write() -> None:
        os.write(file, block)
        os.fdatasync(file)

    yield write
    os.close(file)


def quantiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return " / ".join(f"{ordered[min(len(ordered) - 1, int(p * len(ordered)))] * 1e3:.2f}" for p in (0.5, 0.99, 1.0))


def live(folder: Path, ticks: list[list[Publication]]) -> tuple[list[float], list[float], float, float]:
    """Commit every tick; returns wall seconds of each commit and of each raw write, and CPU seconds of both."""
    recorder = Recorder.open(folder, header())
    ours, theirs, ours_cpu, theirs_cpu = [], [], 0.0, 0.0
    for number, tick in enumerate(ticks):
        start, before = time.perf_counter(), cpu()
        for publication in tick:
            recorder.publish(publication)
        recorder.tick(number / RATE)
        recorder.commit()
        ours.append(time.perf_counter() - start)
        ours_cpu += cpu() - before
        for write in raw_write(folder):
            start, before = time.perf_counter(), cpu()
            write()
            theirs.append(time.perf_counter() - start)
            theirs_cpu += cpu() - before
    recorder.abandon()
    return ours, theirs, ours_cpu, theirs_cpu


class Paced(NamedTuple):
    """Ticks at their pace, each in wall s."""

    caller: list[float]
    """Until it was handed over."""
    durable: list[float]
    """Until its thread had made it durable."""
    cpu: float
    """s that the thread used: waking up, taking over, packing, writing; without compaction."""
    saved: float
    """s of that for the commits alone."""
    compaction: float
    """s that it used for that, once in `COMPACT_AT` samples."""
    chunks: int
    """Compacted meanwhile."""


def paced(folder: Path, ticks: list[list[Publication]], lasts: float) -> Paced:
    """Ticks at 10 Hz by the thread of a live run, to a recording that is compacted 5 s after its beginning."""
    recorder = Recorder.open(folder, header())
    count = int(lasts * RATE)
    before = COMPACT_AT // sum(len(batches) for batches in ticks[0]) - int(5 * RATE)
    for number in range(before):
        hand_over(recorder, ticks[number % len(ticks)], number)
        if number % 500 == 499:
            recorder.save()
    recorder.save()
    book = RecorderThread(recorder)
    caller, durable, used, spent_compacting = list[float](), list[float](), list[float](), list[float]()
    save, compacting = recorder.save, recorder.compacting

    def timed() -> None:
        start, spent = time.perf_counter(), time.thread_time()
        save()
        durable.append(time.perf_counter() - start)
        used.append(time.thread_time() - spent)

    def stepped() -> Iterator[None]:
        steps = compacting()
        while True:
            spent = time.thread_time()
            over = next(steps, steps) is steps
            spent_compacting.append(time.thread_time() - spent)
            if over:
                return
            yield

    recorder.save, recorder.compacting = timed, stepped  # type: ignore[method-assign]
    [thread] = [each for each in threading.enumerate() if each.name == f"recorder {recorder.run_id}"]
    clock = time.pthread_getcpuclockid(thread.ident or 0)
    before_all = time.clock_gettime(clock)
    begun = time.perf_counter()
    for number in range(count):
        time.sleep(max(begun + number / RATE - time.perf_counter(), 0.0))
        start = time.perf_counter()
        hand_over(book, ticks[number % len(ticks)], before + number)
        caller.append(time.perf_counter() - start)
    time.sleep(1.0)
    in_all = time.clock_gettime(clock) - before_all
    book.abandon()
    with Recording.open(recorder.path) as recording:
        chunks = recording.verify().chunks
    compaction = sum(spent_compacting)
    return Paced(caller, durable, in_all - compaction, sum(used), compaction, chunks)


def bare(folder: Path, size: int, lasts: float) -> tuple[float, float]:
    """The limits at the same pace, s of CPU: a row of that size by SQLite itself, and 4 KiB with fdatasync."""
    file, rows, writes = folder / "bare.sqlite", 0.0, 0.0
    with closing(sqlite3.connect(file, isolation_level=None)) as connection, contextmanager(raw_write)(folder) as write:
        for statement in (
            "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
            "CREATE TABLE tail (tick INTEGER PRIMARY KEY, t FLOAT, samples INTEGER, blob BLOB)",
        ):  # fmt: skip
            connection.execute(statement)
        blob, begun = os.urandom(size), time.perf_counter()
        for number in range(int(lasts * RATE)):
            time.sleep(max(begun + number / RATE - time.perf_counter(), 0.0))
            start = time.thread_time()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO tail VALUES (?, ?, ?, ?)", (number, 0.0, 128, blob))
            connection.execute("COMMIT")
            rows += time.thread_time() - start
            time.sleep(0.5 / RATE)
            start = time.thread_time()
            write()
            writes += time.thread_time() - start
    return rows, writes


def hand_over(book: Recorder | RecorderThread, tick: list[Publication], number: int) -> None:
    for publication in tick:
        book.publish(publication)
    book.tick(number / RATE)


@contextmanager
def dry_run(folder: Path) -> Iterator[None]:
    """Within it another process records dry runs as quickly as it can, one after the other."""
    words = [sys.executable, "-m", "vapordep", "dry-run", "al2o3_on_lithium", "--set", "cycles=500", "--json"]
    words += ["--history", str(folder)]
    over = threading.Event()
    under_way: list[subprocess.Popen[bytes]] = []

    def keep_on() -> None:
        while not over.is_set():
            under_way[:] = [subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
            if under_way[0].wait() and not over.is_set():
                raise SystemExit(f"a dry run ended with status {under_way[0].returncode}")

    keeper = threading.Thread(target=keep_on)
    keeper.start()
    try:
        time.sleep(5.0)  # until it is under way
        yield
    finally:
        over.set()
        under_way[0].kill()
        keeper.join()


def stored(folder: Path, ticks: list[list[Publication]], every: int) -> tuple[float, float, int]:
    """Record a run; returns seconds to publish and pack, seconds for all the rest, and bytes of the sealed file."""
    recorder = Recorder.open(folder, header())
    begun = time.perf_counter()
    packed = 0.0
    for number, tick in enumerate(ticks):
        start = time.perf_counter()
        for publication in tick:
            recorder.publish(publication)
        if number % every == every - 1:
            recorder.tick(number / RATE)
            packed += time.perf_counter() - start
            recorder.commit()
        else:
            packed += time.perf_counter() - start
    length = len(ticks) / RATE
    recorder.finish(RunState.COMPLETE, "bench", ended=datetime.now(UTC), simulated_s=length, wall_s=packed)
    rest = time.perf_counter() - begun - packed
    whole = History(folder).verify(recorder.run_id)
    if not whole.whole:
        raise SystemExit(f"the recording is damaged: {whole.problems}")
    return packed, rest, recorder.path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="length of the recorded run")
    count = int(parser.parse_args().minutes * 60 * RATE)
    rng = np.random.default_rng(1)
    ticks, samples = publications(count, rng)
    print(f"{len(signals(1, rng))} tags x {RATE:g} Hz x {count / RATE / 60:g} min = {samples:,} samples")
    with tempfile.TemporaryDirectory() as folder:
        show_storage(Path(folder), ticks, samples)
        show_live(Path(folder), ticks)
        show_paced(Path(folder), ticks)
    show_codec(rng)


def show_storage(folder: Path, ticks: list[list[Publication]], samples: int) -> None:
    packed, rest, size = stored(folder, ticks, every=200)
    published = sum(map(len, ticks))
    print("\nstorage (virtual time: a row for 20 s)")
    print(f"  sealed file              {size:,} bytes = {size / samples:.3f} B/sample (goal 1.0)")
    print(f"  publish and pack         {packed / published * 1e6:.1f} us a publication of 8 tags")
    print(f"  commit, compact and seal {rest:.2f} s = {samples / rest / 1e6:.1f} M samples/s")


def show_live(folder: Path, ticks: list[list[Publication]]) -> None:
    print("\nlive, a durable commit each tick (wall ms p50 / p99 / max; % of a core at 10 Hz)")
    shares, limits = [], []
    for batch in range(BATCHES):
        ours, theirs, ours_cpu, theirs_cpu = live(folder, ticks[:600])
        shares.append(ours_cpu / len(ours) * RATE * 100)
        limits.append(theirs_cpu / len(theirs) * RATE * 100)
        print(f"  batch {batch}: commit {quantiles(ours)}  {shares[-1]:.2f} %   4 KiB + fdatasync {quantiles(theirs)}")
    ratio = statistics.median(shares) / statistics.median(limits)
    print(
        f"  median {statistics.median(shares):.2f} % of a core (goal 0.5), the limit {statistics.median(limits):.2f} %"
    )
    print(f"  = {ratio:.1f} x the limit's CPU")


def show_paced(folder: Path, ticks: list[list[Publication]], lasts: float = 30.0) -> None:
    print(f"\nlive, the thread of a run at 10 Hz for {lasts:g} s, compacted meanwhile (wall ms p50 / p99 / max)")
    for what, beside in (("alone", nullcontext()), ("a dry run records", dry_run(folder / "dry"))):
        with beside:
            found = paced(folder, ticks, lasts)
        share = found.cpu / lasts * 100
        saved = found.saved / lasts * 100
        print(
            f"  {what:18} durable {quantiles(found.durable)} (goal p99 5)"
            f"  commits {saved:.2f} % of a core (goal 0.5), with packing and waking {share:.2f} %"
        )
        print(f"  {'':18} the caller {quantiles(found.caller)}; {found.chunks} chunks, {found.compaction:.2f} s")
    rows, writes = bare(folder, 1400, lasts)
    limits = (rows / lasts * 100, writes / lasts * 100)
    print(f"  {'the limits':18} SQLite itself {limits[0]:.2f} %, 4 KiB + fdatasync {limits[1]:.2f} % of a core")


def show_codec(rng: np.random.Generator) -> None:
    print("\ncodec, 16 000 samples a column (B/sample; zlib of plain float64 beside it)")
    seen = set()
    for name, values in signals(16_000, rng):
        kind = name.split(".")[1]
        if kind in seen:
            continue
        seen.add(kind)
        start = time.perf_counter()
        chosen, coded = codec.encode_values(values)
        speed = len(values) / (time.perf_counter() - start) / 1e6
        plain = len(zlib.compress(values.tobytes(), 6)) / len(values)
        print(f"  {kind:12} {len(coded) / len(values):.3f} ({chosen.name.lower()}, {speed:.1f} M/s)  zlib {plain:.3f}")


if __name__ == "__main__":
    main()
