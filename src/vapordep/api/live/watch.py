"""What a person must hear of at once: trips, runs that end or wait, an engine's trouble and its silence."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from vapordep.link.news import EngineChanged, EngineShown, EventTold, News, Snapshot
from vapordep.model.alarms import UNANSWERED, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.run import ACTIVE, ENDED, RunState

KNOWN = 2000
"""Events that are known to have been looked at; a snapshot repeats far fewer."""
AGAIN_AFTER = 600.0
"""An alarm whose text differs only in numbers, as of weak pulses one after the other, is told again after so many s."""
NUMBER = re.compile(r"[-+]?\d[\d.e+-]*")


class Gravity(StrEnum):
    """How grave a notice is, in the words of apprise: what a phone rings for is chosen by them."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    FAILURE = "failure"


GRAVITY_OF_ENDS = {RunState.COMPLETE: Gravity.SUCCESS, RunState.STOPPED: Gravity.INFO, RunState.HELD: Gravity.WARNING}
"""Of a run that is over or waits; any other end is a failure."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is sent: a title, and what happened in a sentence or two."""

    title: str
    text: str
    gravity: Gravity


@dataclass
class Watch:
    """Looks at all that comes over the link, and tells each thing once, also after a gap in the news.

    Events are known by what they say, never by their instants: an engine that trips acts first and records later, so
    that the trip itself is told after what came of it.
    """

    engine: EngineShown | None = None
    _epoch: str = ""
    _known: "deque[Event]" = field(default_factory=lambda: deque(maxlen=KNOWN))
    _told: dict[str, float] = field(default_factory=dict)
    """When alarms were told, s on the engine's clock, by their text without its numbers."""
    _left: str = ""
    """The latest interrupted run that was told; a run under way hides it from the news."""
    _trouble: str = ""
    """The latest trouble of the engine itself that was told, without its numbers."""
    _guardian: frozenset[str] = frozenset()
    """What the guardian says needs a person, by its words: fewer of them are nothing new."""
    _guardian_at: float = 0.0
    """When that was told last."""

    def take(self, told: Snapshot | News) -> list[Notice]:
        """What a person must hear of in this; of an engine that is met for the first time, only what stands."""
        if isinstance(told, Snapshot):
            return self._of_snapshot(told)
        match told.body:
            case EventTold(event):
                return list(self._of_events((event,)))
            case EngineChanged(engine):
                return list(self._of_engine(engine))
        return []

    @property
    def at_stake(self) -> bool:
        """Whether the engine, as it was heard last, is armed or has a run under way."""
        return self.engine is not None and (self.engine.armed or _active(self.engine))

    def guardian(self, reactor: str, trouble: str, now: float) -> list[Notice]:
        """What the guardian says needs a person, at the instant `now` (s); told again as long as it lasts, and its end.

        By then the engine may be dead, or hang: of this nobody else tells.
        """
        words, before = frozenset(NUMBER.sub("#", trouble).replace(",", "").split()), self._guardian
        if words and (words - before or now >= self._guardian_at + AGAIN_AFTER):
            self._guardian, self._guardian_at = words, now
            return [_failure(f"{reactor}: the guardian needs a person", f"{trouble}. Go to the reactor.")]
        if before and not words:
            self._guardian = words
            over = "What needed a person is over. Look at guardian.log."
            return [Notice(f"{reactor}: the guardian goes on", over, Gravity.INFO)]
        return []

    def unguarded(self, reactor: str) -> list[Notice]:
        """The guardian has ended while the engine was armed, or not heard any more though it was."""
        if self.engine is None:
            text = "The engine is not heard either: nobody makes the reactor safe. Go there."
        elif self.at_stake:
            text = "The engine makes the reactor safe and ends, if it lives: look at the reactor, and at guardian.log."
        else:
            text = (
                "The engine has made the reactor safe, and ends. Nobody watches it until `vapordep serve` runs again."
            )
        return [_failure(f"{reactor}: the guardian has ended", text)]

    def lost(self, why: str) -> list[Notice]:
        """The engine is not heard any more; told once, and only where it matters: armed, or with a run under way."""
        matters, before, self.engine = self.at_stake, self.engine, None
        if before is None or not matters:
            return []
        text = f"{why}. If it is dead, the guardian makes the reactor safe: look at its log, and at the reactor."
        return [_failure(f"{before.reactor}: the engine is not heard any more", text)]

    def _of_snapshot(self, told: Snapshot) -> list[Notice]:
        first = not self._epoch
        if told.epoch != self._epoch:
            self._epoch = told.epoch
            self._told.clear()
            self._known.clear()
            self._known.extend(told.events)
        new = [event for event in told.events if event not in self._known]
        standing = _standing(told.engine) if first else ()
        return [*self._of_events(new), *standing, *self._of_engine(told.engine)]

    def _of_events(self, events: Iterable[Event]) -> Iterator[Notice]:
        for event in events:
            self._known.append(event)
            if _matters(event) and not self._repeats(event):
                name = self.engine.reactor if self.engine is not None else "vapordep"
                yield Notice(f"{name}: {event.kind.upper()}", event.text, _of_alarm(event.kind is Kind.TRIP))

    def _repeats(self, event: Event) -> bool:
        """Whether nearly the same was told shortly before; of trips each is told."""
        if event.kind is Kind.TRIP:
            return False
        words = NUMBER.sub("#", event.text)
        if event.time < self._told.get(words, float("-inf")) + AGAIN_AFTER:
            return True
        self._told[words] = event.time
        return False

    def _of_engine(self, now: EngineShown) -> Iterator[Notice]:
        before, self.engine = self.engine, now
        left = now.interrupted
        if left is not None and left.run_id != self._left:
            self._left = left.run_id
            text = f"{left.recipe}, {left.run_id}. Nothing is resumed by itself."
            yield _failure(f"{now.reactor}: run INTERRUPTED", text)
        words, told = NUMBER.sub("#", now.trouble), self._trouble
        self._trouble = words
        if words and words != told:
            yield Notice(f"{now.reactor}: needs a look", now.trouble, Gravity.WARNING)
        run, was = now.run, before.run if before is not None else None
        if before is None or run is None or (was is not None and (run.run_id, run.state) == (was.run_id, was.state)):
            return
        yield from _of_run(now)


def _standing(engine: EngineShown) -> Iterator[Notice]:
    """What nobody has answered, and a run that waits or is over: this process may have begun just after it happened."""
    for alarm in engine.alarms:
        if alarm.priority is Priority.URGENT and alarm.state in UNANSWERED:
            title = f"{engine.reactor}: {'TRIP' if alarm.latching else 'ALARM'} not acknowledged"
            yield Notice(title, alarm.text, _of_alarm(alarm.latching))
    yield from _of_run(engine)


def _of_run(engine: EngineShown) -> Iterator[Notice]:
    run = engine.run
    if run is not None and (run.state in ENDED or run.state is RunState.HELD):
        gravity = GRAVITY_OF_ENDS.get(run.state, Gravity.FAILURE)
        yield Notice(f"{engine.reactor}: run {run.state}", f"{run.recipe}, {run.run_id}: {run.reason}", gravity)


def _failure(title: str, text: str) -> Notice:
    return Notice(title, text, Gravity.FAILURE)


def _of_alarm(tripped: bool) -> Gravity:
    return Gravity.FAILURE if tripped else Gravity.WARNING


def _matters(event: Event) -> bool:
    return event.kind is Kind.TRIP or (event.kind is Kind.ALARM and event.data.get("priority", "URGENT") == "URGENT")


def _active(engine: EngineShown) -> bool:
    return engine.run is not None and engine.run.state in ACTIVE
