"""Alarms in the safety core: their words, first-out, the order of the record, shelves, latches over a restart."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.safety.rig import F2, RULES, Rig, on_rig, reactor
from vapordep.errors import NotArmed, SafetyError, TransitionRefused, Tripped
from vapordep.model.alarms import LATCHING, STANDING, TRANSITIONS, AlarmState, KeptAlarm, Priority, Turn
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.safety.alarms.alarm_words import alarm_of_output
from vapordep.safety.alarms.alarms import DISK, LONGEST_SHELF
from vapordep.units import degC, sccm, to_si

S = AlarmState
LOW_FLOW = to_si(10.0, sccm)
RICH = InterlockRule(
    "RICH", ("chamber.pressure < 500 Pa",), "The pulses are thinned.", "Look for a leak.", action=Action.WARN,
    when="pump.valve", cause="A leak.", consequence="A film that nobody can repeat.", priority=Priority.HIGH,
    deadband="100 Pa", clear_after=2.0,
)  # fmt: skip
HELD = replace(F2, action=Action.HOLD)
WHOLE = reactor(interlocks=(RICH, *(rule if rule.id != "F2" else HELD for rule in RULES)))


async def armed(rig: Rig) -> None:
    rig.say_all()
    await rig.protection.arming.arm()
    rig.say_all()


def alarm_events(rig: Rig) -> list[Event]:
    return [event for event in rig.events if event.kind in (Kind.TRIP, Kind.ALARM, Kind.ALARM_STATE)]


def states(rig: Rig, id: str) -> list[str]:
    return [str(event.data["state"]) for event in alarm_events(rig) if event.data["id"] == id]


def test_an_alarm_tells_cause_consequence_and_action() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.say(chamber__pressure=600.0)
        await rig.clock.sleep(0.1)
        [event] = alarm_events(rig)
        assert event.kind is Kind.ALARM
        assert event.text == (
            "RICH: chamber.pressure is 600 Pa, limit < 500 Pa – cause: A leak – "
            "consequence: A film that nobody can repeat – nothing was changed – action: Look for a leak"
        )
        assert (event.data["priority"], event.data["was"], event.data["state"]) == ("HIGH", "NORMAL", "UNACK_ACTIVE")
        assert event.data["cause"] == "A leak."
        assert event.data["consequence"] == "A film that nobody can repeat."
        assert event.data["remedy"] == "Look for a leak."

    on_rig(main, whole=WHOLE)


def test_every_alarm_of_a_reactor_names_consequence_and_action() -> None:
    async def main(rig: Rig) -> None:
        assert {view.id for view in rig.protection.alarms.all} == {"T1", "C1", "RICH", "P1", "F2", "T2"}
        assert all(view.consequence and view.remedy for view in rig.protection.alarms.all)

    on_rig(main, whole=WHOLE)


def test_a_value_at_its_limit_raises_one_alarm_not_many() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        for n in range(50):
            rig.say(chamber__pressure=520.0 if n % 2 else 480.0)
            await rig.clock.sleep(0.1)
        assert states(rig, "RICH") == ["UNACK_ACTIVE"], "within the deadband it stays"
        for _ in range(30):
            rig.say(chamber__pressure=300.0)
            await rig.clock.sleep(0.1)
        assert states(rig, "RICH") == ["UNACK_ACTIVE", "UNACK_CLEARED"]
        cleared = alarm_events(rig)[-1]
        assert cleared.time == pytest.approx(5.0 + 2.0, abs=0.2), "gone only after its time"
        rig.protection.alarms.acknowledge("RICH", "Ada")
        assert rig.protection.alarms["RICH"].state is S.NORMAL
        assert alarm_events(rig)[-1].text == "RICH acknowledged by Ada"

    on_rig(main, whole=WHOLE)


def test_a_silent_sensor_is_an_alarm_too() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        await rig.clock.sleep(1.0)
        rig.hub.tick(rig.clock.now())
        assert "RICH cannot be judged" in rig.protection.alarms["RICH"].text
        assert rig.protection.alarms["RICH"].cause == "cable, power or sensor"

    on_rig(main, whole=WHOLE)


def test_what_design_silences_is_suppressed_and_raised_anew() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.say(chamber__pressure=600.0)
        rig.say(pump__valve=0.0)
        assert rig.protection.alarms["RICH"].state is S.SUPPRESSED
        rig.say(chamber__pressure=600.0, pump__valve=1.0)
        await rig.clock.sleep(0.1)
        assert rig.protection.alarms["RICH"].state is S.UNACK_ACTIVE
        assert states(rig, "RICH") == ["UNACK_ACTIVE", "SUPPRESSED", "UNACK_ACTIVE"]

    on_rig(main, whole=WHOLE)


def test_what_design_silences_is_nobodys_deed_whoever_had_it_on_the_shelf_before() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        alarms.shelve("RICH", "Ben", "at the bench", 60.0)
        assert (alarms["RICH"].by, alarms["RICH"].reason) == ("Ben", "at the bench")
        alarms.unshelve("RICH", "Ben")
        rig.say(pump__valve=0.0)
        found = alarms["RICH"]
        assert (found.state, found.by, found.reason) == (S.SUPPRESSED, "", "")

    on_rig(main, whole=WHOLE)


def test_the_first_of_one_upset_is_told_with_the_others() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.say(chamber__pressure=600.0)
        await rig.clock.sleep(0.2)
        rig.say(stage__temperature=1e3)
        rig.say(stage__temperature=1e3)
        await rig.clock.sleep(0.2)
        rig.say(stage__temperature=1e3)
        alarms = rig.protection.alarms
        assert alarms["RICH"].first_out
        assert [view.after for view in alarms.standing if view.id != "RICH"] == ["RICH", "RICH"]
        assert [view.id for view in alarms.standing] == ["T1", "T2", "RICH"], "the most urgent first"
        await rig.clock.sleep(0.2)
        assert alarm_events(rig)[1].text.endswith(" (after RICH)")
        assert [event.data["after"] for event in alarm_events(rig)[:2]] == [None, "RICH"]

    on_rig(main, whole=WHOLE)


def test_a_warning_that_is_over_and_only_unread_is_the_first_of_no_upset_and_a_trip_that_is_over_is() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        rig.say(chamber__pressure=600.0)
        for _ in range(30):
            await rig.clock.sleep(0.1)
            rig.say_all()
        assert alarms["RICH"].state is S.UNACK_CLEARED
        for _ in range(2):
            rig.say(stage__temperature=to_si(165.0, degC))
            await rig.clock.sleep(0.1)
        assert (alarms["T1"].first_out, alarms["RICH"].first_out) == (True, True)
        rig.say(stage__temperature=to_si(20.0, degC))
        await rig.clock.sleep(0.1)
        raise_outputs(rig, "a.valve")
        assert (alarms["T1"].present, alarms["a.valve"].after) == (False, "T1")

    on_rig(main, whole=WHOLE)


def test_what_comes_back_from_the_shelf_joins_the_upset_that_stands() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        alarms.shelve("RICH", "Ada", "calibration", 60.0)
        rig.say(chamber__pressure=600.0)
        for _ in range(2):
            rig.say(stage__temperature=1e3)
            await rig.clock.sleep(0.1)
        assert alarms.unshelve("RICH", "Ada").state is S.UNACK_ACTIVE
        assert alarms["RICH"].after == "T1"
        assert not alarms["RICH"].first_out

    on_rig(main, whole=WHOLE)


def test_a_new_upset_has_its_own_first() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        rig.say(chamber__pressure=600.0)
        for _ in range(30):
            await rig.clock.sleep(0.1)
            rig.say_all()
        alarms.acknowledge("RICH", "Ada")
        assert alarms.standing == ()
        rig.say(stage__temperature=1e3)
        await rig.clock.sleep(0.1)
        rig.say(stage__temperature=1e3)
        assert alarms["T1"].first_out

    on_rig(main, whole=WHOLE)


def test_a_trip_is_latched_and_what_becomes_of_it_is_told_after_it() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        for _ in range(2):
            rig.say(stage__temperature=1e3)
            await rig.clock.sleep(0.001)
        rig.say_all()  # gone before the safe state is reached, and before anything is told
        assert rig.events[-1].text == "armed"
        await rig.clock.sleep(3.0)
        assert [event.data["id"] for event in alarm_events(rig)] == ["T1", "T2", "T1", "T2"]
        assert states(rig, "T2") == ["UNACK_ACTIVE", "UNACK_CLEARED"]
        rig.say_all()
        with pytest.raises(Tripped, match="not been acknowledged"):
            alarms.reset("T2", "Ada")
        alarms.acknowledge("T2", "Ada")
        assert alarms["T2"].state is S.LATCHED
        alarms.reset("T2", "Ada")
        assert alarms["T2"].state is S.NORMAL
        assert rig.trips == ["T1"]

    on_rig(main, whole=WHOLE)


def test_the_cause_is_seen_to_go_while_disarmed() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        for _ in range(2):
            rig.say(stage__temperature=1e3)
            await rig.clock.sleep(0.1)
        await rig.clock.sleep(3.0)
        assert not rig.protection.arming.armed
        assert rig.protection.alarms["T2"].state is S.UNACK_ACTIVE
        rig.say_all()
        assert rig.protection.alarms["T2"].state is S.UNACK_CLEARED

    on_rig(main, whole=WHOLE)


def test_an_output_that_does_not_obey_is_an_alarm_until_it_was_safe() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.boxes["mfc"].mute = True
        await rig.protection.arming.make_safe("test")
        view = rig.protection.alarms["carrier.flow_setpoint"]
        assert (view.state, view.priority) == (S.UNACK_ACTIVE, Priority.URGENT)
        rig.boxes["mfc"].mute = False
        await rig.protection.arming.make_safe("test")
        alarms = rig.protection.alarms
        assert alarms["carrier.flow_setpoint"].state is S.UNACK_CLEARED
        with pytest.raises(TransitionRefused) as refused:
            alarms.reset("carrier.flow_setpoint", "Ada")
        assert refused.value.remedy == "now one can: acknowledge", "nobody silences it"
        assert alarms.acknowledge("carrier.flow_setpoint", "Ada").state is S.NORMAL
        with pytest.raises(TransitionRefused) as refused:
            alarms.acknowledge("carrier.flow_setpoint", "Ada")
        assert refused.value.remedy == "nothing is to be done"

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize(
    "silence",
    [
        lambda alarms, id: alarms.shelve(id, "Ada", "noise", 60.0),
        lambda alarms, id: alarms.remove(id, "Ada", "in repair"),
    ],
)
def test_no_trip_is_silenced(silence: Callable[..., object]) -> None:
    async def main(rig: Rig) -> None:
        for id in ("T1", "T2", "F2"):
            with pytest.raises(SafetyError, match="acts by itself"):
                silence(rig.protection.alarms, id)

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan"), LONGEST_SHELF + 1.0, float("inf")])
def test_a_shelf_has_an_end(duration: float) -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError, match="no alarm is shelved"):
            rig.protection.alarms.shelve("RICH", "Ada", "noise", duration)

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize(("person", "reason"), [("", "noise"), ("Ada", " ")])
def test_silencing_needs_a_person_and_a_reason(person: str, reason: str) -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError, match="by a person, for a reason"):
            rig.protection.alarms.shelve("RICH", person, reason, 60.0)

    on_rig(main, whole=WHOLE)


def test_a_shelf_ends_by_itself_and_what_is_there_is_an_alarm() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        view = alarms.shelve("RICH", "Ada", "calibration", 60.0)
        assert (view.until, view.by, view.reason) == (rig.clock.now() + 60.0, "Ada", "calibration")
        rig.say(chamber__pressure=600.0)
        assert alarms["RICH"].state is S.SHELVED
        assert alarm_events(rig)[-1].kind is Kind.ALARM_STATE, "silenced: no alarm"
        for _ in range(601):
            await rig.clock.sleep(0.1)
            rig.say(chamber__pressure=600.0)
        assert alarms["RICH"].state is S.UNACK_ACTIVE
        assert alarms["RICH"].until is None
        last = alarm_events(rig)[-1]
        assert (last.kind, last.time) == (Kind.ALARM, view.until)

    on_rig(main, whole=WHOLE)


def test_what_is_silenced_is_listed_and_taken_back() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        alarms.shelve("RICH", "Ada", "calibration", 60.0)
        [view] = alarms.silenced
        assert (view.id, view.left(view.until - 20.0), view.left(view.until + 1.0)) == ("RICH", 20.0, 0.0)  # type: ignore[operator]
        assert alarms["F2"].left(0.0) is None
        assert alarms.unshelve("RICH", "Ben").state is S.NORMAL
        alarms.remove("RICH", "Ada", "in repair")
        rig.say(chamber__pressure=600.0)
        assert alarms.restore_service("RICH", "Ben").state is S.UNACK_ACTIVE
        assert alarms.silenced == ()

    on_rig(main, whole=WHOLE)


def test_an_alarm_whose_interlock_is_gone_still_waits_for_its_answer() -> None:
    async def main(rig: Rig) -> None:
        rig.protection.alarms.adopt(KeptAlarm("OLD", S.LATCHED, False))
        assert rig.protection.alarms["OLD"].state is S.UNACK_CLEARED
        assert not rig.protection.alarms["OLD"].present
        rig.protection.alarms.acknowledge("OLD", "Ada")
        assert rig.protection.alarms["OLD"].state is S.NORMAL

    on_rig(main, whole=WHOLE)


def test_an_output_that_had_been_reached_before_the_restart_still_waits_for_its_answer() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        alarms.adopt(KeptAlarm("TMA.valve", S.UNACK_CLEARED, False, output=True))
        assert (alarms["TMA.valve"].state, alarms["TMA.valve"].present) == (S.UNACK_CLEARED, False)
        alarms.adopt(KeptAlarm("EG.valve", S.UNACK_ACTIVE, True, output=True))
        assert (alarms["EG.valve"].state, alarms["EG.valve"].present) == (S.UNACK_ACTIVE, True)

    on_rig(main, whole=WHOLE)


def test_unknown_alarms_are_refused_by_name() -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError, match="no alarm is called 'X'"):
            rig.protection.alarms.acknowledge("X", "Ada")
        with pytest.raises(TransitionRefused, match=r"^RICH: it cannot be acknowledged just now: normal"):
            rig.protection.alarms.acknowledge("RICH", "Ada")

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize("table", [TRANSITIONS, LATCHING])
def test_only_an_acknowledgement_and_a_reset_answer_an_alarm(table: dict[tuple[S, Turn], S]) -> None:
    answered = [key for key, after in table.items() if key[0] in STANDING and after is S.NORMAL]
    assert {turn for _, turn in answered} <= {Turn.ACKNOWLEDGE, Turn.RESET, Turn.CLEAR}
    if table is LATCHING:
        assert answered == [(S.LATCHED, Turn.RESET)]


def test_trips_are_answered_together_or_not_at_all() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        for _ in range(2):
            rig.say(stage__temperature=1e3)
            await rig.clock.sleep(0.1)
        alarms = rig.protection.alarms
        assert rig.trips == ["T1", "T2"]
        before = alarms.standing
        with pytest.raises(Tripped, match=r"T1 cannot be reset.*; T2 cannot be reset, its cause") as told:
            alarms.answer_trips("Ada")
        assert told.value.interlocks == ("T1", "T2")
        assert alarms.standing == before
        rig.say_all()
        alarms.answer(["T2"], "Ada")
        assert (alarms["T2"].state, rig.trips) == (S.NORMAL, ["T1"])
        alarms.acknowledge("T1", "Eve")
        alarms.answer_trips("Ada")
        assert (alarms["T1"].state, rig.trips) == (S.NORMAL, [])

    on_rig(main)


def test_an_output_that_fails_again_and_again_is_told_once_until_it_was_reached() -> None:
    async def main(rig: Rig) -> None:
        outputs = rig.gate.output_alarms
        for time in (1.0, 2.0):
            outputs.failed("TMA.valve", time, "no answer")
        outputs.reached("TMA.valve", 3.0)
        outputs.reached("TMA.valve", 4.0)
        failed, reached, cleared = rig.events
        assert (failed.time, failed.kind) == (1.0, Kind.ALARM)
        assert (failed.data["id"], failed.data["priority"]) == ("TMA.valve", "URGENT")
        assert "no answer" in failed.text
        assert (reached.time, reached.kind, reached.data["tag"]) == (3.0, Kind.COMMAND, "TMA.valve")
        assert reached.text == "TMA.valve is at its safe value after all"
        assert (cleared.time, cleared.data["state"]) == (3.0, "UNACK_CLEARED")
        outputs.failed("TMA.valve", 5.0, "no answer")
        assert rig.events[-1].kind is Kind.ALARM, "and it may fail again"

    on_rig(main)


def kept(id: str, state: AlarmState, **more: object) -> KeptAlarm:
    return KeptAlarm(id, state, state in STANDING, **more)  # type: ignore[arg-type]


def test_what_was_kept_of_a_warning_stands_until_it_is_seen_to_be_gone() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        alarms.adopt(kept("RICH", S.SHELVED, until=rig.clock.now() + 60.0, by="Ada", reason="a test"))
        assert alarms["RICH"].state is S.SHELVED
        assert rig.trips == []
        alarms.adopt(kept("T2", S.ACK_ACTIVE))
        alarms.adopt(kept("P1", S.LATCHED))
        assert set(rig.trips) == {"T2", "P1"}
        alarms.adopt(kept("F2", S.NORMAL))
        assert set(rig.trips) == {"T2", "P1"}

    on_rig(main, whole=WHOLE)


def test_out_of_service_its_cause_comes_and_goes_without_an_alarm() -> None:

    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.protection.alarms.remove("RICH", "Ada", "in repair")
        for pressure in (600.0, 300.0, 600.0):
            await rig.keep_saying(rig.clock.now() + 3.0, chamber__pressure=pressure)
        assert states(rig, "RICH") == ["OUT_OF_SERVICE"] * 3, "when taken out, and when its cause came"
        assert not any(event.kind is Kind.ALARM for event in rig.events)
        assert rig.protection.alarms["RICH"].state is S.OUT_OF_SERVICE
        rig.protection.alarms.restore_service("RICH", "Ada")
        assert states(rig, "RICH")[-1] == "UNACK_ACTIVE", "its cause is there"

    on_rig(main, whole=WHOLE)


def test_a_shelf_keeps_its_end_while_the_cause_comes_and_goes() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        until = alarms.shelve("RICH", "Ada", "a test", 60.0).until
        for pressure in (600.0, 300.0, 600.0):
            await rig.keep_saying(rig.clock.now() + 3.0, chamber__pressure=pressure)
        assert (alarms["RICH"].state, alarms["RICH"].until) == (S.SHELVED, until)

    on_rig(main, whole=WHOLE)


def test_a_latch_whose_cause_was_seen_to_go_is_reset() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        for _ in range(2):
            rig.say(stage__temperature=1e3)
            await rig.clock.sleep(0.1)
        rig.say_all()
        alarms = rig.protection.alarms
        assert alarms["T2"].state is S.UNACK_CLEARED
        assert alarms.acknowledge("T2", "Ada").state is S.LATCHED
        assert alarms.reset("T2", "Bob").state is S.NORMAL
        assert alarms["T2"].by == "Bob"

    on_rig(main)


def test_a_warning_waits_for_no_reset() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.say(chamber__pressure=600.0)
        for id in ("RICH", "T2"):
            with pytest.raises((TransitionRefused, SafetyError)):
                rig.protection.alarms.reset(id, "Ada")
        assert rig.protection.alarms["RICH"].state is S.UNACK_ACTIVE

    on_rig(main, whole=WHOLE)


def test_each_change_calls_who_keeps_it_and_a_change_of_nothing_does_not() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms, changes = rig.protection.alarms, []
        alarms.changed = lambda: changes.append(alarms["RICH"].state)
        rig.say(chamber__pressure=600.0)
        assert changes
        assert changes[-1] is S.UNACK_ACTIVE
        before = len(changes)
        rig.say(chamber__pressure=610.0)
        assert len(changes) == before
        alarms.acknowledge("RICH", "Ada")
        assert changes[-1] is S.ACK_ACTIVE
        assert alarms.remove("RICH", "Ada", "in repair").state is S.OUT_OF_SERVICE

    on_rig(main, whole=WHOLE)


def test_a_shelf_lasts_a_moment_or_eight_hours_and_the_shortest_ends_first() -> None:
    late = replace(RICH, id="RICHER", require=("chamber.pressure < 550 Pa",))
    whole = replace(WHOLE, interlocks=(late, *WHOLE.interlocks))

    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        for duration in (0.0, -1.0, LONGEST_SHELF + 1.0):
            with pytest.raises(SafetyError):
                alarms.shelve("RICH", "Ada", "test", duration)
        alarms.shelve("RICHER", "Ada", "test", LONGEST_SHELF)
        alarms.shelve("RICH", "Ada", "test", 0.5)
        await rig.clock.sleep_until(0.5)
        alarms.take()
        assert (alarms["RICH"].state, alarms["RICHER"].state) == (S.NORMAL, S.SHELVED)
        alarms.shelve("RICH", "Ada", "test", 60.0)
        alarms.unshelve("RICHER", "Ada")
        await rig.clock.sleep_until(60.0)
        alarms.take()
        assert (alarms["RICH"].state, alarms["RICHER"].state) == (S.SHELVED, S.NORMAL)
        await rig.clock.sleep_until(60.5)
        alarms.take()
        assert alarms["RICH"].state is S.NORMAL

    on_rig(main, whole=whole)


def test_a_shelf_that_was_kept_ends_where_it_was_to_end_and_within_eight_hours() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        await rig.clock.sleep(100.0)
        alarms.adopt(kept("RICH", S.SHELVED, until=160.0))
        assert alarms["RICH"].until == 160.0
        await rig.clock.sleep_until(160.0)
        alarms.take()
        assert alarms["RICH"].state is S.NORMAL
        alarms.adopt(kept("RICH", S.SHELVED, until=1e9))
        assert alarms["RICH"].until == 160.0 + LONGEST_SHELF

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize(
    ("state", "acknowledged"),
    [(S.UNACK_ACTIVE, False), (S.ACK_ACTIVE, True), (S.LATCHED, False), (S.UNACK_CLEARED, False)],
)
def test_a_latch_that_was_kept_is_latched_and_as_far_answered_as_it_was(state: AlarmState, acknowledged: bool) -> None:
    async def main(rig: Rig) -> None:
        rig.protection.alarms.adopt(kept("T2", state))
        assert rig.trips == ["T2"]
        found = rig.protection.alarms["T2"].state
        assert rig.protection.interlocks.standings.acknowledged("T2") is (found is S.ACK_ACTIVE)
        assert acknowledged is False or found is S.ACK_ACTIVE

    on_rig(main, whole=WHOLE)


def test_the_alarm_that_a_latch_may_be_forgotten_keeps_the_reactor_disarmed() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        rig.say_all()
        alarms.adopt(kept("GONE", S.ACK_ACTIVE))
        assert alarms["GONE"].state is S.UNACK_CLEARED, "its interlock is no more, and it still waits"
        assert alarms.unknown == ()
        alarms.adopt(kept("MEMORY", S.ACK_ACTIVE))
        assert [view.id for view in alarms.unknown] == ["MEMORY"]
        with pytest.raises(NotArmed, match="an alarm waits for its answer: MEMORY"):
            await rig.protection.arming.arm()
        alarms.acknowledge("MEMORY", "Ada")
        assert alarms.unknown == ()
        await rig.protection.arming.arm()

    on_rig(main, whole=WHOLE)


def test_the_first_of_a_kept_upset_is_still_the_first() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        alarms.adopt(kept("P1", S.UNACK_ACTIVE, after="T2"))
        alarms.adopt(kept("T2", S.UNACK_ACTIVE))
        alarms.raised(alarm_of_output("x.valve", rig.clock.now(), "no answer"), Kind.ALARM)
        assert alarms["x.valve"].after == "T2"

    on_rig(main, whole=WHOLE)


def raise_outputs(rig: Rig, *tags: str) -> None:
    for tag in tags:
        rig.protection.alarms.raised(alarm_of_output(tag, rig.clock.now(), "no answer"), Kind.ALARM)


def test_of_equally_urgent_ones_the_earlier_stands_first_and_one_from_before_the_restart_before_all() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        await rig.clock.sleep(0.4)
        raise_outputs(rig, "b.valve")
        await rig.clock.sleep(0.1)
        alarms.raised(replace(alarm_of_output("P1", rig.clock.now(), ""), id="P1"), Kind.TRIP)
        alarms.adopt(kept("x.valve", S.UNACK_ACTIVE, output=True))
        assert [view.id for view in alarms.standing] == ["x.valve", "b.valve", "P1"]

    on_rig(main, whole=WHOLE)


def test_what_happened_before_is_told_before_what_is_raised_now() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        alarms.shelve("RICH", "Ada", "a test", 60.0)
        await rig.clock.sleep(60.0)
        raise_outputs(rig, "RICH")
        assert alarms["RICH"].state is S.UNACK_ACTIVE, "its time on the shelf was over"
        assert [(event.kind, event.data["state"]) for event in alarm_events(rig)[1:]] == [
            (Kind.ALARM_STATE, "NORMAL"), (Kind.ALARM, "UNACK_ACTIVE"),
        ]  # fmt: skip

    on_rig(main, whole=WHOLE)


def test_an_upset_lasts_while_one_of_its_alarms_stands_and_what_is_silenced_is_none_of_it() -> None:
    async def main(rig: Rig) -> None:
        alarms = rig.protection.alarms
        raise_outputs(rig, "a.valve", "b.valve")
        alarms.cleared("a.valve", rig.clock.now())
        alarms.acknowledge("a.valve", "Ada")
        raise_outputs(rig, "c.valve")
        assert [alarms[id].after for id in ("b.valve", "c.valve")] == ["a.valve", "a.valve"]
        assert alarms.shelve("RICH", "Ada", "a test", 60.0).after == ""

    on_rig(main, whole=WHOLE)


def test_a_full_disk_is_not_asked_to_keep_its_own_alarm() -> None:
    async def main(rig: Rig) -> None:
        alarms, told = rig.protection.alarms, list[str]()
        alarms.changed = lambda: told.append("changed")
        alarms.raised(replace(alarm_of_output("x.valve", rig.clock.now(), "no room"), id=DISK), Kind.ALARM)
        assert alarms["history.disk"].state is S.UNACK_ACTIVE, "people know it by this name"
        alarms.acknowledge(DISK, "Ada")
        assert (alarms.kept, told) == ((), [])
        alarms.raised(alarm_of_output("x.valve", rig.clock.now(), "no answer"), Kind.ALARM)
        assert ([kept.id for kept in alarms.kept], told) == (["x.valve"], ["changed"])

    on_rig(main, whole=WHOLE)
