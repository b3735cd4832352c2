"""The words of alarms: what is told of a trip, of a silent sensor, of an output that does not obey, of each change."""

from collections.abc import Mapping, Sequence

from vapordep.model.alarms import Alarm, Priority, Turn
from vapordep.model.interlocks import Action
from vapordep.safety.alarms.silence import Silent
from vapordep.safety.interlocks.compiled import Trip

DONE: Mapping[Action, tuple[Priority, str]] = {
    Action.WARN: (Priority.LOW, "nothing was changed"),
    Action.HOLD: (Priority.HIGH, "sources are shut, and a run is held"),
    Action.SAFE: (Priority.URGENT, "every output goes to its safe value"),
}
"""How urgent each action is, and what it does, in words."""
NO_REMEDY = "Find out why before anything else is done."
"""What to do about an interlock whose file does not say."""


def alarm_of(trip: Trip, silent: Silent | None = None) -> Alarm:
    """The alarm of a trip or warning; `silent`, when it acted only because it could not be judged."""
    rule = trip.rule
    priority, done = DONE[rule.action]
    urgency = priority if rule.priority is None else rule.priority
    if silent is not None:
        return Alarm(
            trip.id, trip.time, urgency, f"{trip.id} cannot be judged", _told(silent), done, _check(silent),
            cause="cable, power or sensor", consequence=f"not guarded: {rule.protects}",
        )  # fmt: skip
    measured = trip.measured
    return Alarm(
        trip.id, trip.time, urgency, trip.id, measured, done, rule.remedy or NO_REMEDY, rule.cause, rule.consequence,
        protects="" if rule.consequence else rule.protects,
    )  # fmt: skip


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
        cause="cable, power, or an output that is stuck",
        consequence="it may still heat, or let gas flow",
    )


WORDS: Mapping[Turn, str] = {
    Turn.RAISE: "is there again",
    Turn.CLEAR: "is over",
    Turn.SUPPRESS: "does not apply now",
    Turn.UNSUPPRESS: "applies again",
    Turn.ACKNOWLEDGE: "acknowledged",
    Turn.RESET: "reset",
    Turn.SHELVE: "shelved",
    Turn.UNSHELVE: "back from the shelf",
    Turn.REMOVE: "taken out of service",
    Turn.RETURN: "returned to service",
}
"""What is said of each turn of an alarm."""
