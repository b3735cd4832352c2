"""Guarded: what the guardian says needs a person becomes an alarm that stays until somebody has read it."""

import asyncio
from io import BytesIO
from typing import Any

from tests.unit.safety.rig import Rig, on_rig, reactor
from vapordep.app.guarded import Guarded
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
