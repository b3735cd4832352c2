"""Samples as columns of numbers behind a short JSON head: for programs and pages that ask for many."""

import json
import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vapordep.analysis.decimation import Flags, Floats, spans
from vapordep.history.recordings.levels import Level
from vapordep.history.recordings.overview import Seen, points_of

ALIGNED = 8
"""Bytes: arrays begin at multiples of it, so that a browser can look at them where they lie."""


def packed(columns: Mapping[str, tuple[Floats, Floats]], units: Mapping[str, str | None]) -> bytes:
    """Instants and values of each tag, float64, and the SI unit of these where it is known."""
    told = {"tags": [{"tag": n, "points": len(times), "si": units.get(n)} for n, (times, _) in columns.items()]}
    return _laid(told, [part.astype("<f8", copy=False) for column in columns.values() for part in column])


def of_spans(
    seen: Sequence[Seen], tags: Sequence[str], t0: float, start: float, end: float | None, points: int
) -> bytes:
    """Of tags with more than `points` samples the extremes of equal spans, float32; all samples of the others.

    `start` and `end` in s since `t0`; without an end it is that of the last sample.
    """
    last = max((each.level.lasts.max() / 1e9 - t0 for each in seen if len(each.level.lasts)), default=start)
    grid = _Grid(t0 + start, t0 + float(last if end is None else end), points)
    told: dict[str, dict[str, Any]] = {}
    arrays: dict[str, list[NDArray[Any]]] = {}

    def keep(names: Iterable[str], values: NDArray[np.float32]) -> None:
        for tag, row in zip(names, values, strict=True):
            told[tag] = {"tag": tag, "spans": len(row), "slots": row.shape[1]}
            arrays[tag] = [row.astype("<f4", copy=False)]

    often = Counter(tag for each in seen for tag in each.tags)
    for each in seen:
        alone = [row for row, tag in enumerate(each.tags) if often[tag] == 1]
        if alone and not (each.whole and len(each.level.starts) <= points):
            keep([each.tags[row] for row in alone], grid.of_level(each.level, alone))
    for tag in [tag for tag in tags if tag not in told]:
        times, values = points_of(seen, tag)
        if len(times) > points:
            keep([tag], grid.of_points(times, values))
        else:
            told[tag] = {"tag": tag, "points": len(times)}
            arrays[tag] = [(times - t0).astype("<f8", copy=False), values.astype("<f8", copy=False)]
    head = {"start_s": start, "end_s": grid.end - t0, "tags": [told[tag] for tag in tags]}
    return _laid(head, [array for tag in tags for array in arrays[tag]])


@dataclass(frozen=True, slots=True)
class _Grid:
    """Equal spans of time, `start` to `end` in s on the clock; as many as give `points` values."""

    start: float
    end: float
    points: int

    def of_level(self, level: Level, rows: Sequence[int]) -> NDArray[np.float32]:
        missing = level.missing_at[rows] > 0
        rising = level.low_at[rows] <= level.high_at[rows]
        return self._of(level.starts / 1e9, level.lows[rows], level.highs[rows], rising, missing)

    def of_points(self, times: Floats, values: Floats) -> NDArray[np.float32]:
        row = values[None]
        return self._of(times, row, row, np.ones(row.shape, bool), np.isnan(row))

    def _of(self, times: Floats, lows: Floats, highs: Floats, rising: Flags, missing: Flags) -> NDArray[np.float32]:
        count = max(self.points // (3 if missing.any() else 2), 1)
        place = ((times - self.start) * (count / max(self.end - self.start, 1e-9))).astype(np.intp)
        return spans(place.clip(0, count - 1), count, lows, highs, rising, missing)


def _laid(told: Mapping[str, Any], arrays: Iterable[NDArray[Any]]) -> bytes:
    head = json.dumps(told).encode()
    head += b" " * (-(4 + len(head)) % ALIGNED)
    parts: list[bytes | memoryview] = [struct.pack("<I", len(head)), head]
    for array in arrays:  # copied once, as they are joined
        parts += [np.ascontiguousarray(array).data, bytes(-array.nbytes % ALIGNED)]
    return b"".join(parts)
