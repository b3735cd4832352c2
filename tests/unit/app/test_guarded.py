"""Guarded: what the guardian says needs a person becomes an alarm that stays until somebody has read it."""

import asyncio
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.safety.rig import REGISTERS, Rig, build, command, on_rig, reactor
from vapordep.app.served import guarded as guarded_room
from vapordep.app.served.guarded import Guarded, Order
from vapordep.chemistry import substrate
from vapordep.errors import NotArmed
from vapordep.model.alarms import AlarmState
from vapordep.model.instruments import Instrument
from vapordep.units import degC, to_si


def test_what_needs_a_person_is_an_alarm_once_and_stays_until_it_is_read() -> None:
    async def main(rig: Rig) -> None:
        guarded = Guarded(rig.protection, reactor(), rig.clock, BytesIO(), BytesIO(), lambda order, why: None)  # type: ignore[arg-type]
        alarms, group = rig.protection.alarms, asyncio.TaskGroup()

        def hear(**message: Any) -> AlarmState:
            guarded._hear({"alive": 1.0, **message}, group)
            return alarms["guardian"].state

        guarded._hear({"alive": 1.0, "trouble": ""}, group)
        assert [alarm.id for alarm in alarms.standing] == []
        assert hear(trouble="the tape fails: TMA.valve: no answer") is AlarmState.UNACK_ACTIVE
        assert "the tape fails: TMA.valve: no answer" in alarms["guardian"].text
        alarms.acknowledge("guardian", "Ada")
        assert hear(trouble="the tape fails: TMA.valve: no answer") is AlarmState.ACK_ACTIVE, "the same one"
        assert hear(trouble="the tape fails: H2O.valve: no answer") is AlarmState.UNACK_ACTIVE
        assert hear(trouble="") is AlarmState.UNACK_CLEARED
        assert hear() is AlarmState.UNACK_CLEARED, "from a guardian of an older release"
        assert [kept.id for kept in alarms.kept] == ["guardian"]

    on_rig(main)


def test_a_sign_of_life_is_the_count_of_the_evaluations_themselves(monkeypatch: Any) -> None:
    """Four a second go to the guardian whatever happens; only a new count is one, and only that is told to systemd."""
    pings: list[str] = []
    monkeypatch.setattr(guarded_room, "notify", pings.append)

    async def main(rig: Rig) -> None:
        made = Guarded(rig.protection, reactor(), rig.clock, BytesIO(), BytesIO(), lambda order, why: None)  # type: ignore[arg-type]
        beats: list[tuple[float, int]] = []
        monkeypatch.setattr(made, "_say", lambda **said: beats.append((rig.clock.now(), said["beat"])))
        beating = asyncio.ensure_future(made._beat(asyncio.TaskGroup()))
        await rig.keep_saying(rig.clock.now() + 1.0)
        assert [round(later - sooner, 9) for (sooner, _), (later, _) in pairwise(beats)] == [0.25] * (len(beats) - 1)
        assert len({count for _, count in beats}) == len(beats) == len(pings)
        await rig.clock.sleep(1.0)  # nothing is evaluated any more
        assert len({count for _, count in beats[-3:]}) == 1
        assert len(pings) == len({count for _, count in beats})
        made.guard(build(rig.clock, reactor(), substrate("silicon")).protection)
        await rig.clock.sleep(0.25)
        assert beats[-1][1] == beats[-2][1], "the count of another core begins at nothing"
        beating.cancel()

    on_rig(main)


def test_the_guardian_waits_for_one_safe_state_and_not_for_that_of_the_run_too() -> None:
    async def main(rig: Rig) -> None:
        arming = rig.protection.arming

        async with asyncio.TaskGroup() as group:

            def obey(order: Order, why: str) -> None:
                """As a run that aborts does."""
                assert order is Order.ABORT
                group.create_task(arming.make_safe(f"the run: {why}"))

            guarded = Guarded(rig.protection, reactor(), rig.clock, BytesIO(), BytesIO(), obey)  # type: ignore[arg-type]
            released: list[list[object]] = []
            arming.released = lambda reason: released.append(
                [event.data["reason"] for event in rig.events if event.text.startswith("safe state: ")]
            )
            guarded._hear({"order": "abort", "why": "called"}, group)
        assert released == [["called"]]

    on_rig(main)


