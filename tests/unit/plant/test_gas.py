"""Gas: the closed forms of a reactor, an independent solver beside ours, and books that balance."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from tests.unit.plant.chamber import (
    CARRIER,
    HOT,
    RUNNING,
    TMA,
    after,
    carried,
    dosed,
    hot,
    plain,
    reference_chamber,
    segment,
    warm,
)
from vapordep.errors import SimulationError
from vapordep.simulation.description import GasFeed, Gauge, HeatedZone, Inflow, VapourSource
from vapordep.simulation.plant import Value
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant import Ald
from vapordep_simulators.plant.chamber.stepping import Stepped
from vapordep_simulators.plant.pulsed.state import AldState

CONSTANT_SOURCE = VapourSource(substance=TMA, pressure=1200.0, evaporation=1e6)


@pytest.fixture
def ideal() -> Ald:
    return Ald(warm(plain(sources={"TMA": CONSTANT_SOURCE}), HOT))


def test_filling_to_the_steady_pressure(ideal: Ald) -> None:
    times = np.array([0.5, 1.0, 2.0, 5.0, 10.0])
    found = segment(ideal, hot(ideal, 1.0), RUNNING, 30.0)
    expected = [22.2851, 38.8620, 61.8264, 89.3273, 96.5776]
    assert_allclose(found.at(times, ["chamber.true_pressure"])["chamber.true_pressure"], expected, rtol=1e-4)
    assert_allclose(found.value("chamber.true_pressure", 29.999), 97.2260, rtol=1e-4)


def test_a_pulse_its_purge_and_its_exposure(ideal: Ald) -> None:
    steady = after(ideal, hot(ideal, 97.2260), RUNNING, 60.0)
    pulse = segment(ideal, steady, {**RUNNING, "TMA.valve": 1.0}, 0.05)
    end = pulse.t1
    assert_allclose(pulse.value("chamber.true_pressure", end), 124.1175, rtol=1e-4)
    assert_allclose(pulse.value(f"chamber.partial.{TMA}", end), 26.8915, rtol=1e-4)
    purge = segment(ideal, pulse.state_at(end), RUNNING, 60.0)
    left = purge.at(end + np.array([1.0, 2.0, 5.0, 10.0, 20.0]), [f"chamber.partial.{TMA}"])[f"chamber.partial.{TMA}"]
    assert_allclose(left, [16.3105, 9.8928, 2.2074, 0.18119, 1.2209e-3], rtol=1e-4)
    exposure = ideal.truth(purge.state_at(purge.t1))["exposures"][TMA]
    assert_allclose(exposure, 54.460, rtol=1e-4)


def test_pump_down_from_the_atmosphere_and_a_shut_pump() -> None:
    plant = Ald(warm(plain(ultimate_pressure=0.5, inflows=(Inflow(gas="argon", throughput=1e-4),)), HOT))
    found = segment(plant, hot(plant, 101325.0), {"pump.valve": 1.0}, 100.0)
    base = 0.5 + 1e-4 * HOT / 293.15 / 5e-4
    for t in (1.0, 10.0, 20.0, 60.0):
        expected = base + (101325.0 - base) * np.exp(-t / 2.0)
        assert_allclose(found.value("chamber.true_pressure", t), expected, rtol=1e-9)
    shut = segment(plant, found.state_at(100.0), {}, 300.0)
    rise = shut.value("chamber.true_pressure", 399.0) - shut.value("chamber.true_pressure", 101.0)
    assert_allclose(rise, 298.0 * 1e-4 * HOT / 293.15 / 1e-3, rtol=1e-6)
    assert plant.truth(shut.state_at(400.0))["peak_pressure"] == pytest.approx(101325.0)


def test_a_dead_pump_pumps_nothing(ideal: Ald) -> None:
    found = segment(ideal, hot(ideal, 50.0), {**RUNNING, "pump.running": 0.0}, 60.0)
    filled = 50.0 + 60.0 * CARRIER * GAS_CONSTANT * HOT / 1e-3
    assert_allclose(found.value("chamber.true_pressure", 60.0), filled, rtol=1e-6)


@pytest.mark.parametrize("settling", [2.0, 2.0 * (1 + 1e-9), 2.0 * (1 - 3e-7), 1.9, 0.3])
def test_a_controller_as_slow_as_the_pump_is_no_singularity(settling: float) -> None:
    plant = Ald(warm(plain(feeds={"carrier": GasFeed(settling=settling, dead_time=0.0)}, gauges={}), HOT))
    found = segment(plant, hot(plant, 0.0), RUNNING, 8.0)
    fast, slow = 1.0 / settling, 0.5

    def rates(t: float, y: np.ndarray) -> list[float]:
        return [fast * (CARRIER - y[0]), y[0] - slow * y[1]]

    expected = solve_ivp(rates, (0.0, 8.0), [0.0, 0.0], rtol=1e-11, atol=1e-16, t_eval=[0.1, 1.0, 3.0, 8.0]).y[1]
    pressures = found.at(np.array([0.1, 1.0, 3.0, 8.0]), ["chamber.true_pressure"])["chamber.true_pressure"]
    assert_allclose(pressures, expected * GAS_CONSTANT * HOT / 1e-3, rtol=5e-6)


def test_the_controller_waits_its_dead_time_and_settles() -> None:
    plant = Ald(warm(plain(feeds={"carrier": GasFeed(settling=0.25, dead_time=0.08)}), HOT))
    found = segment(plant, hot(plant, 1.0), RUNNING, 5.0)
    times = np.array([0.05, 0.08, 0.33, 0.58, 4.0])
    expected = CARRIER * -np.expm1(-np.maximum(times - 0.08, 0.0) / 0.25)
    assert_allclose(found.at(times, ["carrier.flow"])["carrier.flow"], expected, rtol=1e-9, atol=1e-20)
    closed = segment(plant, found.state_at(5.0), {**RUNNING, "carrier.valve": 0.0}, 1.0)
    assert closed.value("carrier.flow", 5.0) == 0.0


def test_gauges_lag_and_a_pirani_sees_each_gas_by_its_factor() -> None:
    gauges = {"chamber.pressure": Gauge(lag=0.5), "chamber.pirani": Gauge(kind="pirani", lag=0.1)}
    plant = Ald(warm(plain(gauges=gauges, sources={"H2O": VapourSource(substance="water")}), HOT))
    steady = segment(plant, hot(plant, 97.2260), RUNNING, 60.0)
    assert_allclose(steady.value("chamber.pirani", 59.0), 97.2260 / 1.7, rtol=1e-4)
    wet = segment(plant, steady.state_at(60.0), {**RUNNING, "H2O.valve": 1.0}, 5.0)
    partial = {name: wet.value(f"chamber.partial.{name}", 65.0) for name in ("argon", "water")}
    indicated = partial["argon"] / 1.7 + partial["water"] / 0.5
    assert wet.value("chamber.pirani", 65.0) == pytest.approx(indicated, rel=0.02)  # the lag of 0.1 s remains
    fall = segment(plant, hot(plant, 100.0), {"pump.valve": 1.0}, 4.0)
    t = 1.5  # two first-order systems in a row
    expected = 100.0 * (2.0 * np.exp(-t / 2.0) - 0.5 * np.exp(-t / 0.5)) / 1.5
    assert_allclose(fall.value("chamber.pressure", t), expected, rtol=1e-9)


def reference(plant: Ald, start: AldState, open_: list[bool], pumping: float, duration: float) -> np.ndarray:
    """The same gas by an independent solver, from the equations as the description states them."""
    network, climate = plant.composition.network, start.climate
    m, j = len(plant.composition.species), len(network.own)
    volume, gas_t = network.volume, climate.temperature
    bottle_t = climate.warmth * gas_t

    def rates(t: float, y: np.ndarray) -> np.ndarray:
        n, b = y[:m], y[m:].reshape(j, m)
        pressure = n.sum() * GAS_CONSTANT * gas_t / volume
        dn, db = -pumping * n, np.zeros_like(b)
        dn[0] += CARRIER
        for i in range(j):
            own = network.own[i]
            db[i, own] += network.evaporation[i] * (climate.saturation[i] - b[i, own])
            if open_[i]:
                inside = b[i].sum() * GAS_CONSTANT * bottle_t[i] / network.headspace[i]
                flow = network.conductance[i] * (inside - pressure) / (GAS_CONSTANT * gas_t)
                carried_along = flow * (b[i] / b[i].sum() if flow > 0 else n / n.sum())
                dn, db[i] = dn + carried_along, db[i] - carried_along
        return np.concatenate([dn, db.ravel()])

    y0 = np.concatenate([start.gas.moles, start.gas.bottles.ravel()])
    solved = solve_ivp(rates, (0.0, duration), y0, method="LSODA", rtol=1e-10, atol=1e-18)
    result: np.ndarray = solved.y[:, -1]
    return result


@pytest.mark.parametrize(
    ("pressure", "pumping", "stepped"),
    [(97.0, 1.0, False), (97.0, 0.0, True), (1900.0, 1.0, True), (101325.0, 1.0, True)],
    ids=["forward", "pump shut", "into one, out of the other", "from the atmosphere"],
)
def test_two_open_bottles_agree_with_an_independent_solver(pressure: float, pumping: float, stepped: bool) -> None:
    plant = Ald(warm(plain(), HOT))
    start = after(plant, hot(plant, pressure), {"carrier.valve": 1.0, "carrier.flow_setpoint": CARRIER}, 1e-4)
    inputs = {**RUNNING, "TMA.valve": 1.0, "H2O.valve": 1.0, "pump.valve": pumping}
    found = segment(plant, start, inputs, 1.5)
    assert isinstance(found.pieces[0].trajectory, Stepped) is stepped
    end = found.state_at(found.t1).gas
    expected = reference(plant, start, [True, True], 0.5 * pumping, 1.5)
    ours = np.concatenate([end.moles, end.bottles.ravel()])
    assert_allclose(ours, expected, rtol=1e-6, atol=1e-13)


def test_a_bottle_becomes_empty_and_gives_no_more() -> None:
    little = VapourSource(substance=TMA, content=2e-5)
    plant = Ald(warm(plain(sources={"TMA": little}), HOT))
    start = after(plant, hot(plant, 97.0), RUNNING, 1.0)
    end = after(plant, start, {**RUNNING, "TMA.valve": 1.0}, 60.0)
    assert end.gas.content[0] == 0.0
    vapour = float(start.gas.bottles[0].sum())
    used = plant.truth(end)["precursor_use"]["TMA"]
    assert 2e-5 < used < 2e-5 + vapour
    found = segment(plant, end, {**RUNNING, "TMA.valve": 1.0}, 1.0)
    assert found.value(f"chamber.partial.{TMA}", 61.5) < 1e-3


def test_a_warmer_bottle_gives_more() -> None:
    zones = dict(plain().zones) | {"jacket": HeatedZone(gain=100.0, time_constant=20.0, dead_time=1.0)}
    sources = {"EG": VapourSource(substance="ethylene glycol", zone="jacket")}
    plant = Ald(warm(plain(sources=sources, zones=zones), HOT))
    cold = plant.initial(0.0, pressure=97.0, temperatures={"walls": HOT, "stage": HOT, "jacket": 293.15})
    found = segment(plant, cold, {**RUNNING, "jacket.power": 0.0}, 400.0)  # surroundings at 120 degC warm it
    assert_allclose(found.value("EG.pressure", 1.0), 7.57, rtol=0.3)
    assert_allclose(found.value("EG.pressure", 399.0), plant.pulsed.weather.pressures[0](HOT), rtol=1e-3)


def test_a_line_colder_than_its_bottle_takes_what_it_does_not_bear_and_gives_it_back() -> None:
    """By hand: each second C (Psat of the bottle - Psat of the line)/(R T of the bottle) more lie in it."""
    still = HeatedZone(gain=0.0, time_constant=1e9, dead_time=1.0)
    source = VapourSource(substance="ethylene glycol", zone="jacket", lines=("line", "valve"))
    plant = Ald(
        warm(
            plain(sources={"EG": source}, zones={**plain().zones, "jacket": still, "line": still, "valve": still}), HOT
        )
    )
    pressure = plant.pulsed.weather.pressures[0]

    def stood(state: AldState, line: float) -> AldState:
        """Its state after 100 s with the way at `line`, K at its coldest."""
        zones = {"walls": HOT, "stage": HOT, "jacket": 353.15, "line": 363.15, "valve": line}
        fresh = plant.initial(state.t, pressure=97.0, temperatures=zones)
        return after(
            plant,
            replace(fresh, ledger=state.ledger),
            {**RUNNING, "jacket.power": 0.0, "line.power": 0.0, "valve.power": 0.0},
            100.0,
        )

    dry = stood(hot(plant, 97.0), 363.15)
    assert plant.truth(dry)["condensed"] == {}
    wet = stood(dry, 333.15)
    assert_allclose(wet.gas.bottles[0].sum() * GAS_CONSTANT * 353.15 / source.headspace, pressure(333.15), rtol=1e-6)
    rate = source.conductance * (pressure(353.15) - pressure(333.15)) / (GAS_CONSTANT * 353.15)
    assert_allclose(plant.truth(wet)["condensed"]["line of EG"], 100.0 * rate, rtol=1e-6)
    back = source.conductance * (pressure(358.15) - pressure(353.15)) / (GAS_CONSTANT * 353.15)
    warmer = stood(wet, 358.15)
    assert_allclose(plant.truth(warmer)["condensed"]["line of EG"], 100.0 * (rate - back), rtol=1e-6)
    for _ in range(9):
        warmer = stood(warmer, 363.15)
    assert plant.truth(warmer)["condensed"] == {}
    assert pressure(333.15) < 0.4 * pressure(353.15)


MOVES = st.tuples(
    st.sampled_from(["TMA.valve", "H2O.valve", "pump.valve", "pump.soft_valve", "carrier.valve", "pump.running"]),
    st.sampled_from([0.0, 1.0]),
    st.floats(1e-3, 3.0),
)


NOTHING = -1e-14
"""mol; each Runge-Kutta step may err by 1e-12 of all the gas, some 3e-3 mol here."""


def books(plant: Ald, state: AldState) -> np.ndarray:
    """What there is of each species, less what came, plus what went."""
    gas = state.gas
    amount = gas.moles + gas.bottles.sum(axis=0) - gas.fed + gas.pumped
    np.add.at(amount, plant.composition.network.own, gas.content)
    return amount


@settings(max_examples=60, deadline=None)
@given(moves=st.lists(MOVES, min_size=1, max_size=8), pressure=st.sampled_from([0.0, 5.0, 97.0, 1500.0, 101325.0]))
def test_no_mole_is_lost_whatever_is_opened(moves: list[tuple[str, float, float]], pressure: float) -> None:
    plant = Ald(
        replace(
            reference_chamber(),
            sources={
                "TMA": VapourSource(substance=TMA, content=1e-4, headspace=1e-4),
                "H2O": VapourSource(substance="water", zone="walls", content=1e-3),
            },
        )
    )
    state = hot(plant, pressure, kelvin=330.0)
    before = books(plant, state)
    inputs: dict[str, Value] = {**RUNNING, "walls.power": 1.0}
    for point, value, duration in moves:
        inputs[point] = value
        state = after(plant, state, inputs, duration)
        assert (state.gas.moles > NOTHING).all()
        assert (state.gas.bottles > NOTHING).all()
    # An atmosphere that rushes into the bottles costs the quadrature 1.2e-9 of all gas in a second; several 5.3e-9.
    assert_allclose(books(plant, state), before, rtol=0.0, atol=1e-8 * before.sum())


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.floats(0.01, 29.9), min_size=1, max_size=30))
def test_results_do_not_depend_on_how_time_is_cut(cuts: list[float]) -> None:
    plant = Ald(reference_chamber())
    changes = [
        (0.0, "pump.valve", 1.0), (0.0, "carrier.valve", 1.0), (0.0, "carrier.flow_setpoint", CARRIER),
        (0.3, "stage.power", 1.0), (5.013, "TMA.valve", 1.0), (5.071, "TMA.valve", 0.0), (8.0, "H2O.valve", 1.0),
        (8.03, "H2O.valve", 0.0), (10.3, "carrier.flow_setpoint", CARRIER / 4), (12.0, "pump.valve", 0.0),
        (14.0, "TMA.valve", 1.0), (19.0, "TMA.valve", 0.0), (19.0, "pump.soft_valve", 1.0),
    ]  # fmt: skip
    start = hot(plant, 200.0, kelvin=373.15)
    whole, cut = carried(plant, start, changes, 30.0), carried(plant, start, changes, 30.0, cuts)
    for name in ("moles", "bottles", "feeds", "lags", "pumped"):
        assert_allclose(getattr(cut.gas, name), getattr(whole.gas, name), rtol=1e-7, atol=1e-20)
    assert cut.thermal == whole.thermal
    assert_allclose(cut.film.steady, whole.film.steady, rtol=1e-7)
    assert_allclose(cut.film.covered, whole.film.covered, rtol=1e-7)
    assert_allclose(cut.film.attack, whole.film.attack, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize(
    ("source", "width", "peak", "exposure"),
    [
        ("TMA", 0.015, 8.0, 16.0), ("TMA", 0.05, 26.0, 53.0), ("H2O", 0.015, 17.0, 33.0), ("H2O", 0.03, 33.0, 67.0),
        ("DEZ", 0.05, 37.0, 75.0), ("EG", 0.1, 28.0, 57.0), ("HQ", 0.5, 22.0, 50.0),
    ],
)  # fmt: skip
def test_doses_of_the_reference_chamber(source: str, width: float, peak: float, exposure: float) -> None:
    temperatures = {"TMA": 293.15, "H2O": 293.15, "DEZ": 293.15, "EG": 353.15, "HQ": 413.15}
    sources = {name: VapourSource(substance=name, temperature=kelvin) for name, kelvin in temperatures.items()}
    plant = Ald(warm(replace(reference_chamber(), sources=sources, inflows=()), HOT))
    steady = after(plant, hot(plant, 97.0), RUNNING, 10.0)
    truth = plant.truth(dosed(plant, steady, source, width, 60.0))
    dosed_species = plant.composition.species[plant.composition.network.own[list(sources).index(source)]]
    assert truth["peak_partial"][dosed_species] == pytest.approx(peak, rel=0.065)
    assert truth["exposures"][dosed_species] == pytest.approx(exposure, rel=0.05)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"volume": 0.0}, "volume"),
        ({"gauges": {"chamber.pressure": Gauge(lag=0.0)}}, "lag of chamber.pressure"),
        ({"gauges": {"chamber.pressure": Gauge(kind="ionisation")}}, "ionisation"),
        ({"stage": "chuck"}, "no zone chuck"),
    ],
)
def test_a_plant_that_cannot_be_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(SimulationError, match=said):
        Ald(plain(**changes))


@given(cuts=st.lists(st.floats(0.01, 59.9) | st.integers(1, 29).map(lambda cell: 2.0 * cell), max_size=8))
@settings(max_examples=20, deadline=None)
def test_a_climate_is_held_while_temperatures_stand_still_and_no_cut_moves_it(cuts: list[float]) -> None:
    zones = {
        "walls": HeatedZone(gain=180.0, time_constant=600.0, dead_time=0.0, ambient=HOT),
        "stage": HeatedZone(gain=0.0, time_constant=100.0, dead_time=0.0, surroundings="walls"),
    }
    plant = Ald(plain(zones=zones))
    start = hot(plant, 97.0)
    warming = {**RUNNING, "walls.power": 0.02}  # 6 mK/s at first
    pieces = segment(plant, start, warming, 60.0).pieces
    assert 10 < len(pieces) < 25, "taken anew every few cells"
    assert len(segment(plant, start, RUNNING, 60.0).pieces) == 1
    whole = carried(plant, start, [(0.0, "walls.power", 0.02)], 60.0)
    cut = carried(plant, start, [(0.0, "walls.power", 0.02)], 60.0, cuts)
    assert cut.climate.made_of == whole.climate.made_of
    assert_allclose(cut.gas.moles, whole.gas.moles, rtol=1e-9)
