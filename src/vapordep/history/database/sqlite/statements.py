"""Rows past SQLAlchemy, where there are many: it would cost as much again."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from functools import cache

from sqlalchemy import Table, insert

from vapordep.history.database.sqlite.opening import shared


def put(cursor: sqlite3.Cursor, work: Iterable[tuple[str, Collection[Sequence[object]]]]) -> None:
    """All rows of some statements in one transaction, or none of them, past SQLAlchemy: that costs as much again.

    Raises sqlite3.Error when the disk refuses.
    """
    work = [(statement, rows) for statement, rows in work if rows]
    if [len(rows) for _, rows in work] == [1]:  # one row is a transaction of its own, and takes a fifth less
        [(statement, [row])] = work
        cursor.execute(statement, row)
        return
    cursor.execute("BEGIN IMMEDIATE")
    try:
        for statement, rows in work:
            cursor.executemany(statement, rows)
        cursor.execute("COMMIT")
    except BaseException:
        if cursor.connection.in_transaction:  # else SQLite has undone it already
            cursor.execute("ROLLBACK")
        raise


@cache
def insertion(table: Table) -> str:
    """The statement that takes rows as they are, in the order of the columns: from dictionaries they cost twice."""
    return str(insert(table).compile(dialect=shared()[0]))


@cache
def replacement(table: Table) -> str:
    """The same for rows that may take the place of others with their key."""
    return str(insert(table).prefix_with("OR REPLACE").compile(dialect=shared()[0]))
