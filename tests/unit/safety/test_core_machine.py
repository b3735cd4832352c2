"""The whole safety core on scripted instruments against a model of its own: readings, silences, people, kills, time."""

import ast
import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.unit.safety import core_model
from tests.unit.safety.core_model import ICE, PATIENCE, SCCM, SOURCES, Model
from tests.unit.safety.core_rows import Rows
from tests.unit.safety.rig import DRIVERS, P1, REGISTERS, WIRING, Box, Boxed, Memory, command, instrument_tags, reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, VirtualLoop
from vapordep.devices import Line
from vapordep.devices.hub import Hub
from vapordep.errors import CommandRefused, InstrumentError, NotArmed, SafetyError, Tripped, VapordepError
from vapordep.model.alarms import UNANSWERED
from vapordep.model.batches import Batch
from vapordep.model.chamber import Zone
from vapordep.model.commands import Pulse
from vapordep.model.events import Event, Kind
from vapordep.model.instruments import Cell
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.tags import Quality
from vapordep.safety.memory import Civil, recall, remember
from vapordep.safety.protection import Protection, Rules
from vapordep.units import to_si

MELTS = ICE + 180.5
STEP = 0.25
"""How often instruments are read, in s."""
RAMP = 1.0
"""How fast the oven heats and cools, in K/s."""
WORST = 6.0
"""The foil is so much warmer than the stage reads, in K: offset and error of the sensor together."""
RULES = (
    replace(P1, when="", action=Action.HOLD),
    InterlockRule("G1", ("chamber.pressure < 1 kPa",), "g.", guards=(*SOURCES, "stage.setpoint")),
    InterlockRule("F1", ("carrier.flow > 5 sccm",), "f.", guards=SOURCES),
    InterlockRule("F2", ("carrier.flow > 1 sccm",), "f.", trip_after_time=2.0),
    InterlockRule("T2", ("stage.temperature > -20 degC", "stage.temperature < 450 degC"), "t.", trip_after_samples=2),
)
WHOLE = reactor(interlocks=RULES, zones={"stage": Zone("stage", RAMP)})
WISHES = (
    *(("TMA.valve", 1.0), ("stage.setpoint", ICE + 300.0)) * 3,
    *((valve, value) for valve in (*SOURCES, "vent.valve", "pump.valve") for value in (0.0, 1.0)),
    *(("carrier.flow_setpoint", flow * SCCM) for flow in (0.0, 20.0, 50.0, 101.0, math.nan)),
    *(("stage.setpoint", ICE + degrees) for degrees in (0.0, 120.0, 200.0, 300.0, 301.0)),
)  # fmt: skip
BYPASSABLE = ("P1", "F2", "T2", "G1", "F1")
HARD = ("T1", "C1", "C2.TMA", "C3")
TRIPS = ("P1", "F2", "T2", "T1", "C1")
STUCK = ("valve0", "valve1", "valve2")
TROUBLES = st.one_of(
    st.tuples(st.just("pressure"), st.sampled_from((97.0, 999.0, 1000.0, 1300.0, math.nan))),
    st.tuples(st.just("flow"), st.sampled_from((20.0, 5.0, 1.0, math.nan))),
    st.tuples(st.just("thermocouple"), st.sampled_from((math.nan, 200.0, 500.0, -60.0))),
    st.tuples(st.just("silent"), st.sampled_from(tuple(REGISTERS))),
    st.tuples(st.just("mute"), st.sampled_from(("valves", "mfc"))),
    st.tuples(st.just("disobeys"), st.sampled_from((*STUCK, "flow_setpoint"))),
    st.tuples(st.just("quality"), st.sampled_from(Quality)),
    st.tuples(st.just("water turned by hand"), st.sampled_from((0.0, 1.0))),
)
ORDERS = st.tuples(st.just("order"), st.sampled_from(WISHES))
PULSES = st.tuples(
    st.just("pulse"),
    st.tuples(st.sampled_from((SOURCES[0], *SOURCES)), st.sampled_from((0.05, 0.5)), st.sampled_from((0.02, 0.4))),
)
SAFING = st.tuples(st.just("make safe"), st.just(()))


