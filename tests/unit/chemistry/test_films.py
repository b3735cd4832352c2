"""Films: growth and mass a cycle at the temperatures of their table, nucleation on lithium, uptake of alucone."""

import re

import pytest

from tests.unit.chemistry.masses import mass_per_cycle
from vapordep.chemistry import FILMS, SOURCES, Film, Mark, UnknownName, film, film_of, nucleation, substance

C = 273.15


@pytest.mark.parametrize(
    ("name", "growth", "tolerance"),
    [
        ("Al2O3", {80: 1.0, 100: 1.1, 120: 1.1, 177: 1.1, 300: 0.85}, 1e-9),
        ("ZnO", {100: 1.9, 150: 1.9, 200: 1.7}, 1e-9),
        ("alucone", {85: 4.0, 100: 2.73, 110: 2.11, 120: 1.63, 130: 1.27, 150: 0.76, 175: 0.40}, 5e-3),
        ("zincone EG", {90: 4.0, 100: 2.83, 120: 1.41, 130: 1.0, 150: 0.50, 170: 0.25}, 5e-3),
        ("zincone HQ", {150: 1.6}, 1e-9),
        ("lithicone", {150: 2.0}, 1e-9),
    ],
)
def test_growth_per_cycle(name: str, growth: dict[float, float], tolerance: float) -> None:
    for celsius, angstrom in growth.items():
        assert film(name).growth_per_cycle.at(celsius + C).value == pytest.approx(angstrom * 1e-10, rel=tolerance)


@pytest.mark.parametrize(
    ("name", "celsius", "nanograms"),
    [("Al2O3", 100, 33), ("ZnO", 150, 106), ("alucone", 120, 24), ("zincone EG", 120, 28), ("zincone HQ", 150, 32)],
)
def test_mass_per_cycle_in_ng_per_cm2(name: str, celsius: float, nanograms: float) -> None:
    assert mass_per_cycle(name, celsius) * 1e8 == pytest.approx(nanograms, rel=0.025)


@pytest.mark.parametrize(
    ("name", "celsius", "extrapolated"),
    [
        ("Al2O3", 60, True),
        ("Al2O3", 100, False),
        ("alucone", 84, True),
        ("alucone", 120, False),
        ("lithicone", 150, True),
    ],
)
def test_growth_outside_its_table_says_so(name: str, celsius: float, extrapolated: bool) -> None:
    assert film(name).growth_per_cycle.at(celsius + C).extrapolated is extrapolated


def test_a_pair_grows_its_film_whatever_it_is_called() -> None:
    assert film_of("TMA", "H2O") is film("Al2O3")
    assert film_of("trimethylaluminium", "EG") is film("alucone")
    assert film_of("DEZ", "ethane-1,2-diol") is film("zincone EG")
    assert film_of("DEZ", "HQ") is film("ZnHQ")
    assert film_of("LTB", "glycerol") is film("LiGL")


def test_an_unknown_pair_or_film_is_refused() -> None:
    with pytest.raises(UnknownName, match="titanium tetrachloride with ammonia"):
        film_of("TiCl4", "NH3")
    with pytest.raises(UnknownName, match="alucone"):
        film("alucon")


@pytest.mark.parametrize("entry", FILMS, ids=lambda entry: entry.name)
def test_films_are_made_of_known_substances_and_cite_listed_sources(entry: Film) -> None:
    assert substance(entry.precursor).name == entry.precursor
    assert substance(entry.coreactant).name == entry.coreactant
    assert set(re.findall(r"\[(S\d+|P)\]", repr(entry))) <= set(SOURCES)


def test_on_lithium_the_first_five_cycles_give_twenty_to_fifty_per_cent_more() -> None:
    lithium = nucleation("Li")
    excess = [lithium.factor(cycle) - 1.0 for cycle in range(6)]
    assert excess[0] == pytest.approx(0.5)
    assert excess[4] > 0.2 > excess[5]
    assert lithium.factor(100) == pytest.approx(1.0)
    assert lithium.alpha.mark is Mark.U
    assert nucleation("silicon").factor(0) == 1.0


def test_alucone_takes_up_more_and_keeps_it_longer_when_cooler() -> None:
    uptake = film("alucone").uptake
    assert uptake is not None
    assert uptake.solubility.value(100 + C) > uptake.solubility.value(120 + C)
    assert uptake.tau_out.value(85 + C) > 2.0 * uptake.tau_out.value(120 + C)
    assert uptake.tau_out.at(120 + C).mark is Mark.U


def test_only_alucone_has_a_known_uptake() -> None:
    assert [entry.name for entry in FILMS if entry.uptake is not None] == ["alucone"]
