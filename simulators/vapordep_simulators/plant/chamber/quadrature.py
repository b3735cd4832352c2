"""One linear rate equation y' = g - l y over many intervals at once, exact wherever a single process acts.

The integrals of the rates are known in closed form, so the pressure's history adds no error; only the product of
two processes within one interval is integrated, by Gauss-Legendre collocation with four points (order 8).
"""

from collections.abc import Callable
from math import sqrt

import numpy as np

from vapordep.lazy import dataclass
from vapordep_simulators.plant.chamber.expansion import Floats

_ROOTS = sqrt(3 / 7 - 2 / 7 * sqrt(6 / 5)), sqrt(3 / 7 + 2 / 7 * sqrt(6 / 5))
POINTS: Floats = 0.5 + 0.5 * np.array([-_ROOTS[1], -_ROOTS[0], _ROOTS[0], _ROOTS[1]])
"""Where in an interval of length 1 the rates are asked for."""


def _collocation() -> tuple[Floats, Floats]:
    """Weights of the integrals from 0 to each point, and from 0 to 1, of the cubic through the values at the points."""
    powers = np.arange(4)
    inverse = np.linalg.inv(POINTS[:, None] ** powers)
    to_points = (POINTS[:, None] ** (powers + 1) / (powers + 1)) @ inverse
    return to_points, (1.0 / (powers + 1)) @ inverse


_TO_POINTS, WEIGHTS = _collocation()
LARGEST_EXPONENT = 2.0
"""Above it an interval is taken as if the ratio of the two processes stayed as it is on average."""


STEEPEST = 1.0
"""Largest exponent of one interval, as long as their number allows."""
FASTEST = 1.5
"""Largest change of a rate within one interval, as an exponent."""


def refined(exponent: Callable[[Floats], Floats], duration: float, fastest: float, most: int) -> Floats:
    """Edges of intervals in which neither rates change much nor a site is filled or emptied more than once.

    `exponent` gives the integral of all rates from 0 to instants; `fastest` in 1/s is the fastest change in them;
    `duration` in s. There are at most about `most` intervals, whatever that costs in accuracy.
    """
    count = min(most, int(duration * fastest / FASTEST) + 1)
    edges: Floats = np.arange(count + 1, dtype=np.float64) * (duration / count)
    edges[-1] = duration
    reached = exponent(edges)
    steepness = (reached[1:] - reached[:-1]) / STEEPEST
    if steepness.max() <= 1.0:
        return edges
    parts = np.maximum(np.ceil(steepness), 1.0).astype(int)
    if parts.sum() > most:
        return edges
    starts = np.repeat(edges[:-1], parts)
    within = np.arange(len(starts)) - np.repeat(np.cumsum(parts) - parts, parts)
    return np.append(starts + within * np.repeat(np.diff(edges) / parts, parts), duration)


@dataclass(frozen=True, slots=True)
class Occupation:
    """For each of I intervals: y at its end is `keep` y0 + `gain`, and what `taking` took is `take` y0 + `took`."""

    keep: Floats
    gain: Floats
    take: Floats
    took: Floats


def occupation(widths: Floats, filling: Floats, filled: Floats, taking: Floats, taken: Floats) -> Occupation:
    """Coverage C between 0 and 1: C' = filling (1 - C) - taking C.

    `widths` (I,) of the intervals; the rates `filling` and `taking` (I, 4) at the points; `filled` and `taken` (I, 5)
    their exact integrals from the start of the interval to the points and to its end.
    """
    loss = filled + taken
    whole = loss[:, -1]
    keep = np.exp(-whole)
    gone = -np.expm1(-whole)
    to_end = np.exp(loss[:, :4] - whole[:, None])
    from_start = np.exp(-loss[:, :4])
    weights = widths[:, None] * WEIGHTS
    # Of the two equal ways to write an integral, take the one whose quadrature is over the lesser process.
    fills_more = filled[:, -1] >= taken[:, -1]
    gain = np.where(fills_more, gone - (weights * taking * to_end).sum(1), (weights * filling * to_end).sum(1))
    take = np.where(fills_more, (weights * taking * from_start).sum(1), gone - (weights * filling * from_start).sum(1))
    grown = _grown(widths, filling, loss)
    took = (weights * taking * grown).sum(1)
    steep = whole > LARGEST_EXPONENT
    if steep.any():
        part = filled[steep, -1] / whole[steep]
        gain[steep] = part * gone[steep]
        take[steep] = (1.0 - part) * gone[steep]
        took[steep] = (1.0 - part) * part * (whole[steep] - gone[steep])
    return Occupation(keep, gain, take, took)


def absorption(widths: Floats, filling: Floats, taking: Floats, taken: Floats, leaving: Floats) -> Occupation:
    """An amount y' = filling - (taking + leaving) y; of what is lost, only what `taking` took is told.

    Rates (I, 4) and the integral `taken` (I, 5) as in `occupation`; `leaving` (I,) in 1/s.
    """
    fractions = np.append(POINTS, 1.0)
    loss = taken + (leaving * widths)[:, None] * fractions
    from_start = np.exp(-loss[:, :4])
    weights = widths[:, None] * WEIGHTS
    gain = (weights * filling * np.exp(loss[:, :4] - loss[:, -1:])).sum(1)
    grown = _grown(widths, filling, loss)
    keep = np.exp(-loss[:, -1])
    return Occupation(keep, gain, (weights * taking * from_start).sum(1), (weights * taking * grown).sum(1))


def _grown(widths: Floats, filling: Floats, loss: Floats) -> Floats:
    """What has gathered at the points of each interval that started at 0."""
    between = np.exp(np.minimum(loss[:, None, :4] - loss[:, :4, None], LARGEST_EXPONENT))
    grown: Floats = widths[:, None] * ((_TO_POINTS * between) @ filling[:, :, None])[:, :, 0]
    return grown
