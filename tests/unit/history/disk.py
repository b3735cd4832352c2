"""A disk that refuses what a recorder writes, with an error as SQLite words it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from vapordep.history.recordings.recorder import Recorder

WRITING = ("INSERT", "UPDATE")


class RefusingDisk:
    """While it `refuses`, no row reaches the recording, whichever way it is written."""

    def __init__(self, recorder: Recorder, words: str = "database or disk is full") -> None:
        self.words = words
        self.refuses = False
        event.listen(recorder._connection.engine, "before_cursor_execute", self._refuse)
        recorder._cursor = _Cursor(recorder._cursor, self)  # type: ignore[assignment]

    @contextmanager
    def refusing(self) -> Iterator[None]:
        self.refuses = True
        yield
        self.refuses = False

    def _refuse(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if self.refuses and statement.startswith(WRITING):
            raise OperationalError(statement, {}, sqlite3.OperationalError(self.words))


class _Cursor:
    def __init__(self, true: sqlite3.Cursor, disk: RefusingDisk) -> None:
        self._true = true
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._true, name)

    def execute(self, statement: str, *row: Any) -> object:
        if self._disk.refuses and statement.startswith(WRITING):
            raise sqlite3.OperationalError(self._disk.words)
        return self._true.execute(statement, *row)

    def executemany(self, statement: str, rows: Any) -> object:
        if self._disk.refuses:
            raise sqlite3.OperationalError(self._disk.words)
        return self._true.executemany(statement, rows)
