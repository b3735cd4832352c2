"""Analysis: numbers of pulses, leaks, cycles and films, as pure functions on arrays."""

from vapordep.analysis.decay import Decay, decay
from vapordep.analysis.decimation import min_max
from vapordep.analysis.overlay import around, median_pulse, spread, with_gaps
from vapordep.analysis.pulse_shape import BASELINE_SPAN, PulseShape, pulse_shape
from vapordep.analysis.rate_of_rise import RateOfRise, rate_of_rise, thermal_drift

__all__ = [
    "BASELINE_SPAN",
    "Decay",
    "PulseShape",
    "RateOfRise",
    "around",
    "decay",
    "median_pulse",
    "min_max",
    "pulse_shape",
    "rate_of_rise",
    "spread",
    "thermal_drift",
    "with_gaps",
]
