"""The connection to one reactor: its instruments, read as long as it lasts, and the safety core in front of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from vapordep.app.instruments import MakeTransport, channels, instruments
from vapordep.app.sampling import Sampler, Sampling, polling
from vapordep.chemistry import Substrate
from vapordep.clock import Clock
from vapordep.devices.device import Device, Identity
from vapordep.devices.hub import Hub
from vapordep.devices.polling import Poller, phases
from vapordep.devices.signals import Readings
from vapordep.errors import InstrumentError, RunError, VapordepError
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.reactor import Reactor
from vapordep.reactor import tag_table
from vapordep.safety.protection import Protection, Rules

FIRST_READINGS_WITHIN = 5.0
"""Every wired tag must have been read within this time after the first poll, in s."""

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
        self._parts = instruments(reactor, clock, make_transport)
        self._sampler = sampler
        self.core = self._core(substrate)

    def log(self, event: Event) -> None:
        """Tells an event to all who listen."""
        for log in self.logs:
            log(event)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Within it every instrument is polled, silence is judged and trips are answered.

        Raises LineLost, NoReply, WrongInstrument and their like when an instrument does not answer at the start; of
        several errors within, the first, with the others as notes on it.
        """
        try:
            identities = await self._parts.connect()
            async with asyncio.TaskGroup() as group:
                background = [group.create_task(work) for work in self._background(identities)]
                try:
                    yield
                finally:
                    for task in background:
                        task.cancel()
        except* VapordepError as several:
            raise _first(several) from None
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

    def _core(self, substrate: Substrate) -> Core:
        others = frozenset(f"{name}.covered" for name in self.reactor.substrates if name != substrate.name)
        rules = Rules(self.reactor, substrate, tag_table(self.reactor), lacking=others)
        hub = Hub(rules.tags, self.clock)
        protection = Protection(rules, self._parts.devices, self.clock, hub, self.log)
        return Core(substrate, hub, protection, self._sampler(hub, self.clock))

    def _background(self, identities: Mapping[str, Identity]) -> Iterator[Coroutine[None, None, None]]:
        yield self.core.sampling.watch()
        devices = list(self._parts.devices.values())
        offsets = phases(devices)
        pollers = {
            device.name: Poller(
                device, channels(self.reactor, device), self._publish, self.clock, self._tell,
                identity=identities[device.name], offset=offsets[device.name], foretell=self.core.sampling.foretell,
            )
            for device in devices
        }  # fmt: skip

        def heard(device: Device, asked: float, readings: Readings) -> None:
            if pollers[device.name].device is device:  # a double that tries replies for the tape tells nothing
                pollers[device.name].take(asked, readings)

        self.core.protection.gate.read_back.heard = heard
        yield from (poller.run() for poller in pollers.values())
        yield self.core.protection.arming.respond()

    def _publish(self, batches: list[Batch]) -> None:
        self.core.hub.publish(batches)

    def _tell(self, device: str, error: InstrumentError | None) -> None:
        text = f"{device} answers again" if error is None else f"{device}: {error.what}"
        self.log(Event(self.clock.now(), Kind.INSTRUMENT, text))


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
