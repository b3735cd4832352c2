"""One dose as the gauge saw it: a peak above the noise that fell again after the valve had shut."""

import math
from dataclasses import dataclass, replace

import numpy as np

from vapordep.model.batches import Floats

TAIL = 0.1
"""A dose is over when this part of its peak is left."""
LONGEST_GAP = 1.0
"""A dose during which the gauge was silent for longer than this, in s, cannot be judged."""
LONGEST_DOSE = 120.0
"""A rise that has not fallen after so long, in s, was no pulse."""


@dataclass(frozen=True, slots=True)
class Dose:
    """A pulse under way: instants in s, pressures in Pa, exposure in Pa s."""

    valve: str
    uptake: float
    opened: float
    baseline: float
    least_peak: float
    time: float
    excess: float = 0.0
    peak: float = 0.0
    exposure: float = 0.0
    shut: float = math.inf

    def with_pressure(self, time: float, pressure: float) -> "Dose | None":
        """With one more sample; None when the gauge was silent too long or the rise never ends."""
        if time - self.time > LONGEST_GAP or time - self.opened > LONGEST_DOSE:
            return None
        excess = max(pressure - self.baseline, 0.0)
        exposure = self.exposure + 0.5 * (excess + self.excess) * (time - self.time)
        return replace(self, time=time, excess=excess, exposure=exposure, peak=max(excess, self.peak))

    def with_pressures(self, times: Floats, pressures: Floats) -> tuple["Dose | None", int]:
        """With samples (N,) until it is over or given up, as `with_pressure` one by one; and how many these are."""
        before = np.concatenate(((self.time,), times[:-1]))
        given_up = (times - before > LONGEST_GAP) | (times - self.opened > LONGEST_DOSE)
        excess = np.concatenate(((self.excess,), np.maximum(pressures - self.baseline, 0.0)))
        steps = 0.5 * (excess[1:] + excess[:-1]) * (times - before)
        exposure = np.cumsum(np.concatenate(((self.exposure,), steps)))[1:]
        peak = np.maximum.accumulate(np.concatenate(((self.peak,), excess[1:])))[1:]
        excess = excess[1:]
        over = (times > self.shut) & (peak >= self.least_peak) & (excess <= TAIL * peak)
        ends = np.flatnonzero(given_up | over)
        last = int(ends[0]) if len(ends) else len(times) - 1
        if given_up[last]:
            return None, last + 1
        now = (times[last], excess[last], peak[last], exposure[last])
        time, excess_now, peak_now, exposure_now = (value.item() for value in now)
        dose = replace(self, time=time, excess=excess_now, peak=peak_now, exposure=exposure_now)
        return dose, last + 1

    @property
    def over(self) -> bool:
        """Whether it was seen, and has fallen again after the valve had shut."""
        return self.time > self.shut and self.peak >= self.least_peak and self.excess <= TAIL * self.peak

    @property
    def saturation(self) -> float:
        """The share of sites that its exposure fills, 0 to 1."""
        return -math.expm1(-self.uptake * self.exposure)
