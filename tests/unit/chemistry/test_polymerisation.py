"""Adsorption and cracking against published figures, and polymers as data."""

import re
from math import log

import pytest

from vapordep.chemistry import POLYMERS, SOURCES, Polymer, bet_uptake, cracking, polymer, substance
from vapordep.errors import InputError
from vapordep.units import GAS_CONSTANT, sccm, to_si

C = 273.15
UPTAKES = {0.1: 0.39683, 0.3: 0.97403, 0.5: 1.66667, 0.7: 3.07018, 0.9: 9.78261}
SHARES = {180: 0.005, 200: 0.031, 220: 0.151, 230: 0.284, 242: 0.5, 250: 0.644, 260: 0.787, 280: 0.935, 300: 0.981}


@pytest.mark.parametrize("saturation", UPTAKES)
def test_the_isotherm_gives_the_published_uptakes(saturation: float) -> None:
    assert bet_uptake(saturation, 5.0) == pytest.approx(UPTAKES[saturation], abs=5e-6)


def test_little_vapour_adsorbs_in_proportion() -> None:
    assert bet_uptake(1e-6, 5.0) == pytest.approx(5e-6, rel=1e-5)


@pytest.mark.parametrize("saturation", [-0.1, 1.0, 1.5, float("nan")])
def test_no_isotherm_reaches_saturation(saturation: float) -> None:
    with pytest.raises(InputError, match="saturation"):
        bet_uptake(saturation)


@pytest.mark.parametrize("celsius", SHARES)
def test_the_filament_cracks_the_published_share(celsius: float) -> None:
    known = cracking("TBPO")
    crossover = known.crossover(float(to_si(2.0, sccm)))
    assert crossover == pytest.approx(C + 242, abs=0.01)
    assert known.share(C + celsius, crossover) == pytest.approx(SHARES[celsius], abs=6e-4)


def test_well_below_the_crossover_the_slope_is_the_activation_energy_and_at_it_one_half_is_left() -> None:
    known = cracking("di-tert-butyl peroxide")
    crossover = known.crossover(float(to_si(1.0, sccm)))
    assert crossover == pytest.approx(C + 224, abs=0.01)
    low, high = C + 130, C + 140
    slope = log(known.share(high, crossover) / known.share(low, crossover)) / (1 / high - 1 / low)
    assert -slope * GAS_CONSTANT == pytest.approx(166e3, rel=5e-3)
    assert known.share(crossover, crossover) == 0.5
    assert known.share(C - 240, crossover) == 0.0


def test_at_200_degrees_the_rate_of_cracking_moves_nine_per_cent_a_kelvin() -> None:
    known = cracking("TBPO")
    crossover = known.crossover(float(to_si(2.0, sccm)))
    assert log(known.share(C + 200.5, crossover) / known.share(C + 199.5, crossover)) == pytest.approx(0.09, abs=0.005)


def test_between_the_published_flows_the_crossover_lies_between_and_far_beyond_it_is_not_followed() -> None:
    known = cracking("TBPO")
    assert C + 224 < known.crossover(float(to_si(1.2, sccm))) < C + 242
    assert known.crossover(0.0) == known.crossover(float(to_si(0.25, sccm)))
    assert known.crossover(1.0) == known.crossover(float(to_si(8.0, sccm)))


@pytest.mark.parametrize("entry", POLYMERS, ids=lambda entry: entry.name)
def test_polymers_are_made_of_known_monomers_and_cite_listed_sources(entry: Polymer) -> None:
    assert polymer(substance(entry.monomer).aliases[0] if substance(entry.monomer).aliases else entry.monomer) is entry
    assert set(re.findall(r"\[(S\d+|P)\]", repr(entry))) <= set(SOURCES)
