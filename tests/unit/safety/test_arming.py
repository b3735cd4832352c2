"""Arming: refused while anything stands in the way, and undone by every SAFE trip."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.safety.rig import (
    CLOSED,
    F2,
    GOOD_VALUES,
    OPEN,
    REPLY_AFTER,
    T2,
    Rig,
    build,
    command,
    on_rig,
    output,
    reactor,
)
from tests.unit.safety.safe_state.test_safe_state import energise, is_safe
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.errors import CommandRefused, NotArmed, ProtocolError
from vapordep.model.batches import Batch
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.model.outputs import SafeValue
from vapordep.safety.arming import TRY_ON_EVERY, TRY_ON_FOR, _heard
from vapordep.units import degC, sccm, to_si

LITHIUM = substrate("lithium")
HOT = to_si(170.0, degC)
FIFTY = to_si(50.0, sccm)
COLD = replace(T2, id="COLD", require=("stage.temperature > 50 degC",), action=Action.HOLD)


async def refusal(rig: Rig) -> str:
    with pytest.raises(NotArmed) as refused:
        await rig.protection.arming.arm()
    assert not rig.protection.arming.armed
    assert rig.events[-1].kind is Kind.REFUSED
    return refused.value.what


def test_arming_asks_every_device_drives_the_safe_state_and_lets_commands_go() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        report = await rig.protection.arming.arm()
        assert report is not None
        assert report.ok
        assert is_safe(rig)
        assert all(box.heard[0][1] == "r" for box in rig.boxes.values()), "asked before anything was written"
        assert rig.protection.arming.armed
        assert rig.events[-1].text == "armed"
        await rig.gate.command(command("carrier.flow_setpoint", FIFTY))
        assert await rig.protection.arming.arm() is None, "armed already"

    on_rig(main)


def test_connecting_writes_nothing() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        await rig.clock.sleep(10.0)
        assert all(box.heard == [] for box in rig.boxes.values())

    on_rig(main)


@pytest.mark.parametrize("together", [(), ("heater", "mfc")])
def test_every_device_that_does_not_answer_is_named(together: tuple[str, ...]) -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        rig.boxes["heater"].mute = rig.boxes["gauge"].lost = True
        text = await refusal(rig)
        assert "heater: " in text
        assert "gauge: " in text
        assert "mfc: " not in text
        assert rig.boxes["mfc"].written("flow_setpoint") == [], "nothing is driven by a refused arming"

    on_rig(main, together=together)


def test_whatever_a_driver_raises_is_told() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()

        async def fails(*_: Any, **__: Any) -> Any:
            raise ZeroDivisionError("a fault of the driver")

        rig.devices["heater"].read = fails  # type: ignore[method-assign]
        assert "heater: a fault of the driver" in await refusal(rig)

    on_rig(main)


def test_a_sensor_that_never_reported_refuses() -> None:
    async def main(rig: Rig) -> None:
        text = await refusal(rig)
        assert "T1: foil.maximum has never reported" in text
        assert "T2: stage.temperature has never reported" in text

    on_rig(main)


def test_arming_right_after_the_start_waits_for_the_first_readings() -> None:
    async def main(rig: Rig) -> None:
        arming = asyncio.ensure_future(rig.protection.arming.arm())
        await rig.clock.sleep(1.0)
        assert not arming.done()
        assert all(not box.written(register) for box in rig.boxes.values() for register in box.registers)
        rig.say_all()
        await rig.clock.sleep(0.3)
        assert (await arming) is not None
        assert rig.protection.arming.armed

    on_rig(main)


def test_what_was_never_read_refuses_after_a_bounded_wait_and_is_named() -> None:
    async def main(rig: Rig) -> None:
        text = await refusal(rig)
        assert rig.clock.now() == pytest.approx(5.0, abs=0.2)
        assert text.startswith("not armed: interlocks are not fulfilled, though it waited 5 s for first readings: ")
        assert "T2: stage.temperature has never reported" in text

    on_rig(main)


def test_what_was_read_and_is_wrong_or_silent_since_refuses_at_once() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all(stage__temperature=HOT)
        assert "limit < substrate.trip" in await refusal(rig)
        assert rig.clock.now() < 0.1
        await rig.clock.sleep(60.0)
        assert "interlocks are not fulfilled: " in await refusal(rig)
        assert rig.clock.now() < 60.2

    on_rig(main)


def test_what_no_interlock_needs_just_now_is_not_waited_for() -> None:
    """P1 reads the chamber's pressure, and applies while a source is open."""

    async def main(rig: Rig) -> None:
        rig.say(TMA__valve=CLOSED, H2O__valve=CLOSED, EG__valve=CLOSED, stage__temperature=to_si(100.0, degC))
        assert "chamber.pressure" not in rig.hub.latest
        unheard = rig.protection.interlocks.standings.unheard(rig.clock.now())
        assert unheard == {"carrier.flow_ratio", "carrier.commanded"}

    on_rig(main)


