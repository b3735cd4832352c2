"""The trend of a reactor's leak over its checks: whether it rises, how fast, and when it would reach a gate."""

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass

Floats = NDArray[np.float64]

FEWEST = 4
"""Fewer checks tell no trend."""
SIGMAS = 3.0
"""A rise counts as seen above this many of its standard errors."""


@dataclass(frozen=True, slots=True)
class LeakTrend:
    """`rise` and its standard `error` in Pa m3/s a second, and the `latest` leak by the line, in Pa m3/s."""

    rise: float
    error: float
    latest: float

    @property
    def rises(self) -> bool:
        """Whether it surely does."""
        return self.rise > SIGMAS * self.error

    def reaches(self, gate: float) -> float | None:
        """In how many s from the last check it would reach a gate in Pa m3/s; 0 when it has, None when it does not."""
        if self.latest >= gate:
            return 0.0
        return (gate - self.latest) / self.rise if self.rises else None


def leak_trend(times: Floats, leaks: Floats, limits: Floats) -> LeakTrend | None:
    """A straight line by least squares through the leaks (N,) in Pa m3/s at `times` (N,) in s, rising.

    `limits` (N,) are what each check could not have seen: a third of the mean of them is the least doubt of a leak.
    None of fewer than `FEWEST` checks, or of checks all at one time.
    """
    known = np.isfinite(leaks) & np.isfinite(limits)
    times, leaks, limits = times[known], leaks[known], limits[known]
    if len(times) < FEWEST or np.ptp(times) <= 0.0:
        return None
    t = times - times.mean()
    spread = float(t @ t)
    rise = float(t @ leaks) / spread
    scatter = leaks - leaks.mean() - rise * t
    doubt = max(float(np.sqrt(scatter @ scatter / (len(t) - 2))), float(limits.mean()) / SIGMAS)
    return LeakTrend(rise, doubt / float(np.sqrt(spread)), float(leaks.mean() + rise * t[-1]))
