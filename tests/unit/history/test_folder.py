"""A folder that cannot take a history is refused before anything is written."""

import os
import shutil
import tempfile
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from vapordep.errors import FileError, HistoryError
from vapordep.history.folder import (
    MEBIBYTE,
    check_folder,
    default_folder,
    new_run_id,
    recording_path,
    sized,
)

Usage = namedtuple("Usage", "total used free")


def free(monkeypatch: pytest.MonkeyPatch, mebibytes: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, mebibytes * MEBIBYTE))


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def test_a_good_folder_is_left_as_it_is(tmp_path: Path) -> None:
    assert check_folder(tmp_path / "new" / "history").free > 0
    assert contents(tmp_path) == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("mine")
    for folder in (tmp_path / "history", tmp_path / "history" / "deeper"):
        with pytest.raises(FileError, match="is a file") as refusal:
            check_folder(folder)
        assert refusal.value.exit_status == 2
    assert (tmp_path / "history").read_text() == "mine"


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")])
def test_a_folder_that_may_not_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(**_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(FileError, match=str(error.strerror)) as refusal:
        check_folder(tmp_path)
    assert "--history" in refusal.value.remedy
    assert "VAPORDEP_HISTORY" in refusal.value.remedy


def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FileError, match="no right to write"):
        check_folder(tmp_path)


def test_space_is_refused_below_the_floor_and_warned_of_below_the_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 99)
    with pytest.raises(FileError, match="only 99 MiB") as refusal:
        check_folder(tmp_path)
    assert "--history" in refusal.value.remedy
    free(monkeypatch, 499)
    assert "499 MiB" in check_folder(tmp_path).warning
    free(monkeypatch, 500)
    assert check_folder(tmp_path).warning == ""
    assert contents(tmp_path) == []


def test_the_variable_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAPORDEP_HISTORY", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("VAPORDEP_HISTORY")
    assert default_folder().parts[-2:] == ("vapordep", "history")


def test_run_ids_sort_by_time_and_name_files(tmp_path: Path) -> None:
    early, late = (new_run_id(datetime(2026, 11, day, tzinfo=UTC)) for day in (1, 2))
    assert early < late
    assert recording_path(tmp_path, early).parent == tmp_path / "recordings"
    for name in ("", "../escape", "a/b", "a" * 65):
        with pytest.raises(HistoryError):
            recording_path(tmp_path, name)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"), (20_480, "20480 bytes"), (MEBIBYTE // 2, "0.5 MiB"), (9.94 * MEBIBYTE, "9.9 MiB"),
        (10 * MEBIBYTE, "10 MiB"), (12_345.6 * MEBIBYTE, "12,346 MiB"),
    ],
)  # fmt: skip
def test_a_small_size_is_never_nothing(size: float, words: str) -> None:
    assert sized(size) == words
