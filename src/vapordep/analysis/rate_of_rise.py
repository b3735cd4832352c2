"""Rate of rise: the slope of a shut chamber's pressure, what it cannot see, and whether it is a leak or walls that degas."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIGMAS = 3.0
"""A slope counts as seen above this many of its standard errors."""


@dataclass(frozen=True, slots=True)
class RateOfRise:
    """Slopes in Pa/s: `rate` of the last two thirds, `first` and `last` of those thirds, `limit` of detection.

    A real leak rises steadily; what walls and trapped volumes give off falls off, so that `last` lies below `first`.
    """

    rate: float
    limit: float
    first: float
    last: float


def rate_of_rise(times: Floats, values: Floats) -> RateOfRise | None:
    """Fits straight lines to the pressure of a shut chamber (s, Pa, one length); NaN values do not count.

    The first third only sets the first slope: outgassing falls off in it. The standard error is that of least squares,
    from the scatter about the line, and never below what the gauge's resolution allows. None with too few samples.
    """
    usable = np.isfinite(values)
    times, values = times[usable], values[usable]
    if len(times) < 30:
        return None
    began, span = times[0], times[-1] - times[0]
    early, late = times <= began + span / 3, times >= began + 2 * span / 3
    settled = times >= began + span / 3
    rate, error = _slope(times[settled], values[settled])
    resolution = _resolution(values) / (span * 2 / 3)
    return RateOfRise(
        rate, max(SIGMAS * error, resolution), _slope(times[early], values[early])[0], _slope(times[late], values[late])[0]
    )


def _slope(times: Floats, values: Floats) -> tuple[float, float]:
    """Slope and its standard error by least squares."""
    t = times - times.mean()
    spread = float(t @ t)
    slope = float(t @ values) / spread
    scatter = values - values.mean() - slope * t
    return slope, float(np.sqrt(scatter @ scatter / (len(t) - 2) / spread))


def _resolution(values: Floats) -> float:
    """The smallest step between two different readings, in Pa; 0 when they never differ."""
    steps = np.diff(np.unique(values))
    return float(steps.min()) if len(steps) else 0.0
