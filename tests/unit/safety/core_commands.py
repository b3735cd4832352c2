"""What a recipe and a person at the valves may ask for: orders and pulses, one by one, and two at once."""

import asyncio
import math
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.unit.safety.core_model import ICE, SCCM, SOURCES
from tests.unit.safety.core_plant import STUCK
from tests.unit.safety.core_world import STEP, World
from tests.unit.safety.rig import REGISTERS, command
from vapordep.errors import CommandRefused, InstrumentError, Tripped
from vapordep.model.commands import Pulse
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.model.tags import Quality

WISHES = (
    *(("TMA.valve", 1.0), ("stage.setpoint", ICE + 300.0)) * 3,
    *((valve, value) for valve in (*SOURCES, "vent.valve", "pump.valve") for value in (0.0, 1.0)),
    *(("carrier.flow_setpoint", flow * SCCM) for flow in (0.0, 20.0, 50.0, 101.0, math.nan)),
    *(("stage.setpoint", ICE + degrees) for degrees in (0.0, 120.0, 200.0, 300.0, 301.0)),
)  # fmt: skip
TROUBLES = st.one_of(
    st.tuples(st.just("pressure"), st.sampled_from((97.0, 999.0, 1000.0, 1300.0, math.nan))),
    st.tuples(st.just("flow"), st.sampled_from((20.0, 5.0, 1.0, math.nan))),
    st.tuples(st.just("thermocouple"), st.sampled_from((math.nan, 200.0, 500.0, -60.0))),
    st.tuples(st.just("silent"), st.sampled_from(tuple(REGISTERS))),
    st.tuples(st.just("mute"), st.sampled_from(("valves", "mfc"))),
    st.tuples(st.just("stuck"), st.sampled_from(STUCK)),
    st.tuples(st.just("refuses"), st.sampled_from((*STUCK, "flow_setpoint"))),
    st.tuples(st.just("quality"), st.sampled_from(Quality)),
    st.tuples(st.just("water turned by hand"), st.sampled_from((0.0, 1.0))),
)
ORDERS = st.tuples(st.just("order"), st.sampled_from(WISHES))
PULSES = st.tuples(
    st.just("pulse"),
    st.tuples(st.sampled_from((SOURCES[0], *SOURCES)), st.sampled_from((0.05, 0.5)), st.sampled_from((0.02, 0.4))),
)
SAFING = st.tuples(st.just("make safe"), st.just(()))


class Commands(World):
    """Troubles and commands, and both at once; what is written is judged as it arrives."""

    @rule(duration=st.sampled_from((0.1, 0.25, 0.5, 1.0, 3.0, 8.0)))
    def wait(self, duration: float) -> None:
        self.do(self.pass_time(duration))

    @rule(trouble=TROUBLES)
    def goes_wrong(self, trouble: tuple[str, Any]) -> None:
        self.trouble(*trouble)
        self.scan()
        self.do(self.settle())

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
