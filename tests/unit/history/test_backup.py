"""Back-ups: whole or not at all, while a run is written; and what a check of the whole history finds."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import run
from tests.unit.history.test_ends import finish
from vapordep.errors import FileError, HistoryError, InputError
from vapordep.history.database import sqlite
from vapordep.history.folder import recording_path
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.upkeep import backup
from vapordep.history.upkeep.backup import back_up, check
from vapordep.model.run import RunState

Begin, Play = Callable[..., Recorder], Callable[..., None]
IN_ORDER = {"runs": 1, "idle": 0, "problems": [], "salvaged": [], "record_head": None}
pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def history(begin: Begin, play: Play, tmp_path: Path) -> Path:
    """One run that has ended."""
    recorder = begin()
    play(recorder)
    finish(recorder)
    return tmp_path / "history"


def test_a_copy_is_in_order_and_reads_alike(history: Path, tmp_path: Path) -> None:
    (history / "accounts.sqlite").write_bytes(b"secrets")
    done = back_up(history, tmp_path / "copy")
    assert done.recordings == 1
    assert [path.name for path in sorted((tmp_path / "copy").rglob("*.sqlite"))] == ["catalogue.sqlite", "run-1.sqlite"]
    assert check(tmp_path / "copy") == check(history)
    assert check(history).problems == ()
    assert History(tmp_path / "copy").runs() == History(history).runs()


def test_a_run_under_way_is_copied_as_far_as_it_is_durable(
    history: Path, begin: Begin, play: Play, tmp_path: Path
) -> None:
    recorder = begin("run-2", started="2026-11-24T08:00:00+00:00")
    play(recorder)
    back_up(history, tmp_path / "copy")
    recorder.abandon()
    copy = History(tmp_path / "copy")
    assert copy.run("run-2").state is RunState.RUNNING
    with copy.open_recording("run-2") as recording:
        assert len(recording.samples("chamber.pressure").times) == 100
        assert len(recording.events()) >= 10
    assert not list((tmp_path / "copy").rglob("*-wal"))


def test_a_recording_that_goes_meanwhile_is_not_made_anew(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording_path(history, "run-1")
    monkeypatch.setattr("vapordep.history.upkeep.backup._require_room", lambda *_: path.unlink())
    with pytest.raises(FileError, match=r"run-1\.sqlite went while it was copied"):
        back_up(history, tmp_path / "copy")
    assert not path.exists()
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("moment", ["_require_room", "_copy_recordings"])
def test_a_run_that_begins_meanwhile_is_in_it_whole_or_not_at_all(
    moment: str, history: Path, begin: Begin, play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the catalogue is copied, and after it."""
    original = getattr(backup, moment)
    begun: list[Recorder] = []

    def meanwhile(*given: object) -> object:
        begun.append(begin("run-2", started="2026-11-24T08:00:00+00:00"))
        play(begun[0])
        return original(*given)

    monkeypatch.setattr(f"vapordep.history.upkeep.backup.{moment}", meanwhile)
    copied = back_up(history, tmp_path / "copy")
    begun[0].abandon()
    found = check(tmp_path / "copy")
    assert found.problems == ()
    assert found.runs == copied.recordings == (2 if moment == "_require_room" else 1)


def test_what_no_catalogue_knows_is_copied_as_it_is(history: Path, tmp_path: Path) -> None:
    lost = recording_path(history, "lost")
    shutil.copyfile(recording_path(history, "run-1"), lost)
    back_up(history, tmp_path / "copy")
    assert recording_path(tmp_path / "copy", "lost").exists()


def test_no_copy_is_made_within_the_history(history: Path, tmp_path: Path) -> None:
    """It would be lost with it, and be copied into each later one."""
    (tmp_path / "link").symlink_to(history)
    for place in (history / "copy", history / "recordings" / "copy", tmp_path / "link" / "copy"):
        with pytest.raises(InputError, match="within the history"):
            back_up(history, place)
    back_up(history, tmp_path / "history-2")