def test_what_was_handed_over_from_before_refuses_nothing_before_it_is_heard_anew() -> None:
    """Of two sources that were open once it is not known when they were shut: they seem open together."""

    async def main(rig: Rig) -> None:
        before = -0.5
        values = {**GOOD_VALUES, "stage.temperature": HOT}
        rig.hub.publish([Batch.one(tag, before, value) for tag, value in values.items()])
        assert rig.protection.interlocks.standings.violations(rig.clock.now())
        arming = asyncio.ensure_future(rig.protection.arming.arm())
        await rig.clock.sleep(0.5)
        rig.say_all()
        assert await arming is not None
        assert rig.clock.now() < 1.0

    on_rig(main)


def test_who_disarms_while_arming_waits_has_the_last_word() -> None:
    async def main(rig: Rig) -> None:
        arming = asyncio.ensure_future(rig.protection.arming.arm())
        await rig.clock.sleep(1.0)
        await rig.protection.arming.disarm("Ada changed her mind")
        rig.say_all()
        with pytest.raises(NotArmed, match="disarmed meanwhile: Ada changed her mind"):
            await arming
        assert not rig.protection.arming.armed
        rig.say_all()
        assert await rig.protection.arming.arm() is not None, "the next arming is a new word"

    on_rig(main)


def test_an_interlock_that_is_already_violated_refuses_whatever_its_persistence() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all(stage__temperature=HOT)
        assert "T1: foil.maximum is 176 degC, limit < substrate.trip = 160 degC" in await refusal(rig)
        rig.say_all(carrier__flow=0.0)
        assert "F2: carrier.flow_ratio is 0 %" in await refusal(rig)

    on_rig(main)


def test_a_warning_does_not_refuse() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all(carrier__flow=0.0)
        await rig.protection.arming.arm()
        await rig.clock.sleep(0.001)
        assert [warning.id for warning in rig.protection.interlocks.warnings] == ["F2"]
        assert "F2: carrier.flow_ratio is 0 %, limit > 80 % – protects: Nothing purges" in rig.kinds(Kind.ALARM)[0]
        assert rig.protection.arming.armed

    on_rig(main, whole=reactor(interlocks=(replace(F2, action=Action.WARN, trip_after_time=None),)))


def test_an_output_that_cannot_be_made_safe_refuses() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        rig.boxes["heater"].stuck.add("setpoint")
        rig.boxes["heater"].registers["setpoint"] = 190.0
        assert "outputs cannot be made safe: stage.setpoint" in await refusal(rig)

    on_rig(main)


def test_disarming_drives_the_safe_state_and_shuts_the_gate() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("carrier.flow_setpoint", FIFTY))
        report = await rig.protection.arming.disarm("the run is over")
        assert report.ok
        assert is_safe(rig, vent=OPEN) or rig.boxes["valves"].registers["valve3"] == CLOSED
        assert rig.events[-1].text == "disarmed: the run is over"
        with pytest.raises(CommandRefused, match="not armed"):
            await rig.gate.command(command("carrier.flow_setpoint", FIFTY))
        assert (await rig.protection.arming.disarm()).ok, "it works twice"
        rig.say_all(stage__temperature=HOT)
        await rig.clock.sleep(60.0)
        rig.protection.interlocks.tick(rig.clock.now())
        assert rig.trips == [], "disarmed, nothing trips"

    on_rig(main)


