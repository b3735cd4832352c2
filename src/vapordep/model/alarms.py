"""Alarms: what a person must know and answer, in one sentence with what was done and what to do."""

from dataclasses import dataclass
from enum import IntEnum


class Priority(IntEnum):
    """How soon a person must act."""

    LOW = 0
    HIGH = 1
    URGENT = 2


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm, raised at the instant `time` (s on the clock) by the interlock or thing of that id."""

    id: str
    time: float
    priority: Priority
    what: str
    measured: str
    """What was measured, beside its limit."""
    done: str
    """What vapordep did."""
    remedy: str
    """What the person should do."""

    @property
    def text(self) -> str:
        """The alarm as it is shown."""
        parts = (self.what, self.measured, self.done, self.remedy)
        return " – ".join(part.rstrip(".") for part in parts if part)
