"""Compaction: the tail of a recording becomes compressed chunks, and goes in the transaction that brings them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from vapordep.errors import HistoryError
from vapordep.history.database import sqlite, tables
from vapordep.history.recordings import codec, levels
from vapordep.history.recordings.codec import Chunk
from vapordep.history.recordings.levels import Level
from vapordep.history.recordings.tail import Record, decode_tick
from vapordep.history.recordings.tail_look import decode_ticks
from vapordep.lazy import dataclass

LONGEST_CHUNK = 36_000
"""Instants in one chunk, an hour at 10 Hz: long enough to share a dictionary, short enough to read one alone."""

TICKS_A_STEP = 100


def compact(connection: Connection, before: int) -> Iterator[None]:
    """Compact all ticks below `before`, in steps: the caller may do other work between them.

    Encoding a column takes about a millisecond; only the last step writes, in one short transaction.
    """
    ticks = select(tables.tail.c.blob).where(tables.tail.c.tick < before).order_by(tables.tail.c.tick)
    with connection.begin():
        blobs = connection.execute(ticks).scalars().all()
    gathered: dict[int, list[Chunk]] = {}
    for begin in range(0, len(blobs), TICKS_A_STEP):
        for series, chunk in decode_ticks(blobs[begin : begin + TICKS_A_STEP]).items():
            gathered.setdefault(series, []).append(chunk)
        yield
    del blobs
    yield from _write(connection, gathered, before)


def put(connection: Connection, gathered: Mapping[int, list[Chunk]]) -> None:
    """Writes samples of several series as chunks, which were never in the tail."""
    for _ in _write(connection, dict(gathered), before=0):
        pass


def _write(connection: Connection, gathered: dict[int, list[Chunk]], before: int) -> Iterator[None]:
    """Writes what was gathered, in place of all ticks below `before`, in steps; what is coded is let go."""
    rows: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []
    with connection.begin():
        number = connection.execute(select(func.coalesce(func.max(tables.chunks.c.chunk), 0))).scalar_one()
    for series in sorted(gathered):
        for chunk in _split(in_order(gathered.pop(series))):
            number += 1
            columns = []
            for column in zip(chunk.values, chunk.quality, strict=True):
                columns.append(codec.encode_column(*column))
                yield
            rows.append({"chunk": number, **_row(series, chunk, codec.pack(chunk.times, columns))})
            if len(chunk.times) >= levels.FINEST * levels.FEWEST:
                yield from _seen(series, number, levels.of_chunk(chunk), seen)
    with connection.begin():
        if rows:
            connection.execute(insert(tables.chunks), rows)
        if seen:
            connection.execute(insert(tables.levels), seen)
        connection.execute(delete(tables.tail).where(tables.tail.c.tick < before))


def _seen(series: int, chunk: int, level: Level, rows: list[dict[str, Any]]) -> Iterator[None]:
    """Adds the row of a chunk's finest level, in steps."""
    columns = []
    for row in range(len(level.lows)):
        columns.append(levels.encode_column(level, row))
        yield
    rows.append(level_row(series, levels.FINEST, (chunk, chunk), level, levels.pack(level, columns)))


def coarsen(connection: Connection) -> None:
    """Adds the coarser levels of every series that has many buckets; the tail is compacted already.

    A chunk too short for a level of its own is read.
    """
    found = tables.levels.c
    many = select(found.series).group_by(found.series).having(func.sum(found.buckets) > levels.MANY)
    for series in connection.execute(many).scalars().all():
        first, last, level = _finest(connection, series)
        factor = levels.FINEST
        rows = []
        while len(level.starts) > levels.MANY:
            level, factor = levels.coarser(level), factor * levels.COARSER
            rows += [level_row(series, factor, (first, last), part, levels.encode(part)) for part in levels.cut(level)]
        connection.execute(insert(tables.levels), rows)


def _finest(connection: Connection, series: int) -> tuple[int, int, Level]:
    """The finest level of all chunks of a series, and the numbers of the first and the last of them."""
    chunks = tables.chunks.c
    kept = select(tables.levels.c.first_chunk, tables.levels.c.blob).where(
        tables.levels.c.series == series, tables.levels.c.factor == levels.FINEST
    )
    made = {number: levels.decode(blob) for number, blob in connection.execute(kept)}
    numbers = connection.execute(select(chunks.chunk).where(chunks.series == series).order_by(chunks.first_ns))
    ordered = numbers.scalars().all()
    for number in set(ordered) - made.keys():
        blob = connection.execute(select(chunks.blob).where(chunks.chunk == number)).scalar_one()
        made[number] = levels.of_chunk(codec.decode(blob))
    return min(ordered), max(ordered), levels.joined([made[number] for number in ordered])