def test_a_safe_trip_drives_the_safe_state_disarms_and_tells() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("stage.setpoint", to_si(100.0, degC)))
        for _ in range(2):
            rig.say(stage__temperature=HOT)
            await rig.clock.sleep(0.001)
        tripped = rig.protection.interlocks.trips[0].time
        await rig.clock.sleep(1.0)
        assert rig.boxes["heater"].registers["setpoint"] == 0.0
        assert rig.boxes["heater"].written("setpoint")[-1][0] - tripped < 3 * REPLY_AFTER
        assert not rig.protection.arming.armed
        [text] = rig.kinds(Kind.TRIP)
        assert text == (
            "T1: foil.maximum is 176 degC, limit < substrate.trip = 160 degC – "
            "cause: A stuck relay, a displaced thermocouple, or a setpoint too high – "
            "consequence: The foil melts, and molten metal burns – every output goes to its safe value – "
            "action: Do not open. Below 50 degC treat the foil as scrap; "
            "look for a stuck relay or a displaced thermocouple"
        )
        acted = [event.kind for event in rig.events].index(Kind.TRIP)
        assert any("safe state: T1" in event.text for event in rig.events[:acted]), "action first, then the record"

    on_rig(main)


def test_after_a_trip_arming_needs_acknowledgement_cause_gone_and_reset() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        for _ in range(2):
            rig.say(stage__temperature=HOT)
            await rig.clock.sleep(0.5)
        rig.say_all()
        assert "latched trips stand: T1" in await refusal(rig)
        rig.protection.interlocks.standings.acknowledge("T1")
        rig.protection.interlocks.standings.reset("T1", rig.clock.now())
        await rig.protection.arming.arm()
        assert rig.protection.arming.armed

    on_rig(main)


def test_a_hold_takes_back_doses_only() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].mute = True
        flow = asyncio.ensure_future(rig.gate.command(command("carrier.flow_setpoint", FIFTY)))
        await rig.clock.sleep(0.1)
        for _ in range(2):
            rig.say(stage__temperature=to_si(40.0, degC))
            await rig.clock.sleep(0.001)
        assert rig.trips == ["COLD"]
        rig.boxes["mfc"].mute = False
        await flow
        assert rig.protection.arming.armed
        with pytest.raises(CommandRefused, match="COLD: has tripped"):
            await rig.gate.command(command("TMA.valve", OPEN))
        assert "sources are shut, and a run is held" in rig.kinds(Kind.TRIP)[0]

    on_rig(main, whole=reactor(interlocks=(COLD,)))


def test_a_cancelled_arming_is_none() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        arming = asyncio.ensure_future(rig.protection.arming.arm())
        await rig.clock.sleep(2.5 * REPLY_AFTER)
        arming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await arming
        assert not rig.protection.arming.armed

    on_rig(main)


def test_what_was_loaded_is_bare() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        assert rig.hub.latest["lithium.covered"].value == 1.0
        rig.protection.loaded()
        rig.say_all()
        assert rig.hub.latest["lithium.covered"].value == 0.0

    on_rig(main)


def test_a_substrate_that_nothing_attacks_is_never_bare() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.protection.loaded()
        assert "surface.saturation" not in rig.hub.tags

    on_rig(main, substrate_name="silicon")


def test_one_more_try_tells_when_all_is_safe_after_all() -> None:
    async def main(rig: Rig) -> None:
        released: list[str] = []
        rig.protection.arming.released = released.append
        await rig.armed()
        rig.boxes["heater"].lost = True
        report = await rig.protection.arming.disarm("a test")
        assert [outcome.tag for outcome in report.failed] == ["stage.setpoint"]
        again = await rig.protection.arming.try_again(report)
        assert (again.ok, released) == (False, [])
        rig.boxes["heater"].lost = False
        assert (await rig.protection.arming.try_again(again)).ok
        assert released == ["a test"]

    on_rig(main)


