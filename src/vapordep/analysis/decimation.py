"""Decimation: fewer points for a plot, with every extreme and every gap kept."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def min_max(times: Floats, values: Floats, buckets: int) -> tuple[Floats, Floats]:
    """At most 2 x `buckets` points of a series, the lowest and the highest of each bucket of equal count.

    `times` and `values` have one length; a bucket with nothing but NaN keeps one NaN, so that a gap stays a gap.
    """
    if len(values) <= 2 * buckets:
        return times, values
    edges = np.linspace(0, len(values), buckets + 1).astype(int)
    kept: list[int] = []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        part = values[start:end]
        if np.isnan(part).all():
            kept.append(start)
        else:
            kept.extend(sorted({start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}))
    index = np.array(kept)
    return times[index], values[index]
