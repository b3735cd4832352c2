"""The course of a run: waits that end otherwise, checkpoints, and what the record holds of them."""

import pytest

from tests.scenarios.rigs import Scene, dose, plan, play, purge, repeat, trouble
from vapordep.model.events import DURABLE, Kind
from vapordep.model.place import read
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Checkpoint, Flow, Otherwise, Wait

S = RunState
NEVER = "chamber.pressure > 10 kPa"


@pytest.mark.parametrize(
    ("otherwise", "through", "end"),
    [
        (Otherwise.STOP, S.STOPPING, S.STOPPED),
        (Otherwise.ABORT, S.ABORTING, S.ABORTED),
        (Otherwise.CONTINUE, S.RUNNING, S.COMPLETE),
    ],
)
def test_a_wait_in_vain_ends_as_the_recipe_says(otherwise: Otherwise, through: S, end: S) -> None:
    vain = Wait(until=NEVER, within=3.0, otherwise=otherwise)
    scene = play(plan(vain, purge(5.0), last=(purge(1.0),)))
    assert (scene.run.state, through in scene.states) == (end, True)
    names = [event.text for event in scene.kind(Kind.STEP)]
    assert ("purge 5 s" in names) == (otherwise is Otherwise.CONTINUE), "the steps after it"
    assert ("purge 1 s" in names) == (otherwise is not Otherwise.ABORT), "`finally`"
    told = f"{NEVER} did not come true within 3 s"
    if otherwise is Otherwise.CONTINUE:
        assert trouble(scene) == []
        assert any(f"{told}: going on" in name for name in names)
    else:
        assert told in scene.run.reason


def test_a_wait_in_vain_holds_unless_told_otherwise_and_may_be_tried_again() -> None:
    async def script(scene: Scene) -> None:
        await scene.state(S.HELD)
        assert NEVER in scene.run.reason
        scene.ask(Verb.RESTART)
        await scene.state(S.RUNNING)
        await scene.state(S.HELD)
        scene.ask(Verb.STOP)

    scene = play(plan(Wait(until=NEVER, within=3.0)), script)
    assert scene.run.state is S.STOPPED


def test_a_wait_that_stops_ends_its_cycle_too_also_while_stopping() -> None:
    vain = Wait(until=NEVER, within=3.0, otherwise=Otherwise.STOP)

    async def script(scene: Scene) -> None:
        await scene.step("wait")
        scene.ask(Verb.STOP)

    scene = play(plan(repeat(3, dose(), purge(2.0), vain)), script)
    assert (scene.run.state, scene.run.doses.count) == (S.STOPPED, 1)
    assert "purge 1 s" in [event.text for event in scene.kind(Kind.STEP)]


def test_a_wait_in_vain_in_finally_still_ends_safely() -> None:
    vain = Wait(until=NEVER, within=3.0, otherwise=Otherwise.STOP)
    scene = play(plan(purge(1.0), last=(vain,)))
    assert scene.run.state is S.STOPPED


def test_a_checkpoint_is_a_durable_place_with_the_whole_cycles_so_far() -> None:
    inner = repeat(2, dose(), purge(2.0), layer="TMA")
    outer = repeat(2, inner, Checkpoint(name="turn"), Flow(flows={}))
    scene = play(plan(Checkpoint(name="cold"), outer, Checkpoint(name="done")))
    marks = [event.data for event in scene.kind(Kind.CHECKPOINT)]
    assert Kind.CHECKPOINT in DURABLE
    assert [(mark["checkpoint"], mark["cycles"], mark["doses"]) for mark in marks] == [
        ("cold", 0, 0), ("turn", 2, 2), ("turn", 4, 4), ("done", 4, 4),
    ]  # fmt: skip
    places = [[(place.step, place.cycle) for place in read(str(mark["cursor"]))] for mark in marks]
    assert places == [[(1, 0)], [(2, 0), (1, 0)], [(2, 0), (1, 1)], [(3, 0)]]
