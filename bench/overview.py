"""A look at a run over the web: 32 tags x 2 000 points out of 1e5, 1e6 and 1e7 samples, warm and cold.

Run `python -m bench.overview [--json]`. The whole request is timed: right, catalogue, levels, points, columns. Beside
it stands the limit: numpy's lowest and highest of all samples where they lie decoded in memory. Files are taken out of
the page cache by `posix_fadvise` before a cold look; what the host keeps is its own.
"""

import argparse
import asyncio
import json
import os
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.storage import header, signals
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Role
from vapordep.analysis.decimation import min_max
from vapordep.api.application import application
from vapordep.api.live.live import Live
from vapordep.api.live.served import Served
from vapordep.api.review import columns
from vapordep.files import data_folder
from vapordep.history.kept import KEPT
from vapordep.history.queries import History
from vapordep.history.recordings.overview import points_of
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor

TAGS, POINTS, WIDTH, PORT = 32, 2000, 8, 8740
LOOKS = 15
GOALS = {"warm_ms": 20.0, "cold_ms": 50.0, "bytes": 300_000, "encoded_ms": 1.0, "spread": 0.3}


def record(folder: Path, samples: int) -> list[str]:
    """A sealed run of 32 tags, 8 an exchange, at 10 Hz with the jitter of a real loop."""
    rng = np.random.default_rng(1)
    count = samples // TAGS
    tags = signals(count, rng)[::4]
    recorder = Recorder.open(folder, header())
    good = np.zeros(count, dtype=np.uint8)
    for first in range(0, TAGS, WIDTH):
        times = np.arange(count) / 10.0 + 0.005 * first + np.abs(rng.normal(0, 1e-4, count))
        for start in range(0, count, 20_000):
            part = slice(start, start + 20_000)
            recorder.publish([Batch(n, times[part], v[part], good[part]) for n, v in tags[first : first + WIDTH]])
            recorder.tick(float(times[part][-1]))
            recorder.commit()
    recorder.finish(RunState.COMPLETE, "bench", ended=datetime.now(UTC), simulated_s=count / 10.0, wall_s=1.0)
    return [name for name, _ in tags]


def asker(folder: Path) -> Callable[[str], bytes]:
    """Asks the application as its server would, with a token."""
    accounts = Accounts.of(folder)
    person = accounts.people.add("bench", Role.VIEWER, "some words of nobody")
    token = accounts.tokens.make(person, "bench", RIGHTS[Role.VIEWER], 1.0)
    reactor = read_reactor(data_folder("reactors") / "glovebox_ald.yaml")
    nothing: Any = lambda *_: {}  # noqa: E731 - what is not asked here
    served = Served(Path("/nowhere"), reactor, folder, lambda _: {}, nothing, nothing, nothing, nothing)
    door = application(Live(served), PORT, accounts)
    given = ((b"host", f"localhost:{PORT}".encode()), (b"authorization", f"Bearer {token}".encode()))

    async def ask(path: str, query: str) -> bytes:
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "root_path": "", "headers": given, "http_version": "1.1", "scheme": "http",
            "server": ("127.0.0.1", PORT), "client": None,
        }  # fmt: skip
        sent: list[Any] = []
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await door(scope, receive, send)
        if sent[0]["status"] != 200:
            raise SystemExit(f"{path}: {sent[0]['status']} {sent[1]['body']!r}")
        return b"".join(message.get("body", b"") for message in sent[1:])

    loop = asyncio.new_event_loop()  # a Runner would look for Ctrl-C anew at each request, which no server does
    return lambda target: loop.run_until_complete(ask(*target.split("?", 1)))


def forget(folder: Path) -> None:
    """Takes every file of the history out of the page cache, and out of this process what it kept of them."""
    KEPT.clear()
    for path in folder.rglob("*.sqlite"):
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


class Took(NamedTuple):
    """The median of some goes, ms: by the wall, and of CPU, which says more while others use the machine."""

    wall: float
    cpu: float


def took(work: Callable[[], object], before: Callable[[], None] = lambda: None, times: int = LOOKS) -> Took:
    walls, cpus = [], []
    for _ in range(times):
        before()
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    return Took(statistics.median(walls), statistics.median(cpus))


def encoded(folder: Path, names: list[str]) -> Took:
    """Laying out as many points as columns of float64."""
    history = History(folder)
    with history.open_recording(history.only("last")) as recording:
        seen = recording.look(names, buckets=POINTS // 2)
    few = {name: min_max(*points_of(seen, name), POINTS // 3) for name in names}
    return took(lambda: columns.packed(few, {}))


def limit(samples: int) -> Took:
    """Lowest and highest of all samples in memory."""
    values = np.random.default_rng(2).normal(size=(TAGS, POINTS // 2, samples // TAGS // (POINTS // 2)))
    return took(lambda: (values.min(axis=2), values.max(axis=2)), times=5)


def measured(samples: int) -> dict[str, Any]:
    """All figures of one length."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = record(folder, samples)
        ask = asker(folder)
        query = "&".join(f"tag={each}" for each in names)
        path = f"/api/runs/last/samples?{query}&points={POINTS}&form=columns"
        body = ask(path)
        (length,) = struct.unpack_from("<I", body)
        told = json.loads(body[4 : 4 + length])["tags"]
        if len(told) != TAGS or any("spans" not in each for each in told):
            raise SystemExit(f"not what was asked for: {told}")
        size = sum(path.stat().st_size for path in (folder / "recordings").iterdir())
        return {
            "samples": samples, "bytes": len(body), "bytes_a_sample": size / samples,
            "warm_ms": took(lambda: ask(path)), "cold_ms": took(lambda: ask(path), lambda: forget(folder)),
            "encoded_ms": encoded(folder, names), "limit_ms": limit(samples),
            "one_tag_ms": took(lambda: ask(f"/api/runs/last/samples?tag={names[0]}&form=columns")),
            "tags_ms": took(lambda: ask("/api/runs/last/tags?")),
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    found = [measured(samples) for samples in (100_000, 1_000_000, 10_000_000)]
    if as_json:
        print(json.dumps({"goals": GOALS, "found": found}))
        return
    for each in found:
        print(f"{each['samples']:>10,.0f} samples, {each['bytes_a_sample']:.2f} B each")
        print(f"  answer   {each['bytes']:,} B (goal 300,000)")
        for what, goal in (("warm", 20), ("cold", 50), ("encoded", 1), ("one_tag", 0), ("tags", 0), ("limit", 0)):
            wall, cpu = each[f"{what}_ms"]
            print(f"  {what:8} {wall:7.2f} ms, {cpu:7.2f} of CPU{f'  (goal {goal})' if goal else ''}")
    warm = [each["warm_ms"].cpu for each in found]
    middle = statistics.median(warm)
    print(
        f"CPU by length: {min(warm) / middle - 1:+.0%} to {max(warm) / middle - 1:+.0%} of the middle one (goal 30 %)"
    )


if __name__ == "__main__":
    main()
