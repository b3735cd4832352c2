"""The estimate: exact where the plan is, worked out where physics decides, and true from every position to the end."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.reactor.files import REACTOR, RECIPE
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Cool, Dose, Flow, Heat, LeakCheck, Pump, PumpPurge, Purge, Ramp, Set, Step
from vapordep.reactor import read_reactor
from vapordep.recipe import estimate, read_recipe
from vapordep.recipe.foretold.durations import HEAT_SETTLING
from vapordep.recipe.foretold.situation import BEGINNING, Situation
from vapordep.recipe.steps import after
from vapordep.units import sccm, to_si


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


@dataclass(frozen=True)
class Place:
    step: int
    cycle: int = 0


def plan(*steps: Step, last: tuple[Step, ...] = ()) -> Plan:
    return Plan("test", "ALD", "silicon", steps, finally_steps=last)


def duration(reactor: Reactor, *steps: Step) -> float:
    """How long the last of `steps` takes."""
    return estimate(plan(*steps), reactor).steps[-1].duration


CYCLE = (Dose(source="TMA", width=0.05), Purge(duration=40.0), Dose(source="H2O", width=0.03), Purge(duration=75.0))
PERIOD = 115.08


def test_timed_steps_are_exact(reactor: Reactor) -> None:
    steps = (LeakCheck(duration=300.0), *CYCLE, Ramp(output="carrier.flow_setpoint", to=0.0, duration=10.0))
    assert estimate(plan(*steps), reactor).total == pytest.approx(300.0 + PERIOD + 10.0)


def test_the_main_loop_of_r1_takes_what_its_steps_say(reactor: Reactor) -> None:
    recipe = read_recipe(RECIPE, reactor)
    timed = estimate(recipe.plan, reactor)
    [main] = [step for step in timed.steps if isinstance(step.step, Block) and step.step.layer]
    assert main.duration == pytest.approx(36 * PERIOD)
    assert 2.0 * 3600 < timed.total < 3.0 * 3600


def test_pumping_follows_the_closed_form(reactor: Reactor) -> None:
    """V/S ln((P0 - Pu)/(P - Pu)): 1 L, 1.75 m3/h, 0.1 Pa."""
    expected = 2.0571 * math.log((101325.0 - 0.1) / (1.0 - 0.1))
    assert duration(reactor, Pump(to=1.0, within=1200.0)) == pytest.approx(expected, rel=1e-3)
    assert duration(reactor, Pump(to=5.0, within=9.0), Pump(to=5.0, within=9.0)) == 0.0


def test_soft_pumping_is_slower_as_far_as_it_goes(reactor: Reactor) -> None:
    """0.18 m3/h down to 1 kPa: 20 s a decade of e."""
    soft = duration(reactor, Pump(to=1.0, within=1200.0, soft=True))
    expected = 20.0 * math.log(101.325) + 2.0571 * math.log((1000.0 - 0.1) / 0.9)
    assert soft == pytest.approx(expected, rel=1e-3)


def test_filling_goes_at_full_scale(reactor: Reactor) -> None:
    """100 sccm at 20 degC into 1 L: 181 Pa/s."""
    step = PumpPurge(cycles=3, high=1000.0, low=5.0, within=600.0)
    fill = 1000.0 / 181.2
    down = 2.0571 * math.log((1000.0 - 0.1) / (5.0 - 0.1))
    assert duration(reactor, Pump(to=0.2, within=9.0), step) == pytest.approx(3 * (fill + down), rel=5e-3)


def test_nothing_takes_longer_than_its_patience(reactor: Reactor) -> None:
    assert duration(reactor, Pump(to=0.1, within=50.0)) == 50.0
    assert duration(reactor, Cool(targets={"stage": 280.0}, within=70.0)) == 70.0


def test_heating_takes_its_ramp_and_a_zone_that_is_there_takes_none(reactor: Reactor) -> None:
    heat = Heat(targets={"stage": 373.15, "walls": 333.15}, rate=5 / 60, tolerance=2.0, timeout=7200.0)
    assert duration(reactor, heat) == pytest.approx(80 / 5 * 60 + HEAT_SETTLING)
    assert duration(reactor, heat, heat) == 0.0


def test_cooling_takes_longer_from_hotter(reactor: Reactor) -> None:
    cool = Cool(targets={"stage": 323.15}, within=7200.0)
    heated = [Set(output="stage.setpoint", value=kelvin) for kelvin in (343.15, 393.15)]
    warm, hot = (duration(reactor, step, cool) for step in heated)
    assert 0 < warm < hot < 3600


def test_later_cycles_find_the_reactor_otherwise(reactor: Reactor) -> None:
    """The first heating starts at room temperature, the later ones where a cycle ends."""
    hot, warm = (Heat(targets={"stage": t}, rate=0.1, tolerance=2.0, timeout=1e5) for t in (393.15, 353.15))
    block = Block(name="anneal", steps=(hot, warm), count=3)
    timed = estimate(plan(block), reactor).steps[0]
    assert [timed.first[0].duration, timed.again[0].duration] == pytest.approx(
        [1000 + HEAT_SETTLING, 400 + HEAT_SETTLING]
    )
    first, again = (sum(step.duration for step in cycle) for cycle in (timed.first, timed.again))
    assert timed.duration == pytest.approx(first + 2 * again)


def test_the_situation_follows_the_plan(reactor: Reactor) -> None:
    situation = BEGINNING
    twenty = to_si(20.0, sccm)
    for step in (Pump(to=1.0, within=9.0), Flow(flows={"carrier": twenty})):
        situation = after(situation, step, reactor)
    assert situation.flows == {"carrier": twenty}
    assert situation.pressure == pytest.approx(74.6 + 0.1, rel=1e-2), "20 sccm at 20 degC into 1.75 m3/h"
    assert after(situation, Flow(flows={"carrier": 0.0}), reactor) == Situation(pumped=True, pumping=True, pressure=0.1)
    assert after(situation, LeakCheck(duration=9.0), reactor).flows == {}


def test_the_cost_does_not_grow_with_the_counts(reactor: Reactor) -> None:
    block = Block(name="main", steps=CYCLE, count=100_000)
    timed = estimate(plan(Block(name="outer", steps=(block,), count=100_000)), reactor)
    assert timed.total == pytest.approx(1e10 * PERIOD)
    assert timed.steps[0].first is timed.steps[0].again


def positions(steps: tuple[Step, ...], cycle: int = 0) -> Iterator[tuple[tuple[Place, ...], float]]:
    """Every position within a plan in the order of time, and how long the step there takes."""
    for index, step in enumerate(steps):
        here = Place(index, cycle)
        if isinstance(step, Block):
            for inner in range(step.count):
                yield from (((here, *rest), time) for rest, time in positions(step.steps, inner))
        else:
            yield (here,), step.duration  # type: ignore[attr-defined]


purges = st.builds(Purge, duration=st.floats(0.1, 100.0))
blocks = st.recursive(
    purges,
    lambda inner: st.builds(
        Block, name=st.just("b"), steps=st.lists(inner, min_size=1, max_size=3).map(tuple), count=st.integers(1, 4)
    ),
    max_leaves=8,
)


@given(steps=st.lists(blocks, min_size=1, max_size=4).map(tuple), last=st.lists(purges, max_size=2).map(tuple))
def test_what_is_left_is_what_is_still_to_come(
    reactor: Reactor, steps: tuple[Step, ...], last: tuple[Step, ...]
) -> None:
    timed = estimate(plan(*steps, last=last), reactor)
    walked = list(positions(steps))
    ending = sum(time for _, time in positions(last))
    left = timed.total
    assert timed.left() == pytest.approx(left)
    for position, time in walked:
        assert timed.left(position) == pytest.approx(left)
        assert timed.left(position, spent=0.25 * time) == pytest.approx(left - 0.25 * time), "a part of it is over"
        left -= time
        assert timed.left(position, spent=3.0 * time) == pytest.approx(left, abs=1e-9), "it takes longer than expected"
    assert left == pytest.approx(ending, abs=1e-6)
    assert timed.left(in_finally=True) == pytest.approx(ending)
