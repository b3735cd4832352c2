"""What the words of a recipe do to the reactor, by ground truth."""

from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from tests.scenarios.rigs import Scene, dose, glovebox, large, plan, play, purge, repeat, trouble
from vapordep.devices.frames import Edges
from vapordep.model.events import Kind
from vapordep.model.run import RunState
from vapordep.model.steps import Cool, Flow, Heat, LeakCheck, Pump, PumpPurge, Ramp, Set, Stabilise, Wait
from vapordep.units import degC, sccm, to_si

S = RunState
MINUTE = 60.0
JUDGING = import_module("vapordep.analysis.rate_of_rise")  # its package has a function of that name


def test_a_leak_check_shuts_the_chamber_judges_and_pumps_again() -> None:
    seen: list[float] = []

    async def script(scene: Scene) -> None:
        await scene.until(lambda: "rate of rise" in scene.run.rig.waiting_for)
        seen.extend(scene.truth(point, 0.1) for point in ("pump.valve", "carrier.valve", "carrier.flow_setpoint"))
        await scene.step("stabilise")
        seen.append(scene.truth("pump.valve", 0.1))

    steps = Pump(to=2.0, within=MINUTE), LeakCheck(duration=5 * MINUTE), Stabilise(duration=3.0, tolerance=90.0)
    scene = play(plan(*steps), script, hot=to_si(21.0, degC))
    assert seen == [0.0, 0.0, 0.0, 1.0]
    (told,) = (event for event in scene.kind(Kind.STEP) if "leak " in event.text)
    assert told.data["leak_Pa_m3_s"] == pytest.approx(3e-8, abs=2e-8), "as the reactor file's simulation says"


@pytest.mark.parametrize("leak", [0.0, 3e-8, 5e-7])
def test_a_leak_check_sees_through_the_cooling_of_a_hot_chamber(leak: float) -> None:
    """As after a break: at 100 degC, the heaters just turned off, the gas alone falls as if by 2e-7 Pa m3/s."""
    tight = replace(glovebox(), simulation=replace(glovebox().simulation, leak=leak))
    steps = Pump(to=2.0, within=MINUTE), LeakCheck(duration=5 * MINUTE)
    scene = play(plan(*steps), plant=tight, attended=False, within=900.0, wire=False)
    if leak > 2e-7:
        assert scene.run.state is S.ABORTED
        assert "lithium bears" in scene.run.reason
        return
    assert scene.run.state is S.COMPLETE, scene.run.reason
    (told,) = (event for event in scene.book.events if "leak " in event.text and "leak_Pa_m3_s" in event.data)
    assert told.data["leak_Pa_m3_s"] == pytest.approx(leak, abs=3e-8)


def test_a_leak_check_that_a_cooling_chamber_spoils_is_gone_through_again() -> None:
    """A run that is continued in the morning need not be restarted until a large chamber has cooled."""
    steps = Pump(to=2.0, within=30 * MINUTE), LeakCheck(duration=5 * MINUTE)
    scene = play(plan(*steps), reactor=large(), attended=False, within=7200.0, wire=False)
    assert scene.run.state is S.COMPLETE, scene.run.reason
    again = [event.time for event in scene.book.events if "checking again" in event.text]
    (told,) = (event for event in scene.book.events if "leak_Pa_m3_s" in event.data)
    assert again
    assert told.time - again[0] >= 10 * MINUTE * len(again) - 1.0, "a rest as long as the check lies between"
    assert told.data["leak_Pa_m3_s"] == pytest.approx(3e-8, abs=5e-8)


def test_a_leak_check_that_never_sees_through_the_drift_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JUDGING, "THERMAL_DOUBT", 1e3)
    steps = Pump(to=2.0, within=MINUTE), LeakCheck(duration=5 * MINUTE)
    scene = play(plan(*steps), attended=False, within=90 * MINUTE, wire=False)
    assert scene.run.state is S.ABORTED
    assert "while the temperature drifts" in scene.run.reason
    assert sum("checking again" in event.text for event in scene.book.events) == 5


def test_a_pump_purge_fills_and_pumps_as_often_as_asked() -> None:
    scene = play(plan(PumpPurge(cycles=2, high=500.0, low=50.0, within=5 * MINUTE)))
    moves = scene.report()["valves"]["pump.valve"]
    shut = [time for time, state in moves if state < 0.5]
    opened = [time for time, state in moves if state > 0.5]
    assert len([time for time in shut if time < opened[-1]]) == 2
    assert 500.0 < scene.report()["peak_pressure"] < 700.0


