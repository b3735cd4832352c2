"""Plasma in a run: on for its time, read back, off whatever happens. Both samplers."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.rigs import Scene, plan, play
from tests.unit.recipe.test_treating import GUARD, treating
from vapordep.model.events import Kind
from vapordep.model.run import RunState, Verb
from vapordep.model.steady_steps import Treat
from vapordep.reactor import read_reactor

S, V = RunState, Verb
BOTH = pytest.mark.parametrize("wire", [True, False], ids=["polled", "foretold"])
PLASMA = Treat(role="plasma", power=40.0, duration=10.0, warm_up=3.0, tolerance=0.05)


def switched(scene: Scene) -> list[str]:
    return [event.text for event in scene.kind(Kind.COMMAND) if event.text.startswith("plasma.on")]


@BOTH
def test_it_burns_for_its_time_at_its_power(tmp_path: Path, wire: bool) -> None:
    scene = play(plan(PLASMA), reactor=read_reactor(treating(tmp_path)), wire=wire)
    assert scene.run.state is S.COMPLETE
    [told] = [event for event in scene.kind(Kind.STEP) if "power_W" in event.data]
    assert told.data["power_W"] == pytest.approx(40.0, rel=0.02)
    times = [event.time for event in scene.kind(Kind.COMMAND) if event.text.startswith("plasma.on")]
    assert switched(scene)[:2] == ["plasma.on on: plasma", "plasma.on off: plasma"]
    assert times[1] - times[0] == pytest.approx(13.0, abs=0.3)


@BOTH
def test_a_power_that_is_not_there_holds_the_run_with_all_off(tmp_path: Path, wire: bool) -> None:
    reactor = read_reactor(treating(tmp_path))
    known = reactor.treatments["plasma"]
    aged = replace(reactor, treatments={"plasma": replace(known, full=(24.0, 150.0))})
    scene = play(plan(PLASMA), reactor=aged, plant=reactor, wire=wire, attended=False)
    assert S.HELD in scene.states
    assert "W after its warm-up, and not within 5 % of 40 W" in scene.run.reason
    assert "off" in switched(scene)[1]


def test_a_hold_puts_it_out_at_once_and_a_restart_begins_it_anew(tmp_path: Path) -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.rig.value("plasma.current") > 1.0)
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        await scene.clock.sleep(1.0)
        assert scene.run.rig.value("plasma.on") == scene.run.rig.value("plasma.current") == 0.0
        scene.ask(V.RESTART)

    scene = play(plan(PLASMA), script, reactor=read_reactor(treating(tmp_path)))
    assert scene.run.state is S.COMPLETE
    assert switched(scene).count("plasma.on on: plasma") == 2


def test_what_must_be_true_before_it_is_asked_by_the_gate(tmp_path: Path) -> None:
    never = GUARD.replace("< 500 Pa", "< 0.001 Pa")
    scene = play(plan(PLASMA), reactor=read_reactor(treating(tmp_path, guard=never)), attended=False)
    assert S.HELD in scene.states
    assert "L1" in scene.run.reason
    assert "plasma.on on: plasma" not in switched(scene)