async def tripped_in_vain(rig: Rig) -> float:
    """The heater's line was lost while it is on, and a trip could not turn it off; the instant of the trip, in s."""
    await rig.armed()
    await rig.gate.command(command("stage.setpoint", to_si(100.0, degC)))
    rig.boxes["heater"].lost = True
    for _ in range(2):
        rig.say(stage__temperature=HOT)
        await rig.clock.sleep(0.001)
    tripped = rig.protection.interlocks.trips[0].time
    await rig.clock.sleep(10.0)
    assert not rig.protection.arming.armed
    assert rig.boxes["heater"].registers["setpoint"] == pytest.approx(100.0)
    return tripped


def test_what_a_trip_could_not_make_safe_is_tried_on_though_no_run_does_it() -> None:
    async def main(rig: Rig) -> None:
        released: list[str] = []
        rig.protection.arming.released = released.append
        await tripped_in_vain(rig)
        assert released == []
        rig.boxes["heater"].lost = False
        await rig.clock.sleep(TRY_ON_EVERY + 1.0)
        assert rig.boxes["heater"].registers["setpoint"] == 0.0
        assert released == ["T1"]
        assert rig.kinds(Kind.COMMAND)[-2].startswith("safe state, tried on: T1 – all 6 outputs")
        heard = len(rig.boxes["heater"].heard)
        await rig.clock.sleep(10.0)
        assert len(rig.boxes["heater"].heard) == heard, "all is done"

    on_rig(main)


def test_it_is_given_up_after_a_while_and_by_a_person_who_says_so() -> None:
    async def main(rig: Rig, given_up: bool) -> None:
        tripped = await tripped_in_vain(rig)
        if given_up:
            rig.protection.arming.give_up()
        else:
            await rig.clock.sleep_until(tripped + TRY_ON_FOR + 10.0)
        rig.boxes["heater"].lost = False
        await rig.clock.sleep(10.0)
        assert rig.boxes["heater"].registers["setpoint"] == pytest.approx(100.0)

    on_rig(lambda rig: main(rig, True))
    on_rig(lambda rig: main(rig, False))


def test_nothing_is_tried_on_once_it_is_armed_again() -> None:
    async def main(rig: Rig) -> None:
        await tripped_in_vain(rig)
        rig.boxes["heater"].lost = False
        await rig.devices["heater"].line.reopen(rig.devices["heater"].line.epoch)
        await rig.keep_saying(rig.clock.now() + 0.5)
        rig.protection.alarms.answer_trips("Ada")
        await rig.protection.arming.arm()
        await rig.gate.command(command("stage.setpoint", to_si(50.0, degC)))
        await rig.keep_saying(rig.clock.now() + 10.0)
        assert rig.boxes["heater"].registers["setpoint"] == pytest.approx(50.0)

    on_rig(main)


def test_of_two_disarmings_that_failed_the_later_one_is_tried_on() -> None:
    async def main(rig: Rig) -> None:
        await tripped_in_vain(rig)
        rig.boxes["mfc"].lost = True
        await rig.protection.arming.disarm("once more")
        rig.boxes["heater"].lost = rig.boxes["mfc"].lost = False
        await rig.clock.sleep(TRY_ON_EVERY + 1.0)
        assert rig.boxes["heater"].registers["setpoint"] == 0.0
        assert rig.boxes["mfc"].registers["flow_setpoint"] == pytest.approx(20.0)
        tried_on = [text for text in rig.kinds(Kind.COMMAND) if text.startswith("safe state, tried on")]
        assert tried_on == ["safe state, tried on: once more – all 6 outputs at their safe values"]

    on_rig(main)


def test_all_safe_is_told_only_when_disarmed() -> None:
    async def main(rig: Rig) -> None:
        released: list[str] = []
        rig.protection.arming.released = released.append
        await rig.armed()
        report = await rig.protection.arming.make_safe("a look")
        assert report.ok
        assert rig.protection.arming.armed
        await rig.protection.arming.try_again(report)
        assert released == []
        await rig.protection.arming.disarm("done")
        assert released == ["done"]

    on_rig(main)


