"""The file of a database as a whole: which content it has, made one file, copied, removed."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine

from vapordep.errors import HistoryError
from vapordep.history.database.sqlite.failures import LOOK


def is_database(path: Path) -> bool:
    """Whether the file starts like a database; an empty one is a database without tables."""
    with path.open("rb") as file:
        start = file.read(16)
    return start in (b"", b"SQLite format 3\x00")


class Content(NamedTuple):
    """Which content a file had: of another one at least one of these is different."""

    device: int
    inode: int
    size: int
    written_ns: int
    changed_ns: int
    changes: bytes
    """SQLite's own count of what was committed (its file format, 1.3.8)."""


def content(path: Path) -> Content | None:
    """Which content a file has just now; None where part of it may lie in a log or a journal beside it."""
    with path.open("rb", buffering=0) as file:
        start, found = file.read(28), os.fstat(file.fileno())
    if any(path.with_name(f"{path.name}-{beside}").exists() for beside in ("wal", "journal")):
        return None
    return Content(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, start[24:])


def single_file(engine: Engine) -> bool:
    """Shrink the file and fold its write-ahead log into it; False while a reader keeps the log.

    The connection must be outside of a transaction. A disk too full for the copy that shrinking needs leaves the file
    larger, but whole.
    """
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        try:
            cursor.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "full" not in str(error):
                raise HistoryError(f"the recording could not be shrunk: {error}") from error
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            (mode,) = cursor.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:  # locked by a reader
            return False
        return bool(mode == "delete")


def remove(path: Path) -> None:
    """Delete a database that was just made and holds nothing yet, and what lies beside it; no connection is open."""
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(OSError):
            each.unlink(missing_ok=True)


def back_up(path: Path, to: Path) -> None:
    """Copy a database, its write-ahead log included, into one file, while others may read and write it.

    Raises HistoryError when SQLite refuses.
    """
    try:
        there = f"{path.absolute().as_uri()}?mode=rw"  # never made anew where it has just gone
        with closing(sqlite3.connect(there, uri=True)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise HistoryError(f"it could not be copied: {error}", where=str(path), remedy=LOOK) from error
