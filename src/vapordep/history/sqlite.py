"""All that is SQLite's own: how a file is opened, made durable, protected, backed up and closed to a single file."""

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    Table,
    create_engine,
    event,
    insert,
    make_url,
)  # fmt: skip
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool, Pool, StaticPool

from vapordep.errors import HistoryError
from vapordep.history import postgresql

_ADDRESS = make_url("sqlite://")
BUSY_TIMEOUT = 2.0
"""How long, in s, a writer waits for another one before it gives up; never on a thread that controls."""

PASSING = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_NOMEM, 0,
})  # fmt: skip
"""Errors that may pass; others, as of a malformed file, do not. 0 is an error that did not come from the library."""
LOOK = "look at the disk: its space, its rights, another program that holds the file"
LONGEST_CAUSE = 100

WAL_RESET_FIXED = (3, 51, 3)
WAL_RESET_BACKPORTS = frozenset({(3, 44, 6), (3, 50, 7)})
"""Versions without the fault that may damage a file with two writers (SQLite's release notes, "WAL-reset")."""


def open_mover(path: Path) -> Engine:
    """An engine for migrations: a table may be dropped and put back, so references are checked at the end only."""
    return open_writer(path, log=False, references=False)


def open_writer(path: Path, *, log: bool = True, references: bool = True, patient: bool = False) -> Engine:
    """An engine that may write, with one connection; every commit is on the disk before it returns.

    With `log` the file has a write-ahead log, quick for many small commits; without, it is one file at all times. A
    `patient` writer of a log leaves it to the system when commits reach the disk, until `impatient`: a process that
    is killed loses nothing, a computer that loses its power the last of them, and the file stays whole.
    """

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA journal_mode={'WAL' if log else 'DELETE'}")
            connection.execute(f"PRAGMA synchronous={'NORMAL' if patient else 'FULL'}")
            connection.execute(f"PRAGMA foreign_keys={'ON' if references else 'OFF'}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return _engine(connect, "BEGIN IMMEDIATE", StaticPool)


def cursor_of(connection: Connection) -> sqlite3.Cursor:
    """The driver's own, beside SQLAlchemy, which would begin a transaction first."""
    return cast(sqlite3.Cursor, connection.connection.cursor())


def impatient(connection: Connection) -> None:
    """From now on every commit, and with the first all before it, is on the disk before it returns."""
    cursor_of(connection).execute("PRAGMA synchronous=FULL")


def put(cursor: sqlite3.Cursor, work: Iterable[tuple[str, Collection[Sequence[object]]]]) -> None:
    """All rows of some statements in one transaction, or none of them, past SQLAlchemy: that costs as much again.

    Raises sqlite3.Error when the disk refuses.
    """
    cursor.execute("BEGIN IMMEDIATE")
    try:
        for statement, rows in work:
            if rows:
                cursor.executemany(statement, rows)
        cursor.execute("COMMIT")
    except BaseException:
        if cursor.connection.in_transaction:  # else SQLite has undone it already
            cursor.execute("ROLLBACK")
        raise


def open_reader(path: Path) -> Engine:
    """An engine that cannot write, nor move the write-ahead log of a recording under way."""

    def connect() -> sqlite3.Connection:
        roll_back(path)
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )

    return _engine(connect, "BEGIN", NullPool)


def roll_back(path: Path) -> None:
    """Undo what a writer that was killed left half done: a reader cannot, and would be refused for ever.

    Where this may not write either, or a writer is at work, nothing is done; the reader then says what is wrong.
    """
    if path.with_name(f"{path.name}-journal").exists():
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT)) as connection, suppress(sqlite3.OperationalError):
            connection.execute("PRAGMA user_version")  # to read is enough: a journal that nobody holds is undone first


