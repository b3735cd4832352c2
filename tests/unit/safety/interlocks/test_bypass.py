"""Bypasses end by themselves and limits move to the cautious side: in virtual time, on the small rig."""

from dataclasses import replace

import pytest

from tests.unit.safety.alarms.test_alarms import armed
from tests.unit.safety.rig import GOOD_VALUES, OPEN, RULES, Rig, command, on_rig, reactor
from vapordep.errors import CommandRefused, NotArmed, SafetyError, UnitError
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Action, Bypass, InterlockRule
from vapordep.safety.interlocks.bypass import LONGEST_BYPASS
from vapordep.units import sccm, to_si

LOW = to_si(10.0, sccm)
HELD = tuple(replace(rule, action=Action.HOLD) if rule.id == "F2" else rule for rule in RULES)
WHOLE = reactor(interlocks=HELD)


def told(rig: Rig, kind: Kind = Kind.BYPASS) -> list[Event]:
    return [event for event in rig.events if event.kind is kind]


async def starve(rig: Rig, duration: float) -> None:
    """Too little carrier for so long, in s; all else is well."""
    end = rig.clock.now() + duration
    while rig.clock.now() < end:
        await rig.clock.sleep(0.5)
        rig.say(**{tag.replace(".", "__"): value for tag, value in {**GOOD_VALUES, "carrier.flow": LOW}.items()})


def test_a_bypassed_trip_does_not_act_and_acts_again_at_its_end() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        bypass = rig.protection.bypasses.add("F2", "Ada", "flow meter in repair", 60.0)
        await starve(rig, 59.0)
        assert rig.trips == []
        assert rig.protection.bypasses.active == (bypass,)
        assert bypass.left(rig.clock.now()) == pytest.approx(1.0, abs=0.6)
        await starve(rig, 5.0)
        assert rig.trips == ["F2"]
        [trip] = rig.protection.interlocks.trips
        assert trip.time == pytest.approx(bypass.until + 2.0, abs=0.6), "its whole time to trip, from the end on"
        assert rig.protection.bypasses.active == ()

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize("lifted", [True, False])
def test_what_is_in_force_again_while_its_sensor_is_silent_trips_at_once(lifted: bool) -> None:
    """It counts samples, and none will come: the silence was over before it was looked at again."""
    rule = InterlockRule("P9", ("chamber.pressure < 1.3 kPa",), "p.", trip_after_samples=2)

    async def main(rig: Rig) -> None:
        await armed(rig)
        bypass = rig.protection.bypasses.add("P9", "Ada", "the gauge is exchanged", 60.0)
        end = bypass.until - (30.0 if lifted else 0.0)
        while rig.clock.now() < end - 0.5:
            await rig.clock.sleep(0.5)
            rig.say(**{tag.replace(".", "__"): value for tag, value in GOOD_VALUES.items() if "pressure" not in tag})
            rig.hub.tick(rig.clock.now())
            assert rig.trips == []
        await rig.clock.sleep_until(end)
        if lifted:
            rig.protection.bypasses.lift("P9", "Ada")
        rig.protection.interlocks.tick(end)
        assert rig.trips == ["P9"]
        assert rig.protection.interlocks.trips[0].time == end

    on_rig(main, whole=reactor(interlocks=(*RULES, rule)))


def test_its_beginning_and_its_end_are_told_with_person_reason_and_time() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        bypass = rig.protection.bypasses.add("F2", "Ada", "flow meter in repair", 90 * 60.0)
        await rig.clock.sleep(90 * 60.0 + 1.0)
        rig.say_all()
        begun, ended = told(rig)
        assert begun.text.startswith("BYPASS of F2 by Ada: flow meter in repair (until ")
        assert begun.text.endswith(" left)")
        assert (begun.data["by"], begun.data["bypassed"]) == ("Ada", True)
        assert (ended.text, ended.time) == ("the bypass of F2 by Ada is over", bypass.until)

    on_rig(main, whole=WHOLE)


def test_the_end_comes_without_any_sample() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.protection.bypasses.add("T2", "Ada", "test", 10.0)
        await rig.clock.sleep(20.0)
        rig.hub.tick(rig.clock.now())
        assert "T2" in rig.trips, "silent since long, and in force again"
        [trip] = [trip for trip in rig.protection.interlocks.trips if trip.id == "T2"]
        assert trip.time >= 10.0

    on_rig(main, whole=WHOLE)


