"""Writing a file whole or not at all."""

import os
from pathlib import Path

import pytest

from vapordep.errors import FileError
from vapordep.files import atomic_write


def test_the_new_text_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "reactor.yaml"
    path.write_text("old")
    atomic_write(path, "µ\nnew\n")
    assert path.read_bytes() == "µ\nnew\n".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["reactor.yaml"]


def test_a_failure_leaves_the_old_text_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "reactor.yaml"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"reactor.yaml: cannot be written: No space left"):
        atomic_write(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["reactor.yaml"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written"):
        atomic_write(tmp_path / "missing" / "reactor.yaml", "new")
