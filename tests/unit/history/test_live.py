"""The live recorder never makes its caller wait: it drops old samples, keeps every event, says when it cannot write."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.unit.history.kinds import locked
from vapordep.errors import HistoryError
from vapordep.history.database.sqlite import opening
from vapordep.history.queries import History
from vapordep.history.recordings import recorder as recorder_module
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import Mode, RunState

pytestmark = pytest.mark.wall
PATIENCE = 60.0


def finish(live: RecorderThread) -> None:
    ended = datetime(2026, 11, 23, 15, tzinfo=UTC)
    live.finish(RunState.COMPLETE, "", ended=ended, simulated_s=1.0, wall_s=1.0).result(PATIENCE)


def reached(live: RecorderThread) -> None:
    """Wait until the thread has done all it was asked so far."""
    seen = threading.Event()
    live._order(seen.set)
    live._wake.put(None)
    assert seen.wait(PATIENCE)


def test_all_that_is_given_arrives(
    begin: Callable[..., Recorder], play: Callable[..., None], pulse: Callable[..., PulseRecord]
) -> None:
    recorder = begin()
    live = RecorderThread(recorder)
    for index in range(100):
        live.publish([Batch.one("a", index / 10, index), Batch.one("b", index / 10, -index)])
        live.tick(index / 10)
    live.event(Event(9.9, Kind.STEP, "purge"))
    assert live.intent(pulse(1).intent).result(PATIENCE) is None
    live.pulse(pulse(1))
    finish(live)
    with Recording.open(recorder.path) as recording:
        assert recording.samples("b").values.tolist() == [-index for index in range(100)]
        assert [event.text for event in recording.events()] == ["purge", "Recording sealed"]
        assert recording.pulses() == (pulse(1),)
    assert History(recorder.history).verify("run-1").whole


def test_what_runs_live_waits_for_the_disk_whatever_its_mode(begin: Callable[..., Recorder]) -> None:
    recorder = begin(mode=Mode.DRY_RUN)
    live = RecorderThread(recorder)
    assert recorder._connection.connection.cursor().execute("PRAGMA synchronous").fetchone() == (2,)
    finish(live)


def test_an_intent_is_on_the_disk_when_its_future_is_done(
    begin: Callable[..., Recorder], pulse: Callable[..., PulseRecord]
) -> None:
    recorder = begin()
    live = RecorderThread(recorder)
    live.intent(pulse(1).intent).result(PATIENCE)
    with closing(sqlite3.connect(recorder.path)) as other:
        assert other.execute("SELECT number FROM pulses").fetchall() == [(1,)]
    live.abandon()


def test_while_the_file_is_locked_nothing_waits_and_nothing_is_lost(
    begin: Callable[..., Recorder], pulse: Callable[..., PulseRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 0.01)
    recorder = begin()
    live = RecorderThread(recorder)
    with locked(recorder.path):
        durable = live.intent(pulse(1).intent)
        reached(live)
        reached(live)
        assert isinstance(live.failure, HistoryError)
        assert not durable.done()
        for index in range(50):
            live.publish([Batch.one("a", index / 10, index)])
            live.event(Event(index / 10, Kind.ALARM, f"alarm {index}"))
            live.tick(index / 10)
    for _ in range(70):  # more than the longest pause between two tries
        live.tick(10.0)
        reached(live)
    durable.result(PATIENCE)
    assert live.failure is None
    finish(live)
    with Recording.open(recorder.path) as recording:
        assert recording.samples("a").values.tolist() == list(range(50))
        assert [event.text for event in recording.events()][:50] == [f"alarm {index}" for index in range(50)]


def test_a_full_queue_drops_the_oldest_samples_and_says_how_many(begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    live = RecorderThread(recorder, capacity=10)
    stalled = threading.Event()
    live._order(lambda: stalled.wait(PATIENCE))
    live._wake.put(None)
    while live._orders:  # until the thread hangs in the order above
        pass
    for index in range(30):
        live.publish([Batch.one("a", index, index), Batch.one("b", index, index)])
        live.event(Event(index, Kind.STEP, f"step {index}"))
    stalled.set()
    live.tick(30.0)
    finish(live)
    with Recording.open(recorder.path) as recording:
        assert recording.samples("a").values.tolist() == list(range(20, 30))
        events = recording.events()
    assert [event.text for event in events if event.kind is Kind.STEP] == [f"step {index}" for index in range(30)]
    assert [event.data["samples"] for event in events if "dropped" in event.text] == [40]


def test_compaction_goes_on_between_ticks(begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "COMPACT_AT", 500)
    recorder = begin()
    live = RecorderThread(recorder)
    for index in range(2000):
        live.publish([Batch.one("a", index / 10, index)])
        live.tick(index / 10)
    with Recording.open(recorder.path) as recording:
        while recording.verify().chunks == 0:
            reached(live)
    live.publish([Batch.one("a", 200.0, 2000)])
    live.tick(200.0)
    finish(live)
    with Recording.open(recorder.path) as recording:
        assert recording.samples("a").values.tolist() == list(range(2001))
        assert recording.verify().chunks >= 2


def test_what_cannot_be_packed_is_told_and_the_rest_goes_on(begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    live = RecorderThread(recorder)
    good = Batch.one("a", 0.0, 1.0)
    live.publish([Batch("b", good.times, np.array([1.0, 2.0]), good.quality)])
    live.tick(0.0)
    reached(live)
    assert live.failure is not None
    live.publish([good])
    live.event(Event(1.0, Kind.STEP, "still there"))
    live.tick(1.0)
    finish(live)
    with Recording.open(recorder.path) as recording:
        assert len(recording.samples("a").times) == 1
        assert recording.events()[0].text == "still there"


def test_an_abandoned_recorder_tells_who_waits(
    begin: Callable[..., Recorder], pulse: Callable[..., PulseRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 0.01)
    recorder = begin()
    live = RecorderThread(recorder)
    with locked(recorder.path):
        durable = live.intent(pulse(1).intent)
        reached(live)
        live.abandon()
    with pytest.raises(HistoryError, match="before this pulse was durable"):
        durable.result(PATIENCE)
