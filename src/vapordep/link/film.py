"""What is known of the film of a run under way: how thick it has become, how thick it is to be, and from what."""

from enum import StrEnum

from vapordep.lazy import dataclass


class KnownBy(StrEnum):
    """How one knows how thick a film is that nobody can see."""

    CYCLES = "cycles"
    """The growth that the plan foretells, times the whole cycles that were done."""
    CRYSTAL = "crystal"
    """What the crystal has taken since the filament was lit, for the stage."""


@dataclass(frozen=True, slots=True)
class FilmShown:
    """The film of this run alone, in m; what lay there before is not counted. Not known is NaN."""

    so_far: float
    target: float
    """What the plan as it is now is foretold to give."""
    by: KnownBy
