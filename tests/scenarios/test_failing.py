"""Steps that fail: held, capped, mended and tried again; and regions from which no run is resumed. Both samplers."""

from dataclasses import replace

import pytest

from tests.scenarios.rigs import CARRIER, Scene, dose, plan, play, purge, repeat
from vapordep.errors import TransitionRefused
from vapordep.model.events import Kind
from vapordep.model.plan import Block, Plan
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import IfFails, Otherwise, Set, Step, Wait

S, V = RunState, Verb
NEVER = Wait(until="chamber.pressure > 10 kPa", within=2.0)
SHUT = Set(output="carrier.flow_setpoint", value=0.0)
FLOWING = Wait(until="carrier.flow > 10 sccm", within=3.0)
BOTH = pytest.mark.parametrize("wire", [True, False], ids=["polled", "foretold"])
CAP = (dose(width=0.1), purge(2.0))


def failing(wanted: IfFails, step: Step = NEVER, *before: Step) -> Plan:
    return replace(plan(*before, replace(step, if_fails=wanted), dose(), purge()), cap=CAP)


@BOTH
@pytest.mark.parametrize(
    ("then", "ends", "doses"),
    [
        (Otherwise.HOLD, S.ABORTED, 0),  # nobody attends the hold
        (Otherwise.CONTINUE, S.COMPLETE, 1),
        (Otherwise.STOP, S.STOPPED, 0),
        (Otherwise.CAP, S.STOPPED, 1),
        (Otherwise.ABORT, S.ABORTED, 0),
    ],
)
def test_what_the_recipe_says_follows(then: Otherwise, ends: RunState, doses: int, *, wire: bool) -> None:
    scene = play(failing(IfFails(then)), attended=False, wire=wire)
    assert (scene.run.state, scene.run.doses.count) == (ends, doses)
    if then is Otherwise.CAP:
        assert "capped: as the recipe says: wait: chamber.pressure > 10 kPa did not come true" in scene.run.reason
        assert scene.states == [S.RUNNING, S.HOLDING, S.HELD, S.RESTARTING, S.RUNNING, S.STOPPING, S.STOPPED]
        assert [p.intent.step for p in scene.book.pulses.values()] == ["dose TMA 100 ms"]


@BOTH
def test_what_is_mended_is_tried_again_once(wire: bool) -> None:
    mended = failing(IfFails(steps=(CARRIER,), again=True), FLOWING, SHUT, purge(3.0))
    scene = play(mended, attended=False, wire=wire)
    assert (scene.run.state, scene.run.doses.count) == (S.COMPLETE, 1)
    told = [event.text for event in scene.kind(Kind.STEP)]
    assert told[told.index("flow to mend wait") + 1] == "wait again, as the recipe says"
    assert [event.text for event in scene.kind(Kind.ALARM)] == [
        "wait failed: carrier.flow > 10 sccm did not come true within 3 s - it is being mended"
    ]


def test_a_second_failure_holds() -> None:
    scene = play(failing(IfFails(steps=(CARRIER,), again=True)), attended=False)
    assert S.HELD in scene.states
    assert (scene.run.state, scene.run.doses.count) == (S.ABORTED, 0)
    assert "did not come true within 2 s" in scene.run.reason


def test_what_the_gate_refuses_holds_whatever_is_written() -> None:
    refused = Set(output="TMA.valve", value=2.0, if_fails=IfFails(Otherwise.CONTINUE))
    scene = play(plan(refused, dose(), purge()), attended=False)
    assert scene.run.doses.count == 0
    assert S.HELD in scene.states


def region(*steps: Step) -> Block:
    return Block(name="film", steps=steps, no_resume="the film is not what it was")


@BOTH
def test_a_run_held_in_a_region_is_capped_or_ended_but_not_resumed(wire: bool) -> None:
    async def script(scene: Scene) -> None:
        await scene.step("film[1].purge 5 s")
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        assert scene.run.allowed == (V.STOP, V.CAP, V.ABORT, V.AMEND)
        with pytest.raises(TransitionRefused, match="not resumed: the film is not what it was"):
            scene.ask(V.RESTART)
        scene.ask(V.CAP)

    inside = replace(plan(repeat(2, region(dose(), purge(5.0)))), cap=CAP)
    scene = play(inside, script, wire=wire)
    assert scene.run.state is S.STOPPED
    given = [p.intent.step for _, p in sorted(scene.book.pulses.items())]
    assert given == ["film[1].dose TMA 50 ms", "dose TMA 100 ms"]


def test_before_and_after_the_region_a_held_run_goes_on() -> None:
    async def script(scene: Scene) -> None:
        for step in ("purge 4 s", "purge 6 s"):
            await scene.step(step)
            scene.ask(V.HOLD)
            await scene.state(S.HELD)
            scene.ask(V.RESTART)
            await scene.state(S.RUNNING)

    scene = play(plan(purge(4.0), region(dose(), purge(2.0)), purge(6.0)), script)
    assert (scene.run.state, scene.run.doses.count) == (S.COMPLETE, 1)