def test_a_bypassed_permissive_lets_through_only_until_its_end() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.say(carrier__flow=LOW)
        with pytest.raises(CommandRefused, match="F1"):
            await rig.gate.command(command("TMA.valve", OPEN))
        rig.protection.bypasses.add("F1", "Ada", "test", 30.0)
        assert rig.gate.circumstances("TMA.valve", rig.clock.now()).guards != ()
        ids = [guard.rule.id for guard in rig.gate.circumstances("TMA.valve", rig.clock.now() + 29.0).guards]
        assert "F1" not in ids
        ids = [guard.rule.id for guard in rig.gate.circumstances("TMA.valve", rig.clock.now() + 30.0).guards]
        assert "F1" in ids, "a pulse after the end of the bypass is judged as without it"

    on_rig(main, whole=WHOLE)


def test_it_lets_the_reactor_be_armed_and_a_latched_trip_be_reset() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        await starve(rig, 5.0)
        alarms = rig.protection.alarms
        alarms.acknowledge("F2", "Ada")
        with pytest.raises(SafetyError, match="still there"):
            alarms.reset("F2", "Ada")
        rig.protection.bypasses.add("F2", "Ada", "argon by hand", 600.0)
        alarms.reset("F2", "Ada")
        await rig.protection.arming.disarm()
        rig.say_all()
        rig.say(carrier__flow=LOW)
        await rig.protection.arming.arm()
        rig.protection.bypasses.lift("F2", "Ada")
        await rig.protection.arming.disarm()
        rig.say_all()
        rig.say(carrier__flow=LOW)
        with pytest.raises(NotArmed, match="F2"):
            await rig.protection.arming.arm()

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize("id", ["T1", "C1", "C2.TMA", "C3"])
def test_hard_interlocks_have_none(id: str) -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError, match=f"{id} has no bypass"):
            rig.protection.bypasses.add(id, "Ada", "please", 60.0)

    on_rig(main, whole=WHOLE)


def test_a_file_may_call_its_own_hard() -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError, match="T2 has no bypass"):
            rig.protection.bypasses.add("T2", "Ada", "please", 60.0)

    hard = tuple(replace(rule, hard=rule.id == "T2") for rule in RULES)
    on_rig(main, whole=reactor(interlocks=hard))


@pytest.mark.parametrize(
    ("id", "person", "reason", "duration"),
    [
        ("F2", "Ada", "test", LONGEST_BYPASS + 1.0),
        ("F2", "Ada", "test", 0.0),
        ("F2", "Ada", "test", float("nan")),
        ("F2", "", "test", 60.0),
        ("F2", "Ada", "  ", 60.0),
        ("F9", "Ada", "test", 60.0),
    ],
)
def test_what_is_no_bypass_is_refused(id: str, person: str, reason: str, duration: float) -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError):
            rig.protection.bypasses.add(id, person, reason, duration)
        assert rig.protection.bypasses.active == ()
        assert told(rig) == []

    on_rig(main, whole=WHOLE)


def test_one_that_is_too_long_is_not_taken_up_again() -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError):
            rig.protection.bypasses.adopt(Bypass("F2", "Ada", "test", 0.0, LONGEST_BYPASS + 1.0))

    on_rig(main, whole=WHOLE)


# --- limits ----------------------------------------------------------------------------------------------------------


def test_a_limit_is_tightened_while_armed_and_acts_at_once() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.protection.limits.change("P3", "chamber.pressure", "90 Pa", "Ada", "a careful day")
        with pytest.raises(CommandRefused, match=r"chamber\.pressure is 97 Pa, limit < 90 Pa"):
            await rig.gate.command(command("TMA.valve", OPEN))
        [event] = told(rig, Kind.LIMIT)
        assert event.text == "P3: chamber.pressure < 90 Pa instead of 1000 Pa, by Ada: a careful day"
        assert (event.data["from"], event.data["to"], event.data["loosened"]) == (1000.0, 90.0, False)

    on_rig(main, whole=WHOLE)


