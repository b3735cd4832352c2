"""The film: what a surface holds, what has grown of which material, and what bare substrate had to suffer."""

import numpy as np

from vapordep.lazy import dataclass
from vapordep_simulators.plant.chemistry_of import SurfaceChemistry
from vapordep_simulators.plant.expansion import Floats

ADSORBED_SHARE = 0.9
"""Part of a cycle's mass that is on the surface after the metal's half of it (a microbalance sees it) [D]."""


@dataclass(frozen=True, slots=True)
class FilmState:
    """The surface at an instant. M metals, F films, m species, as `SurfaceChemistry` counts them.

    `covered` (M,) part of the sites that each metal holds, and `sites` the same of each class of them, one after the
    other, where there are several; `steady`, `soaked`, `excess` (F,) thickness in m from cycles
    as they always are, from absorbed precursor (CVD), and from the substrate's first cycles; `absorbed` (F,) precursor
    in the film, kg/m2; `cycles` that have reacted; `reached` the exponent of the part that no metal ever reached,
    bare = exp(-reached). `exposure` (m,) in Pa s, `attack` (m,) the same weighted with the part still bare.
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
        most: list[float] = adsorbed(chemistry, growth).tolist()
        held = sum(part * much for part, much in zip(self.covered, most, strict=True))
        return self.mass(chemistry) + sum(self.absorbed) + held


def adsorbed(chemistry: SurfaceChemistry, growth: tuple[float, ...]) -> Floats:
    """What each metal holds in kg/m2 (M,) where it covers all, by the first film that it gives."""
    found = np.zeros(len(chemistry.metals))
    for place, growing in reversed(list(enumerate(chemistry.films))):
        found[growing.metal] = ADSORBED_SHARE * growth[place] * growing.film.density.value
    return found
