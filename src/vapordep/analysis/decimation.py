"""Decimation: fewer points for a plot, with every extreme and every gap kept."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
NOTHING = np.inf
"""Stands where a span has nothing new: the line goes on. NaN, where a value is missing, breaks it."""


def min_max(times: Floats, values: Floats, buckets: int) -> tuple[Floats, Floats]:
    """At most 3 x `buckets` points of a series: of each bucket of equal count the lowest, the highest, the first NaN.

    `times` and `values` have one length; `buckets` is 1 or more. Where no value is missing, there are more buckets,
    and two points of each.
    """
    if len(values) <= 3 * buckets:
        return times, values
    if not np.isnan(values).any():
        buckets = 3 * buckets // 2
    edges = np.linspace(0, len(values), buckets + 1).astype(np.intp)[:-1]
    kept = np.unique(np.concatenate(_extremes(values, edges)))
    return times[kept], values[kept]


def spans(place: Places, count: int, lows: Floats, highs: Floats, rising: Flags, missing: Flags) -> NDArray[np.float32]:
    """Of each tag the lowest and the highest value of each of `count` spans, in the order in which they came.

    Of samples or buckets of samples, (k, n) for k tags, in the order of time: `lows` and `highs`, NaN where there is
    none, whether the low one came first (`rising`), whether one is missing; and `place` (n,), the span of each.
    Returns (k, count, slots): two slots, where values are missing a third that is NaN in spans with a missing one. A
    span without samples is all `NOTHING`.
    """
    slots = 3 if missing.any() else 2
    told = np.full((len(lows), count, slots), NOTHING, dtype=np.float32)
    begins = np.flatnonzero(np.diff(place, prepend=-1))
    if not len(begins):
        return told
    group = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(place)))
    least, most = (np.fmin, np.fmax) if slots == 3 else (np.minimum, np.maximum)  # several times as quick
    low, high = least.reduceat(lows, begins, axis=1), most.reduceat(highs, begins, axis=1)
    at_low, at_high = _firsts(lows == low[:, group], group, begins), _firsts(highs == high[:, group], group, begins)
    first = np.where(at_low == at_high, np.take_along_axis(rising, at_low, axis=1), at_low < at_high)
    there = place[begins]
    told[:, there, 0], told[:, there, 1] = np.where(first, low, high), np.where(first, high, low)
    if slots == 3:
        told[:, there, 2] = np.where(np.logical_or.reduceat(missing, begins, axis=1), np.nan, NOTHING)
    return told


def _firsts(there: Flags, group: Places, begins: Places) -> Places:
    """Of each tag (k, n) the first place in each group where it is so, else the group's own beginning; (k, groups)."""
    row, column = np.divmod(np.flatnonzero(there)[::-1], there.shape[1])
    first = np.tile(begins, (len(there), 1))
    first[row, group[column]] = column  # the last to be written is the first in its group
    return first


def _extremes(values: Floats, begins: Places) -> tuple[Places, Places, Places]:
    """Where the lowest, the highest and the first missing value of each group are; groups without one are left out.

    A group goes from one of `begins`, which rise, to before the next.
    """
    missing = np.isnan(values)
    group = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(values)))
    low = _first(values == np.fmin.reduceat(values, begins)[group], group, len(begins))
    high = _first(values == np.fmax.reduceat(values, begins)[group], group, len(begins))
    return low, high, _first(missing, group, len(begins)) if missing.any() else np.empty(0, np.intp)


def _first(there: NDArray[np.bool_], group: Places, groups: int) -> Places:
    """The first place in each group where it is so."""
    found = np.flatnonzero(there)[::-1]
    first = np.full(groups, -1, np.intp)
    first[group[found]] = found  # the last to be written is the first in its group
    return first[first >= 0]
