"""What is gathered and written as chunks is read back like what went through the tail, to the last bit."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from tests.unit.history.conftest import make_header
from vapordep.errors import HistoryError
from vapordep.history.recordings import recorder as recorder_module
from vapordep.history.recordings.gathering import Gathered
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

TAGS = ("a", "b", "c")
Exchange = tuple[int, int, bool]
"""Of how many tags, how many samples, and whether all are sure."""


def finish(recorder: Recorder) -> None:
    told = {"ended": datetime(2026, 11, 23, 15, tzinfo=UTC), "simulated_s": 10.0, "wall_s": 0.5}
    recorder.finish(RunState.COMPLETE, "all steps done", **told).result(0)  # type: ignore[arg-type]


def published(recorder: Recorder, exchanges: list[Exchange], take: Callable[[float], None], every: int) -> None:
    t = 0.0
    for number, (width, count, sure) in enumerate(exchanges):
        times = t + 0.1 * np.arange(1, count + 1)
        marks = np.full(count, not sure, np.uint8)
        values = np.sin(100.0 * times)
        recorder.publish([Batch(tag, times, values + n, marks) for n, tag in enumerate(TAGS[:width])])
        t = float(times[-1])
        if number % every == 0:
            take(t)
            recorder.commit()
    finish(recorder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 40), st.booleans()), min_size=1, max_size=12),
    st.integers(1, 4), st.sampled_from([1, 30, 10_000]),
)  # fmt: skip
def test_it_is_read_like_what_went_through_the_tail(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    exchanges: list[Exchange], every: int, enough: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(recorder_module, "GATHERED", enough)
    folder, found = tmp_path_factory.mktemp("history"), []
    for run, way in (("tail", Recorder.tick), ("gathered", Recorder.gather)):
        recorder = Recorder.open(folder, make_header(run))
        published(recorder, exchanges, lambda t, way=way, at=recorder: way(at, t), every)  # type: ignore[misc]
        with Recording.open(recorder.path) as recording:
            assert recording.verify().whole
            tags = TAGS[: max(width for width, _, _ in exchanges)]
            samples = {tag: [part.tobytes() for part in recording.samples(tag)] for tag in tags}
            found.append((samples, recorder.samples, recorder.last_time))
    assert found[0] == found[1]


def test_it_waits_until_it_is_enough_for_chunks(
    begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "GATHERED", 100)
    recorder = begin()
    for start, kept in ((0, 0), (1, 120), (2, 120), (3, 240)):
        times = 6.0 * start + 0.1 * np.arange(1, 61)
        recorder.publish([Batch("a", times, times, np.zeros(60, np.uint8))])
        recorder.event(Event(float(times[-1]), Kind.STEP, "purge"))
        recorder.gather(float(times[-1]))
        recorder.commit()
        with Recording.open(recorder.path) as recording:
            assert recording.verify().samples == kept
            assert len(recording.events()) == start + 1, "what happens never waits"
    finish(recorder)


def test_when_the_disk_refuses_it_waits_and_is_written_later(
    begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "GATHERED", 10)
    recorder = begin()
    recorder.publish([Batch("a", np.arange(20.0), np.arange(20.0), np.zeros(20, np.uint8))])
    recorder.gather(20.0)
    full = [True]

    def refuse(connection: Connection, cursor: object, statement: str, *others: object) -> None:
        if full[0] and "INTO chunks" in statement:
            raise OperationalError(statement, {}, sqlite3.OperationalError("database or disk is full"))

    event.listen(recorder._connection, "before_cursor_execute", refuse)
    with pytest.raises(HistoryError, match="disk is full"):
        recorder.commit()
    full[0] = False
    finish(recorder)
    with Recording.open(recorder.path) as recording:
        assert recording.samples("a").values.tolist() == list(range(20))


@pytest.mark.parametrize(
    "batch",
    [
        Batch("a", np.zeros(2), np.zeros(2, np.float32), np.zeros(2, np.uint8)),  # type: ignore[arg-type]
        Batch("a", np.zeros(2), np.zeros(2), np.zeros(2, np.int64)),  # type: ignore[arg-type]
        Batch("a", np.zeros(2), np.zeros(1), np.zeros(2, np.uint8)),
        Batch("a", np.zeros(2), np.zeros(2), np.zeros(3, np.uint8)),
    ],
)
def test_arrays_of_another_type_or_length_are_refused(batch: Batch) -> None:
    with pytest.raises(HistoryError, match="differ in length or type"):
        Gathered().take([[batch]], lambda tags: 1)
