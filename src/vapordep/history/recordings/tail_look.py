"""A look at the tail of a recording under way: only rows of a span, only some series, rows that look alike at once."""

import struct
from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from vapordep.history.recordings.codec import Chunk, to_nanoseconds
from vapordep.history.recordings.tail import HEADER, Place, places, unreadable

APART = 10.0
"""s that a sample may lie outside of the time of its row: an exchange that was asked several times is that old."""


class _Layout:
    """How a row is made up, and which rows are made up so; most rows of a run are like some other."""

    def __init__(self, blob: bytes) -> None:
        """Raises struct.error, ValueError for a row that is damaged."""
        self.places = list(places(blob))
        gaps = (f"{HEADER.size}s{place.end - place.start}x" for place in self.places)
        self._heads = struct.Struct("<" + "".join(gaps))
        self._told = self._heads.unpack(blob)
        self.rows: list[int] = []

    def fits(self, blob: bytes) -> bool:
        """Whether a row as long is made up so; every header is compared."""
        return self._heads.unpack(blob) == self._told


def look_at_tail(connection: Connection, wanted: Collection[int], start: float, end: float) -> dict[int, Chunk]:
    """All samples of some series, by time, that rows which meet a span hold; `start` and `end` in s on the clock.

    Each series may have some outside of the span. Raises HistoryError when a row is damaged.
    """
    first, last = _ticks(connection, start, end)
    asked = "SELECT blob FROM tail WHERE tick BETWEEN ? AND ? ORDER BY tick"
    return decode_ticks(connection.exec_driver_sql(asked, (first, last)).scalars().all(), wanted)


def decode_ticks(blobs: Sequence[bytes], wanted: Collection[int] | None = None) -> dict[int, Chunk]:
    """All samples of some series, or of all, in several rows, by time; those of one instant in the order of the rows.

    Raises HistoryError when a row is damaged.
    """
    parts: dict[int, list[tuple[Chunk, NDArray[np.int64]]]] = {}
    with unreadable():
        for layout in _layouts(blobs):
            rows = np.array(layout.rows)
            data = np.frombuffer(b"".join([blobs[row] for row in layout.rows]), np.uint8).reshape(len(rows), -1)
            for place in layout.places:
                if wanted is None or place.series in wanted:
                    chunk = _chunk(data, place)
                    order = np.repeat(rows, place.many * place.length)
                    parts.setdefault(place.series, []).append((chunk, order))
    return {series: _in_order(found) for series, found in parts.items()}


def _layouts(blobs: Iterable[bytes]) -> list[_Layout]:
    known: dict[int, list[_Layout]] = {}
    for row, blob in enumerate(blobs):
        alike = known.setdefault(len(blob), [])
        layout = next((each for each in alike if each.fits(blob)), None)
        if layout is None:
            layout = _Layout(blob)
            alike.append(layout)
        layout.rows.append(row)
    return [layout for alike in known.values() for layout in alike]


def _chunk(data: NDArray[np.uint8], place: Place) -> Chunk:
    """One record of all rows that have it in one place."""
    rows, count = len(data), place.many * place.length
    begin, size = place.start, 8 * count

    def numbers(start: int, length: int) -> NDArray[np.float64]:
        return np.ascontiguousarray(data[:, start : start + length]).view(np.float64)

    shape = (rows, place.many, place.width, place.length)
    times = to_nanoseconds(numbers(begin, size).ravel())
    values = numbers(begin + size, place.width * size).reshape(shape)
    quality = np.zeros(shape, np.uint8)
    if place.doubtful:
        quality = data[:, place.end - place.width * count : place.end].reshape(shape)
    turned = (2, 0, 1, 3)  # by tag, then row, publication and sample
    return Chunk(
        times, values.transpose(turned).reshape(place.width, -1), quality.transpose(turned).reshape(place.width, -1)
    )


def _in_order(found: Sequence[tuple[Chunk, NDArray[np.int64]]]) -> Chunk:
    times = np.concatenate([chunk.times for chunk, _ in found])
    values = np.concatenate([chunk.values for chunk, _ in found], axis=1)
    quality = np.concatenate([chunk.quality for chunk, _ in found], axis=1)
    order = np.lexsort((np.concatenate([rows for _, rows in found]), times))
    return Chunk(times[order], values[:, order], quality[:, order])


def _ticks(connection: Connection, start: float, end: float) -> tuple[int, int]:
    """The first and the last row that may hold samples of a span: a row holds what came up to its own instant."""
    asked = "SELECT coalesce(min(tick), 0), coalesce(max(tick), -1) FROM tail"
    low, high = connection.exec_driver_sql(asked).one()
    return _first_from(connection, low, high, start - APART), _first_from(connection, low, high, end + APART)


def _first_from(connection: Connection, low: int, high: int, t: float) -> int:
    """The first row dated `t` or later, the last one where there is none; the dates rise with the numbers.

    By halves: a look at each date would read all that lies between them.
    """
    while low < high:
        middle = (low + high) // 2
        asked = "SELECT t FROM tail WHERE tick >= ? ORDER BY tick LIMIT 1"  # numbers are left out where rows were lost
        if connection.exec_driver_sql(asked, (middle,)).scalar_one() < t:
            low = middle + 1
        else:
            high = middle
    return low
