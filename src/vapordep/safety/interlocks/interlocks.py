"""The evaluation of interlocks on every batch and over silence, in the order of time."""

from collections.abc import Container, Iterator, Sequence
from copy import copy

from vapordep.model.batches import Batch, Sample
from vapordep.model.interlocks import InterlockRule
from vapordep.safety.interlocks.compiled import Compiled, Interlock, Trip
from vapordep.safety.interlocks.segments import Stretch, content_throughout, stretch_of
from vapordep.safety.interlocks.standing import CALM, Occasion, trips_at
from vapordep.safety.interlocks.standings import NEVER, Standings
from vapordep.safety.interlocks.watched import Watched
from vapordep.safety.streams import Arrivals, in_order

_NONE: frozenset[int] = frozenset()


class Interlocks:
    """Evaluates what trips, in the order of time: it holds the newest samples, and where each interlock stands.

    `evaluate` serves a poll, a tick and a long segment alike; how a stream of samples is cut into calls changes
    nothing, as long as each call brings all samples up to its `until`. Nothing trips before `go_live`.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.standings = Standings(compiled)
        self.live = False
        self.evaluations = 0
        """Counts the evaluations: the sign of life of whoever relies on them."""
        self.now = -NEVER
        """Until when (s) all was judged."""

    @property
    def latest(self) -> dict[str, Sample]:
        """The newest sample of each tag."""
        return self.standings.latest

    @property
    def trips(self) -> tuple[Trip, ...]:
        """The latched trips, the first to act in front."""
        return self.standings.trips

    @property
    def warnings(self) -> tuple[Trip, ...]:
        """The warnings whose cause is still there."""
        return self.standings.warnings

    @property
    def watched(self) -> tuple[InterlockRule, ...]:
        """The rules that act by themselves, in the order in which they are judged."""
        return tuple(interlock.rule for interlock in self.standings.watched.interlocks)

    def go_live(self, now: float) -> None:
        """From the instant `now` (s) on interlocks trip; each is looked at once, since its cause may already stand."""
        self.live = True
        self.now = max(self.now, now)
        self.standings.silent.clear()
        self.standings.of = [s._replace(samples=0) if s.tripped else CALM for s in self.standings.of]
        for place in range(len(self.standings.watched.interlocks)):
            self.standings.look(place, self.now, Occasion.SAMPLE)
        self.standings.due = self._earliest()

    def rest(self) -> None:
        """Nothing trips any more; what is latched stays latched."""
        self.live = False
        self.standings.due = NEVER

    def evaluate(self, until: float, batches: Sequence[Batch] = ()) -> None:
        """Takes every sample that arrived up to the instant `until` (s), and judges samples and silences in order."""
        self.evaluations += 1
        stretch = stretch_of(self.latest, batches, self.now, until) if self.live else None
        content = self._content_throughout(stretch)
        if stretch is not None:
            batches = self._left_to_walk(batches, content)
        for instant, arrivals in in_order(batches):
            self._arrive(max(instant, self.now), arrivals, content)
        self.now = max(self.now, until)
        if self.now >= self.standings.due:
            self._pass_time(self.now, content, inclusive=True)

    def foresees(self, arrived: Sequence[tuple[str, Sample]]) -> bool:
        """Whether these new samples of one instant, which are not yet taken, will trip something that makes safe.

        It is asked before monitors have seen them, and only of what needs no monitor.
        """
        if not self.live:
            return False
        read = self.standings.watched.read
        new = {tag: sample for tag, sample in arrived if tag in read and not self._is_late(tag, sample)}
        for tag, sample in new.items():
            for place in read[tag]:
                if self.standings.would_trip(place, new, max(sample.time, self.now)):
                    return True
        return False

    def tick(self, until: float) -> None:
        """Judges the silence up to the instant `until` (s)."""
        self.evaluate(until)

    def next_deadline(self) -> float:
        """The next instant at which silence or persistence may trip something, s; infinity when none can."""
        self.standings.due = self._earliest() if self.live else NEVER
        return self.standings.due

    # --- bypasses and limits ---------------------------------------------------------------------------------

    def guards(self, tag: str, at: float) -> tuple[Interlock, ...]:
        """The permissives of an output that are in force at the instant `at` (s)."""
        guards = self.compiled.guards.get(tag, ())
        return guards if not self.standings.aside else tuple(i for i in guards if not self.standings.is_aside(i, at))

    def set_aside(self, id: str, until: float, now: float) -> None:
        """Counts an interlock as fulfilled until an instant (s); what it latched stays latched."""
        self.standings.aside[id] = until
        self._look_again(id, now)

    def put_back(self, id: str, now: float) -> None:
        """An interlock is in force again, and is looked at, since its cause may be there."""
        self.standings.aside.pop(id, None)
        self._look_again(id, now)

    def exchange(self, interlock: Interlock, now: float) -> None:
        """Takes an interlock in place of the one of the same id, which reads the same tags; it is looked at."""

        def exchanged(before: tuple[Interlock, ...]) -> tuple[Interlock, ...]:
            return tuple(interlock if i.rule.id == interlock.rule.id else i for i in before)

        guards = {tag: exchanged(group) for tag, group in self.compiled.guards.items()}
        self.compiled = Compiled(exchanged(self.compiled.interlocks), self.compiled.not_covered, guards)
        self.standings.watched = Watched(self.compiled)
        self._look_again(interlock.rule.id, now)

    def _look_again(self, id: str, now: float) -> None:
        place = next((n for n, i in enumerate(self.standings.watched.interlocks) if i.rule.id == id), None)
        if place is not None and (self.live or self.standings.of[place].tripped):
            self.standings.look(place, max(now, self.now), self._occasion(place))
            self.standings.due = min(self.standings.due, self.standings.aside.get(id, NEVER))

    def _occasion(self, place: int) -> Occasion:
        """Why one is looked at anew: whose tags have fallen silent before would wait for samples in vain."""
        silent = any(tag.name in self.standings.silent for tag in self.standings.watched.interlocks[place].tags)
        return Occasion.SILENCE if silent else Occasion.SAMPLE

    def trial(self) -> "Interlocks":
        """A copy that calls nobody: to see what a stretch of samples would do before it is committed."""
        trial = copy(self)
        trial.standings = self.standings.trial()
        return trial

    def adopt(self, trial: "Interlocks") -> None:
        """Stands as a trial in which nothing acted; as if it had taken the same samples itself."""
        self.standings.adopt(trial.standings)
        self.now = trial.now

    @property
    def due(self) -> float:
        """Before this instant (s) nothing can trip without a sample; it may be too early, never too late."""
        return self.standings.due

    # --- samples -------------------------------------------------------------------------------------------------

    def _arrive(self, instant: float, arrivals: Arrivals, content: Container[int]) -> None:
        if self.standings.due < instant:
            self._pass_time(instant, content, inclusive=False)
        touched: dict[int, None] = {}
        for tag, sample in arrivals:
            if self._keep(tag, sample):
                touched.update(dict.fromkeys(self.standings.watched.readers.get(tag, ())))
        if self.live or self.standings.acted:
            for place in sorted(touched):
                if place not in content and (self.live or self.standings.of[place].tripped):
                    self.standings.look(place, instant, Occasion.SAMPLE)

    def _is_late(self, tag: str, sample: Sample) -> bool:
        known = self.standings.latest.get(tag)
        return known is not None and sample.time < known.time

    def _keep(self, tag: str, sample: Sample) -> bool:
        """Keeps a sample unless a newer one is known."""
        if self._is_late(tag, sample):
            return False
        self.standings.latest[tag] = sample
        patience = self.standings.watched.patience.get(tag) if self.live else None
        if patience is not None:
            self.standings.silent.discard(tag)
            self.standings.due = min(self.standings.due, sample.time + patience)
        return True

    # --- silence -------------------------------------------------------------------------------------------------

    def _pass_time(self, limit: float, content: Container[int], *, inclusive: bool) -> None:
        """Judges every deadline before `limit`, and at it when `inclusive`, each at its own instant."""
        while (deadline := self._earliest()) < limit or (inclusive and deadline == limit):
            stale = [tag for tag in self._heard() if self._stale_at(tag) <= deadline]
            self.standings.silent.update(stale)
            silent = {place for tag in stale for place in self.standings.watched.readers[tag]}
            back = {id for id, until in self.standings.aside.items() if until <= deadline}
            self.standings.aside = {id: until for id, until in self.standings.aside.items() if id not in back}
            for place, standing in enumerate(self.standings.of):
                if not (self.live or standing.tripped):  # the end of a bypass is told while resting too
                    continue
                rule = self.standings.watched.interlocks[place].rule
                run_out = trips_at(rule, standing) <= deadline
                if rule.id in back:
                    self.standings.look(place, deadline, self._occasion(place))
                elif place not in content and (place in silent or run_out):
                    self.standings.look(place, deadline, Occasion.SILENCE if place in silent else Occasion.TIME)
        self.standings.due = deadline

    def _earliest(self) -> float:
        """The next instant at which a tag becomes stale or a time to trip runs out."""
        standings = self.standings
        stale = map(self._stale_at, self._heard())
        due = (
            trips_at(interlock.rule, standing)
            for interlock, standing in zip(standings.watched.interlocks, standings.of, strict=True)
            if self.live or standing.tripped  # while resting nobody judges the others: their time would stand still
        )
        return min(min(stale, default=NEVER), min(due, default=NEVER), min(standings.aside.values(), default=NEVER))

    def _heard(self) -> Iterator[str]:
        """The tags that may still fall silent."""
        return (tag for tag in self.standings.watched.patience if tag not in self.standings.silent)

    def _stale_at(self, tag: str) -> float:
        sample = self.standings.latest.get(tag)
        return NEVER if sample is None else sample.time + self.standings.watched.patience[tag]

    # --- long segments -------------------------------------------------------------------------------------------

    def _content_throughout(self, stretch: Stretch | None) -> frozenset[int]:
        """The interlocks that need no single looks in this stretch."""
        if stretch is None:
            return _NONE
        return frozenset(
            place
            for place, interlock in enumerate(self.standings.watched.interlocks)
            if self.standings.of[place].since is None  # satisfied when it was looked at last
            and interlock.rule.id not in self.standings.aside
            and content_throughout(interlock.when, interlock.require, interlock.tags, stretch)
            and (not interlock.rule.silenced_by_design or self._steady(place, stretch))
        )

    def _steady(self, place: int, stretch: Stretch) -> bool:
        """Whether a warning applies throughout; of one that does not, each sample is looked at."""
        interlock = self.standings.watched.interlocks[place]
        when = () if interlock.when is None else (interlock.when,)
        return place not in self.standings.idle and content_throughout(None, when, interlock.tags, stretch)

    def _left_to_walk(self, batches: Sequence[Batch], content: Container[int]) -> list[Batch]:
        """The batches that are read by interlocks which need single looks; of the others the last sample is kept."""
        left = []
        for batch in batches:
            if any(place not in content for place in self.standings.watched.readers.get(batch.tag, ())):
                left.append(batch)
            elif len(batch.times):
                self._keep(batch.tag, batch.last)
        return left
