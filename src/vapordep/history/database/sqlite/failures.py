"""What the disk and the database refuse, as errors that name the file and say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from vapordep.errors import HistoryError
from vapordep.history.database import postgresql

PASSING = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_NOMEM, 0,
})  # fmt: skip
"""Errors that may pass; others, as of a malformed file, do not. 0 is an error that did not come from the library."""
LOOK = "look at the disk: its space, its rights, another program that holds the file"
LONGEST_CAUSE = 100


@contextmanager
def speaking_of(what: str, path: Path) -> Iterator[None]:
    """Turn every error of the disk or the database into a HistoryError that names the file."""
    try:
        yield
    except (OSError, DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:
        remedy = LOOK if isinstance(error, OSError) or _passes(error) else remedy_of_damage(what)
        raise HistoryError(f"the {what} cannot be used: {_said(error)}", where=str(path), remedy=remedy) from error


def _said(error: Exception) -> str:
    """What the disk or the database said; text in a damaged file need not be text, and the driver fails at that."""
    if isinstance(error, DBAPIError):
        return str(error.orig)
    if isinstance(error, UnicodeDecodeError):
        return error.object.decode("utf-8", "backslashreplace")[:LONGEST_CAUSE]
    return str(getattr(error, "strerror", None) or error)


def remedy_of_damage(what: str) -> str:
    """What to do about a file that is damaged; nothing writes to it or deletes it."""
    if what == "catalogue":
        return "it is left as it is: `vapordep runs rebuild` makes a new one of the recordings and keeps this one aside"
    return "it is left as it is: take it from a backup, or save what can be read with `vapordep history salvage`"


def may_pass(error: HistoryError) -> bool:
    """Whether the disk refused, being full, read-only or locked; a file that is lost or damaged stays so."""
    return _passes(error.__cause__) or postgresql.passes(error.__cause__)


def _passes(cause: BaseException | None) -> bool:
    if isinstance(cause, DBAPIError):
        cause = cause.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # above stands what SQLite adds to it
        refused = isinstance(cause, sqlite3.OperationalError) and code in PASSING
        return refused and not str(cause).startswith("Could not decode")  # the driver's own, without a number
    return isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError)
