"""The world: deterministic, cut where inputs change, readable a little way back, and never ahead of its agenda."""

from dataclasses import dataclass, replace
from math import inf, nan
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plant.chamber import reference_chamber
from vapordep.errors import SimulationError
from vapordep.simulation.noise import uniform_at
from vapordep.simulation.plant import Floats, Inputs, Latency, Truth, Value
from vapordep.simulation.world import KEPT, World
from vapordep.units import sccm, to_si
from vapordep_simulators.plant import Ald

CARRIER = float(to_si(20.0, sccm))
RUNNING: dict[str, Value] = {"pump.valve": 1.0, "carrier.valve": 1.0, "carrier.flow_setpoint": CARRIER}


@dataclass(frozen=True)
class Level:
    """A tank's level at an instant."""

    t: float
    level: float


@dataclass(frozen=True)
class Filling:
    """A tank that fills at the rate of its inlet."""

    t0: float
    t1: float
    start: Level
    inputs: Inputs

    def value(self, point: str, t: float) -> float:
        if point == "level":
            return self.state_at(t).level
        value = self.inputs[point]
        assert isinstance(value, float)
        return value

    def at(self, times: Floats, points: object = None) -> dict[str, Floats]:
        return {"level": np.array([self.value("level", t) for t in times.tolist()])}

    def state_at(self, t: float) -> Level:
        assert self.t0 <= t <= self.t1
        inlet = self.inputs["inlet"]
        assert isinstance(inlet, float)
        return Level(t, self.start.level + inlet * (t - self.start.t))


class Tank:
    """The simplest plant; it counts how often it was solved."""

    defaults: ClassVar[Inputs] = {"inlet": 0.0, "valve": 0.0}
    points = frozenset({"level", "inlet", "valve"})

    def __init__(self, latency: Latency = Latency(0.015, 0.001)) -> None:  # noqa: B008 - frozen
        self.latencies = {"valve": latency}
        self.solved = 0

    def initial(self, t: float = 0.0) -> Level:
        return Level(t, 0.0)

    def solve(self, state: Level, inputs: Inputs, t0: float, t1: float) -> Filling:
        assert state.t == t0 < t1
        self.solved += 1
        return Filling(t0, t1, state, inputs)

    def truth(self, state: Level) -> Truth:
        return {"level": state.level}


def test_an_input_acts_from_its_instant_on() -> None:
    world = World(Tank(), 1)
    assert world.read("level", 1.5) == 0.0
    assert world.drive("inlet", 2.0, 1.0) == 1.0
    assert world.read("inlet", 1.0) == 2.0
    assert world.read("inlet", 0.999) == 0.0
    assert world.read("level", 3.0) == pytest.approx(4.0)


def test_a_valve_acts_after_its_latency_with_a_jitter_of_its_own() -> None:
    world = World(Tank(Latency(0.02, 0.005)), 9)
    opens, closes = world.drive("valve", 1.0, 1.0), world.drive("valve", 0.0, 1.05)
    for number, acts in enumerate((opens - 1.0, closes - 1.05)):
        assert acts == pytest.approx(0.015 + 0.01 * uniform_at(9, "valve.latency", number))
    assert [world.read("valve", t) for t in (opens - 1e-6, opens, closes - 1e-6, closes)] == [0.0, 1.0, 1.0, 0.0]
    assert world.truth(2.0)["valves"] == {"valve": [(opens, 1.0), (closes, 0.0)]}
    assert world.truth(opens)["valves"] == {"valve": [(opens, 1.0)]}


class Lit(Tank):
    """A tank with a lamp: on or off, and no valve."""

    defaults: ClassVar[Inputs] = {**Tank.defaults, "lamp.on": 0.0}
    points = Tank.points | {"lamp.on"}


def test_what_is_switched_and_is_no_valve_is_told_beside_them() -> None:
    world = World(Lit(), 1)
    for value, at in ((1.0, 1.0), (0.0, 2.5), (1.0, 9.0)):
        world.drive("lamp.on", value, at)
    assert world.truth(3.0)["switches"] == {"lamp.on": [(1.0, 1.0), (2.5, 0.0)]}
    assert world.truth(3.0)["valves"] == {}


def test_a_close_never_overtakes_its_open() -> None:
    world = World(Tank(Latency(0.02, 0.02)), 4)
    for n in range(50):
        world.drive("valve", 1.0, n * 1.0)
        world.drive("valve", 0.0, n * 1.0 + 0.001)
        assert world.read("valve", n + 0.5) == 0.0


def test_driving_to_the_same_value_changes_nothing() -> None:
    tank = Tank()
    world = World(tank, 1)
    world.drive("valve", 1.0, 0.1)
    world.read("level", 1.0)
    solved = tank.solved
    world.drive("valve", 1.0, 0.5)
    assert world.read("valve", 1.5) == 1.0
    assert tank.solved == solved


def test_it_solves_only_as_far_ahead_as_the_horizon() -> None:
    tank = Tank()
    world = World(tank, 1, horizon=2.0)
    for k in range(100):
        world.read("level", 0.1 * k)
    assert tank.solved == 5
    assert world.advance(10.5) == 10.5
    assert tank.solved == 5


def test_a_change_in_the_near_past_is_taken_back_and_solved_anew() -> None:
    world = World(Tank(), 1, horizon=0.5)
    world.drive("inlet", 1.0, 0.0)
    world.read("level", 2.2)
    world.drive("inlet", 0.0, 1.2)  # another thread of thought was late by a second
    assert world.read("level", 3.0) == pytest.approx(1.2)
    assert world.read("level", 1.0) == pytest.approx(1.0)


