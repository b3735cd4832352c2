"""Treatments: what a reactor has for plasma and light, each a power supply on a line."""

from math import sqrt

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Treatment:
    """A lamp or an electrode and its supply: the tag `on` switches it, the others are its limits and its meters.

    `full` is what was measured once: that voltage (V) makes that power (W); between, power goes with its square.
    """

    name: str
    on: str
    voltage: str
    current: str
    voltage_setpoint: str
    current_setpoint: str
    full: tuple[float, float]
    max_power: float
    substrates: tuple[str, ...]
    """Those that somebody has found to bear it."""

    def voltage_for(self, power: float) -> float:
        """The voltage in V that makes a power in W."""
        return self.full[0] * sqrt(power / self.full[1])
