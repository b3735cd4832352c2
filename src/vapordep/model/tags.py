"""Tags: the named quantities of a reactor, and how far each value may be trusted."""

from enum import IntEnum

from vapordep.lazy import dataclass
from vapordep.units import Dimension, Unit


class Quality(IntEnum):
    """How far a value may be trusted; the greater, the worse."""

    GOOD = 0
    UNCERTAIN = 1
    """Read, but doubtful: an implausible jump, a gauge at the edge of its range."""
    BAD = 2
    """No value: the number beside it is NaN."""


class TagKind(IntEnum):
    """Where a tag's values come from."""

    READBACK = 0
    """Measured by an instrument."""
    SETPOINT = 1
    """An output's wanted value, as the instrument reports it."""
    DERIVED = 2
    """Worked out by a monitor from other tags."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A named quantity such as `chamber.pressure`; its values are SI, `unit` is only how a person reads it."""

    name: str
    unit: Unit
    kind: TagKind = TagKind.READBACK
    low: float | None = None
    """Lowest possible value, SI."""
    high: float | None = None
    """Highest possible value, SI."""
    stale_after: float = 2.0
    """Age in seconds after which the value no longer counts."""
    exchange: str = ""
    """The poll that gives it; tags of one exchange share their instants."""

    @property
    def dimension(self) -> Dimension:
        """What its values measure."""
        return self.unit.dimension


def state_word(name: str, value: float) -> str:
    """What a state is called: a valve is open or closed, all else on or off."""
    words = ("closed", "open") if name.endswith("valve") else ("off", "on")
    return words[value > 0.5]
