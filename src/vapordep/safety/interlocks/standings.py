"""Where every interlock stands: what is latched or set aside, and one look at one interlock."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import NamedTuple

from vapordep.errors import SafetyError, Tripped
from vapordep.model.alarms import Turn
from vapordep.model.batches import Sample
from vapordep.model.interlocks import Action
from vapordep.safety.conditions import Latest, Truth
from vapordep.safety.interlocks.compiled import Compiled, Interlock, Trip, Unmet, measured
from vapordep.safety.interlocks.standing import CALM, Occasion, advance, trips_at
from vapordep.safety.interlocks.watched import Watched

NEVER = float("inf")
_CHANGING = ("latest", "of", "acted", "silent", "idle", "aside", "turned", "due")
"""What samples change."""


class Turned(NamedTuple):
    """What else than acting happened to an interlock at the instant `time` (s): its cause went or came back, say."""

    time: float
    id: str
    turn: Turn


class Standings:
    """The newest samples, and what looks at them have found; `Interlocks` calls for a look in the order of time.

    A place is that of an interlock among those `watched`.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.watched = Watched(compiled)
        self.latest: dict[str, Sample] = {}
        self.of = [CALM] * len(self.watched.interlocks)
        """The standing of each, by its place."""
        self.acted: dict[str, Trip] = {}
        """What has tripped or warns, by its id, the first to act in front."""
        self.silent: set[str] = set()
        """The tags that have become stale."""
        self.idle: set[int] = set()
        """Warnings that do not apply just now."""
        self.aside: dict[str, float] = {}
        """Until when (s) an interlock is bypassed."""
        self.turned: list[Turned] = []
        """What happened since somebody took it from here; what acted is told to `on_trip`."""
        self.due = NEVER
        """No deadline comes before, in s; it may be too early, never too late."""
        self.on_trip: list[Callable[[Trip], None]] = []
        """Called at once, in order, for trips and warnings alike; must not block."""
        self.react: Callable[[], None] = _nothing
        """Called first of all when something trips with the action `safe`."""

    def trial(self) -> "Standings":
        """A copy that calls nobody: to see what a stretch of samples would do before it is committed."""
        trial = copy(self)
        vars(trial).update({name: copy(vars(self)[name]) for name in _CHANGING}, on_trip=[], react=_nothing)
        return trial

    def adopt(self, trial: "Standings") -> None:
        """Stands as a trial in which nothing acted; as if it had taken the same samples itself."""
        vars(self).update({name: vars(trial)[name] for name in _CHANGING})

    @property
    def trips(self) -> tuple[Trip, ...]:
        """The latched trips, the first to act in front."""
        if not self.acted:
            return ()
        return tuple(trip for trip in self.acted.values() if trip.rule.action is not Action.WARN)

    @property
    def warnings(self) -> tuple[Trip, ...]:
        """The warnings whose cause is still there."""
        return tuple(trip for trip in self.acted.values() if trip.rule.action is Action.WARN)

    def acknowledged(self, id: str) -> bool:
        """Whether a person has seen this trip."""
        return self.of[self.watched.place(id)].acknowledged

    def restore(self, id: str, time: float, *, acknowledged: bool) -> None:
        """Latches a trip again that was latched before this program began; raises SafetyError for an unknown id."""
        place = self.watched.place(id)
        unmet = Unmet("", Truth.UNKNOWN, "it was latched before the restart")
        self.of[place] = CALM._replace(since=time, tripped=True, acknowledged=acknowledged)
        self.acted[id] = Trip(self.watched.interlocks[place].rule, time, (unmet,))

    def violations(self, now: float) -> tuple[Trip, ...]:
        """Every trip whose conditions are not fulfilled at the instant `now` (s), whatever its persistence."""
        acting = (i for i in self.watched.interlocks if not self.is_aside(i, now))
        found = (Trip(i.rule, now, i.unmet(self.latest, now)) for i in acting)
        return tuple(trip for trip in found if trip.unmet and trip.rule.action is not Action.WARN)

    def unheard(self, now: float, since: float = -NEVER) -> frozenset[str]:
        """The tags without a sample from `since` (s) on for which a trip is not fulfilled at the instant `now` (s)."""
        unmet = {trip.id for trip in self.violations(now)}
        needed = (
            tag.name for interlock in self.watched.interlocks if interlock.rule.id in unmet for tag in interlock.tags
        )
        return frozenset(name for name in needed if name not in self.latest or self.latest[name].time < since)

    def acknowledge(self, id: str) -> None:
        """A person has seen the trip; raises SafetyError when none of that id stands."""
        place = self._latched(id)
        self.of[place] = self.of[place]._replace(acknowledged=True)

    def reset(self, id: str, now: float) -> None:
        """Releases a latched trip; raises Tripped unless it is acknowledged and its cause is gone at `now` (s)."""
        self.require_gone((id,), now)
        place = self._latched(id)
        if not self.of[place].acknowledged:
            raise Tripped(f"{id} has not been acknowledged", where=id, remedy="read the alarm and acknowledge it first")
        self.of[place] = CALM
        del self.acted[id]

    def require_gone(self, ids: Sequence[str], now: float) -> None:
        """Raises Tripped, naming each of these latched trips whose cause is still there at the instant `now` (s)."""
        latched = [self.watched.interlocks[self._latched(id)] for id in ids]
        judged = [(i, i.unmet(self.latest, now)) for i in latched if not self.is_aside(i, now)]
        there = [(interlock, unmet) for interlock, unmet in judged if unmet]
        if there:
            told = (f"{i.rule.id} cannot be reset, its cause is still there: {measured(unmet)}" for i, unmet in there)
            names = tuple(i.rule.id for i, _ in there)
            remedies = dict.fromkeys(i.remedy(unmet) for i, unmet in there)
            raise Tripped("; ".join(told), where=", ".join(names), interlocks=names, remedy="; ".join(remedies))

    # --- one look ------------------------------------------------------------------------------------------------

    def is_aside(self, interlock: Interlock, at: float) -> bool:
        """Whether it is bypassed at the instant `at` (s)."""
        return at < self.aside.get(interlock.rule.id, -NEVER)

    def look(self, place: int, time: float, occasion: Occasion) -> None:
        """Judges one interlock at the instant `time` (s), and acts when it trips."""
        interlock, before = self.watched.interlocks[place], self.of[place]
        if interlock.rule.silenced_by_design:
            self._note_idle(place, time)
        released = before.tripped and before.since is not None
        satisfied = self.is_aside(interlock, time) or interlock.satisfied(self.latest, time, released=released)
        after = advance(interlock.rule, before, time, satisfied, occasion)
        if after is before:
            return
        self.of[place] = after
        self.due = min(self.due, trips_at(interlock.rule, after))
        if after.tripped and not before.tripped:
            self._act(interlock, time)
        elif before.tripped and not after.tripped:
            del self.acted[interlock.rule.id]
        if before.tripped and (before.since is None) != (after.since is None):
            turn = Turn.CLEAR if after.since is None else Turn.RAISE
            self.turned.append(Turned(time, interlock.rule.id, turn))

    def would_trip(self, place: int, new: Latest, time: float) -> bool:
        """What a look would find once these samples are taken; of the others only those that it reads are touched."""
        interlock, before = self.watched.interlocks[place], self.of[place]
        if before.tripped or self.is_aside(interlock, time):
            return False
        known = {tag.name: self.latest[tag.name] for tag in interlock.tags if tag.name in self.latest}
        if interlock.satisfied({**known, **new}, time, released=False):
            return False
        return advance(interlock.rule, before, time, False, Occasion.SAMPLE).tripped

    def _note_idle(self, place: int, time: float) -> None:
        """Notes when a warning ceases to apply, and when it applies again."""
        when = self.watched.interlocks[place].when
        idle = when is not None and when.judge(self.latest, time) is Truth.FALSE
        if idle != (place in self.idle):
            self.idle ^= {place}
            turn = Turn.SUPPRESS if idle else Turn.UNSUPPRESS
            self.turned.append(Turned(time, self.watched.interlocks[place].rule.id, turn))

    def _act(self, interlock: Interlock, time: float) -> None:
        if interlock.rule.action is Action.SAFE:
            self.react()
        trip = Trip(interlock.rule, time, interlock.unmet(self.latest, time))
        self.acted[trip.id] = trip
        for listener in self.on_trip:
            listener(trip)

    def _latched(self, id: str) -> int:
        """The place of a latched trip; raises SafetyError when none of that id stands."""
        place = self.watched.place(id)
        if not self.of[place].tripped:
            raise SafetyError(f"{id} has not tripped", where=id, remedy="nothing is to be done")
        return place


def _nothing() -> None:
    """Nobody is called."""
