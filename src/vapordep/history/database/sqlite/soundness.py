"""Whether a file is whole, and the SQLite library without known faults."""

import sqlite3

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from vapordep.errors import HistoryError


def has_table(connection: Connection, name: str) -> bool:
    """Whether there is such a table; SQLAlchemy's own way of finding out asks for much more."""
    asked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.exec_driver_sql(asked, (name,)).first() is not None


def require_references(connection: Connection) -> None:
    """Raise HistoryError when a row refers to one that is not there."""
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost:
        raise HistoryError(f"{len(lost)} rows of {lost[0][0]} refer to rows that are not there")


def damage(connection: Connection) -> list[str]:
    """What SQLite's own check finds wrong with the file; empty when it is whole.

    Whether each index agrees with its table, too: what is read by the one is not what is read of the other else.
    """
    try:
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    except OperationalError as error:
        return [str(error.orig)]
    return [] if found == ["ok"] else list(found)


WAL_RESET_FIXED = (3, 51, 3)
WAL_RESET_BACKPORTS = frozenset({(3, 44, 6), (3, 50, 7)})
"""Versions without the fault that may damage a file with two writers (SQLite's release notes, "WAL-reset")."""


def library_fault() -> str | None:
    """What is wrong with the SQLite library in use, or None."""
    version = sqlite3.sqlite_version_info
    if version >= WAL_RESET_FIXED or version in WAL_RESET_BACKPORTS:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} may damage a file that two processes write at one moment; "
        f"fixed in {'.'.join(map(str, WAL_RESET_FIXED))}. Recordings have one writer and are not concerned"
    )
