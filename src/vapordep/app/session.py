"""A session: one reactor put together for one run - instruments, hub, safety core, engine - and taken apart again."""

import asyncio
import platform
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from math import inf

from vapordep.app.film import FilmBook, Probe
from vapordep.app.instruments import MakeTransport, channels, instruments
from vapordep.app.keeping import Record, keep
from vapordep.app.outside import Outside
from vapordep.app.request import Request
from vapordep.app.sampling import Sampler, polling
from vapordep.app.signals import steering
from vapordep.app.watch import Peaks, Watcher
from vapordep.clock import Clock
from vapordep.devices.device import Identity
from vapordep.devices.hub import Hub
from vapordep.devices.polling import Poller, phases
from vapordep.engine.rig import Rig
from vapordep.engine.run import Outcome, Run
from vapordep.errors import InstrumentError, RunError, VapordepError
from vapordep.history.folder import new_run_id
from vapordep.history.live import RecorderThread
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunHeader, SampleOnStage, Verb, verbs
from vapordep.reactor import tag_table
from vapordep.recipe import Recipe, estimate
from vapordep.safety.protection import Protection, Rules

RECORD_TICK = 0.25
"""Whether the record can be written is looked at this often, in s."""
FIRST_READINGS_WITHIN = 5.0
"""Every wired tag must have been read within this time after the first poll, in s."""


