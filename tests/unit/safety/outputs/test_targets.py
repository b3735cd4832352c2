"""Targets: safe values by the states they depend on, and the order in which outputs are made safe."""

import math
from dataclasses import replace

import pytest

from tests.unit.safety.rig import LEAVE, SHUT, instrument_tags, output, reactor
from vapordep.errors import ReactorError
from vapordep.model.batches import Sample
from vapordep.model.outputs import SafeValue
from vapordep.model.tags import Quality
from vapordep.safety.outputs.targets import Rank, Roles, Targets

TAGS = instrument_tags()
ROLES = Roles.of(reactor())
VENT = output("vent.valve", SafeValue(1.0, ("pump.valve",), 0.0))
HEATER = output("stage.setpoint", SafeValue(None, ("pump.valve", "vent.valve"), 273.15))
OUTPUTS = (output("carrier.flow_setpoint", SHUT), VENT, HEATER, output("TMA.valve", SHUT), output("pump.valve", LEAVE))
TARGETS = Targets(OUTPUTS, TAGS, ROLES)


def latest(**values: float) -> dict[str, Sample]:
    return {f"{name}.valve": Sample(0.0, value, Quality.GOOD) for name, value in values.items()}


def test_sources_come_first_then_heaters_then_all_others() -> None:
    order = ["TMA.valve", "stage.setpoint", "carrier.flow_setpoint", "vent.valve", "pump.valve"]
    assert [driven.tag for driven in TARGETS.outputs] == order
    assert [ROLES.rank(tag) for tag in order] == [Rank.SOURCE_VALVE, Rank.HEATER, *[Rank.OTHER] * 3]


def test_a_filament_goes_before_all() -> None:
    roles = replace(ROLES, filament=frozenset({"pump.valve"}))
    assert roles.rank("pump.valve") is Rank.FILAMENT
    assert Targets(OUTPUTS, TAGS, roles).outputs[0].tag == "pump.valve"
    assert sorted(Rank) == [Rank.FILAMENT, Rank.SOURCE_VALVE, Rank.HEATER, Rank.OTHER]


def test_roles_tell_which_valves_an_instrument_times_and_which_must_not_meet() -> None:
    roles = Roles.of(reactor())
    assert roles.timed_by_instrument == {"EG.valve"}
    assert roles.incompatible["TMA.valve"] == {"H2O.valve", "EG.valve"}
    assert roles.incompatible["H2O.valve"] == {"TMA.valve"}


@pytest.mark.parametrize(("pump", "expected"), [(1.0, 1.0), (0.0, 0.0), (math.nan, 0.0), (0.5, 0.0)])
def test_a_state_chooses_and_what_cannot_be_told_is_not_true(pump: float, expected: float) -> None:
    assert TARGETS.target(VENT, latest(pump=pump), 1.0) == expected
    assert TARGETS.target(VENT, latest(pump=pump), 1e6) == 0.0, "stale"
    assert TARGETS.target(VENT, {}, 1.0) == 0.0


def test_all_of_several_states_must_be_true() -> None:
    assert TARGETS.target(HEATER, latest(pump=1.0, vent=1.0), 1.0) is None
    assert TARGETS.target(HEATER, latest(pump=1.0, vent=0.0), 1.0) == 273.15


def test_what_is_left_for_the_time_being_is_told_and_not_driven() -> None:
    both = latest(pump=1.0, vent=1.0)
    assert TARGETS.left(both, 1.0) == ("stage.setpoint",), "the pump's valve is left for good"
    driven = [("TMA.valve", 0.0), ("carrier.flow_setpoint", 0.0), ("vent.valve", 1.0)]
    assert TARGETS.all(both, 1.0) == driven
    assert TARGETS.left(latest(pump=1.0), 1.0) == ()


def test_the_states_are_told_one_by_one() -> None:
    assert TARGETS.states(latest(pump=1.0, vent=0.0), 1.0) == {"pump.valve": True, "vent.valve": False}
    assert TARGETS.states({}, 1.0) == {"pump.valve": False, "vent.valve": False}


def test_a_state_that_does_not_exist_is_refused_with_its_place() -> None:
    with pytest.raises(ReactorError, match="no tag is called") as refused:
        Targets([output("vent.valve", SafeValue(1.0, ("pump.valv",), 0.0))], TAGS, ROLES)
    assert refused.value.where == "rig.yaml:vent.valve"
