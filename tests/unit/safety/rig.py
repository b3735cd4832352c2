"""A small reactor for the tests of the safety core: made-up instruments on in-memory lines, in virtual time."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from vapordep.chemistry import Substrate, substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices import Device, Frame, Framing, Identity, Line, Readings, Transport, poll, readback, setpoint
from vapordep.devices.framings.terminator import Terminator
from vapordep.devices.hub import Hub
from vapordep.devices.signals import Doubt
from vapordep.errors import InstrumentRefused, LineLost, ProtocolError
from vapordep.model.batches import Batch
from vapordep.model.chamber import Chamber, GasLine, PumpLine, Stage, Zone
from vapordep.model.commands import Command, Source
from vapordep.model.events import Event, Kind
from vapordep.model.instruments import Cell, Instrument
from vapordep.model.interlocks import InterlockRule
from vapordep.model.outputs import LEAVE, Output, SafeValue
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.protection import Protection, Rules
from vapordep.units import Pa, degC, sccm, state, to_si

T = TypeVar("T")
CLOSED, OPEN = 0.0, 1.0
REPLY_AFTER = 0.005
SHUT = SafeValue(0.0)
REGISTERS = {
    "valves": [f"valve{n}" for n in range(5)],
    "mfc": ["flow_setpoint", "flow"],
    "heater": ["setpoint", "temperature"],
    "gauge": ["pressure"],
}


@dataclass
class Box:
    """An instrument: registers in its own units, and what may be wrong with it."""

    name: str
    registers: dict[str, float]
    mute: bool = False
    lost: bool = False
    stuck: set[str] = field(default_factory=set)
    refuses: set[str] = field(default_factory=set)
    deaf_to: int = 0
    """So many writes go unheard and unanswered."""
    pulse_from: dict[str, float] = field(default_factory=dict)
    heard: list[tuple[float, str]] = field(default_factory=list)

    def answer(self, question: str, now: float, later: Callable[[float, Callable[[], None]], object]) -> str | None:
        self.heard.append((now, question))
        word, *rest = question.split()
        if word != "r" and self.deaf_to:
            self.deaf_to -= 1
            return None
        if self.mute:
            return None
        if word == "r":
            return " ".join(f"{value:.9g}" for value in self.registers.values())
        register, value = rest[0], float(rest[1])
        if register in self.refuses:
            return "no"
        if word == "p":
            self.registers[register] = OPEN
            later(value, lambda: self.registers.update({register: CLOSED}) if register not in self.stuck else None)
        elif register not in self.stuck:
            self.registers[register] = value
        return "ok"

    def written(self, register: str) -> list[tuple[float, float]]:
        """(instant, value) of each write that arrived."""
        words = [(now, question.split()) for now, question in self.heard]
        return [(now, float(w[2])) for now, w in words if w[0] == "w" and w[1] == register]


class Memory(Transport):
    """A line to one or more boxes, told apart by the first word; once a box is lost it must be opened again."""

    def __init__(self, clock: VirtualClock, boxes: Mapping[str, Box]) -> None:
        self.where = "memory:" + "+".join(boxes)
        self.clock = clock
        self.boxes = boxes
        self._received = bytearray()
        self._arrived = asyncio.Event()
        self._broken: set[str] = set()

    async def open(self) -> None:
        if any(box.lost for box in self.boxes.values()):
            raise LineLost("cannot connect: connection refused", where=self.where)
        self._broken.clear()

    async def close(self) -> None: ...

    def send(self, data: bytes) -> None:
        name, question = data.decode().rstrip("\r").split(" ", 1)
        box = self.boxes[name]
        if box.lost:
            self._broken.add(name)
        if name in self._broken:
            raise LineLost("the line is gone", where=self.where)
        reply = box.answer(question, self.clock.now(), self.clock.loop.call_later)
        if reply is not None:
            self.clock.loop.call_later(REPLY_AFTER, self._arrive, f"{name} {reply}\r".encode())

    def _arrive(self, data: bytes) -> None:
        self._received += data
        self._arrived.set()

    async def receive(self, deadline: float) -> bytes:
        if not self._received and self.clock.now() < deadline:
            self._arrived.clear()
            waiting = asyncio.ensure_future(self._arrived.wait())
            await asyncio.wait((waiting,), timeout=deadline - self.clock.now())
            waiting.cancel()
        data = bytes(self._received)
        self._received.clear()
        return data


class Boxed(Device):
    """A driver of the made-up protocol."""

    manual = "none"

    def make_framing(self) -> Framing:
        return Terminator(b"\r", mine=lambda line, question: line.split()[0] == question.split()[0])

    async def identify(self) -> Identity:
        await self.values()
        return Identity("made up", self.name)

    async def values(self) -> list[float]:
        reply = await self.ask(f"{self.name} r".encode())
        words = reply.split()[1:]
        try:
            return [float(word) for _, word in zip(REGISTERS[self.name], words, strict=True)]
        except ValueError as error:
            raise ProtocolError(f"{reply!r} is no list of numbers", where=self.name) from error

    def write_frame(self, register: str, value: float) -> Frame:
        return Frame(f"{self.name} w {register} {value:.9g}".encode(), self.judge)

    def judge(self, reply: bytes) -> None:
        if not reply.endswith(b"ok"):
            raise InstrumentRefused("refused", where=self.name)


class Valves(Boxed):
    valve = setpoint(state, low=0.0, high=1.0, count=5)

    @poll(every=0.5, stale_after=2.0)
    async def _states(self) -> Readings:
        return {Valves.valve[n]: value for n, value in enumerate(await self.values())}

    @valve.frame
    def _valve(self, index: int, value: float) -> Frame:
        return self.write_frame(f"valve{index}", value)

    @valve.pulser(resolution=0.1)
    async def _pulse(self, index: int, width: float) -> None:
        self.judge(await self.ask(f"{self.name} p valve{index} {width}".encode()))


class FlowController(Boxed):
    flow_setpoint = setpoint(sccm, low=0.0, high=100.0)
    flow = readback(sccm, low=0.0, high=100.0)
    zero = setpoint(sccm, low=0.0, high=1.0)

    @poll(every=0.2, stale_after=1.0)
    async def _frame(self) -> Readings:
        wanted, actual = await self.values()
        return {self.flow_setpoint: wanted, self.flow: actual}

    @flow_setpoint.writer
    async def _write(self, value: float) -> None:
        await self.obey(self.write_frame("flow_setpoint", value))

    @zero.writer
    async def _write_zero(self, value: float) -> None:
        await self.obey(self.write_frame("zero", value))


class Heater(Boxed):
    setpoint = setpoint(degC, low=0.0, high=300.0)
    temperature = readback(degC, low=-100.0, high=600.0)

    @poll(every=0.5, stale_after=2.0)
    async def _frame(self) -> Readings:
        wanted, actual = await self.values()
        return {self.setpoint: wanted, self.temperature: actual}

    @setpoint.writer
    async def _write(self, value: float) -> None:
        await self.obey(self.write_frame("setpoint", value))


class Gauge(Boxed):
    pressure = readback(Pa, low=0.0, high=2e5)

    @poll(every=0.1, stale_after=0.5)
    async def _frame(self) -> Readings:
        return {self.pressure: (await self.values())[0]}


DRIVERS: dict[str, type[Boxed]] = {"valves": Valves, "mfc": FlowController, "heater": Heater, "gauge": Gauge}
WIRING = {
    Cell("valves", "valve", 0): "TMA.valve",
    Cell("valves", "valve", 1): "H2O.valve",
    Cell("valves", "valve", 2): "EG.valve",
    Cell("valves", "valve", 3): "pump.valve",
    Cell("valves", "valve", 4): "vent.valve",
    Cell("mfc", "flow"): "carrier.flow",
    Cell("mfc", "flow_setpoint"): "carrier.flow_setpoint",
    Cell("heater", "temperature"): "stage.temperature",
    Cell("heater", "setpoint"): "stage.setpoint",
    Cell("gauge", "pressure"): "chamber.pressure",
}


def instrument_tags(wiring: Mapping[Cell, str] = WIRING) -> dict[str, Tag]:
    tags = {}
    for cell, name in wiring.items():
        signal = DRIVERS[cell.instrument].signals[cell.signal]
        kind = TagKind.SETPOINT if signal.writable else TagKind.READBACK
        patience = max(exchange.stale_after for exchange in DRIVERS[cell.instrument].polls)
        tags[name] = Tag(name, signal.unit, kind, stale_after=patience)
    return tags


def output(tag: str, safe: SafeValue) -> Output:
    [cell] = [cell for cell, name in WIRING.items() if name == tag]
    signal = DRIVERS[cell.instrument].signals[cell.signal]
    low, high, off = (to_si(value, signal.unit) for value in (signal.low, signal.high, signal.off))
    return Output(tag, cell, signal.unit, low, high, safe, True, f"rig.yaml:{tag}", off)


def source(name: str, substance: str, **changes: Any) -> SourceLine:
    line = SourceLine(name, substance, "vapour_draw", f"{name}.valve", 0.015, 293.15, where=f"rig.yaml:{name}")
    return replace(line, **changes)


P1 = InterlockRule(
    "P1", ("chamber.pressure < 1.3 kPa",), "A bottle that empties itself.", "Pump.", when="sources.open",
    trip_after_time=0.5,
)  # fmt: skip
P3 = InterlockRule(
    "P3", ("chamber.pressure < 1 kPa",), "Trimethylaluminium burns in air.", "Pump down first.",
    guards=("TMA.valve", "H2O.valve", "EG.valve"),
)  # fmt: skip
F1 = InterlockRule(
    "F1", ("carrier.flow_ratio > 80 %",), "Nothing purges.", "Check the argon.",
    guards=("TMA.valve", "H2O.valve", "EG.valve"),
)  # fmt: skip
F2 = replace(F1, id="F2", guards=(), when="carrier.commanded", trip_after_time=2.0)
T2 = InterlockRule(
    "T2", ("stage.temperature > -20 degC", "stage.temperature < 450 degC"), "A thermocouple that is open.",
    "Check it.", trip_after_samples=2,
)  # fmt: skip
RULES = (P1, P3, F1, F2, T2)


def reactor(**changes: Any) -> Reactor:
    safe = {
        "TMA.valve": SHUT, "H2O.valve": SHUT, "EG.valve": SHUT, "pump.valve": LEAVE,
        "vent.valve": SafeValue(OPEN, depends_on=("pump.valve",), otherwise=CLOSED),
        "carrier.flow_setpoint": SafeValue(to_si(20.0, sccm)), "stage.setpoint": SafeValue(to_si(0.0, degC)),
    }  # fmt: skip
    whole = Reactor(
        name="rig", text="", sha256="", file="rig.yaml", processes=("ALD",), substrates=("lithium",),
        chamber=Chamber(1e-3, 0.1, 5e-4, 0.1, {}, ("chamber.pressure",)),
        pump=PumpLine("pump.valve"),
        lines={"carrier": GasLine("carrier", "argon", where="rig.yaml:carrier")},
        purge_line="carrier",
        sources={
            "TMA": source("TMA", "trimethylaluminium"),
            "H2O": source("H2O", "water"),
            "EG": source("EG", "ethylene glycol", instrument_pulse=True),
        },
        zones={"stage": Zone("stage", 10.0 / 60.0)},
        stage=Stage("stage", 3.0, 3.0, 2.2, 3.0, "2026-10-01", "indium"),
        instruments={name: Instrument(name, name, f"memory:{name}") for name in DRIVERS},
        wiring=WIRING,
        outputs={tag: output(tag, value) for tag, value in safe.items()},
        interlocks=RULES,
    )  # fmt: skip
    return replace(whole, **changes)


GOOD_VALUES = {
    "TMA.valve": 0.0, "H2O.valve": 0.0, "EG.valve": 0.0, "pump.valve": 1.0, "vent.valve": 0.0,
    "carrier.flow": to_si(20.0, sccm), "carrier.flow_setpoint": to_si(20.0, sccm),
    "stage.temperature": to_si(100.0, degC), "stage.setpoint": to_si(100.0, degC), "chamber.pressure": 97.0,
}  # fmt: skip


ARMED_VALUES = {**GOOD_VALUES, "stage.setpoint": to_si(0.0, degC), "vent.valve": OPEN}
"""The same with outputs as arming has driven them."""


@dataclass
class Rig:
    """The small reactor in virtual time. `say` publishes what instruments would show; polls run only when asked."""

    clock: VirtualClock
    boxes: dict[str, Box]
    devices: dict[str, Boxed]
    hub: Hub
    protection: Protection
    events: list[Event]

    @property
    def gate(self) -> Gate:
        return self.protection.gate

    @property
    def trips(self) -> list[str]:
        return [trip.id for trip in self.protection.interlocks.trips]

    def say(self, quality: Quality = Quality.GOOD, **values: float) -> None:
        """Publishes samples of this instant; `__` stands for the point in a tag's name."""
        now = self.clock.now()
        self.hub.publish([Batch.one(tag.replace("__", "."), now, value, quality) for tag, value in values.items()])

    def say_all(self, **changes: float) -> None:
        """Publishes a sample of every tag: all is well but for `changes`, and outputs read as they were commanded."""
        values = {**GOOD_VALUES, **self._outputs(), **{tag.replace("__", "."): value for tag, value in changes.items()}}
        self.hub.publish([Batch.one(tag, self.clock.now(), value) for tag, value in values.items()])

    def _outputs(self) -> dict[str, float]:
        """What each output was commanded to, where it was; the carrier flows as it was told."""
        known = ((tag, self.gate.commanded.value(tag)) for tag in self.gate.wires)
        found = {tag: value for tag, value in known if value is not None}
        if "carrier.flow_setpoint" in found:
            found["carrier.flow"] = found["carrier.flow_setpoint"]
        return found

    async def keep_saying(self, until: float, **changes: float) -> None:
        """Publishes all tags each 0.1 s up to the instant `until`."""
        while self.clock.now() < until:
            self.say_all(**changes)
            await self.clock.sleep_until(min(until, self.clock.now() + 0.1))
        self.say_all(**changes)

    async def armed(self) -> None:
        """Armed, with every value good."""
        self.say_all()
        await self.protection.arming.arm()
        self.say_all()

    async def cover(self) -> None:
        """Shows the gauge a saturating dose of TMA: 26 Pa above the baseline, decaying with 2 s."""
        await self.keep_saying(self.clock.now() + 1.0)
        opened = self.clock.now() + 0.01
        await self.clock.sleep(0.07)
        self.hub.publish([Batch.of("TMA.valve", (opened, opened + 0.05), (OPEN, CLOSED))])
        while self.clock.now() < opened + 30.0:
            await self.clock.sleep(0.1)
            self.say_all(chamber__pressure=97.0 + 26.0 * math.exp(-(self.clock.now() - opened) / 2.0))

    def kinds(self, kind: Kind) -> list[str]:
        return [event.text for event in self.events if event.kind is kind]


