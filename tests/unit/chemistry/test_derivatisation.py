"""Derivatisation as data: which vapour converts which polymer, how fast, and what the film takes up."""

import re
from math import exp

import pytest

from vapordep.chemistry import DERIVATISATIONS, SOURCES, Derivatisation, Mark, UnknownName, derivatisations, polymer
from vapordep.chemistry import substance as known_substance

EVERY = pytest.mark.parametrize("known", DERIVATISATIONS, ids=lambda known: f"{known.agent}-{known.monomer}")


def test_the_sultone_converts_nine_tenths_in_half_a_day_at_one_pascal_four() -> None:
    [amine] = [known for known in derivatisations("propane sultone") if known.monomer == known_substance("DMAEMA").name]
    assert 1.0 - exp(-amine.rate.value * 1.4 * 12 * 3600.0) == pytest.approx(0.9, abs=1e-12)
    assert amine.taken / known_substance("DMAEMA").molar_mass == pytest.approx(0.78, abs=0.005)


def test_a_dibromide_holds_two_amines() -> None:
    [cross] = derivatisations("DBB")
    assert cross.taken == pytest.approx(known_substance("DBB").molar_mass / 2.0)


@EVERY
def test_each_is_a_marked_setting_of_a_known_polymer_with_listed_sources(known: Derivatisation) -> None:
    assert polymer(known.monomer).monomer == known.monomer == known_substance(known.monomer).name
    assert known.agent == known_substance(known.agent).name
    assert known.rate.mark is Mark.D
    assert set(re.findall(r"\[(S\d+|P)\]", known.rate.source)) <= set(SOURCES)


def test_most_vapours_convert_nothing_and_what_is_no_substance_is_refused() -> None:
    assert derivatisations("TMA") == derivatisations("DMAEMA") == ()
    with pytest.raises(UnknownName):
        derivatisations("unobtainium")