def _register(cell: Cell) -> str:
    return cell.signal if cell.index is None else f"valve{cell.index}"


CELLS = {(cell.instrument, _register(cell)): (tag, instrument_tags()[tag].unit) for cell, tag in WIRING.items()}
"""What each register holds, and in which unit."""
BAD = int(Quality.BAD)


@dataclass
class Instrument(Box):
    """A box that tells who listens what was written, before it obeys."""

    told: Callable[[str, float], None] = lambda register, value: None

    def answer(self, question: str, now: float, later: Callable[[float, Callable[[], None]], object]) -> str | None:
        word, *rest = question.split()
        if word != "r" and not self.mute and not self.deaf_to:
            self.told(rest[0], float(rest[1]) if word == "w" else 1.0)
        return super().answer(question, now, later)


@dataclass
class Oven:
    """The foil's true temperature (K) follows the setpoint at the rate that the reactor file states."""

    box: Box
    true: float
    at: float = 0.0

    def go(self, now: float) -> None:
        wanted, step = self.box.registers["setpoint"] + ICE, RAMP * (now - self.at)
        self.true += max(-step, min(step, wanted - self.true))
        self.at = now


class CoreAgainstModel(RuleBasedStateMachine):
    """Everything goes through hub, gate and lines, as in a run."""

    @initialize(warm=st.sampled_from((20.0, 100.0, 145.0)), on=st.sampled_from(("lithium", "lithium", "silicon")))
    def begin(self, warm: float, on: str = "lithium") -> None:
        """On silicon, which nothing attacks, every source may be the first."""
        self.on = on
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop)
        self.boxes = {name: Instrument(name, dict.fromkeys(names, 0.0)) for name, names in REGISTERS.items()}
        for name, box in self.boxes.items():
            box.told = lambda register, value, name=name: self.written(name, register, value)  # type: ignore[misc]
        self.devices: dict[str, Boxed] = {
            name: kind(name, Line(Memory(self.clock, self.boxes), self.clock), {}) for name, kind in DRIVERS.items()
        }
        self.boxes["gauge"].registers["pressure"] = 97.0
        self.boxes["mfc"].registers.update(flow=20.0, flow_setpoint=20.0)
        self.boxes["valves"].registers["valve3"] = 1.0
        self.oven = Oven(self.boxes["heater"], ICE + warm)
        self.read_as: float | None = None
        self.silent: set[str] = set()
        self.quality = Quality.GOOD
        self.events: list[Event] = []
        self.kept = ""
        self.allowed: set[tuple[str, float]] = set()
        self.changed: list[str] = []
        self.unpermitted: list[str] = []
        self.by_hand = False
        self.scanned = 0.0
        self.rows = Rows()
        self.responding: asyncio.Future[None] | None = None
        self.model: Model | None = None
        self.do(self.start())
        self.arm()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)
        before = -1
        while before < len(self.rows.trips):  # the last look may have tripped what is yet to be answered
            before = len(self.rows.trips)
            self.loop.run_until_complete(self.settle())
        assert self.unpermitted == []
        assert self.model is not None
        self.rows.check(self.model.aside)

    async def start(self) -> None:
        """A safety core as the program puts it together anew."""
        rules = Rules(WHOLE, substrate(self.on), instrument_tags(WHOLE.wiring))
        self.hub = Hub(rules.tags, self.clock)
        self.protection = Protection(rules, self.devices, self.clock, self.hub, self.logged)
        self.protection.alarms.changed = self.protection.bypasses.changed = self.keep
        self.hub.listen(self.heard)
        self.protection.interlocks.standings.on_trip.append(self.rows.tripped)
        before = self.model
        self.model = None
        self.scan()
        if before is None:
            self.trip_at = self.hub.latest["substrate.trip"].value
        self.model = Model(self.trip_at, attacked=self.on == "lithium", now=self.clock.now())
        if before is not None:
            self.model.latched, self.model.acknowledged = before.latched, before.acknowledged
            self.model.aside, self.model.coated = before.aside, True  # what its history would tell is left open
            self.model.may = set(before.latched)
            for id in before.aside:
                self.rows.bypassed(id)
        for watched in self.model.watched.values():
            if watched.id in self.model.latched:
                watched.since = self.clock.now()
        if self.kept:
            civil = Civil(self.clock.now(), self.clock.civil_at(self.clock.now()))
            recall(self.kept, "rig", self.protection.alarms, self.protection.bypasses, civil, self.logged)
        self.responding = self.loop.create_task(self.protection.arming.respond())
        self.scan()

    def keep(self) -> None:
        civil = Civil(self.clock.now(), self.clock.civil_at(self.clock.now()))
        self.kept = remember("rig", self.protection.alarms, self.protection.bypasses, civil)

    # --- what reaches the model ----------------------------------------------------------------------------------

    def logged(self, event: Event) -> None:
        self.events.append(event)
        self.rows.logged(event)
        if self.model is not None and "armed" in event.data and event.kind is Kind.COMMAND:
            if event.data["armed"]:
                self.model.arm(event.time)
            else:
                self.model.disarm(event.time)

    def heard(self, batches: Sequence[Batch]) -> None:
        if self.model is None:
            return
        self.rows.heard(batches)
        found: defaultdict[float, dict[str, tuple[float, bool]]] = defaultdict(dict)
        for batch in batches:
            if batch.tag in PATIENCE:
                samples = zip(batch.times.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True)
                for at, value, quality in samples:
                    found[at][batch.tag] = value, quality != BAD
        for at in sorted(found):
            self.model.measured(at, found[at])

    def written(self, name: str, register: str, value: float) -> None:
        """Nothing is energised without a permit: what is no safe value was asked for, and the model agreed."""
        if name == "heater":
            self.oven.go(self.clock.now())
        tag, unit = CELLS[name, register]
        si = to_si(value, unit)
        assert self.model is not None
        calm = self.model.may_arrive(tag, si, self.clock.now())
        if self.boxes[name].registers[register] != value and register not in self.boxes[name].stuck:
            self.changed.append(tag)
            self.rows.changed(tag, si, harmless=calm)
        if not calm and not self.may_be_driven(tag, si):  # told by `do`: who plays edges may keep an error to itself
            self.unpermitted.append(f"{tag} was driven to {value} without a permit")

    def may_be_driven(self, tag: str, value: float) -> bool:
        """Somebody wished it, and it may go at this very instant, however long it was on its way."""
        assert self.model is not None
        wished = any(tag == wish and math.isclose(value, wanted, rel_tol=1e-6) for wish, wanted in self.allowed)
        now = self.clock.now()
        may = self.model.may_go(tag, value, now, seen=min(now, self.scanned))
        return wished and may is not False and not self.model.decided and not (value and self.meets(tag))

    def meets(self, valve: str) -> bool:
        """Whether an incompatible valve truly stands open by an order; one turned by hand may be unseen yet."""
        others = () if valve not in SOURCES else SOURCES[1:] if valve == SOURCES[0] else SOURCES[:1]
        stands = self.boxes["valves"].registers
        return any(
            stands[f"valve{SOURCES.index(other)}"] and not (other == SOURCES[1] and self.by_hand) for other in others
        )

    # --- the world -----------------------------------------------------------------------------------------------

    def scan(self) -> None:
        """What the instruments show now, of those that say something."""
        now = self.scanned = self.clock.now()
        self.oven.go(now)
        self.boxes["heater"].registers["temperature"] = (
            self.oven.true - WORST - ICE if self.read_as is None else self.read_as
        )
        bad, batches = self.quality is Quality.BAD, []
        for (name, register), (tag, unit) in CELLS.items():
            if name not in self.silent and not self.boxes[name].mute:
                si = math.nan if bad else to_si(self.boxes[name].registers[register], unit)
                batches.append(Batch.one(tag, now, si, self.quality))
        self.hub.publish(batches)

    async def pass_time(self, duration: float) -> None:
        end = self.clock.now() + duration
        while self.clock.now() < end:
            await self.clock.sleep_until(min(end, self.clock.now() + STEP))
            self.scan()
            self.tick()
            await asyncio.sleep(0)

    def tick(self) -> None:
        self.hub.tick(self.clock.now())
        if self.model is not None:
            self.model.pass_time(self.clock.now())

    async def settle(self) -> None:
        """Until the safe state is reached or given up."""
        self.tick()
        await self.clock.sleep(0.05)
        while self.protection.gate.circumstances("TMA.valve", self.clock.now()).safing:
            await self.pass_time(STEP)
        self.tick()  # what was read back meanwhile let the core see who has fallen silent, and not the model

    @rule(duration=st.sampled_from((0.1, 0.25, 0.5, 1.0, 3.0, 8.0)))
    def wait(self, duration: float) -> None:
        self.do(self.pass_time(duration))

    @rule(trouble=TROUBLES)
    def goes_wrong(self, trouble: tuple[str, Any]) -> None:
        self.trouble(*trouble)
        self.scan()
        self.do(self.settle())

    def trouble(self, what: str, value: Any) -> None:
        if what == "pressure":
            self.boxes["gauge"].registers["pressure"] = value
        elif what == "flow":
            self.boxes["mfc"].registers["flow"] = value
        elif what == "thermocouple":
            self.read_as = value
        elif what == "silent":
            self.silent.add(value)
        elif what == "mute":
            self.boxes[value].mute = True
        elif what == "quality":
            self.quality = value
        elif what == "disobeys":
            self.boxes["valves"].stuck |= {value} & set(STUCK)  # says that it obeys
            self.boxes["mfc"].refuses |= {value} - set(STUCK)
        else:
            self.boxes["valves"].registers["valve1"] = value
            self.by_hand = value == 1.0

    @rule(armed=st.booleans())
    def all_is_well(self, armed: bool) -> None:
        """What is wrong is put right, and the reactor made ready as a person would."""
        self.silent, self.read_as, self.quality = set(), None, Quality.GOOD
        for box in self.boxes.values():
            box.mute, box.deaf_to, box.stuck, box.refuses = False, 0, set(), set()
        self.boxes["gauge"].registers["pressure"] = 97.0
        self.boxes["mfc"].registers["flow"] = 20.0
        self.boxes["valves"].registers["valve1"] = 0.0
        self.by_hand = False
        self.do(self.pass_time(1.0))
        self.latched_and_armed_as_the_model_says()  # what the model leaves open may have tripped meanwhile
        if armed:
            for id in TRIPS:
                self.acknowledge(id)
                self.reset(id)
            self.arm()

    # --- what people and the recipe do ---------------------------------------------------------------------------

    @property
    def tripping(self) -> bool:
        """Whether something stands that makes safe: the first sources are shut before it counts as disarmed."""
        return any(trip.rule.action is Action.SAFE for trip in self.protection.interlocks.trips)

    @rule(wish=st.sampled_from(WISHES))
    def order(self, wish: tuple[str, float]) -> None:
        self.do(self.ordered(*wish))

    async def ordered(self, tag: str, value: float) -> None:
        assert self.model is not None
        now, rows = self.clock.now(), len(self.events)
        may = self.model.may_go(tag, value, now)
        self.allowed = set() if may is False else {(tag, value)}
        self.model.coated = self.model.coated or (tag == SOURCES[0] and value == 1.0 and may is not False)
        self.changed = []
        try:
            await self.protection.gate.command(command(tag, value))
        except CommandRefused:
            assert may is not True, f"{tag} was refused {value}: {self.events[-1].text}"
            assert [e.kind for e in self.events[rows:]] == [Kind.REFUSED], "one row of a refusal"
            assert self.changed == []
        except (InstrumentError, Tripped):  # it does not answer; while it is tried again something may trip
            assert may is not False, f"{tag} was about to go to {value}"
            self.rows.failed(tag)
        else:
            assert may is not False, f"{tag} went to {value}"
            self.rows.carried_out(tag, value)
            written = [e.data["tag"] for e in self.events[rows:] if e.kind is Kind.COMMAND and "tag" in e.data]
            assert written == [tag], "one row of a command"
            tripped = not self.protection.arming.armed or self.tripping  # the safe state may be driven beside a command
            assert set(self.changed) <= {tag} or tripped
        self.allowed = set()

    @rule(
        valve=st.sampled_from((SOURCES[0], *SOURCES)),
        width=st.sampled_from((0.05, 0.5)),
        cut=st.sampled_from((None, None, 0.04)),
    )
    def pulse(self, valve: str, width: float, cut: float | None = None) -> None:
        """Who asked for it may be gone after the time `cut`: a run that is aborted, say."""
        self.do(self.pulsed(valve, width, cut))

    @rule(valve=st.sampled_from(SOURCES), trouble=st.sampled_from((("pressure", 1000.0), ("flow", 5.0))))
    def pulse_into_an_open_valve(self, valve: str, trouble: tuple[str, float]) -> None:
        """What keeps it from being opened trips nothing."""
        self.order((valve, 1.0))
        self.goes_wrong(trouble)
        self.pulse(valve, 0.05)

    async def pulsed(self, valve: str, width: float, cut: float | None) -> None:
        assert self.model is not None
        now = self.clock.now()
        at = now + 0.02
        may = self.model.may_go(valve, 1.0, at, seen=now)
        self.allowed = set() if may is False else {(valve, 1.0)}
        self.model.coated = self.model.coated or (valve == SOURCES[0] and may is not False)
        try:
            await asyncio.wait_for(self.protection.gate.pulse(Pulse(valve, at, width, "test")), cut)
        except CommandRefused:
            assert may is not True, self.events[-1].text
        except TimeoutError:
            self.rows.failed(valve)
        except (InstrumentError, Tripped):
            assert may is not False, f"{valve} was about to be pulsed"
            self.rows.failed(valve)
        else:
            assert may is not False, f"{valve} was pulsed"
            self.rows.pulsed(valve)
        self.allowed = set()
        if not (self.boxes["valves"].mute or self.by_hand):
            assert valve not in self.open_sources(), "a pulse ends shut, whatever happened, also one that was refused"

    @rule(
        first=st.one_of(ORDERS, PULSES, SAFING),
        second=st.one_of(ORDERS, PULSES, SAFING, TROUBLES),
        after=st.sampled_from((0.0, 0.002, 0.007, 0.3)),
        deaf=st.sampled_from(("", "valves", "heater")),
    )
    def both(self, first: tuple[str, Any], second: tuple[str, Any], after: float, deaf: str) -> None:
        """A second thing happens while a first one is under way; what is written is judged as it arrives."""
        self.do(self.together(first, second, after, deaf))

    @rule(wish=st.sampled_from(WISHES))
    def order_while_made_safe(self, wish: tuple[str, float]) -> None:
        """The valves' first safe command gets lost, so that it lasts for a while; the other lines are free."""
        self.do(self.together(("make safe", ()), ("order", wish), 0.3, "valves"))

    @rule(trouble=TROUBLES)
    def goes_wrong_before_a_pulse(self, trouble: tuple[str, Any]) -> None:
        """It is permitted already, and not open yet."""
        self.do(self.together(("pulse", (SOURCES[0], 0.05, 0.4)), trouble, 0.3))

    @rule(valves=st.sampled_from((SOURCES[:2], SOURCES[1::-1], SOURCES[::2])), what=st.sampled_from(("order", "pulse")))
    def two_sources(self, valves: tuple[str, str], what: str) -> None:
        """Nobody has seen the first one open yet."""
        second = (valves[1], 1.0) if what == "order" else (valves[1], 0.05, 0.02)
        self.do(self.together(("pulse", (valves[0], 0.5, 0.02)), (what, second), 0.007))

    async def together(self, first: tuple[str, Any], second: tuple[str, Any], after: float, deaf: str = "") -> None:
        if deaf:
            self.boxes[deaf].deaf_to = 1
        works = [self.loop.create_task(self.attempted(*first))]
        await self.clock.sleep(after)
        if second[0] in ("order", "pulse", "make safe"):
            works.append(self.loop.create_task(self.attempted(*second)))
        else:
            self.trouble(*second)
        for _ in range(2):  # what counts samples trips at once
            self.scan()
            self.tick()
            await self.clock.sleep(0.001)
        while not all(work.done() for work in works):
            await self.pass_time(STEP)
        for work in works:
            work.result()
        self.allowed = set()
        for box in self.boxes.values():
            box.deaf_to = 0

    async def attempted(self, what: str, how: tuple[Any, ...]) -> None:
        """Whether it may is judged where it arrives, not by how it ends; what makes safe always may."""
        assert self.model is not None
        harmless = what == "order" and self.model.is_harmless(*how, self.clock.now())
        try:
            if what == "order":
                self.allowed.add(how)
                await self.protection.gate.command(command(*how))
                self.rows.carried_out(*how)
            elif what == "pulse":
                valve, width, lead = how
                self.allowed.add((valve, 1.0))
                await self.protection.gate.pulse(Pulse(valve, self.clock.now() + lead, width, "test"))
                self.rows.pulsed(valve)
            else:
                began = self.model.begin_safe(self.clock.now())
                try:
                    await self.protection.arming.make_safe("test")
                finally:
                    self.model.decided.remove(began)
        except (InstrumentError, Tripped):
            self.rows.failed(how[0])
        except CommandRefused:
            assert not (harmless and self.model.is_harmless(*how, self.clock.now())), self.events[-1].text

    @rule()
    def arm(self) -> None:
        self.scan()
        self.do(self.settle())
        self.do(self.armed())

    async def armed(self) -> None:
        assert self.model is not None
        may = None if self.model.armed else self.model.may_arm(self.clock.now())
        if not (self.model.armed or all(self.obeys(name) for name in self.boxes)):
            may = False
        try:
            await self.protection.arming.arm()
        except NotArmed:
            assert may is not True, self.events[-1].text
        else:
            assert may is not False, "armed although something stands against it"

    @rule()
    def arm_unwatched(self) -> None:
        """What was said last is no reason to arm, nor for a safe value, though nobody has told that it is stale."""
        self.disarm()
        self.do(self.unwatched())

    async def unwatched(self) -> None:
        await self.clock.sleep(3.0)
        await self.armed()
        await self.disarmed()

    @rule()
    def disarm(self) -> None:
        self.do(self.disarmed())

    @rule(valves=st.permutations((*SOURCES, "vent.valve")), stuck=st.sampled_from((None, *STUCK)))
    def disarm_with_open(self, valves: list[str], stuck: str | None) -> None:
        """Whatever may be opened stands open, or shut in the vent's case, as it begins."""
        for valve in valves:
            self.order((valve, 0.0 if valve == "vent.valve" else 1.0))
        if stuck:
            self.trouble("disobeys", stuck)
        self.do(self.disarmed())

    async def disarmed(self) -> None:
        rows = len(self.events)
        assert self.model is not None
        vents = self.model.safe("vent.valve", self.clock.now())
        report = await self.protection.arming.disarm("test")
        self.check_safe(report.ok, vents)
        assert len([e for e in self.events[rows:] if e.text.startswith("safe state: test")]) == 1, "one row"

    def check_safe(self, ok: bool, vents: float | None) -> None:
        """The declared safe value is reached wherever the instrument answers, whatever else is the matter."""
        valves, mfc = self.boxes["valves"], self.boxes["mfc"]
        if not valves.mute:
            assert self.open_sources() == []
            assert valves.registers["valve4"] == vents
        if self.obeys("mfc"):
            assert mfc.registers["flow_setpoint"] == pytest.approx(20.0)
        assert self.boxes["heater"].registers["setpoint"] == pytest.approx(0.0)
        assert ok == all(self.obeys(name) for name in self.boxes)

    def open_sources(self) -> list[str]:
        """Sources that truly stand open, and are not stuck there."""
        stands, stuck = self.boxes["valves"].registers, self.boxes["valves"].stuck
        found = ((tag, f"valve{n}") for n, tag in enumerate(SOURCES))
        return [tag for tag, register in found if stands[register] and register not in stuck]

    def obeys(self, name: str) -> bool:
        """Whether each output of an instrument can be brought to its safe value."""
        box = self.boxes[name]
        return not (box.mute or box.refuses or any(box.registers[each] for each in box.stuck))

    @rule(id=st.sampled_from(TRIPS), answer=st.sampled_from(("acknowledge", "reset", "both")))
    def answered(self, id: str, answer: str) -> None:
        if answer != "reset":
            self.acknowledge(id)
        if answer != "acknowledge":
            self.reset(id)

    def acknowledge(self, id: str) -> None:
        assert self.model is not None
        try:
            self.protection.alarms.acknowledge(id, "Ada")
        except VapordepError:
            assert id not in self.model.latched - self.model.acknowledged, f"{id} waits to be acknowledged"
            return
        if id in self.model.latched:
            self.model.acknowledged.add(id)

    def reset(self, id: str) -> None:
        assert self.model is not None
        self.tick()
        may = self.model.may_reset(id, self.clock.now())
        try:
            self.protection.alarms.reset(id, "Ada")
        except VapordepError:
            assert may is not True, f"{id} was not reset"
        else:
            assert may is not False, f"{id} was reset"
            self.model.latched.discard(id)
            self.model.watched[id].calm()

    @rule(id=st.sampled_from((*BYPASSABLE, *HARD)), duration=st.sampled_from((0.6, 5.0, 3600.0, 8.1 * 3600.0)))
    def bypass(self, id: str, duration: float) -> None:
        assert self.model is not None
        try:
            bypass = self.protection.bypasses.add(id, "Ada", "test", duration)
        except SafetyError:
            assert id in HARD or duration > 8 * 3600.0
        else:
            assert id not in HARD, f"{id} is hard"
            assert duration <= 8 * 3600.0
            self.rows.bypassed(id)
            self.model.set_aside(id, bypass.until, self.clock.now())

    @rule(id=st.sampled_from(BYPASSABLE))
    def lift(self, id: str) -> None:
        assert self.model is not None
        self.tick()
        if id in [bypass.id for bypass in self.protection.bypasses.active]:
            self.protection.bypasses.lift(id, "Ada")
            self.model.put_back(id, self.clock.now())
        else:
            assert id not in self.model.aside

    @rule()
    def killed(self) -> None:
        """The program dies and begins anew; the tape was played meanwhile, which other tests are about.

        The core alone does not know how long ago a source was open: valves that the new one finds shut count as long
        shut. The history reminds it (tests/unit/app/test_recent_doses.py), which is not in this walk.
        """
        assert self.responding is not None
        self.responding.cancel()
        self.oven.go(self.clock.now())
        for name, registers in (("valves", {f"valve{n}": 0.0 for n in range(3)}), ("heater", {"setpoint": 0.0})):
            self.boxes[name].registers.update(registers)
        self.do(self.start())
        assert not self.protection.arming.armed

    # --- what always holds ---------------------------------------------------------------------------------------

    @invariant()
    def latched_and_armed_as_the_model_says(self) -> None:
        if getattr(self, "model", None) is None:
            return
        assert self.model is not None
        trips = self.protection.interlocks.trips
        if self.protection.arming.armed and any(not self.model.watched[trip.id].holds for trip in trips):
            self.do(self.settle())  # tripped by a tick just now: the answer is a task of its own
        found = {trip.id for trip in self.protection.interlocks.trips}
        assert self.model.latched <= found, f"not latched: {self.model.latched - found}"
        assert found <= self.model.latched | self.model.may, f"without a cause: {found - self.model.latched}"
        self.acknowledged_as_the_model_says(found)
        self.model.latched, self.model.may = found, set()
        if any(not self.model.watched[id].holds for id in found):
            self.model.armed = False
        assert self.protection.arming.armed == self.model.armed

    def acknowledged_as_the_model_says(self, latched: set[str]) -> None:
        """Also after a restart; of a cause that may have come back meanwhile that is left open."""
        assert self.model is not None
        told = {id for id in latched if self.protection.alarms[id].state not in UNANSWERED}
        assert told == {id for id in latched if self.protection.interlocks.standings.acknowledged(id)}
        assert told - self.model.may == self.model.acknowledged & latched - self.model.may
        self.model.acknowledged = told

    @invariant()
    def lithium_stays_solid(self) -> None:
        if hasattr(self, "oven") and self.on == "lithium":
            self.oven.go(self.clock.now())
            assert self.oven.true < MELTS

    @invariant()
    def tripped_is_safe(self) -> None:
        if hasattr(self, "boxes") and not self.protection.arming.armed:
            if self.boxes["heater"].registers["setpoint"] != 0.0:
                self.do(self.settle())  # the safe state may be on its way
            assert self.boxes["heater"].registers["setpoint"] == 0.0, "a heater is on although nothing is armed"

    @invariant()
    def held_is_shut(self) -> None:
        """What holds shuts every source, also where no run is there to do it."""
        if hasattr(self, "boxes") and self.open_though_held():
            self.do(self.pass_time(3.0))  # a first try may have been lost
            assert not self.open_though_held()

    def open_though_held(self) -> list[str]:
        """Sources that stand open while a hold is latched; what was turned by hand since then is not the hold's."""
        if not self.protection.interlocks.trips or self.boxes["valves"].mute:
            return []
        by_hand = SOURCES[1] if self.by_hand else ""
        return [tag for tag in self.open_sources() if tag != by_hand]

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            assert self.responding is not None
            self.responding.cancel()
            self.loop.run_until_complete(asyncio.gather(self.responding, return_exceptions=True))
            self.loop.close()


