"""What a source gives and when it condenses: vapour pressures with their doubt, and the flow through a needle."""

from collections.abc import Callable
from math import inf

from vapordep.chemistry import Role, substance
from vapordep.model.sources import SourceLine
from vapordep.units import GAS_CONSTANT

Curve = Callable[[float], float]
"""A vapour pressure in Pa against K."""


def expected(source: SourceLine) -> Curve:
    """The vapour pressure as it was measured, else as chemistry has it; of a gas, what its regulator gives."""
    if source.pressure is not None:
        regulated = source.pressure
        return lambda kelvin: regulated
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


OZONE_PER_OXYGEN = 2.0 / 3.0
"""3 O2 become 2 O3."""


def vapour_ratio(source: SourceLine, kelvin: float) -> float:
    """The mol of vapour that a mol of gas through a source brings, its bottle at `kelvin` K; infinite where it boils.

    A bubbler saturates its carrier, P/(Pt - P). A generator turns a part of the oxygen's mass into ozone's.
    """
    if source.generator:
        return source.generator.fraction * OZONE_PER_OXYGEN
    if source.bubbler is None:
        return 0.0
    pressure, total = expected(source)(kelvin), source.bubbler.pressure
    return pressure / (total - pressure) if pressure < total else inf


def vapour_part(source: SourceLine, kelvin: float) -> float:
    """The part (of 1, by mol) that is vapour of what comes when a source's valve opens, its bottle at `kelvin` K.

    The gauge sees all of it: what carries or pushes the vapour, and what is left of the oxygen that ozone is made of.
    A bottle that is pushed is taken as full of gas up to its regulator's pressure.
    """
    if source.generator:
        made = source.generator.fraction
        return OZONE_PER_OXYGEN * made / (1.0 - made / 3.0)
    total = source.bubbler or source.boost
    return min(expected(source)(kelvin) / total.pressure, 1.0) if total else 1.0


def needle_conductance(source: SourceLine) -> float:
    """Conductance in m3/s of a needle that gave its proven flow at the source's temperature, wholly open.

    What a motor opens gives in proportion to how far [D]: proven where it was proven, and a guess elsewhere.
    Where the bottle's pressure does not exceed what it was proven against, as if into vacuum.
    """
    pressure = expected(source)(source.temperature)
    drop = pressure - source.against
    place = source.motor.at if source.motor else 1.0
    return (source.flow or 0.0) / place * GAS_CONSTANT * source.temperature / (drop if drop > 0.0 else pressure)


def needle_flow(source: SourceLine) -> Callable[[float, float, float], float]:
    """What a needle gives in mol/s, from the bottle's temperature in K, the chamber's pressure in Pa, and its place."""
    conductance, pressure = needle_conductance(source), expected(source)

    def gives(kelvin: float, against: float, place: float) -> float:
        return max(pressure(kelvin) - against, 0.0) * conductance * max(place, 0.0) / (GAS_CONSTANT * kelvin)

    return gives


def proven(source: SourceLine) -> float:
    """What an open needle gives in mol/s where it was proven."""
    return needle_flow(source)(source.temperature, source.against, source.motor.at if source.motor else 1.0)


def polymerises(source: SourceLine) -> bool:
    """Whether it holds a monomer or a crosslinker."""
    return substance(source.substance).role in (Role.MONOMER, Role.CROSSLINKER)
