"""Alarms: the states of ISA-18.2 as one table, and the words in which an alarm is told."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from vapordep.errors import TransitionRefused
from vapordep.lazy import dataclass


class Priority(IntEnum):
    """How soon a person must act."""

    LOW = 0
    HIGH = 1
    URGENT = 2


class AlarmState(StrEnum):
    """States of an alarm after ISA-18.2."""

    NORMAL = "NORMAL"
    UNACK_ACTIVE = "UNACK_ACTIVE"
    ACK_ACTIVE = "ACK_ACTIVE"
    UNACK_CLEARED = "UNACK_CLEARED"
    """Gone, and nobody has acknowledged it."""
    LATCHED = "LATCHED"
    """Gone and acknowledged, waiting for a reset."""
    SHELVED = "SHELVED"
    """Silenced by a person until an instant."""
    SUPPRESSED = "SUPPRESSED"
    """Silenced by design: its `when` is false."""
    OUT_OF_SERVICE = "OUT_OF_SERVICE"

    @property
    def in_words(self) -> str:
        """As a person is told of it."""
        return _WORDS[self]


_WORDS: Mapping[AlarmState, str] = {
    AlarmState.NORMAL: "normal", AlarmState.UNACK_ACTIVE: "stands, not acknowledged",
    AlarmState.ACK_ACTIVE: "stands, acknowledged", AlarmState.UNACK_CLEARED: "gone, not acknowledged",
    AlarmState.LATCHED: "gone, to be reset", AlarmState.SHELVED: "shelved",
    AlarmState.SUPPRESSED: "suppressed by design", AlarmState.OUT_OF_SERVICE: "out of service",
}  # fmt: skip


class Turn(StrEnum):
    """What may happen to an alarm: the first four by what is measured, the others by a person or by time."""

    RAISE = "raise"
    """Its cause is there."""
    CLEAR = "clear"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    REMOVE = "remove"
    """Out of service."""
    RETURN = "return"
    """To service."""


S, T = AlarmState, Turn

STANDING = frozenset({S.UNACK_ACTIVE, S.ACK_ACTIVE, S.UNACK_CLEARED, S.LATCHED})
"""States in which an alarm waits for something: its cause to go, a person's answer, or a reset."""
UNANSWERED = frozenset({S.UNACK_ACTIVE, S.UNACK_CLEARED})
SILENCED = frozenset({S.SHELVED, S.SUPPRESSED, S.OUT_OF_SERVICE})

_MAY_BE_SILENCED = (S.NORMAL, S.UNACK_ACTIVE, S.ACK_ACTIVE, S.UNACK_CLEARED)

TRANSITIONS: Mapping[tuple[AlarmState, Turn], AlarmState] = {
    **{(state, T.RAISE): S.UNACK_ACTIVE for state in (S.NORMAL, S.UNACK_CLEARED, S.LATCHED)},
    (S.UNACK_ACTIVE, T.CLEAR): S.UNACK_CLEARED,
    (S.ACK_ACTIVE, T.CLEAR): S.NORMAL,
    (S.UNACK_ACTIVE, T.ACKNOWLEDGE): S.ACK_ACTIVE,
    (S.UNACK_CLEARED, T.ACKNOWLEDGE): S.NORMAL,
    (S.LATCHED, T.RESET): S.NORMAL,
    **{(state, T.SUPPRESS): S.SUPPRESSED for state in _MAY_BE_SILENCED},
    **{(state, T.SHELVE): S.SHELVED for state in _MAY_BE_SILENCED},
    **{(state, T.REMOVE): S.OUT_OF_SERVICE for state in (*_MAY_BE_SILENCED, S.SHELVED, S.SUPPRESSED)},
    (S.SUPPRESSED, T.UNSUPPRESS): S.NORMAL,
    (S.SHELVED, T.UNSHELVE): S.NORMAL,
    (S.OUT_OF_SERVICE, T.RETURN): S.NORMAL,
}
"""(state, turn) -> the state that it leads to; what is not here is refused, or changes only what is underneath."""

LATCHING: Mapping[tuple[AlarmState, Turn], AlarmState] = {
    **{key: state for key, state in TRANSITIONS.items() if key[1] not in (T.SUPPRESS, T.SHELVE, T.REMOVE)},
    (S.ACK_ACTIVE, T.CLEAR): S.LATCHED,
    (S.UNACK_CLEARED, T.ACKNOWLEDGE): S.LATCHED,
}
"""The same for the alarm of a trip: it waits for a reset, and nobody silences it."""

