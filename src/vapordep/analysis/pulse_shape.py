"""The shape of a pulse on the chamber's gauge: baseline, peak above it, and area above it."""

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass
from vapordep.model.batches import every

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

    `times` in s, rising, and `values` in Pa have one length; NaN values do not count. None when no valid sample lies
    before, or fewer than two after the opening.
    """
    usable = np.isfinite(values)
    if not every(usable):
        times, values = times[usable], values[usable]
    begin, edge = times.searchsorted((opened - BASELINE_SPAN, opened)).tolist()
    end = int(times.searchsorted(until, side="right"))
    if begin == edge or end - edge < 2:
        return None
    baseline = float(values[begin:edge].mean())
    rise, after = values[edge:end] - baseline, times[edge:end] - opened
    peak = float(rise.max())
    onset = float(after[int(np.argmax(rise >= ONSET * peak))])
    area = float((np.diff(times[edge:end]) * (rise[1:] + rise[:-1]) / 2.0).sum())
    return PulseShape(baseline, peak, area, onset, _median(np.diff(after)))


def _median(values: Floats) -> float:
    """As numpy's, which takes longer to begin than this."""
    ordered, middle = np.sort(values), len(values) // 2
    return float(ordered[middle] if len(values) % 2 else 0.5 * (ordered[middle - 1] + ordered[middle]))
