"""Least squares over curves that are linear in some numbers and bend with few others, which are scanned by decades.

Nothing has to be guessed to begin with: the numbers that bend the curve are looked for on a grid of their logarithms,
which closes in on the best place (variable projection: Golub and Pereyra, SIAM J. Numer. Anal. 10, 413, 1973).
"""

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass

Floats = NDArray[np.float64]
Basis = Callable[[Floats], Floats]
"""From the numbers that bend (B,) the columns (N, L) of which the curve is a sum."""

STEPS = 25
"""Places on the grid, in each direction."""
TURNS = 14
"""So often the grid closes in, each time on four steps of the one before."""
RIGID = 1e12
"""Numbers whose normal equations are worse conditioned than that cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """`bends` (B,) and `heights` (L,), and the relative standard error of each of `bends`; `scatter` about the curve.

    An error is infinite where the points do not determine it.
    """

    bends: Floats
    heights: Floats
    errors: Floats
    scatter: float
    freedom: int
    """How many more points there are than numbers."""


def fitted(values: Floats, basis: Basis, low: Floats, high: Floats) -> Fitted:
    """The curve through `values` (N,), its bends looked for between `low` and `high` (B,), both above 0."""
    centre, reach = (np.log(low) + np.log(high)) / 2.0, (np.log(high) - np.log(low)) / 2.0
    bounds = np.log(low), np.log(high)
    for _ in range(TURNS):
        axes = [np.linspace(-1.0, 1.0, STEPS) * width + middle for middle, width in zip(centre, reach, strict=True)]
        places = [np.clip(np.array(place), *bounds) for place in product(*axes)]
        centre = min(places, key=lambda place: _left(values, basis(np.exp(place)))[0])
        reach = reach * 4.0 / (STEPS - 1)
    bends = np.exp(centre)
    left, heights = _left(values, basis(bends))
    freedom = len(values) - len(bends) - len(heights)
    scatter = float(np.sqrt(left / freedom)) if freedom > 0 else float("nan")
    return Fitted(bends, heights, _errors(basis, centre, heights, scatter), scatter, freedom)


def _left(values: Floats, columns: Floats) -> tuple[float, Floats]:
    """The sum of squares that is left, and what each column is taken by."""
    heights: Floats = np.linalg.lstsq(columns, values, rcond=None)[0].astype(np.float64)
    away = values - columns @ heights
    return float(away @ away), heights


def _errors(basis: Basis, logs: Floats, heights: Floats, scatter: float) -> Floats:
    """Of the logarithms of the bends, which is relative to themselves, from the slopes of the curve."""
    step = 1e-4
    slopes = [
        (basis(np.exp(logs + step * unit)) - basis(np.exp(logs - step * unit))) @ heights / (2.0 * step)
        for unit in np.eye(len(logs))
    ]
    matrix = np.column_stack([*slopes, basis(np.exp(logs))])
    scale = np.linalg.norm(matrix, axis=0)
    if not (scale > 0.0).all():
        return np.full(len(logs), np.inf)
    normal = (matrix / scale).T @ (matrix / scale)
    if np.linalg.cond(normal) > RIGID:
        return np.full(len(logs), np.inf)
    spread = np.sqrt(np.diag(np.linalg.inv(normal)))
    errors: Floats = scatter * spread[: len(logs)] / scale[: len(logs)]
    return errors
