"""How a file is opened: to be read beside its writer, to be written so that every commit is on the disk."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool, Pool, StaticPool

_ADDRESS = make_url("sqlite://")
BUSY_TIMEOUT = 2.0
"""How long, in s, a writer waits for another one before it gives up; never on a thread that controls."""


def open_mover(path: Path) -> Engine:
    """An engine for migrations: a table may be dropped and put back, so references are checked at the end only."""
    return open_writer(path, log=False, references=False)


def open_writer(path: Path, *, log: bool = True, references: bool = True, patient: bool = False) -> Engine:
    """An engine that may write, with one connection; every commit is on the disk before it returns.

    With `log` the file has a write-ahead log, quick for many small commits; without, it is one file at all times, and
    a commit is the end of its journal, whose folder is written as well (EXTRA): with FULL alone the journal might be
    there again after the power was lost, and undo what somebody was told is done. A `patient` writer of a log leaves
    it to the system when commits reach the disk, until `impatient`: a process that is killed loses nothing, a computer
    that loses its power the last of them, and the file stays whole.
    """
    synchronous = "NORMAL" if patient else "FULL" if log else "EXTRA"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA journal_mode={'WAL' if log else 'DELETE'}")
            connection.execute(f"PRAGMA synchronous={synchronous}")
            connection.execute(f"PRAGMA foreign_keys={'ON' if references else 'OFF'}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return _engine(connect, "BEGIN IMMEDIATE", StaticPool)


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


def _engine(connect: Callable[[], sqlite3.Connection], begin: str, pool: type[Pool]) -> Engine:
    dialect, compiled = shared()
    options = {"compiled_cache": compiled}
    engine = Engine(pool(connect, dialect=dialect), dialect, _ADDRESS, execution_options=options)  # type: ignore[arg-type]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver's own transactions leave DDL out; ours hold a whole migration.
        connection.exec_driver_sql(begin)

    return engine


@cache
def shared() -> tuple[Dialect, dict[object, object]]:
    """What all engines share: to find out what SQLite can do, and to put a statement together, costs more than a query.

    The statements are those that this package writes, some hundred.
    """
    engine = create_engine("sqlite://")
    with disposing(engine), engine.connect():
        return engine.dialect, {}


def cursor_of(connection: Connection) -> sqlite3.Cursor:
    """The driver's own, beside SQLAlchemy, which would begin a transaction first."""
    return cast(sqlite3.Cursor, connection.connection.cursor())


def impatient(connection: Connection) -> None:
    """From now on every commit, and with the first all before it, is on the disk before it returns."""
    cursor_of(connection).execute("PRAGMA synchronous=FULL")
