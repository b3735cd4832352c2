"""What is saved of a damaged recording is what was in it, what is lost is told, and the damaged file stays."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import run
from tests.unit.history.conftest import TAGS, make_pulse, unprotected
from tests.unit.history.test_damage import damaged as spoilt
from tests.unit.history.test_ends import finish
from tests.unit.history.test_idle import STARTED, header
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.errors import HistoryError, InputError, NotThere
from vapordep.history import process
from vapordep.history.queries import History
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.history.upkeep.backup import check
from vapordep.history.upkeep.salvage import damaged, salvage
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

Begin, Play = Callable[..., Recorder], Callable[..., None]


@pytest.fixture
def history(begin: Begin, play: Play, tmp_path: Path) -> Path:
    """A sealed run of 24 chunks, 400 events and 300 pulses, so that each lies on many pages."""
    recorder = begin()
    play(recorder)
    dice = np.random.default_rng(1)
    for number in range(24):
        times = 20.0 + 200.0 * number + np.arange(2000) / 10
        recorder.publish([Batch(f"noise{number}", times, dice.normal(size=2000), np.zeros(2000, np.uint8))])
        recorder.tick(float(times[-1]))
    for number in range(300):
        recorder.pulse(make_pulse(number, 20.0 + number))
        recorder.event(Event(20.0 + number, Kind.STEP, f"a step of that number: {number}"))
    finish(recorder)
    return tmp_path / "history"


def rows(path: Path, table: str) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return set(connection.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608 - our own names


def pages_spoilt(whole: bytes, dice: random.Random) -> bytes:
    """Some pages, but the first, overwritten by nonsense."""
    content = bytearray(whole)
    for _ in range(dice.choice((1, 1, 2, 4))):
        place = 4096 * dice.randrange(1, len(content) // 4096)
        content[place : place + 4096] = dice.randbytes(4096)
    return bytes(content)


COUNTS = [8, pytest.param(80, marks=pytest.mark.many), pytest.param(800, marks=pytest.mark.very_many)]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("count", COUNTS)
def test_what_is_saved_was_there_and_what_is_lost_is_told(history: Path, count: int) -> None:
    path = history / "recordings" / "run-1.sqlite"
    whole, before = path.read_bytes(), {table: rows(path, table) for table in ("chunks", "events", "pulses")}
    saved = 0
    for number in range(count):
        dice = random.Random(number)  # noqa: S311 - no secrets
        path.write_bytes(bad := pages_spoilt(whole, dice) if number % 3 else spoilt(whole, dice))
        try:
            done = salvage(history, "run-1")
        except (HistoryError, InputError):
            assert path.read_bytes() == bad
        else:
            saved += 1
            assert done.aside.read_bytes() == bad
            assert done.lost
            assert History(history).verify("run-1").problems, "what was lost is told from then on"
            assert rows(path, "chunks") <= before["chunks"]
            assert len(rows(path, "events")) <= len(before["events"])
            with Recording.open(path) as recording:  # whatever is there can be read
                recording.events(), recording.pulses(), recording.film()
                for tag in recording.tags():
                    recording.samples(tag)
        assert [each.name for each in path.parent.iterdir() if each.is_file()] == ["run-1.sqlite"]
    assert saved > count / 4


def test_all_but_a_page_is_saved(history: Path) -> None:
    path = history / "recordings" / "run-1.sqlite"
    events, chunks = rows(path, "events"), rows(path, "chunks")
    content = bytearray(path.read_bytes())
    place = content.index(b"a step of that number: 150") // 4096 * 4096
    content[place : place + 4096] = bytes(4096)
    path.write_bytes(content)
    assert damaged(history) == ["run-1"]
    done = salvage(history, "run")
    assert done.lost == ("events",)
    assert rows(path, "chunks") == chunks
    assert rows(path, "events") < events
    assert len(events) - 40 < done.kept["events"] < len(events)
    problems = History(history).verify("run-1").problems
    assert [text for text in problems if "is missing: event" in text]
    assert not [text for text in problems if "levels" in text]
    assert "run-1: " in " ".join(check(history).problems)
    with pytest.raises(InputError, match="nothing is to be saved"):
        salvage(history, "run-1")


def test_a_recording_that_does_not_tell_what_it_is_stays(history: Path) -> None:
    path = history / "recordings" / "run-1.sqlite"
    with unprotected(path) as connection:
        connection.execute("DELETE FROM meta WHERE key = 'header'")
    before = path.read_bytes()
    with pytest.raises(HistoryError, match="which recording it is"):
        salvage(history, "run-1")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["run-1.sqlite"]


def test_one_under_way_is_left_alone_and_one_left_is_sealed_after_it(
    begin: Begin, play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = begin()
    play(recorder)
    recorder.abandon()
    with unprotected(recorder.path) as connection:
        connection.execute("UPDATE tail SET blob = 'nonsense' WHERE tick = 3")
    with pytest.raises(HistoryError, match="under way"):
        salvage(tmp_path / "history", "run-1")
    monkeypatch.setattr(process, "gone", lambda _: True)
    assert salvage(tmp_path / "history", "run-1").lost == ("tail",)
    History(tmp_path / "history").mark_interrupted()
    assert History(tmp_path / "history").run("run-1").state is RunState.INTERRUPTED
    assert History(tmp_path / "history").verify("run-1").problems == (), "sealed as it was after that"


def test_of_the_time_between_runs(history: Path, play: Play) -> None:
    recorder = IdleRecorder.begin(history, header(), TAGS, 0.0)
    play(recorder)
    recorder.close(STARTED + timedelta(seconds=10)).result()
    with unprotected(recorder.path) as connection:
        connection.execute("UPDATE chunks SET blob = x'00' WHERE chunk = 1")
    assert damaged(history) == ["idle-1"]
    assert salvage(history, "idle-1").aside.parent == history / "idle" / "damaged"
    assert [problem.partition(":")[0] for problem in check(history).problems]


def test_a_disk_that_refuses_leaves_all_as_it_was(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = history / "recordings" / "run-1.sqlite"
    with unprotected(path) as connection:
        connection.execute("UPDATE chunks SET blob = x'00' WHERE chunk = 1")
    before = path.read_bytes()

    def full(*_: object, sealed: bool) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vapordep.history.upkeep.salvage._add_levels", full)
    with pytest.raises(HistoryError, match="No space left"):
        salvage(history, "run-1")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["run-1.sqlite"]


def test_by_the_command_line(history: Path) -> None:
    at = ("--history", str(history))
    assert "nothing is to be saved" in run("history", "salvage", *at).out
    assert run("history", "salvage", "none", *at).status == 1
    path = history / "recordings" / "run-1.sqlite"
    with unprotected(path) as connection:
        connection.execute("UPDATE chunks SET blob = x'00' WHERE chunk = 1")
    assert "history salvage" in run("history", "check", *at).out
    Accounts.of(history).people.add("anna", Role.VIEWER, "a few good words")
    done = run("history", "salvage", *at, "--json")
    assert "salvaged run-1, not whole: chunks; kept aside: " in Accounts.of(history).entries(1)[0].what
    [told] = done.json
    assert (done.status, told["name"], told["lost"], told["refused"]) == (0, "run-1", ["chunks"], None)
    assert Path(told["aside"]).parent == path.parent / "damaged"
    checked = run("history", "check", *at)
    assert checked.status == 1
    assert "run-1 was salvaged before" in checked.out
    assert "history salvage" not in checked.out, "it would save nothing more"
    again = run("history", "salvage", *at)
    assert (again.status, "run-1 was salvaged before" in again.out) == (0, True), "nothing more is to be saved"
    named = run("history", "salvage", "run-1", *at)
    assert (named.status, "can be read" in named.out) == (1, True)
    with pytest.raises(NotThere):
        salvage(history, "none")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM chunks").fetchone() == (told["kept"]["chunks"],)
