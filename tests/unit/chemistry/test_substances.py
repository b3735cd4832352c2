"""The table of substances: found by any name, consistent with formula and CAS number, faithful to roles and hazards."""

import re

import pytest

from vapordep.chemistry import SOURCES, SUBSTANCES, Role, Substance, Supply, UnknownName, attackers, substance
from vapordep.chemistry.lookup import Named, Register
from vapordep.errors import InputError

ATOMIC_MASS = {  # g/mol, IUPAC 2021 abridged
    "H": 1.008, "Li": 6.94, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Al": 26.982, "Si": 28.085,
    "S": 32.06, "Cl": 35.45, "Ar": 39.95, "Ti": 47.867, "Zn": 65.38,
    "Br": 79.904,
}  # fmt: skip
EVERY = pytest.mark.parametrize("entry", SUBSTANCES, ids=lambda entry: entry.name)


@pytest.mark.parametrize(
    "name", ["trimethylaluminium", "TMA", "tma", "Trimethyl-Aluminium", "75-24-1", "AlMe3", "C3H9Al"]
)
def test_one_substance_under_all_its_names(name: str) -> None:
    assert substance(name).name == "trimethylaluminium"


@EVERY
def test_every_name_leads_to_its_entry(entry: Substance) -> None:
    assert all(substance(name) is entry for name in entry.names)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("trimetylaluminium", "TMA"), ("TMAA", "TMA"), ("etylene glycol", "EG"), ("hydrochinone", "HQ")],
)
def test_a_misspelt_name_is_answered_with_what_was_meant(written: str, meant: str) -> None:
    with pytest.raises(UnknownName, match=meant) as caught:
        substance(written)
    assert isinstance(caught.value, InputError)
    assert caught.value.exit_status == 2


def test_a_name_like_no_other_is_answered_with_all_short_names() -> None:
    with pytest.raises(UnknownName, match=r"TMA, DEZ, TiCl4"):
        substance("xyzzy")


def test_two_entries_may_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="two entries"):
        Register[Named]("substance", [substance("TMA"), Twin()])


class Twin:
    """An entry under a name that is taken, spelt differently."""

    names = ("t-m-a",)


@EVERY
def test_molar_mass_follows_from_the_formula(entry: Substance) -> None:
    if not entry.formula:
        return
    atoms = re.findall(r"([A-Z][a-z]?)(\d*)", entry.formula)
    assert "".join(symbol + count for symbol, count in atoms) == entry.formula
    grams = sum(ATOMIC_MASS[symbol] * int(count or 1) for symbol, count in atoms)
    assert entry.molar_mass * 1e3 == pytest.approx(grams, rel=2e-4)


@EVERY
def test_cas_numbers_have_their_check_digit(entry: Substance) -> None:
    if not entry.cas:
        return
    *digits, check = (int(character) for character in entry.cas if character != "-")
    assert sum(place * digit for place, digit in enumerate(reversed(digits), start=1)) % 10 == check


@EVERY
def test_every_source_that_is_cited_is_listed(entry: Substance) -> None:
    assert set(re.findall(r"\[(S\d+|P)\]", repr(entry))) <= set(SOURCES)


def test_an_alias_of_a_substrate_has_the_same_attackers() -> None:
    assert attackers("Li") == attackers("lithium")
    with pytest.raises(UnknownName, match="lithium"):
        attackers("litium")


def test_lithium_is_attacked_by_oxidants_hydroxyls_ammonia_halides_and_nitrogen() -> None:
    assert {entry.name for entry in attackers("lithium")} == {
        "water", "oxygen", "ozone", "air", "carbon dioxide", "nitrogen", "ammonia", "ethylene glycol", "glycerol",
        "hydroquinone", "2-hydroxyethyl methacrylate", "titanium tetrachloride", "1,4-dibromobutane",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["TBPO", "Ar", "TMA", "DEZ", "LiOtBu", "DMAMS"])
def test_lithium_bears(name: str) -> None:
    assert "lithium" not in substance(name).attacks


@pytest.mark.parametrize("metal", ["sodium", "potassium"])
def test_the_other_alkali_metals_fear_the_same_but_nitrogen(metal: str) -> None:
    assert {*attackers("lithium")} - {*attackers(metal)} == {substance("N2")}


def test_roles() -> None:
    roles = {
        Role.PRECURSOR: "TMA DEZ TiCl4 LiOtBu",
        Role.COREACTANT: "H2O O3 O2 EG GL HQ NH3 1,3-propane-sultone",
        Role.INITIATOR: "TBPO",
        Role.MONOMER: "DMAMS DMAEMA GMA HEMA PFDA 4VP V4D4 V3D3 styrene",
        Role.CROSSLINKER: "EGDA DVB",
        Role.INERT: "Ar N2",
    }
    for role, names in roles.items():
        assert [name for name in names.split() if substance(name).role is not role] == []
    assert [role.value for role in Role] == [
        "precursor", "coreactant", "monomer", "initiator", "crosslinker", "inhibitor", "inert",
    ]  # fmt: skip


def test_bottles_that_must_stay_cool_stop_well_below_their_decomposition() -> None:
    tbpo, dez = substance("TBPO"), substance("DEZ")
    assert tbpo.warn_source_temperature is not None
    assert tbpo.warn_source_temperature.value == pytest.approx(318.15)
    for entry, stop, runaway in ((tbpo, 323.15, 353.15), (dez, 333.15, 393.15)):
        assert entry.max_source_temperature is not None
        assert entry.decomposition_temperature is not None
        assert entry.max_source_temperature.value == pytest.approx(stop)
        assert entry.decomposition_temperature.value == pytest.approx(runaway)


@EVERY
def test_lines_are_hotter_than_sources(entry: Substance) -> None:
    source, line = entry.source_window, entry.line_window
    if source is None or line is None or source.low is None or line.low is None:
        return
    assert line.low >= source.low + 10.0
    assert source.low in source
    assert entry.supply is Supply.VAPOUR


@EVERY
def test_the_delivery_window_ends_below_what_the_bottle_bears(entry: Substance) -> None:
    if entry.source_window is not None and entry.max_source_temperature is not None:
        assert (entry.source_window.high or 0.0) < entry.max_source_temperature.value
