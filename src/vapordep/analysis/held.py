"""Statistics of a tag between two instants, each value counted for as long as it held."""

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of what held from one instant to another: mean and standard deviation over time, extremes, in the tag's unit.

    NaN where no value is known. `known_s` is how long one was, `missing_s` how long none was, s; `count` samples.
    """

    count: int
    known_s: float
    missing_s: float
    mean: float
    deviation: float
    low: float
    high: float


def statistics(times: Floats, values: Floats, start: float, end: float) -> Statistics:
    """Of samples in the order of time, NaN where a value is missing; a value holds until the next one.

    The value that held at `start` came at or before it; before the first sample nothing is known.
    """
    first = max(int(np.searchsorted(times, start, side="right")) - 1, 0)
    after = int(np.searchsorted(times, end, side="right"))
    times, values = times[first:after], values[first:after]
    edges = np.append(np.maximum(times, start), end)
    lasted = np.diff(edges)
    known = ~np.isnan(values)
    weights, held = lasted[known], values[known]
    count = int(np.count_nonzero(known & (times >= start)))
    known_s = float(weights.sum())
    missing_s = max(end - start - known_s, 0.0)
    if not len(held):
        return Statistics(count, 0.0, missing_s, np.nan, np.nan, np.nan, np.nan)
    weights = weights if known_s > 0.0 else np.ones(len(held))
    mean = float(np.average(held, weights=weights))
    deviation = float(np.sqrt(np.average((held - mean) ** 2, weights=weights)))
    return Statistics(count, known_s, missing_s, mean, deviation, float(held.min()), float(held.max()))