def test_a_ramp_is_linear_ends_at_its_value_and_keeps_to_the_timeline() -> None:
    """Its end is the top of the range, which rounding must not leave."""
    low, high = to_si(20.0, sccm), glovebox().outputs["carrier.flow_setpoint"].high
    found: list[tuple[float, float]] = []

    async def script(scene: Scene) -> None:
        await scene.step("ramp")
        began = scene.clock.now()
        for after in (2.25, 4.25, 7.75):
            await scene.clock.sleep_until(began + after)
            found.append((after, scene.truth("carrier.flow_setpoint")))

    ramp = Ramp(output="carrier.flow_setpoint", to=high, duration=8.0)
    scene = play(plan(ramp, purge(2.0), Set(output="carrier.flow_setpoint", value=low)), script)
    assert scene.run.state is S.COMPLETE
    for after, flow in found:
        assert flow == pytest.approx(low + (high - low) * (after // 0.5 * 0.5) / 8.0, rel=0.01)
    times = {event.text: event.time for event in scene.kind(Kind.STEP)}
    assert times["set"] - times["ramp"] == pytest.approx(10.0, abs=1e-6)


def test_heating_and_cooling_wait_for_the_zone() -> None:
    target = to_si(105.0, degC)
    heat = Heat(targets={"stage": target}, rate=1.0 / 6.0, tolerance=1.0, timeout=20 * MINUTE)

    async def script(scene: Scene) -> None:
        await scene.step("cool")
        assert abs(scene.truth("stage.true_temperature") - target) < 2.0

    scene = play(plan(heat, last=(Cool(targets={"stage": to_si(102.0, degC)}, within=10 * MINUTE),)), script)
    assert scene.run.state is S.COMPLETE
    assert scene.truth("stage.true_temperature") < to_si(102.5, degC)


def test_patience_is_for_all_zones_together() -> None:
    """Two zones that never come get one time-out, not two."""
    heat = Heat(targets={"stage": 390.0, "walls": 390.0}, rate=0.01, tolerance=1.0, timeout=20.0)
    scene = play(plan(heat), attended=False)
    began = next(event.time for event in scene.kind(Kind.STEP) if event.text == "heat")
    held = next(event.time for event in scene.kind(Kind.RUN) if event.data["state"] == S.HOLDING)
    assert held - began < 30.0


def test_a_wait_says_what_did_not_come_true_and_what_is() -> None:
    scene = play(plan(Wait(until="chamber.pressure > 10 kPa", within=3.0)), attended=False)
    (alarm,) = scene.kind(Kind.ALARM)
    assert "chamber.pressure > 10 kPa did not come true within 3 s" in alarm.text
    assert "it is" in alarm.text
    assert "Pa now" in alarm.text


def test_a_flow_of_nothing_shuts_the_line() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        assert scene.truth("carrier.valve", 0.1) == scene.truth("carrier.flow_setpoint", 0.1) == 0.0

    scene = play(plan(Flow(flows={"carrier": 0.0}), Stabilise(duration=3.0, tolerance=90.0)), script)
    assert trouble(scene) == []


def test_the_last_pulse_is_measured_at_the_end_of_its_cycle_not_hours_later() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.in_finally)
        assert scene.book.pulses[2].area > 0.0

    play(plan(repeat(2, dose(), purge(3.0)), last=(purge(10.0),)), script)


def test_a_dose_that_comes_late_does_not_shorten_its_purge() -> None:
    late = 0.5

    async def script(scene: Scene) -> None:
        rig: Any = scene.run.rig
        given = rig.pulse

        async def pulse(source: str, at: float, width: float, reason: str) -> Edges:
            edges: Edges = await given(source, at + late, width, reason)
            return edges

        rig.pulse = pulse

    scene = play(plan(repeat(2, dose(), purge(3.0))), script)
    first, second = (scene.book.pulses[n] for n in (1, 2))
    assert first.commanded_open - first.intent.planned_open == pytest.approx(late)
    assert second.commanded_open - late - first.commanded_close == pytest.approx(3.0)


def test_a_stabilisation_tells_which_zone_is_not_steady() -> None:
    step = Set(output="walls.setpoint", value=to_si(60.0, degC)), Stabilise(duration=3.0, tolerance=2.0)
    scene = play(plan(*step), attended=False, hot=to_si(21.0, degC))
    assert scene.run.state is S.ABORTED
    assert "walls.temperature within 2 K of 60 degC did not come true within 3 s (it is 2" in scene.run.reason
