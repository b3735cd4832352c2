"""Filling, venting and opening the chamber, by ground truth: what a person sees, and what must never flow meanwhile."""

from dataclasses import replace

import pytest

from tests.scenarios.rigs import CARRIER, HOT, Scene, dose, glovebox, plan, play, purge, trouble
from vapordep.model.batches import Sample
from vapordep.model.events import Kind
from vapordep.model.plan import Plan
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import FlowCheck, LeakCheck, Load, Pump, Step, Unload, Vent
from vapordep.model.tags import Quality, Tag
from vapordep.units import degC, sccm, to_si, unit

S = RunState
ppm = unit("ppm")
COLD = to_si(21.0, degC)
SHUT = {"pump.valve": 0.0, "pump.soft_valve": 0.0, "carrier.valve": 0.0}


def alone(*steps: Step) -> Plan:
    """A plan that begins in the vented chamber."""
    return Plan("scenario", "ALD", "lithium", steps)


async def stop_when_held(scene: Scene) -> None:
    await scene.state(S.HELD)
    scene.ask(Verb.STOP)


def held_because(scene: Scene) -> str:
    return next(event.text for event in scene.kind(Kind.RUN) if event.data["state"] == S.HELD)


# --- flow_check ------------------------------------------------------------------------------------------------------

CHECK = FlowCheck(line="carrier", flow=to_si(20.0, sccm), tolerance=0.1, duration=15.0)


def test_a_flow_check_agrees_with_the_plant_and_leaves_the_pump_on() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: "rate of rise" in scene.run.rig.waiting_for)
        await scene.clock.sleep(1.0)
        assert (scene.truth("pump.valve"), scene.truth("carrier.valve")) == (0.0, 1.0)
        await scene.step("purge")
        assert (scene.truth("pump.valve", 0.1), scene.truth("carrier.valve", 0.1)) == (1.0, 0.0)

    scene = play(plan(CHECK, purge(2.0)), script)
    assert (scene.run.state, trouble(scene)) == (S.COMPLETE, [])
    [told] = [event for event in scene.kind(Kind.STEP) if "rate of rise gives" in event.text]
    assert told.data["rate_of_rise_mol_s"] == pytest.approx(to_si(20.0, sccm), rel=0.04), "the plant's own flow"
    assert "within 10 %" in told.text


def test_a_flow_that_is_off_holds_the_run_and_tells_both() -> None:
    larger = replace(glovebox(), chamber=replace(glovebox().chamber, volume=1.3e-3))
    scene = play(plan(CHECK, purge(2.0)), stop_when_held, plant=larger)
    told = held_because(scene)
    assert "the controller reads 20" in told
    assert any(f"-{percent}." in told for percent in (22, 23, 24)), "1 / 1.3 of it"
    assert "allowed are 10 %" in told


# --- vent ------------------------------------------------------------------------------------------------------------


def test_a_vent_ends_by_the_amount_where_the_gauge_sees_no_further() -> None:
    """The Pirani ends at half an atmosphere; the plant must be near the wanted pressure, and never above."""
    small = replace(glovebox(), chamber=replace(glovebox().chamber, volume=0.3e-3, pumping_speed=1.6e-4))
    scene = play(plan(Vent(to=1e5, within=900.0)), reactor=small, hot=COLD, check=False)
    assert scene.run.state is S.COMPLETE
    assert 0.85e5 < scene.report()["peak_pressure"] <= 1.01325e5
    assert {point: scene.truth(point, 1.0) for point in SHUT} == SHUT


def test_a_hot_foil_is_not_vented() -> None:
    scene = play(plan(Vent(to=1e5, within=900.0)), stop_when_held, hot=HOT)
    assert "the foil may have" in held_because(scene)
    assert scene.report()["peak_pressure"] < 1e4


def test_a_vent_begins_only_where_the_gauge_is_sure_of_the_pressure() -> None:
    """A Pirani shows argon as less than it is: what seems to be missing would be too much."""
    vents = Vent(to=5e4, within=900.0), Vent(to=1e5, within=900.0)
    scene = play(plan(*vents), stop_when_held, hot=COLD, check=False)
    assert "how much gas it lacks is only known below 1 kPa" in held_because(scene)
    assert scene.report()["peak_pressure"] < 5.1e4