def test_a_trip_whose_limit_is_tightened_looks_at_once() -> None:
    one_sample = tuple(
        replace(rule, id="HI", guards=(), trip_after_samples=1) if rule.id == "P3" else rule for rule in RULES
    )

    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.protection.limits.change("HI", "chamber.pressure", "90 Pa", "Ada", "a careful day")
        assert rig.trips == ["HI"]

    on_rig(main, whole=reactor(interlocks=one_sample))


def test_of_two_limits_of_a_tag_the_sign_tells_which() -> None:
    kept: dict[tuple[str, str, str], str] = {}

    def conditions(rig: Rig) -> list[str]:
        [found] = [i for i in rig.protection.interlocks.compiled.interlocks if i.rule.id == "T2"]
        return [condition.text for condition in found.require]

    async def main(rig: Rig) -> None:
        limits = rig.protection.limits
        with pytest.raises(SafetyError, match=r"more than one limit.*say which with < or >.*stage.temperature < 450"):
            limits.change("T2", "stage.temperature", "100 degC", "Ada", "test")
        with pytest.raises(SafetyError, match=r"^P3: it sets chamber.pressure no limit with >. Do: it requires: ch"):
            limits.change("P3", "chamber.pressure", "> 2 Pa", "Ada", "test")
        limits.change("T2", "stage.temperature", " <  300 degC ", "Ada", "test")
        limits.change("T2", "stage.temperature", ">-5 degC", "Ada", "test")
        assert conditions(rig) == ["stage.temperature > -5 degC", "stage.temperature < 300 degC"]
        await armed(rig)
        with pytest.raises(SafetyError, match=r"^T2: -6 degC loosens it while the reactor is armed"):
            limits.change("T2", "stage.temperature", "> -6 degC", "Ada", "test")
        limits.change("T2", "stage.temperature", "< 299 degC", "Ada", "test")
        kept.update(limits.kept)

    async def after(rig: Rig) -> None:
        rig.protection.limits.adopt(kept)
        assert conditions(rig) == ["stage.temperature > -5 degC", "stage.temperature < 299 degC"]

    on_rig(main, whole=WHOLE)
    on_rig(after, whole=WHOLE)


def test_a_hard_limit_is_only_tightened() -> None:
    hard = tuple(replace(rule, hard=rule.id == "P3") for rule in RULES)

    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError, match="only tightened"):
            rig.protection.limits.change("P3", "chamber.pressure", "2 kPa", "Ada", "test")
        rig.protection.limits.change("P3", "chamber.pressure", "500 Pa", "Ada", "test")

    on_rig(main, whole=reactor(interlocks=hard))


def test_no_bypass_is_lifted_that_is_not_there() -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(SafetyError, match="F2 is not bypassed"):
            rig.protection.bypasses.lift("F2", "Ada")

    on_rig(main, whole=WHOLE)


def test_changed_limits_are_taken_over_by_another_core() -> None:
    kept: dict[tuple[str, str, str], str] = {}

    async def before(rig: Rig) -> None:
        rig.protection.limits.change("P3", "chamber.pressure", "90 Pa", "Ada", "a careful day")
        kept.update(rig.protection.limits.kept)

    async def after(rig: Rig) -> None:
        await armed(rig)
        rig.protection.limits.adopt({**kept, ("GONE", "x.y", "<"): "1 Pa"})
        with pytest.raises(CommandRefused, match="limit < 90 Pa"):
            await rig.gate.command(command("TMA.valve", OPEN))

    on_rig(before, whole=WHOLE)
    on_rig(after, whole=WHOLE)