def test_the_model_is_independent() -> None:
    tree = ast.parse(Path(core_model.__file__).read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not [name for name in names if name.partition(".")[0] not in ("math", "collections", "dataclasses")]


def test_a_trip_for_silent_valves_is_reset_once_they_were_seen_a_second_time() -> None:
    """At the first look they may have been open together until just then; walk 9901 found the model less strict."""
    walk = CoreAgainstModel()
    walk.begin(warm=100.0)
    walk.goes_wrong(trouble=("silent", "valves"))
    walk.wait(duration=3.0)
    walk.latched_and_armed_as_the_model_says()
    assert "C1" in {trip.id for trip in walk.protection.interlocks.trips}
    walk.answered(answer="both", id="C1")
    assert "C1" in {trip.id for trip in walk.protection.interlocks.trips}, "only the safe state has read it back so far"
    walk.silent.clear()
    walk.wait(duration=0.5)
    walk.answered(answer="both", id="C1")
    assert not walk.protection.interlocks.trips
    walk.teardown()


def test_a_source_whose_pulse_was_never_confirmed_counts_as_open_until_it_is_seen_shut() -> None:
    """The board went mute before the pulse, and came back with the other source unseen as long: they may have met."""
    walk = CoreAgainstModel()
    walk.begin(warm=20.0)
    walk.all_is_well(armed=True)
    walk.goes_wrong(trouble=("mute", "valves"))
    walk.pulse(valve="TMA.valve", width=0.05)
    walk.latched_and_armed_as_the_model_says()
    walk.all_is_well(armed=True)
    assert any("C1" in event.text for event in walk.events if event.kind is Kind.TRIP)
    walk.latched_and_armed_as_the_model_says()
    walk.teardown()


CHECKS = (HealthCheck.too_slow, HealthCheck.filter_too_much)


@pytest.mark.timeout(900)
class TestCore(CoreAgainstModel.TestCase):  # type: ignore[misc]
    """The same walks each time; new ones are for those who wait for many."""

    settings = settings(
        max_examples=300, stateful_step_count=50, deadline=None, suppress_health_check=CHECKS, derandomize=True
    )

    def runTest(self) -> None:  # noqa: N802 - the name of unittest
        """Hypothesis also draws constants out of the modules that are loaded, which are others in each process."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(providers, "_get_local_constants", Constants)
            super().runTest()


@pytest.mark.many
@pytest.mark.timeout(3600)
class TestManyCores(CoreAgainstModel.TestCase):  # type: ignore[misc]
    settings = settings(max_examples=3000, stateful_step_count=50, deadline=None, suppress_health_check=CHECKS)
