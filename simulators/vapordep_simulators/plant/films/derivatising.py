"""Vapour that converts the polymer on stage and walls: what the gas loses to it, and what the film becomes."""

from collections.abc import Sequence

from vapordep.chemistry import Derivatisation, derivatisations, substance
from vapordep.errors import UnknownName
from vapordep.lazy import dataclass
from vapordep.simulation.icvd_description import IcvdDescription
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.films.polymer_film import PolymerFilm
from vapordep_simulators.plant.films.polymer_growth import Monomer


@dataclass(frozen=True, slots=True)
class _Pair:
    """A vapour by its row among the species, and a polymer by its place among the monomers."""

    row: int
    place: int
    known: Derivatisation


class Derivatising:
    """The conversions that may happen in a plant: X' = k p (1 - X), on the walls as on the stage.

    The polymer on the walls counts as made of the same as that on the stage, and as converted as far.
    """

    def __init__(self, description: IcvdDescription, species: Sequence[str], monomers: Sequence[Monomer]) -> None:
        self.monomers = monomers
        self._areas = (description.stage_area, *(surface.area for surface in description.surfaces.values()))
        self._pairs = _pairs(species, [species[monomer.row] for monomer in monomers])

    def rates(self, film: PolymerFilm, walls: Sequence[float], pascal: float) -> tuple[tuple[int, float], ...]:
        """How fast each vapour goes into polymer, by its row, 1/s; one mole of gas is `pascal` Pa."""
        if not self._pairs or film.thickness <= 0.0:
            return ()
        heights = (film.thickness, *walls)
        area = sum(size * height for size, height in zip(self._areas, heights, strict=True)) / film.thickness
        return tuple(
            (pair.row, pair.known.rate.value * pascal * self._left(film, pair) * area / pair.known.groups)
            for pair in self._pairs
        )

    def converted(self, film: PolymerFilm, before: PolymerFilm, moles: Floats, pascal: float) -> PolymerFilm:
        """The film after a step that began as `before`, in which each vapour had `moles` mol s by species."""
        for pair in self._pairs:
            left = self._left(before, pair)
            amount = min(left * pair.known.rate.value * pascal * float(moles[pair.row]), left)
            if amount > 0.0:
                density = self.monomers[pair.place].polymer.density.value
                film = film.derivatised(pair.place, amount, pair.known.taken, density)
        return film

    def shares(self, film: PolymerFilm) -> dict[str, float]:
        """The share of each polymer's groups that is converted, 0 to 1; nothing of what is not there or never is."""
        places = {pair.place for pair in self._pairs if film.amounts[pair.place] > 0.0}
        return {
            self.monomers[place].polymer.name: film.converted[place] / film.amounts[place] for place in sorted(places)
        }

    def _left(self, film: PolymerFilm, pair: _Pair) -> float:
        """What is not converted yet, mol/m2."""
        return film.amounts[pair.place] - film.converted[pair.place]


def _pairs(species: Sequence[str], monomers: Sequence[str]) -> tuple[_Pair, ...]:
    found = []
    for row, name in enumerate(species):
        for known in _known(name):
            monomer = substance(known.monomer).name
            if monomer in monomers:
                found.append(_Pair(row, monomers.index(monomer), known))
    return tuple(found)


def _known(name: str) -> tuple[Derivatisation, ...]:
    """Nothing of what is no substance, such as fragments."""
    try:
        return derivatisations(name)
    except UnknownName:
        return ()