def build(
    clock: VirtualClock,
    whole: Reactor,
    on: Substrate,
    together: tuple[str, ...] = (),
    lacking: frozenset[str] = frozenset(),
) -> Rig:
    """`together`: names of instruments that share one line."""
    boxes = {name: Box(name, dict.fromkeys(registers, 0.0)) for name, registers in REGISTERS.items()}
    shared = Line(Memory(clock, boxes), clock)
    devices = {
        name: kind(name, shared if name in together else Line(Memory(clock, boxes), clock), {})
        for name, kind in DRIVERS.items()
    }
    rules = Rules(whole, on, instrument_tags(whole.wiring), lacking)
    hub = Hub(rules.tags, clock)
    events: list[Event] = []
    return Rig(clock, boxes, devices, hub, Protection(rules, devices, clock, hub, events.append), events)


def on_rig(
    main: Callable[[Rig], Awaitable[T]], *, whole: Reactor | None = None, substrate_name: str = "lithium", **how: Any
) -> T:
    """Runs `main` on a fresh rig in virtual time, with the task that answers trips."""

    async def run(clock: VirtualClock) -> T:
        rig = build(clock, whole or reactor(), substrate(substrate_name), **how)
        responding = asyncio.ensure_future(rig.protection.arming.respond())
        try:
            return await main(rig)
        finally:
            responding.cancel()

    return run_virtual(run)


def command(tag: str, value: float) -> Command:
    return Command(tag, value, Source.OPERATOR, "test")


def doubtful(value: float, why: str = "said so") -> Doubt:
    return Doubt(value, Quality.UNCERTAIN, why)
