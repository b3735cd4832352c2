"""Ends that could not be entered: told by the recording, entered at the next look, and nothing is left of a refusal."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.history.conftest import make_header
from tests.unit.history.kinds import Tables, locked
from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.database import postgresql
from vapordep.history.database.sqlite import opening
from vapordep.history.queries import History
from vapordep.history.recordings import live as live_module
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film, FilmLayer
from vapordep.model.run import RunState

Begin = Callable[..., Recorder]
Play = Callable[..., None]
pytestmark = pytest.mark.usefixtures("catalogue")
ENDED = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 0.0)
    monkeypatch.setattr(postgresql, "WAITS", 20)


def finish(recorder: Recorder | RecorderThread) -> object:
    return recorder.finish(
        RunState.STOPPED, "asked for", ended=ENDED, simulated_s=10.0, wall_s=0.5, summary={"doses": 3},
        film=Film((FilmLayer("Al2O3", 4e-9, 36, 1e-10, 1e-5),)),
    )  # fmt: skip


def test_an_end_that_a_locked_catalogue_refused_is_entered_at_the_next_look(
    begin: Begin, play: Play, catalogue: Tables
) -> None:
    recorder, usual = begin(), begin("run-2")
    for each in (recorder, usual):
        play(each)
    finish(usual)
    history = History(recorder.history)
    with catalogue.locked(), pytest.raises(HistoryError, match="catalogue cannot be used"):
        finish(recorder)
    assert history.run("run-1").state is RunState.RUNNING
    assert history.verify("run-1").sealed
    (found,) = history.mark_interrupted()
    as_usual = history.run("run-2")
    assert (found.state, found.reason, found.ended) == (RunState.STOPPED, "asked for", as_usual.ended)
    assert (found.outcome, found.simulated_s) == (as_usual.outcome, 10.0)
    assert history.verify(found).whole
    assert history.mark_interrupted() == ()


def test_finishing_may_be_tried_again(begin: Begin, play: Play, catalogue: Tables) -> None:
    recorder = begin()
    play(recorder)
    with locked(recorder.path), pytest.raises(HistoryError, match="recording cannot be used"):
        finish(recorder)
    with catalogue.locked(), pytest.raises(HistoryError, match="catalogue cannot be used"):
        finish(recorder)
    finish(recorder)
    assert History(recorder.history).run("run-1").state is RunState.STOPPED


@pytest.mark.parametrize("state", [RunState.COMPLETE, RunState.STOPPED, RunState.ABORTED])
def test_a_run_that_had_ended_before_its_process_was_killed_counts_as_that(
    begin: Begin, play: Play, monkeypatch: pytest.MonkeyPatch, state: RunState
) -> None:
    recorder = begin()
    play(recorder)
    recorder.event(Event(10.0, Kind.RUN, f"{state}: T1 tripped: it is hot", {"state": str(state)}))
    recorder.abandon()
    monkeypatch.setattr(process, "gone", lambda _: True)
    history = History(recorder.history)
    (found,) = history.mark_interrupted()
    assert found.state is state
    assert found.reason == "T1 tripped: it is hot; its process went away before its record was whole"
    assert history.verify(found).whole


def test_what_a_dead_process_left_waits_for_a_disk_that_takes_it(
    begin: Begin, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, other = begin(), begin("run-2")
    for each in (refused, other):
        play(each)
        each.abandon()
    monkeypatch.setattr(process, "gone", lambda _: True)
    history = History(refused.history)
    with locked(refused.path), pytest.raises(HistoryError, match="locked"):
        history.mark_interrupted()
    assert history.run("run-1").state is RunState.RUNNING
    assert history.run("run-2").state is RunState.INTERRUPTED, "one that is refused keeps no other waiting"
    (found,) = history.mark_interrupted()
    assert (found.run_id, found.state) == ("run-1", RunState.INTERRUPTED)


def test_a_run_that_the_catalogue_refuses_leaves_nothing_behind(
    begin: Begin, tmp_path: Path, catalogue: Tables
) -> None:
    begin().abandon()
    folder = tmp_path / "history"
    before = sorted(folder.rglob("*"))
    with catalogue.locked(), pytest.raises(HistoryError, match="lock"):
        begin("run-2")
    assert sorted(folder.rglob("*")) == before
    Recorder.open(folder, make_header("run-2")).abandon()


@pytest.mark.wall
def test_who_waits_is_told_that_the_disk_refuses_and_the_thread_goes_on(
    begin: Begin, play: Play, monkeypatch: pytest.MonkeyPatch, catalogue: Tables
) -> None:
    monkeypatch.setattr(live_module, "TELL_AFTER", 0.05)
    monkeypatch.setattr(live_module, "LONGEST_WAIT", 0.1)
    recorder = begin()
    play(recorder)
    thread = RecorderThread(recorder)
    with catalogue.locked():
        finish(thread)
        with pytest.raises(HistoryError, match="lock"):
            thread._ended.result(60.0)
        assert thread._thread.is_alive()
    thread._thread.join(60.0)
    assert not thread._thread.is_alive()
    assert History(recorder.history).run("run-1").state is RunState.STOPPED
