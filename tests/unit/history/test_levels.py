"""Levels: few buckets tell every extreme and every gap of many samples, and nothing else; old recordings have none."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.history.conftest import unprotected
from vapordep.history.queries import History
from vapordep.history.recordings import levels
from vapordep.history.recordings.codec import Chunk, to_nanoseconds
from vapordep.history.recordings.overview import points_of
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.run import RunState
from vapordep.model.tags import Quality

MANY = 80_000
SPIKE, GAP = 61_234, 7_777
ENDED = datetime(2026, 11, 23, 15, tzinfo=UTC)
readings = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=400)


def chunk(values: list[float]) -> Chunk:
    times = np.cumsum(np.where(np.arange(len(values)) % 50 == 49, 30.0, 0.1))
    row = np.array([values, values[::-1]])
    return Chunk(to_nanoseconds(times), row, np.where(np.isnan(row), Quality.BAD, Quality.GOOD).astype(np.uint8))


@settings(max_examples=60)
@given(readings)
def test_a_bucket_tells_the_extremes_of_its_samples_and_about_when(values: list[float]) -> None:
    made = chunk(values)
    level, size = levels.of_chunk(made), levels.FINEST
    for _ in range(2):
        decoded = levels.decode(levels.encode(level))
        assert levels.alike(decoded, level)
        assert levels.alike(levels.decode(levels.encode(level), [1, 0]), levels.decode(levels.encode(level), [1, 0]))
        for bucket, start in enumerate(range(0, len(values), size)):
            part = made.values[:, start : start + size]
            times = made.times[start : start + size]
            for row in range(2):
                gone = np.isnan(part[row])
                assert (level.missing_at[row, bucket] > 0) == gone.any()
                if not gone.all():
                    assert level.lows[row, bucket] == np.nanmin(part[row])
                    assert level.highs[row, bucket] == np.nanmax(part[row])
                    told = times[0] + (times[-1] - times[0]) * int(level.low_at[row, bucket]) / 255
                    true = times[np.nanargmin(part[row])]
                    assert abs(told - true) <= (times[-1] - times[0]) / 100 + 1
        level, size = levels.coarser(level), size * levels.COARSER


def record(recorder: Recorder) -> None:
    """Two tags of one exchange with one spike and one reading that failed, compacted in three chunks, then sealed."""
    times = np.arange(MANY) / 10.0
    pressure, flow = np.full(MANY, 40.0) + np.arange(MANY) % 7, np.full(MANY, 1e-5)
    pressure[SPIKE], pressure[GAP] = 1e4, np.nan
    for start in range(0, MANY, 10_000):
        part = slice(start, start + 10_000)
        recorder.publish([
            Batch.of("chamber.pressure", times[part].tolist(), pressure[part].tolist()),
            Batch.of("carrier.flow", times[part].tolist(), flow[part].tolist()),
        ])  # fmt: skip
        recorder.tick(float(times[part][-1]))
    recorder.commit()


def seal(recorder: Recorder) -> None:
    recorder.finish(RunState.COMPLETE, "", ended=ENDED, simulated_s=MANY / 10.0, wall_s=1.0)


@pytest.fixture
def sealed(begin: Callable[..., Recorder]) -> Path:
    recorder = begin()
    record(recorder)
    seal(recorder)
    return recorder.path


def kept(path: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT factor, sum(buckets) FROM levels GROUP BY factor ORDER BY factor").fetchall()


def test_a_look_takes_the_level_that_is_fine_enough(sealed: Path) -> None:
    assert kept(sealed) == [(16, 5000), (128, 625)]
    with Recording.open(sealed) as recording:
        for buckets, size, whole in ((100, 625, False), (1000, 5000, False), (6000, MANY, True)):
            [seen] = recording.look(["chamber.pressure", "carrier.flow"], buckets=buckets)
            assert (len(seen.level.starts), seen.whole) == (size, whole)
            times, values = points_of([seen], "chamber.pressure")
            assert np.nanmax(values) == 1e4
            assert np.nanmin(values) == 40.0
            assert times[np.nanargmax(values)] == pytest.approx(SPIKE / 10.0, abs=0.06)
            assert times[np.isnan(values)] == pytest.approx([GAP / 10.0], abs=0.06)
        [near] = recording.look(["chamber.pressure"], SPIKE / 10 - 1.0, SPIKE / 10 + 1.0, 100)
        assert near.whole
        assert len(near.level.starts) == 21


def test_a_run_under_way_shows_level_and_tail(begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = begin()
    monkeypatch.setattr(recorder, "_compact_at", 100_000)
    record(recorder)
    for t in (9000.0, 9001.0):
        recorder.publish([Batch.one("chamber.pressure", t, 2e4), Batch.one("carrier.flow", t, 1e-5)])
        recorder.tick(t)
    recorder.save()
    with Recording.open(recorder.path) as recording:
        [seen] = recording.look(["carrier.flow", "chamber.pressure"], buckets=100)
        times, values = points_of([seen], "chamber.pressure")
    assert not seen.whole
    assert len(times) < MANY
    assert times[-2:].tolist() == [9001.0, 9001.0]
    assert np.nanmax(values) == 2e4
    recorder.abandon()


@pytest.mark.parametrize("change", ["UPDATE levels SET blob = (SELECT blob FROM levels WHERE factor = 128)",
                                    "UPDATE levels SET first_ns = first_ns + 1 WHERE factor = 16",
                                    "UPDATE levels SET blob = x'00' WHERE factor = 128",
                                    "UPDATE levels SET series = 9", "UPDATE levels SET factor = 17 WHERE factor = 16",
                                    "INSERT INTO levels SELECT 99, series, factor, first_chunk, last_chunk, first_ns, "
                                    "last_ns, buckets, blob FROM levels LIMIT 1"])  # fmt: skip
def test_levels_that_do_not_follow_from_the_samples_are_found(sealed: Path, tmp_path: Path, change: str) -> None:
    history = History(tmp_path / "history")
    assert history.verify("run-1").whole
    with unprotected(sealed) as connection:
        connection.execute(change)
    [problem] = history.verify("run-1").problems
    assert "do not follow from its samples" in problem


def test_without_levels_all_is_worked_out_of_the_samples(sealed: Path, tmp_path: Path) -> None:
    """As in recordings of the first version, which are read and verified as they are, and not written to."""
    with unprotected(sealed) as connection:
        connection.execute("DROP TABLE levels")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    before = sealed.read_bytes()
    with Recording.open(sealed) as recording:
        [seen] = recording.look(["chamber.pressure"], buckets=100)
    assert seen.whole
    assert len(seen.level.starts) == MANY
    assert History(tmp_path / "history").verify("run-1").whole
    assert sealed.read_bytes() == before
