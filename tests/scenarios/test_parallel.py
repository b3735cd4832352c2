"""Parallel branches: begun together, ended with the last, broken off together. Both samplers."""

import pytest

from tests.scenarios.rigs import CARRIER, HOT, Scene, dose, plan, play, purge
from vapordep.errors import TransitionRefused
from vapordep.model.events import Kind
from vapordep.model.plan import Branch, Parallel
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Heat, Ramp, Rest, Set, Step, Wait
from vapordep.units import sccm, to_si

S, V = RunState, Verb
BOTH = pytest.mark.parametrize("wire", [True, False], ids=["polled", "foretold"])
MORE = Ramp(output="carrier.flow_setpoint", to=to_si(40.0, sccm), duration=6.0)
WARMER = Heat(targets={"stage": HOT + 0.5}, rate=5 / 60, tolerance=1.0, timeout=60.0)


def branches(**steps: tuple[Step, ...]) -> Parallel:
    return Parallel(branches=tuple(Branch(name, inside) for name, inside in steps.items()))


@BOTH
def test_branches_go_on_beside_each_other_and_end_with_the_longest(wire: bool) -> None:
    both = branches(gas=(MORE, Rest(duration=2.0)), warmth=(WARMER, Rest(duration=5.0)))
    scene = play(plan(both, CARRIER, dose(), purge()), wire=wire)
    assert (scene.run.state, scene.run.doses.count) == (S.COMPLETE, 1)
    told = [event for event in scene.kind(Kind.STEP) if "branch" in event.data]
    assert {str(event.data["branch"]) for event in told} == {"gas", "warmth"}
    assert [event.text for event in told if event.data["branch"] == "gas"] == [
        "gas: ramp",
        "gas: rest 2 s",
        "gas: done",
    ]
    assert told[-1].time - told[0].time == pytest.approx(8.0, abs=0.3), "not the sum, and no sooner"
    after = next(event for event in scene.kind(Kind.STEP) if event.text == "flow" and event.time > told[0].time)
    assert after.time == pytest.approx(told[-1].time, abs=0.3)


@BOTH
def test_a_branch_that_fails_holds_all_and_a_restart_begins_all_anew(wire: bool) -> None:
    never = Wait(until="chamber.pressure > 10 kPa", within=2.0)

    async def script(scene: Scene) -> None:
        await scene.state(S.HELD)
        assert scene.run.reason.startswith("parallel slow, doomed: branch doomed, wait: chamber.pressure > 10 kPa")
        await scene.clock.sleep(1.0)  # until the controller was read once more
        still = scene.run.rig.value("carrier.flow_setpoint")
        await scene.clock.sleep(3.0)
        assert scene.run.rig.value("carrier.flow_setpoint") == still, "the other branch is broken off"
        scene.ask(V.RESTART)
        await scene.state(S.RUNNING)
        await scene.state(S.HELD)
        scene.ask(V.STOP)

    scene = play(plan(branches(slow=(MORE,), doomed=(never,))), script, wire=wire)
    assert scene.run.state is S.STOPPED
    assert [event.text for event in scene.kind(Kind.STEP)].count("slow: ramp") == 2
    assert "slow: done" not in [event.text for event in scene.kind(Kind.STEP)]


def test_it_is_not_skipped_and_can_be_held_stopped_and_aborted() -> None:
    for verb, ends in ((V.HOLD, S.COMPLETE), (V.STOP, S.STOPPED), (V.ABORT, S.ABORTED)):

        async def script(scene: Scene, verb: Verb = verb) -> None:
            await scene.step("parallel")
            await scene.clock.sleep(1.0)
            assert scene.run.rig.waiting_for == "one and two to end"
            with pytest.raises(TransitionRefused, match="ends by itself"):
                scene.ask(V.SKIP)
            scene.ask(verb)
            if verb is V.HOLD:
                await scene.state(S.HELD)
                scene.ask(V.RESTART)

        scene = play(plan(branches(one=(Rest(duration=5.0),), two=(MORE,))), script)
        assert scene.run.state is ends


def test_what_the_gate_refuses_in_a_branch_is_refused() -> None:
    beyond = Set(output="carrier.flow_setpoint", value=1.0)
    scene = play(plan(branches(one=(Rest(duration=5.0),), two=(beyond,)), dose()), attended=False)
    assert (scene.run.state, scene.run.doses.count) == (S.ABORTED, 0)
    assert "branch two, set" in scene.run.reason
