"""Whose a recording is: a catalogue that many share tells of each on which computer it lies, and in which folder."""

import platform
from collections.abc import Mapping
from pathlib import Path

from vapordep.history import process
from vapordep.history.settings import settings

FOLDER = "folder"
By = Mapping[str, str | int]


def identity(history: Path) -> dict[str, str | int]:
    """This process, as a catalogue keeps it of what it records in that folder."""
    return {**process.identity(), **place(history)}


def place(history: Path) -> dict[str, str | int]:
    """This computer and that folder."""
    return {"host": platform.node(), FOLDER: str(history.resolve())}


def elsewhere(history: Path, by: By, recording: str) -> str:
    """Where a recording lies that is none of this folder's, in words; empty of one that is here, or should be.

    `by` is the process that made it. A catalogue in the folder's own file knows no others, whatever this computer was
    called then.
    """
    if (history / recording).exists() or not settings(history).catalogue:
        return ""
    if not process.here(by):
        return f"on the computer {by.get('host')}"
    folder = by.get(FOLDER, "")
    return f"in {folder}, another history of this computer" if folder not in ("", str(history.resolve())) else ""
