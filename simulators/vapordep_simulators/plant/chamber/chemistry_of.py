"""What the surface needs of chemistry: who adsorbs, who reacts with it, which film they give, who attacks."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import expm1, prod

import numpy as np

from vapordep.chemistry import KINETICS, Constant, Film, Law, Mark, Role, UnknownName, film_of, nucleation
from vapordep.chemistry import substance as substance_of
from vapordep.chemistry import substrate as substrate_of
from vapordep.lazy import dataclass
from vapordep.simulation.description import SurfaceKinetics
from vapordep_simulators.plant.chamber.expansion import Floats


@dataclass(frozen=True, slots=True)
class Reactant:
    """A species that takes part at the surface: its row among the species, k in 1/(Pa s) and tp in s against K."""

    species: int
    adsorption: Law
    residual_time: Law


@dataclass(frozen=True, slots=True)
class Growing:
    """A film that a metal precursor and a co-reactant give, both by their rows among their like."""

    metal: int
    coreactant: int
    film: Film


@dataclass(frozen=True, slots=True)
class Sites:
    """A class of sites: its share of all, and what multiplies k of each reactant there (R,)."""

    share: float
    factors: Floats


@dataclass(frozen=True, slots=True)
class SurfaceChemistry:
    """Metals and co-reactants, the films between them, who attacks the bare substrate, and how films begin on it.

    The excess of cycle n (from 0) over a late one is `excess` exp(-n/`fading`). Saturation is soft where there are
    several `classes` of sites; none are named where all are alike.
    """

    metals: tuple[Reactant, ...]
    coreactants: tuple[Reactant, ...]
    films: tuple[Growing, ...]
    attackers: tuple[int, ...]
    excess: float
    fading: float
    classes: tuple[Sites, ...] = ()

    @property
    def reactants(self) -> tuple[Reactant, ...]:
        """Metals first."""
        return self.metals + self.coreactants

    def excess_between(self, first: Floats, last: Floats) -> Floats:
        """Excess growth (P,), in cycles, while the count of cycles goes from `first` to `last` (P,).

        Whole cycles add up to the sum of `excess` exp(-n/`fading`).
        """
        if not self.excess:
            return np.zeros_like(first)
        fallen: Floats = np.exp(-first / self.fading) - np.exp(-last / self.fading)
        return self.excess * fallen / -expm1(-1.0 / self.fading)


def surface_chemistry(
    species: Sequence[str], substrate: str, settings: Mapping[str, SurfaceKinetics]
) -> SurfaceChemistry:
    """The chemistry of `species` (proper names) on a substrate; `settings` by substance go before the tables.

    Raises UnknownName for a substrate or a setting's substance that chemistry does not know.
    """
    chosen = {substance_of(name).name: setting for name, setting in settings.items()}
    reactants = {
        name: reactant
        for row, name in enumerate(species)
        if (reactant := _reactant(row, name, chosen.get(name, SurfaceKinetics()))) is not None
    }
    by_role = {
        role: [name for name in reactants if substance_of(name).role is role]
        for role in (Role.PRECURSOR, Role.COREACTANT)
    }
    metals, coreactants = by_role[Role.PRECURSOR], by_role[Role.COREACTANT]
    lying = substrate_of(substrate).name
    start = nucleation(lying)
    return SurfaceChemistry(
        tuple(reactants[name] for name in metals),
        tuple(reactants[name] for name in coreactants),
        tuple(_films(metals, coreactants)),
        tuple(row for row, name in enumerate(species) if lying in substance_of(name).attacks),
        start.alpha.value,
        start.n0.value,
        _classes([chosen.get(name, SurfaceKinetics()).slow for name in (*metals, *coreactants)]),
    )


def _classes(slow: Sequence[tuple[float, float] | None]) -> tuple[Sites, ...]:
    """Every way in which a site may be slow for some reactants and not for others, each independent of the rest."""
    if not any(slow):
        return ()
    ways = [((1.0, 1.0),) if one is None else ((1.0 - one[0], 1.0), one) for one in slow]
    found = []
    for way in product(*ways):
        shares, factors = zip(*way, strict=True)
        if (share := prod(shares)) > 0.0:
            found.append(Sites(share, np.array(factors)))
    return tuple(found)


def _films(metals: Sequence[str], coreactants: Sequence[str]) -> list[Growing]:
    found = []
    for m, metal in enumerate(metals):
        for k, coreactant in enumerate(coreactants):
            try:
                found.append(Growing(m, k, film_of(metal, coreactant)))
            except UnknownName:  # the pair reacts, and nobody knows to what: it changes the surface, not the film
                continue
    return found


def _reactant(row: int, name: str, setting: SurfaceKinetics) -> Reactant | None:
    known = next((entry for entry in KINETICS if entry.substance == name), None)
    adsorption = _setting(setting.adsorption) or (known.adsorption if known else None)
    if adsorption is None:
        return None
    residual_time = _setting(setting.residual_time) or (known.residual_time if known else _constant(1.0))
    return Reactant(row, adsorption, residual_time)


def _setting(value: float | None) -> Law | None:
    return None if value is None else _constant(value)


def _constant(value: float) -> Law:
    return Constant(value, low=None, high=None, mark=Mark.U, source="setting of the simulated plant")
