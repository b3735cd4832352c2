"""The frozen state of the hybrid plant: that of its cycles and that of its polymers, one of which is of now."""

from vapordep.lazy import dataclass
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.films.polymer_film import PolymerFilm
from vapordep_simulators.plant.pulsed.state import AldState
from vapordep_simulators.plant.steady.state import IcvdState


@dataclass(frozen=True, slots=True)
class HybridFilm:
    """What lies on the substrate: the film of cycles and the polymer, none where it is None."""

    cycles: FilmState | None = None
    polymer: PolymerFilm | None = None


@dataclass(frozen=True, slots=True)
class HybridState:
    """The plant at the instant `t` (s).

    While it is `pulsing` gas, bottles and surface are those of `cycles`, `icvd` has the rest; else `icvd` is of now,
    and `cycles` has its film. For `overlap` s two sources that must not meet were open together.
    """

    t: float
    pulsing: bool
    cycles: AldState
    icvd: IcvdState
    overlap: float

    @property
    def film(self) -> HybridFilm:
        """The film, worked out now."""
        return HybridFilm(self.cycles.film, self.icvd.now.film)
