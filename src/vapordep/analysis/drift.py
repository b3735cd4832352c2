"""Drift of a quantity from pulse to pulse: an EWMA chart and the Western Electric rules, limits learned at the start.

Sources: S. W. Roberts, Technometrics 1, 239 (1959) for the EWMA; Western Electric, Statistical Quality Control Handbook
(1956) for the four rules. Sigma is the mean moving range over 1.128 (d2 of two).
"""

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass

Floats = NDArray[np.float64]

LEARNED_FROM = 20
"""The limits come from so many values at the start."""
FEWEST = 30
"""Fewer values say nothing of a drift."""
WEIGHT = 0.2
"""Of the newest value in the EWMA."""
SIGMAS = 3.0
"""The EWMA's limit, in its own standard deviations."""
RANGE_TO_SIGMA = 1.128
LEAST_SIGMA = 0.002
"""Sigma is at least this part of the centre: a simulated gauge may hardly scatter at all."""
FAR = 10.0
"""A value at the start is odd if it is so many times farther from the median than half of them: some 7 sigma."""
MOST_ODD = 0.1
"""At most this part of the values at the start may be odd."""
RULES = (
    "one beyond 3 sigma",
    "two of three beyond 2 sigma",
    "four of five beyond 1 sigma",
    "eight in a row on one side",
)
"""The Western Electric rules, in their order."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One quantity over N values: `centre` and `sigma` as learned, `ewma` (N,), and what the rules say.

    `since` is the index from which the EWMA stays beyond its limit to the end, None where it does not; `change` how far
    its last value is from the centre, as a part of that. `broken` holds the index at which each rule is first broken.
    """

    centre: float
    sigma: float
    ewma: Floats
    since: int | None
    change: float
    broken: dict[str, int]


def chart(values: Floats) -> Chart | None:
    """The chart of `values` (N,), all finite, in the order in which they came; None of fewer than `FEWEST`."""
    if len(values) < FEWEST:
        return None
    centre, sigma = learned(values[:LEARNED_FROM])
    averaged = ewma(values, centre)
    count = np.arange(1, len(values) + 1)
    limit = SIGMAS * sigma * np.sqrt(WEIGHT / (2.0 - WEIGHT) * (1.0 - (1.0 - WEIGHT) ** (2 * count)))
    change = float(averaged[-1] - centre) / abs(centre) if centre else float("nan")
    return Chart(
        centre, sigma, averaged, _since(averaged - centre, limit), change, western_electric(values, centre, sigma)
    )


def learned(values: Floats) -> tuple[float, float]:
    """Centre and sigma of the values at the start, without the odd ones among them.

    The first pulse of a run often comes while the pressure still settles: within 20 values it would make sigma so wide
    that nothing was a drift any more.
    """
    values = _without_odd(values)
    centre = float(values.mean())
    scatter = float(np.abs(np.diff(values)).mean()) / RANGE_TO_SIGMA
    return centre, max(scatter, LEAST_SIGMA * abs(centre), np.finfo(float).tiny)


def _without_odd(values: Floats) -> Floats:
    """Without those far from the median; where more than a few are far away, that is their scatter, and all count."""
    away = np.abs(values - np.median(values))
    near = away <= FAR * float(np.median(away))
    return values[near] if np.count_nonzero(~near) <= MOST_ODD * len(values) else values


def ewma(values: Floats, start: float) -> Floats:
    """The exponentially weighted moving average (N,) that begins at `start`."""
    averaged, last = np.empty(len(values)), start
    for index, value in enumerate(values.tolist()):
        last = WEIGHT * value + (1.0 - WEIGHT) * last
        averaged[index] = last
    return averaged


def western_electric(values: Floats, centre: float, sigma: float) -> dict[str, int]:
    """The index at which each of `RULES` is first broken; rules that hold are left out."""
    away = (values - centre) / sigma
    found = {}
    for rule, (most, of, beyond) in zip(RULES, ((1, 1, 3.0), (2, 3, 2.0), (4, 5, 1.0), (8, 8, 0.0)), strict=True):
        broken = [_first(side, most, of) for side in (away > beyond, away < -beyond)]
        first = min((index for index in broken if index is not None), default=None)
        if first is not None:
            found[rule] = first
    return found


def _first(beyond: NDArray[np.bool_], most: int, of: int) -> int | None:
    """The first index at which `most` of the last `of` are beyond."""
    sums = np.cumsum(np.concatenate(([0], beyond)))
    begins = np.maximum(np.arange(1, len(sums)) - of, 0)
    hits = np.flatnonzero(sums[1:] - sums[begins] >= most)
    return int(hits[0]) if len(hits) else None


def _since(away: Floats, limit: Floats) -> int | None:
    """From where on it stays beyond its limit, on the side on which it ends."""
    inside = np.flatnonzero(np.sign(away[-1]) * away <= limit)
    since = int(inside[-1]) + 1 if len(inside) else 0
    return since if since < len(away) else None
