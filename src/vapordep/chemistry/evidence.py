"""How far a number can be trusted: its mark, uncertainty and source, and whether a law was stretched to give it."""

from enum import StrEnum

from vapordep.lazy import dataclass


class Mark(StrEnum):
    """Where a number comes from. Where two apply (computed from recalled values), the number carries the weaker one."""

    P = "P"
    """The review the project starts from (Bae et al., Adv. Mater., DOI 10.1002/adma.202501959)."""
    S = "S"
    """A published source that was read."""
    C = "C"
    """Computed from a published source or a closed form."""
    G = "G"
    """General knowledge; the citation is recalled, not read again."""
    D = "D"
    """A design choice of this project."""
    U = "U"
    """Uncertain: a setting, to be replaced by a measurement on the real reactor."""


class Confidence(StrEnum):
    """The verdict on a whole row of numbers, given when the facts were collected."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNRATED = "unrated"


@dataclass(frozen=True, slots=True)
class Number:
    """A value in SI with its doubts.

    `relative_uncertainty` is half the width of the band, as a part of the value; None when nobody stated one.
    `source` holds keys of `vapordep.chemistry.sources` in square brackets, or says in words how the number arose.
    """

    value: float
    mark: Mark
    source: str = ""
    relative_uncertainty: float | None = None
    extrapolated: bool = False
    confidence: Confidence = Confidence.UNRATED

    @property
    def low(self) -> float:
        """Lower end of the band; the value itself when no uncertainty was stated."""
        return self.value * (1.0 - (self.relative_uncertainty or 0.0))

    @property
    def high(self) -> float:
        """Upper end of the band; the value itself when no uncertainty was stated."""
        return self.value * (1.0 + (self.relative_uncertainty or 0.0))
