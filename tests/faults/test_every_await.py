"""An exception at any await of engine and safety core: the run ends in the safe state, and why is on record."""

import random
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import pytest

from tests.faults.awaits import AFTER, BEFORE, instrumented
from tests.scenarios.rigs import HOT, Scene, dose, plan, play, purge, repeat
from vapordep.errors import TransitionRefused
from vapordep.model.run import ENDED, RunState, Verb
from vapordep.model.steps import Heat, Prompt, Set, Wait
from vapordep.safety import arming, safe_state

HEAT = Heat(targets={"stage": HOT + 1.0}, rate=0.1, tolerance=2.0, timeout=60.0)
PLAN = plan(
    HEAT, Prompt(text="look"), Wait(until="chamber.pressure < 10 kPa", within=2.0), Set(output="EG.rate", value=0.01),
    repeat(3, dose(), purge(2.0), layer="Al2O3"),
)  # fmt: skip
ROOMS = ("vapordep.engine", "vapordep.safety")
ENERGISED = ("TMA.valve", "H2O.valve", "EG.valve", "stage.power", "walls.power", "lines.power", "EG.power")
SAMPLE = 10
"""Of all places, so many in CI."""


async def whole(scene: Scene) -> None:
    """Held and restarted, paused and resumed, run to its end."""
    await scene.doses(1)
    scene.ask(Verb.HOLD)
    await scene.state(RunState.HELD)
    scene.ask(Verb.RESTART)
    await scene.doses(2)
    scene.ask(Verb.PAUSE)
    await scene.state(RunState.PAUSED)
    scene.ask(Verb.RESUME)


Place = tuple[str, str, int]
"""Site, before or after, and at which time it is reached."""


@cache
def places() -> tuple[Place, ...]:
    """All of them, in an order of their own: each site the first time and the last, before and after."""
    with instrumented(*ROOMS) as awaits:
        play(PLAN, whole)
    times = {site: sorted({1, count}) for site, count in sorted(awaits.reached.items())}
    found = [(site, when, time) for site, several in times.items() for time in several for when in (BEFORE, AFTER)]
    random.Random(5).shuffle(found)  # noqa: S311 - no secrets
    return tuple(found)


def struck(place: Place) -> str:
    """What is wrong after an exception there; nothing, if all is well or it was not reached this time."""

    async def follow(scene: Scene) -> None:
        with suppress(AssertionError, TransitionRefused):  # the run ended before
            await whole(scene)

    with instrumented(*ROOMS) as awaits:
        awaits.target = place
        scene = play(PLAN, follow, check=False)
    return "; ".join(_wrong(scene)) if awaits.raised else ""


def _wrong(scene: Scene) -> Iterator[str]:
    if scene.states:
        try:
            scene.assert_safe()
        except AssertionError as error:
            yield f"not safe: {error}"
    elif any(scene.truth(point) for point in ENERGISED):  # it never came to arming: nothing may have been written
        yield "energised before it was armed"
    if scene.run.state not in ENDED and scene.error is None:
        yield f"it never ended: {scene.run.state}"
    told = [scene.run.reason, repr(scene.error), *(event.text for event in scene.book.events)]
    went_on = scene.run.state is RunState.COMPLETE and scene.error is None  # asked again, and read back
    if not went_on and not any("injected" in text for text in told):
        yield f"nobody was told why: {scene.run.state}: {scene.run.reason}"


def test_an_exception_at_any_await_ends_in_the_safe_state_and_is_told() -> None:
    found = {place: struck(place) for place in places()[:SAMPLE]}
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@pytest.mark.many
@pytest.mark.timeout(3600)
def test_an_exception_at_every_await_ends_in_the_safe_state_and_is_told() -> None:
    assert len(places()) > 200
    found = {place: struck(place) for place in places()}
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("site", ["make_safe", "_driven", "_in_turn"])
def test_a_fault_in_the_safe_state_itself_is_not_the_last_word(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
    """At the end of a run, where nothing else would drive it once more."""
    original = getattr(safe_state, site)
    ending: list[Scene] = []

    async def broken(*given: Any, **named: Any) -> Any:
        if ending and ending.pop().run.state is RunState.RUNNING:
            raise ZeroDivisionError("a bug")
        return await original(*given, **named)

    async def script(scene: Scene) -> None:
        await scene.doses(3)
        ending.append(scene)

    monkeypatch.setattr(safe_state if site != "make_safe" else arming, site, broken)
    scene = play(PLAN, script, check=False)
    assert not ending, "it was broken"
    scene.assert_safe()
    assert scene.error is None
    if site == "_in_turn":
        assert scene.run.state is RunState.COMPLETE, "the line was tried again, and read back"
    else:
        assert scene.run.state is RunState.ABORTED
        assert "ZeroDivisionError('a bug')" in scene.run.reason
