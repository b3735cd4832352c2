"""A look at many samples: of each tag some thousand points, from the level that is just fine enough."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, Table

from vapordep.history.database import sqlite, tables
from vapordep.history.kept import Keep, fleeting
from vapordep.history.recordings import codec, levels
from vapordep.history.recordings.codec import Chunk, Floats
from vapordep.history.recordings.levels import Level
from vapordep.history.recordings.tail_look import look_at_tail

ROW, TAG = 250, 100
"""About so many bytes a row of an index takes in memory, and a tag in one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of one series: the tags that were asked for, and their samples, or a level of them.

    `whole` says that each bucket is one sample, and that they are all.
    """

    tags: tuple[str, ...]
    level: Level
    whole: bool

    def points(self, tag: str) -> tuple[Floats, Floats]:
        """All samples of a tag, or lowest, highest and missing ones of a level: s on the clock, SI, NaN for missing."""
        row = self.tags.index(tag)
        times, values = (self.level.starts, self.level.lows[row]) if self.whole else levels.points(self.level, row)
        return codec.to_seconds(times), values


class _Row(NamedTuple):
    """A row of chunks or of levels, without its blob; `size` values or buckets, `chunks` first and last."""

    key: int
    series: int
    first: int
    last: int
    size: int
    factor: int
    chunks: tuple[int, int]


class Index(NamedTuple):
    """What a recording holds: the tags of its series, and its rows of chunks and levels by time."""

    tags: dict[int, tuple[str, ...]]
    chunks: list[_Row]
    levels: list[_Row]

    @property
    def known(self) -> frozenset[str]:
        """Every tag that has samples."""
        return frozenset(tag for row in self.tags.values() for tag in row)

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return ROW * (len(self.chunks) + len(self.levels)) + TAG * sum(map(len, self.tags.values()))


@dataclass
class _Wanted:
    """One series: which of its columns are wanted, how many it has, and what was found of it."""

    columns: dict[int, str]
    width: int
    chunks: list[_Row] = field(default_factory=list)
    levels: list[_Row] = field(default_factory=list)
    factor: int = 1
    parts: list[Level] = field(default_factory=list)


def look(
    connection: Connection, index: Index, tags: Sequence[str], start: float, end: float, buckets: int,
    keep: Keep = fleeting,
) -> list[Seen]:  # fmt: skip
    """All samples of some tags from `start` to `end` (s on the clock), or where they are many a level, by series.

    A level has at least `buckets` buckets in the span; the first and the last may reach beyond it. What is read may
    be taken from what `keep` has of it.
    """
    span = (codec.bound_ns(start) - 1, codec.bound_ns(end) + 1)
    wanted = _series(index, tags)
    _gather(index, wanted, span)
    for series in wanted.values():
        series.factor = _factor(series, span, buckets)
        _read(connection, series, keep)
    _read_tail(connection, wanted, start, end)
    return [_joined(series, span) for series in wanted.values() if series.parts]


def points_of(seen: Sequence[Seen], tag: str) -> tuple[Floats, Floats]:
    """Points of a tag out of all series that hold it, by time; a tag without samples has none."""
    parts = [each.points(tag) for each in seen if tag in each.tags]
    if len(parts) == 1:
        return parts[0]
    times = np.concatenate([part[0] for part in parts] or [np.empty(0)])
    values = np.concatenate([part[1] for part in parts] or [np.empty(0)])
    order = np.argsort(times, kind="stable")
    return times[order], values[order]


def read_index(connection: Connection) -> Index:
    """What a recording holds; some rows an hour of each series, and its tags."""
    series = connection.exec_driver_sql("SELECT series, tag FROM series ORDER BY series, position")
    tags = {number: tuple(tag for _, tag in rows) for number, rows in groupby(series, key=itemgetter(0))}
    chunks = connection.exec_driver_sql(
        "SELECT chunk, series, first_ns, last_ns, samples FROM chunks ORDER BY first_ns"
    )
    found = [_Row(key, of, since, until, size, 1, (key, key)) for key, of, since, until, size in chunks]
    if not sqlite.has_table(connection, tables.levels.name):
        return Index(tags, found, [])  # recorded before there were levels
    kept = connection.exec_driver_sql(
        "SELECT level, series, first_ns, last_ns, buckets, factor, first_chunk, last_chunk FROM levels"
        " ORDER BY first_ns"
    )
    rows = (
        _Row(key, of, since, until, size, factor, (first, last))
        for key, of, since, until, size, factor, first, last in kept
    )
    return Index(tags, found, list(rows))


def _series(index: Index, tags: Sequence[str]) -> dict[int, _Wanted]:
    wanted = frozenset(tags)
    found = {
        number: {place: tag for place, tag in enumerate(row) if tag in wanted} for number, row in index.tags.items()
    }
    return {number: _Wanted(columns, len(index.tags[number])) for number, columns in found.items() if columns}


def _gather(index: Index, wanted: Mapping[int, _Wanted], span: tuple[int, int]) -> None:
    """Finds the rows of the span."""
    for row in index.chunks:
        if row.series in wanted and row.last >= span[0] and row.first <= span[1]:
            wanted[row.series].chunks.append(row)
    for row in index.levels:
        if row.series in wanted and row.last >= span[0] and row.first <= span[1]:
            wanted[row.series].levels.append(row)


def _factor(series: _Wanted, span: tuple[int, int], buckets: int) -> int:
    """The coarsest level that is fine enough for the span, or 1 for the samples themselves."""
    instants = sum(row.size / series.width * _share(row, span) for row in series.chunks)
    fine = {row.factor for row in series.levels if instants >= buckets * row.factor}
    return max(fine, default=1)


def _share(row: _Row, span: tuple[int, int]) -> float:
    length = max(row.last - row.first, 1)
    return max(min(row.last, span[1]) - max(row.first, span[0]), 1) / length


def _read(connection: Connection, series: _Wanted, keep: Keep) -> None:
    """Takes the level that was chosen, and the samples of chunks that it does not cover."""
    chosen = [row for row in series.levels if row.factor == series.factor]
    columns = tuple(series.columns)

    def read(table: Table, row: _Row, decoded: Callable[[bytes], Level]) -> None:
        def made() -> Level:
            return levels.still(decoded(_blob(connection, table, row.key)))

        series.parts.append(keep((table.name, row.key, columns), made, levels.size))

    for row in chosen:
        read(tables.levels, row, lambda blob: levels.decode(blob, columns))
    for row in series.chunks:
        if not any(first <= row.key <= last for first, last in (each.chunks for each in chosen)):
            read(tables.chunks, row, lambda blob: levels.of_samples(codec.decode(blob, columns)))


def _blob(connection: Connection, table: Table, key: int) -> bytes:
    (column,) = table.primary_key
    asked = f"SELECT blob FROM {table.name} WHERE {column.name} = ?"  # noqa: S608 - our own names
    blob: bytes = connection.exec_driver_sql(asked, (key,)).scalar_one()
    return blob


def _read_tail(connection: Connection, wanted: Mapping[int, _Wanted], start: float, end: float) -> None:
    for number, chunk in look_at_tail(connection, wanted, start, end).items():
        rows = list(wanted[number].columns)
        wanted[number].parts.append(levels.of_samples(Chunk(chunk.times, chunk.values[rows], chunk.quality[rows])))


def _joined(series: _Wanted, span: tuple[int, int]) -> Seen:
    parts = sorted(series.parts, key=lambda part: int(part.starts[0]))
    level = levels.joined(parts)
    if (np.diff(level.starts) < 0).any():  # seldom: samples that came late
        level = levels.picked(level, np.argsort(level.starts, kind="stable"))
    return Seen(tuple(series.columns.values()), levels.between(level, *span), series.factor == 1)
