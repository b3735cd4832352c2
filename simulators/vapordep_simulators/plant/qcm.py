"""A quartz crystal microbalance: mass as a change of frequency after Sauerbrey, and what temperature feigns."""

from typing import TypeVar

from vapordep.simulation.description import ROOM, Microbalance
from vapordep_simulators.plant.expansion import Floats

T = TypeVar("T", float, Floats)


def frequency(balance: Microbalance, mass: T, temperature: T) -> T:
    """Frequency in Hz under `mass` (kg/m2) at `temperature` (K)."""
    drift = balance.temperature_coefficient * (temperature - ROOM)
    return balance.frequency - mass / balance.sensitivity + drift
