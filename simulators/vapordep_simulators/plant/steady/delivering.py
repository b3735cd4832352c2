"""Sources of the iCVD plant that gas carries, feeds or pushes, over a step of its grid.

A bubbler's carrier leaves saturated, n_vapour = n_carrier P/(Pt - P). A generator makes ozone of a mass fraction of its
oxygen, a strength that follows its switch with a lag. Gas that pushes goes into the bottle up to its regulator's
pressure; the valve then lets out both, in proportion to their pressures.
"""

from collections.abc import Sequence
from math import exp, expm1
from typing import NamedTuple

from vapordep.simulation.description import Carried, Made, Pushed
from vapordep.simulation.icvd_description import VapourFeed
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.delivering import MOST, OZONE_PER_OXYGEN
from vapordep_simulators.plant.chamber.thermal import GRID


class Pushing(NamedTuple):
    """A step of a bottle that gas pushes: vapour and gas that leave it, mol/s, and the gas in it afterwards, mol."""

    vapour: float
    gas: float
    left: float


def switch_of(name: str, source: VapourFeed) -> str:
    """The input beside its valve, empty for most: what lights a generator, what lets the pushing gas in."""
    if isinstance(source.delivery, Made):
        return f"{name}.power"
    return f"{name}.boost_valve" if isinstance(source.delivery, Pushed) else ""


def carried(vapour: float, bubbler: Carried) -> float:
    """The mol of vapour that a mol of carrier takes along, the bottle having `vapour` Pa by itself."""
    return min(vapour / (bubbler.pressure - vapour), MOST) if vapour < bubbler.pressure else MOST


def strengths(sources: Sequence[VapourFeed], before: Sequence[float], on: Sequence[bool]) -> list[float]:
    """What part of its fraction each generator makes a step later; of other sources what stood there."""
    return [
        float(lit) + (part - float(lit)) * exp(-GRID / source.delivery.lag)
        if isinstance(source.delivery, Made) else part
        for source, part, lit in zip(sources, before, on, strict=True)
    ]  # fmt: skip


def oxygen_left(made: Made, strength: float) -> float:
    """The part of the oxygen of a generator that stays oxygen."""
    return 1.0 - made.fraction * strength


def ozone_of(made: Made, strength: float) -> float:
    """The mol of ozone of a mol of oxygen."""
    return OZONE_PER_OXYGEN * made.fraction * strength


def pushed(
    source: VapourFeed, push: Pushed, gas: float, inside: tuple[float, float], total: float, *,
    pushing: bool, opened: bool,
) -> Pushing:  # fmt: skip
    """One step of such a bottle with `gas` mol of what pushes in it; `inside` it (Pa of vapour, K), against `total` Pa.

    Each is exact for itself: gas that goes in up to the regulator's pressure, then both that go out at the pressure
    that stands then; nothing flows back into it.
    """
    vapour, kelvin = inside
    to_mol = source.headspace / (GAS_CONSTANT * kelvin)
    if pushing:
        most = max(push.pressure - vapour, 0.0) * to_mol
        gas += (most - gas) * -expm1(-push.conductance / source.headspace * GRID) if gas < most else 0.0
    if not opened:
        return Pushing(0.0, 0.0, gas)
    pressure = vapour + gas / to_mol
    if pressure <= total:
        return Pushing(0.0, 0.0, gas)
    drive = source.conductance * (1.0 - total / pressure)
    left = gas * exp(-drive / source.headspace * GRID)
    return Pushing(drive * vapour / (GAS_CONSTANT * kelvin), (gas - left) / GRID, left)
