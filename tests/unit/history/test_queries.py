"""Runs are found by the beginning of their names; those whose process is gone are sealed and marked."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.history.conftest import of_the_file
from vapordep.errors import HistoryError, InputError
from vapordep.history import process
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.run import RunState

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history")


@of_the_file
def test_a_folder_that_is_not_there_has_no_runs(history: History) -> None:
    assert history.runs() == ()
    assert history.mark_interrupted() == ()
    with pytest.raises(InputError, match="no run 'x'"):
        history.run("x")
    assert not history.folder.exists()


def test_a_run_is_found_by_name_by_its_only_beginning_and_as_the_last(
    history: History, begin: Callable[..., Recorder]
) -> None:
    for number, run_id in enumerate(("20261123-aa", "20261123-ab", "20261124-aa", "20261124-aaa")):
        begin(run_id, started=f"2026-11-2{number}T00:00:00+00:00").abandon()
    assert history.run("20261123-ab").run_id == "20261123-ab"
    assert history.run("20261123-a" + "b").run_id == "20261123-ab"
    assert history.run("20261124-aa").run_id == "20261124-aa"
    assert history.run("last").run_id == "20261124-aaa"
    assert [run.run_id[-3:] for run in history.runs()] == ["aaa", "-aa", "-ab", "-aa"]
    with pytest.raises(InputError, match="20261123-ab, 20261123-aa"):
        history.run("20261123")


def test_a_continued_run_names_its_parent(history: History, begin: Callable[..., Recorder]) -> None:
    begin("first").abandon()
    begin("second", parent="first").abandon()
    assert history.run("second").header.parent == "first"
    with pytest.raises(HistoryError, match=r"(?i)foreign key"):
        begin("third", parent="nobody")


def test_a_run_whose_process_lives_is_left_alone(history: History, begin: Callable[..., Recorder]) -> None:
    begin().abandon()
    assert history.mark_interrupted() == ()
    assert history.run("run-1").state is RunState.RUNNING


def test_a_run_whose_process_is_gone_is_sealed_and_marked(
    history: History, begin: Callable[..., Recorder], play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = begin(t0=100.0)
    play(recorder, start=100.0)
    recorder.abandon()
    monkeypatch.setattr(process, "gone", lambda _: True)
    (marked,) = history.mark_interrupted()
    assert (marked.state, marked.reason) == (RunState.INTERRUPTED, "its process went away")
    assert marked.ended == "2026-11-23T14:25:40+00:00"
    assert marked.simulated_s == pytest.approx(10.0)
    assert history.verify(marked).whole
    with history.open_recording(marked) as recording:
        assert recording.end == marked.chain
        assert recording.events()[-2].data == {"state": "INTERRUPTED"}
        assert len(recording.samples("chamber.pressure").times) == 100
    assert history.mark_interrupted() == ()


def test_a_run_that_was_sealed_but_not_entered_is_marked_without_being_touched(
    history: History, begin: Callable[..., Recorder], play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = begin()
    play(recorder)
    head = recorder.seal()
    before = recorder.path.read_bytes()
    monkeypatch.setattr(process, "gone", lambda _: True)
    (marked,) = history.mark_interrupted()
    assert marked.chain == head
    assert recorder.path.read_bytes() == before


def test_a_run_whose_recording_is_lost_is_marked_and_says_so(
    history: History, begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = begin()
    recorder.abandon()
    recorder.path.unlink()
    monkeypatch.setattr(process, "gone", lambda _: True)
    (marked,) = history.mark_interrupted()
    assert marked.state is RunState.INTERRUPTED
    assert "No such file" in marked.reason
    assert marked.chain is None


def test_a_process_is_told_from_others() -> None:
    this = process.identity()
    assert this["pid"] == os.getpid()
    assert not process.gone(this)
    assert process.gone(this | {"start": "1"})
    assert process.gone(this | {"boot": "another"})
    assert process.gone(this | {"pid": 2**22 + 1})
    assert not process.gone(this | {"host": "elsewhere", "pid": 2**22 + 1})


def test_an_ended_run_keeps_its_end(history: History, begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    recorder.finish(
        RunState.ABORTED,
        "T1 tripped",
        ended=datetime(2026, 11, 23, 15, tzinfo=UTC),
        simulated_s=1.0,
        wall_s=float("nan"),
    )
    (run,) = history.runs()
    assert (run.state, run.reason, run.wall_s) == (RunState.ABORTED, "T1 tripped", None)


def test_runs_are_read_a_page_at_a_time(history: History, begin: Callable[..., Recorder]) -> None:
    for number in range(5):
        begin(f"run-{number}", started=f"2026-11-2{number}T00:00:00+00:00", reactor_name="ab"[number % 2]).abandon()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vapordep.history.queries.PAGE", 2)
        found = history.latest("a")
        assert next(found).run_id == "run-4"
        assert [run.run_id for run in found] == ["run-2", "run-0"]
        assert [run.run_id for run in history.latest()] == [f"run-{number}" for number in (4, 3, 2, 1, 0)]
    assert list(history.latest("c")) == []
    assert list(History(history.folder / "none").latest()) == []
