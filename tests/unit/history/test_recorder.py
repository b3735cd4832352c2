"""What is recorded is read back to the last bit, before and after sealing; nothing is lost when the disk refuses."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from tests.unit.history.conftest import unprotected
from tests.unit.history.disk import RefusingDisk
from vapordep.errors import HistoryError
from vapordep.history.database.rows import PlannedPulse
from vapordep.history.database.sqlite import opening
from vapordep.history.queries import History
from vapordep.history.recordings import recorder as recorder_module
from vapordep.history.recordings import waiting
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film, FilmLayer, Origin
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import Mode, RunHeader, RunState

BOTH = pytest.mark.usefixtures("catalogue")
FILM = Film(
    (
        FilmLayer("nucleation", 4e-10, 0, float("nan"), 1.2e-6),
        FilmLayer("Al2O3", 3.6e-9, 36, 1e-10, 1.1e-5, Origin.PLANT),
    )
)


def finish(recorder: Recorder, **changes: object) -> None:
    fields: dict[str, object] = {"ended": datetime(2026, 11, 23, 15, tzinfo=UTC), "simulated_s": 10.0, "wall_s": 0.5}
    recorder.finish(RunState.COMPLETE, "all steps done", **(fields | changes)).result(0)  # type: ignore[arg-type]


def everything(path: Path) -> tuple[object, ...]:
    """All that a recording tells, comparable by ==."""
    with Recording.open(path) as recording:
        samples = {tag: [part.tobytes() for part in recording.samples(tag)] for tag in recording.tags()}
        return samples, recording.events(), recording.pulses(), recording.units(), recording.t0, recording.header


def test_sealing_changes_nothing_that_is_read(
    begin: Callable[..., Recorder], play: Callable[..., None], pulse: Callable[..., PulseRecord]
) -> None:
    recorder = begin()
    play(recorder)
    recorder.pulse(pulse(1))
    recorder.commit()
    samples, events, *others = everything(recorder.path)
    finish(recorder, film=FILM)
    sealed_samples, sealed_events, *sealed_others = everything(recorder.path)
    assert (sealed_samples, sealed_others) == (samples, others)
    assert isinstance(events, tuple)
    assert isinstance(sealed_events, tuple)
    assert sealed_events[:-1] == events
    assert sealed_events[-1].data["samples"] == 210


def test_a_sealed_recording_is_one_file_that_can_be_copied_away(
    begin: Callable[..., Recorder], play: Callable[..., None], tmp_path: Path
) -> None:
    recorder = begin()
    play(recorder)
    finish(recorder, film=FILM)
    assert [path.name for path in recorder.path.parent.iterdir()] == ["run-1.sqlite"]
    elsewhere = tmp_path / "a stick #1 50%"
    elsewhere.mkdir()
    shutil.copy(recorder.path, elsewhere / "run.sqlite")
    with Recording.open(elsewhere / "run.sqlite") as recording:
        assert recording.samples("chamber.pressure").values[:4].tolist() == [40, 41, 42, 40]
        layers = recording.film().layers
        assert layers[1:] == FILM.layers[1:]
        assert np.isnan(layers[0].growth_per_cycle)
        assert recording.verify().whole
    assert sorted(path.name for path in elsewhere.iterdir()) == ["run.sqlite"]


@BOTH
def test_the_catalogue_tells_how_it_ended(begin: Callable[..., Recorder], play: Callable[..., None]) -> None:
    recorder = begin()
    (before,) = History(recorder.history).runs()
    assert (before.state, before.ended, before.chain) == (RunState.RUNNING, None, None)
    play(recorder)
    finish(recorder, film=FILM, summary={"doses": 77, "peak": {"foil.temperature": float("nan")}})
    (run,) = History(recorder.history).runs()
    assert (run.state, run.reason, run.simulated_s, run.wall_s) == (RunState.COMPLETE, "all steps done", 10.0, 0.5)
    assert run.ended == "2026-11-23T15:00:00+00:00"
    assert run.outcome["doses"] == 77
    assert run.outcome["peak"] == {"foil.temperature": None}
    assert run.outcome["film"]["thickness_m"] == pytest.approx(4e-9)
    assert [sample.id for sample in run.header.samples] == ["Li-1", "Si-1"]
    assert History(recorder.history).verify("run-1").whole


irregular = st.lists(
    st.tuples(
        st.lists(st.floats(0, 1e5), min_size=1, max_size=5),
        st.lists(st.integers(0, 2**64 - 1), min_size=5, max_size=5),
        st.integers(0, 2),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
"""Publications: instants, bits of the values, quality, and whether a tick and a compaction follow."""


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(irregular)
def test_irregular_and_bad_samples_come_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory,
    header: Callable[..., RunHeader],
    publications: list[tuple[list[float], list[int], int, bool]],
) -> None:
    recorder = Recorder.open(tmp_path_factory.mktemp("history"), header())
    wanted = []
    for instants, bits, quality, tick in publications:
        values = np.array(bits[: len(instants)], np.uint64).view(np.float64)
        marks = np.full(len(instants), quality, np.uint8)
        recorder.publish([Batch("a", np.array(instants), values, marks)])
        wanted += [(round(t * 1e9), v, quality) for t, v in zip(instants, bits, strict=False)]
        if tick:
            recorder.tick(0.0)
            recorder.commit()
    finish(recorder)
    with Recording.open(recorder.path) as recording:
        found = recording.samples("a")
        assert recording.verify().whole
    bits_found = found.values.view(np.uint64).tolist()
    nanoseconds = np.rint(found.times * 1e9).astype(np.int64).tolist()
    assert nanoseconds == sorted(nanoseconds)
    assert sorted(zip(nanoseconds, bits_found, found.quality.tolist(), strict=True)) == sorted(wanted)


def test_a_stretch_of_time_is_read_alone_from_chunks_and_tail(
    begin: Callable[..., Recorder], play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "COMPACT_AT", 100)
    recorder = begin()
    play(recorder)
    play(recorder, start=10.0)
    with Recording.open(recorder.path) as recording:
        part = recording.samples("chamber.pressure", 8.95, 12.0)
        assert part.times.tolist() == [round(8.95 + 0.05 + i / 10, 6) for i in range(31)]
        assert recording.samples("foil.temperature", 5.0, 5.0).quality.tolist() == [2]
        assert len(recording.samples("foil.temperature", 100.0).times) == 0
        with pytest.raises(HistoryError, match=r"no samples of stage\.power"):
            recording.samples("stage.power")
        found = recording.verify()
    assert found.chunks >= 2
    assert found.samples == 420
    recorder.abandon()


def test_an_intent_is_durable_before_the_pulse_and_replaced_after_it(
    begin: Callable[..., Recorder], pulse: Callable[..., PulseRecord]
) -> None:
    recorder = begin()
    first, second = pulse(1), pulse(2, at=52.0)
    assert recorder.intent(first.intent).done()
    recorder.pulse(first)
    assert recorder.intent(second.intent).done()
    with Recording.open(recorder.path) as recording:
        assert recording.pulses() == (first, PlannedPulse(second.intent))
    recorder.abandon()


def test_only_durable_kinds_are_committed_at_once(begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    recorder.event(Event(1.0, Kind.STEP, "purge"))
    with Recording.open(recorder.path) as recording:
        assert recording.events() == ()
        recorder.event(Event(2.0, Kind.TRIP, "T1"))
        assert [event.text for event in recording.events()] == ["purge", "T1"]
    recorder.abandon()


@BOTH
def test_a_run_is_never_recorded_twice(begin: Callable[..., Recorder]) -> None:
    begin().abandon()
    with pytest.raises(HistoryError, match="exists already"):
        begin()


@BOTH
@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE events SET text = 'nothing' WHERE seq = 3", "event 3 was changed"),
        ("DELETE FROM events WHERE seq = 3", "event 3 is missing"),
        ("DELETE FROM events WHERE seq > 8", "ends at event 8"),
        (
            "UPDATE events SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4);"
            "UPDATE events SET seq = -seq WHERE seq < 0",
            "event 3 was changed",
        ),
        ("UPDATE pulses SET peak_pa = 1", "contents sha256"),
        ("UPDATE tags SET factor = 1", "contents sha256"),
        ("UPDATE film_layers SET thickness_m = 1", "contents sha256"),
        ("DELETE FROM chunks WHERE chunk = 1", "samples"),
        ("UPDATE chunks SET blob = zeroblob(99) WHERE chunk = 1", "chunk 1"),
        ("UPDATE meta SET value = replace(value, 'dry_run', 'run') WHERE key = 'header'", "event 1"),
    ],
)
def test_tampering_with_a_sealed_recording_shows(
    begin: Callable[..., Recorder],
    play: Callable[..., None],
    pulse: Callable[..., PulseRecord],
    tampering: str,
    told: str,
) -> None:
    recorder = begin()
    play(recorder)
    recorder.pulse(pulse(1))
    finish(recorder, film=FILM)
    with unprotected(recorder.path) as connection:
        connection.executescript(tampering)
    assert any(told in problem for problem in History(recorder.history).verify("run-1").problems)


def test_a_recording_made_anew_differs_from_what_the_catalogue_keeps(
    begin: Callable[..., Recorder], play: Callable[..., None]
) -> None:
    recorder = begin()
    play(recorder)
    finish(recorder)
    recorder.path.unlink()
    (recorder.history / "catalogue.sqlite").rename(recorder.history / "true")
    other = begin()
    finish(other)
    (recorder.history / "true").replace(recorder.history / "catalogue.sqlite")
    with Recording.open(recorder.path) as recording:
        assert recording.verify().whole
    assert not History(recorder.history).verify("run-1").whole


def test_when_the_disk_refuses_all_waits_and_is_written_later(
    begin: Callable[..., Recorder], play: Callable[..., None], pulse: Callable[..., PulseRecord]
) -> None:
    recorder = begin()
    disk = RefusingDisk(recorder)
    disk.refuses = True
    with pytest.raises(HistoryError, match="disk is full"):
        play(recorder)
    with pytest.raises(HistoryError, match="disk is full"):
        recorder.intent(pulse(1).intent)
    assert recorder.failure is not None
    disk.refuses = False
    finish(recorder)
    assert recorder.failure is None
    with Recording.open(recorder.path) as recording:
        assert len(recording.samples("chamber.pressure").times) == 100
        assert len(recording.events()) == 11
        assert recording.pulses() == (PlannedPulse(pulse(1).intent),)


def test_a_recording_whose_sealing_failed_can_be_sealed_again(
    begin: Callable[..., Recorder], play: Callable[..., None]
) -> None:
    recorder = begin()
    play(recorder)
    disk = RefusingDisk(recorder)
    disk.refuses = True
    with pytest.raises(HistoryError, match="disk is full"):
        finish(recorder, film=FILM)
    disk.refuses = False
    finish(recorder, film=FILM)
    finish(recorder, film=FILM)
    assert History(recorder.history).verify("run-1").whole


def test_a_reader_that_holds_the_file_open_delays_only_the_folding_into_one(
    begin: Callable[..., Recorder], play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 0.01)
    recorder = begin()
    play(recorder)
    with closing(sqlite3.connect(f"{recorder.path.as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM events").fetchone() == (10,)
        finish(recorder)
        assert recorder.path.with_name(f"{recorder.path.name}-wal").exists()
        assert reader.execute("SELECT count(*) FROM events").fetchone() == (10,)
        assert History(recorder.history).verify("run-1").whole
    History(recorder.history).mark_interrupted()
    assert [path.name for path in recorder.path.parent.iterdir()] == ["run-1.sqlite"]
    assert History(recorder.history).verify("run-1").whole


def test_samples_that_wait_too_long_are_dropped_oldest_first_and_it_is_said(
    begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 1000)
    recorder = begin()
    for second in range(100):
        recorder.publish([Batch.one("a", second, second)])
        recorder.tick(second)
    recorder.commit()
    finish(recorder)
    with Recording.open(recorder.path) as recording:
        times = recording.samples("a").times
        assert times[-1] == 99
        assert 0 < len(times) < 100
        dropped = [event for event in recording.events() if "dropped" in event.text]
        assert dropped[0].data["samples"] == 100 - len(times)


def test_publishing_only_keeps_what_it_is_given(begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    batches = [Batch.one("a", 0.0, 1.0)]
    recorder.publish(batches)
    assert recorder._published == [batches]
    assert recorder._published[0] is batches
    recorder.abandon()


@pytest.mark.parametrize(("mode", "meanwhile"), [(Mode.RUN, 2), (Mode.DRY_RUN, 1)])
def test_a_run_is_on_the_disk_at_each_commit_and_a_dry_run_once_it_is_sealed(
    begin: Callable[..., Recorder], play: Callable[..., None], mode: Mode, meanwhile: int
) -> None:
    recorder = begin(mode=mode)
    seen: list[int] = []

    def synchronous() -> int:
        (found,) = recorder._connection.connection.cursor().execute("PRAGMA synchronous").fetchone()
        return int(found)

    play(recorder)
    recorder.commit()
    assert synchronous() == meanwhile

    @event.listens_for(recorder._connection, "commit")
    def _look(_: Connection) -> None:
        seen.append(synchronous())

    finish(recorder)
    assert seen[-1] == 2
