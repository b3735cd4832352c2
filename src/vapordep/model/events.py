"""Events: what happened in a run, one line each, kept for ever."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from vapordep.lazy import dataclass


class Kind(StrEnum):
    """What an event tells of."""

    RUN = "run"
    """A change of the run's state."""
    STEP = "step"
    CYCLE = "cycle"
    COMMAND = "command"
    REFUSED = "refused"
    TRIP = "trip"
    ALARM = "alarm"
    ALARM_STATE = "alarm_state"
    """An alarm was acknowledged, cleared, reset, shelved, suppressed or taken out of service."""
    BYPASS = "bypass"
    """An interlock was set aside, or is in force again."""
    LIMIT = "limit"
    """A limit of an interlock was changed."""
    INSTRUMENT = "instrument"
    PROMPT = "prompt"
    CHECKPOINT = "checkpoint"
    """A place in the plan from which a run may be continued."""
    AMENDMENT = "amendment"
    """A person changed what was still to be done: skipped a step, changed a count, made purges longer."""
    RECORD = "record"
    """Something about the record itself, such as dropped samples."""


DURABLE = frozenset(Kind) - {Kind.STEP, Kind.CYCLE, Kind.COMMAND, Kind.INSTRUMENT, Kind.RECORD}
"""Kinds that are committed at once, not with the next tick."""

WALLS_BARE = "walls_bare"
"""In the data of an event: from then on the walls count as bare, whatever was dosed before."""

Value = str | float | int | bool | None
"""What an event's data may hold; numbers are SI."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at the instant `time` (s on the clock): a sentence and its numbers in SI."""

    time: float
    kind: Kind
    text: str
    data: Mapping[str, Value] = field(default_factory=dict)
