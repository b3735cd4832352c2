"""What the people at the reactor do: arm and disarm, acknowledge and reset, bypass and lift, and start anew."""

import math

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.unit.safety.core_commands import Commands
from tests.unit.safety.core_model import SOURCES
from tests.unit.safety.core_plant import STUCK
from vapordep.errors import NotArmed, SafetyError, VapordepError
from vapordep.model.tags import Quality

BYPASSABLE = ("P1", "F2", "T2", "G1", "F1")
CAUSES = {
    "P1": ("pressure", 1300.0), "F2": ("flow", 1.0), "T2": ("thermocouple", -60.0), "G1": ("pressure", 1000.0),
    "F1": ("flow", 5.0),
}  # fmt: skip
HARD = ("T1", "C1", "C2.TMA", "C3")
TRIED_ON_FOR = 55.0
"""What fails for longer, in s, may have been given up: a person must disarm once more."""
TRIPS = ("P1", "F2", "T2", "T1", "C1")


class People(Commands):
    """Whether each may is asked of the model before."""

    @rule(armed=st.booleans())
    def all_is_well(self, armed: bool) -> None:
        """What is wrong is put right, and the reactor made ready as a person would."""
        self.given_up = self.clock.now() > self.failing + TRIED_ON_FOR
        self.failing = math.inf
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

    @rule(
        valves=st.permutations((*SOURCES, "vent.valve")),
        fault=st.sampled_from((None, *((what, valve) for what in ("stuck", "refuses") for valve in STUCK))),
    )
    def disarm_with_open(self, valves: list[str], fault: tuple[str, str] | None) -> None:
        """Whatever may be opened stands open, or shut in the vent's case; what fails keeps no other there."""
        for valve in valves:
            self.order((valve, 0.0 if valve == "vent.valve" else 1.0))
        if fault:
            self.trouble(*fault)
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

    @rule(id=st.sampled_from(BYPASSABLE))
    def lifted_with_its_cause(self, id: str) -> None:
        """What a bypass let through is judged anew as it is lifted, and what it guards as if it had never been."""
        self.bypass(id, 3600.0)
        self.goes_wrong(CAUSES[id])
        self.wait(0.5)
        self.lift(id)
        self.wait(0.5)
        self.latched_and_armed_as_the_model_says()
        self.pulse(SOURCES[0], 0.05)

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
