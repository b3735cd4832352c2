"""A look at a tail gives what its rows give one by one, and reads no more of them than it must."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.history.test_tail import Numbering, exchanges
from vapordep.errors import HistoryError
from vapordep.history.recordings import tail_look
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.history.recordings.tail import Publication, decode_tick, encode_tick
from vapordep.history.recordings.tail_look import decode_ticks
from vapordep.model.batches import Batch
from vapordep.model.tags import Quality

TICKS = 3000


@given(st.lists(st.lists(exchanges(), max_size=3), max_size=6), st.sets(st.integers(1, 8)))
def test_many_rows_at_once_are_the_same_as_one_by_one(ticks: list[list[Publication]], wanted: set[int]) -> None:
    numbering = Numbering()
    blobs = [encode_tick(tick, numbering)[0] for tick in ticks]
    apart: dict[int, list[tuple[int, int, bytes, bytes]]] = {}
    for row, blob in enumerate(blobs):
        for series, chunk in ((record.series, record.chunk) for record in decode_tick(blob)):
            for place, t in enumerate(chunk.times):
                sample = (int(t), row, chunk.values[:, place].tobytes(), chunk.quality[:, place].tobytes())
                apart.setdefault(series, []).append(sample)
    found = decode_ticks(blobs, wanted)
    assert found.keys() == apart.keys() & wanted
    for series, chunk in found.items():
        told = [
            (int(t), chunk.values[:, n].tobytes(), chunk.quality[:, n].tobytes()) for n, t in enumerate(chunk.times)
        ]
        assert sorted(told) == sorted((t, values, quality) for t, _, values, quality in apart[series])
        assert np.all(np.diff(chunk.times) >= 0)


def test_samples_of_one_instant_stay_in_the_order_of_their_rows() -> None:
    numbering = Numbering()
    rows: list[list[Publication]] = [
        [[Batch.one("a", 1.0, n)]] + [[Batch.one("b", 1.0, 0)]] * (n % 3) for n in range(9)
    ]
    found = decode_ticks([encode_tick(row, numbering)[0] for row in rows], {1})
    assert found[1].values[0].tolist() == list(range(9))


@pytest.mark.parametrize("cut", [5, 13, 20, -1])
def test_a_damaged_row_is_refused(cut: int) -> None:
    blob, _ = encode_tick([[Batch.one("a", 1.0, 2.0)]], Numbering())
    with pytest.raises(HistoryError, match="take it from a backup"):
        decode_ticks([blob[:cut]], {1})


@pytest.fixture
def running(begin: Callable[..., Recorder]) -> Recorder:
    """Five minutes at 10 Hz, not compacted; each tenth sample is 3 s old when it comes, and rows are missing."""
    recorder = begin()
    for n in range(TICKS):
        t = n / 10.0
        recorder.publish([Batch.one("a", t, n), Batch.one("b", t, -n)])
        if n % 10 == 9:
            recorder.publish([Batch.one("late", round(t - 3.0, 1), n, Quality.UNCERTAIN)])
        recorder.tick(t)
        if n % 7 == 3:
            recorder._waiting._next_tick += 1
    recorder.save()
    return recorder


@pytest.mark.parametrize(
    ("start", "end"), [(100.0, 130.0), (-np.inf, 40.0), (290.0, np.inf), (-np.inf, np.inf), (150.05, 150.06)]
)
def test_a_look_at_a_running_run_reads_only_what_is_asked(
    running: Recorder, monkeypatch: pytest.MonkeyPatch, start: float, end: float
) -> None:
    read, decode = list[int](), tail_look.decode_ticks
    monkeypatch.setattr(
        tail_look, "decode_ticks", lambda blobs, wanted: (read.append(len(blobs)), decode(blobs, wanted))[1]
    )
    times = np.arange(TICKS) / 10.0
    late = np.round(times[9::10] - 3.0, 1)
    with Recording.open(running.path) as recording:
        found = recording.samples("b", start, end)
        assert found.times.tolist() == times[(times >= start) & (times <= end)].tolist()
        assert found.values.tolist() == [-round(10 * t) for t in found.times]
        came = recording.samples("late", start, end)
        assert came.times.tolist() == late[(late >= start) & (late <= end)].tolist()
        assert set(came.quality.tolist()) <= {Quality.UNCERTAIN}
        [seen] = recording.look(["a"], start, end)
        assert seen.level.lows[0].tolist() == [round(10 * t) for t in found.times]
    span = min(end, times[-1]) - max(start, times[0])
    assert max(read) <= 10 * (span + 2 * tail_look.APART) + 2
    running.abandon()
