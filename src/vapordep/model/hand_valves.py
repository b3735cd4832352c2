"""Hand valves: what a test pulse showed of the one between a bottle and the valve of its source."""

from enum import StrEnum

from vapordep.lazy import dataclass


class Shown(StrEnum):
    """What the gauge showed of a test pulse."""

    OPEN = "open"
    """A rise right after the opening that went away again: vapour came, so that the hand valve is open."""
    NO_RISE = "no rise"
    """Nothing came: the hand valve is shut, the bottle empty or cold, or the source's own valve does not move."""
    UNCLEAR = "unclear"
    """The pressure changed, but not as after a pulse; or nothing was read."""


@dataclass(frozen=True, slots=True)
class HandValve:
    """What the latest test pulse of a source showed: its width in s, the pressure before and the rise in Pa.

    Baseline and rise are NaN where nothing was read.
    """

    source: str
    shown: Shown
    at: str
    """Civil time, ISO 8601, UTC."""
    by: str
    width: float
    baseline: float
    rise: float