@contextmanager
def disposing(engine: Engine) -> Iterator[Engine]:
    """Close the engine's connections at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


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


def _engine(connect: Callable[[], sqlite3.Connection], begin: str, pool: type[Pool]) -> Engine:
    dialect, compiled = _known()
    options = {"compiled_cache": compiled}
    engine = Engine(pool(connect, dialect=dialect), dialect, _ADDRESS, execution_options=options)  # type: ignore[arg-type]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own transactions leave DDL out; ours hold a whole migration.
        connection.exec_driver_sql(begin)

    return engine


@cache
def _known() -> tuple[Dialect, dict[object, object]]:
    """What all engines share: to find out what SQLite can do, and to put a statement together, costs more than a query.

    The statements are those that this package writes, some hundred.
    """
    engine = create_engine("sqlite://")
    with disposing(engine), engine.connect():
        return engine.dialect, {}


@cache
def insertion(table: Table) -> str:
    """The statement that takes rows as they are, in the order of the columns: from dictionaries they cost twice."""
    return str(insert(table).compile(dialect=_known()[0]))


@cache
def replacement(table: Table) -> str:
    """The same for rows that may take the place of others with their key."""
    return str(insert(table).prefix_with("OR REPLACE").compile(dialect=_known()[0]))


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


def has_table(connection: Connection, name: str) -> bool:
    """Whether there is such a table; SQLAlchemy's own way of finding out asks for much more."""
    asked = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.exec_driver_sql(asked, (name,)).first() is not None


def append_only(connection: Connection, table: Table) -> None:
    """Let rows be added to `table`, but none changed, deleted or replaced."""
    why = f"{table.name} are only ever added to"
    for verb in ("UPDATE", "DELETE"):
        _forbid(connection, f"{table.name}_no_{verb.lower()}", f"{verb} ON {table.name}", why)
    _forbid_replacing(connection, table, why)


def freeze(connection: Connection, table: Table, columns: Iterable[str], once: Iterable[str]) -> None:
    """Let no value of `columns` change once its row is there, none of `once` once it is known; let every row stay."""
    name, why = table.name, f"what {table.name} were given at their start is frozen"
    _forbid(connection, f"{name}_frozen", f"UPDATE OF {', '.join(columns)} ON {name}", why)
    for column in once:
        known = f"OLD.{column} IS NOT NULL AND NEW.{column} IS NOT OLD.{column}"
        what = f"UPDATE OF {column} ON {name} WHEN {known}"
        _forbid(connection, f"{name}_{column}_once", what, f"the {column} of {name} is entered only once")
    _forbid(connection, f"{name}_no_move", f"UPDATE ON {name} WHEN NEW.rowid IS NOT OLD.rowid", why)
    _forbid(connection, f"{name}_no_delete", f"DELETE ON {name}", f"{name} are never deleted")
    _forbid_replacing(connection, table, why)


def close_off(connection: Connection, tables: Iterable[Table], why: str) -> None:
    """Let nothing be entered any more, also not by who waits for his turn; the rows stay to be read."""
    for table in tables:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            name = f"{table.name}_closed_{verb.lower()}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            _forbid(connection, name, f"{verb} ON {table.name}", why)


def _forbid_replacing(connection: Connection, table: Table, why: str) -> None:
    """Refuse a row whose key is there already: INSERT OR REPLACE deletes that one without asking a trigger.

    The row's own number is a key as well. PostgreSQL has no such statement; there, triggers on UPDATE, DELETE and
    TRUNCATE will do, for its INSERT ... ON CONFLICT DO UPDATE asks those on UPDATE.
    """
    same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    there = f"EXISTS (SELECT 1 FROM {table.name} WHERE ({same}) OR rowid = NEW.rowid)"  # noqa: S608 - our own names
    _forbid(connection, f"{table.name}_no_replace", f"INSERT ON {table.name} WHEN {there}", why)


def _forbid(connection: Connection, name: str, what: str, why: str) -> None:
    connection.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, '{why}'); END")


def unprotect(connection: Connection) -> None:
    """Drop all triggers, for a migration that must move rows; it puts them back itself."""
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    for name in names:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


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
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise HistoryError(f"it could not be copied: {error}", where=str(path), remedy=LOOK) from error


def require_references(connection: Connection) -> None:
    """Raise HistoryError when a row refers to one that is not there."""
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost:
        raise HistoryError(f"{len(lost)} rows of {lost[0][0]} refer to rows that are not there")


def damage(connection: Connection) -> list[str]:
    """What SQLite's own check finds wrong with the file; empty when it is whole."""
    try:
        found = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
    except OperationalError as error:
        return [str(error.orig)]
    return [] if found == ["ok"] else list(found)


def library_fault() -> str | None:
    """What is wrong with the SQLite library in use, or None."""
    version = sqlite3.sqlite_version_info
    if version >= WAL_RESET_FIXED or version in WAL_RESET_BACKPORTS:
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} may damage a file that two processes write at one moment; "
        f"fixed in {'.'.join(map(str, WAL_RESET_FIXED))}. Recordings have one writer and are not concerned"
    )
