"""Which substances may meet: the whole table of classes, symmetric, worst pair first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.chemistry import SUBSTANCES, Level, Substance, UnknownName, compatibility, purge_gap, substance

# rows and columns: alkyl, halide, alkoxide, water, ozone, protic organic, ammonia, peroxide, vinyl, sultone
NAMES = ("TMA", "TiCl4", "LiOtBu", "H2O", "O3", "EG", "NH3", "TBPO", "styrene", "1,3-propane sultone")
GRID = """
    =  X  w  X  X  X  X  X  X  X
       =  X  X  w  X  X  X  X  X
          =  X  w  X  w  X  w  X
             =  o  o  w  o  o  X
                =  X  X  X  X  X
                   =  o  w  o  w
                      =  w  o  X
                         =  w  w
"""
LEVELS = {"=": Level.ALLOWED, "o": Level.ALLOWED, "w": Level.WARN, "X": Level.FORBIDDEN}
ROWS = [line.split() for line in GRID.strip().splitlines()]
PAIRS = [
    (NAMES[row], NAMES[row + column], LEVELS[mark])
    for row, marks in enumerate(ROWS)
    for column, mark in enumerate(marks)
]


@pytest.mark.parametrize(("first", "second", "level"), PAIRS)
def test_the_table_of_classes(first: str, second: str, level: Level) -> None:
    assert compatibility(first, second).level is level


@given(st.sampled_from(SUBSTANCES), st.sampled_from(SUBSTANCES))
def test_the_verdict_is_symmetric_and_says_why(first: Substance, second: Substance) -> None:
    verdict, mirrored = compatibility(first, second), compatibility(second, first)
    assert (verdict.level, verdict.by_default) == (mirrored.level, mirrored.by_default)
    assert verdict.why
    assert [verdict.allowed, verdict.warn, verdict.forbidden].count(True) == 1


@pytest.mark.parametrize("entry", SUBSTANCES, ids=lambda entry: entry.name)
def test_a_substance_goes_with_itself_and_with_argon(entry: Substance) -> None:
    assert compatibility(entry, entry).allowed
    assert compatibility(entry, "Ar").allowed


def test_two_alkyls_are_forbidden_by_default_only() -> None:
    verdict = compatibility("TMA", "DEZ")
    assert verdict.forbidden
    assert verdict.by_default
    assert not compatibility("TMA", "H2O").by_default


@pytest.mark.parametrize(
    ("first", "second", "level", "reason"),
    [
        ("HEMA", "TMA", Level.FORBIDDEN, "alcoholysis|ester"),  # vinyl and protic: both forbid
        ("DMAEMA", "1,3-propane sultone", Level.FORBIDDEN, "quaternisation"),  # the amine decides, not the vinyl group
        ("HEMA", "1,3-propane sultone", Level.WARN, "ring|judged"),
        ("styrene", "1,3-propane sultone", Level.WARN, "nobody has judged"),
        ("DMAMS", "DBB", Level.FORBIDDEN, "quaternisation"),
        ("TMA", "DBB", Level.FORBIDDEN, "halogenated"),
        ("TBPO", "DBB", Level.WARN, "radicals"),
        ("EGDA", "DMAEMA", Level.ALLOWED, "vinyl|no reaction"),
        ("GMA", "TBPO", Level.WARN, "filament"),
        ("TMA", "air", Level.FORBIDDEN, "hydrolysis|pyrophoric"),
        ("TMA", "CO2", Level.FORBIDDEN, "CO2"),
        ("O2", "air", Level.ALLOWED, ""),
        ("N2", "TMA", Level.ALLOWED, "inert"),
    ],
)
def test_substances_of_several_classes(first: str, second: str, level: Level, reason: str) -> None:
    verdict = compatibility(first, second)
    assert verdict.level is level
    assert any(word in verdict.why for word in reason.split("|"))


def test_objects_and_names_are_one() -> None:
    assert compatibility(substance("TMA"), "water") == compatibility("tma", substance("H2O"))


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownName, match="TMA"):
        compatibility("TMAA", "H2O")


def test_the_purge_between_incompatible_doses() -> None:
    gap = purge_gap(pumping_time=2.0, residual_time=3.9)
    assert gap.block == pytest.approx(18.4)
    assert gap.warn == pytest.approx(37.9)
