"""Files that are damaged at random bytes: told by name with what to do, never a fault, never written over."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.history.conftest import make_header, make_pulse, unprotected
from tests.unit.history.test_ends import finish
from vapordep.cli.review import run_list, runs, verifying
from vapordep.errors import HistoryError, InputError, VapordepError
from vapordep.history import process
from vapordep.history.catalogue.search import Wanted
from vapordep.history.database.tables import RECORDING
from vapordep.history.folder import catalogue_path
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.history.upkeep.rebuild import rebuild
from vapordep.model.film import Film, FilmLayer
from vapordep.model.run import Decided, Decision, RunState

Begin = Callable[..., Recorder]
Play = Callable[..., None]
WHEN = "2026-11-24T08:00:00+00:00"


@pytest.fixture
def folder(begin: Begin, play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stopped run, one that goes on from it, and one that was discarded after its process had gone."""
    stopped = begin()
    play(stopped)
    stopped.pulse(make_pulse(1))
    finish(stopped)
    decided = Decided("run-1", Decision.CONTINUE, "Ada", "the foil is fine", WHEN)
    notes = {"decision": "continue", "reason": "the foil is fine"}
    header = make_header("run-2", parent="run-1", notes=notes, started=WHEN)
    child = Recorder.open(stopped.history, header, decided=decided)
    finish(child)
    left = begin("run-3", started="2026-11-25T08:00:00+00:00")
    left.abandon()
    monkeypatch.setattr(process, "gone", lambda _: True)
    history = History(stopped.history)
    history.mark_interrupted()
    history.decide(Decided("run-3", Decision.DISCARD, "Bea", "torn", WHEN))
    return stopped.history


def damaged(whole: bytes, dice: random.Random) -> bytes:
    """A byte changed, or several; or the end cut off."""
    found = bytearray(whole)
    for _ in range(dice.choice((1, 1, 8, 64))):
        found[dice.randrange(len(found))] = dice.randrange(256)
    return bytes(found[: dice.choice((len(found), len(found), len(found), dice.randrange(len(found))))])


def told(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a recording, as its tables have them."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        return {name: file.execute(f"SELECT * FROM {name} NOT INDEXED").fetchall() for name in RECORDING.tables}  # noqa: S608 - our own names


@pytest.mark.parametrize("seed", range(3))
def test_no_bit_changes_what_is_told_unseen(folder: Path, seed: int) -> None:
    """Half of a small file is empty: a bit that is changed there changes nothing."""
    path = folder / "recordings" / "run-1.sqlite"
    whole, dice = path.read_bytes(), random.Random(seed)  # noqa: S311 - the same each time
    before, unseen = told(path), 0
    for _ in range(40):
        changed = bytearray(whole)
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        try:
            with Recording.open(path) as recording:
                seen = bool(recording.verify().problems)
        except HistoryError:
            continue
        if not seen:
            unseen += 1
            assert told(path) == before
    assert unseen < 40


def looked_at(folder: Path) -> Iterator[str]:
    """What `runs list`, `show` and `verify` tell; whatever else they raise is a fault."""
    for look in (
        lambda: run_list.list_runs(folder, 20, Wanted(), as_json=False),
        lambda: runs.show("run-1", folder, None, as_json=True),
        lambda: verifying.verify(None, folder, every=True, as_json=False),
    ):
        try:
            look()
        except VapordepError as error:
            yield str(error)
        except SystemExit:
            yield "wrong"


COUNTS = [20, pytest.param(200, marks=pytest.mark.many), pytest.param(2000, marks=pytest.mark.very_many)]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("file", ["catalogue.sqlite", "recordings/run-1.sqlite"])
def test_a_file_damaged_anywhere_is_told_and_left_as_it_is(folder: Path, file: str, count: int) -> None:
    dice, target = random.Random(count), folder / file  # noqa: S311 - no secrets
    whole, found = target.read_bytes(), 0
    for _ in range(count):
        target.write_bytes(bad := damaged(whole, dice))
        told = list(looked_at(folder))
        found += bool(told)
        named = [text for text in told if text != "wrong" and "no run" not in text]
        assert all("Do: " in text and target.name in text for text in named), named
        assert target.read_bytes() == bad
        target.write_bytes(whole)
        for beside in target.parent.glob(f"{target.name}-*"):
            beside.unlink()
    assert found > count / 3, "damage was found"


def test_a_damaged_catalogue_is_made_anew_of_the_recordings_and_kept_aside(folder: Path) -> None:
    history, path = History(folder), catalogue_path(folder)
    before = history.runs()
    whole = path.read_bytes()
    path.write_bytes(bad := whole[: len(whole) // 2])
    with pytest.raises(HistoryError, match="runs rebuild"):
        history.runs()
    made = rebuild(folder)
    assert made.runs == 3
    assert made.aside is not None
    assert made.aside.read_bytes() == bad
    history.mark_interrupted()
    after = {run.run_id: run for run in history.runs()}
    for old in before[1:]:
        assert replace(after[old.run_id], process=old.process) == old
    assert after["run-3"].state is RunState.INTERRUPTED
    assert (after["run-3"].decided is None) == bool(made.lost), "a decision that only the old one knew is told as lost"
    assert all(history.verify(run).whole for run in history.runs())
    with pytest.raises(InputError, match="in order"):
        rebuild(folder)


def test_decisions_that_can_be_read_are_kept(folder: Path) -> None:
    history, path = History(folder), catalogue_path(folder)
    whole = path.read_bytes()
    place = whole.index(b"the foil is fine", whole.index(b'"reason"')) - len('"reason":"')
    path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
    with pytest.raises(HistoryError, match="catalogue"):
        history.runs()
    assert rebuild(folder).lost == ()
    kept = {run.run_id: run.decided for run in history.runs()}
    assert kept["run-1"] is not None
    assert kept["run-1"].decision is Decision.CONTINUE
    assert kept["run-3"] is not None
    assert kept["run-3"].reason == "torn"


def test_nothing_is_made_anew_while_a_run_is_under_way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = Recorder.open(folder, make_header("run-4"))
    catalogue_path(folder).write_bytes(b"no database")
    monkeypatch.undo()
    with pytest.raises(HistoryError, match=r"run-4 is under way"):
        rebuild(folder)
    assert catalogue_path(folder).read_bytes() == b"no database"
    begun.abandon()


def test_a_child_whose_parent_is_lost_is_kept_and_told(folder: Path) -> None:
    (folder / "recordings/run-1.sqlite").rename(folder / "run-1")
    catalogue_path(folder).unlink()
    made = rebuild(folder)
    assert made.aside is None
    assert "run-2 goes on from run-1, which is not there any more" in made.lost
    assert {run.run_id for run in History(folder).runs()} == {"run-2", "run-3"}
    shutil.move(folder / "run-1", folder / "recordings/run-1.sqlite")


def test_a_film_comes_back_with_it(folder: Path) -> None:
    catalogue_path(folder).unlink()
    rebuild(folder)
    film = Film((FilmLayer("Al2O3", 4e-9, 36, 1e-10, 1e-5),))
    assert History(folder).run("run-1").outcome["film"]["thickness_m"] == film.thickness


def test_an_end_that_was_changed_in_the_catalogue_is_told(folder: Path) -> None:
    with unprotected(catalogue_path(folder)) as file:
        file.execute("UPDATE runs SET state = 'COMPLETE' WHERE run_id = 'run-1'")
    assert History(folder).verify("run-1").problems == (
        'state: "COMPLETE" in the catalogue, "STOPPED" in the recording',
    )
    assert History(folder).verify("run-2").problems == ()
