"""An exception at any await of engine and safety core: the run ends in the safe state, and why is on record."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.faults.acts import ACTS, PLAN, Act
from tests.faults.awaits import AFTER, BEFORE, instrumented, sites
from tests.scenarios.rigs import SAFE_TRUTH, SETTLING, Scene, play
from vapordep.model.events import Kind
from vapordep.model.run import ENDED, RunState
from vapordep.safety import arming
from vapordep.safety.safe_state import safe_state

ROOMS = ("vapordep.engine", "vapordep.safety")
SAMPLE = 10
"""Of all places of all acts, so many in CI."""
VENTED = 1e4
"""Pa from which on an evacuated chamber counts as vented."""
SHUT_IN = {**SAFE_TRUTH, "pump.valve": 0.0, "carrier.valve": 0.0}
"""How the outputs of a vented chamber stand that is safe: neither pumped nor purged."""
together = pytest.mark.xdist_group("awaits")
"""On one core: to see what all acts reach takes seconds, once."""
Place = tuple[str, str, int]
"""Site, before or after, and at which time it is reached."""


@dataclass(frozen=True)
class Undisturbed:
    """An act in which nothing is raised."""

    reached: dict[str, int]
    """How often each site is."""
    under_vacuum: bool
    """Whether it ends with all at the safe values under vacuum."""
    on: frozenset[str]
    """What is on at its end: mute, or a line still warm."""


@cache
def undisturbed(name: str) -> Undisturbed:
    """Plays it to the end that it should have, once for all that look at it."""
    with instrumented(*ROOMS) as awaits:
        scene = ACTS[name].play(whatever_comes=False)
    on = energised(scene)
    safe = not on and set(SAFE_TRUTH) <= set(scene.reactor.outputs) and is_safe(scene)
    return Undisturbed(dict(awaits.reached), safe, on)


def is_safe(scene: Scene) -> bool:
    """Whether all is at the safe values under vacuum."""
    try:
        scene.assert_safe()
    except AssertionError:
        return False
    return True


def energised(scene: Scene) -> frozenset[str]:
    """What is on and must be off at every end, by the plant; one that is held by a chiller has no heater."""
    reactor = scene.reactor
    sources = [f"{name}.valve" for name in reactor.sources]
    heaters = [f"{name}.power" for name in reactor.zones if name != "stage" or reactor.filament is None]
    points = [*sources, *heaters, *([] if reactor.filament is None else ["filament.on"])]
    return frozenset(point for point in points if scene.truth(point, SETTLING))


def declared(scene: Scene) -> list[dict[str, float]]:
    """How outputs may stand that are safe at the true pressure: between both limits it counts what was before."""
    pressure = scene.truth("chamber.true_pressure", SETTLING)
    pumped = [SAFE_TRUTH] if pressure < VENTED else []
    return [*pumped, SHUT_IN] if pressure > scene.reactor.pump.soft_until else pumped


@cache
def before(name: str) -> frozenset[str]:
    """The sites that acts before this one reach."""
    earlier = list(ACTS)[: list(ACTS).index(name)]
    return frozenset[str]().union(*(undisturbed(one).reached for one in earlier))


@cache
def places(name: str) -> tuple[Place, ...]:
    """Those that no act before it reaches: each the first time and the last, before and after."""
    times = {
        site: sorted({1, count})
        for site, count in sorted(undisturbed(name).reached.items())
        if site not in before(name)
    }
    return tuple((site, when, time) for site, several in times.items() for time in several for when in (BEFORE, AFTER))


def struck(place: Place, name: str) -> str:
    """What is wrong after an exception there; nothing, if all is well or it was not reached this time."""
    with instrumented(*ROOMS) as awaits:
        awaits.target = place
        scene = ACTS[name].play()
    return "; ".join(_wrong(scene, ACTS[name], undisturbed(name))) if awaits.raised else ""


def _wrong(scene: Scene, act: Act, quiet: Undisturbed) -> Iterator[str]:
    under_vacuum, stays = quiet.under_vacuum, quiet.on
    if act.last and scene.error is not None:
        stays, under_vacuum = energised(scene), False  # the program ends by it: what is on is the guardian's
    if scene.states and under_vacuum:
        stands = {point: scene.truth(point, SETTLING) for point in SAFE_TRUTH}
        if stands not in declared(scene) or energised(scene):
            yield f"not safe: {stands}, energised: {energised(scene)}"
    elif on := energised(scene) - stays:
        yield f"energised: {on}"  # before it is armed nothing may be written, and at the end it is all off
    if scene.run.state not in ENDED and scene.error is None:
        yield f"it never ended: {scene.run.state}"
    told = [scene.run.reason, repr(scene.error), *(event.text for event in scene.book.events)]
    went_on = scene.run.state is RunState.COMPLETE and scene.error is None  # asked again, and read back
    tripped = any(event.kind is Kind.TRIP for event in scene.book.events)  # that is told, whatever it cut short
    if not (went_on or tripped) and not any("injected" in text for text in told):
        yield f"nobody was told why: {scene.run.state}: {scene.run.reason}"


@together
@pytest.mark.timeout(600)
def test_every_await_is_reached_by_an_act() -> None:
    """A new one needs an act that comes there, in acts.py; one that none can reach is to be deleted."""
    assert sites(*ROOMS) - frozenset().union(*(undisturbed(name).reached for name in ACTS)) == set()


@together
@pytest.mark.timeout(600)
def test_an_exception_at_any_await_ends_in_the_safe_state_and_is_told() -> None:
    every = [(place, name) for name in ACTS for place in places(name)]
    found = {place: struck(place, name) for place, name in random.Random(5).sample(every, SAMPLE)}  # noqa: S311
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@pytest.mark.many
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ACTS)
def test_an_exception_at_every_await_ends_in_the_safe_state_and_is_told(name: str) -> None:
    """Of each act at those awaits that no act before it reaches."""
    found = {place: struck(place, name) for place in places(name)}
    assert found, "it reaches nothing of its own: delete it"
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
