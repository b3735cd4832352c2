"""Alarms raised by the safety core: from a trip, a warning, or an output that would not obey."""

from collections.abc import Callable, Mapping, Sequence

from vapordep.model.alarms import Alarm, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Action
from vapordep.safety.interlocks import Trip
from vapordep.safety.silence import Silent

DONE: Mapping[Action, tuple[Priority, str]] = {
    Action.WARN: (Priority.LOW, "nothing was changed"),
    Action.HOLD: (Priority.HIGH, "the run is held"),
    Action.SAFE: (Priority.URGENT, "every output goes to its safe value"),
}
"""How urgent each action is, and what it does, in words."""


def alarm_of(trip: Trip, silent: Silent | None = None) -> Alarm:
    """The alarm of a trip or warning; `silent`, when it acted only because it could not be judged."""
    priority, done = DONE[trip.rule.action]
    if silent is not None:
        return Alarm(trip.id, trip.time, priority, f"{trip.id} cannot be judged", _told(silent), done, _check(silent))
    measured = "; ".join(unmet.text for unmet in trip.unmet)
    return Alarm(trip.id, trip.time, priority, f"{trip.id}: {trip.rule.protects}", measured, done, trip.rule.remedy)


def _told(silent: Silent) -> str:
    who = "" if not silent.wholly else f", for nothing comes from {_listed(silent.instruments)}"
    return f"no valid value of {_listed(silent.tags)}{who}"


def _check(silent: Silent) -> str:
    return f"Check cable and power of {_listed(silent.instruments)}{'' if silent.wholly else ', and the sensor'}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join((*names[:-2], " and ".join(names[-2:])))


def alarm_of_output(tag: str, time: float, error: str) -> Alarm:
    """The alarm of an output that could not be brought to its safe value at the instant `time` (s)."""
    return Alarm(
        tag,
        time,
        Priority.URGENT,
        f"{tag} is not known to be at its safe value",
        error,
        "it was tried again and again",
        "Cut its power or shut its hand valve.",
    )


def event_of(alarm: Alarm, kind: Kind) -> Event:
    """The event that records an alarm."""
    return Event(alarm.time, kind, alarm.text, {"id": alarm.id, "priority": alarm.priority.name})


class OutputAlarms:
    """Which outputs are not known to be at their safe values: each is told once, until it has been there again."""

    def __init__(self, log: Callable[[Event], None]) -> None:
        self._log = log
        self._standing: set[str] = set()

    def failed(self, tag: str, time: float, error: str) -> None:
        """At the instant `time` (s) the output could not be brought there; the alarm, unless it stands already."""
        if tag not in self._standing:
            self._standing.add(tag)
            self._log(event_of(alarm_of_output(tag, time, error), Kind.ALARM))

    def reached(self, tag: str, time: float) -> None:
        """At the instant `time` (s) it was there; an alarm that stands is over."""
        if tag in self._standing:
            self._standing.remove(tag)
            self._log(Event(time, Kind.COMMAND, f"{tag} is at its safe value after all", {"tag": tag}))
