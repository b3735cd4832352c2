"""The evaluation of interlocks on every batch and over silence, in the order of time."""

from collections.abc import Callable, Container, Iterator, Sequence
from copy import copy
from typing import NamedTuple

from vapordep.errors import SafetyError, Tripped
from vapordep.model.alarms import Turn
from vapordep.model.batches import Batch, Sample
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.safety.compiled import Compiled, Interlock, Trip, Unmet, measured
from vapordep.safety.conditions import Latest, Truth
from vapordep.safety.segments import Stretch, content_throughout, stretch_of
from vapordep.safety.standing import CALM, Occasion, advance, trips_at
from vapordep.safety.streams import Arrivals, in_order
from vapordep.safety.watched import Watched

NEVER = float("inf")
_NONE: frozenset[int] = frozenset()
_CHANGING = ("latest", "turned", "_now", "_due", "_standings", "_acted", "_silent", "_idle", "_aside")
"""What a stretch of samples changes."""


class Turned(NamedTuple):
    """What else than acting happened to an interlock at the instant `time` (s): its cause went or came back, say."""

    time: float
    id: str
    turn: Turn


class Interlocks:
    """Evaluates what trips, in the order of time: it holds the newest samples, and where each interlock stands.

    `evaluate` serves a poll, a tick and a long segment alike; how a stream of samples is cut into calls changes
    nothing, as long as each call brings all samples up to its `until`. Nothing trips before `go_live`.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.latest: dict[str, Sample] = {}
        self.on_trip: list[Callable[[Trip], None]] = []
        """Called at once, in order, for trips and warnings alike; must not block."""
        self.react: Callable[[], None] = _nothing
        """Called first of all when something trips with the action `safe`."""
        self.live = False
        self.evaluations = 0
        """Counts the evaluations: the sign of life of whoever relies on them."""
        self._now = -NEVER
        self._due = NEVER
        """No deadline comes before; it may be too early, never too late."""
        self._watched = Watched(compiled)
        self._standings = [CALM] * len(self._watched.interlocks)
        self._acted: dict[str, Trip] = {}
        self._silent: set[str] = set()
        self.turned: list[Turned] = []
        """What happened since somebody took it from here; what acted is told to `on_trip`."""
        self._idle: set[int] = set()
        """Warnings that do not apply just now."""
        self._aside: dict[str, float] = {}
        """Until when (s) an interlock is bypassed."""

    @property
    def trips(self) -> tuple[Trip, ...]:
        """The latched trips, the first to act in front."""
        if not self._acted:
            return ()
        return tuple(trip for trip in self._acted.values() if trip.rule.action is not Action.WARN)

    @property
    def warnings(self) -> tuple[Trip, ...]:
        """The warnings whose cause is still there."""
        return tuple(trip for trip in self._acted.values() if trip.rule.action is Action.WARN)

    def acknowledged(self, id: str) -> bool:
        """Whether a person has seen this trip."""
        return self._standings[self._watched.place(id)].acknowledged

    @property
    def watched(self) -> tuple[InterlockRule, ...]:
        """The rules that act by themselves, in the order in which they are judged."""
        return tuple(interlock.rule for interlock in self._watched.interlocks)

    def restore(self, id: str, time: float, *, acknowledged: bool) -> None:
        """Latches a trip again that was latched before this program began; raises SafetyError for an unknown id."""
        place = self._watched.place(id)
        unmet = Unmet("", Truth.UNKNOWN, "it was latched before the restart")
        self._standings[place] = CALM._replace(since=time, tripped=True, acknowledged=acknowledged)
        self._acted[id] = Trip(self._watched.interlocks[place].rule, time, (unmet,))

    def violations(self, now: float) -> tuple[Trip, ...]:
        """Every trip whose conditions are not fulfilled at the instant `now` (s), whatever its persistence."""
        acting = (i for i in self._watched.interlocks if not self._is_aside(i, now))
        found = (Trip(i.rule, now, i.unmet(self.latest, now)) for i in acting)
        return tuple(trip for trip in found if trip.unmet and trip.rule.action is not Action.WARN)

    def unheard(self, now: float, since: float = -NEVER) -> frozenset[str]:
        """The tags without a sample from `since` (s) on for which a trip is not fulfilled at the instant `now` (s)."""
        unmet = {trip.id for trip in self.violations(now)}
        needed = (
            tag.name for interlock in self._watched.interlocks if interlock.rule.id in unmet for tag in interlock.tags
        )
        return frozenset(name for name in needed if name not in self.latest or self.latest[name].time < since)

    def go_live(self, now: float) -> None:
        """From the instant `now` (s) on interlocks trip; each is looked at once, since its cause may already stand."""
        self.live = True
        self._now = max(self._now, now)
        self._silent.clear()
        self._standings = [s._replace(samples=0) if s.tripped else CALM for s in self._standings]
        for place in range(len(self._watched.interlocks)):
            self._look(place, self._now, Occasion.SAMPLE)
        self._due = self._earliest()

    def rest(self) -> None:
        """Nothing trips any more; what is latched stays latched."""
        self.live = False
        self._due = NEVER

    def evaluate(self, until: float, batches: Sequence[Batch] = ()) -> None:
        """Takes every sample that arrived up to the instant `until` (s), and judges samples and silences in order."""
        self.evaluations += 1
        stretch = stretch_of(self.latest, batches, self._now, until) if self.live else None
        content = self._content_throughout(stretch)
        if stretch is not None:
            batches = self._left_to_walk(batches, content)
        for instant, arrivals in in_order(batches):
            self._arrive(max(instant, self._now), arrivals, content)
        self._now = max(self._now, until)
        if self._now >= self._due:
            self._pass_time(self._now, content, inclusive=True)

    def foresees(self, arrived: Sequence[tuple[str, Sample]]) -> bool:
        """Whether these new samples of one instant, which are not yet taken, will trip something that makes safe.

        It is asked before monitors have seen them, and only of what needs no monitor.
        """
        if not self.live:
            return False
        new = {tag: sample for tag, sample in arrived if tag in self._watched.read and not self._is_late(tag, sample)}
        for tag, sample in new.items():
            for place in self._watched.read[tag]:
                if self._would_trip(place, new, max(sample.time, self._now)):
                    return True
        return False

    def tick(self, until: float) -> None:
        """Judges the silence up to the instant `until` (s)."""
        self.evaluate(until)

    def next_deadline(self) -> float:
        """The next instant at which silence or persistence may trip something, s; infinity when none can."""
        self._due = self._earliest() if self.live else NEVER
        return self._due

    def acknowledge(self, id: str) -> None:
        """A person has seen the trip; raises SafetyError when none of that id stands."""
        place = self._latched(id)
        self._standings[place] = self._standings[place]._replace(acknowledged=True)

    def reset(self, id: str, now: float) -> None:
        """Releases a latched trip; raises Tripped unless it is acknowledged and its cause is gone at `now` (s)."""
        self.require_gone((id,), now)
        place = self._latched(id)
        if not self._standings[place].acknowledged:
            raise Tripped(f"{id} has not been acknowledged", where=id, remedy="read the alarm and acknowledge it first")
        self._standings[place] = CALM
        del self._acted[id]

    def require_gone(self, ids: Sequence[str], now: float) -> None:
        """Raises Tripped, naming each of these latched trips whose cause is still there at the instant `now` (s)."""
        latched = [self._watched.interlocks[self._latched(id)] for id in ids]
        judged = [(i, i.unmet(self.latest, now)) for i in latched if not self._is_aside(i, now)]
        there = [(interlock, unmet) for interlock, unmet in judged if unmet]
        if there:
            told = (f"{i.rule.id} cannot be reset, its cause is still there: {measured(unmet)}" for i, unmet in there)
            names = tuple(i.rule.id for i, _ in there)
            remedies = dict.fromkeys(i.remedy(unmet) for i, unmet in there)
            raise Tripped("; ".join(told), where=", ".join(names), interlocks=names, remedy="; ".join(remedies))

    # --- bypasses and limits ---------------------------------------------------------------------------------

    def guards(self, tag: str, at: float) -> tuple[Interlock, ...]:
        """The permissives of an output that are in force at the instant `at` (s)."""
        guards = self.compiled.guards.get(tag, ())
        return guards if not self._aside else tuple(i for i in guards if not self._is_aside(i, at))

    def set_aside(self, id: str, until: float, now: float) -> None:
        """Counts an interlock as fulfilled until an instant (s); what it latched stays latched."""
        self._aside[id] = until
        self._look_again(id, now)

    def put_back(self, id: str, now: float) -> None:
        """An interlock is in force again, and is looked at, since its cause may be there."""
        self._aside.pop(id, None)
        self._look_again(id, now)

    def exchange(self, interlock: Interlock, now: float) -> None:
        """Takes an interlock in place of the one of the same id, which reads the same tags; it is looked at."""

        def exchanged(before: tuple[Interlock, ...]) -> tuple[Interlock, ...]:
            return tuple(interlock if i.rule.id == interlock.rule.id else i for i in before)

        guards = {tag: exchanged(group) for tag, group in self.compiled.guards.items()}
        self.compiled = Compiled(exchanged(self.compiled.interlocks), self.compiled.not_covered, guards)
        self._watched = Watched(self.compiled)
        self._look_again(interlock.rule.id, now)

    def _is_aside(self, interlock: Interlock, at: float) -> bool:
        return at < self._aside.get(interlock.rule.id, -NEVER)

    def _look_again(self, id: str, now: float) -> None:
        place = next((n for n, i in enumerate(self._watched.interlocks) if i.rule.id == id), None)
        if place is not None and (self.live or self._standings[place].tripped):
            self._look(place, max(now, self._now), Occasion.SAMPLE)
            self._due = min(self._due, self._aside.get(id, NEVER))

    def trial(self) -> "Interlocks":
        """A copy that calls nobody: to see what a stretch of samples would do before it is committed."""
        trial = copy(self)
        vars(trial).update({name: copy(vars(self)[name]) for name in _CHANGING}, on_trip=[], react=_nothing)
        return trial

    def adopt(self, trial: "Interlocks") -> None:
        """Stands as a trial in which nothing acted; as if it had taken the same samples itself."""
        vars(self).update({name: vars(trial)[name] for name in _CHANGING})

    @property
    def due(self) -> float:
        """Before this instant (s) nothing can trip without a sample; it may be too early, never too late."""
        return self._due

    # --- one look ------------------------------------------------------------------------------------------------

    def _arrive(self, instant: float, arrivals: Arrivals, content: Container[int]) -> None:
        if self._due < instant:
            self._pass_time(instant, content, inclusive=False)
        self._now = instant
        touched: dict[int, None] = {}
        for tag, sample in arrivals:
            if self._keep(tag, sample):
                touched.update(dict.fromkeys(self._watched.readers.get(tag, ())))
        if self.live or self._acted:
            for place in sorted(touched):
                if place not in content and (self.live or self._standings[place].tripped):
                    self._look(place, instant, Occasion.SAMPLE)

    def _is_late(self, tag: str, sample: Sample) -> bool:
        known = self.latest.get(tag)
        return known is not None and sample.time < known.time

    def _keep(self, tag: str, sample: Sample) -> bool:
        """Keeps a sample unless a newer one is known."""
        if self._is_late(tag, sample):
            return False
        self.latest[tag] = sample
        patience = self._watched.patience.get(tag) if self.live else None
        if patience is not None:
            self._silent.discard(tag)
            self._due = min(self._due, sample.time + patience)
        return True

    def _look(self, place: int, time: float, occasion: Occasion) -> None:
        interlock, before = self._watched.interlocks[place], self._standings[place]
        if interlock.rule.silenced_by_design:
            self._note_idle(place, time)
        released = before.tripped and before.since is not None
        satisfied = self._is_aside(interlock, time) or interlock.satisfied(self.latest, time, released=released)
        after = advance(interlock.rule, before, time, satisfied, occasion)
        if after is before:
            return
        self._standings[place] = after
        self._due = min(self._due, trips_at(interlock.rule, after))
        if after.tripped and not before.tripped:
            self._act(interlock, time)
        elif before.tripped and not after.tripped:
            del self._acted[interlock.rule.id]
        if before.tripped and (before.since is None) != (after.since is None):
            turn = Turn.CLEAR if after.since is None else Turn.RAISE
            self.turned.append(Turned(time, interlock.rule.id, turn))

    def _would_trip(self, place: int, new: Latest, time: float) -> bool:
        """What a look would find once these samples are taken; of the others only those that it reads are touched."""
        interlock, before = self._watched.interlocks[place], self._standings[place]
        if before.tripped or self._is_aside(interlock, time):
            return False
        known = {tag.name: self.latest[tag.name] for tag in interlock.tags if tag.name in self.latest}
        if interlock.satisfied({**known, **new}, time, released=False):
            return False
        return advance(interlock.rule, before, time, False, Occasion.SAMPLE).tripped

    def _note_idle(self, place: int, time: float) -> None:
        """Notes when a warning ceases to apply, and when it applies again."""
        when = self._watched.interlocks[place].when
        idle = when is not None and when.judge(self.latest, time) is Truth.FALSE
        if idle != (place in self._idle):
            self._idle ^= {place}
            turn = Turn.SUPPRESS if idle else Turn.UNSUPPRESS
            self.turned.append(Turned(time, self._watched.interlocks[place].rule.id, turn))

    def _act(self, interlock: Interlock, time: float) -> None:
        if interlock.rule.action is Action.SAFE:
            self.react()
        trip = Trip(interlock.rule, time, interlock.unmet(self.latest, time))
        self._acted[trip.id] = trip
        for listener in self.on_trip:
            listener(trip)

    # --- silence -------------------------------------------------------------------------------------------------

    def _pass_time(self, limit: float, content: Container[int], *, inclusive: bool) -> None:
        """Judges every deadline before `limit`, and at it when `inclusive`, each at its own instant."""
        while (deadline := self._earliest()) < limit or (inclusive and deadline == limit):
            stale = [
                tag for tag in self._watched.patience if tag not in self._silent and self._stale_at(tag) <= deadline
            ]
            self._silent.update(stale)
            silent = {place for tag in stale for place in self._watched.readers[tag]}
            back = {id for id, until in self._aside.items() if until <= deadline}
            self._aside = {id: until for id, until in self._aside.items() if id not in back}
            for place, standing in enumerate(self._standings):
                if not (self.live or standing.tripped):  # the end of a bypass is told while resting too
                    continue
                run_out = trips_at(self._watched.interlocks[place].rule, standing) <= deadline
                if self._watched.interlocks[place].rule.id in back:
                    self._look(place, deadline, Occasion.SAMPLE)
                elif place not in content and (place in silent or run_out):
                    self._look(place, deadline, Occasion.SILENCE if place in silent else Occasion.TIME)
        self._due = deadline

    def _earliest(self) -> float:
        """The next instant at which a tag becomes stale or a time to trip runs out."""
        stale = map(self._stale_at, self._heard())
        due = (
            trips_at(interlock.rule, standing)
            for interlock, standing in zip(self._watched.interlocks, self._standings, strict=True)
            if self.live or standing.tripped  # while resting nobody judges the others: their time would stand still
        )
        return min(min(stale, default=NEVER), min(due, default=NEVER), min(self._aside.values(), default=NEVER))

    def _heard(self) -> Iterator[str]:
        """The tags that may still fall silent."""
        return (tag for tag in self._watched.patience if tag not in self._silent)

    def _stale_at(self, tag: str) -> float:
        sample = self.latest.get(tag)
        return NEVER if sample is None else sample.time + self._watched.patience[tag]

    # --- long segments -------------------------------------------------------------------------------------------

    def _content_throughout(self, stretch: Stretch | None) -> frozenset[int]:
        """The interlocks that need no single looks in this stretch."""
        if stretch is None:
            return _NONE
        return frozenset(
            place
            for place, interlock in enumerate(self._watched.interlocks)
            if self._standings[place].since is None  # satisfied when it was looked at last
            and interlock.rule.id not in self._aside
            and content_throughout(interlock.when, interlock.require, interlock.tags, stretch)
            and (not interlock.rule.silenced_by_design or self._steady(place, stretch))
        )

    def _steady(self, place: int, stretch: Stretch) -> bool:
        """Whether a warning applies throughout; of one that does not, each sample is looked at."""
        interlock = self._watched.interlocks[place]
        when = () if interlock.when is None else (interlock.when,)
        return place not in self._idle and content_throughout(None, when, interlock.tags, stretch)

    def _left_to_walk(self, batches: Sequence[Batch], content: Container[int]) -> list[Batch]:
        """The batches that are read by interlocks which need single looks; of the others the last sample is kept."""
        left = []
        for batch in batches:
            if any(place not in content for place in self._watched.readers.get(batch.tag, ())):
                left.append(batch)
            elif len(batch.times):
                self._keep(batch.tag, batch.last)
        return left

    def _latched(self, id: str) -> int:
        """The place of a latched trip; raises SafetyError when none of that id stands."""
        place = self._watched.place(id)
        if not self._standings[place].tripped:
            raise SafetyError(f"{id} has not tripped", where=id, remedy="nothing is to be done")
        return place


def _nothing() -> None:
    """Nobody is called."""
