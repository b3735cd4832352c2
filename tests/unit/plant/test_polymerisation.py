"""Radical kinetics, copolymers and depletion against their closed forms."""

from math import exp, inf, log

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from vapordep.errors import InputError
from vapordep_simulators.plant.copolymer import composition, mayo_lewis
from vapordep_simulators.plant.depletion import (
    damkoehler,
    plug_flow,
    plug_profile,
    stirred_coverage,
    stirred_dose,
    stirred_vapour,
    tube_coverage,
    tube_dose,
    tube_mean_coverage,
    tube_vapour,
    well_mixed,
)
from vapordep_simulators.plant.expansion import Floats
from vapordep_simulators.plant.radicals import Constants, growing, quasi_steady

LAU = Constants(propagation=15.54, initiation=0.5, termination=980.0, primary_termination=1960.0, recombination=980.0)
ODD = Constants(propagation=15.54, initiation=0.5, termination=980.0, primary_termination=700.0, recombination=300.0)


@pytest.mark.parametrize("constants", [LAU, ODD])
@pytest.mark.parametrize("monomer", [0.1, 10.0, 1e3, 1e5])
@pytest.mark.parametrize("flux", [1e-3, 1.0])
def test_radicals_and_chains_are_in_their_quasi_steady_state(constants: Constants, monomer: float, flux: float) -> None:
    found = quasi_steady(flux, monomer, constants)
    initiated = constants.initiation * found.radicals * monomer
    killed = constants.primary_termination * found.radicals * found.chains
    assert initiated + killed + 2 * constants.recombination * found.radicals**2 == pytest.approx(flux, rel=1e-6)
    assert killed + 2 * constants.termination * found.chains**2 == pytest.approx(initiated, rel=1e-6)
    assert found.rate == constants.propagation * monomer * found.chains


def order(monomer: float, flux: float, constants: Constants = LAU) -> float:
    """The order of the rate in the monomer."""
    rates = [quasi_steady(flux, monomer * factor, constants).rate for factor in (1.0, 1.001)]
    return log(rates[1] / rates[0]) / log(1.001)


def test_with_much_monomer_the_rate_goes_as_it_and_with_little_falls_faster() -> None:
    assert order(1e7, 0.1) == pytest.approx(1.0, abs=1e-3)
    assert order(10.0, 0.1) > 1.5
    assert order(0.01, 0.1) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("constants", [LAU, ODD])
def test_all_depends_on_the_square_of_the_monomer_over_the_flux_only(constants: Constants) -> None:
    once, scaled = quasi_steady(0.1, 50.0, constants), quasi_steady(0.9, 150.0, constants)
    assert scaled.chains == pytest.approx(3.0 * once.chains, rel=1e-9)
    assert scaled.radicals == pytest.approx(3.0 * once.radicals, rel=1e-9)
    assert scaled.rate == pytest.approx(9.0 * once.rate, rel=1e-9)


def test_the_statistical_case_is_that_of_the_search() -> None:
    for mu in (1e-3, 0.1, 1.0, 10.0, 1e3):
        assert growing(mu) == pytest.approx(growing(mu, 0.25 + 1e-12), rel=1e-6)
    assert growing(0.0) == 0.0
    assert quasi_steady(0.0, 1.0, LAU).rate == quasi_steady(1.0, 0.0, LAU).rate == 0.0


def test_an_ideal_copolymer_is_as_its_feed_and_an_alternating_one_is_half_and_half() -> None:
    assert mayo_lewis(0.3, 1.0, 1.0) == pytest.approx(0.3)
    assert mayo_lewis(0.2, 1e-9, 1e-9) == pytest.approx(0.5, abs=1e-6)
    # styrene (0.52) with methyl methacrylate (0.46) meets its azeotrope at (1 - r2)/(2 - r1 - r2)
    assert mayo_lewis(0.54 / 1.02, 0.52, 0.46) == pytest.approx(0.54 / 1.02)


