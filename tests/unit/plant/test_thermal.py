"""Heated zones: first order plus dead time, loops executed on the grid, and a grid that no cut moves."""

from dataclasses import dataclass
from math import exp

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.unit.plant.chamber import plain, segment
from vapordep.simulation.description import HeatedZone, Microbalance
from vapordep_simulators.plant import Ald
from vapordep_simulators.plant.chamber.thermal import Warming, Zones

ROOM = 293.15


@dataclass(frozen=True)
class Working:
    """What the loop remembers."""

    integral: float
    working_setpoint: float


@dataclass(frozen=True)
class Loop:
    """A PI loop as an instrument would hand it to the plant."""

    setpoint: float
    period: float = 0.25

    def initial(self, measured: float) -> Working:
        return Working(0.0, measured)

    def step(self, memory: Working, measured: float, t: float) -> tuple[Working, float]:
        error = self.setpoint - measured
        integral = min(max(memory.integral + error * self.period / 3000.0, 0.0), 1.0)
        return Working(integral, self.setpoint), min(max(0.03 * error + integral, 0.0), 1.0)

    def timeless(self, since: float, until: float) -> bool:
        return True


def chamber() -> Ald:
    zones = {
        "stage": HeatedZone(gain=120.0, time_constant=100.0, dead_time=5.0, surroundings="walls", sensor_lag=0.0),
        "walls": HeatedZone(gain=150.0, time_constant=600.0, dead_time=10.0, sensor_error=1.5),
    }
    return Ald(plain(zones=zones, foil_offset=3.0, microbalance=Microbalance(temperature_coefficient=-4.0)))


def test_a_step_of_power_is_first_order_plus_dead_time() -> None:
    plant = chamber()
    found = segment(plant, plant.initial(), {"stage.power": 0.5}, 400.0)
    times = np.array([2.0, 5.0, 55.0, 105.0, 399.0])
    expected = ROOM + 60.0 * -np.expm1(-np.maximum(times - 5.0, 0.0) / 100.0)
    assert_allclose(found.at(times, ["stage.true_temperature"])["stage.true_temperature"], expected, rtol=1e-9)
    assert_allclose(found.value("foil.temperature", 105.0), ROOM + 60.0 * (1 - exp(-1)) + 3.0, rtol=1e-9)
    assert found.value("stage.power", 0.0) == 0.5


def test_the_sensor_follows_late_and_with_its_error() -> None:
    plant = chamber()
    found = segment(plant, plant.initial(), {"walls.power": 1.0}, 300.0)
    true, read = found.value("walls.true_temperature", 299.0), found.value("walls.temperature", 299.0)
    slope = 150.0 / 600.0 * exp(-289.0 / 600.0)
    assert_allclose(read - 1.5, true - 2.0 * slope, atol=0.05)


def test_the_stage_drifts_with_what_surrounds_it() -> None:
    plant = chamber()
    state = plant.initial(0.0, temperatures={"walls": 373.15})
    found = segment(plant, state, {"walls.power": 80.0 / 150.0}, 600.0)
    assert state.thermal.temperature == (373.15, 373.15)
    assert_allclose(found.value("stage.true_temperature", 600.0), 373.15, rtol=1e-12)


def test_a_loop_reaches_its_setpoint_and_tells_it() -> None:
    plant = chamber()
    found = segment(plant, plant.initial(), {"stage.controller": Loop(350.0)}, 1500.0)
    assert_allclose(found.value("stage.temperature", 1499.0), 350.0, atol=0.1)
    assert found.value("stage.working_setpoint", 10.0) == 350.0
    assert np.isnan(found.value("walls.working_setpoint", 10.0))
    truth = plant.truth(found.state_at(1500.0))
    hottest = max(found.warming.temperatures[0])
    assert_allclose(truth["foil_temperature_max"], hottest + 3.0)


def test_a_loop_takes_over_the_memory_of_the_one_before() -> None:
    plant = chamber()
    first = segment(plant, plant.initial(), {"stage.controller": Loop(350.0)}, 1000.0)
    before = first.state_at(1000.0)
    after = segment(plant, before, {"stage.controller": Loop(351.0)}, 1.0).state_at(1000.5)
    assert after.thermal.memories[0].integral == pytest.approx(before.thermal.memories[0].integral, abs=0.01)
    off = segment(plant, before, {}, 1.0).state_at(1000.5)
    assert off.thermal.memories[0] is None


def test_a_slow_loop_is_executed_once_a_period() -> None:
    steps: list[float] = []

    @dataclass(frozen=True)
    class Counting(Loop):
        def step(self, memory: Working, measured: float, t: float) -> tuple[Working, float]:
            steps.append(t)
            return super().step(memory, measured, t)

    plant = chamber()
    state = plant.initial()
    loop = Counting(350.0, period=1.0)
    for cut in (0.3, 0.9, 2.0, 2.1, 5.0):
        state = plant.solve(state, {"stage.controller": loop}, state.t, cut).state_at(cut)
    assert steps == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_change_between_two_instants_of_the_grid_waits_for_the_next() -> None:
    zones = Zones({"one": HeatedZone(gain=100.0, time_constant=10.0, dead_time=0.0, sensor_lag=0.0)})
    state = zones.run(zones.initial(0.0, {}), [None], [0.0], 0.6).state_at(0.6)
    assert state.grid == 3
    record = zones.run(state, [None], [1.0], 1.0)
    assert record.temperature(0, 0.75) == ROOM
    assert record.temperature(0, 1.0) == pytest.approx(ROOM + 100.0 * (1 - exp(-0.025)))
    assert record.power(0, 0.7) == 0.0
    assert record.power(0, 0.75) == 1.0


def test_a_microbalance_feels_mass_and_temperature() -> None:
    plant = chamber()
    found = segment(plant, plant.initial(), {"stage.power": 0.5}, 400.0)
    kelvin = found.value("stage.true_temperature", 300.0)
    mass = found.value("qcm.mass", 300.0)
    assert_allclose(
        found.value("qcm.frequency", 300.0), 6e6 / (1 + mass / 1.227e-7 / 6e6) - 4.0 * (kelvin - ROOM), rtol=1e-12
    )


@pytest.mark.parametrize("until", [350.0, 3000.0, 20_000.25])
def test_a_zone_at_rest_is_not_stepped_through_and_stays_the_same(
    until: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = chamber()
    inputs = {"stage.controller": Loop(380.0), "walls.controller": Loop(373.15)}
    state = plant.initial(0.0, temperatures={"stage": 373.15, "walls": 373.15})
    quick = segment(plant, state, inputs, until).warming
    monkeypatch.setattr(Warming, "_rests", lambda *_: False)
    slow = segment(plant, state, inputs, until).warming
    for t in (0.0, 100.0, until / 2.0, until):
        assert quick.state_at(t) == slow.state_at(t)
    times = np.linspace(0.0, until, 777)
    for zone in range(2):
        for read in (Warming.temperature_all, Warming.sensed_all, Warming.power_all):
            assert read(quick, zone, times).tolist() == read(slow, zone, times).tolist()
        assert quick.working_setpoint(zone, until) == slow.working_setpoint(zone, until)
    assert quick.steps == slow.steps
    assert len(quick.temperatures[0]) < quick.steps or until < 20_000.0
