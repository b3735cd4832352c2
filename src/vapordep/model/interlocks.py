"""Interlocks as data: what must be true, when, for which outputs, and what is done when it is not."""

from enum import StrEnum

from vapordep.lazy import dataclass
from vapordep.model.alarms import Priority


class Action(StrEnum):
    """What a trip does."""

    WARN = "warn"
    """An alarm; the run goes on."""
    HOLD = "hold"
    """Sources shut, purge on, the run HELD."""
    SAFE = "safe"
    """Every output to its safe value, the run ABORTED."""


@dataclass(frozen=True, slots=True)
class InterlockRule:
    """One interlock as it is written: conditions are text such as `foil.temperature < substrate.trip`.

    With `guards` it is a permissive: those outputs may leave their safe value only while all of `require` is true.
    Without, or with a `trip_after`, it is a trip: latched once `require` has not been true for that long.
    """

    id: str
    require: tuple[str, ...]
    protects: str
    """The reason it is there."""
    remedy: str = ""
    when: str = ""
    """The condition that limits it; empty means always."""
    guards: tuple[str, ...] = ()
    trip_after_samples: int | None = None
    trip_after_time: float | None = None
    """In s."""
    action: Action = Action.SAFE
    hard: bool = False
    """Built in: no reactor file may leave it out, nobody may bypass it."""
    cause: str = ""
    """What its alarm most likely comes from."""
    consequence: str = ""
    """What happens when nobody answers its alarm."""
    priority: Priority | None = None
    """Of a warning; None, and that of a trip, follows from its action."""
    deadband: str = ""
    """A difference, such as `2 K`, by which every limit must be kept again before the cause counts as gone."""
    clear_after: float = 0.0
    """So long, in s, must all be true again before the cause counts as gone."""
    where: str = ""

    @property
    def trips(self) -> bool:
        """Whether it acts by itself, and does not only refuse commands."""
        return self.trip_after_samples is not None or self.trip_after_time is not None or not self.guards

    @property
    def silenced_by_design(self) -> bool:
        """Whether it is a warning with a `when`: while that is false, its alarm is SUPPRESSED."""
        return self.action is Action.WARN and bool(self.when) and self.trips


@dataclass(frozen=True, slots=True)
class Bypass:
    """One interlock that is set aside from the instant `began` until `until` (s on the clock)."""

    id: str
    person: str
    reason: str
    began: float
    until: float

    def left(self, now: float) -> float:
        """How much longer it lasts at the instant `now`, in s."""
        return max(self.until - now, 0.0)
