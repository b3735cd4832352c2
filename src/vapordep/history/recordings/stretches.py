"""A span of a recording in stretches, none with more samples than are held at once: no export grows with its run."""

from collections.abc import Mapping

import numpy as np
from sqlalchemy import Connection, select

from vapordep.history.database import tables
from vapordep.history.recordings import codec

MOST = 1_000_000
"""Samples in a stretch, about: 17 MB as they are, some times that while they become text."""
SHORTEST = 1e-9
"""s: a chunk of one instant has some length too."""


def stretches(
    connection: Connection, wanted: Mapping[int, int], start: float, end: float, most: int = MOST
) -> list[tuple[float, float]]:  # fmt: skip
    """From when to when, s on the clock, both included; together they are the span.

    `wanted` are series, and how many of its tags are meant of each. Samples are taken to lie evenly within each chunk;
    those of the tail, of which there are few, are not counted.
    """
    chunks, width = tables.chunks.c, _widths(connection)
    query = select(chunks.series, chunks.first_ns, chunks.last_ns, chunks.samples).where(chunks.series.in_(wanted))
    query = query.where(chunks.last_ns >= codec.bound_ns(start), chunks.first_ns <= codec.bound_ns(end))
    rows = [
        (row.first_ns, row.last_ns, row.samples * wanted[row.series] / width[row.series])
        for row in connection.execute(query)
    ]
    if not rows:
        return [(start, end)]
    at, before = _so_far(*np.array(rows, np.float64).T)
    lowest, highest = np.interp([start, end], at, before)
    cuts = np.interp(np.linspace(lowest, highest, max(int((highest - lowest) / most), 0) + 2)[1:-1], before, at)
    return list(zip([start, *cuts.tolist()], [*np.nextafter(cuts, -np.inf).tolist(), end], strict=True))


def _widths(connection: Connection) -> Mapping[int, int]:
    """How many tags each series has."""
    found: dict[int, int] = {}
    for series in connection.execute(select(tables.series.c.series)).scalars():
        found[series] = found.get(series, 0) + 1
    return found


def _so_far(first: codec.Floats, last: codec.Floats, samples: codec.Floats) -> tuple[codec.Floats, codec.Floats]:
    """Instants in s, rising, and how many samples lie before each."""
    first, last = first / 1e9, last / 1e9
    last = np.maximum(last, first + SHORTEST)
    rate = samples / (last - first)
    edges, steps = np.concatenate([first, last]), np.concatenate([rate, -rate])
    order = np.argsort(edges, kind="stable")
    at, rates = edges[order], np.cumsum(steps[order])
    return at, np.concatenate([[0.0], np.cumsum(rates[:-1] * np.diff(at))])