def test_a_vent_without_gas_is_given_up() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: "of argon" in scene.run.rig.waiting_for)
        await scene.clock.sleep(2.0)
        await scene.run.rig.command("carrier.flow_setpoint", to_si(5.0, sccm), "the bottle is empty")
        await stop_when_held(scene)

    scene = play(plan(Vent(to=1e5, within=900.0)), script, hot=COLD)
    assert "carrier does not flow" in held_because(scene)


# --- load, unload ----------------------------------------------------------------------------------------------------


def loading(*answers: str, within: float = 60.0) -> Scene:
    async def script(scene: Scene) -> None:
        scene.answers[:] = answers
        await scene.until(lambda: scene.run.state in (S.HELD, S.COMPLETE))
        if scene.run.state is S.HELD:
            scene.ask(Verb.STOP)

    return play(alone(Load(within=within)), script, hot=None, check=False)


def test_loading_asks_and_records() -> None:
    scene = loading("0.3 ppm", "2 ppm", "Li-1, Li-2")
    assert scene.run.state is S.COMPLETE
    told = [event.text for event in scene.kind(Kind.PROMPT)]
    assert told[-1] == "loaded: Li-1, Li-2"
    assert "is at atmosphere" in told[0], "no gauge of this reactor sees that far"
    [alarm] = scene.kind(Kind.ALARM)
    assert alarm.text == "oxygen in the glovebox: 2 ppm, above 1 ppm"
    [water] = [event for event in scene.book.events if "water_share" in event.data]
    assert water.data["water_share"] == pytest.approx(3e-7)
    assert {point: scene.truth(point, 1.0) for point in SHUT} == SHUT


@pytest.mark.parametrize("answers", [("11 ppm",), ("0.1 ppm", "0.5 %")])
def test_a_bad_glovebox_blocks_loading(answers: tuple[str, ...]) -> None:
    scene = loading(*answers)
    assert scene.run.state is S.STOPPED
    assert "lithium is loaded below 10 ppm" in held_because(scene)
    assert not any("Open the lid" in event.text for event in scene.kind(Kind.PROMPT))


def test_a_bare_number_is_asked_again_and_nonsense_gives_up() -> None:
    assert loading("0.5", "0.5 ppm").run.state is S.COMPLETE
    assert "nobody told how much water" in held_because(loading("0.5", "dry", "-1 ppm"))


def test_samples_have_ids_each_once() -> None:
    assert loading("0.1 ppm", "0.1 ppm", "A, A", "A,,B", "A, B").run.state is S.COMPLETE
    assert "which samples" in held_because(loading("0.1 ppm", "0.1 ppm", "A, A", "A, A", "A, A"))


def test_who_takes_too_long_is_held_with_everything_shut() -> None:
    scene = loading(within=1.5)
    assert "load was not done within 1.5 s" in held_because(scene)
    assert {point: scene.truth(point, 1.0) for point in SHUT} == SHUT


def test_a_hold_under_an_open_lid_neither_pumps_nor_purges() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: "Open the lid" in scene.run.rig.waiting_for)
        scene.ask(Verb.HOLD)
        await scene.state(S.HELD)
        await scene.clock.sleep(2.0)
        assert {point: scene.truth(point) for point in SHUT} == SHUT
        assert scene.truth("carrier.flow_setpoint") == 0.0
        scene.ask(Verb.STOP)

    scene = play(alone(Load(within=60.0)), script, hot=None, check=False)
    assert scene.run.state is S.STOPPED


@pytest.mark.parametrize("last", [Pump(to=1e4, within=60.0, soft=True), CARRIER, dose(), LeakCheck(duration=60.0)])
def test_what_closes_a_stopped_run_opens_nothing_under_an_open_lid(last: Step) -> None:
    """Nobody said that the lid is closed: whatever `finally` wants of pump, gas or sources, the run is aborted."""

    async def script(scene: Scene) -> None:
        scene.answers[:] = ("0.1 ppm", "0.1 ppm", "A, A", "A, A", "A, A")
        await stop_when_held(scene)

    load = replace(alone(Load(within=60.0)), finally_steps=(last,))
    scene = play(load, script, hot=None, check=False)
    assert scene.run.state is S.ABORTED
    assert "the lid is open" in scene.run.reason
    assert {point: scene.truth(point, 1.0) for point in SHUT} == SHUT
    assert scene.openings("TMA") == 0
    assert any(event.data["interlocks"] == "P4" for event in scene.kind(Kind.REFUSED))


