"""Drills: each interlock of the shipped iCVD reactor is driven by what instruments would show, until it acts."""

from collections.abc import Mapping
from functools import cache

import pytest

from tests.drills.watch import STEP, Watch, celsius, flow
from tests.unit.reactor.files import ROOT
from vapordep.model.interlocks import Action
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor

FILE = ROOT / "reactors" / "icvd.yaml"


@cache
def shipped() -> Reactor:
    return read_reactor(FILE)


R8: Mapping[str, float] = {
    "gauge.pressure[0]": 20.0, "gauge.pressure[2]": 20.0, "throttle.position": 0.08, "throttle.pressure": 20.0,
    "pump.valve": 1.0, "carrier.valve": 1.0, "carrier.flow": 0.0, "carrier.flow_setpoint": 0.0,
    "DMAMS.valve": 1.0, "TBPO.valve": 1.0, "TBPO.flow": flow(0.6), "TBPO.flow_setpoint": flow(0.6),
    "filament.on": 1.0, "filament.voltage": 38.4, "filament.current": 3.128, "filament.temperature": celsius(250),
    "chiller.running": 1.0, "chiller.flowing": 1.0, "stage.temperature": celsius(35), "stage.setpoint": celsius(35),
    "walls.temperature": celsius(50), "lines.temperature": celsius(70), "DMAMS.temperature": celsius(50),
    "TBPO.temperature": celsius(25),
}  # fmt: skip
DARK: Mapping[str, float] = {**R8, "filament.on": 0.0, "filament.voltage": 0.0, "filament.current": 0.0}


def shown(values: Mapping[str, float]) -> Watch:
    return Watch(shipped(), values)


def test_r8_in_order_trips_nothing_and_is_refused_nothing() -> None:
    watch = shown(R8).go_on(320.0)
    assert watch.tripped == set()
    for output in ("filament.on", "DMAMS.valve", "TBPO.valve", "throttle.pressure_setpoint"):
        assert watch.refusals(output) == set()


TRIPS = {
    "I1": ({"gauge__pressure[0]": 134.0, "DMAMS__valve": 0.0, "TBPO__valve": 0.0}, 0.5, 0.0),
    "I2": ({"DMAMS__valve": 0.0, "TBPO__flow": flow(0.4)}, 5.25, 4.75),
    "I3": ({"chiller__flowing": 0.0}, 3.25, 2.75),
    "I4": ({"filament__temperature": celsius(321)}, 0.5, 0.0),
    "I4b": ({"filament__current": 2.6}, 2.25, 1.75),
    "I5": ({"stage__temperature": celsius(21)}, 5.25, 4.75),
    "I5h": ({"stage__temperature": celsius(23.5)}, 10.5, 9.5),
    "I5w": ({"stage__temperature": celsius(25)}, 10.5, 9.5),
    "I6": ({"stage__temperature": celsius(53)}, 30.25, 29.75),
    "I7": ({"filament__on": 0.0}, 300.25, 299.75),
    "P1": ({"gauge__pressure[0]": 101.0}, 0.75, 0.25),
    "F2": ({"carrier__flow_setpoint": flow(20)}, 10.25, 9.75),
    "F2.TBPO": ({"TBPO__flow": flow(0.29)}, 10.25, 9.75),
    "T2": ({"walls__temperature": celsius(121)}, 0.5, 0.25),
    "T7": ({"TBPO__temperature": celsius(50.1)}, 0.5, 0.25),
    "T7w": ({"TBPO__temperature": celsius(45.1)}, 0.5, 0.25),
}  # fmt: skip


@pytest.mark.parametrize("id", TRIPS)
def test_each_trip_acts_after_its_time_and_not_before(id: str) -> None:
    changes, lasting, spared = TRIPS[id]
    if spared:
        assert id not in shown(R8).go_on(spared, **changes).tripped
    assert id in shown(R8).go_on(lasting, **changes).tripped


def test_the_film_is_guarded_against_a_second_wire_and_a_third_that_are_gone() -> None:
    """An open circuit, and a supply that drives two wires too few, show in the same ratio."""
    for current in (0.0, 3.128 * 10 / 12):
        assert "I4b" in shown(R8).go_on(3.0, filament__current=current).tripped


@pytest.mark.parametrize(
    ("lost", "id"),
    [
        ("gauge.pressure[0]", "I1"), ("chiller.flowing", "I3"), ("filament.temperature", "I4"),
        ("stage.temperature", "I5"), ("TBPO.flow", "I2"), ("DMAMS.temperature", "T2"), ("TBPO.temperature", "T7"),
    ],
)  # fmt: skip
def test_what_is_not_seen_counts_as_wrong(lost: str, id: str) -> None:
    watch = shown(R8)
    watch.values["gauge.pressure[2]"] = float("nan")
    watch.go_on(20.0, lost)
    assert id in watch.tripped


REFUSED = {
    "no vacuum": ({"gauge__pressure[0]": 140.0}, {"I1.on"}),
    "no flow": ({"DMAMS__valve": 0.0, "TBPO__flow": 0.0}, {"I2.on"}),
    "throttle shut": ({"throttle__position": 0.001}, {"I2.on"}),
    "no chiller": ({"chiller__running": 0.0}, {"I3.on"}),
    "no coolant": ({"chiller__flowing": 0.0}, {"I3.on"}),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_n5_a_filament_is_not_lit_without_vacuum_flow_and_cooling(why: str) -> None:
    changes, ids = REFUSED[why]
    assert shown(DARK).go_on(STEP, **changes).refusals("filament.on") == ids


def test_n4_vapour_is_not_let_in_where_it_would_condense_nor_into_a_cold_line_or_air() -> None:
    cold = shown(DARK).go_on(STEP, stage__temperature=celsius(20))
    assert cold.refusals("DMAMS.valve") == cold.refusals("throttle.pressure_setpoint") == {"I5h"}
    assert shown(DARK).go_on(STEP, lines__temperature=celsius(59)).refusals("DMAMS.valve") == {"T6"}
    assert shown(DARK).go_on(STEP, **{"gauge__pressure[0]": 101.0}).refusals("TBPO.valve") == {"P3"}


def test_every_interlock_of_the_file_has_its_drill() -> None:
    drilled = {*TRIPS, *(id for _, ids in REFUSED.values() for id in ids), "T6", "P3"}
    rules = shipped().interlocks
    assert {rule.id for rule in rules} == drilled
    assert {rule.id for rule in rules if rule.action is Action.WARN} == {"I5w", "T7w"}
