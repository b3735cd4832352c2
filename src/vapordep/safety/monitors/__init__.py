"""Monitors: pure functions that turn tags into derived tags such as `foil.maximum` and `TMA.clearance`."""

from vapordep.safety.monitors.derivation import Derivation
from vapordep.safety.monitors.monitor import Monitor

__all__ = ["Derivation", "Monitor"]
