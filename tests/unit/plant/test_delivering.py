"""Bubblers, generators, pushed bottles and gas from cylinders against the laws that they follow."""

from dataclasses import replace

import pytest
from numpy.testing import assert_allclose

from tests.unit.plant.chamber import HOT, RUNNING, TMA, after, hot, plain, segment, warm
from tests.unit.plant.test_gas import books
from vapordep.errors import SimulationError
from vapordep.simulation.description import Carried, GasFeed, Made, Pushed, VapourSource
from vapordep.units import GAS_CONSTANT, sccm, to_si
from vapordep_simulators.plant import Ald

CARRIER = float(to_si(20.0, sccm))
PUSH = float(to_si(50.0, sccm))
PUMPING, VOLUME = 5e-4, 1e-3
THROUGH = {**RUNNING, "push.flow_setpoint": PUSH}


def with_source(name: str, source: VapourSource, gas: str = "argon") -> Ald:
    """The plain chamber with one source, and a second gas line that may go through it."""
    feeds = {**plain().feeds, "push": GasFeed(gas=gas, settling=1e-6, dead_time=0.0, shut_off=False)}
    return Ald(warm(plain(feeds=feeds, sources={name: source}), HOT))


def bubbling(pressure: float = 1e4, content: float = 0.5) -> Ald:
    return with_source(
        "TMA", VapourSource(substance=TMA, content=content, delivery=Carried(through="push", pressure=pressure))
    )


def steady(flow: float) -> float:
    """The partial pressure that `flow` mol/s has in the pumped chamber at rest, Pa."""
    return flow * GAS_CONSTANT * HOT / PUMPING


def test_a_bubbler_saturates_its_carrier() -> None:
    plant = bubbling()
    state = after(plant, hot(plant, 97.0), THROUGH, 60.0)
    at_rest = segment(plant, state, THROUGH, 1.0)
    assert_allclose(at_rest.value("chamber.true_pressure", 60.5), steady(CARRIER), rtol=1e-6)
    opened = segment(plant, state, {**THROUGH, "TMA.valve": 1.0}, 60.0)
    inside = plant.pulsed.weather.pressures[0](293.15)
    assert_allclose(opened.value(f"chamber.partial.{TMA}", 119.9), steady(PUSH) * inside / (1e4 - inside), rtol=1e-6)
    assert_allclose(opened.value("chamber.partial.argon", 119.9), steady(PUSH + CARRIER), rtol=1e-6)


def test_a_bubbler_takes_what_it_gives_out_of_its_bottle_until_that_is_empty() -> None:
    plant = bubbling(content=1e-5)
    state = after(plant, hot(plant, 97.0), THROUGH, 30.0)
    inside = plant.pulsed.weather.pressures[0](293.15)
    rate = PUSH * inside / (1e4 - inside)
    opened = after(plant, state, {**THROUGH, "TMA.valve": 1.0}, 1.0)
    assert_allclose(1e-5 - opened.gas.content[0], rate, rtol=1e-6)
    empty = after(plant, opened, {**THROUGH, "TMA.valve": 1.0}, 20.0)
    assert empty.gas.content[0] == 0.0
    left = segment(plant, empty, {**THROUGH, "TMA.valve": 1.0}, 1.0)
    assert left.value(f"chamber.partial.{TMA}", empty.t + 0.5) < 1e-2
    assert left.value("chamber.partial.argon", empty.t + 0.5) > 200.0


def test_a_lower_pressure_in_the_bubbler_gives_more_vapour() -> None:
    found = []
    for pressure in (2e4, 1e4, 3e3):
        plant = bubbling(pressure)
        state = after(plant, hot(plant, 97.0), {**THROUGH, "TMA.valve": 1.0}, 30.0)
        found.append(segment(plant, state, {**THROUGH, "TMA.valve": 1.0}, 1.0).value(f"chamber.partial.{TMA}", 30.5))
    assert found == sorted(found)


def generator(lag: float = 30.0) -> Ald:
    made = Made(through="push", fraction=0.15, lag=lag)
    return with_source("O3", VapourSource(substance="ozone", pressure=1e5, delivery=made), gas="oxygen")


def test_a_generator_makes_a_mass_fraction_once_it_is_warm() -> None:
    plant = generator()
    fed = {**THROUGH, "O3.power": 1.0}
    warm = after(plant, hot(plant, 97.0), fed, 300.0)
    assert warm.strengths == (1.0,)
    opened = segment(plant, warm, {**fed, "O3.valve": 1.0}, 60.0)
    ozone, oxygen = (opened.value(f"chamber.partial.{gas}", 359.9) for gas in ("ozone", "oxygen"))
    assert_allclose(ozone * 47.998 / (ozone * 47.998 + oxygen * 31.999), 0.15, rtol=1e-3)
    assert_allclose(ozone + oxygen, steady(PUSH) * (1.0 - 0.15 / 3.0), rtol=1e-6)


