"""The decay of a pulse on the chamber's gauge: how fast it falls, and whether it has fallen as far as can be seen."""

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass
from vapordep.model.batches import every

Floats = NDArray[np.float64]

BEFORE = 2.0
"""The baseline is taken from the samples this long before the opening, in s."""
SIGMAS = 3.0
"""A rise below this many standard deviations of the baseline cannot be seen (interlock P7)."""
SHARE = 0.02
"""Nor can one below this part of the peak, beside what else moves the pressure (interlock P7)."""
DRIFT = 0.002
"""Nor below this part of the baseline: so well does a flow controller repeat itself."""
LEAST_PEAK = 0.02
"""A peak below this part of the baseline is no pulse for sure: a drift of the carrier flow looks like that."""
LATE_SPAN = 1.0
"""Whether it has fallen is judged by the mean over this long, in s: one noisy sample decides nothing."""
TOP = 0.9
"""The fit begins where the rise has fallen to this part of its peak: before, the gauge may still lag behind."""
FEWEST = 4
"""Samples without which nothing is said, before, after, or of the fit."""


@dataclass(frozen=True, slots=True)
class Decay:
    """What the gauge shows of a pulse up to some instant.

    `visible`: whether it rose enough to be a pulse. `rest` in Pa is what is left of the rise lately, `floor` in Pa
    what could not be seen; `below` in s is the instant from which it was below that. `time_constant` in s is that of
    the fall between both; None where it cannot be fitted.
    """

    visible: bool
    peak: float
    rest: float
    floor: float
    below: float | None
    time_constant: float | None

    @property
    def fallen(self) -> bool:
        """Whether nothing can be seen of it any more."""
        return self.rest < self.floor and (self.below is not None or not self.visible)


def decay(times: Floats, values: Floats, opened: float, shut: float, until: float) -> Decay | None:
    """The decay of a pulse open from `opened` to `shut`, as seen up to `until` (s on the clock).

    `times` in s, rising, and `values` in Pa have one length; NaN values do not count. A straight line through the
    logarithm of the rise, each sample weighed by its square, for noise counts more the less is left. None when there
    are too few samples, or none lately.
    """
    usable = np.isfinite(values)
    if not every(usable):
        times, values = times[usable], values[usable]
    end = int(times.searchsorted(until, side="right"))
    begin, edge = times.searchsorted((opened - BEFORE, opened)).tolist()
    lately = int(times.searchsorted(until - LATE_SPAN, side="right"))
    before, times = values[begin : min(edge, end)], times[edge:end]
    if len(before) < FEWEST or len(times) < FEWEST or lately >= end:
        return None
    baseline = float(before.mean())
    rise = values[edge:end] - baseline
    peak, rest = float(rise.max()), float((values[lately:end] - baseline).mean())
    floor = max(SHARE * peak, SIGMAS * float(before.std()), DRIFT * abs(baseline))
    if peak < max(LEAST_PEAK * abs(baseline), floor):
        return Decay(False, peak, rest, max(floor, LEAST_PEAK * abs(baseline)), None, None)
    return _fall(times, rise, shut, Decay(True, peak, rest, floor, None, None))


def _fall(times: Floats, rise: Floats, shut: float, seen: Decay) -> Decay:
    """With the fall after the peak, from where the valve was shut."""
    top = int(rise.argmax())
    falling = (np.arange(len(rise)) >= top) & (times >= shut)
    under = np.flatnonzero(falling & (rise < seen.floor))
    end = int(under[0]) if len(under) else len(rise)
    begin = np.flatnonzero(falling & (rise <= TOP * seen.peak))
    fitted = slice(int(begin[0]) if len(begin) else end, end)
    below = float(times[end]) if len(under) else None
    return Decay(True, seen.peak, seen.rest, seen.floor, below, _time_constant(times[fitted], rise[fitted]))


def _time_constant(times: Floats, rise: Floats) -> float | None:
    if len(times) < FEWEST:
        return None
    weights = rise**2
    t = times - float(np.average(times, weights=weights))
    logarithm = np.log(rise)
    slope = float((weights * t) @ logarithm) / float((weights * t) @ t)
    return -1.0 / slope if slope < 0.0 else None
