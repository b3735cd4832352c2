"""What the safety core knows of deliveries: generators, carriers, regulators, and valves that push into a bottle."""

import math
from dataclasses import replace

import pytest

from tests.unit.safety.rig import instrument_tags, reactor, source
from vapordep.chemistry import substrate
from vapordep.model.batches import Sample
from vapordep.model.deliveries import Boost, Bubbler, Generator, Motor
from vapordep.model.sources import BOOSTED, BUBBLER, GAS, GENERATOR, MOTOR_NEEDLE, SourceLine
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors.generator import Ready
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.safety.outputs.targets import Rank, Roles
from vapordep.safety.vapour import expected, needle_conductance, proven, vapour_part, vapour_ratio
from vapordep.units import sccm, state

MADE = Generator("oxygen", 0.15, "O3.power", 60.0, "O3.ready")
O3 = SourceLine("O3", "ozone", GENERATOR, "O3.valve", 0.05, 293.15, generator=MADE)
TAGS = {
    "O3.power": Tag("O3.power", state, stale_after=2.0),
    "oxygen.flow": Tag("oxygen.flow", sccm, stale_after=1.0),
    "oxygen.flow_setpoint": Tag("oxygen.flow_setpoint", sccm, stale_after=1.0),
}
READY = Ready(MADE, TAGS)


def told(
    since: float | None, time: float, *, power: float = 1.0, flow: float = 1.0, setpoint: float = 1.0,
    seen: float = 0.0, quality: Quality = Quality.GOOD,
) -> tuple[float | None, Sample]:  # fmt: skip
    values = {"O3.power": power, "oxygen.flow": flow, "oxygen.flow_setpoint": setpoint}
    latest = {tag: Sample(time - seen, value, Quality.GOOD) for tag, value in values.items()}
    latest["oxygen.flow"] = Sample(time - seen, flow, quality)
    return READY.update(since, time, latest)


def test_it_is_ready_once_it_was_on_and_fed_for_its_warm_up() -> None:
    since, sample = told(None, 100.0)
    assert (since, sample.value) == (100.0, 0.0)
    since, sample = told(since, 159.9)
    assert (since, sample.value) == (100.0, 0.0)
    since, sample = told(since, 160.0)
    assert (since, sample.value, sample.quality) == (100.0, 1.0, Quality.GOOD)


@pytest.mark.parametrize("lost", [{"power": 0.0}, {"power": 0.5}, {"flow": 0.79}, {"flow": 0.0, "setpoint": 0.0}])
def test_without_power_or_oxygen_it_begins_anew(lost: dict[str, float]) -> None:
    since, sample = told(100.0, 200.0, **lost)  # type: ignore[arg-type]
    assert (since, sample.value, sample.quality) == (None, 0.0, Quality.GOOD)
    assert told(since, 201.0)[0] == 201.0


def test_a_feed_that_is_just_enough_is_enough() -> None:
    assert told(100.0, 200.0, flow=0.8)[1].value == 1.0


@pytest.mark.parametrize("lost", [{"power": math.nan}, {"flow": math.nan}, {"setpoint": math.nan}, {"seen": 3.0}])
def test_what_cannot_be_told_is_not_ready_and_begins_anew(lost: dict[str, float]) -> None:
    since, sample = told(100.0, 200.0, **lost)  # type: ignore[arg-type]
    assert since is None
    assert math.isnan(sample.value)
    assert (sample.time, sample.quality) == (200.0, Quality.BAD)


def test_a_doubtful_feed_makes_it_doubtful() -> None:
    assert told(100.0, 200.0, quality=Quality.UNCERTAIN)[1].quality is Quality.UNCERTAIN
    assert told(100.0, 200.0, power=0.0, quality=Quality.UNCERTAIN)[1].quality is Quality.UNCERTAIN


