"""Weak and late doses: what the recipe wants done after three in a row, against what the plant really gave."""

from dataclasses import replace
from itertools import pairwise
from math import isfinite
from typing import Any

import pytest

from tests.scenarios.rigs import Scene, Script, dose, glovebox, plan, play, purge, repeat
from vapordep.devices.frames import Edges
from vapordep.model.events import Kind
from vapordep.model.plan import OnWeak, Plan
from vapordep.model.pulses import Verdict
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Set
from vapordep.units import sccm, to_si

S = RunState
LEARNT = 4
NOTHING = 0.0006
"""A pulse so short, in s, that the valve hardly moves."""


def recipe(on_weak: OnWeak, cycles: int = 10, *last: Any) -> Plan:
    made = plan(purge(20.0), repeat(cycles, dose(), purge(12.0)), *last)
    return replace(made, on_weak_dose=on_weak)


def spoilt(numbers: range, then: Script | None = None) -> Script:
    """A script in which the valve hardly opens for the pulses of these numbers, as they are commanded."""

    async def script(scene: Scene) -> None:
        rig: Any = scene.run.rig
        given, count = rig.pulse, 0

        async def pulse(source: str, at: float, width: float, reason: str) -> Edges:
            nonlocal count
            count += 1
            edges: Edges = await given(source, at, NOTHING if count in numbers else width, reason)
            return edges

        rig.pulse = pulse
        if then is not None:
            await then(scene)

    return script


async def stop_when_held(scene: Scene) -> None:
    await scene.state(S.HELD)
    scene.ask(Verb.STOP)


def verdicts(scene: Scene) -> str:
    """One letter for each pulse that was given: g w l i u."""
    pulses = [scene.book.pulses[number] for number in sorted(scene.book.pulses)]
    return "".join(pulse.verdict.value[0] for pulse in pulses if isfinite(pulse.commanded_open))


def test_an_empty_bottle_holds_the_run_and_says_what_to_look_at() -> None:
    tma = replace(glovebox().sources["TMA"], content=1e-5)
    plant = replace(glovebox(), sources={**glovebox().sources, "TMA": tma})
    scene = play(recipe(OnWeak.HOLD, 45), stop_when_held, plant=plant, within=900.0)
    [held] = [event for event in scene.kind(Kind.RUN) if event.data["state"] == S.HELD]
    weak = [number for number, pulse in scene.book.pulses.items() if pulse.verdict is Verdict.WEAK]
    assert weak == [weak[0], weak[0] + 1, weak[0] + 2]
    for words in (
        f"not given, for pulse {weak[-1]}, of TMA, is weak",
        "Pa s, against",
        "third in a row",
        "bottle is empty",
        "TMA.valve",
    ):
        assert words in held.text
    assert len(scene.report()["valves"]["TMA.valve"]) / 2 == weak[-1], "no dose after the third"


def test_a_hand_valve_that_was_never_opened_holds_the_run_at_once_and_goes_on_once_it_is_open() -> None:
    async def opened(scene: Scene) -> None:
        await scene.state(S.HELD)
        scene.run.rig.pulse = pulse_as_ever
        scene.ask(Verb.RESTART)

    async def script(scene: Scene) -> None:
        nonlocal pulse_as_ever
        pulse_as_ever = scene.run.rig.pulse
        await spoilt(range(1, 99), opened)(scene)

    pulse_as_ever: Any = None
    scene = play(recipe(OnWeak.HOLD, 8), script)
    assert (scene.run.state, verdicts(scene)) == (S.COMPLETE, "wwwggggg")
    [held] = [event.text for event in scene.kind(Kind.RUN) if event.data["state"] == S.HELD]
    assert "pulse 3, of TMA, shows nothing on the gauge, nor did one before it, the third in a row" in held


