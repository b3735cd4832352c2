"""A recording from another computer: taken in as it was, or refused with nothing left of it."""

import platform
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.unit.history.conftest import TAGS, make_header, of_the_file, unprotected
from tests.unit.history.test_folder import free
from vapordep.errors import FileError, InputError
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.upkeep.backup import check
from vapordep.history.upkeep.importing import bring_in
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

pytestmark = pytest.mark.usefixtures("catalogue")
ENDED = datetime(2026, 11, 23, 15, tzinfo=UTC)


def recorded(history: Path, run_id: str = "run-1", *, seal: bool = True, parent: str | None = None) -> Path:
    recorder = Recorder.open(history, make_header(run_id, parent=parent), TAGS)
    recorder.publish([Batch.of("chamber.pressure", [1.0, 2.0], [40.0, 41.0])])
    recorder.event(Event(3.0, Kind.STEP, "a step"))
    if seal:
        recorder.finish(RunState.STOPPED, "asked to", ended=ENDED, simulated_s=3.0, wall_s=0.1)
    else:
        recorder.tick(3.0)
        recorder.commit()
        recorder.abandon()
    return recorder.path


def test_a_recording_is_taken_in_as_it_was(tmp_path: Path) -> None:
    file, here = recorded(tmp_path / "there"), tmp_path / "history"
    assert bring_in(here, file).vouched
    [theirs], [ours] = History(tmp_path / "there").runs(), History(here).runs()
    assert (ours.header, ours.state, ours.reason, ours.chain) == (
        theirs.header,
        RunState.STOPPED,
        "asked to",
        theirs.chain,
    )
    assert History(here).verify("run-1").whole
    with pytest.raises(InputError, match="here already"):
        bring_in(here, file)
    alone = shutil.copy(file, tmp_path / "copied.sqlite")
    assert not bring_in(tmp_path / "third", Path(alone)).vouched


def test_what_came_from_another_computer_is_checked_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is here it is this history's, whatever the other computer is called, or this one was called then."""
    file, here = recorded(tmp_path / "there"), tmp_path / "history"
    bring_in(here, file)
    monkeypatch.setattr(platform, "node", lambda: "another")
    assert (check(here).runs, check(here).problems) == (1, ())
    assert check(tmp_path / "there").problems == ()


@of_the_file
def test_what_was_taken_in_and_is_lost_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "history"
    bring_in(here, recorded(tmp_path / "there"))
    monkeypatch.setattr(platform, "node", lambda: "another")
    (here / "recordings" / "run-1.sqlite").unlink()
    [problem] = check(here).problems
    assert problem.startswith("run-1: ")


@of_the_file
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, here = recorded(tmp_path / "there"), tmp_path / "history"
    free(monkeypatch, 99)
    with pytest.raises(FileError, match=r"too little space for (\d+ bytes|0\.\d MiB)"):
        bring_in(here, file)
    assert not here.exists()


def test_a_child_needs_its_parent(tmp_path: Path) -> None:
    parent, there, here = recorded(tmp_path / "there"), tmp_path / "there", tmp_path / "history"
    child = recorded(there, "run-2", parent="run-1")
    with pytest.raises(InputError, match="goes on from run-1"):
        bring_in(here, child)
    bring_in(here, parent)
    bring_in(here, child)
    assert len(History(here).runs()) == 2


CHANGES = {
    "UPDATE events SET text = 'another'": "was changed", "DELETE FROM events WHERE seq = 1": "missing",
    "UPDATE chunks SET samples = 3": "holds 2 samples",
    "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)": "the chain ends",
    "UPDATE events SET seq = 100 - seq": "missing",
    "UPDATE meta SET value = '{}' WHERE key = 'header'": "does not follow",
}  # fmt: skip


@of_the_file
@pytest.mark.parametrize(("change", "told"), CHANGES.items())
def test_what_was_changed_is_refused_and_nothing_is_left(tmp_path: Path, change: str, told: str) -> None:
    file, here = recorded(tmp_path / "there"), tmp_path / "history"
    with unprotected(file) as connection:
        connection.execute(change)
    with pytest.raises(InputError, match=told):
        bring_in(here, file)
    assert not here.exists()


def test_what_another_catalogue_knows_otherwise_is_refused(tmp_path: Path) -> None:
    file, other = recorded(tmp_path / "there"), recorded(tmp_path / "other", parent=None)
    with unprotected(tmp_path / "other" / "catalogue.sqlite") as connection:
        connection.execute("UPDATE runs SET chain_head = 'ff'")
    with pytest.raises(InputError, match="otherwise"):
        bring_in(tmp_path / "history", other)
    assert bring_in(tmp_path / "history", file).vouched


def test_the_command_tells_each(tmp_path: Path) -> None:
    good, open_one = recorded(tmp_path / "a"), recorded(tmp_path / "b", "run-2", seal=False)
    (tmp_path / "none.sqlite").write_bytes(b"no database")
    wrong = [tmp_path / "none.sqlite", tmp_path / "a" / "catalogue.sqlite", tmp_path / "lost.sqlite"]
    files = [str(each) for each in (good, open_one, *wrong)]
    ended = run("history", "import", *files, "--history", str(tmp_path / "history"))
    assert ended.status == 2
    lines = ended.out.splitlines()
    assert lines[0] == "run-1 is here, verified by the catalogue it came from"
    assert "never sealed" in lines[1]
    assert all("no recording of vapordep" in line for line in lines[2:4])
    assert all(line.startswith("refused: ") for line in lines[1:])
    assert len(lines) == 5
    assert [each["run_id"] for each in run("runs", "list", "--history", str(tmp_path / "history"), "--json").json] == [
        "run-1"
    ]