def test_what_the_safe_state_leaves_on_for_a_while_is_turned_off_in_time() -> None:
    whole = reactor()
    kept = output("stage.setpoint", SafeValue(None, ("pump.valve",), to_si(0.0, degC)))
    whole = replace(whole, outputs={**whole.outputs, "stage.setpoint": kept})

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("stage.setpoint", to_si(90.0, degC)))
        await rig.protection.arming.disarm("a test")
        assert rig.boxes["heater"].registers["setpoint"] == 90.0
        [left] = [event for event in rig.events if "left as they are" in event.text]
        assert left.text == "left as they are for as long as they are needed: stage.setpoint"
        assert left.data == {"left": "stage.setpoint"}
        await rig.keep_saying(rig.clock.now() + 25.0)
        assert rig.boxes["heater"].registers["setpoint"] == 90.0
        rig.say(pump__valve=CLOSED)
        began = rig.clock.now()
        await rig.keep_saying(began + 11.0, pump__valve=CLOSED)
        [(off, _)] = [row for row in rig.boxes["heater"].written("setpoint") if row[1] == 0.0]
        assert 0.0 < off - began <= 10.0, "it is looked at each 10 s"
        assert any("no longer needed: stage.setpoint" in event.text for event in rig.events)

    on_rig(main, whole=whole)


def test_a_hold_shuts_the_sources_at_once_and_nothing_else_is_cut_short() -> None:
    hold = replace(COLD, trip_after_samples=1)

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        revoked: list[tuple[str, frozenset[str] | None]] = []
        rig.gate.revoke = lambda reason, tags=None: revoked.append((reason, tags))  # type: ignore[method-assign]
        rig.say(stage__temperature=to_si(40.0, degC))
        assert revoked == [("COLD has tripped", frozenset({"TMA.valve", "H2O.valve", "EG.valve"}))]

    on_rig(main, whole=reactor(interlocks=(hold,)))


def test_arming_and_disarming_are_told_with_what_they_lead_to() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        [armed] = [event for event in rig.events if event.text == "armed"]
        assert (armed.kind, armed.data) == (Kind.COMMAND, {"armed": True})
        assert rig.kinds(Kind.COMMAND)[0].startswith("safe state: arming – ")
        await rig.protection.arming.disarm()
        assert rig.events[-1].text == "disarmed: disarming"
        assert (rig.events[-1].kind, rig.events[-1].data) == (Kind.COMMAND, {"armed": False})
        rig.boxes["gauge"].lost = True
        with pytest.raises(NotArmed):
            await rig.protection.arming.arm()
        assert rig.events[-1].data == {"armed": False}

    on_rig(main)


def test_arming_takes_its_time_and_so_does_disarming_unless_something_has_tripped() -> None:
    async def main(rig: Rig) -> None:
        told: list[tuple[str, bool]] = []
        safing = rig.gate.safing
        rig.gate.safing = lambda reason, *, hurry=True: (  # type: ignore[method-assign]
            told.append((reason, hurry)) or safing(reason, hurry=hurry)  # type: ignore[func-returns-value]
        )
        await rig.armed()
        await rig.protection.arming.disarm("done")
        await rig.protection.arming.arm()
        for _ in range(2):
            rig.say(stage__temperature=HOT)
            await rig.clock.sleep(0.1)
        await rig.protection.arming.make_safe("a look")
        assert told == [("arming", False), ("done", False), ("arming", False), ("T1", True), ("a look", True)]

    on_rig(main)


def test_a_warning_cuts_nothing_short() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        revoked: list[str] = []
        rig.gate.revoke = lambda reason, tags=None: revoked.append(reason)  # type: ignore[method-assign]
        for _ in range(2):
            rig.say(stage__temperature=to_si(40.0, degC))
            await rig.clock.sleep(0.01)
        assert [warning.id for warning in rig.protection.interlocks.warnings] == ["COLD"]
        await rig.clock.sleep(1.0)
        assert revoked == []
        assert rig.protection.arming.armed

    on_rig(main, whole=reactor(interlocks=(replace(COLD, action=Action.WARN),)))


