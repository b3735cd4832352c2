"""One chamber for cycles and polymers: each half gives what its own plant gives, and nothing is lost between them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.unit.plant.chamber import CARRIER, HOT, TMA, WATER, plain, warm
from tests.unit.plant.icvd_chamber import DMAMS, TBPO, PressureLoop
from vapordep.errors import SimulationError
from vapordep.simulation.description import HeatedZone, Inflow, Microbalance
from vapordep.simulation.hybrid_description import HybridDescription
from vapordep.simulation.icvd_description import ChilledStage, IcvdDescription, Surface, Throttle, VapourFeed
from vapordep.simulation.plant import Value
from vapordep_simulators.plant import Ald, build
from vapordep_simulators.plant.hybrid.hybrid import Hybrid
from vapordep_simulators.plant.hybrid.state import HybridState
from vapordep_simulators.plant.steady.icvd import Icvd

HELD: Mapping[str, Value] = {"stage.setpoint": HOT, "chiller.running": 1.0}
RUNNING: Mapping[str, Value] = {"pump.valve": 1.0, "carrier.valve": 1.0, "carrier.flow_setpoint": CARRIER, **HELD}
GROWING: Mapping[str, Value] = {
    "pump.valve": 1.0, "DMAMS.valve": 1.0, "TBPO.valve": 1.0, "throttle.controller": PressureLoop(20.0),
    "filament.on": 1.0, "filament.voltage_setpoint": 38.4, "filament.current_setpoint": 20.0,
    "stage.setpoint": 308.15, "chiller.running": 1.0,
}  # fmt: skip


WIDE, NARROW = Throttle(most=1e9), Throttle()


def chamber(kelvin: float = HOT, throttle: Throttle = WIDE) -> HybridDescription:
    """One litre with walls at `kelvin`, a throttle that is no hindrance when open, and four sources of both kinds."""
    balance = Microbalance()
    leaks = (Inflow(gas="air", throughput=1e-8),)
    cycles = replace(plain(), zones={}, inflows=leaks, microbalance=balance)
    sources = {name: VapourFeed(substance=gas, conductance=5e-4) for name, gas in (("TMA", TMA), ("H2O", WATER))}
    sources |= {
        "DMAMS": VapourFeed(substance=DMAMS, temperature=323.15, conductance=3.9e-5),
        "TBPO": VapourFeed(substance=TBPO, temperature=298.15, conductance=2.71e-7),
    }
    steady = IcvdDescription(
        volume=cycles.volume, pumping_speed=cycles.pumping_speed, soft_pumping_speed=cycles.soft_pumping_speed,
        ultimate_pressure=0.0, feeds=cycles.feeds, sources=sources, gauges=cycles.gauges, inflows=leaks,
        zones={"walls": HeatedZone(gain=0.0, time_constant=100.0, dead_time=0.0, ambient=kelvin)},
        stage_area=0.01, surfaces={"walls": Surface(area=0.09, zone="walls")}, throttle=throttle,
        chilled_stage=ChilledStage(hottest=450.0), microbalance=balance, tooling=1.25,
    )  # fmt: skip
    return HybridDescription(cycles=cycles, steady=steady)


def at_rest(kelvin: float = HOT, stage: float = HOT, throttle: Throttle = WIDE) -> tuple[Hybrid, HybridState]:
    plant = Hybrid(chamber(kelvin, throttle))
    return plant, plant.initial(0.0, pressure=97.0, temperatures={"stage": stage})


Change = tuple[float, Mapping[str, Value]]


def through(plant: Hybrid | Icvd | Ald, state, changes: Iterable[Change], end: float, cuts: Iterable[float] = ()):  # type: ignore[no-untyped-def]
    """The state at `end` after all inputs changed at their instants; segments are cut there and at `cuts`."""
    known = sorted(changes, key=lambda change: change[0])
    inputs: Mapping[str, Value] = {}
    for instant in sorted({t for t, _ in known} | set(cuts) | {end}):
        if instant > state.t:
            state = plant.solve(state, inputs, state.t, instant).state_at(instant)
        inputs = next((given for t, given in known if t == instant), inputs)
    return state


def pulses(source: str, begin: float, width: float) -> list[Change]:
    return [(begin, {**RUNNING, f"{source}.valve": 1.0}), (begin + width, RUNNING)]


CYCLE: list[Change] = [(0.0, RUNNING), *pulses("TMA", 10.013, 0.05), *pulses("H2O", 50.1, 0.03)]
"""Off the grid, as pulses are."""


def test_cycles_give_what_they_give_in_a_reactor_of_their_own() -> None:
    plant, state = at_rest()
    film = plant.truth(through(plant, state, CYCLE, 120.0))
    alone = Ald(warm(plain(inflows=chamber().cycles.inflows), HOT))
    start = alone.initial(0.0, pressure=97.0, temperatures={"walls": HOT, "stage": HOT})
    other = alone.truth(through(alone, start, CYCLE, 120.0))
    assert film["thickness"] > 0.1e-9
    for name in ("thickness", "mass", "nucleation", "peak_pressure", "bare"):
        assert film[name] == pytest.approx(other[name], rel=1e-5), name
    for name in ("precursor_use", "exposures", "coverage"):
        assert {key: film[name][key] for key in other[name]} == pytest.approx(other[name], rel=1e-4, abs=1e-12), name


def test_a_polymer_grows_as_in_a_reactor_of_its_own() -> None:
    plant, state = at_rest(323.15, 308.15)
    grown = plant.truth(through(plant, state, [(0.0, GROWING)], 300.0))
    alone = Icvd(chamber(323.15).steady)
    start = alone.initial(0.0, pressure=97.0, temperatures={"stage": 308.15})
    other = alone.truth(through(alone, start, [(0.0, GROWING)], 300.0))
    assert grown["thickness"] > 5e-9
    assert grown["thickness"] == other["thickness"]
    assert grown["profile"] == other["profile"]


def test_a_polymer_lies_upon_a_film_of_cycles_and_the_crystal_weighs_both() -> None:
    plant, state = at_rest(323.15, 323.15)
    cycled = through(plant, state, [(t, {**given, "stage.setpoint": 323.15}) for t, given in CYCLE], 200.1)
    lying = plant.truth(cycled)
    both = plant.solve(cycled, GROWING, 200.1, 500.0)
    grown = plant.truth(both.state_at(500.0))
    polymer = grown["layers"].keys() - lying["layers"].keys()
    assert len(polymer) == 1
    assert grown["thickness"] - lying["thickness"] == pytest.approx(grown["layers"][polymer.pop()]["thickness"])
    gained = both.value("qcm.mass", 500.0) - both.value("qcm.mass", 200.1)
    held = both.value("stage.uptake", 500.0)
    assert gained == pytest.approx(1.25 * (grown["mass"] - lying["mass"]), abs=held * 5e-6 * 0.17)
    assert both.value("film.thickness", 500.0) == grown["thickness"]


def test_nothing_is_lost_on_the_way_to_the_march_and_back() -> None:
    plant, state = at_rest(323.15, 323.15)
    before = through(plant, state, CYCLE[:3], 10.0633)
    assert before.pulsing
    marching = plant.solve(before, {**RUNNING, "DMAMS.valve": 1.0}, before.t, 11.0).state_at(10.25)
    assert not marching.pulsing
    total = plant.pulsed.composition.network.counts[0]
    sampled = plant.solve(before, RUNNING, before.t, 11.0)
    for name in (TMA, "argon"):
        expected = sampled.value(f"chamber.partial.{name}", 10.25)
        found = plant.solve(marching, RUNNING, 10.25, 10.5).value(f"chamber.partial.{name}", 10.25)
        assert found == pytest.approx(expected, rel=1e-9)
    back = plant.solve(marching, {**RUNNING, "H2O.valve": 1.0}, 10.25, 10.3)
    assert back.state_at(10.3).pulsing
    assert len(back.state_at(10.3).cycles.gas.moles) == total
    assert back.value(f"chamber.partial.{TMA}", 10.25) == pytest.approx(
        sampled.value(f"chamber.partial.{TMA}", 10.25), rel=1e-9
    )
    used = [plant.truth(one)["precursor_use"]["TMA"] for one in (before, marching, back.state_at(10.3))]
    assert used[0] > 1e-7
    assert used == pytest.approx([used[0]] * 3, rel=1e-6)


def test_what_comes_of_it_does_not_hang_on_where_time_is_cut() -> None:
    plant, state = at_rest(323.15, 323.15)
    story = [*CYCLE, (90.07, {**GROWING, "stage.setpoint": 323.15}), (150.03, RUNNING), *pulses("TMA", 200.2, 0.05)]
    cuts = np.sort(np.random.default_rng(7).uniform(0.0, 230.0, 40)).tolist()
    whole, cut = through(plant, state, story, 230.0), through(plant, state, story, 230.0, cuts)
    one, other = plant.truth(whole), plant.truth(cut)
    for name in ("thickness", "mass", "bare", "peak_pressure", "foil_temperature_max"):
        assert one[name] == pytest.approx(other[name], rel=1e-6), name
    assert_allclose(whole.cycles.gas.moles, cut.cycles.gas.moles, rtol=1e-6, atol=1e-18)


@pytest.mark.parametrize("marching", [False, True])
def test_an_array_holds_the_bits_of_single_reads(marching: bool) -> None:
    plant, state = at_rest(323.15, 323.15)
    before = through(plant, state, CYCLE[:3], 10.0633)
    found = plant.solve(before, GROWING if marching else RUNNING, before.t, 25.0)
    times = np.sort(np.random.default_rng(3).uniform(found.t0, found.t1, 17))
    assert len(found.parts) == 1 + marching
    for point, values in found.at(times).items():
        alone = np.array([found.value(point, t) for t in times.tolist()])
        assert np.array_equal(values, alone, equal_nan=True), point


def test_a_throttle_holds_a_pressure_between_pulses() -> None:
    plant, state = at_rest(throttle=NARROW)
    held = through(plant, state, [(0.0, {**RUNNING, "throttle.controller": PressureLoop(150.0)})], 120.0)
    assert held.pulsing
    assert plant.solve(held, {}, 120.0, 121.0).value("chamber.pressure", 120.0) == pytest.approx(150.0, rel=0.02)


def test_sources_that_must_not_meet_are_told_on_the_march_too() -> None:
    plant, state = at_rest()
    driven = {**RUNNING, "DMAMS.valve": 1.0, "TMA.valve": 1.0}
    assert plant.truth(through(plant, state, [(1.1, driven), (3.6, RUNNING)], 5.0))["overlap"] == pytest.approx(2.5)


def test_a_film_of_cycles_as_their_forecast_gives_it_lies_there_from_the_beginning() -> None:
    plant, _ = at_rest()
    alone = Ald(warm(plain(inflows=chamber().cycles.inflows), HOT))
    start = alone.initial(0.0, pressure=97.0, temperatures={"walls": HOT, "stage": HOT})
    film = through(alone, start, CYCLE, 120.0).film
    state = plant.initial(0.0, pressure=97.0, temperatures={"stage": HOT}, film=film)
    assert plant.truth(state)["thickness"] == film.thickness > 0.1e-9
    later = plant.truth(through(plant, state, CYCLE, 120.0))
    assert later["thickness"] > 1.5 * film.thickness
    assert later["exposures"][TMA] > 1.5 * plant.truth(state)["exposures"][TMA] > 0.0


def test_two_descriptions_of_different_chambers_are_refused() -> None:
    made = chamber()
    with pytest.raises(SimulationError, match="volume"):
        build(HybridDescription(cycles=replace(made.cycles, volume=2e-3), steady=made.steady))
    sources = {name: one for name, one in made.steady.sources.items() if name != "H2O"}
    with pytest.raises(SimulationError, match="H2O"):
        build(HybridDescription(cycles=made.cycles, steady=replace(made.steady, sources=sources)))
