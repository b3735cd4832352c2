"""The dead man: triggered while armed and judged, let alone otherwise; what fails is told once."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

from tests.unit.safety.rig import OPEN, Rig, on_rig
from vapordep.model.events import Kind
from vapordep.model.protection import DeadMan
from vapordep.safety.dead_man import hold_dead_man

RELAY = DeadMan("EG.valve", 3.0)


def holding(main: Callable[[Rig], Awaitable[None]]) -> None:
    """Runs `main` beside the dead man."""

    async def held(rig: Rig) -> None:
        task = asyncio.ensure_future(hold_dead_man(RELAY, lambda: rig.protection, rig.clock))
        try:
            await main(rig)
        finally:
            task.cancel()

    on_rig(held)


def triggered(rig: Rig) -> list[float]:
    """The instants at which the relay was told to hold on for 3 s."""
    return [at for at, question in rig.boxes["valves"].heard if question == "p valve2 3.0"]


def told(rig: Rig) -> list[str]:
    return [text for text in rig.kinds(Kind.INSTRUMENT) if "not triggered" in text]


def test_it_is_triggered_thrice_within_its_time_while_armed_and_judged() -> None:
    async def main(rig: Rig) -> None:
        await rig.keep_saying(2.5)
        assert triggered(rig) == [], "not while disarmed"
        await rig.armed()
        begun = rig.clock.now()
        await rig.keep_saying(begun + 5.05)
        times = triggered(rig)
        assert [round(b - a, 6) for a, b in pairwise(times)] == [1.005] * 4, "a third, and the answer"
        await rig.clock.sleep(4.0)
        assert len(triggered(rig)) == 6, "once for what was judged since, then no more"
        await rig.protection.arming.disarm()
        rig.say_all()
        await rig.clock.sleep(4.0)
        assert len(triggered(rig)) == 6

    holding(main)


def test_what_fails_is_told_once_and_again_after_it_went_well() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.keep_saying(1.2)
        valves = rig.boxes["valves"]
        for fails in (True, False, True):
            valves.refuses = {"valve2"} if fails else set()
            await rig.keep_saying(rig.clock.now() + 3.0)
        assert told(rig) == ["EG.valve was not triggered: refused"] * 2

    holding(main)


def test_nothing_is_triggered_while_the_safe_state_is_driven() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        before = len(rig.boxes["valves"].written("valve2"))
        with rig.gate.safing("a test"):
            await rig.gate.hold_on("EG.valve", 3.0)
        assert triggered(rig) == []
        assert len(rig.boxes["valves"].written("valve2")) == before
        await rig.gate.hold_on("EG.valve", 3.0)
        assert len(triggered(rig)) == 1
        assert rig.boxes["valves"].registers["valve2"] == OPEN

    on_rig(main)
