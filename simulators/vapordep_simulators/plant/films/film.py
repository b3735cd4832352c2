"""The film: what a surface holds, what has grown of which material, and what bare substrate had to suffer."""

import numpy as np

from vapordep.lazy import dataclass
from vapordep_simulators.plant.chamber.chemistry_of import SurfaceChemistry
from vapordep_simulators.plant.chamber.expansion import Floats


@dataclass(frozen=True, slots=True)
class FilmState:
    """The surface at an instant. M metals, F films, m species, as `SurfaceChemistry` counts them.

    `covered` (M,) part of the sites that each metal holds, and `sites` the same of each class of them, one after the
    other, where there are several; `steady`, `soaked`, `excess` (F,) thickness in m from cycles
    as they always are, from absorbed precursor (CVD), and from the substrate's first cycles; `absorbed` (F,) precursor
    in the film, kg/m2; `cycles` that have reacted; `reached` the exponent of the part that no metal ever reached,
    bare = exp(-reached). `exposure` (m,) in Pa s, `attack` (m,) the same weighted with the part still bare. `ended`
    (K,) part of the sites that each co-reactant took last: what the metal on them weighs depends on it.
    """

    covered: tuple[float, ...]
    steady: tuple[float, ...]
    soaked: tuple[float, ...]
    excess: tuple[float, ...]
    absorbed: tuple[float, ...]
    cycles: float
    reached: float
    exposure: Floats
    attack: Floats
    sites: tuple[float, ...] = ()
    ended: tuple[float, ...] = ()

    @classmethod
    def bare(cls, chemistry: SurfaceChemistry, species: int) -> "FilmState":
        """The untouched substrate."""
        none = (0.0,) * len(chemistry.films)
        return cls(
            (0.0,) * len(chemistry.metals),
            none,
            none,
            none,
            none,
            0.0,
            0.0,
            np.zeros(species),
            np.zeros(species),
            (0.0,) * (len(chemistry.metals) * len(chemistry.classes)),
            tuple(float(k == 0) for k in range(len(chemistry.coreactants))),
        )

    @property
    def thicknesses(self) -> tuple[float, ...]:
        """Thickness of each film in m."""
        return tuple(a + b + c for a, b, c in zip(self.steady, self.soaked, self.excess, strict=True))

    @property
    def thickness(self) -> float:
        """Thickness of all films in m."""
        return sum(self.steady) + sum(self.soaked) + sum(self.excess)

    def mass(self, chemistry: SurfaceChemistry) -> float:
        """Mass of all films in kg/m2, without what is only adsorbed or absorbed."""
        return sum(
            depth * growing.film.density.value for depth, growing in zip(self.thicknesses, chemistry.films, strict=True)
        )

    def sensed(self, chemistry: SurfaceChemistry, growth: tuple[float, ...]) -> float:
        """What a balance feels in kg/m2: films, absorbed and adsorbed precursor; `growth` (F,) in m a cycle."""
        held = float(np.array(self.covered) @ adsorbed(chemistry, growth) @ np.array(self.ended))
        return self.mass(chemistry) + sum(self.absorbed) + held


def adsorbed(chemistry: SurfaceChemistry, growth: tuple[float, ...]) -> Floats:
    """What each metal weighs in kg/m2 (M, K) where it covers all that a co-reactant ended.

    Of a pair that grows no film that is known, as much as of the first that the metal grows.
    """
    found = np.zeros((len(chemistry.metals), len(chemistry.coreactants)))
    weighed = [
        growing.film.metal_share.value * thick * growing.film.density.value
        for growing, thick in zip(chemistry.films, growth, strict=True)
    ]
    for growing, mass in reversed(list(zip(chemistry.films, weighed, strict=True))):
        found[growing.metal, :] = mass
    for growing, mass in zip(chemistry.films, weighed, strict=True):
        found[growing.metal, growing.coreactant] = mass
    return found
