"""An instrument that says what a manual or a capture from hardware says, byte for byte."""

from collections.abc import Awaitable, Callable, Mapping

from tests.unit.devices.scripted import Scripted
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices import Channel, Device, Line
from vapordep.devices.catalogue import driver
from vapordep.devices.options import Option
from vapordep.devices.signals import Reading, Signal

Script = dict[bytes, bytes]
"""Question and reply, both as on the wire; the wire is silent to other questions."""
DELAY = 0.005


class Capture:
    """A driver on such a wire."""

    def __init__(self, name: str, script: Script, clock: VirtualClock, options: Mapping[str, Option]) -> None:
        self.script = script
        self.clock = clock
        self.wire = Scripted(clock, lambda data: [(DELAY, self.script[data])] if data in self.script else [])
        self.device: Device = driver(name)("thing", Line(self.wire, clock), options)

    @property
    def sent(self) -> list[bytes]:
        return [data for _, data in self.wire.sent]

    async def read(self) -> dict[Channel, Reading]:
        """Every exchange once, by channel."""
        found: dict[Channel, Reading] = {}
        for exchange in self.device.polls:
            for each, reading in (await self.device.read(exchange)).items():
                found[each.channel if isinstance(each, Signal) else each] = reading
        return found

    async def write(self, name: str, value: float, index: int | None = None) -> None:
        await self.device.write(Channel(name, index), value)


def on_capture(
    name: str, script: Script, **options: Option
) -> Callable[[Callable[[Capture], Awaitable[None]]], Callable[[], None]]:
    """A test of the driver `name` on a wire that answers by `script`."""

    def decorate(scenario: Callable[[Capture], Awaitable[None]]) -> Callable[[], None]:
        def test() -> None:
            run_virtual(lambda clock: _play(scenario, Capture(name, dict(script), clock, options)))

        test.__doc__ = scenario.__doc__
        return test

    return decorate


async def _play(scenario: Callable[[Capture], Awaitable[None]], capture: Capture) -> None:
    await scenario(capture)