def test_a_limit_is_loosened_only_when_disarmed() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        limits = rig.protection.limits
        with pytest.raises(SafetyError, match="2 kPa loosens it while the reactor is armed"):
            limits.change("P3", "chamber.pressure", "2 kPa", "Ada", "in a hurry")
        await rig.protection.arming.disarm()
        limits.change("P3", "chamber.pressure", "2 kPa", "Ada", "another gauge")
        [event] = told(rig, Kind.LIMIT)
        assert event.data["loosened"] is True

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize(
    ("id", "tag", "limit", "error"),
    [
        ("P3", "chamber.pressure", "2", UnitError),
        ("P3", "chamber.pressure", "2 K", UnitError),
        ("P3", "stage.temperature", "2 K", SafetyError),
        ("T1", "foil.maximum", "100 degC", SafetyError),
        ("T2", "stage.temperature", "100 degC", SafetyError),
        ("T2", "stage.temperature", "= 100 degC", SafetyError),
        ("T2", "stage.temperature", "<= 100 degC", UnitError),
        ("P3", "chamber.pressure", "> 2 Pa", SafetyError),
        ("X", "chamber.pressure", "2 Pa", SafetyError),
    ],
)
def test_what_is_no_limit_is_refused(id: str, tag: str, limit: str, error: type[Exception]) -> None:
    async def main(rig: Rig) -> None:
        with pytest.raises(error):
            rig.protection.limits.change(id, tag, limit, "Ada", "test")
        with pytest.raises(SafetyError, match="by a person, for a reason"):
            rig.protection.limits.change(id, tag, limit, "", "test")
        assert told(rig, Kind.LIMIT) == []

    on_rig(main, whole=WHOLE)


def test_a_bypass_may_be_short_or_last_the_whole_eight_hours_and_no_longer() -> None:
    async def main(rig: Rig) -> None:
        bypasses = rig.protection.bypasses
        assert bypasses.add("F2", "Ada", "test", 0.5).until == 0.5
        assert bypasses.add("F2", "Ada", "test", LONGEST_BYPASS).until == LONGEST_BYPASS
        for duration in (0.0, -1.0, LONGEST_BYPASS + 1.0):
            with pytest.raises(SafetyError, match="no bypass lasts"):
                bypasses.add("F2", "Ada", "test", duration)

    on_rig(main, whole=WHOLE)


def test_one_that_goes_on_lasted_eight_hours_at_most() -> None:
    async def main(rig: Rig) -> None:
        await rig.clock.sleep(1000.0)
        bypasses = rig.protection.bypasses
        bypasses.adopt(Bypass("F2", "Ada", "test", 900.0, 900.0 + LONGEST_BYPASS))
        assert [bypass.until for bypass in bypasses.active] == [900.0 + LONGEST_BYPASS]
        assert "goes on: test" in told(rig)[-1].text
        with pytest.raises(SafetyError, match="no such bypass"):
            bypasses.adopt(Bypass("F2", "Ada", "test", 900.0, 901.0 + LONGEST_BYPASS))
        with pytest.raises(SafetyError, match="no such bypass"):
            bypasses.adopt(Bypass("T1", "Ada", "test", 900.0, 1100.0))

    on_rig(main, whole=WHOLE)


def test_each_beginning_and_end_is_told_whole_and_calls_who_keeps_it() -> None:
    async def main(rig: Rig) -> None:
        bypasses, changes = rig.protection.bypasses, []
        bypasses.changed = lambda: changes.append(len(bypasses.active))
        await rig.clock.sleep(10.0)
        bypass = bypasses.add("F2", " Ada ", " test ", 60.0)
        assert (bypass.person, bypass.reason, bypass.began, bypass.until) == ("Ada", "test", 10.0, 70.0)
        end = rig.clock.civil_at(70.0).isoformat()
        assert told(rig)[-1].data == {"id": "F2", "by": "Ada", "reason": "test", "until": end, "bypassed": True}
        assert told(rig)[-1].time == 10.0
        with pytest.raises(SafetyError) as refused:
            bypasses.lift("P1", "Bob")
        assert refused.value.remedy == "bypassed: F2"
        bypasses.lift("F2", "Bob")
        assert told(rig)[-1].text == "the bypass of F2 was lifted by Bob"
        assert told(rig)[-1].data == {"id": "F2", "by": "Ada", "bypassed": False}
        assert changes == [1, 0]
        with pytest.raises(SafetyError) as refused:
            bypasses.lift("F2", "Bob")
        assert refused.value.remedy == "bypassed: none"

    on_rig(main, whole=WHOLE)


def test_one_that_takes_the_place_of_another_says_whose_that_was() -> None:
    async def main(rig: Rig) -> None:
        bypasses = rig.protection.bypasses
        bypasses.add("F2", "Ada", "flow meter in repair", 3600.0)
        await rig.clock.sleep(600.0)
        bypass = bypasses.add("F2", "Bob", "a look at it", 60.0)
        assert bypasses.active == (bypass,)
        text = told(rig)[-1].text
        assert text.startswith("BYPASS of F2 by Bob: a look at it; in place of the one by Ada: flow meter in repair")
        assert "with 50 min left (until" in text

    on_rig(main, whole=WHOLE)


