"""Commands: wishes to change an output, each with its source and its reason."""

from enum import StrEnum

from vapordep.lazy import dataclass


class Source(StrEnum):
    """Who asks for a change of an output."""

    RECIPE = "recipe"
    OPERATOR = "operator"
    INTERLOCK = "interlock"


@dataclass(frozen=True, slots=True)
class Command:
    """A wish to bring the output `tag` to `value` (SI; 0 and 1 for closed and open, off and on)."""

    tag: str
    value: float
    source: Source
    reason: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """A wish to open the valve `tag` at the instant `at` (s on the clock) and to close it `width` seconds later."""

    tag: str
    at: float
    width: float
    reason: str