@pytest.mark.parametrize("cut", [False, True])
def test_its_strength_follows_its_switch_whether_or_not_time_is_cut(cut: bool) -> None:
    plant = generator()
    fed = {**THROUGH, "O3.power": 1.0, "O3.valve": 1.0}
    state = hot(plant, 97.0)
    for duration in [1.0] * 30 if cut else [30.0]:
        state = after(plant, state, fed, duration)
    assert_allclose(state.strengths, (0.6321,), rtol=1e-4)
    ozone = segment(plant, state, fed, 1.0).value("chamber.partial.ozone", 30.5)
    # it lags by the residence time; while a generator that warms up is open, it is looked at each 2 s
    assert_allclose(ozone, steady(PUSH) * 0.1 * (1.0 - 2.718281828 ** (-28.5 / 30.0)), rtol=0.02)
    off = after(plant, state, {**fed, "O3.power": 0.0}, 30.0)
    assert_allclose(off.strengths, (0.6321 * 0.3679,), rtol=1e-3)


def test_a_generator_that_is_off_gives_oxygen() -> None:
    plant = generator()
    state = after(plant, hot(plant, 97.0), {**THROUGH, "O3.valve": 1.0}, 30.0)
    assert state.gas.moles[plant.composition.species.index("ozone")] == 0.0
    assert state.gas.moles[plant.composition.species.index("oxygen")] > 0.0


def pushing(pressure: float = 5e3) -> Ald:
    glycol = VapourSource(substance="ethylene glycol", temperature=353.15, delivery=Pushed(pressure=pressure))
    return with_source("EG", glycol)


def dose(plant: Ald, boost: float) -> float:
    """The exposure in Pa s of glycol by a pulse of 100 ms, after so many s of gas into its bottle."""
    state = after(plant, hot(plant, 97.0), RUNNING, 10.0)
    if boost:
        state = after(plant, state, {**RUNNING, "EG.boost_valve": 1.0}, boost)
    state = after(plant, state, RUNNING, 0.5)
    state = after(plant, state, {**RUNNING, "EG.valve": 1.0}, 0.1)
    state = after(plant, state, RUNNING, 30.0)
    return float(state.film.exposure[plant.composition.species.index("ethylene glycol")])


def test_a_pushed_bottle_fills_up_to_its_regulator_and_no_further() -> None:
    plant = pushing()
    state = after(plant, hot(plant, 97.0), RUNNING, 10.0)
    filling = segment(plant, state, {**RUNNING, "EG.boost_valve": 1.0}, 5.0)
    inside = plant.pulsed.weather.pressures[0](353.15)
    half = inside + (5e3 - inside) * (1.0 - 2.718281828 ** (-2e-3 / 3e-4 * 0.1))
    assert_allclose(filling.value("EG.pressure", 10.1), half, rtol=1e-6)
    assert_allclose(filling.value("EG.pressure", 15.0), 5e3, rtol=1e-6)
    assert_allclose(
        after(plant, filling.state_at(15.0), RUNNING, 100.0).gas.bottles, filling.state_at(15.0).gas.bottles
    )


def test_gas_behind_it_brings_more_vapour_of_a_bottle_into_the_chamber() -> None:
    plant = pushing()
    alone, pushed = dose(plant, 0.0), dose(plant, 0.5)
    inside = plant.pulsed.weather.pressures[0](353.15)
    # C (Pt - P) x with x = P/Pt, against C (P - p): what the pressure of the chamber takes off is all that differs
    expected = (5e3 - 97.0) * inside / 5e3 / (inside - 97.0)
    assert pushed / alone == pytest.approx(expected, rel=0.02)


def test_no_mole_is_lost_while_gas_pushes_into_an_open_bottle() -> None:
    plant = pushing()
    state = hot(plant, 97.0)
    before = books(plant, state)
    for boost, valve, duration in ((1.0, 0.0, 0.3), (1.0, 1.0, 0.5), (0.0, 1.0, 0.2), (0.0, 0.0, 20.0)):
        state = after(plant, state, {**RUNNING, "EG.boost_valve": boost, "EG.valve": valve}, duration)
    assert_allclose(books(plant, state), before, rtol=1e-8, atol=1e-12)


def test_gas_from_a_cylinder_comes_at_the_pressure_of_its_regulator() -> None:
    plant = with_source("NH3", VapourSource(substance="ammonia", pressure=2e4))
    state = after(plant, hot(plant, 97.0), RUNNING, 10.0)
    found = segment(plant, state, {**RUNNING, "NH3.valve": 1.0}, 0.05)
    assert_allclose(found.value("NH3.pressure", 10.0), 2e4, rtol=1e-6)
    peak = (2e4 - 97.0) * 0.5 * (1.0 - 2.718281828 ** (-1e-3 / VOLUME * 0.05))
    assert found.value("chamber.partial.ammonia", 10.05) == pytest.approx(peak, rel=0.05)


def test_a_source_that_is_fed_through_nothing_is_refused() -> None:
    with pytest.raises(SimulationError, match="no feed"):
        Ald(plain(sources={"TMA": VapourSource(substance=TMA, delivery=Carried(through="push", pressure=1e4))}))


def test_only_what_is_there_adds_inputs() -> None:
    assert "O3.power" in generator().defaults
    assert "EG.boost_valve" in pushing().latencies
    assert not {"TMA.power", "TMA.boost_valve"} & set(Ald(replace(plain())).defaults)
