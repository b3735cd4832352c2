"""The mass a cycle of a film, which balances weigh and papers tell: growth times density."""

from vapordep.chemistry import film

ZERO_CELSIUS = 273.15


def mass_per_cycle(name: str, celsius: float) -> float:
    """In kg/m2 (1e-8 kg/m2 is 1 ng/cm2), saturated and purged."""
    grown = film(name)
    return grown.growth_per_cycle.at(celsius + ZERO_CELSIUS).value * grown.density.value
