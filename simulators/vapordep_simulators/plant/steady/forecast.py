"""What grows in an iCVD chamber once its gas has come to rest under given flows, without following it through time."""

from collections.abc import Mapping

import numpy as np

from vapordep.chemistry import substance
from vapordep.lazy import dataclass
from vapordep.simulation.icvd_description import IcvdDescription
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.steady.gas import fractions_of, species_of
from vapordep_simulators.plant.steady.reaction import COLD, Reaction

ROUNDS = 100
"""Most turns of the search for the gas at rest."""
CLOSE = 1e-9
"""It is found when no turn changes more than this part of it."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Flows in mol/s by source and by feed, the pressure held in Pa; zones, stage and filament in K."""

    sources: Mapping[str, float]
    feeds: Mapping[str, float]
    pressure: float
    zones: Mapping[str, float]
    stage: float
    filament: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Growth on the stage in m/s and kg/(m2 s), and the mole fractions of the monomers in it."""

    thickness: float
    mass: float
    shares: Mapping[str, float]


class SteadyGrowth:
    """The laws of the plant's reaction, for a chamber at rest."""

    def __init__(self, description: IcvdDescription) -> None:
        self.description = description
        self.species = species_of(description)
        self.reaction = Reaction(description, self.species)

    def at(self, given: Conditions) -> Rate:
        """What grows; nothing without pressure, flow, or a hot filament."""
        supply = self._supply(given)
        total = given.pressure * self.description.volume / (GAS_CONSTANT * given.zones[self.description.gas_zone])
        grown = [0.0] * len(self.reaction.growth.monomers)
        if total > 0.0 and supply.sum() > 0.0 and given.filament > COLD:
            grown = self._at_rest(given, supply, total)
        return self._rate(grown)

    def _supply(self, given: Conditions) -> Floats:
        """mol/s by species."""
        supply = np.zeros(len(self.species))
        for name, flow in given.sources.items():
            supply[self.species.index(substance(self.description.sources[name].substance).name)] += flow
        for name, flow in given.feeds.items():
            supply += flow * fractions_of(self.species, self.description.feeds[name].gas)
        return supply

    def _at_rest(self, given: Conditions, supply: Floats, total: float) -> list[float]:
        """Growth of each monomer on the stage, mol/(m2 s), where what flows in is pumped, broken or grown away."""
        reaction = self.reaction
        pascal, warm, broken = given.pressure / total, self._warm(given), self._broken(given)
        moles, grown = total * supply / supply.sum(), [0.0]
        for _ in range(ROUNDS):
            lost = np.zeros(len(supply))
            for row, rate in broken:
                lost[row] += rate
            made = 2.0 * sum(rate * float(moles[row]) for row, rate in broken)
            pressures = (moles * pascal).tolist()
            for place, (kelvin, area) in enumerate(zip(warm, reaction.areas, strict=True)):
                uptakes = reaction.growth.uptakes(reaction.saturations(pressures, kelvin))
                rates = reaction.growth.rates(uptakes, made / reaction.area, kelvin)
                for monomer, rate in zip(reaction.growth.monomers, rates, strict=True):
                    lost[monomer.row] += area * rate / float(moles[monomer.row]) if rate > 0.0 else 0.0
                grown = grown if place else rates
            inflow = supply.copy()
            inflow[reaction.fragments] += made
            pumped = max(float(inflow.sum() - (lost * moles).sum()) / total, 1e-9)
            after = 0.5 * (moles + inflow / (pumped + lost))
            if np.abs(after - moles).max() < CLOSE * total:
                break
            moles = after
        return grown

    def _warm(self, given: Conditions) -> list[float]:
        """Temperatures in K of the film on the stage, then of the other surfaces."""
        description = self.description
        bright = self.reaction.wires.brightness(given.filament, given.stage)
        foil = given.stage + description.foil_offset + description.chilled_stage.film_rise * bright
        others = description.surfaces.values()
        return [foil, *(given.zones[s.zone] + s.offset if s.zone else s.temperature for s in others)]

    def _broken(self, given: Conditions) -> list[tuple[int, float]]:
        """How fast each initiator is broken, 1/s."""
        monomers = [self.species[monomer.row] for monomer in self.reaction.growth.monomers]
        sources = self.description.sources
        flow = sum(flow for name, flow in given.sources.items() if substance(sources[name].substance).name in monomers)
        most = self.description.filament.cracking
        return [
            (row, most * known.share(given.filament, known.crossover(flow))) for row, known in self.reaction.initiators
        ]

    def _rate(self, grown: list[float]) -> Rate:
        monomers, whole = self.reaction.growth.monomers, sum(grown)
        masses = [rate * monomer.molar_mass for rate, monomer in zip(grown, monomers, strict=True)]
        depth = sum(mass / monomer.polymer.density.value for mass, monomer in zip(masses, monomers, strict=True))
        shares = {self.species[m.row]: r / whole if whole > 0.0 else 0.0 for r, m in zip(grown, monomers, strict=True)}
        return Rate(depth, sum(masses), shares)
