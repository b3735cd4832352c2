"""Radical kinetics and copolymers against their closed forms."""

from dataclasses import dataclass
from math import log, sqrt

import pytest

from vapordep_simulators.plant.films.copolymer import composition, mayo_lewis
from vapordep_simulators.plant.films.radicals import growing


@dataclass(frozen=True, slots=True)
class Constants:
    """kp, ki, kt, kt' (chain with primary radical) and kt'' (two primary radicals), all in m3/(mol s)."""

    propagation: float
    initiation: float
    termination: float
    primary_termination: float
    recombination: float


@dataclass(frozen=True, slots=True)
class Chains:
    """Primary radicals and growing chains in mol/m3, and the rate of polymerisation in mol/(m3 s)."""

    radicals: float
    chains: float
    rate: float


def quasi_steady(flux: float, monomer: float, constants: Constants) -> Chains:
    """What a `flux` of primary radicals, mol/(m3 s), makes of `monomer`, mol/m3."""
    if flux <= 0.0 or monomer <= 0.0:
        return Chains(0.0, 0.0, 0.0)
    alone = sqrt(flux / (2.0 * constants.termination))
    mu = constants.initiation * monomer / (constants.primary_termination * alone)
    cross = constants.termination * constants.recombination / constants.primary_termination**2
    chains = growing(mu, cross) * alone
    left = constants.initiation * monomer - constants.primary_termination * chains
    radicals = 2.0 * constants.termination * chains**2 / left
    return Chains(radicals, chains, constants.propagation * monomer * chains)


# kp and kt of butyl acrylate, m3/(mol s): Lau and Gleason, Macromolecules 2006, 39, 3695
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
