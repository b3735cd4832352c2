"""Moving a catalogue from its file to PostgreSQL: all of it or nothing, compared at the end, and the file kept."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from vapordep.errors import HistoryError, InputError
from vapordep.history.catalogue.catalogue_place import Database
from vapordep.history.database import postgresql, schema, sqlite
from vapordep.history.database.entered_tables import listed
from vapordep.history.database.tables import CATALOGUE, runs
from vapordep.history.folder import catalogue_path
from vapordep.history.settings import NAME, name_catalogue, settings
from vapordep.history.upkeep.put_aside import put_aside
from vapordep.lazy import dataclass

Row = Mapping[str, Any]
NUMBER = "number"
"""The key of what people enter: counted in each catalogue, so that what comes is counted on."""
AT_ONCE = 500
"""Rows that go over in one statement."""
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the catalogue is now, how many rows of each table came, were there already, and where the file is kept."""

    to: str
    rows: Mapping[str, int]
    there: int
    aside: Path


def move(history: Path, url: str) -> Moved:
    """Copies the catalogue into a database, compares both, names it in `history.yaml`, and keeps the file aside.

    The database may hold what others entered. Nobody writes meanwhile. Broken off at any instant it may be called
    again: what is there is not entered twice. Raises InputError when there is nothing to move or a run is under way,
    HistoryError when the database refuses, or knows one of the rows otherwise; the file then counts as before.
    """
    where, path = postgresql.known(url), catalogue_path(history)
    _require_movable(history, url, path)
    place = Database(url, where)
    with sqlite.speaking_of("catalogue", path):
        schema.require(path, schema.CATALOGUE)
        with (
            sqlite.disposing(sqlite.open_writer(path, log=False)) as engine, engine.begin() as source,
            place.speaking(), place.writing() as database,
        ):  # fmt: skip
            _require_no_run(source, path)
            with database.begin() as target:
                moved = {table.name: _copy(source, target, table, where) for table in CATALOGUE.sorted_tables}
            with database.begin() as target:
                _compare(source, target, where)
            name_catalogue(history, url)
            sqlite.close_off(source, CATALOGUE.sorted_tables, f"the catalogue was moved to {where}")
    rows = {name: came for name, (came, _) in moved.items()}
    return Moved(where, rows, sum(there for _, there in moved.values()), put_aside(path, "moved") or path)


def _require_movable(history: Path, url: str, path: Path) -> None:
    named = settings(history).catalogue
    if named and named != url:
        what, remedy = f"the catalogue is in {postgresql.known(named)}", "one database is moved to another by pg_dump"
        raise InputError(what, where=str(history / NAME), remedy=remedy)
    if not path.exists() or path.stat().st_size == 0:
        what = "it is there already: no file is left to move" if named else "there is no catalogue to move"
        remedy = "see `vapordep runs list`" if named else f"write `catalogue: {postgresql.known(url)}` into {NAME}"
        raise InputError(what, where=str(path), remedy=remedy)


def _require_no_run(source: Connection, path: Path) -> None:
    going = source.execute(select(runs.c.run_id).where(runs.c.ended.is_(None))).scalars().all()
    if going:
        what = f"the run {going[0]} is under way, or its process went away"
        raise InputError(what, where=str(path), remedy="end it; `vapordep runs list` marks what is over")


def _copy(source: Connection, target: Connection, table: Table, where: str) -> tuple[int, int]:
    """Enters the rows that are not there; returns how many came and how many were there."""
    rows, there = _rows(source, table), _rows(target, table)
    new = list(_lacking(table, rows, there, where))
    for start in range(0, len(new), AT_ONCE):
        target.execute(insert(table), [dict(row) for row in new[start : start + AT_ONCE]])
    return len(new), len(rows) - len(new)


def _rows(connection: Connection, table: Table) -> list[Row]:
    query = select(table).order_by(*table.primary_key)
    return _parents_first([dict(row) for row in connection.execute(query).mappings()])


def _parents_first(rows: list[Row]) -> list[Row]:
    """A run stands after the one that it goes on from."""
    known = {row["run_id"]: row for row in rows if "parent_run_id" in row}
    placed: dict[str, Row] = {}

    def place(row: Row) -> None:
        chain = [row]
        while (parent := known.get(chain[-1]["parent_run_id"])) is not None and parent["run_id"] not in placed:
            chain.append(parent)
        placed.update((each["run_id"], each) for each in reversed(chain))

    for row in known.values():
        if row["run_id"] not in placed:
            place(row)
    return list(placed.values()) if known else rows


def _lacking(table: Table, rows: Sequence[Row], there: Sequence[Row], where: str) -> Iterator[Row]:
    """The rows that are not there. Raises HistoryError for one that is there and says otherwise."""
    if NUMBER in table.primary_key and len(table.primary_key) == 1:
        taken = Counter(_unnumbered(row) for row in there)
        for row in rows:
            if taken[_unnumbered(row)]:
                taken[_unnumbered(row)] -= 1
            else:
                yield {name: value for name, value in row.items() if name != NUMBER}
        return
    known = {_key(table, row): row for row in there}
    for row in rows:
        other = known.get(_key(table, row))
        if other is None:
            yield row
        elif table is not listed and (differs := _difference(row, other)):
            what = f"{table.name} {' '.join(map(str, _key(table, row)))}: another {differs} is there already"
            raise HistoryError(what, where=where, remedy="name another database; nothing was moved")


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _unnumbered(row: Row) -> tuple[Any, ...]:
    return tuple(value for name, value in row.items() if name != NUMBER)


def _difference(row: Row, other: Row) -> str:
    """The first thing that a row knows and another one says otherwise; what comes later may be there already."""
    return next((name for name, value in row.items() if value is not None and other[name] != value), "")


def _compare(source: Connection, target: Connection, where: str) -> None:
    """Raises HistoryError unless all rows are there, as another look at the database finds them."""
    lost = [
        f"{table.name} {row}"
        for table in CATALOGUE.sorted_tables
        for row in _lacking(table, _rows(source, table), _rows(target, table), where)
    ]
    if lost:
        what = f"{len(lost)} rows did not arrive, such as {'; '.join(lost[:SHOWN])[:300]}"
        raise HistoryError(what, where=where, remedy="the file counts as before; look at the server, then try again")
