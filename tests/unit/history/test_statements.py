"""Rows are put all or not at all, also where it is one row."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from vapordep.history.database import sqlite

INSERT = "INSERT INTO kept VALUES (?)"


@pytest.fixture
def cursor() -> Iterator[sqlite3.Cursor]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection.execute("CREATE TABLE kept (number INTEGER PRIMARY KEY)")


def kept(cursor: sqlite3.Cursor) -> list[int]:
    return [number for (number,) in cursor.execute("SELECT number FROM kept")]


@pytest.mark.parametrize("numbers", [[1], [1, 2]])
def test_what_is_put_is_there_and_no_transaction_stays_open(cursor: sqlite3.Cursor, numbers: list[int]) -> None:
    sqlite.put(cursor, ((INSERT, []), (INSERT, [(number,) for number in numbers])))
    assert kept(cursor) == numbers
    assert not cursor.connection.in_transaction


@pytest.mark.parametrize(("first", "then"), [([1], []), ([2, 3, 1], []), ([2], [1])])
def test_of_what_is_refused_nothing_stays(cursor: sqlite3.Cursor, first: list[int], then: list[int]) -> None:
    sqlite.put(cursor, ((INSERT, [(1,)]),))
    with pytest.raises(sqlite3.IntegrityError):
        sqlite.put(cursor, tuple((INSERT, [(number,) for number in numbers]) for numbers in (first, then)))
    assert kept(cursor) == [1]
    assert not cursor.connection.in_transaction
