"""The record of the time between runs: what is read and what happens while no run has a record of its own."""

import asyncio
import platform
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version

from vapordep.app.running.connection import Core
from vapordep.app.running.execute import Surroundings
from vapordep.app.running.keeping import Record, ageless
from vapordep.app.served.reactor_engine import ReactorEngine
from vapordep.errors import FileError, HistoryError
from vapordep.history.folder import new_idle_id
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.lazy import dataclass
from vapordep.model.batches import Batch
from vapordep.model.events import Event
from vapordep.model.idle import IdleHeader
from vapordep.safety.outputs.uninterrupted import uninterrupted

LONGEST = 86400.0
"""s that one recording lasts at most: then it is sealed, and the next begins."""
ROW = 1.0
"""A row holds this many s: between runs a second of samples may go with the process; events are durable at once."""
LOOK, AGAIN = 0.25, 10.0
"""s: whether a recording may begin is looked at this often; what the disk refused is tried again after so long."""
MOST_EVENTS = 1000
"""So many events wait for a recording to begin."""
LAST_SEAL = 3.0
"""At the end of the engine sealing may take so long, in s; what is left unsealed then is sealed at the next start."""


class IdleRecord:
    """Keeps recordings of the time between runs. Nothing of a reactor waits for it, and none of its troubles stops one.

    `room` says whether the disk has room for it. Live, a thread of its own writes it, as it writes a run's.
    """

    def __init__(
        self, engine: ReactorEngine, surroundings: Surroundings, room: Callable[[], bool], longest: float = LONGEST
    ) -> None:  # fmt: skip
        self.trouble = ""
        """Why nothing is recorded just now; empty while all is well."""
        self._engine = engine
        self._surroundings = surroundings
        self._room = room
        self._longest = longest
        self._clock = engine.connection.clock
        self._record: Record | None = None
        self._early: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._since = self._clock.now()
        engine.connection.logs.append(self._event)
        engine.connection.on_core.append(self._attend)
        self._attend(engine.connection.core)

    async def keep(self) -> None:
        """Records whenever it may, until it is cancelled."""
        while True:
            while not self._may:
                await self._clock.sleep(LOOK)
            try:
                opened = await self._begin()
            except (HistoryError, FileError) as error:
                self.trouble = f"the time between runs is not recorded: {error}"
                await self._clock.sleep(AGAIN)
                continue
            self.trouble = ""
            try:
                await self._write(opened)
            finally:
                self._record = None
                await uninterrupted(self._close(opened))

    @property
    def _may(self) -> bool:
        return self._room() and not self._engine.recorded

    async def _begin(self) -> "_Opened":
        """A recording, on its way from now on; what happened while there was none is in it."""
        started, t0 = self._clock.civil(), self._clock.now()
        hub, reactor = self._engine.connection.core.hub, self._engine.reactor
        versions = {"vapordep": version("vapordep"), "python": platform.python_version()}
        header = IdleHeader(
            new_idle_id(started), reactor.name, reactor.text, reactor.sha256, reactor.simulated, versions,
            started.isoformat(),
        )  # fmt: skip
        tags = tuple(hub.tags.values())
        begin = partial(IdleRecorder.begin, self._engine.history, header, tags, t0)
        recorder = await self._surroundings.aside(begin)
        record = self._surroundings.record(recorder)
        record.publish(ageless(hub, self._clock.now()))
        while self._early:
            record.event(self._early.popleft())
        self._record = record
        return _Opened(recorder, record, t0)

    async def _write(self, opened: "_Opened") -> None:
        due = opened.t0
        while self._may and self._clock.now() - opened.t0 < self._longest:
            due = max(due + ROW, self._clock.now())
            await self._clock.sleep_until(due)
            opened.record.tick(self._clock.now())
            if isinstance(opened.record, Recorder):
                opened.record.commit()

    async def _close(self, opened: "_Opened") -> None:
        seal = partial(opened.recorder.close, self._clock.civil())
        sealed = opened.record.close(seal) if isinstance(opened.record, RecorderThread) else seal()
        try:
            async with asyncio.timeout(LAST_SEAL):
                await asyncio.shield(asyncio.wrap_future(sealed))
        except TimeoutError:  # its thread goes on
            return
        except HistoryError as error:
            self.trouble = f"a recording of the time between runs is not sealed yet: {error}"

    def _attend(self, core: Core) -> None:
        self._since = self._clock.now()  # a new core is reminded of what was recorded already
        core.hub.listen(self._take)

    def _take(self, batches: Sequence[Batch]) -> None:
        if self._record is None or self._engine.recorded or not batches[0].times.size:
            return
        if batches[0].times.item(-1) >= self._since:
            self._record.publish(batches)

    def _event(self, event: Event) -> None:
        if self._engine.recorded:
            return
        if self._record is None:
            self._early.append(event)
        else:
            self._record.event(event)


@dataclass(frozen=True, slots=True)
class _Opened:
    """A recording under way: its recorder, by way of what it is written, and the clock at its start in s."""

    recorder: IdleRecorder
    record: Record
    t0: float
