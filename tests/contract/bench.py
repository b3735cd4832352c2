"""A bench for any driver: its simulator in a world of plain numbers, a wire that can be tampered with, and a line."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from vapordep.clock import VirtualClock
from vapordep.devices import Device, Line, Reading
from vapordep.devices.catalogue import driver, find, names
from vapordep.devices.signals import Channel, Polled, Signal
from vapordep.errors import ReactorError
from vapordep.simulation.instrument import Option, Replies, SimInstrument
from vapordep.simulation.plant import Value
from vapordep.simulation.transport import SimulatedTransport
from vapordep.simulation.world import World
from vapordep.units import Dimension, from_si, psi, sccm, to_si

DRIVERS = sorted(names("vapordep.drivers"))
"""Those of every package that is installed and names itself as an entry point."""

TRUTH = {
    Dimension.PRESSURE: 90.0,  # a chamber
    Dimension.TEMPERATURE: 330.0,
    Dimension.MOLAR_FLOW: to_si(33.0, sccm),
    Dimension.FRACTION: 0.25,
    Dimension.STATE: 0.0,
    Dimension.VOLTAGE: 6.0,
    Dimension.CURRENT: 4.0,
    Dimension.FREQUENCY: 5.9e6,
}
"""What the world holds of each dimension, SI."""
SUPPLY_PRESSURE = 1.1e5
"""Where an instrument counts in psi it sits in a gas line."""
WANTED = {
    Dimension.TEMPERATURE: 350.0,
    Dimension.TEMPERATURE_RATE: 5.0 / 60.0,
    Dimension.MOLAR_FLOW: to_si(50.0, sccm),
    Dimension.STATE: 1.0,
    Dimension.FRACTION: 0.4,
    Dimension.PRESSURE: 20.0,
    Dimension.VOLTAGE: 12.0,
    Dimension.CURRENT: 8.0,
}
"""What an output is told to do, SI: never its off value."""
RIVALS = ("pressure_setpoint",)
"""Outputs that take over what another one moves: not both can be on."""
ELSEWHERE: tuple[Mapping[str, Option], ...] = ({"address": 2}, {"unit": "B"})
"""Options that put an instrument at another address of the same bus."""
TEMPERATURES = ".setpoint"
"""Where a number is a temperature, which alone does nothing."""
ANONYMOUS = ("genesys", "mks651", "scpi_supply", "sqm160")
"""Their replies do not tell whose they are: only one of them is on a wire, or only the one that was selected speaks."""
Operation = Callable[[], Awaitable[object]]
Change = Callable[[int, bytes], Replies]
"""What becomes of the n-th reply since the wire was tampered with."""


class Paper(World):
    """A world without physics: it holds what it is told, and counts how often an input changes."""

    def __init__(self) -> None:
        self.points: dict[str, float] = {}
        self.inputs: dict[str, Value] = {}
        self.changes = 0

    def read(self, point: str, t: float) -> float:
        return self.points.get(point, 0.0)

    def drive(self, point: str, value: Value, t: float) -> float:
        self.changes += self.inputs.get(point, 0.0) != value
        self.inputs[point] = value
        return t


class Heated(Paper):
    """Paper with parts that obey their controllers at once.

    Heaters give full power below the target, or as set by hand; whatever else is controlled takes one step.
    """

    def drive(self, point: str, value: Value, t: float) -> float:
        zone, _, what = point.rpartition(".")
        if what == "controller":
            manual, ramp = getattr(value, "manual", None), getattr(value, "ramp", None)
            heats = ramp is not None and ramp.target > self.points[f"{zone}.temperature"]
            self.points[f"{zone}.power"] = float(heats) if manual is None else manual
            if ramp is None and value is not None and not isinstance(value, float):
                measured = self.points[f"{zone}.pressure"]
                self.points[f"{zone}.power"] = value.step(value.initial(measured), measured, t)[1]
        return super().drive(point, value, t)

    @property
    def at_work(self) -> set[str]:
        """The points at which an instrument does anything: an open valve, a flow, a heater with power."""
        numbers = {point: value for point, value in self.inputs.items() if isinstance(value, float)}
        driven = {point for point, value in numbers.items() if value != 0.0 and not point.endswith(TEMPERATURES)}
        heated = {point.replace("controller", "power") for point in self.inputs if point.endswith(".controller")}
        return driven | {point for point in heated if self.points[point] != 0.0}


class Wire(SimInstrument):
    """The instrument as the line meets it: what it says may be changed, but the order of its bytes never is."""

    manual = "that of the instrument behind it"

    def __init__(self, inner: SimInstrument) -> None:
        self.inner = inner
        self.questions: list[bytes] = []
        self.said: list[bytes] = []
        self._change: Change | None = None
        self._count = 0
        self._free = 0.0

    def tamper(self, change: Change | None) -> None:
        self._change = change
        self._count = 0

    def feed(self, data: bytes, now: float) -> Replies:
        self.questions.append(data)
        replies = self.inner.feed(data, now)
        whole = b"".join(piece for _, piece in replies)
        self.said.append(whole)
        if self._change is not None and replies:
            usual = replies[-1][0]
            replies = [(usual + delay, piece) for delay, piece in self._change(self._count, whole)]
            self._count += 1
        return [self._in_order(now, delay, piece) for delay, piece in replies]

    def _in_order(self, now: float, delay: float, piece: bytes) -> tuple[float, bytes]:
        self._free = max(self._free, now + delay)
        return self._free - now, piece


@dataclass
class Bench:
    device: Device
    world: Paper
    wire: Wire
    line: Line
    clock: VirtualClock

    async def read(self, exchange: Polled[object]) -> dict[Channel, Reading]:
        """One exchange, its readings by channel."""
        readings = await self.device.read(exchange)
        return {each.channel if isinstance(each, Signal) else each: reading for each, reading in readings.items()}

    async def poll_all(self) -> dict[Channel, Reading]:
        """Every exchange once."""
        found: dict[Channel, Reading] = {}
        for exchange in self.device.polls:
            found |= await self.read(exchange)
        return found

    def truth(self, channel: Channel) -> float:
        """What the world holds for a channel, SI."""
        return self.world.points[f"bench.{channel}"]

    async def prepare(self, operation: Operation) -> None:
        """Mends the wire, waits until what is late or limited is past, and does `operation` once undisturbed."""
        self.wire.tamper(None)
        await self.clock.sleep(100.0)
        await operation()
        for channel in self.outputs():
            await self.device.write(channel, self.device.signals[channel.name].off)

    def reads(self) -> dict[str, Operation]:
        """All that a driver asks by itself, by name."""
        polls = {each.name: lambda each=each: self.device.read(each) for each in self.device.polls}
        checks = {} if type(self.device).check_units is Device.check_units else {"units": self.device.check_units}
        return {"identify": self.device.identify, **checks, **polls}

    def writes(self) -> dict[str, Operation]:
        """One write to each output."""
        return {str(each): lambda each=each: self.device.write(each, self.on(each)) for each in self.outputs()}

    def outputs(self) -> list[Channel]:
        signals = self.device.signals.values()
        return [channel for signal in signals if signal.writable for channel in signal.channels()]

    def on(self, channel: Channel) -> float:
        """What to tell an output, in its own unit."""
        unit = self.device.signals[channel.name].unit
        return from_si(WANTED[unit.dimension], unit)


async def bench(
    name: str, clock: VirtualClock, options: Mapping[str, Option] | None = None, world: Paper | None = None
) -> Bench:
    """The driver `name` and its simulator, connected; the world holds `TRUTH` at every point."""
    kind = driver(name)
    world = Paper() if world is None else world
    wiring = {}
    for signal in kind.signals.values():
        for channel in signal.channels():
            wiring[str(channel)] = point = f"bench.{channel}"
            world.points[point] = SUPPLY_PRESSURE if signal.unit is psi else TRUTH.get(signal.unit.dimension, 0.0)
    chosen = options or {}
    inner = find("vapordep.simulators", name, SimInstrument)("bench", world, wiring, chosen, 1)
    wire = Wire(inner)
    line = Line(SimulatedTransport(wire, clock=clock), clock)
    device = kind("bench", line, chosen)
    inner.power_up(clock.now())
    await line.open()
    return Bench(device, world, wire, line, clock)


async def bench_elsewhere(name: str, clock: VirtualClock) -> Bench:
    """The same at another address."""
    for options in ELSEWHERE:
        try:
            return await bench(name, clock, options)
        except ReactorError:
            continue
    raise AssertionError(f"{name} has no option for its address")
