"""Cycles stacked on their own time: a row each, their median, the band of most of them, and those that stand out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vapordep.analysis.decimation import Floats

INSIDE = (10.0, 90.0)
"""Percentiles between which the band lies."""
STANDS_OUT = 5.0
"""A cycle stands out that lies so many times as far from the median as cycles usually do."""
FEWEST = 5
"""Of fewer cycles none stands out."""
LONGEST = 3.0
"""Times the usual length: what a hold draws out longer is cut there, or the others would be too small to be seen."""


@dataclass(frozen=True, slots=True)
class Stack:
    """`times` (m,) in s since each cycle's beginning, `values` (n, m), NaN beyond a cycle's end or where none is known.

    `median`, `low` and `high` (m,) are over the cycles; `distance` (n,) is the mean distance of each from the median;
    `cut` (n,) are those that last longer than `times` tell.
    """

    times: Floats
    values: Floats
    median: Floats
    low: Floats
    high: Floats
    distance: Floats
    cut: NDArray[np.bool_]

    @property
    def outliers(self) -> NDArray[np.bool_]:
        """Which cycles stand out, by their values or because they last so long."""
        known = np.isfinite(self.distance)
        if known.sum() < FEWEST:
            return self.cut
        usual = float(np.median(self.distance[known]))
        out: NDArray[np.bool_] = known & (self.distance > STANDS_OUT * usual + 1e-12 * np.nanmax(np.abs(self.median)))
        return out | self.cut


def stack(times: Floats, values: Floats, windows: Sequence[tuple[float, float]], points: int) -> Stack:
    """Lay the windows of a series (begin and end in s, rising `times`) over each other on a grid of `points` instants.

    A value holds until the next one, as instruments tell it; before the first one nothing is known.
    """
    lengths = np.array([end - begin for begin, end in windows])
    longest = min(float(lengths.max()), LONGEST * float(np.median(lengths)))
    since = np.linspace(0.0, longest, points)
    begins, ends = np.array([window[0] for window in windows]), np.array([window[1] for window in windows])
    at = begins[:, None] + since
    place = np.searchsorted(times, at + 1e-9, side="right") - 1
    laid = np.where(place >= 0, values[place.clip(0)], np.nan) if len(values) else np.full(at.shape, np.nan)
    laid[at > ends[:, None] + 1e-9] = np.nan
    median, low, high = _percentiles(laid)
    away = np.abs(laid - median)
    counts = np.isfinite(away).sum(axis=1)
    distance = np.divide(np.nansum(away, axis=1), counts, out=np.full(len(laid), np.nan), where=counts > 0)
    return Stack(since, laid, median, low, high, distance, lengths > longest)


def _percentiles(laid: Floats) -> tuple[Floats, Floats, Floats]:
    """Median and band of each column; NaN where nothing is known."""
    told = np.full((3, laid.shape[1]), np.nan)
    known = np.isfinite(laid).any(axis=0)
    if known.any():
        told[:, known] = np.nanpercentile(laid[:, known], (50.0, *INSIDE), axis=0)
    return told[0], told[1], told[2]