def test_nothing_is_overwritten_and_nothing_half_done_is_left(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    with pytest.raises(InputError, match="never overwrites"):
        back_up(history, there)
    with pytest.raises(InputError, match="no history"):
        back_up(tmp_path / "none", tmp_path / "copy")

    def full(path: Path, to: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    (history / "recordings" / "run-1.sqlite").write_bytes(b"damaged")
    with pytest.raises(FileError, match="No space left"):
        back_up(history, tmp_path / "copy")
    monkeypatch.undo()
    monkeypatch.setattr("vapordep.history.upkeep.backup.ROOM", 1e12)
    with pytest.raises(FileError, match="MiB are free"):
        back_up(history, tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history", "there"]


def test_broken_off_it_leaves_nothing(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())

    def broken_off(path: Path, to: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vapordep.history.upkeep.backup._copy_recording", broken_off)
    with pytest.raises(KeyboardInterrupt):
        back_up(history, tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


LEFT = {
    "recipes/mine.yaml": b"recipe: 1", "recipes/.versions/mine/00001.yaml": b"recipe: 1",
    "sequences/glovebox-start_chiller.yaml": b"recipe: 1", "bottles/glovebox.json": b"{}",
    "attachments/ab/cd": b"a file",
    "recordings/damaged/run-0.damaged-20261127-081500-9f3a.sqlite": b"as it was found",
    "recordings/damaged/run-0.damaged-20261127-081500-9f3a.sqlite-wal": b"beside it",
    "idle/damaged/idle-0.damaged-20261127-081500-9f3a.sqlite": b"as it was found",
    "catalogue.damaged-20261127-081500-9f3a.sqlite": b"what it was made anew from",
}  # fmt: skip


def test_what_people_wrote_and_what_was_put_aside_is_copied_too(history: Path, tmp_path: Path) -> None:
    for name, content in LEFT.items():
        path = history / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    done = back_up(history, tmp_path / "copy")
    assert {name: (tmp_path / "copy" / name).read_bytes() for name in LEFT} == LEFT
    assert done.recordings == 1, "what was put aside counts as none"
    assert done.size > sum(map(len, LEFT.values()))


def test_a_draft_that_is_renamed_meanwhile_keeps_nobody_from_a_copy(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (history / "recipes").mkdir()
    (history / "recipes" / "mine.yaml").write_bytes(b"recipe: 1")
    draft = history / "recipes" / "mine.yaml.tmp"
    draft.write_bytes(b"recipe")
    copies = shutil.copyfile

    def vanishing(path: Path, to: Path) -> None:
        draft.unlink(missing_ok=True)
        copies(path, to)

    monkeypatch.setattr(shutil, "copyfile", vanishing)
    back_up(history, tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy" / "recipes").iterdir()] == ["mine.yaml"]


def test_a_damaged_recording_keeps_nobody_from_a_copy_of_the_rest(history: Path, begin: Begin, tmp_path: Path) -> None:
    finish(begin("run-2", started="2026-11-24T08:00:00+00:00"))
    (history / "recordings" / "run-1.sqlite").write_bytes(b"damaged")
    back_up(history, tmp_path / "copy")
    assert (tmp_path / "copy" / "recordings" / "run-1.sqlite").read_bytes() == b"damaged"
    assert [problem.partition(":")[0] for problem in check(tmp_path / "copy").problems] == ["run-1"]


def test_a_copy_that_sqlite_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no database" * 100)
    with pytest.raises(HistoryError, match="could not be copied"):
        sqlite.back_up(tmp_path / "x", tmp_path / "y")


def test_a_check_finds_what_is_lost_unknown_and_damaged(history: Path, begin: Begin) -> None:
    finish(begin("run-2", started="2026-11-24T08:00:00+00:00"))
    recordings = history / "recordings"
    shutil.copyfile(recordings / "run-1.sqlite", recordings / "stray.sqlite")
    (recordings / "run-1.sqlite").unlink()
    text = " | ".join(check(history).problems)
    assert "run-1: " in text
    assert "recordings/stray.sqlite: the catalogue does not know" in text
    assert "run-2" not in text


def test_by_the_command_line(history: Path, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy")
    done = run("history", "backup", copy, "--history", str(history), "--json")
    assert (done.status, done.json["recordings"]) == (0, 1)
    assert run("history", "backup", copy, "--history", str(history)).status == 2
    good = run("history", "check", "--history", copy, "--json")
    assert (good.status, good.json) == (0, IN_ORDER)
    (tmp_path / "copy" / "recordings" / "run-1.sqlite").unlink()
    bad = run("history", "check", "--history", copy)
    assert bad.status == 1
    assert "run-1" in bad.out
    assert run("history", "check", "--history", str(tmp_path / "none")).status in (0, 2)
