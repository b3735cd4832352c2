"""The gas of the iCVD chamber over one step: supplied, pumped, condensed, broken and grown away, exact in between."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import expm1, pi, sqrt

import numpy as np

from vapordep.chemistry import substance
from vapordep.errors import InputError
from vapordep.lazy import dataclass
from vapordep.simulation.icvd_description import IcvdDescription, VapourFeed
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.composition import mixture
from vapordep_simulators.plant.chamber.expansion import Floats

FRAGMENTS = "fragments"
"""What is left of an initiator: two volatile molecules of each."""
STICKING = 1e-3
"""Part of the impinging vapour above saturation that condenses; the gas before it holds up the rest [D]."""

Curve = Callable[[float], float]


def species_of(description: IcvdDescription) -> tuple[str, ...]:
    """Every gas there can be, the fragments last."""
    gases = [description.fill_gas, description.ultimate_gas]
    gases += [feed.gas for feed in description.feeds.values()]
    gases += [source.substance for source in description.sources.values()]
    gases += [inflow.gas for inflow in description.inflows]
    return (*dict.fromkeys(name for gas in gases for name in mixture(gas)), FRAGMENTS)


def fractions_of(species: Sequence[str], gas: str) -> Floats:
    """Mole fractions of a gas by species."""
    parts = mixture(gas)
    return np.array([parts.get(name, 0.0) for name in species])


def curve(description: IcvdDescription, name: str, pressure_set: str = "") -> Curve:
    """True saturated vapour pressure in Pa of a substance against K, with the factor that the description gives."""
    known = substance(name)
    fit = known.fit(pressure_set or None)
    factor = {substance(given).name: by for given, by in description.pressure_factors.items()}.get(known.name, 1.0)

    @lru_cache(maxsize=4096)
    def saturated(kelvin: float) -> float:
        return factor * fit.value(kelvin)

    return saturated


def source_curve(description: IcvdDescription, source: VapourFeed) -> Curve:
    """The pressure in Pa in a bottle against its temperature in K; behind a regulator always the same."""
    if source.pressure is None:
        return curve(description, source.substance, source.pressure_set)
    regulated = source.pressure
    return lambda kelvin: regulated


@dataclass(frozen=True, slots=True)
class Condensable:
    """A vapour that can condense: its row, its curve, sticking over sqrt(2 pi M R) as (m/s)/K^0.5, and kg/mol."""

    row: int
    saturated: Curve
    speed: float
    molar_mass: float

    def rate(self, area: float, kelvin: float, volume: float) -> float:
        """How fast its excess over saturation goes to a surface of `area` m2, 1/s."""
        return float(area * self.speed * sqrt(kelvin) / volume)


def condensables(description: IcvdDescription, species: Sequence[str]) -> tuple[Condensable, ...]:
    """The vapours from sources; permanent gases have no curve."""
    found = {}
    for source in description.sources.values():
        known = substance(source.substance)
        try:
            saturated = curve(description, known.name, source.pressure_set)
        except InputError:
            continue
        speed = STICKING * sqrt(GAS_CONSTANT / (2.0 * pi * known.molar_mass))
        found[known.name] = Condensable(species.index(known.name), saturated, speed, known.molar_mass)
    return tuple(found.values())


def relaxed(moles: Floats, supply: Floats, rates: Floats, step: float) -> tuple[Floats, Floats]:
    """Solves n' = supply - rates n over `step` s: the moles at its end, and their integral in mol s."""
    after, area = [], []
    # number by number: there are so few of them that arrays would take longer
    for amount, given, rate in zip(moles.tolist(), supply.tolist(), rates.tolist(), strict=True):
        decay = rate * step
        if decay < 1e-4:
            first, second = step * (1.0 - decay / 2.0 + decay * decay / 6.0), step * step * (0.5 - decay / 6.0)
        else:
            first = -expm1(-decay) / rate
            second = (step - first) / rate
        after.append(amount * (1.0 - rate * first) + given * first)
        area.append(amount * first + given * second)
    return np.array(after), np.array(area)
