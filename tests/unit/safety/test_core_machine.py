"""The whole safety core on scripted instruments against a model of its own: readings, silences, people, kills, time.

The world is in core_world, what happens in it in core_commands and core_people, what must hold in core_claims; the
model is core_model, and core_rows counts what is recorded.
"""

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from tests.unit.safety import core_model
from tests.unit.safety.core_claims import CoreAgainstModel
from vapordep.model.events import Kind


def test_the_model_is_independent() -> None:
    tree = ast.parse(Path(core_model.__file__).read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not [name for name in names if name.partition(".")[0] not in ("math", "collections", "dataclasses")]


def test_a_trip_for_silent_valves_is_reset_once_they_were_seen_a_second_time() -> None:
    """At the first look they may have been open together until just then; walk 9901 found the model less strict."""
    walk = CoreAgainstModel()
    walk.begin(warm=100.0)
    walk.goes_wrong(trouble=("silent", "valves"))
    walk.wait(duration=3.0)
    walk.latched_and_armed_as_the_model_says()
    assert "C1" in {trip.id for trip in walk.protection.interlocks.trips}
    walk.answered(answer="both", id="C1")
    assert "C1" in {trip.id for trip in walk.protection.interlocks.trips}, "only the safe state has read it back so far"
    walk.silent.clear()
    walk.wait(duration=0.5)
    walk.answered(answer="both", id="C1")
    assert not walk.protection.interlocks.trips
    walk.teardown()


@pytest.mark.parametrize("gone", [False, True], ids=["cause there", "cause gone"])
def test_what_was_latched_and_acknowledged_outlives_a_kill(gone: bool) -> None:
    """Few walks acknowledge and are then killed: a memory that left such a latch out was green in 300 of them."""
    walk = CoreAgainstModel()
    walk.begin(warm=20.0)
    walk.goes_wrong(trouble=("pressure", 1300.0))
    walk.wait(duration=1.0)
    walk.latched_and_armed_as_the_model_says()
    walk.acknowledge("P1")
    if gone:
        walk.all_is_well(armed=False)
    walk.killed()
    assert "P1" in {trip.id for trip in walk.protection.interlocks.trips}
    walk.latched_and_armed_as_the_model_says()
    walk.teardown()


def test_a_source_whose_pulse_was_never_confirmed_counts_as_open_until_it_is_seen_shut() -> None:
    """The board went mute before the pulse, and came back with the other source unseen as long: they may have met."""
    walk = CoreAgainstModel()
    walk.begin(warm=20.0)
    walk.all_is_well(armed=True)
    walk.goes_wrong(trouble=("mute", "valves"))
    walk.pulse(valve="TMA.valve", width=0.05)
    walk.latched_and_armed_as_the_model_says()
    walk.all_is_well(armed=True)
    assert any("C1" in event.text for event in walk.events if event.kind is Kind.TRIP)
    walk.latched_and_armed_as_the_model_says()
    walk.teardown()


CHECKS = (HealthCheck.too_slow, HealthCheck.filter_too_much)


@pytest.mark.timeout(900)
class TestCore(CoreAgainstModel.TestCase):  # type: ignore[misc]
    """The same walks each time; new ones are for those who wait for many."""

    settings = settings(
        max_examples=300, stateful_step_count=50, deadline=None, suppress_health_check=CHECKS, derandomize=True
    )

    def runTest(self) -> None:  # noqa: N802 - the name of unittest
        """Hypothesis also draws constants out of the modules that are loaded, which are others in each process."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(providers, "_get_local_constants", Constants)
            super().runTest()


@pytest.mark.many
@pytest.mark.timeout(3600)
class TestManyCores(CoreAgainstModel.TestCase):  # type: ignore[misc]
    settings = settings(max_examples=3000, stateful_step_count=50, deadline=None, suppress_health_check=CHECKS)
