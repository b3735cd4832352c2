"""Saturation: growth per cycle against exposure, with the constants of the surface and the exposure that suffices.

Langmuir's self-limiting adsorption with perfect purges: g = g_sat (1 - e_A)(1 - e_B)/(1 - e_A e_B), where e_X =
exp(-k_X E_X) and E_X is the exposure of a cycle to X (closed form of the model of Paulson, Yanguas-Gil, Abuomar and
Elam, ACS Appl. Mater. Interfaces 2021, without residual gas). With one of both saturated, g = g_sat (1 - e).
"""

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from vapordep.analysis.scan import Fitted, fitted
from vapordep.lazy import dataclass

Floats = NDArray[np.float64]

FEWEST = 4
"""Fewer different points leave nothing to judge a fit by."""
FILLED = 0.99
"""An exposure suffices that fills this part of the surface."""
BENT = 0.99
"""A curve whose least filled point lies above this part is flat: it only says that the constant is not smaller."""
WORST = 0.3
"""A constant with a larger relative standard error is not determined."""


@dataclass(frozen=True, slots=True)
class Constant:
    """One dose's k in 1/(Pa s) with its standard error; `determined` False where k is at least about that."""

    value: float
    error: float
    determined: bool
    least_filled: float
    """The part of the surface that the smallest of the exposures fills."""

    def exposure(self, filled: float = FILLED) -> float:
        """The exposure in Pa s that fills a part of the surface."""
        return log(1.0 / (1.0 - filled)) / self.value


@dataclass(frozen=True, slots=True)
class Saturation:
    """`limit` in m a cycle that nothing more would exceed, one constant for each dose, `scatter` in m a cycle."""

    limit: float
    constants: tuple[Constant, ...]
    scatter: float


def saturation(exposures: Sequence[Floats], growth: Floats) -> Saturation | None:
    """Fits growth per cycle (N,) in m to the exposures (N,) in Pa s of one dose, or of the two of a cycle.

    NaN does not count, nor a point without exposure; None with fewer than `FEWEST` points, or two more than constants.
    """
    usable = np.isfinite(growth) & np.all([np.isfinite(each) & (each > 0.0) for each in exposures], axis=0)
    areas, grown = [each[usable] for each in exposures], growth[usable]
    if len(grown) < max(FEWEST, len(areas) + 3) or not (grown > 0.0).any():
        return None
    low = np.array([1e-3 / each.max() for each in areas])
    high = np.array([20.0 / each.min() for each in areas])

    def basis(constants: Floats) -> Floats:
        left = [np.exp(-k * each) for k, each in zip(constants, areas, strict=True)]
        return relative_growth(left)[:, None]

    found = fitted(grown, basis, low, high)
    return Saturation(float(found.heights[0]), tuple(_constants(found, areas)), found.scatter)


def relative_growth(left: Sequence[Floats]) -> Floats:
    """Growth over that of saturated doses, from the part of the sites that each of one or two doses leaves."""
    first, *others = left
    if not others:
        return 1.0 - first
    second = others[0]
    return (1.0 - first) * (1.0 - second) / (1.0 - first * second)


def _constants(found: Fitted, areas: Sequence[Floats]) -> list[Constant]:
    constants = []
    for value, error, each in zip(found.bends.tolist(), found.errors.tolist(), areas, strict=True):
        least = float(-np.expm1(-value * each.min()))
        constants.append(Constant(value, value * error, error < WORST and least < BENT, least))
    return constants
