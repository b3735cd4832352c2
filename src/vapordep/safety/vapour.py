"""What a source gives and when it condenses: vapour pressures with their doubt, and the flow through a needle."""

from collections.abc import Callable

from vapordep.chemistry import Role, substance
from vapordep.model.reactor import SourceLine
from vapordep.units import GAS_CONSTANT

Curve = Callable[[float], float]
"""A vapour pressure in Pa against K."""


def expected(source: SourceLine) -> Curve:
    """The vapour pressure as it was measured, else as chemistry has it."""
    fit = substance(source.substance).fit(source.pressure_set or None)
    factor = source.vapour_pressure.factor if source.vapour_pressure else 1.0
    return lambda kelvin: factor * fit.value(kelvin)


def lowest(source: SourceLine) -> Curve:
    """The lowest that the vapour pressure may be: what condenses at all condenses there first."""
    fit = substance(source.substance).fit(source.pressure_set or None)
    measured = source.vapour_pressure
    if measured is None:
        least = 1.0 - (fit.relative_uncertainty or 0.0)
    else:
        least = measured.factor * (1.0 - measured.uncertainty)
    return lambda kelvin: least * fit.value(kelvin)


def needle_conductance(source: SourceLine) -> float:
    """Conductance in m3/s of a needle that gave its proven flow at the source's temperature.

    Where the bottle's pressure does not exceed what it was proven against, as if into vacuum.
    """
    pressure = expected(source)(source.temperature)
    drop = pressure - source.against
    return (source.flow or 0.0) * GAS_CONSTANT * source.temperature / (drop if drop > 0.0 else pressure)


def needle_flow(source: SourceLine) -> Callable[[float, float], float]:
    """What the open needle gives in mol/s, from the bottle's temperature in K and the chamber's pressure in Pa."""
    conductance, pressure = needle_conductance(source), expected(source)
    return lambda kelvin, against: max(pressure(kelvin) - against, 0.0) * conductance / (GAS_CONSTANT * kelvin)


def proven(source: SourceLine) -> float:
    """What an open needle gives in mol/s where it was proven."""
    return needle_flow(source)(source.temperature, source.against)


def polymerises(source: SourceLine) -> bool:
    """Whether it holds a monomer or a crosslinker."""
    return substance(source.substance).role in (Role.MONOMER, Role.CROSSLINKER)
