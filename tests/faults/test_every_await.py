"""An exception at any await of engine and safety core: the run ends in the safe state, and why is on record."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from tests.faults.awaits import AFTER, BEFORE, instrumented
from tests.scenarios.rigs import HOT, SETTLING, Scene, Script, dose, plan, play, purge, repeat
from tests.scenarios.stories import STORIES, Story
from vapordep.errors import TransitionRefused
from vapordep.model.events import Kind
from vapordep.model.plan import Branch, Parallel, Plan
from vapordep.model.run import ENDED, RunState, Verb
from vapordep.model.steps import Heat, IfFails, Otherwise, Prompt, Set, Wait
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


async def capped(scene: Scene) -> None:
    await scene.doses(2)
    scene.ask(Verb.CAP)


def tolerant(script: Script | None) -> Script | None:
    """The script, which ends where the run, struck, has ended before it."""

    async def follow(scene: Scene) -> None:
        with suppress(AssertionError, TransitionRefused):
            await script(scene)  # type: ignore[misc]

    return None if script is None else follow


@dataclass(frozen=True)
class Act:
    """What is played while an exception is raised somewhere."""

    plan: Plan
    script: Script | None = None
    story: Story | None = None

    def play(self) -> Scene:
        """To its end, whatever that is."""
        story = self.story
        how: dict[str, Any] = {} if story is None else {
            "faults": story.faults(), "attended": story.attended, "hot": story.hot, "within": 3600.0, "wire": False
        }  # fmt: skip
        return play(self.plan, tolerant(self.script), check=False, **how)


MENDED = Wait(until="chamber.pressure > 10 kPa", within=2.0, if_fails=IfFails(Otherwise.CONTINUE, (purge(1.0),)))
BESIDE = Parallel(branches=(Branch("heating", (HEAT,)), Branch("purging", (purge(2.0),))))
CAPPED = replace(plan(BESIDE, MENDED, repeat(5, dose(), purge(2.0), layer="Al2O3")), cap=(dose(), purge(2.0)))
ACTS = {"whole": Act(PLAN, whole), "capped": Act(CAPPED, capped)} | {
    name: Act(STORIES[name].plan, STORIES[name].script, STORIES[name])
    for name in ("R1", "doses of several pulses", "a foil too hot")
}
Place = tuple[str, str, int]
"""Site, before or after, and at which time it is reached."""


@cache
def reached(name: str) -> dict[str, int]:
    """How often each site is, in an act that nothing disturbs."""
    with instrumented(*ROOMS) as awaits:
        ACTS[name].play()
    return dict(awaits.reached)


@cache
def harmless(name: str) -> bool:
    """Whether an act that nothing disturbs ends with all at the safe values of a reactor under vacuum."""
    try:
        ACTS[name].play().assert_safe()
    except AssertionError:
        return False
    return True


@cache
def places(name: str = "whole", but: frozenset[str] = frozenset()) -> tuple[Place, ...]:
    """All of them, in an order of their own: each site the first time and the last, before and after."""
    times = {site: sorted({1, count}) for site, count in sorted(reached(name).items()) if site not in but}
    found = [(site, when, time) for site, several in times.items() for time in several for when in (BEFORE, AFTER)]
    random.Random(5).shuffle(found)  # noqa: S311 - no secrets
    return tuple(found)


def struck(place: Place, name: str = "whole") -> str:
    """What is wrong after an exception there; nothing, if all is well or it was not reached this time."""
    with instrumented(*ROOMS) as awaits:
        awaits.target = place
        scene = ACTS[name].play()
    return "; ".join(_wrong(scene, harmless(name))) if awaits.raised else ""


def _wrong(scene: Scene, under_vacuum: bool) -> Iterator[str]:
    if scene.states and under_vacuum:
        try:
            scene.assert_safe()
        except AssertionError as error:
            yield f"not safe: {error}"
    elif on := [point for point in ENERGISED if scene.truth(point, SETTLING)]:
        yield f"energised: {on}"  # before it is armed nothing may be written, and at the end it is all off
    if scene.run.state not in ENDED and scene.error is None:
        yield f"it never ended: {scene.run.state}"
    told = [scene.run.reason, repr(scene.error), *(event.text for event in scene.book.events)]
    went_on = scene.run.state is RunState.COMPLETE and scene.error is None  # asked again, and read back
    tripped = any(event.kind is Kind.TRIP for event in scene.book.events)  # that is told, whatever it cut short
    if not (went_on or tripped) and not any("injected" in text for text in told):
        yield f"nobody was told why: {scene.run.state}: {scene.run.reason}"


def test_an_exception_at_any_await_ends_in_the_safe_state_and_is_told() -> None:
    found = {place: struck(place) for place in places()[:SAMPLE]}
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@pytest.mark.many
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ACTS)
def test_an_exception_at_every_await_ends_in_the_safe_state_and_is_told(name: str) -> None:
    """Of each act at those awaits that no act before it reaches."""
    before = list(ACTS)[: list(ACTS).index(name)]
    found = {place: struck(place, name) for place in places(name, frozenset().union(*map(reached, before)))}
    assert {place: wrong for place, wrong in found.items() if wrong} == {}
    if name == "whole":
        assert len(found) > 200


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