def test_gas_that_a_step_after_the_last_dose_lets_in_is_no_part_of_its_pulse() -> None:
    more = Set(output="carrier.flow_setpoint", value=to_si(60.0, sccm))
    scene = play(plan(purge(20.0), repeat(LEARNT, dose(), purge(12.0)), more, purge(40.0)))
    areas = [scene.book.pulses[number].area for number in range(1, LEARNT + 1)]
    assert areas[-1] == pytest.approx(areas[0], rel=0.2)
    assert verdicts(scene) == "g" * LEARNT


def test_continue_goes_on_and_says_so() -> None:
    scene = play(recipe(OnWeak.CONTINUE, 9), spoilt(range(5, 8)))
    assert (scene.run.state, verdicts(scene)) == (S.COMPLETE, "ggggwwwgg")
    assert sum("going on, as the recipe says" in event.text for event in scene.kind(Kind.STEP)) == 1


def test_two_in_a_row_are_only_told() -> None:
    scene = play(recipe(OnWeak.HOLD, 9), spoilt(range(5, 7)))
    assert (scene.run.state, verdicts(scene)) == (S.COMPLETE, "ggggwwggg")
    assert len(scene.kind(Kind.ALARM)) == 2


def test_extend_gives_the_dose_again_until_it_is_good() -> None:
    scene = play(recipe(OnWeak.EXTEND, 9), spoilt(range(5, 9)))
    assert (scene.run.state, verdicts(scene)) == (S.COMPLETE, "ggggwwwwggg"), "the 8th and 9th are given again"
    steps = [scene.book.pulses[number].intent.step for number in sorted(scene.book.pulses)]
    assert [step for step in steps if "again" in step] == ["main[7].dose TMA 50 ms again"] * 2
    opened = [scene.book.pulses[number].commanded_open for number in range(7, 12)]
    assert [b - a for a, b in pairwise(opened)] == pytest.approx([12.05] * 4, abs=0.06)
    assert scene.openings("TMA") >= 7


def test_extend_is_bounded_and_then_holds() -> None:
    scene = play(recipe(OnWeak.EXTEND, 12), spoilt(range(5, 99), stop_when_held))
    assert verdicts(scene) == "ggggwwwwww"
    assert "3 more did not help" in next(e.text for e in scene.kind(Kind.RUN) if e.data["state"] == S.HELD)


def test_after_a_restart_it_takes_three_in_a_row_again() -> None:
    async def restart(scene: Scene) -> None:
        await scene.state(S.HELD)
        scene.ask(Verb.RESTART)
        await scene.state(S.RUNNING)
        await stop_when_held(scene)

    scene = play(recipe(OnWeak.HOLD, 20), spoilt(range(5, 99), restart))
    assert verdicts(scene) == "ggggwwwwww"


def test_late_pulses_count_like_weak_ones() -> None:
    async def script(scene: Scene) -> None:
        rig: Any = scene.run.rig
        given = rig.pulse

        async def pulse(source: str, at: float, width: float, reason: str) -> Edges:
            edges: Edges = await given(source, at + 1.0, width, reason)
            back = (edges.commanded_open - 1.0, edges.commanded_close - 1.0)
            return replace(edges, commanded_open=back[0], commanded_close=back[1])

        await scene.doses(4)
        rig.pulse = pulse
        await stop_when_held(scene)

    scene = play(recipe(OnWeak.HOLD, 12), script)
    assert verdicts(scene) == "gggglll"
    assert "shows 1." in next(e.text for e in scene.kind(Kind.RUN) if e.data["state"] == S.HELD)


def test_an_isolated_exposure_is_not_judged() -> None:
    shut, opened = (Set(output="pump.valve", value=value) for value in (0.0, 1.0))
    exposures = repeat(4, shut, dose(), purge(1.0), opened, purge(8.0), name="exposures")
    scene = play(recipe(OnWeak.HOLD, LEARNT, exposures), spoilt(range(5, 99)))
    assert (scene.run.state, verdicts(scene)) == (S.COMPLETE, "ggggiiii")
