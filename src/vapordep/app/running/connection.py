"""The connection to one reactor: its instruments, read as long as it lasts, and the safety core in front of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from vapordep.app.instruments import MakeTransport, channels, instruments
from vapordep.app.remembered.walls import coating
from vapordep.app.running.sampling import Sampler, Sampling, polling
from vapordep.chemistry import Substrate
from vapordep.clock import Clock
from vapordep.devices.device import Device, Identity
from vapordep.devices.hub import Hub
from vapordep.devices.polling import Poller, phases
from vapordep.devices.signals import Channel, Polled, Readings
from vapordep.errors import InstrumentError, RunError, SafetyError, VapordepError
from vapordep.lazy import dataclass
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.reactor import Reactor
from vapordep.reactor import tag_table
from vapordep.safety.protection import Protection, Rules

FIRST_READINGS_WITHIN = 5.0
"""Every wired tag must have been read within this time after the first poll, in s."""
REMEMBERED_FOR = 600.0
"""For so long, in s, a new safety core is told that a source was open: its gas may still be there."""
LEAST_PULSE = 1e-3
"""s. When a dose of a process that is gone was begun does not matter, only when it was over."""

Log = Callable[[Event], None]
"""Takes events as they happen; it must not block."""


@dataclass(frozen=True, slots=True)
class Core:
    """The safety core for one substrate: what lies on the stage decides the limits."""

    substrate: Substrate
    hub: Hub
    protection: Protection
    sampling: Sampling


class Connection:
    """Instruments and safety core of one reactor. Connecting reads; only arming writes."""

    def __init__(
        self,
        reactor: Reactor,
        substrate: Substrate,
        clock: Clock,
        make_transport: MakeTransport,
        sampler: Sampler = polling,
    ) -> None:
        """Raises ReactorError when the substrate cannot be protected in this reactor. Nothing is opened yet."""
        self.reactor = reactor
        self.clock = clock
        self.logs: list[Log] = []
        """Who is told every event."""
        self.silent: dict[str, str] = {}
        """The instruments that do not answer, and why."""
        self.on_core: list[Callable[[Core], None]] = []
        """Who is told of a new safety core before anything reaches it."""
        self._parts = instruments(reactor, clock, make_transport)
        self._sampler = sampler
        self._replaced = asyncio.Event()
        self._sources = frozenset(source.valve for source in reactor.sources.values())
        self._coating = frozenset(reactor.sources[name].valve for name in coating(reactor))
        self._opened_at: dict[str, float] = {}
        self.core = self._core(substrate)

    def log(self, event: Event) -> None:
        """Tells an event to all who listen."""
        for log in self.logs:
            log(event)

    @asynccontextmanager
    async def opened(self, *, patient: bool = False) -> AsyncIterator[None]:
        """Within it every instrument is polled, silence is judged and trips are answered.

        Raises LineLost, NoReply, WrongInstrument and their like when an instrument does not answer at the start;
        `patient` tries these on instead. Of several errors within, the first, with the others as notes on it.
        """
        try:
            identities = await (self._parts.connect_most() if patient else self._parts.connect())
            async with asyncio.TaskGroup() as group:
                background = [group.create_task(work) for work in self._background(identities)]
                try:
                    yield
                finally:
                    for task in background:
                        task.cancel()
        except* VapordepError as several:
            raise first_of(several) from None
        finally:
            await self._parts.close()

    async def first_readings(self) -> None:
        """Waits until every wired tag has been read once; raises RunError that names those which were not in time."""
        wired, hub = set(self.reactor.wiring.values()), self.core.hub
        try:
            async with asyncio.timeout(FIRST_READINGS_WITHIN):
                await hub.until(lambda: wired <= hub.latest.keys())
        except TimeoutError:
            silent = ", ".join(sorted(wired - hub.latest.keys()))
            raise RunError(f"never read: {silent}", remedy="check these instruments, then start again") from None

    def protect(self, substrate: Substrate) -> None:
        """A new safety core, as in a new process: what is learnt of one sample must not count for the next.

        Of what was before it knows alarms, bypasses and limits, the newest readings, and when sources were open. Raises
        SafetyError while armed, ReactorError when the substrate cannot be protected here.
        """
        before = self.core
        if before.protection.arming.armed:
            raise SafetyError("the reactor is armed", remedy="disarm it first")
        self.core = self._core(substrate)
        self.core.protection.gate.read_back.heard = before.protection.gate.read_back.heard
        for kept in before.protection.alarms.kept:
            self.core.protection.alarms.adopt(kept)
        for bypass in before.protection.bypasses.active:
            with suppress(SafetyError):  # its interlock is gone with the substrate, or hard by now
                self.core.protection.bypasses.adopt(bypass)
        self.core.protection.limits.adopt(before.protection.limits.kept)
        for told in self.on_core:
            told(self.core)
        self._remind(before.hub)
        self._replaced.set()

    def remind(self, doses: Mapping[str, float]) -> None:
        """Tells the safety core how many s ago each source was shut, by a process that is gone; before any reading."""
        now = self.clock.now()
        for source, ago in sorted(doses.items(), key=lambda dose: -dose[1]):
            valve, shut = self.reactor.sources[source].valve, now - ago
            self.core.hub.recall(Batch.of(valve, (shut - LEAST_PULSE, shut), (1.0, 0.0)))

    def walls_are_bare(self) -> None:
        """A changeover is done: for this safety core and the next ones nothing has coated the walls."""
        self.core.protection.walls_bare()
        for valve in self._coating:
            self._opened_at.pop(valve, None)

    def _remind(self, before: Hub) -> None:
        hub, now = self.core.hub, self.clock.now()
        for tag, opened in self._opened_at.items():
            if now - opened < REMEMBERED_FOR or tag in self._coating:
                hub.recall(Batch.one(tag, opened, 1.0))
        wired = set(self.reactor.wiring.values()) & before.latest.keys()
        for tag in sorted(wired, key=lambda tag: before.latest[tag].time):
            sample = before.latest[tag]
            hub.publish([Batch.one(tag, sample.time, sample.value, sample.quality)])

    def _remember(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            if batch.tag in self._sources and (opened := batch.times[batch.values > 0.0]).size:
                self._opened_at[batch.tag] = float(opened[-1])

    def _core(self, substrate: Substrate) -> Core:
        others = frozenset(f"{name}.covered" for name in self.reactor.substrates if name != substrate.name)
        rules = Rules(self.reactor, substrate, tag_table(self.reactor), lacking=others)
        hub = Hub(rules.tags, self.clock)
        protection = Protection(rules, self._parts.devices, self.clock, hub, self.log)
        hub.listen(self._remember, self._sources)
        return Core(substrate, hub, protection, self._sampler(hub, self.clock))

    def _background(self, known: Mapping[str, Identity | InstrumentError]) -> Iterator[Coroutine[None, None, None]]:
        yield self._attend()
        devices = list(self._parts.devices.values())
        offsets = phases(devices)
        pollers = {device.name: self._poller(device, known[device.name], offsets[device.name]) for device in devices}

        def heard(
            device: Device, exchange: Polled[Any], asked: float, readings: Readings, wanted: Collection[Channel]
        ) -> None:  # fmt: skip
            if pollers[device.name].device is device:  # a double that tries replies for the tape tells nothing
                pollers[device.name].overhear(exchange, asked, readings, wanted)

        self.core.protection.gate.read_back.heard = heard
        yield from (poller.run() for poller in pollers.values())

    def _poller(self, device: Device, known: Identity | InstrumentError, offset: float) -> Poller:
        return Poller(
            device, channels(self.reactor, device), self._publish, self.clock, self._tell,
            identity=known if isinstance(known, Identity) else None,
            unknown=known if isinstance(known, InstrumentError) else None,
            offset=offset, foretell=self.core.sampling.foretell, newest=lambda tag: self.core.hub.latest.get(tag),
            glance=lambda arrived: self.core.hub.glance(arrived),
        )  # fmt: skip

    async def _attend(self) -> None:
        """Judges silence and answers trips with the core of the time."""
        while True:
            self._replaced.clear()
            async with asyncio.TaskGroup() as group:
                core = self.core
                tasks = [group.create_task(w) for w in (core.sampling.watch(), core.protection.arming.respond())]
                await self._replaced.wait()
                for task in tasks:
                    task.cancel()

    def _publish(self, batches: list[Batch]) -> None:
        self.core.hub.publish(batches)

    def _tell(self, device: str, error: InstrumentError | None) -> None:
        if error is None:
            self.silent.pop(device, None)
        else:
            self.silent[device] = error.what
        text = f"{device} answers again" if error is None else f"{device}: {error.what}"
        self.log(Event(self.clock.now(), Kind.INSTRUMENT, text))


def first_of(group: BaseExceptionGroup[VapordepError]) -> VapordepError:
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