# --- without a guardian ----------------------------------------------------------------------------------------------


class Watch:
    """An engine's end of pipes that lead nowhere: what it says, and what it is told to do."""

    def __init__(self, rig: Rig) -> None:
        self.obeyed: list[tuple[Order, str]] = []
        self.said: list[dict[str, Any]] = []
        whole = rig.protection.rules.reactor
        self.guarded = Guarded(rig.protection, whole, rig.clock, BytesIO(), BytesIO(), self._obey)  # type: ignore[arg-type]
        self.guarded._say = lambda **said: self.said.append(said)  # type: ignore[method-assign]

    def _obey(self, order: Order, why: str) -> None:
        self.obeyed.append((order, why))


async def armed_and_heating(rig: Rig) -> Watch:
    await rig.armed()
    await rig.gate.command(command("stage.setpoint", to_si(90.0, degC)))
    watch = Watch(rig)
    rig.say_all()
    return watch


def is_off(rig: Rig) -> bool:
    return rig.boxes["heater"].registers["setpoint"] == 0.0 and not rig.protection.arming.armed


def test_an_engine_whose_guardian_has_ended_makes_safe_tells_so_and_never_arms_again() -> None:
    async def main(rig: Rig) -> None:
        watch = await armed_and_heating(rig)
        async with asyncio.TaskGroup() as group:
            watch.guarded._hear(None, group)
            watch.guarded._hear(None, group)  # once is enough
        assert is_off(rig)
        assert watch.obeyed == [(Order.LOST, "the guardian has ended")]
        assert rig.protection.alarms["guardian"].state is AlarmState.UNACK_ACTIVE
        rig.say_all()
        with pytest.raises(NotArmed, match="not armed: the guardian has ended"):
            await rig.protection.arming.arm()

    on_rig(main)


def test_an_engine_tries_on_until_all_is_safe_once_its_guardian_has_ended() -> None:
    async def main(rig: Rig) -> None:
        watch = await armed_and_heating(rig)
        rig.boxes["heater"].mute = True
        async with asyncio.TaskGroup() as group:
            watch.guarded._hear(None, group)
            await rig.clock.sleep(10.0)
            assert rig.boxes["heater"].registers["setpoint"] == 90.0
            rig.boxes["heater"].mute = False
        assert is_off(rig)

    on_rig(main)


@pytest.mark.parametrize("armed", [True, False])
def test_a_guardian_that_is_silent_for_two_seconds_is_lost_to_an_engine_that_is_armed(armed: bool) -> None:
    async def main(rig: Rig) -> None:
        watch = await armed_and_heating(rig)
        if not armed:
            await rig.protection.arming.disarm()
        async with asyncio.TaskGroup() as group:
            watch.guarded._hear({"alive": 1.0}, group)
            heard, beating = rig.clock.now(), group.create_task(watch.guarded._beat(group))
            await rig.keep_saying(heard + 1.9)
            assert watch.obeyed == []
            await rig.keep_saying(heard + 2.6)
            beating.cancel()
        assert [order for order, _ in watch.obeyed] == ([Order.LOST] if armed else [])
        assert is_off(rig)

    on_rig(main)


def test_nothing_is_armed_while_the_guardian_does_not_say_that_it_has_the_tape() -> None:
    async def main(rig: Rig) -> None:
        watch = Watch(rig)
        for name, device in rig.devices.items():
            device.line.where = whole.instruments[name].line
        rig.say_all()
        began, saying = rig.clock.now(), asyncio.ensure_future(rig.keep_saying(rig.clock.now() + 5.0))
        with pytest.raises(NotArmed, match="the guardian does not take the tape: it did not answer within 2 s"):
            await rig.protection.arming.arm()
        assert not rig.protection.arming.armed
        assert rig.clock.now() - began >= 2.0
        assert [next(iter(said)) for said in watch.said] == ["arm", "safe"], "of a late answer nothing is made"
        saying.cancel()

    lines = {name: Instrument(name, name, f"tcp://127.0.0.1:400{n}") for n, name in enumerate(REGISTERS)}
    whole = reactor(instruments=lines)
    on_rig(main, whole=whole)
