"""Rate of rise: the slope of a shut chamber's pressure, what it cannot see, and whether outgassing bends it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass

Floats = NDArray[np.float64]

SIGMAS = 3.0
"""A slope, or a difference of two, counts as seen above this many of its standard errors."""
FEWEST = 10
"""Valid samples in each third below which nothing is said."""
THERMAL_DOUBT = 0.1
"""Part of a thermal drift that may be wrong: not all of the gas is as warm as the walls read (design default)."""
FALLEN = 0.7
"""A slope that falls to less than this part of its first value is not that of a leak."""


@dataclass(frozen=True, slots=True)
class RateOfRise:
    """Slopes in Pa/s: `rate` of the last two thirds, `first` and `last` of those thirds.

    `limit` is the least rate that could be seen, of which `thermal` because the temperature drifts; `bend_limit` is the
    least difference between first and last.
    """

    rate: float
    limit: float
    first: float
    last: float
    bend_limit: float
    thermal: float = 0.0

    def without(self, drift: float) -> "RateOfRise":
        """The same without what a change of temperature does, a `thermal_drift` in Pa/s."""
        rate, first, last = (slope - drift for slope in (self.rate, self.first, self.last))
        doubt = THERMAL_DOUBT * abs(drift)
        return replace(self, rate=rate, first=first, last=last, limit=self.limit + doubt, thermal=self.thermal + doubt)

    @property
    def falls_off(self) -> bool:
        """Whether walls or trapped volumes give off gas: a real leak rises steadily."""
        return self.last < FALLEN * self.first and self.first - self.last > self.bend_limit


def rate_of_rise(times: Floats, values: Floats) -> RateOfRise | None:
    """Fits straight lines to the pressure of a shut chamber (s in rising order, Pa, one length); NaN does not count.

    The first third only sets the first slope: outgassing falls off in it. Standard errors are those of least squares,
    from the scatter about the line; a slope is never seen below one step of the gauge's display over the time fitted.
    None with too few samples.
    """
    usable = np.isfinite(values)
    times, values = times[usable], values[usable]
    if len(times) < 3 * FEWEST:
        return None
    span = float(times[-1] - times[0])
    borders = times[0] + span / 3, times[0] + 2 * span / 3
    early, settled, late = times <= borders[0], times >= borders[0], times >= borders[1]
    between = settled & (times <= borders[1])
    if min(part.sum() for part in (early, between, late)) < FEWEST:
        return None
    rate, error = _slope(times[settled], values[settled])
    first, first_error = _slope(times[early], values[early])
    last, last_error = _slope(times[late], values[late])
    limit = max(SIGMAS * error, _step(values) / (span * 2 / 3))
    bend_limit = max(SIGMAS * float(np.hypot(first_error, last_error)), _step(values) / (span / 3))
    return RateOfRise(rate, limit, first, last, bend_limit)


def thermal_drift(times: Floats, values: Floats, warm_times: Floats, warm: Floats) -> float:
    """How fast, in Pa/s, the pressure of a shut chamber changes because its gas becomes warmer or colder.

    p V = n R T, hence p dT/dt / T: the mean of `values` (Pa at `times` in s) times the slope of ln T over the last two
    thirds, from the temperatures `warm` (K) of the gas at `warm_times` (s). NaN does not count; 0 where too little is
    known.
    """
    known, during = np.isfinite(values), np.isfinite(warm)
    if known.sum() < FEWEST:
        return 0.0
    times, values = times[known], values[known]
    during &= (warm_times >= times[0] + (times[-1] - times[0]) / 3) & (warm_times <= times[-1])
    if during.sum() < FEWEST:
        return 0.0
    return float(values.mean()) * _slope(warm_times[during], np.log(warm[during]))[0]


def _slope(times: Floats, values: Floats) -> tuple[float, float]:
    """Slope and its standard error by least squares."""
    t = times - times.mean()
    spread = float(t @ t)
    slope = float(t @ values) / spread
    scatter = values - values.mean() - slope * t
    return slope, float(np.sqrt(scatter @ scatter / (len(t) - 2) / spread))


def _step(values: Floats) -> float:
    """The smallest step between two different readings, in Pa; 0 when they never differ."""
    steps = np.diff(np.unique(values))
    return float(steps.min()) if len(steps) else 0.0
