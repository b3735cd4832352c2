"""Every verb in every state of a run, against the one table in model/run.py."""

from dataclasses import replace

import pytest

from tests.scenarios.rigs import Scene, dose, plan, play, purge, repeat
from vapordep.errors import TransitionRefused
from vapordep.model.run import TRANSITIONS, RunState, Verb

S, V = RunState, Verb
ORDERS = tuple(verb for verb in Verb if verb not in (V.START, V.RESET, V.AMEND))
"""To amend there is a method of its own."""
WAY: dict[RunState, tuple[Verb | RunState, ...]] = {
    S.RUNNING: (),
    S.PAUSING: (V.PAUSE,),
    S.PAUSED: (V.PAUSE, S.PAUSED),
    S.HOLDING: (V.HOLD,),
    S.HELD: (V.HOLD, S.HELD),
    S.RESTARTING: (V.HOLD, S.HELD, V.RESTART),
    S.STOPPING: (V.STOP,),
    S.ABORTING: (V.ABORT,),
}
"""What to ask and what to wait for, to bring a run into a state."""
ENDS = {V.STOP: S.STOPPED, V.ABORT: S.ABORTED, V.CAP: S.STOPPED}
CYCLES = replace(plan(repeat(3, dose(), purge())), cap=(dose(), purge()))


async def lead_to(scene: Scene, state: RunState) -> None:
    await scene.step("purge")
    for stage in WAY[state]:
        if isinstance(stage, Verb):
            scene.ask(stage)
        else:
            await scene.state(stage)
    assert scene.run.state is state


async def go_on(scene: Scene) -> None:
    """Resumes and restarts whatever waits, until the run is over."""
    while True:
        await scene.state(S.PAUSED, S.HELD)
        scene.ask(V.RESUME if scene.run.state is S.PAUSED else V.RESTART)


@pytest.mark.parametrize(("state", "verb"), [(s, v) for s in WAY for v in ORDERS if (s, v) in TRANSITIONS])
def test_a_verb_that_the_table_knows_leads_where_it_says(state: RunState, verb: Verb) -> None:
    async def script(scene: Scene) -> None:
        await lead_to(scene, state)
        scene.ask(verb)
        assert scene.run.state is TRANSITIONS[state, verb]
        await go_on(scene)

    scene = play(CYCLES, script)
    assert scene.run.state is ENDS.get(verb, S.STOPPED if state is S.STOPPING else S.COMPLETE)
    whole = scene.run.state is S.COMPLETE
    done = [pulse.intent.cycle for _, pulse in sorted(scene.book.pulses.items()) if pulse.commanded_open > 0.0]
    assert not whole or done in ([1, 2, 3], [1, 1, 2, 3]), "only a cycle that a hold broke off is done again"


@pytest.mark.parametrize("state", WAY)
def test_every_other_verb_is_refused_and_changes_nothing(state: RunState) -> None:
    async def script(scene: Scene) -> None:
        await lead_to(scene, state)
        for verb in [verb for verb in Verb if (state, verb) not in TRANSITIONS]:
            with pytest.raises(TransitionRefused, match=f"{verb}"):
                scene.ask(verb)
        assert scene.run.state is state
        if state is not S.ABORTING:
            scene.ask(V.ABORT)

    assert play(CYCLES, script).run.state is S.ABORTED


def test_a_run_that_has_not_begun_or_is_over_takes_no_verb() -> None:
    async def script(scene: Scene) -> None:
        for verb in Verb:
            with pytest.raises(TransitionRefused):
                scene.ask(verb)

    scene = play(plan(purge(0.5), last=()), script)
    assert scene.run.state is S.COMPLETE
    for verb in Verb:
        with pytest.raises(TransitionRefused):
            scene.ask(verb)
    assert scene.run.state is S.COMPLETE
