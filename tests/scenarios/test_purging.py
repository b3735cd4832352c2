"""Purges that end when the decay of the last dose says so, against the plant's own time constant."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from tests.scenarios.rigs import Scene, dose, glovebox, plan, play, purge, repeat, trouble
from vapordep.chemistry import purge_gap
from vapordep.model.events import Kind
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Otherwise, Purge, Until
from vapordep.simulation.faults import Mute
from vapordep.units import sccm, to_si

S = RunState
STEADY = purge(40.0)
"""Until the pressure of the carrier, and with it the baseline, is steady."""
RULE = purge_gap(glovebox().chamber.residence_time, 0.0).block + 0.03


def cleared(least: float = RULE, longest: float = 60.0, **more: Any) -> Purge:
    return Purge(duration=least, until=Until(more.pop("residue", 1e-4), longest, **more))


def slower(factor: float) -> Any:
    """A reactor whose pump is slower than its file says."""
    chamber = glovebox().chamber
    return replace(glovebox(), chamber=replace(chamber, pumping_speed=chamber.pumping_speed / factor))


def gaps(scene: Scene) -> list[float]:
    """From the end of each pulse to the beginning of the next, in s."""
    pulses = [scene.book.pulses[number] for number in sorted(scene.book.pulses)]
    return [later.commanded_open - earlier.commanded_close for earlier, later in pairwise(pulses)]


def test_a_chamber_as_fast_as_its_file_ends_at_the_rule_and_the_gate_lets_the_next_dose_pass() -> None:
    scene = play(plan(STEADY, dose(), cleared(), dose(), cleared(), dose("H2O", 0.03), purge(20.0)))
    assert (scene.run.state, trouble(scene)) == (S.COMPLETE, [])
    assert gaps(scene) == pytest.approx([RULE, RULE], abs=0.05 * RULE)
    assert min(gaps(scene)) >= RULE - 1e-6


@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_a_slower_pump_is_seen_and_waited_for(factor: float) -> None:
    scene = play(plan(STEADY, repeat(3, dose(), cleared())), plant=slower(factor))
    assert (scene.run.state, trouble(scene)) == (S.COMPLETE, [])
    assert gaps(scene) == pytest.approx([factor * RULE] * 2, rel=0.08), "9.2 times the plant's own time constant"
    [first, *_] = [event for event in scene.kind(Kind.STEP) if "decays slowly" in event.text]
    assert first.data["origin"] == "fitted"
    tau = glovebox().chamber.residence_time
    assert first.data["time_constant_s"] == pytest.approx(factor * tau, rel=0.08)


def test_less_residue_takes_longer() -> None:
    scene = play(plan(STEADY, repeat(2, dose(), cleared(residue=1e-7))))
    assert gaps(scene) == pytest.approx([RULE * 7 / 4], rel=0.08)


def test_a_pulse_that_cannot_be_seen_falls_as_those_before_it() -> None:
    steps = STEADY, dose(), cleared(), dose(width=0.0006), cleared(), dose(), purge(30.0)
    scene = play(plan(*steps), plant=slower(1.5))
    assert gaps(scene)[1] == pytest.approx(1.5 * RULE, rel=0.08)
    told = [event.data["origin"] for event in scene.kind(Kind.STEP) if "decays slowly" in event.text]
    assert told == ["fitted", "that of earlier doses"]


@pytest.mark.parametrize("otherwise", [Otherwise.HOLD, Otherwise.CONTINUE])
def test_what_does_not_clear_ends_at_max(otherwise: Otherwise) -> None:
    """More carrier gas from within the purge on looks like a tail that does not fall."""

    async def script(scene: Scene) -> None:
        await scene.doses(1)
        await scene.run.rig.command("carrier.flow_setpoint", to_si(24.0, sccm), "drift")
        if otherwise is Otherwise.HOLD:
            await scene.state(S.HELD)
            scene.ask(Verb.STOP)

    scene = play(plan(STEADY, repeat(1, dose(), cleared(longest=30.0, otherwise=otherwise)), purge(5.0)), script)
    told = "TMA is not cleared after 30 s"
    if otherwise is Otherwise.HOLD:
        [alarm] = scene.kind(Kind.ALARM)
        assert told in alarm.text
        assert "Pa of" in alarm.text
        [held] = [event for event in scene.kind(Kind.RUN) if event.data["state"] == S.HOLDING]
        assert told in held.text
        assert held.time - scene.book.pulses[1].commanded_close == pytest.approx(30.0, abs=0.3)
    else:
        assert scene.run.state is S.COMPLETE
        assert any(told in event.text for event in scene.kind(Kind.STEP))


@pytest.mark.parametrize("wire", [True, False])
def test_a_silent_gauge_clears_nothing(wire: bool) -> None:
    """Mute from within the purge on: what was seen of the decay until then does not count for what follows."""
    steps = plan(STEADY, dose(), cleared(longest=30.0), purge(5.0))
    [pulse] = play(steps, wire=wire).book.pulses.values()
    mute = {"gauge": [Mute(start=pulse.commanded_close + 1.0)]}

    async def script(scene: Scene) -> None:
        await scene.state(S.HELD)
        scene.ask(Verb.ABORT)

    scene = play(steps, script, faults=mute, wire=wire, check=False)  # without a gauge nothing more is known to be safe
    held = next(event for event in scene.kind(Kind.RUN) if event.data["state"] == S.HOLDING)
    assert "TMA is not known to be cleared after 30 s" in held.text
    assert held.time - pulse.commanded_close == pytest.approx(30.0, abs=0.3)


def test_in_finally_it_judges_the_last_dose_of_the_run() -> None:
    scene = play(plan(STEADY, dose(), purge(3.0), last=(cleared(),)))
    assert scene.run.state is S.COMPLETE
    assert scene.over_at - scene.book.pulses[1].commanded_close >= RULE + 3.0
