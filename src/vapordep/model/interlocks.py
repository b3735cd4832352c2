"""Interlocks as data: what must be true, when, for which outputs, and what is done when it is not."""

from dataclasses import dataclass
from enum import StrEnum


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
    where: str = ""

    @property
    def trips(self) -> bool:
        """Whether it acts by itself, and does not only refuse commands."""
        return self.trip_after_samples is not None or self.trip_after_time is not None or not self.guards