def false_levels(connection: Connection) -> list[str]:
    """A sentence for each series of which a level does not follow from its samples."""
    kept = tables.levels.c
    if not sqlite.has_table(connection, tables.levels.name):
        return []
    wrong = []
    for series in connection.execute(select(kept.series).distinct().order_by(kept.series)).scalars().all():
        try:
            true = _follows(connection, series)
        except (HistoryError, TypeError, ValueError):  # what cannot be read, or stands for chunks that are not there
            true = False
        if not true:
            wrong.append(f"the levels of series {series} do not follow from its samples")
    return wrong


def _follows(connection: Connection, series: int) -> bool:
    kept = tables.levels.c
    rows = connection.execute(select(tables.levels).where(kept.series == series).order_by(kept.level)).all()
    true = _levels(connection, series, max(row.factor for row in rows))
    told: dict[tuple[int, int], Level] = {}
    coarse = Counter[int]()
    for row in rows:
        number = row.first_chunk if row.factor == levels.FINEST else coarse[row.factor]
        coarse[row.factor] += 1
        level = told[row.factor, number] = levels.decode(row.blob)
        if (row.first_ns, row.last_ns, row.buckets) != (level.starts[0], level.lasts.max(), len(level.starts)):
            return False
    fits = [key in true and levels.alike(level, true[key]) for key, level in told.items()]
    return all(fits) and len(fits) == len(rows)


def _levels(connection: Connection, series: int, coarsest: int) -> dict[tuple[int, int], Level]:
    """All levels of a series, worked out of its samples: by factor, and by chunk or, the coarser ones, by number."""
    chunks = tables.chunks.c
    blobs = select(chunks.chunk, chunks.blob).where(chunks.series == series).order_by(chunks.first_ns)
    made = {(levels.FINEST, key): levels.of_chunk(codec.decode(blob)) for key, blob in connection.execute(blobs)}
    level, factor = levels.joined(list(made.values())), levels.FINEST
    while factor < coarsest:
        level, factor = levels.coarser(level), factor * levels.COARSER
        made |= {(factor, number): part for number, part in enumerate(levels.cut(level))}
    return made


def level_row(series: int, factor: int, chunks: tuple[int, int], level: Level, blob: bytes) -> dict[str, Any]:
    """The row of a level of some chunks."""
    return {
        "series": series, "factor": factor, "first_chunk": chunks[0], "last_chunk": chunks[1],
        "first_ns": int(level.starts[0]), "last_ns": int(level.lasts.max()), "buckets": len(level.starts), "blob": blob,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extent:
    """How much the tail holds: values, the number of its last tick, and its instant in s (0 when it is empty)."""

    samples: int
    last_tick: int
    last_time: float


def extent(connection: Connection) -> Extent:
    """How much the tail of a recording holds."""
    tail = tables.tail.c
    found = select(
        *(func.coalesce(what, 0) for what in (func.sum(tail.samples), func.max(tail.tick), func.max(tail.t)))
    )
    samples, last_tick, last_time = connection.execute(found).one()
    return Extent(int(samples), int(last_tick), float(last_time))


def records(blobs: Iterable[bytes]) -> Iterator[Record]:
    """All records of several ticks."""
    for blob in blobs:
        yield from decode_tick(blob)


def in_order(chunks: list[Chunk]) -> Chunk:
    """One chunk of many, in the order of time; samples of one instant stay in the order they came."""
    times = np.concatenate([chunk.times for chunk in chunks])
    values = np.concatenate([chunk.values for chunk in chunks], axis=1)
    quality = np.concatenate([chunk.quality for chunk in chunks], axis=1)
    if np.all(times[1:] >= times[:-1]):
        return Chunk(times, values, quality)
    order = np.argsort(times, kind="stable")
    return Chunk(times[order], values[:, order], quality[:, order])


def _split(chunk: Chunk) -> Iterator[Chunk]:
    for start in range(0, len(chunk.times), LONGEST_CHUNK):
        part = slice(start, start + LONGEST_CHUNK)
        yield Chunk(chunk.times[part], chunk.values[:, part], chunk.quality[:, part])


def _row(series: int, chunk: Chunk, blob: bytes) -> dict[str, Any]:
    return {
        "series": series,
        "first_ns": int(chunk.times[0]),
        "last_ns": int(chunk.times[-1]),
        "samples": chunk.values.size,
        "blob": blob,
    }