def test_who_restarts_under_an_open_lid_opens_nothing_but_begins_anew() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: "Open the lid" in scene.run.rig.waiting_for)
        scene.ask(Verb.HOLD)
        await scene.state(S.HELD)
        scene.ask(Verb.RESTART)
        await scene.state(S.RUNNING)
        assert scene.truth("carrier.flow_setpoint", 0.1) == 0.0, "it stood at its safe value when the step began"

    scene = play(alone(Load(within=60.0)), script, hot=None, check=False)
    assert scene.run.state is S.COMPLETE


@pytest.mark.parametrize(("checked", "end"), [(True, S.COMPLETE), (False, S.ABORTED)])
def test_no_dose_past_the_check_after_the_lid_was_open(checked: bool, end: S) -> None:
    looked = (LeakCheck(duration=300.0),) if checked else ()
    steps = Pump(to=5.0, within=900.0, soft=True), *looked, CARRIER, purge(5.0), dose(), purge(5.0)
    scene = play(alone(Load(within=60.0), *steps), hot=None, check=False, attended=False, within=2000.0, wire=False)
    assert scene.run.state is end, scene.run.reason
    assert scene.run.doses.count == checked
    assert ("no leak check was passed" in scene.run.reason) is not checked


def test_who_caps_a_run_held_in_its_leak_check_doses_nothing() -> None:
    async def script(scene: Scene) -> None:
        await scene.state(S.HELD)
        scene.ask(Verb.CAP)

    hasty = replace(plan(LeakCheck(duration=10.0)), cap=(CARRIER, purge(20.0), dose(), purge(20.0)))
    scene = play(hasty, script)
    assert "leak_check" in held_because(scene), "too short to see one"
    assert (scene.run.state, scene.run.doses.count, scene.openings("TMA")) == (S.ABORTED, 0, 0)
    assert "no leak check was passed" in scene.run.reason


def test_the_safety_core_forgets_the_surface() -> None:
    scene = loading()
    assert scene.run.rig.loaded == scene.run.protection.loaded
    forgotten: list[str] = []

    async def script(scene: Scene) -> None:
        scene.run.rig.loaded = lambda: forgotten.append("bare")

    play(alone(Load(within=60.0), Unload(within=60.0)), script, hot=None, check=False)
    assert forgotten == ["bare", "bare"]


def test_an_evacuated_chamber_is_not_opened() -> None:
    assert "the chamber is not vented" in held_because(play(plan(Unload(within=60.0)), stop_when_held))


@pytest.mark.parametrize(("share", "end"), [(3e-7, S.COMPLETE), (2e-5, S.STOPPED), (float("nan"), S.STOPPED)])
def test_sensors_of_the_glovebox_are_believed_rather_than_people(share: float, end: S) -> None:
    """A sensor without a value proves nothing, and nobody is asked instead."""

    async def script(scene: Scene) -> None:
        hub = scene.run.rig.hub
        await scene.until(lambda: scene.run.rig.waiting_for != "")
        tags = {name: Tag(name, ppm, stale_after=3600.0) for name in ("glovebox.water", "glovebox.oxygen")}
        hub.tags = {**hub.tags, **tags}
        for name in tags:
            hub.latest[name] = Sample(scene.clock.now(), share, Quality.GOOD if share == share else Quality.BAD)
        await scene.until(lambda: scene.run.state in (S.HELD, S.COMPLETE))
        if scene.run.state is S.HELD:
            scene.ask(Verb.STOP)

    scene = play(alone(Load(within=60.0)), script, hot=None, check=False)
    assert scene.run.state is end
    assert not any("does the glovebox show" in event.text for event in scene.kind(Kind.PROMPT))