def test_three_monomers_follow_the_same_law_as_two() -> None:
    ratios = [[1.0, 0.5, 1.0], [2.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    found = composition([0.3, 0.7, 0.0], ratios)
    assert found[0] == pytest.approx(mayo_lewis(0.3, 0.5, 2.0), rel=1e-8)
    assert found[2] == 0.0
    assert composition([0.2, 0.3, 0.5], [[1.0] * 3] * 3) == pytest.approx((0.2, 0.3, 0.5))
    assert composition([1.0], [[1.0]]) == (1.0,)


@pytest.mark.parametrize("ratio", [1e-4, 0.02, 50.0, 1e4])
def test_a_monomer_under_two_names_changes_nothing_however_blocky_or_alternating_the_chain(ratio: float) -> None:
    """Of the first monomer half has another name: together both are as one is."""
    ratios = [[1.0, 1.0, ratio], [1.0, 1.0, ratio], [ratio, ratio, 1.0]]
    half, other, second = composition([0.2, 0.2, 0.6], ratios)
    assert half == pytest.approx(other, rel=1e-9)
    assert half + other == pytest.approx(mayo_lewis(0.4, ratio, ratio), rel=1e-9)
    assert half + other + second == pytest.approx(1.0)


def test_a_tube_leaves_less_than_a_stirred_chamber() -> None:
    assert well_mixed(0.5, 2.0) == 0.5
    assert plug_flow(0.5, 2.0) == pytest.approx(exp(-1.0))
    assert [plug_profile(0.5, 2.0, place) for place in (0.0, 1.0)] == [1.0, plug_flow(0.5, 2.0)]


@pytest.mark.parametrize("da", [0.0, 0.3, 5.0, 40.0])
def test_a_dose_fills_a_stirred_chamber_and_a_tube_as_their_equations_say(da: float) -> None:
    """Both against an independent solver; the tube in 800 cells, each fed with what the one before it leaves."""
    cells = 800
    at = np.linspace(0.2, 1.5, 5) * (1.0 + da)

    def stirred(t: float, y: Floats) -> Floats:
        return (1.0 - y) / (1.0 + da * (1.0 - y))

    def tube(t: float, y: Floats) -> Floats:
        outlet = np.exp(-np.cumsum((1.0 - y) * da / cells))
        return (1.0 - y) * np.sqrt(outlet * np.concatenate([[1.0], outlet[:-1]]))

    one = solve_ivp(stirred, (0.0, at[-1]), np.zeros(1), t_eval=at, rtol=1e-10, atol=1e-12).y[0]
    many = solve_ivp(tube, (0.0, at[-1]), np.zeros(cells), t_eval=at, rtol=1e-8, atol=1e-10).y
    for dose, mean, along in zip(at.tolist(), one.tolist(), many.T, strict=True):
        assert stirred_coverage(dose, da) == pytest.approx(mean, rel=1e-6)
        assert tube_mean_coverage(dose, da) == pytest.approx(along.mean(), rel=1e-3)
        middle = (cells // 2 + 0.5) / cells
        assert tube_coverage(dose, da, middle) == pytest.approx(along[cells // 2], rel=2e-3, abs=1e-6)
        assert tube_dose(tube_coverage(dose, da, 1.0), da) == pytest.approx(dose, rel=1e-6)


def test_a_depleted_dose_begins_as_a_reaction_of_first_order_and_ends_as_none() -> None:
    da = damkoehler(1e-3, 0.1, 72.085e-3, 473.15, 5e-4)
    assert da == pytest.approx(1e-3 * 372.8 / 4.0 * 0.1 / 5e-4, rel=1e-3)
    assert stirred_vapour(0.0, da) == well_mixed(da, 1.0)
    assert tube_vapour(0.0, da, 1.0) == pytest.approx(plug_flow(da, 1.0))
    assert stirred_vapour(1.0, da) == 1.0
    assert tube_vapour(60.0, da, 1.0) == pytest.approx(1.0)
    assert tube_vapour(da / 2.0, da, 0.0) == pytest.approx(1.0)
    assert tube_mean_coverage(1e3, 2e3) == pytest.approx(0.5)
    assert tube_coverage(1e3, 4e3, 1.0) == pytest.approx(0.0, abs=1e-300)
    assert (stirred_dose(1.0, da), tube_dose(1.0, da), tube_dose(0.0, da)) == (inf, inf, 0.0)
    for what in (stirred_dose, tube_dose):
        with pytest.raises(InputError, match="part of a surface"):
            what(1.5, da)


@pytest.mark.parametrize(
    ("da", "drum", "bed"), [(1.0, 0.4329, 0.5101), (10.0, 0.8254, 0.9307), (100.0, 0.9661, 0.9931)]
)
def test_with_just_enough_precursor_a_chamber_is_as_full_as_argonnes_models_say(
    da: float, drum: float, bed: float
) -> None:
    """Of `aldsim` at tau = 1: theta - ln(1 - theta)/Da = 1, and 1 - ln(1 + (e^Da - 1) e^-Da)/Da."""
    found = stirred_coverage(da, da)
    assert found - log(1.0 - found) / da == pytest.approx(1.0)
    assert found == pytest.approx(drum, abs=5e-5)
    assert tube_mean_coverage(da, da) == pytest.approx(bed, abs=5e-5)
