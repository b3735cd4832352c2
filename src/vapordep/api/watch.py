"""What a person must hear of at once: trips, runs that end, are held or were interrupted, and an engine's silence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from vapordep.link.messages import EngineChanged, EngineShown, EventTold, News, Snapshot
from vapordep.model.events import Event, Kind
from vapordep.model.run import ACTIVE, ENDED, RunState


@dataclass(frozen=True, slots=True)
class Notice:
    """What is sent: a title, and what happened in a sentence or two."""

    title: str
    text: str


@dataclass
class Watch:
    """Looks at all that comes over the link, and tells each thing once, also after a gap in the news."""

    engine: EngineShown | None = None
    _epoch: str = ""
    _last: float = field(default=float("-inf"))
    """The instant of the latest event that was looked at, s on the engine's clock."""
    _left: str = ""
    """The latest interrupted run that was told; a run under way hides it from the news."""

    def take(self, told: Snapshot | News) -> list[Notice]:
        """What a person must hear of in this; of an engine that is met for the first time, only what stands."""
        if isinstance(told, Snapshot):
            events = told.events if told.epoch == self._epoch else ()
            notices = [*self._of_events(events), *self._of_engine(told.engine)]
            if told.epoch != self._epoch:
                self._epoch, self._last = told.epoch, max((e.time for e in told.events), default=float("-inf"))
            return notices
        match told.body:
            case EventTold(event):
                return list(self._of_events((event,)))
            case EngineChanged(engine):
                return list(self._of_engine(engine))
        return []

    def lost(self, why: str) -> list[Notice]:
        """The engine is not heard any more; told once, and only where it matters: armed, or with a run under way."""
        before, self.engine = self.engine, None
        if before is None or not (before.armed or _active(before)):
            return []
        text = f"{why}. If it is dead, the guardian makes the reactor safe: look at its log, and at the reactor."
        return [Notice(f"{before.reactor}: the engine is not heard any more", text)]

    def _of_events(self, events: Iterable[Event]) -> Iterator[Notice]:
        for event in events:
            if event.time > self._last and _matters(event):
                name = self.engine.reactor if self.engine is not None else "vapordep"
                yield Notice(f"{name}: {event.kind.upper()}", event.text)
            self._last = max(self._last, event.time)

    def _of_engine(self, now: EngineShown) -> Iterator[Notice]:
        before, self.engine = self.engine, now
        left = now.interrupted
        if left is not None and left.run_id != self._left:
            self._left = left.run_id
            text = f"{left.recipe}, {left.run_id}. Nothing is resumed by itself."
            yield Notice(f"{now.reactor}: run INTERRUPTED", text)
        run, was = now.run, before.run if before is not None else None
        if before is None or run is None or (was is not None and (run.run_id, run.state) == (was.run_id, was.state)):
            return
        if run.state in ENDED or run.state is RunState.HELD:
            yield Notice(f"{now.reactor}: run {run.state}", f"{run.recipe}, {run.run_id}: {run.reason}")


def _matters(event: Event) -> bool:
    return event.kind is Kind.TRIP or (event.kind is Kind.ALARM and event.data.get("priority", "URGENT") == "URGENT")


def _active(engine: EngineShown) -> bool:
    return engine.run is not None and engine.run.state in ACTIVE
