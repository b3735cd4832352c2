"""A quartz crystal microbalance: mass as a change of its period, and what temperature feigns.

Sauerbrey 1959 holds for little mass; up to a tenth of the frequency the period is what goes with mass (Behrndt 1971):
1/f = 1/f0 + m/(c f0^2), with the sensitivity c at f0. What a film's acoustic impedance changes beyond that
(Lu and Lewis 1972) is below a thousandth for films of less than a micrometre.
"""

from typing import TypeVar

from vapordep.simulation.description import ROOM, Microbalance
from vapordep_simulators.plant.chamber.expansion import Floats

T = TypeVar("T", float, Floats)


def frequency(balance: Microbalance, mass: T, temperature: T) -> T:
    """Frequency in Hz under `mass` (kg/m2) at `temperature` (K)."""
    drift = balance.temperature_coefficient * (temperature - ROOM)
    return balance.frequency / (1.0 + mass / (balance.sensitivity * balance.frequency)) + drift