def test_the_far_past_cannot_be_read_or_changed() -> None:
    world = World(Tank(), 1, horizon=1.0)
    world.drive("inlet", 1.0, 0.0)
    for k in range(100):
        world.read("level", float(k))
    with pytest.raises(SimulationError, match="too long ago"):
        world.read("level", 10.0)
    assert world.drive("inlet", 0.0, 5.0) == pytest.approx(float(100 - KEPT), abs=1.0)


def test_many_instants_are_read_across_changes_as_single_ones_are() -> None:
    def driven(plant: Ald | Tank) -> World:
        world = World(plant, 3)
        for point, value in (RUNNING if isinstance(plant, Ald) else {"inlet": 1.0}).items():
            world.drive(point, value, 0.0)
        if isinstance(plant, Ald):
            world.drive("TMA.valve", 1.0, 7.3)
            world.drive("TMA.valve", 0.0, 7.4)
        return world

    times = np.sort(np.append(np.linspace(0.0, 90.0, 301), [7.3, 7.32, 7.35]))
    for plant, points in ((Tank(), ["level"]), (Ald(reference_chamber()), ["chamber.true_pressure", "TMA.valve"])):
        block, single = driven(plant), driven(plant)
        for world in (block, single):
            world.ahead(90.0)
        found = block.values(points, times)
        for point in points:
            assert found[point].tolist() == [single.read(point, t) for t in times.tolist()]


def test_looking_ahead_solves_long_stretches_and_a_change_still_acts() -> None:
    plant = Tank()
    world = World(plant, 1)
    world.drive("inlet", 1.0, 0.0)
    world.ahead(59.0)
    assert plant.solved == 1
    world.drive("inlet", 0.0, 30.0)
    assert world.read("level", 50.0) == 30.0


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_makes_no_sense_is_refused(value: float) -> None:
    world = World(Tank(), 1)
    with pytest.raises(SimulationError, match="finite"):
        world.drive("inlet", value, 0.0)
    with pytest.raises(SimulationError, match="no input"):
        world.drive("outlet", 1.0, 0.0)


CALLS = st.lists(
    st.tuples(st.sampled_from(["inlet", "valve", "read"]), st.floats(0.0, 3.0), st.integers(0, 3)), max_size=30
)


@settings(max_examples=100, deadline=None)
@given(CALLS)
def test_reading_does_not_change_what_happens(calls: list[tuple[str, float, int]]) -> None:
    watched, unwatched = World(Tank(), 1), World(Tank(), 1)
    t = 0.0
    for what, pause, value in calls:
        t += pause
        if what == "read":
            watched.read("level", t)
        else:
            assert watched.drive(what, float(value), t) == unwatched.drive(what, float(value), t)
    assert watched.read("level", t + 1.0) == pytest.approx(unwatched.read("level", t + 1.0), abs=1e-9)


def pulse(world: World, t: float, *, watching: float) -> float:
    """A dose at `t`, with readings every `watching` s; the thickness of the film a while later."""
    world.drive("TMA.valve", 1.0, t)
    world.drive("TMA.valve", 0.0, t + 0.05)
    world.drive("H2O.valve", 1.0, t + 40.0)
    world.drive("H2O.valve", 0.0, t + 40.03)
    for instant in np.arange(t, t + 60.0, watching).tolist():
        world.read("chamber.pressure", instant)
    thickness: float = world.truth(t + 60.0)["thickness"]
    return thickness


def test_the_reactor_is_the_same_however_often_it_is_read() -> None:
    plant = Ald(replace(reference_chamber(), latencies={}))
    state = plant.initial(0.0, pressure=95.0, temperatures={"walls": 373.15, "stage": 373.15})
    often, seldom, again = (
        pulse(World(plant, 3, inputs=RUNNING, state=state), 5.0, watching=step) for step in (0.037, 7.0, 0.037)
    )
    assert often == again
    assert often == pytest.approx(seldom, rel=1e-7)
    other = pulse(World(plant, 4, inputs=RUNNING, state=state), 5.0, watching=7.0)
    assert other != seldom  # another seed, another jitter


def test_points_agree_one_by_one_and_as_arrays() -> None:
    plant = Ald(reference_chamber())
    state = plant.initial(0.0, pressure=95.0, temperatures={"walls": 373.15, "stage": 373.15})
    world = World(plant, 3, inputs=RUNNING, state=state)
    opens = world.drive("TMA.valve", 1.0, 1.0)
    world.drive("TMA.valve", 0.0, 1.5)
    segment = world.segment(opens + 0.1)
    times = np.linspace(segment.t0, segment.t1, 7)[:-1]
    arrays = segment.at(times)
    assert set(arrays) == plant.points
    for point, values in arrays.items():
        one_by_one = [segment.value(point, t) for t in times.tolist()]
        np.testing.assert_allclose(values, one_by_one, rtol=1e-12, atol=1e-12, err_msg=point)
    with pytest.raises(SimulationError, match="no point"):
        world.read("chamber.presure", 1.0)


def test_a_plant_may_start_hot_and_late() -> None:
    plant = Ald(reference_chamber())
    state = plant.initial(12345.678, pressure=0.5, temperatures={"walls": 393.15, "stage": 393.15})
    world = World(plant, 1, inputs=RUNNING, state=state)
    assert world.read("stage.temperature", 12345.678) == 393.15
    assert world.read("chamber.true_pressure", 12345.678) == pytest.approx(0.5)
    assert world.read("chamber.pressure", 12365.7) == pytest.approx(100.0, rel=0.05)