def test_every_reactor_with_a_generator_has_its_monitor() -> None:
    plain = reactor()
    with_ozone = replace(plain, sources={**plain.sources, "O3": O3})
    known = {tag: Tag(tag, state, stale_after=1.0) for tag in ("O3.power", "O3.valve")}
    known |= TAGS

    names = [m.tag.name for m in monitors_of(with_ozone, substrate("silicon"), {**instrument_tags(), **known})]
    assert "O3.ready" in names
    assert "O3.ready" not in [m.tag.name for m in monitors_of(plain, substrate("silicon"), instrument_tags())]


def test_a_carrier_leaves_saturated_and_a_bottle_that_boils_has_no_ratio() -> None:
    bubbler = SourceLine("TiCl4", "TiCl4", BUBBLER, "TiCl4.valve", 0.05, 293.15, bubbler=Bubbler("push", 1e4))
    pressure = expected(bubbler)(293.15)
    assert vapour_ratio(bubbler, 293.15) == pytest.approx(pressure / (1e4 - pressure))
    assert vapour_ratio(bubbler, 353.15) == math.inf
    exactly = replace(bubbler, bubbler=Bubbler("push", pressure))
    assert vapour_ratio(exactly, 293.15) == math.inf


def test_a_generator_turns_three_of_oxygen_into_two() -> None:
    assert vapour_ratio(O3, 293.15) == pytest.approx(0.15 * 2.0 / 3.0)


def test_nothing_goes_through_any_other_source() -> None:
    assert vapour_ratio(reactor().sources["TMA"], 293.15) == 0.0


def test_a_gas_has_the_pressure_of_its_regulator_at_any_temperature() -> None:
    gas = SourceLine("NH3", "ammonia", GAS, "NH3.valve", 0.015, 293.15, pressure=2e3)
    assert expected(gas)(200.0) == expected(gas)(400.0) == 2e3


def test_a_needle_that_a_motor_moves_lets_more_through_wholly_open() -> None:
    fixed = SourceLine("TBPO", "TBPO", "needle", "TBPO.valve", math.inf, 298.15, flow=1e-6, against=20.0)
    moved = replace(fixed, delivery=MOTOR_NEEDLE, motor=Motor("TBPO.position", "TBPO.position_setpoint", 0.4))
    assert needle_conductance(moved) == pytest.approx(needle_conductance(fixed) / 0.4)
    assert proven(fixed) == pytest.approx(1e-6)


def test_a_valve_that_pushes_is_made_safe_with_the_sources() -> None:
    plain = reactor()
    pushed = replace(plain.sources["EG"], delivery=BOOSTED, boost=Boost("EG.boost_valve", "argon", 3e3))
    roles = Roles.of(replace(plain, sources={**plain.sources, "EG": pushed}))
    assert roles.source_valves == {*Roles.of(plain).source_valves, "EG.boost_valve"}
    assert roles.rank("EG.boost_valve") is Rank.SOURCE_VALVE


def test_which_part_of_what_a_source_gives_is_vapour() -> None:
    alone = source("TMA", "trimethylaluminium")
    pressure = expected(alone)(293.15)
    bubbled = replace(alone, bubbler=Bubbler("push", 1e4))
    assert vapour_part(alone, 293.15) == 1.0
    assert vapour_part(bubbled, 293.15) == pytest.approx(pressure / 1e4)
    ratio = vapour_ratio(bubbled, 293.15)
    assert vapour_part(bubbled, 293.15) == pytest.approx(ratio / (1.0 + ratio)), (
        "so much of the gas and vapour together"
    )
    assert vapour_part(bubbled, 400.0) == 1.0, "it boils"
    pushed = replace(alone, boost=Boost("TMA.boost_valve", "argon", 3e3))
    assert vapour_part(pushed, 293.15) == pytest.approx(pressure / 3e3)
    assert vapour_part(pushed, 350.0) == 1.0
    # of 100 g oxygen 12 g become ozone: 0.25 mol beside 2.75 mol
    ozone = replace(alone, substance="ozone", generator=replace(MADE, fraction=0.12))
    assert vapour_part(ozone, 293.15) == pytest.approx(0.25 / 3.0)
