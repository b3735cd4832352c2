"""Where the history lies on this machine, and whether it may be written there, found out before anything is."""

import os
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import platformdirs

from vapordep.errors import FileError, HistoryError
from vapordep.lazy import dataclass

MEBIBYTE = 1 << 20
SPACE_FLOOR = 100 * MEBIBYTE
"""No run starts with less free space, in bytes."""
SPACE_WARNING = 500 * MEBIBYTE
"""Below this much free space, in bytes, a person is told."""
VARIABLE = "VAPORDEP_HISTORY"
"""The environment variable that names another folder."""
ANOTHER = f"name another folder with --history, or for ever in {VARIABLE}"
"""What else to do about a folder that will not do."""

RECORDINGS, IDLE = "recordings", "idle"
"""Where recordings of runs lie in a history folder, and those of the time between runs."""
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Space:
    """Free space at the history folder, in bytes, and what to tell a person about it, if anything."""

    free: int
    warning: str = ""


def default_folder() -> Path:
    """The folder that VAPORDEP_HISTORY names, else the user's own data folder."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("vapordep", appauthor=False) / "history"


def check_folder(folder: Path) -> Space:
    """Find out, without leaving anything behind, whether a history can be written to `folder`.

    Raises FileError when it cannot: something else stands there, no right to write, too little space.
    """
    return _judge(free_where_permitted(folder), folder)


def free_where_permitted(folder: Path) -> int:
    """Bytes that are free where a history may be written, few or many; nothing is left behind.

    Raises FileError where it may not: something else stands there, no right to write.
    """
    try:
        place = nearest(folder)
        if not place.is_dir():
            raise NotADirectoryError(f"{place} is a file")
        if not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError("no right to write")
        with tempfile.TemporaryFile(dir=place):
            pass
        return shutil.disk_usage(place).free
    except OSError as error:
        raise FileError(
            f"the history folder cannot be written: {error.strerror or error}",
            where=str(folder),
            remedy=f"give yourself the right to write there, or {ANOTHER}",
        ) from error


def space(folder: Path) -> Space:
    """Free space at an existing history folder. Raises FileError below the floor."""
    return _judge(shutil.disk_usage(folder).free, folder)


def _judge(free: int, folder: Path) -> Space:
    left = f"{free // MEBIBYTE} MiB free at the history folder"
    if free < SPACE_FLOOR:
        raise FileError(
            f"only {left}",
            where=str(folder),
            remedy=f"a run needs {SPACE_FLOOR // MEBIBYTE} MiB: make room, or {ANOTHER}",
        )
    return Space(free, f"{left}: make room soon" if free < SPACE_WARNING else "")


def sized(size: float) -> str:
    """A number of bytes in words, with a decimal below 10 MiB."""
    if size < MEBIBYTE / 10:
        return f"{size:.0f} bytes"
    return f"{size / MEBIBYTE:,.{0 if size >= 10 * MEBIBYTE else 1}f} MiB"


def nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)


def new_run_id(started: datetime) -> str:
    """A name for a run, such as 20261123-142530-9f3a1c: sorted by time, never given twice."""
    return f"{started.astimezone(UTC):%Y%m%d-%H%M%S}-{token_hex(3)}"


def new_idle_id(started: datetime) -> str:
    """A name for a recording of the time between runs, such as idle-20261123-142530-9f3a1c."""
    return f"{IDLE}-{new_run_id(started)}"


def catalogue_path(folder: Path) -> Path:
    """The catalogue of a history folder."""
    return folder / "catalogue.sqlite"


def recording_path(folder: Path, run_id: str, /) -> Path:
    """The recording of one run. Raises HistoryError when `run_id` could not be a file's name."""
    return folder / RECORDINGS / _file(run_id)


def idle_path(folder: Path, idle_id: str, /) -> Path:
    """A recording of the time between runs. Raises HistoryError when `idle_id` could not be a file's name."""
    return folder / IDLE / _file(idle_id)


def _file(name: str) -> str:
    if not _RUN_ID.fullmatch(name):
        raise HistoryError(f"{name!r} cannot name a run", remedy="use letters, digits, - and _, at most 64")
    return f"{name}.sqlite"
