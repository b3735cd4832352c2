"""A quartz crystal microbalance: mass as a change of frequency after Sauerbrey, and what temperature feigns."""

from vapordep.simulation.description import ROOM, Microbalance


def frequency(balance: Microbalance, mass: float, temperature: float) -> float:
    """Frequency in Hz under `mass` (kg/m2) at `temperature` (K)."""
    drift = balance.temperature_coefficient * (temperature - ROOM)
    return balance.frequency - mass / balance.sensitivity + drift
