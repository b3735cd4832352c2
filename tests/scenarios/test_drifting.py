"""Drift while a run goes on: a bottle that runs empty is named by a warning long before its doses are too small."""

from dataclasses import replace
from math import exp

import pytest

from tests.scenarios.rigs import HOT, Scene, dose, glovebox, plan, play, purge, repeat
from tests.scenarios.stories import heat
from vapordep.chemistry import kinetics
from vapordep.model.alarms import AlarmState
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

COVERED = 0.95
EARLY = 20
"""So many doses before they fall below saturation it must be said."""
WARM = heat(stage=100.0, walls=100.0)
EACH = 8.4e-6
"""What a TMA pulse of 50 ms takes, in mol."""


def nearly_empty(doses: int, purged: float, filled: int, *, wire: bool) -> Scene:
    """TMA in so many doses from a bottle that holds what about `filled` of them take, beside its vapour."""
    tma = replace(glovebox().sources["TMA"], content=filled * EACH)
    plant = replace(glovebox(), sources={**glovebox().sources, "TMA": tma})
    what = plan(WARM, purge(120.0), repeat(doses, dose(), purge(purged)))
    return play(what, plant=plant, within=doses * (purged + 1.0) + 800.0, wire=wire)


def warnings(scene: Scene) -> list[Event]:
    return [event for event in scene.kind(Kind.ALARM) if "drifts" in event.text]


def too_small(scene: Scene) -> int:
    """The first dose that leaves more than 5 % of the sites, by its own area and the constant of the twin."""
    k = kinetics("trimethylaluminium").adsorption_constant(HOT).value
    return next(n for n, pulse in sorted(scene.book.pulses.items()) if 1.0 - exp(-k * pulse.area) < COVERED)


def named_at(scene: Scene) -> int:
    """The dose at which the bottle was named."""
    named = next(event for event in warnings(scene) if event.data["id"] == "drift.TMA.area")
    assert "runs empty" in str(named.data["cause"])
    assert named.data["priority"] == "LOW"
    return max(n for n, pulse in scene.book.pulses.items() if pulse.intent.planned_close <= named.time)


@pytest.mark.parametrize(
    "wire", [pytest.param(False, id="predicted"), pytest.param(True, id="polled", marks=pytest.mark.many)]
)
def test_an_empty_bottle_is_named_long_before_it_is_too_late(wire: bool) -> None:
    scene = nearly_empty(64, 12.0, 22, wire=wire)
    assert scene.run.state is RunState.COMPLETE, "a warning, never a trip"
    assert scene.kind(Kind.TRIP) == []
    assert too_small(scene) - named_at(scene) >= EARLY
    over = [event for event in scene.kind(Kind.ALARM_STATE) if event.data["id"] == "drift.TMA.area"]
    assert str(over[-1].data["state"]) == AlarmState.UNACK_CLEARED
    assert "the run is over" in over[-1].text


@pytest.mark.many
def test_over_three_hundred_cycles() -> None:
    scene = nearly_empty(300, 40.0, 240, wire=False)
    assert (scene.run.state, scene.kind(Kind.TRIP)) == (RunState.COMPLETE, [])
    assert named_at(scene) > 230
    assert too_small(scene) - named_at(scene) >= EARLY


def test_what_stays_as_it_was_is_never_named() -> None:
    scene = play(plan(WARM, purge(120.0), repeat(45, dose(), purge(12.0))), within=1200.0, wire=False)
    assert warnings(scene) == []
