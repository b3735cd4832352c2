"""Overlays: pulses cut out of a trend and laid over each other, their median, lines broken where nothing was heard."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Series = tuple[Floats, Floats]
"""Instants in s, and values in SI; a gap is a NaN."""
T = TypeVar("T")


def with_gaps(times: Floats, values: Floats, silence: float) -> Series:
    """The series with a NaN between two samples further apart than `silence` s, so that its line is broken there."""
    after = np.flatnonzero(np.diff(times) > silence) + 1
    return np.insert(times, after, times[after - 1] + 1e-9), np.insert(values, after, np.nan)


def spread(items: Sequence[T], most: int) -> Sequence[T]:
    """At most `most` of them, evenly over the whole, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, most)]


def around(
    opened: float, baseline: float, times: Floats, values: Floats, *, before: float, after: float, silence: float
) -> Series:
    """Time since the opening in s and the value above its baseline; empty where the baseline is not known."""
    if not np.isfinite(baseline):
        return np.empty(0), np.empty(0)
    near = slice(*np.searchsorted(times, (opened - before, opened + after)))
    return with_gaps(times[near] - opened, values[near] - baseline, silence)


def median_pulse(shapes: Sequence[Series], grid: Floats) -> Floats:
    """The median of several pulses on one grid; NaN where not more than half of them have a value."""
    median = np.full(len(grid), np.nan)
    if not shapes:
        return median
    laid = np.array([np.interp(grid, since, rise, left=np.nan, right=np.nan) for since, rise in shapes])
    known = np.isfinite(laid).sum(axis=0) * 2 > len(laid)
    if known.any():
        median[known] = np.nanmedian(laid[:, known], axis=0)
    return median
