"""One alarm with all that is kept of it, and the events that tell of its changes."""

from dataclasses import dataclass
from math import inf

from vapordep.model.alarms import SILENCED, Alarm, AlarmStanding, AlarmState, AlarmView, KeptAlarm, Priority, Turn
from vapordep.model.events import Event, Kind, Value
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.safety.alarms.alarm_words import DONE, NO_REMEDY, WORDS

QUIET = AlarmStanding()


@dataclass(slots=True)
class Point:
    """One alarm with all that is kept of it; `until` in s on the clock."""

    id: str
    rule: InterlockRule | None = None
    standing: AlarmStanding = QUIET
    alarm: Alarm | None = None
    after: str = ""
    until: float = inf
    by: str = ""
    reason: str = ""

    @property
    def latching(self) -> bool:
        """Whether it waits for a reset."""
        return self.rule is not None and self.rule.action is not Action.WARN

    @property
    def silenceable(self) -> bool:
        """Whether a person may shelve it or take it out of service: it only warns of what a reactor file names."""
        return self.rule is not None and not self.latching

    @property
    def priority(self) -> Priority:
        """How soon a person must act."""
        if self.alarm is not None:
            return self.alarm.priority
        if self.rule is None:
            return Priority.URGENT
        return DONE[self.rule.action][0] if self.rule.priority is None else self.rule.priority

    def kept(self) -> KeptAlarm:
        """What must outlive the program."""
        until = self.until if self.until < inf else None
        standing, output = self.standing, self.rule is None
        return KeptAlarm(
            self.id, standing.state, standing.present, self.alarm, output, self.after, until, self.by, self.reason
        )

    def view(self) -> AlarmView:
        """The alarm as a person sees it."""
        rule, alarm = self.rule, self.alarm
        return AlarmView(
            self.id, self.standing.state, self.priority,
            alarm.text if alarm else f"{self.id}: {rule.protects if rule else ''}",
            self.latching, self.standing.present,
            raised=alarm.time if alarm else None,
            after=self.after,
            until=self.until if self.until < inf else None,
            by=self.by,
            reason=self.reason,
            cause=_first(alarm.cause if alarm else "", alarm.measured if alarm else "", rule.cause if rule else ""),
            consequence=_first(alarm.consequence if alarm else "", rule.consequence if rule else "",
                               rule.protects if rule else ""),
            remedy=_first(alarm.remedy if alarm else "", rule.remedy if rule else "", NO_REMEDY),
        )  # fmt: skip


def change_of(point: Point, before: AlarmState, turn: Turn, time: float, why: str, by: str) -> Event:
    """The event of a change that is not a raising by an interlock."""
    anew = point.standing.state is AlarmState.UNACK_ACTIVE and before in SILENCED
    words = f"{WORDS[turn]}, and its cause is there" if anew else WORDS[turn]
    text = f"{point.id} {words}{f' by {by}' if by else ''}{f': {why}' if why else ''}"
    data = {**_state(point, before), **({"by": by} if by else {}), **({"reason": why} if why else {})}
    return Event(time, Kind.ALARM if anew else Kind.ALARM_STATE, text, data)


def raising_of(alarm: Alarm, kind: Kind, point: Point, before: AlarmState) -> Event:
    """The event that records an alarm; one that came later in an upset says after which."""
    text = alarm.text + (f" (after {point.after})" if point.after else "")
    view = point.view()
    told: dict[str, Value] = {
        "priority": alarm.priority.name,
        "cause": view.cause,
        "consequence": view.consequence,
        "remedy": view.remedy,
    }
    return Event(alarm.time, kind, text, {**_state(point, before), **told})


def _state(point: Point, before: AlarmState) -> dict[str, Value]:
    return {"id": point.id, "state": str(point.standing.state), "was": str(before), "after": point.after or None}


def _first(*texts: str) -> str:
    return next((text for text in texts if text), "")
