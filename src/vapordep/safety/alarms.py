"""Alarms raised by the safety core: from a trip, a warning, or an output that would not obey."""

from collections.abc import Mapping

from vapordep.model.alarms import Alarm, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Action
from vapordep.safety.interlocks import Trip

DONE: Mapping[Action, tuple[Priority, str]] = {
    Action.WARN: (Priority.LOW, "nothing was changed"),
    Action.HOLD: (Priority.HIGH, "the run is held"),
    Action.SAFE: (Priority.URGENT, "every output goes to its safe value"),
}
"""How urgent each action is, and what it does, in words."""


def alarm_of(trip: Trip) -> Alarm:
    """The alarm of a trip or warning."""
    priority, done = DONE[trip.rule.action]
    measured = "; ".join(unmet.text for unmet in trip.unmet)
    return Alarm(trip.id, trip.time, priority, f"{trip.id}: {trip.rule.protects}", measured, done, trip.rule.remedy)


def alarm_of_output(tag: str, time: float, error: str) -> Alarm:
    """The alarm of an output that could not be brought to its safe value at the instant `time` (s)."""
    return Alarm(
        tag,
        time,
        Priority.URGENT,
        f"{tag} is not known to be at its safe value",
        error,
        "it was tried twice",
        "Cut its power or shut its hand valve.",
    )


def event_of(alarm: Alarm, kind: Kind) -> Event:
    """The event that records an alarm."""
    return Event(alarm.time, kind, alarm.text, {"id": alarm.id, "priority": alarm.priority.name})
