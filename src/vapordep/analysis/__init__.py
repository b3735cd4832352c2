"""Analysis: numbers of pulses, cycles and films, as pure functions on arrays."""

from vapordep.analysis.decimation import min_max
from vapordep.analysis.pulse_shape import PulseShape, pulse_shape

__all__ = ["PulseShape", "min_max", "pulse_shape"]
