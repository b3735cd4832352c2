"""How fast a polymer grows on a surface, and of what: adsorption, radicals and composition put together."""

from collections.abc import Sequence
from math import exp, sqrt

from vapordep.chemistry import Polymer, bet_uptake, cracking, polymer, substance
from vapordep.chemistry.polymerisation import CROSS_TERMINATION, KNEE, PROPAGATION_ENERGY, Reference
from vapordep.errors import SimulationError, UnknownName
from vapordep.lazy import dataclass
from vapordep.simulation.icvd_description import IcvdDescription
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.films.copolymer import composition
from vapordep_simulators.plant.films.radicals import growing

FULLEST = 0.98
"""No isotherm reaches saturation; what is beyond this grows as at this, and condenses besides."""
GAS = 323.15
"""Gas temperature in K to which the references belong."""


@dataclass(frozen=True, slots=True)
class Monomer:
    """A monomer in the plant: `row` among the species, kg/mol, and the growth per monolayer at its reference."""

    row: int
    molar_mass: float
    polymer: Polymer
    flux: float
    """Primary radicals at its reference, mol/(m2 s)."""
    per_uptake: float
    """Growth in m/s at the reference, over monolayers and the chains that radicals leave."""


class Growth:
    """The polymers of a plant: growth of each monomer on a surface in mol/(m2 s)."""

    def __init__(self, description: IcvdDescription, species: Sequence[str]) -> None:
        self.knee = bet_uptake(KNEE.value)
        self.monomers = tuple(self._monomer(description, species, row) for row in _grow(species))
        names = [species[monomer.row] for monomer in self.monomers]
        given = {(substance(a).name, substance(b).name): r for (a, b), r in description.reactivity.items()}
        if any(not ratio > 0.0 for ratio in given.values()):
            raise SimulationError("a reactivity ratio is not above 0", remedy="Give r_ij, 1 for an ideal pair.")
        self.ratios = [[1.0 if a == b else given.get((a, b), 1.0) for b in names] for a in names]

    def _monomer(self, description: IcvdDescription, species: Sequence[str], row: int) -> Monomer:
        known = polymer(species[row])
        full = bet_uptake(known.reference.saturation)
        flux = radical_flux(description, known.reference)
        chains = growing(full / self.knee, CROSS_TERMINATION.value)
        return Monomer(row, substance(species[row]).molar_mass, known, flux, known.rate.value / (full * chains))

    def uptakes(self, saturations: Sequence[float]) -> list[float]:
        """Monolayers of each monomer, from P/Psat of each: one isotherm for all, shared by their saturations."""
        total = sum(saturations)
        if total <= 0.0:
            return [0.0] * len(saturations)
        layers = bet_uptake(min(total, FULLEST)) / total
        return [layers * part for part in saturations]

    def rates(self, uptakes: Sequence[float], flux: float, kelvin: float) -> list[float]:
        """What grows of each monomer, mol/(m2 s), under `flux` of primary radicals, mol/(m2 s), at `kelvin`."""
        total = sum(uptakes)
        if flux <= 0.0 or total <= 0.0:
            return [0.0] * len(uptakes)
        molar = 0.0
        for monomer, uptake in zip(self.monomers, uptakes, strict=True):
            fed = flux / monomer.flux
            strength = sqrt(fed)
            chains = growing(total / (self.knee * strength), CROSS_TERMINATION.value)
            warmth = 1.0 / kelvin - 1.0 / monomer.polymer.reference.film
            faster = exp(-PROPAGATION_ENERGY.value / GAS_CONSTANT * warmth)
            speed = monomer.per_uptake * uptake * fed**monomer.polymer.order.value * chains * faster
            molar += speed * monomer.polymer.density.value / monomer.molar_mass
        parts = composition([uptake / total for uptake in uptakes], self.ratios)
        return [molar * part for part in parts]


def radical_flux(description: IcvdDescription, reference: Reference) -> float:
    """Primary radicals in mol/(m2 s) that reach every surface alike at a `reference`."""
    known = cracking("TBPO")
    broken = description.filament.cracking * known.share(reference.filament, known.crossover(reference.flow))
    return 2.0 * broken * reference.pressure * description.volume / (GAS_CONSTANT * GAS) / all_area(description)


def all_area(description: IcvdDescription) -> float:
    """Stage and other surfaces in m2."""
    return description.stage_area + sum(surface.area for surface in description.surfaces.values())


def _grow(species: Sequence[str]) -> list[int]:
    """The species that polymerise."""
    rows = []
    for row, name in enumerate(species):
        try:
            polymer(name)
        except UnknownName:
            continue
        rows.append(row)
    return rows
