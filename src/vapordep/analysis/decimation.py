"""Decimation: fewer points for a plot, with every extreme and every gap kept."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def min_max(times: Floats, values: Floats, buckets: int) -> tuple[Floats, Floats]:
    """At most 3 x `buckets` points of a series: of each bucket of equal count the lowest, the highest, the first NaN.

    `times` and `values` have one length; `buckets` is 1 or more.
    """
    if len(values) <= 3 * buckets:
        return times, values
    edges = np.linspace(0, len(values), buckets + 1).astype(int)
    kept = [start + place for start, end in pairwise(edges) for place in _extremes(values[start:end])]
    index = np.array(kept)
    return times[index], values[index]


def _extremes(values: Floats) -> list[int]:
    """Where the lowest, the highest and the first missing value are, in their order."""
    missing = np.isnan(values)
    places = {int(np.argmax(missing))} if missing.any() else set()
    if not missing.all():
        places |= {int(np.nanargmin(values)), int(np.nanargmax(values))}
    return sorted(places)
