"""What can be read of a table in a damaged file: by halves, down to the single row."""

import sqlite3
from collections.abc import Iterator

from sqlalchemy import Table

Row = tuple[object, ...]
MOST_REFUSED = 20_000
"""Questions that the file may refuse, before the rest of a table is given up."""
BEYOND = 1 << 20
"""Number of the last row that is asked for, where the file does not tell its own."""


class Readable:
    """One table of a file; `whole` is False once a row was refused."""

    def __init__(self, connection: sqlite3.Connection, table: Table) -> None:
        self._connection = connection
        columns = ", ".join(column.name for column in table.columns)
        self._rows = f"SELECT {columns} FROM {table.name} WHERE rowid BETWEEN ? AND ? ORDER BY rowid"  # noqa: S608 - our own names
        self._ends = f"SELECT coalesce(min(rowid), 1), coalesce(max(rowid), 0) FROM {table.name}"  # noqa: S608
        self.whole = True

    def __iter__(self) -> Iterator[Row]:
        """Every row that the file gives, in the order of their numbers."""
        refused = 0
        waiting = [self._extent()]
        while waiting and refused < MOST_REFUSED:
            low, high = waiting.pop()
            found = self._between(low, high)
            if found is not None:
                yield from found
                continue
            refused += 1
            self.whole = False
            if low < high:
                middle = (low + high) // 2
                waiting += [(middle + 1, high), (low, middle)]

    def _extent(self) -> tuple[int, int]:
        try:
            low, high = self._connection.execute(self._ends).fetchone()
        except sqlite3.Error:
            return 1, BEYOND
        return int(low), int(high)

    def _between(self, low: int, high: int) -> list[Row] | None:
        try:
            return self._connection.execute(self._rows, (low, high)).fetchall()
        except (sqlite3.Error, UnicodeDecodeError):
            return None
