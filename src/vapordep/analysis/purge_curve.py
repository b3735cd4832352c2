"""Purge curve: growth per cycle against the purge, which too short a purge lets grow more (CVD) as exp(-t/tau).

What a dose leaves decays exponentially, and so does what it adds to the growth: g = g_inf (1 + c exp(-t/tau)), as
measured for alucone (Dalton Trans. 2021, 50, 5807) and as residual gas does (`aldopt`, Paulson et al. 2021).
"""

from math import log

import numpy as np
from numpy.typing import NDArray

from vapordep.analysis.saturation import WORST
from vapordep.analysis.scan import fitted
from vapordep.lazy import dataclass

Floats = NDArray[np.float64]

FEWEST = 5
"""Fewer purges leave nothing to judge a fit of three constants by."""
EXCESS = 0.01
"""A purge suffices that leaves less than this part of the growth in excess."""
SPAN = 0.05, 20.0
"""Time constants are looked for from this part of the shortest purge to so many times the longest one."""


@dataclass(frozen=True, slots=True)
class PurgeCurve:
    """`limit` in m a cycle after an endless purge, `excess` as a part of it without any, `time_constant` in s."""

    limit: float
    excess: float
    time_constant: float
    error: float
    """Standard error of the time constant, in s."""
    determined: bool
    scatter: float

    def purge(self, excess: float = EXCESS) -> float:
        """The purge in s that leaves a part of the growth in excess; 0 where none ever does more."""
        return max(self.time_constant * log(abs(self.excess) / excess), 0.0) if self.excess else 0.0


def purge_curve(purges: Floats, growth: Floats) -> PurgeCurve | None:
    """Fits growth per cycle (N,) in m to purges (N,) in s; NaN does not count. None of fewer than `FEWEST`."""
    usable = np.isfinite(growth) & np.isfinite(purges) & (purges > 0.0)
    times, grown = purges[usable], growth[usable]
    if len(grown) < FEWEST:
        return None

    def basis(constants: Floats) -> Floats:
        return np.column_stack([np.ones(len(times)), np.exp(-times / constants[0])])

    found = fitted(grown, basis, np.array([SPAN[0] * times.min()]), np.array([SPAN[1] * times.max()]))
    limit, height = found.heights.tolist()
    if limit <= 0.0:
        return None
    tau, error = float(found.bends[0]), float(found.errors[0])
    inside = SPAN[0] * times.min() * 1.01 < tau < SPAN[1] * times.max() / 1.01
    return PurgeCurve(limit, height / limit, tau, tau * error, inside and error < WORST, found.scatter)
