"""A look at many samples: of each tag some thousand points, from the level that is just fine enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, func, select

from vapordep.history import codec, levels, sqlite, tables
from vapordep.history.codec import Chunk, Floats
from vapordep.history.compaction import in_order, records
from vapordep.history.levels import Level

EDGE = 10**18
"""ns that no clock shows."""


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
    """A row of chunks or of levels, without its blob; `size` instants or buckets."""

    key: int
    series: int
    first: int
    last: int
    size: float
    factor: int
    chunks: tuple[int, int]


@dataclass
class _Wanted:
    """One series: which of its columns are wanted, how many it has, and what was found of it."""

    columns: dict[int, str] = field(default_factory=dict)
    width: int = 1
    chunks: list[_Row] = field(default_factory=list)
    levels: list[_Row] = field(default_factory=list)
    factor: int = 1
    parts: list[Level] = field(default_factory=list)


def look(connection: Connection, tags: Sequence[str], start: float, end: float, buckets: int) -> list[Seen]:
    """All samples of some tags from `start` to `end` (s on the clock), or where they are many a level, by series.

    A level has at least `buckets` buckets in the span; the first and the last may reach beyond it.
    """
    span = (_ns(start) - 1, _ns(end) + 1)
    wanted = _series(connection, tags)
    _gather(connection, wanted, span)
    for series in wanted.values():
        series.factor = _factor(series, span, buckets)
    _read_levels(connection, wanted)
    _read_chunks(connection, wanted)
    _read_tail(connection, wanted)
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


def _ns(seconds: float) -> int:
    return int(np.clip(seconds * 1e9, -EDGE, EDGE))


def _series(connection: Connection, tags: Sequence[str]) -> dict[int, _Wanted]:
    rows = connection.execute(select(tables.series).where(tables.series.c.tag.in_(tags))).all()
    wanted: dict[int, _Wanted] = {}
    for row in rows:
        wanted.setdefault(row.series, _Wanted()).columns[row.position] = row.tag
    widths = select(tables.series.c.series, func.count()).where(tables.series.c.series.in_(wanted))
    for number, width in connection.execute(widths.group_by(tables.series.c.series)):
        wanted[number].width = width
    return wanted


def _gather(connection: Connection, wanted: Mapping[int, _Wanted], span: tuple[int, int]) -> None:
    """Finds the rows of the span."""
    chunks, kept = tables.chunks.c, tables.levels.c
    query = select(chunks.chunk, chunks.series, chunks.first_ns, chunks.last_ns, chunks.samples)
    query = query.where(chunks.series.in_(wanted), chunks.last_ns >= span[0], chunks.first_ns <= span[1])
    for key, series, first, last, samples in connection.execute(query.order_by(chunks.first_ns)):
        found = wanted[series]
        found.chunks.append(_Row(key, series, first, last, samples / found.width, 1, (key, key)))
    if not sqlite.has_table(connection, tables.levels.name):
        return  # recorded before there were levels
    rows = select(
        kept.level,
        kept.series,
        kept.first_ns,
        kept.last_ns,
        kept.buckets,
        kept.factor,
        kept.first_chunk,
        kept.last_chunk,
    ).where(kept.series.in_(wanted), kept.last_ns >= span[0], kept.first_ns <= span[1])  # fmt: skip
    for row in connection.execute(rows.order_by(kept.first_ns)):
        wanted[row.series].levels.append(_Row(*row[:6], row[6:]))


def _factor(series: _Wanted, span: tuple[int, int], buckets: int) -> int:
    """The coarsest level that is fine enough for the span, or 1 for the samples themselves."""
    instants = sum(row.size * _share(row, span) for row in series.chunks)
    fine = {row.factor for row in series.levels if instants >= buckets * row.factor}
    return max(fine, default=1)


def _share(row: _Row, span: tuple[int, int]) -> float:
    length = max(row.last - row.first, 1)
    return max(min(row.last, span[1]) - max(row.first, span[0]), 1) / length


def _read_levels(connection: Connection, wanted: Mapping[int, _Wanted]) -> None:
    """Takes the levels that were chosen, and leaves only chunks that none of them covers."""
    chosen = {row.key: row for each in wanted.values() for row in each.levels if row.factor == each.factor}
    if not chosen:
        return
    for each in wanted.values():
        covered = [row.chunks for row in each.levels if row.factor == each.factor]
        each.chunks = [row for row in each.chunks if not any(first <= row.key <= last for first, last in covered)]
    kept = tables.levels.c
    for key, blob in connection.execute(select(kept.level, kept.blob).where(kept.level.in_(chosen))):
        found = wanted[chosen[key].series]
        found.parts.append(levels.decode(blob, list(found.columns)))


def _read_chunks(connection: Connection, wanted: Mapping[int, _Wanted]) -> None:
    keys = [row.key for each in wanted.values() for row in each.chunks]
    chunks = tables.chunks.c
    for series, blob in connection.execute(select(chunks.series, chunks.blob).where(chunks.chunk.in_(keys))):
        found = wanted[series]
        found.parts.append(levels.of_samples(codec.decode(blob, list(found.columns))))


def _read_tail(connection: Connection, wanted: Mapping[int, _Wanted]) -> None:
    blobs = connection.execute(select(tables.tail.c.blob).order_by(tables.tail.c.tick)).scalars()
    tail: dict[int, list[Chunk]] = {}
    for record in records(blobs):
        if record.series in wanted:
            tail.setdefault(record.series, []).append(record.chunk)
    for number, chunks in tail.items():
        rows = list(wanted[number].columns)
        whole = in_order(chunks)
        wanted[number].parts.append(levels.of_samples(Chunk(whole.times, whole.values[rows], whole.quality[rows])))


def _joined(series: _Wanted, span: tuple[int, int]) -> Seen:
    parts = sorted(series.parts, key=lambda part: int(part.starts[0]))
    level = levels.joined(parts)
    if (np.diff(level.starts) < 0).any():  # seldom: samples that came late
        level = levels.picked(level, np.argsort(level.starts, kind="stable"))
    return Seen(tuple(series.columns.values()), levels.between(level, *span), series.factor == 1)