DONE_BY: Mapping[Turn, str] = {
    T.ACKNOWLEDGE: "acknowledged",
    T.RESET: "reset",
    T.SHELVE: "shelved",
    T.UNSHELVE: "unshelved",
    T.REMOVE: "taken out of service",
    T.RETURN: "returned to service",
}
"""What becomes of an alarm by each turn that a person gives it."""
_MEASURED = frozenset({T.RAISE, T.CLEAR, T.SUPPRESS, T.UNSUPPRESS})


@dataclass(frozen=True, slots=True)
class AlarmStanding:
    """Where one alarm stands: its state, and the levels underneath, which go on while it is silenced."""

    state: AlarmState = S.NORMAL
    present: bool = False
    """Whether its cause is there."""
    unwanted: bool = False
    """Whether design silences it just now."""

    def after(self, turn: Turn, *, latching: bool = False, silenceable: bool = True) -> "AlarmStanding":
        """The standing that `turn` leads to.

        When nothing silences it any more, what is still there is raised anew. Raises TransitionRefused for what a
        person may not do in this state, naming what is allowed instead: silencing only where it is `silenceable`.
        """
        table = LATCHING if latching else TRANSITIONS
        if (self.state, turn) not in table and turn not in _MEASURED:
            barred = _MEASURED if silenceable else _MEASURED | {T.SHELVE, T.REMOVE}
            allowed = ", ".join(other for other in Turn if (self.state, other) in table and other not in barred)
            what = f"it cannot be {DONE_BY[turn]} just now: {self.state.in_words}"
            remedy = f"now one can: {allowed}" if allowed else "nothing is to be done"
            raise TransitionRefused(what, remedy=remedy)
        before = self.state
        state = table.get((before, turn), before)
        present = turn is T.RAISE or (self.present and turn not in (T.CLEAR, T.RESET))
        unwanted = turn is T.SUPPRESS or (self.unwanted and turn is not T.UNSUPPRESS)
        if before in SILENCED and state is S.NORMAL and (unwanted or present):
            state = table[state, T.SUPPRESS if unwanted else T.RAISE]
        return AlarmStanding(state, present, unwanted)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is told when an alarm is raised at the instant `time` (s on the clock) by the thing of that id."""

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
    cause: str = ""
    """What it most likely comes from; empty where what was measured says it."""
    consequence: str = ""
    """What happens when nobody acts; empty where `what` or `protects` says it."""
    protects: str = ""
    """What is at stake, where nobody wrote the consequence."""

    @property
    def text(self) -> str:
        """The alarm as it is shown."""
        parts = (
            f"{self.what}{': ' if self.what == self.id else ' – '}{self.measured}",
            f"cause: {self.cause}" if self.cause else "",
            f"consequence: {self.consequence}" if self.consequence else "",
            f"protects: {self.protects}" if self.protects else "",
            self.done,
            f"action: {self.remedy}",
        )
        return " – ".join(part.rstrip(".") for part in parts if part)


@dataclass(frozen=True, slots=True)
class KeptAlarm:
    """What of an alarm outlives the program. Instants in s on the clock."""

    id: str
    state: AlarmState
    present: bool
    alarm: Alarm | None = None
    output: bool = False
    """Whether it is the alarm of an output, not of an interlock."""
    after: str = ""
    until: float | None = None
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One alarm as a person sees it. Instants in s on the clock; None where there is none."""

    id: str
    state: AlarmState
    priority: Priority
    text: str
    """What was told when it was raised last; of one that never was, what it guards against."""
    latching: bool
    present: bool
    raised: float | None = None
    after: str = ""
    """The alarm that came first in the same upset; empty for that one itself."""
    until: float | None = None
    """When it comes back from the shelf."""
    by: str = ""
    """Who acknowledged, shelved or removed it last."""
    reason: str = ""
    cause: str = ""
    consequence: str = ""
    remedy: str = ""

    def left(self, now: float) -> float | None:
        """How much longer it stays on the shelf, in s; None where it is not shelved."""
        return None if self.until is None else max(self.until - now, 0.0)

    @property
    def first_out(self) -> bool:
        """Whether it came first in its upset."""
        return self.state in STANDING and not self.after
