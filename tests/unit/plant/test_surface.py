"""The surface: closed forms of a dose and of a cycle, hybrid films that are not self-limiting, lithium that suffers."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import solve_ivp

from tests.unit.plant.chamber import (
    HOT,
    RUNNING,
    TMA,
    WATER,
    after,
    dosed,
    hot,
    plain,
    reference_chamber,
    segment,
    warm,
)
from vapordep.chemistry import adsorption_constant, film, kinetics
from vapordep.simulation.description import Inflow, SurfaceKinetics, VapourSource
from vapordep_simulators.plant import Ald
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.films.surface import MOST_SINCE
from vapordep_simulators.plant.pulsed.state import AldState

AT_ONCE = 1e-5


def flat(gas: str, adsorption: float, kelvin: float) -> Ald:
    """A closed chamber in which one gas reaches the surface at once."""
    kinetics_ = {gas: SurfaceKinetics(adsorption=adsorption, residual_time=AT_ONCE)}
    return Ald(warm(plain(kinetics=kinetics_, substrate="silicon", fill_gas=gas), kelvin))


@pytest.mark.parametrize(
    ("gas", "molar_mass", "kelvin", "pressure", "sticking", "expected"),
    [
        (TMA, 72.09e-3, 473.15, 26.66, 1e-3, 1.16809e-2),
        (TMA, 72.09e-3, 373.15, 26.66, 1e-4, 1.03734e-1),
        (TMA, 72.09e-3, 393.15, 10.0, 1e-3, 2.83869e-2),
        ("diethylzinc", 123.5e-3, 393.15, 10.0, 1e-3, 3.71547e-2),
    ],
)
def test_a_flat_dose_fills_the_surface_exponentially(
    gas: str, molar_mass: float, kelvin: float, pressure: float, sticking: float, expected: float
) -> None:
    k = adsorption_constant(sticking, 2.25e-19, molar_mass, kelvin)
    # The published times were worked out with kB = 1.38e-23 J/K and u = 1.66e-27 kg, ours with the exact constants.
    rounded = np.sqrt(1.380649e-23 / 1.38e-23 * 1.660539e-27 / 1.66e-27)
    assert_allclose(1.0 / (k * pressure), expected * rounded, rtol=1e-4)
    plant = flat(gas, 1.0 / (expected * pressure), kelvin)
    found = segment(plant, hot(plant, pressure, gas=gas, kelvin=kelvin), {}, 10.0 * expected)
    for part, coverage in (
        (0.1, 0.095163),
        (0.5, 0.393469),
        (1, 0.632121),
        (2, 0.864665),
        (3, 0.950213),
        (5, 0.993262),
    ):
        covered = plant.truth(found.state_at(part * expected))["coverage"][gas]
        assert_allclose(covered, coverage, rtol=1e-4)


def test_saturation_is_soft_where_some_sites_are_slow() -> None:
    """Published: 0.7 of the sites with a sticking of 1e-3, the others with 1e-4, TMA at 200 degC and 26.66 Pa."""
    settings = {TMA: SurfaceKinetics(adsorption=1.0 / (0.011681 * 26.66), residual_time=AT_ONCE, slow=(0.3, 0.1))}
    plant = Ald(warm(plain(kinetics=settings, substrate="silicon", fill_gas=TMA), 473.15))
    found = segment(plant, hot(plant, 26.66, gas=TMA, kelvin=473.15), {}, 0.3)
    for instant, coverage in ((0.048, 0.789595), (0.096, 0.867926), (0.24, 0.961558)):
        assert_allclose(plant.truth(found.state_at(instant))["coverage"][TMA], coverage, rtol=1e-4)


def test_cycles_on_soft_sites_are_the_sum_of_those_of_each_class() -> None:
    settings = {
        TMA: SurfaceKinetics(adsorption=0.02, residual_time=0.5, slow=(0.4, 0.2)),
        WATER: SurfaceKinetics(adsorption=0.01, residual_time=0.3, slow=(0.5, 0.1)),
    }
    plant = Ald(warm(plain(kinetics=settings, substrate="silicon"), HOT))
    pulses = [("TMA", 0.05, 60.0), ("H2O", 0.03, 60.0)]
    steady = cycles(plant, after(plant, hot(plant, 97.2), RUNNING, 1.0), pulses, 40)
    one = cycles(plant, steady, pulses, 1)
    before, after_ = plant.truth(steady), plant.truth(one)
    seen = [after_["exposures"][gas] - before["exposures"][gas] for gas in (TMA, WATER)]
    grown = 0.0
    for first, first_share in ((0.02, 0.6), (0.004, 0.4)):
        for second, second_share in ((0.01, 0.5), (0.001, 0.5)):
            a, b = np.exp(-first * seen[0]), np.exp(-second * seen[1])
            grown += first_share * second_share * (1.0 - a) * (1.0 - b) / (1.0 - a * b)
    expected = grown * film("Al2O3").growth_per_cycle.value(HOT)
    assert_allclose(after_["thickness"] - before["thickness"], expected, rtol=2e-3)


def cycles(plant: Ald, state: AldState, pulses: list[tuple[str, float, float]], count: int) -> AldState:
    for _ in range(count):
        for source, width, purge in pulses:
            state = dosed(plant, state, source, width, purge)
    return state


@pytest.mark.parametrize(("first", "second"), [(0.02, 0.01), (0.05, 0.002), (0.001, 0.05), (0.004, 0.003)])
def test_cycles_with_perfect_purges(first: float, second: float) -> None:
    settings = {
        TMA: SurfaceKinetics(adsorption=first, residual_time=0.5),
        WATER: SurfaceKinetics(adsorption=second, residual_time=0.3),
    }
    plant = Ald(warm(plain(kinetics=settings, substrate="silicon"), HOT))
    pulses = [("TMA", 0.05, 60.0), ("H2O", 0.03, 60.0)]
    steady = cycles(plant, after(plant, hot(plant, 97.2), RUNNING, 1.0), pulses, 30)
    one = cycles(plant, steady, pulses, 1)
    before, after_ = plant.truth(steady), plant.truth(one)
    left = [
        np.exp(-k * (after_["exposures"][gas] - before["exposures"][gas])) for gas, k in ((TMA, first), (WATER, second))
    ]
    expected = (1.0 - left[0]) * (1.0 - left[1]) / (1.0 - left[0] * left[1])
    growth = film("Al2O3").growth_per_cycle.value(HOT)
    assert_allclose((after_["thickness"] - before["thickness"]) / growth, expected, rtol=1e-5)


def test_short_purges_grow_more_and_short_doses_less() -> None:
    plant = Ald(warm(plain(substrate="silicon"), 373.15))
    start = after(plant, hot(plant, 92.0, kelvin=373.15), RUNNING, 1.0)

    def growth(width: float, purge: float) -> float:
        state = cycles(plant, start, [("TMA", 0.05, purge), ("H2O", width, purge)], 6)
        last = cycles(plant, state, [("TMA", 0.05, purge), ("H2O", width, purge)], 1)
        return (plant.truth(last)["thickness"] - plant.truth(state)["thickness"]) / 1.1e-10

    ideal = growth(0.05, 90.0)
    assert ideal == pytest.approx(1.0, abs=0.005)
    assert growth(0.05, 8.0) > 1.1 * ideal
    assert growth(0.005, 90.0) < 0.9 * ideal


def test_both_gases_at_once_agree_with_an_independent_solver() -> None:
    k = {TMA: 0.4, WATER: 0.08}
    lag = {TMA: 3.0, WATER: 10.0}
    settings = {gas: SurfaceKinetics(adsorption=k[gas], residual_time=lag[gas]) for gas in k}
    plant = Ald(warm(plain(kinetics=settings, substrate="silicon"), HOT))
    start = after(plant, hot(plant, 97.2), RUNNING, 1.0)
    state = cycles(plant, start, [("TMA", 0.05, 4.0), ("H2O", 0.03, 0.5)], 1)
    found = segment(plant, state, RUNNING, 6.0)
    names = [f"chamber.partial.{gas}" for gas in k]
    pascal = state.climate.pascal
    felt = state.gas.lags[: len(k)] * pascal

    def rates(t: float, y: np.ndarray) -> list[float]:
        pressures = [found.value(name, state.t + t) for name in names]
        a, b = k[TMA] * y[0], k[WATER] * y[1]
        relaxing = [(p - y[i]) / lag[gas] for i, (gas, p) in enumerate(zip(k, pressures, strict=True))]
        return [*relaxing, a * (1.0 - y[2]) - b * y[2], b * y[2]]

    y0 = [*felt, state.film.covered[0], 0.0]
    solved = solve_ivp(rates, (0.0, 6.0), y0, rtol=1e-10, atol=1e-13, max_step=0.05).y[:, -1]
    end = found.state_at(found.t1)
    assert_allclose(end.film.covered[0], solved[2], rtol=1e-6)
    assert_allclose(end.film.cycles - state.film.cycles, solved[3], rtol=1e-6)
    assert solved[3] > 1.0  # both gases meet: more than a cycle grows


def alucone() -> tuple[Ald, AldState]:
    sources = {"TMA": VapourSource(substance=TMA), "EG": VapourSource(substance="EG", temperature=353.15)}
    plant = Ald(warm(replace(reference_chamber(), sources=sources, inflows=(), foil_offset=0.0), HOT))
    state = after(plant, hot(plant, 97.0), RUNNING, 10.0)
    return plant, cycles(plant, state, [("TMA", 0.05, 60.0)], 3)


def test_alucone_grows_less_the_longer_the_metal_is_purged() -> None:
    plant, primed = alucone()
    per_cycle, soaked = [], []
    for purge in (5.0, 20.0, 60.0, 120.0):
        grown = plant.truth(cycles(plant, primed, [("TMA", 0.05, purge), ("EG", 0.2, 60.0)], 20))
        per_cycle.append((grown["thickness"] - grown["nucleation"]) / 20)
        soaked.append(grown["soaked"])
    assert per_cycle == sorted(per_cycle, reverse=True)
    assert_allclose(per_cycle[2], 1.63e-10, rtol=0.02)
    tau_out = film("alucone").uptake.tau_out.value(HOT)  # type: ignore[union-attr]
    assert_allclose(soaked[3] / soaked[2], np.exp(-60.0 / tau_out), rtol=0.1)
    assert soaked[0] > 10.0 * soaked[2]


def test_the_first_cycles_on_lithium_are_told_apart() -> None:
    pulses = [("TMA", 0.05, 40.0), ("H2O", 0.03, 75.0)]
    thickness = {}
    for substrate in ("lithium", "silicon"):
        plant = Ald(warm(plain(substrate=substrate), 373.15))
        state = after(plant, hot(plant, 92.0, kelvin=373.15), RUNNING, 1.0)
        thickness[substrate] = plant.truth(cycles(plant, state, pulses, 8))
    lithium, silicon = thickness["lithium"], thickness["silicon"]
    assert silicon["nucleation"] == 0.0
    assert_allclose(lithium["thickness"] - lithium["nucleation"], silicon["thickness"], rtol=1e-9)
    first_five = sum(0.5 * np.exp(-n / 5.0) for n in range(8)) * 1.1e-10
    assert_allclose(lithium["nucleation"], first_five, rtol=0.01)
    assert_allclose(lithium["mass"], lithium["layers"]["Al2O3"]["mass"])


def test_bare_lithium_suffers_until_a_metal_covers_it() -> None:
    leaky = plain(inflows=(Inflow(gas="air", throughput=1e-5),))
    plant = Ald(warm(leaky, 373.15))
    waiting = after(plant, hot(plant, 92.0, kelvin=373.15), RUNNING, 100.0)
    bare = plant.truth(waiting)
    assert bare["bare"] == 1.0
    assert_allclose(bare["bare_attack"]["oxygen"], bare["exposures"]["oxygen"], rtol=1e-9)
    assert bare["bare_attack"]["water"] > 0.0
    assert "argon" not in bare["bare_attack"]
    covered = plant.truth(after(plant, dosed(plant, waiting, "TMA", 0.05, 40.0), RUNNING, 100.0))
    assert covered["bare"] < 1e-6
    more = covered["bare_attack"]["oxygen"] - bare["bare_attack"]["oxygen"]
    assert more < 0.02 * (covered["exposures"]["oxygen"] - bare["exposures"]["oxygen"])


def test_incompatible_sources_open_together_are_counted() -> None:
    plant = Ald(warm(plain(), 373.15))
    state = after(plant, hot(plant, 92.0, kelvin=373.15), RUNNING, 1.0)
    both = {**RUNNING, "TMA.valve": 1.0, "H2O.valve": 1.0}
    assert plant.truth(after(plant, state, {**RUNNING, "TMA.valve": 1.0}, 0.02))["overlap"] == 0.0
    assert plant.truth(after(plant, state, both, 0.02))["overlap"] == pytest.approx(0.02)


def test_two_metals_and_two_coreactants_give_each_pair_its_film() -> None:
    sources = {"TMA": TMA, "DEZ": "diethylzinc", "H2O": WATER, "EG": "ethylene glycol"}
    description = plain(
        sources={name: VapourSource(substance=gas, temperature=353.15 if name == "EG" else 293.15)
                 for name, gas in sources.items()},
        substrate="silicon",
    )  # fmt: skip
    plant = Ald(warm(description, HOT))
    state = after(plant, hot(plant, 97.0), RUNNING, 1.0)
    for metal in ("TMA", "DEZ"):
        for other in ("H2O", "EG"):
            state = cycles(plant, state, [(metal, 0.05, 60.0), (other, 0.2, 90.0)], 1)
    layers = plant.truth(state)["layers"]
    for name in ("Al2O3", "alucone", "ZnO", "zincone EG"):
        assert_allclose(layers[name]["steady"], film(name).growth_per_cycle.value(HOT), rtol=0.05)


def test_r1_in_the_reference_chamber() -> None:
    plant = Ald(warm(reference_chamber(), 373.15))
    state = after(plant, hot(plant, 92.0, kelvin=373.15), RUNNING, 10.0)
    state = cycles(plant, state, [("TMA", 0.05, 40.0)], 5)
    truth = plant.truth(cycles(plant, state, [("TMA", 0.05, 40.0), ("H2O", 0.03, 75.0)], 36))
    assert json.loads(json.dumps(truth)) == truth
    assert_allclose(truth["thickness"] - truth["nucleation"], 36 * 1.1e-10, rtol=0.01)
    assert_allclose(truth["thickness"], 4.0e-9, rtol=0.15)
    assert_allclose(truth["cycles"] / 36, 1.0, atol=0.01)
    assert truth["overlap"] == 0.0
    assert kinetics(TMA).residual_time.value(373.15) == pytest.approx(3.0)


def test_a_film_is_the_same_however_often_it_is_looked_at() -> None:
    plant, start = alucone()
    pulses = [("TMA", 0.05, 5.0), ("EG", 0.2, 5.0)]
    looked_at = unseen = replace(start, coating=start.coating.holding(start.film))
    for _ in range(2 * MOST_SINCE):
        for source, width, purge in pulses:
            looked_at = dosed(plant, looked_at, source, width, purge)
            assert looked_at.film.reached > 0.0
            unseen = dosed(plant, unseen, source, width, purge)
    for field in fields(FilmState):
        seen, at_once = getattr(looked_at.film, field.name), getattr(unseen.film, field.name)
        assert np.array_equal(seen, at_once), field.name
