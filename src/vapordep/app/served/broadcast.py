"""The broadcast: what the engine tells all who listen on the link, and the snapshot for those who come later."""

from collections import deque
from collections.abc import Sequence
from math import isfinite

from vapordep.app.running.connection import Core
from vapordep.app.served.admission import Standpoints
from vapordep.app.served.control import Control
from vapordep.app.served.edges import Edges
from vapordep.app.served.energised import Energised
from vapordep.app.served.judging import unmet
from vapordep.app.served.reactor_engine import ReactorEngine
from vapordep.clock import perf
from vapordep.link.news import (
    EVENTS_KEPT,
    EngineChanged,
    EngineShown,
    EventTold,
    Snapshot,
    TagsChanged,
    TagShown,
    Value,
    ValuesRead,
)
from vapordep.link.server import Server
from vapordep.model.batches import Batch, Sample
from vapordep.model.events import Event
from vapordep.units import Dimension

PERIOD = 0.25
"""Values and states are told so often, in s."""


class Broadcast:
    """Collects what happens, and tells it on a grid; events at once."""

    def __init__(
        self, engine: ReactorEngine, server: Server, since: str, pid: int, *, guarded: bool, period: float = PERIOD
    ) -> None:
        """`since` is when the engine came up, civil time; values are told each `period` s of the engine's clock.

        Control, and what an order was decided on, age by the wall clock: that is the time of people.
        """
        self.engine = engine
        self.server = server
        self._fixed = (pid, since, guarded)
        self._period = period
        self._events: deque[tuple[int, Event]] = deque(maxlen=EVENTS_KEPT)
        """Each with the number of its news."""
        self._fresh: dict[str, Sample] = {}
        self._edges = Edges()
        self._told: EngineShown | None = None
        self.trouble = ""
        self._energised = Energised()
        self.standpoints = Standpoints(server.epoch)
        clock = engine.connection.clock
        self.control = Control(perf, lambda: clock.civil().isoformat(timespec="seconds"), engine.note)
        connection = engine.connection
        connection.logs.append(self.event)
        connection.on_core.append(self._new_core)
        self._new_core(connection.core)

    @property
    def seen(self) -> str:
        """The newest news, as whoever has heard them names them."""
        return f"{self.server.epoch}:{self.server.number}"

    def event(self, event: Event) -> None:
        """Tells an event."""
        self.server.tell(EventTold(event))
        self._events.append((self.server.number, event))

    async def tell_for_ever(self) -> None:
        """Tells what was read and what has changed, until it is cancelled."""
        clock = self.engine.connection.clock
        due = clock.now()
        while True:
            due += self._period
            await clock.sleep_until(due)
            self.tell()

    def tell(self) -> None:
        """Tells what was read, and the engine's state if it has changed."""
        fresh, self._fresh = self._fresh, {}
        if fresh:
            newest, edges = fresh.items(), self._edges.due()
            self.server.tell(ValuesRead(*(tuple(_value(tag, sample) for tag, sample in of) for of in (newest, edges))))
        shown = self.shown()
        if shown != self._told:
            self._told = shown
            self.server.tell(EngineChanged(shown))
        self.standpoints.note(shown, self.server.number, perf())

    def snapshot(self) -> Snapshot:
        """All that is known just now."""
        hub, now = self.engine.connection.core.hub, self.engine.connection.clock.now()
        values = tuple(_value(tag, sample) for tag, sample in hub.latest.items())
        numbers, events = tuple(number for number, _ in self._events), tuple(event for _, event in self._events)
        return Snapshot(
            self.server.epoch, self.server.number, now, self.shown(), self._tags(), values, events, numbers
        )  # fmt: skip

    def shown(self) -> EngineShown:
        """Engine, run and alarms as they are to be seen."""
        engine, (pid, since, guarded) = self.engine, self._fixed
        connection, alarms = engine.connection, engine.alarms
        return EngineShown(
            reactor=engine.reactor.name,
            simulated=engine.reactor.simulated,
            pid=pid,
            since=since,
            armed=engine.armed,
            guarded=guarded,
            substrate=connection.core.substrate.name,
            history=str(engine.history),
            run=engine.run.shown() if engine.run is not None and engine.run.on_record.is_set() else None,
            alarms=(*alarms.standing, *alarms.silenced),
            bypasses=connection.core.protection.bypasses.active,
            unmet=unmet(connection.core.protection, connection.clock.now()),
            silent=tuple(f"{name}: {why}" for name, why in sorted(connection.silent.items())),
            interrupted=engine.interrupted if engine.run is None else None,
            control=self.control.shown,
            hand_valves=tuple(engine.proving.found.values()),
            trouble="; ".join(filter(None, (self._energised.told(connection.core.protection.gate), self.trouble))),
        )

    def _new_core(self, core: Core) -> None:
        core.hub.listen(self._take)
        self._edges.follow(tag for tag, known in core.hub.tags.items() if known.dimension is Dimension.STATE)
        self.server.tell(TagsChanged(self._tags()))

    def _take(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            if len(batch):
                self._fresh[batch.tag] = batch.last
                self._edges.take(batch)

    def _tags(self) -> tuple[TagShown, ...]:
        outputs = self.engine.reactor.outputs
        return tuple(
            TagShown(
                name, tag.unit.symbol, tag.dimension.value, name in outputs,
                tag.stale_after if isfinite(tag.stale_after) else None,
            )
            for name, tag in self.engine.connection.core.hub.tags.items()
        )  # fmt: skip


def _value(tag: str, sample: Sample) -> Value:
    return Value(tag, round(sample.time, 4), sample.value, sample.quality)
