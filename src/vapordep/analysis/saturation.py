"""Saturation: growth per cycle against exposure, with the constants of the surface and the exposure that suffices.

Langmuir's self-limiting adsorption with perfect purges: g = g_sat (1 - e_A)(1 - e_B)/(1 - e_A e_B), where e_X =
exp(-k_X E_X) and E_X is the exposure of a cycle to X (closed form of the model of Paulson, Yanguas-Gil, Abuomar and
Elam, ACS Appl. Mater. Interfaces 2021, without residual gas). With one of both saturated, g = g_sat (1 - e).

Soft saturation, sum f_i (1 - exp(-k_i E)) of two classes of sites, is fitted to one dose where it tells the points
clearly better.
"""

from collections.abc import Sequence
from dataclasses import replace
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
FEWEST_SOFT = 7
"""Fewer different exposures could be told by two classes of sites whatever they are."""
CLEARLY, LEAST_SHARE, APART = 0.5, 0.05, 3.0
"""Two classes count when half the scatter is left, each is that share of the sites, and one is so much faster."""
WORST = 0.3
"""A constant with a larger relative standard error is not determined."""
WELL_KNOWN = 0.1
"""A constant counts as well known when it is right within this part, 19 times of 20."""
STUDENT = 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23
"""Student's t, so many standard errors hold 19 times of 20, by the points beyond the numbers fitted: 1, 2 ... 10."""
STEEP = 0.95
"""A curve whose least filled point lies above this part hardly bends where it was looked at."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Sites that fill slowly: their share of all, and their k in 1/(Pa s) with its standard error."""

    share: float
    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Constant:
    """One dose's k in 1/(Pa s) with its standard error; `determined` False where k is at least about that.

    With `slow` sites, `value` is that of the others.
    """

    value: float
    error: float
    determined: bool
    least_filled: float
    """The part of the surface that the smallest of the exposures fills."""
    within: float
    """As a part of it, how far `value` may be off 19 times of 20, by the scatter of the points."""
    slow: Slow | None = None

    @property
    def well_known(self) -> bool:
        """Whether the points bend enough, and scatter little enough, for a value that is right within a tenth."""
        return self.determined and self.within <= WELL_KNOWN and self.least_filled < STEEP

    def left(self, exposures: Floats) -> Floats:
        """The part of the sites that exposures (N,) in Pa s leave."""
        fast: Floats = np.exp(-self.value * exposures)
        if self.slow is None:
            return fast
        return (1.0 - self.slow.share) * fast + self.slow.share * np.exp(-self.slow.value * exposures)

    def exposure(self, filled: float = FILLED) -> float:
        """The exposure in Pa s that fills a part of the surface."""
        enough = log(1.0 / (1.0 - filled)) / self.value
        if self.slow is None:
            return enough
        low, high = enough, log(1.0 / (1.0 - filled)) / self.slow.value
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self.left(np.array(middle)) > 1.0 - filled else (low, middle)
        return high


@dataclass(frozen=True, slots=True)
class Saturation:
    """`limit` in m a cycle that nothing more would exceed, one constant for each dose, `scatter` in m a cycle."""

    limit: float
    constants: tuple[Constant, ...]
    scatter: float


def fewest(doses: int) -> int:
    """How many points the fit of so many doses needs: `FEWEST`, or two more than it has constants."""
    return max(FEWEST, doses + 3)


def saturation(exposures: Sequence[Floats], growth: Floats) -> Saturation | None:
    """Fits growth per cycle (N,) in m to the exposures (N,) in Pa s of one dose, or of the two of a cycle.

    NaN does not count, nor a point without exposure; None with fewer points than `fewest` tells, or where nothing grew.
    """
    usable = np.isfinite(growth) & np.all([np.isfinite(each) & (each > 0.0) for each in exposures], axis=0)
    areas, grown = [each[usable] for each in exposures], growth[usable]
    if len(grown) < fewest(len(areas)) or not (grown > 0.0).any():
        return None
    low = np.array([1e-3 / each.max() for each in areas])
    high = np.array([20.0 / each.min() for each in areas])

    def basis(constants: Floats) -> Floats:
        left = [np.exp(-k * each) for k, each in zip(constants, areas, strict=True)]
        return relative_growth(left)[:, None]

    found = fitted(grown, basis, low, high)
    soft = _soft(grown, areas[0], low[0], high[0], found.scatter) if len(areas) == 1 else None
    return soft or Saturation(float(found.heights[0]), tuple(_constants(found, areas)), found.scatter)


def _soft(grown: Floats, area: Floats, low: float, high: float, scatter: float) -> Saturation | None:
    """Two classes of sites; None unless they tell the points clearly better, and each of them is there."""
    if len(np.unique(area)) < FEWEST_SOFT:
        return None

    def basis(constants: Floats) -> Floats:
        return np.column_stack([-np.expm1(-k * area) for k in constants])

    found = fitted(grown, basis, np.array([low, low]), np.array([high, high]))
    order = np.argsort(-found.bends)
    (fast, slow), heights, errors = found.bends[order].tolist(), found.heights[order], found.errors[order]
    shares = heights / heights.sum()
    if not (found.scatter < CLEARLY * scatter and shares.min() > LEAST_SHARE and fast > APART * slow):
        return None
    if not errors.max() < WORST:
        return None
    sites = Slow(float(shares[1]), slow, slow * float(errors[1]))
    constant = Constant(fast, fast * float(errors[0]), True, 0.0, _within(found)[0], sites)
    filled = float(1.0 - constant.left(area.min()))
    return Saturation(float(heights.sum()), (replace(constant, least_filled=filled),), found.scatter)


def relative_growth(left: Sequence[Floats]) -> Floats:
    """Growth over that of saturated doses, from the part of the sites that each of one or two doses leaves."""
    first, *others = left
    if not others:
        return 1.0 - first
    second = others[0]
    return (1.0 - first) * (1.0 - second) / (1.0 - first * second)


def _constants(found: Fitted, areas: Sequence[Floats]) -> list[Constant]:
    constants = []
    for value, error, within, each in zip(
        found.bends.tolist(), found.errors.tolist(), _within(found), areas, strict=True
    ):
        least = float(-np.expm1(-value * each.min()))
        constants.append(Constant(value, value * error, error < WORST and least < BENT, least, within))
    return constants


def _within(found: Fitted) -> list[float]:
    """How far each constant may be off, as a part of it: few points also make their own scatter doubtful."""
    times = STUDENT[min(found.freedom, len(STUDENT)) - 1] if found.freedom > 0 else np.inf
    return [times * error for error in found.errors.tolist()]
