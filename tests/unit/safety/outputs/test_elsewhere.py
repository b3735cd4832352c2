"""What somebody else sets: told by an alarm, held while armed, and over once it reads as it was commanded."""

import pytest

from tests.unit.safety.rig import Rig, command, on_rig
from vapordep.errors import Tripped
from vapordep.model.alarms import AlarmState, KeptAlarm, Priority
from vapordep.model.events import Kind
from vapordep.model.tags import Quality
from vapordep.safety.outputs.elsewhere import PREFIX
from vapordep.units import degC, sccm, to_si

FLOW = "carrier.flow_setpoint"
OTHER = to_si(60.0, sccm)


async def twice(rig: Rig, quality: Quality = Quality.GOOD, **values: float) -> None:
    for _ in range(2):
        await rig.clock.sleep(0.1)
        rig.say(quality, **values)


def test_while_armed_it_is_urgent_enough_to_hold_and_says_so_only_when_something_is_held() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await twice(rig, carrier__flow_setpoint=OTHER)
        alone = rig.protection.alarms["elsewhere.carrier.flow_setpoint"]
        assert (alone.state, alone.priority) == (AlarmState.UNACK_ACTIVE, Priority.HIGH)
        assert f"{FLOW} was set by somebody else – commanded 20 sccm, reads 60 sccm" in alone.text
        assert "nothing was changed" in alone.text

        reasons: list[str] = []
        rig.protection.elsewhere.on_found += [lambda reason: False, lambda reason: not reasons.append(reason)]
        revoked: list[tuple[str, frozenset[str] | None]] = []
        rig.gate.revoke = lambda reason, tags=None: revoked.append((reason, tags))  # type: ignore[method-assign]
        await rig.gate.command(command(FLOW, to_si(30.0, sccm)))
        await twice(rig, carrier__flow_setpoint=OTHER)
        assert "the run is held" in rig.protection.alarms[PREFIX + FLOW].text
        assert reasons == [f"{FLOW} was set by somebody else: commanded 30 sccm, reads 60 sccm"]
        sources = frozenset({"TMA.valve", "H2O.valve", "EG.valve"})
        assert revoked == [(reasons[0], sources)], "no source opens that was about to"

    on_rig(main)


def test_disarmed_it_is_told_and_nobody_is_asked_to_hold_anything() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.protection.arming.disarm()
        rig.protection.elsewhere.on_found.append(lambda reason: pytest.fail("nothing goes on"))
        await twice(rig, carrier__flow_setpoint=OTHER)
        alarm = rig.protection.alarms[PREFIX + FLOW]
        assert alarm.priority is Priority.LOW
        assert [event.data["priority"] for event in rig.events if event.kind is Kind.ALARM] == ["LOW"]

    on_rig(main)


def test_nothing_is_said_before_anything_was_commanded() -> None:
    async def main(rig: Rig) -> None:
        await twice(rig, carrier__flow_setpoint=OTHER)
        await twice(rig, carrier__flow_setpoint=0.0)
        assert rig.kinds(Kind.ALARM) == []

    on_rig(main)


def test_it_is_answered_by_who_lets_the_run_go_on_and_not_before_it_is_over() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.protection.elsewhere.answer("Ada")
        await twice(rig, carrier__flow_setpoint=OTHER)
        with pytest.raises(Tripped, match=f"still set by somebody else: {FLOW}") as refused:
            rig.protection.elsewhere.answer("Ada")
        assert refused.value.interlocks == (PREFIX + FLOW,)
        assert refused.value.remedy
        await twice(rig, carrier__flow_setpoint=to_si(20.0, sccm))
        assert rig.protection.alarms[PREFIX + FLOW].state is AlarmState.UNACK_CLEARED
        rig.protection.alarms.acknowledge(PREFIX + FLOW, "Bob")
        rig.protection.elsewhere.answer("Ada")
        assert rig.protection.alarms[PREFIX + FLOW].by == "Bob"
        await twice(rig, carrier__flow_setpoint=OTHER)
        await twice(rig, carrier__flow_setpoint=to_si(20.0, sccm))
        rig.gate.output_alarms.failed("EG.valve", rig.clock.now(), "another alarm that nobody has read")
        rig.protection.elsewhere.answer("Ada")
        assert rig.protection.alarms[PREFIX + FLOW].by == "Ada"
        assert rig.protection.alarms["EG.valve"].by == ""

    on_rig(main)


def test_what_was_told_before_a_restart_is_over_once_the_output_is_commanded_again() -> None:
    async def before(rig: Rig) -> tuple[KeptAlarm, ...]:
        await rig.armed()
        await twice(rig, carrier__flow_setpoint=OTHER)
        return rig.protection.alarms.kept

    async def after(rig: Rig) -> None:
        for alarm in kept:
            rig.protection.alarms.adopt(alarm)
        assert rig.protection.alarms[PREFIX + FLOW].state is AlarmState.UNACK_ACTIVE
        await rig.armed()
        assert rig.protection.alarms[PREFIX + FLOW].state is AlarmState.UNACK_CLEARED

    kept = on_rig(before)
    assert [alarm.id for alarm in kept] == [PREFIX + FLOW]
    on_rig(after)


def test_a_heater_in_manual_mode_is_set_by_somebody_else_whatever_its_setpoint_says() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await twice(rig, Quality.UNCERTAIN, stage__setpoint=to_si(0.0, degC))
        text = rig.protection.alarms[f"{PREFIX}stage.setpoint"].text
        assert "commanded 0 degC, reads 0 degC, which its instrument doubts, as in manual mode" in text
        assert "it heats to what nobody has checked" in text

    on_rig(main)


def test_what_trips_forgets_what_was_commanded_until_the_safe_state_is_driven() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("stage.setpoint", to_si(80.0, degC)))
        rig.gate.react()
        assert rig.gate.commanded.value("stage.setpoint") is None
        await twice(rig, stage__setpoint=0.0)
        assert rig.kinds(Kind.ALARM) == []
        await rig.protection.arming.make_safe("test")
        assert rig.gate.commanded.value("stage.setpoint") == to_si(0.0, degC)

    on_rig(main)


def test_a_relay_that_lets_go_by_itself_is_not_watched() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.hold_on("EG.valve", 1.0)
        await twice(rig, EG__valve=1.0)
        assert rig.kinds(Kind.ALARM) == []

    on_rig(main)


def test_an_output_that_did_not_become_safe_has_its_own_alarm_and_no_second_one() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command(FLOW, to_si(30.0, sccm)))
        rig.boxes["mfc"].stuck.add("flow_setpoint")
        await rig.protection.arming.make_safe("test")
        assert rig.gate.commanded.value(FLOW) is None
        await twice(rig, carrier__flow_setpoint=to_si(30.0, sccm))
        assert [event.data["id"] for event in rig.events if event.kind is Kind.ALARM] == [FLOW]

    on_rig(main)
