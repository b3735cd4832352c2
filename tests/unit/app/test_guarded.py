"""Guarded: what the guardian says needs a person becomes an alarm that stays until somebody has read it."""

import asyncio
from io import BytesIO
from itertools import pairwise
from typing import Any

from tests.unit.safety.rig import Rig, build, on_rig, reactor
from vapordep.app import guarded as guarded_room
from vapordep.app.guarded import Guarded, Order
from vapordep.chemistry import substrate
from vapordep.model.alarms import AlarmState


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