def test_one_spoilt_frame_is_no_silence_but_two_are() -> None:
    async def main(rig: Rig) -> None:
        read, lost = rig.devices["heater"].read, [1]

        async def spoilt(*given: Any, **named: Any) -> Any:
            if lost[0]:
                lost[0] -= 1
                raise ProtocolError("a spoilt frame", where="heater")
            return await read(*given, **named)

        rig.devices["heater"].read = spoilt  # type: ignore[method-assign]
        await rig.armed()
        await rig.protection.arming.disarm()
        lost[0] = 2
        rig.say_all()
        assert "heater: a spoilt frame" in await refusal(rig)

    on_rig(main)


def test_looks_at_what_was_left_on_do_not_multiply_with_what_wakes_them() -> None:
    kept = output("stage.setpoint", SafeValue(None, ("pump.valve",), to_si(0.0, degC)))
    whole = replace(reactor(), outputs={**reactor().outputs, "stage.setpoint": kept})

    async def main(rig: Rig) -> None:
        arming, looks = rig.protection.arming, [0]
        left = rig.gate.targets.left

        def counted(*given: Any) -> Any:
            looks[0] += 1
            return left(*given)

        rig.gate.targets.left = counted  # type: ignore[method-assign]
        await rig.armed()
        await rig.gate.command(command("stage.setpoint", to_si(90.0, degC)))
        await arming.disarm("a test")
        for _ in range(5):
            await rig.clock.sleep(0.1)
            arming._awake.set()
        await rig.clock.sleep(0.1)
        looks[0] = 0
        await rig.keep_saying(rig.clock.now() + 30.0)
        assert looks[0] == 3, "each 10 s"

    on_rig(main, whole=whole)


def test_nothing_is_looked_after_where_nothing_was_left_on() -> None:
    async def main(rig: Rig) -> None:
        looks = []
        await rig.armed()
        await rig.protection.arming.disarm("nothing is left on")
        rig.protection.arming._left_alone = lambda: looks.append(1) or ()  # type: ignore[method-assign, func-returns-value]
        rig.protection.arming._awake.set()
        await rig.clock.sleep(25.0)
        assert looks == []

    on_rig(main)


def test_once_armed_again_what_was_left_on_turns_nothing_off() -> None:
    kept = output("stage.setpoint", SafeValue(None, ("pump.valve",), to_si(0.0, degC)))
    whole = replace(reactor(), outputs={**reactor().outputs, "stage.setpoint": kept})

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.protection.arming.disarm("a test")
        await rig.armed()
        await rig.keep_saying(rig.clock.now() + 11.0, pump__valve=CLOSED)
        assert rig.protection.arming.armed
        assert not any("no longer needed" in event.text for event in rig.events)

    on_rig(main, whole=whole)


def test_what_acted_as_the_program_ends_is_still_told() -> None:
    async def main(clock: VirtualClock) -> None:
        rig = build(clock, reactor(interlocks=(replace(COLD, action=Action.WARN, trip_after_samples=1),)), LITHIUM)
        responding = asyncio.ensure_future(rig.protection.arming.respond())
        await rig.armed()
        rig.say(stage__temperature=to_si(40.0, degC))
        assert rig.kinds(Kind.ALARM) == [], "action first, then record"
        responding.cancel()
        await asyncio.wait((responding,))
        assert [text.partition(":")[0] for text in rig.kinds(Kind.ALARM)] == ["COLD"]

    run_virtual(main)


def test_of_an_instrument_with_several_polls_the_first_is_enough() -> None:
    asked = []

    class Instrument:
        polls = ("first", "second")

        async def read(self, exchange: str) -> None:
            asked.append(exchange)

    asyncio.run(_heard(Instrument()))  # type: ignore[arg-type]
    assert asked == ["first"]


def test_a_disarming_that_nothing_was_armed_for_is_not_told() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        assert (await rig.protection.arming.disarm("nothing")).ok
        assert not [event for event in rig.events if "armed" in event.data]

    on_rig(main)