@dataclass(slots=True)
class Journal:
    """Hands events to the recorder, and keeps trips and alarms for the report."""

    record: Record | None = None
    trips: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Logs one event."""
        if event.kind is Kind.TRIP:
            self.trips.append(event.text)
        elif event.kind is Kind.ALARM:
            self.alarms.append(event.text)
        if self.record is not None:
            self.record.event(event)


@dataclass(frozen=True, slots=True)
class Result:
    """What a session hands back for the report."""

    outcome: Outcome
    peaks: Peaks
    run: Run


def header(request: Request, reactor: Reactor, recipe: Recipe, mode: Mode, clock: Clock) -> RunHeader:
    """All that is frozen at the start of a run."""
    started = clock.civil()
    return RunHeader(
        run_id=new_run_id(started),
        mode=mode,
        recipe_name=recipe.name,
        recipe_text=recipe.text,
        recipe_sha256=recipe.sha256,
        parameters=dict(recipe.parameters),
        reactor_name=reactor.name,
        reactor_text=reactor.text,
        reactor_sha256=reactor.sha256,
        versions={"vapordep": version("vapordep"), "python": platform.python_version(), "system": platform.platform()},
        operator=request.operator,
        started=started.isoformat(),
        samples=tuple(
            SampleOnStage(sample.id, sample.substrate or recipe.substrate.name, sample.position)
            for sample in request.samples
        ),
        seed=request.seed if mode is Mode.DRY_RUN else None,
    )


class Session:
    """Everything of one run; `perform` does it from the first connection to the last safe value."""

    def __init__(
        self,
        reactor: Reactor,
        recipe: Recipe,
        clock: Clock,
        make_transport: MakeTransport,
        probe: Probe,
        sampler: Sampler = polling,
    ) -> None:
        self.reactor = reactor
        self.recipe = recipe
        self.clock = clock
        self.journal = Journal()
        self.book = FilmBook(probe)
        self._parts = instruments(reactor, clock, make_transport)
        others = frozenset(f"{name}.covered" for name in reactor.substrates if name != recipe.substrate.name)
        rules = Rules(reactor, recipe.substrate, tag_table(reactor), lacking=others)
        self.tags = rules.tags
        self._hub = Hub(rules.tags, clock)
        self._protection = Protection(rules, self._parts.devices, clock, self._hub, self.journal.take)
        self._sampling = sampler(self._hub, clock)

    async def perform(self, record: Record, outside: Outside) -> Result:
        """Connects, polls, runs, and leaves the reactor in its safe state.

        Raises InstrumentError when an instrument does not answer at the start, SafetyError when arming is refused.
        """
        self.journal.record = record
        run = self._run(record, outside)
        peaks = Peaks()
        try:
            return Result(await self._perform(run, peaks, record, outside), peaks, run)
        except* VapordepError as group:
            raise _first(group) from None

    async def _perform(self, run: Run, peaks: Peaks, record: Record, outside: Outside) -> Outcome:
        try:
            identities = await self._parts.connect()
            async with asyncio.TaskGroup() as group:
                background = [group.create_task(work) for work in self._background(run, record, identities)]
                try:
                    await self._first_readings()
                    record.publish(self._worked_out())
                    watcher = self._watcher(run, outside)
                    run.rig.show = watcher.look
                    for listener in (record.publish, peaks.take, watcher.take):
                        self._hub.listen(listener)
                    with steering(run):
                        return await run.execute()
                finally:
                    for task in background:
                        task.cancel()
        finally:
            await self._parts.close()

    def _run(self, record: Record, outside: Outside) -> Run:
        gate = self._protection.gate
        rig = Rig(
            self.reactor,
            self.recipe.substrate,
            self.clock,
            self._hub,
            gate,
            self.journal.take,
            outside.ask,
            outside.warn,
        )
        run = Run(rig, self.recipe.plan, self._protection, record, self.book, attended=outside.attended)
        self._protection.interlocks.on_trip.append(run.tripped)
        return run

    def _watcher(self, run: Run, outside: Outside) -> Watcher:
        return Watcher(run, estimate(self.recipe.plan, self.reactor), outside)

    def _background(
        self, run: Run, record: Record, identities: Mapping[str, Identity]
    ) -> Iterator[Coroutine[None, None, None]]:
        yield self._sampling.watch()
        devices = list(self._parts.devices.values())
        offsets = phases(devices)
        for device in devices:
            tags = channels(self.reactor, device)
            poller = Poller(
                device, tags, self._hub.publish, self.clock, self._tell,
                identity=identities[device.name], offset=offsets[device.name], foretell=self._sampling.foretell,
            )  # fmt: skip
            yield poller.run()
        yield self._protection.arming.respond()
        yield keep(record, self.clock)
        yield self._watch_record(record, run)

    async def _watch_record(self, record: Record, run: Run) -> None:
        """A run whose record cannot be written is held: an unlogged pulse makes a film that nobody can repeat."""
        while isinstance(record, RecorderThread):
            await self.clock.sleep(RECORD_TICK)
            if record.failure is not None and Verb.HOLD in verbs(run.state):
                run.ask(Verb.HOLD, f"the record cannot be written: {record.failure.what}")

    def _tell(self, device: str, error: InstrumentError | None) -> None:
        text = f"{device} answers again" if error is None else f"{device}: {error.what}"
        self.journal.take(Event(self.clock.now(), Kind.INSTRUMENT, text))

    def _worked_out(self) -> list[Batch]:
        """What was said once and never ages, such as `substrate.trip`, for the record."""
        ageless = [name for name, tag in self.tags.items() if tag.stale_after == inf and name in self._hub.latest]
        now = self.clock.now()
        return [Batch.one(name, now, self._hub.latest[name].value) for name in ageless]

    async def _first_readings(self) -> None:
        """Nothing is armed before every wired tag has been read once."""
        wired = set(self.reactor.wiring.values())
        try:
            async with asyncio.timeout(FIRST_READINGS_WITHIN):
                await self._hub.until(lambda: wired <= self._hub.latest.keys())
        except TimeoutError:
            silent = ", ".join(sorted(wired - self._hub.latest.keys()))
            raise RunError(f"never read: {silent}", remedy="check these instruments, then start again") from None


def _first(group: BaseExceptionGroup[VapordepError]) -> VapordepError:
    """The first error of a group, for a person; the others become notes on it."""
    errors: list[VapordepError] = []

    def gather(part: BaseException) -> None:
        if isinstance(part, BaseExceptionGroup):
            for inner in part.exceptions:
                gather(inner)
        elif isinstance(part, VapordepError):
            errors.append(part)

    gather(group)
    for other in errors[1:]:
        errors[0].add_note(f"also: {other}")
    return errors[0]
