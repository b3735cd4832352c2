"""The shape of a pulse on the chamber's gauge: baseline, peak above it, and area above it."""

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass

Floats = NDArray[np.float64]

BASELINE_SPAN = 1.0
"""The baseline is the mean of the samples this long before the opening, in s."""

ONSET = 0.3
"""A rise shows where it first reaches this part of its peak."""


@dataclass(frozen=True, slots=True)
class PulseShape:
    """Baseline and peak in Pa, the peak above the baseline; area above the baseline in Pa s.

    `onset` is how long after the opening the rise first showed, `spacing` the usual time between two samples, in s.
    """

    baseline: float
    peak: float
    area: float
    onset: float = float("nan")
    spacing: float = float("nan")


def pulse_shape(times: Floats, values: Floats, opened: float, until: float) -> PulseShape | None:
    """What a pulse opened at the instant `opened` left on the gauge up to `until` (s on the clock).

    `times` in s and `values` in Pa have one length; NaN values do not count. None when no valid sample lies before,
    or fewer than two after the opening.
    """
    usable = np.isfinite(values)
    before = usable & (times >= opened - BASELINE_SPAN) & (times < opened)
    during = usable & (times >= opened) & (times <= until)
    if not before.any() or during.sum() < 2:
        return None
    baseline = float(values[before].mean())
    rise = values[during] - baseline
    peak, after = float(rise.max()), times[during] - opened
    onset = float(after[int(np.argmax(rise >= ONSET * peak))])
    area = float(np.trapezoid(rise, times[during]))
    return PulseShape(baseline, peak, area, onset, float(np.median(np.diff(after))))
