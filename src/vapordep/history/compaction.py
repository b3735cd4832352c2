"""Compaction: the tail of a recording becomes compressed chunks, and goes in the transaction that brings them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select

from vapordep.history import codec, tables
from vapordep.history.codec import Chunk
from vapordep.history.tail import Record, decode_tick

LONGEST_CHUNK = 36_000
"""Instants in one chunk, an hour at 10 Hz: long enough to share a dictionary, short enough to read one alone."""

TICKS_A_STEP = 20


def compact(connection: Connection, before: int) -> Iterator[None]:
    """Compact all ticks below `before`, in steps: the caller may do other work between them.

    Encoding a column takes about a millisecond; only the last step writes, in one short transaction.
    """
    ticks = select(tables.tail.c.blob).where(tables.tail.c.tick < before).order_by(tables.tail.c.tick)
    with connection.begin():
        blobs = connection.execute(ticks).scalars().all()
    gathered: dict[int, list[Chunk]] = {}
    for number, blob in enumerate(blobs):
        for record in decode_tick(blob):
            gathered.setdefault(record.series, []).append(record.chunk)
        if number % TICKS_A_STEP == 0:
            yield
    del blobs
    rows = []
    for series in sorted(gathered):
        for chunk in _split(_joined(gathered.pop(series))):
            columns = []
            for column in zip(chunk.values, chunk.quality, strict=True):
                columns.append(codec.encode_column(*column))
                yield
            rows.append(_row(series, chunk, codec.pack(chunk.times, columns)))
    with connection.begin():
        if rows:
            connection.execute(insert(tables.chunks), rows)
        connection.execute(delete(tables.tail).where(tables.tail.c.tick < before))


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


def _joined(chunks: list[Chunk]) -> Chunk:
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