def test_those_in_force_are_told_once_more_to_a_record_that_begins() -> None:
    async def main(rig: Rig) -> None:
        bypasses = rig.protection.bypasses
        bypasses.tell()
        assert told(rig) == []
        bypass = bypasses.add("F2", "Ada", "flow meter in repair", 3600.0)
        await rig.clock.sleep(600.0)
        bypasses.tell()
        event = told(rig)[-1]
        assert event.text.startswith("BYPASS of F2 by Ada goes on: flow meter in repair (until ")
        assert "50 min left" in event.text
        assert (event.time, event.data) == (600.0, told(rig)[0].data)
        assert bypasses.active == (bypass,)

    on_rig(main, whole=WHOLE)


def test_it_is_over_at_the_very_instant_of_its_end() -> None:
    async def main(rig: Rig) -> None:
        bypasses = rig.protection.bypasses
        bypasses.add("F2", "Ada", "test", 60.0)
        bypasses.add("P1", "Ada", "test", 30.0)
        assert [bypass.id for bypass in bypasses.active] == ["P1", "F2"], "the one that ends first in front"
        await rig.clock.sleep_until(30.0)
        bypasses.take()
        assert [bypass.id for bypass in bypasses.active] == ["F2"]
        await rig.clock.sleep_until(59.0)
        bypasses.take()
        assert bypasses.active != ()

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize(("limit", "loosened"), [("1 kPa", False), ("999 Pa", False), ("1001 Pa", True)])
def test_what_loosens_an_upper_limit(limit: str, loosened: bool) -> None:
    async def main(rig: Rig) -> None:
        rig.protection.limits.change("P3", "chamber.pressure", limit, " Ada ", " test ")
        [event] = [event for event in rig.events if event.kind is Kind.LIMIT]
        assert event.data["loosened"] is loosened
        assert {key: event.data[key] for key in ("id", "tag", "by", "reason", "from")} == {
            "id": "P3", "tag": "chamber.pressure", "by": "Ada", "reason": "test", "from": 1000.0,
        }  # fmt: skip

    on_rig(main, whole=WHOLE)


@pytest.mark.parametrize(
    ("limit", "loosened"), [("-20 degC", False), ("-19 degC", False), ("-21 degC", True), ("-30 degC", True)]
)
def test_what_loosens_a_lower_limit(limit: str, loosened: bool) -> None:
    whole = reactor(interlocks=tuple(replace(r, require=r.require[:1]) if r.id == "T2" else r for r in HELD))

    async def main(rig: Rig) -> None:
        rig.protection.limits.change("T2", "stage.temperature", limit, "Ada", "test")
        [event] = [event for event in rig.events if event.kind is Kind.LIMIT]
        assert event.data["loosened"] is loosened

    on_rig(main, whole=whole)


def test_an_equal_limit_of_an_armed_reactor_is_not_loosened() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        rig.protection.limits.change("P3", "chamber.pressure", "1 kPa", "Ada", "test")
        with pytest.raises(SafetyError, match="while the reactor is armed"):
            rig.protection.limits.change("P3", "chamber.pressure", "1001 Pa", "Ada", "test")

    on_rig(main, whole=WHOLE)


def test_a_changed_limit_leaves_the_other_conditions_and_their_deadbands_alone() -> None:
    warm = InterlockRule(
        "WARM", ("stage.temperature < 150 degC", "foil.temperature < 160 degC"), "p", "Look.", action=Action.WARN,
        deadband="2 K",
    )  # fmt: skip

    async def main(rig: Rig) -> None:
        rig.protection.limits.change("WARM", "stage.temperature", "140 degC", "Ada", "test")
        [found] = [i for i in rig.protection.interlocks.compiled.interlocks if i.rule.id == "WARM"]
        texts = ["stage.temperature < 140 degC", "foil.temperature < 160 degC"]
        assert [condition.text for condition in found.require] == texts
        assert [condition.text for condition in found.release] == texts
        assert [condition.margin for condition in found.require] == [0.0, 0.0]
        assert [condition.margin for condition in found.release] == [2.0, 2.0]

    on_rig(main, whole=reactor(interlocks=(warm, *RULES)))
