"""Whatever people and instruments do, and whenever: a run ends, safely, and its log makes sense."""

from dataclasses import dataclass

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.scenarios.rigs import Scene, dose, plan, play, purge, repeat
from vapordep.errors import TransitionRefused
from vapordep.model.run import ENDED, TRANSITIONS, RunState, Verb
from vapordep.model.steps import Set, Wait
from vapordep.simulation.faults import Mute

S, V = RunState, Verb
PHASES = (Phase.generate, Phase.shrink)
"""A failure costs seconds: it is made small, but not explained."""
ORDERS = [V.PAUSE, V.RESUME, V.HOLD, V.RESTART, V.STOP, V.ABORT, V.SKIP]
INTERRUPT, TERMINATE, CANCEL = "interrupt", "terminate", "cancel"
EVERYTHING = plan(
    repeat(2, repeat(2, dose(), purge(1.0), name="inner"), dose(width=0.4), purge(1.0), name="outer"),
    Set(output="pump.valve", value=0.0),
    Wait(until="chamber.pressure > 300 Pa", within=10.0),
    Set(output="pump.valve", value=1.0),
    repeat(2, dose(), purge(0.5), layer="TMA"),
    last=(purge(1.0), repeat(2, purge(0.5), name="rinse")),
    prime=repeat(1, dose(), purge(0.5), name="prime"),
)


@dataclass(frozen=True)
class Move:
    """Something that somebody does `after` s."""

    after: float
    what: str


moves = st.lists(
    st.builds(
        Move,
        st.one_of(st.just(0.0), st.floats(0.0, 4.0)),
        st.sampled_from([*ORDERS * 3, V.HOLD, V.PAUSE, INTERRUPT, TERMINATE, CANCEL]),
    ),
    max_size=8,
)
glitches = st.one_of(
    st.just({}),
    st.builds(
        lambda who, start, length: {who: [Mute(start=start, end=start + length, deaf=False)]},
        st.sampled_from(["valves", "carrier_mfc", "gauge", "stage_heater"]),
        st.floats(7.0, 25.0),
        st.sampled_from([0.3, 1.0, 4.0]),
    ),
)


def do(scene: Scene, what: str) -> None:
    """Does it; a verb is refused just where the table says so."""
    if what == INTERRUPT:
        scene.run.interrupt()
    elif what == TERMINATE:
        scene.run.terminate("asked to end")
    elif what == CANCEL:
        scene.performing.cancel()
    else:
        state, verb = scene.run.state, Verb(what)
        try:
            scene.run.ask(verb, "somebody")
        except TransitionRefused:
            assert (state, verb) not in TRANSITIONS or scene.run._over or verb is V.SKIP, "not every step is skipped"
        else:
            assert scene.run.state is TRANSITIONS[state, verb]


async def see_it_through(scene: Scene) -> None:
    """Goes on after holds and pauses, a few times; then gives up."""
    for _ in range(4):
        await scene.state(S.PAUSED, S.HELD, *ENDED)
        if scene.run.state in ENDED:
            return
        do(scene, V.RESUME if scene.run.state is S.PAUSED else V.RESTART)
    await scene.state(S.PAUSED, S.HELD, *ENDED)
    if scene.run.state not in ENDED:
        do(scene, V.ABORT)


def try_it(what: list[Move], faults: dict[str, list[Mute]], attended: bool) -> None:
    async def script(scene: Scene) -> None:
        await scene.clock.sleep(6.0)
        for move in what:
            await scene.clock.sleep(move.after)
            do(scene, move.what)
        await see_it_through(scene)

    scene = play(EVERYTHING, script, faults=faults, attended=attended)
    assert scene.run.doses.count == scene.openings("TMA")


@settings(max_examples=15, deadline=None, phases=PHASES)
@given(moves, glitches, st.booleans())
def test_random_verbs(what: list[Move], faults: dict[str, list[Mute]], attended: bool) -> None:
    try_it(what, faults, attended)


@pytest.mark.many
@pytest.mark.timeout(1200)
@settings(max_examples=150, deadline=None, phases=PHASES)
@given(moves, glitches, st.booleans())
def test_many_random_verbs(what: list[Move], faults: dict[str, list[Mute]], attended: bool) -> None:
    try_it(what, faults, attended)


@pytest.mark.very_many
@pytest.mark.timeout(7200)
@settings(max_examples=1500, deadline=None, phases=PHASES)
@given(moves, glitches, st.booleans())
def test_very_many_random_verbs(what: list[Move], faults: dict[str, list[Mute]], attended: bool) -> None:
    try_it(what, faults, attended)
