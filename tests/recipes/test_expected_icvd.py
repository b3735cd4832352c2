"""The film that the check expects of an iCVD recipe: what the dry run gives, at a cost that no duration raises."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import pytest

from tests.recipes.dry import ROOT, reactor_of
from tests.unit.reactor.files import changed
from vapordep.app.foretold.check import check
from vapordep.app.foretold.expected import Expected, expect
from vapordep.app.request import Request
from vapordep.app.twin.plant import describe, plants
from vapordep.reactor import read_reactor
from vapordep.recipe import read_recipe

# nm by layer, as dry runs gave them
FILMS = {
    "pdmams_on_lithium": {"pDMAMS": 100.7},
    "gradient_copolymer_on_lithium": {"p(DMAMS-PFDA)": 107.35},
    "pv4d4_on_lithium": {"pV4D4": 46.6},
    "season_pdmams_on_silicon": {"pDMAMS": 50.0},
    "zwitterion_on_lithium": {"p(DMAEMA-co-EGDA)": 10.3, "sulfobetaine": 5.1},
    "quaternised_pdmams_on_silicon": {"pDMAMS": 9.8, "quaternised": 6.6},
    "janus_copolymer_on_lithium": {"p(DMAMS) side": 24.23, "p(PFDA) side": 26.73},
}
RECIPES = ROOT / "recipes"


def expected(path: Path, settings: Mapping[str, str] | None = None) -> Expected:
    reactor = read_reactor(reactor_of(path))
    return expect(read_recipe(path, reactor, settings or {}).plan, reactor)


@pytest.mark.parametrize("name", FILMS)
def test_the_check_expects_what_the_dry_run_gave(name: str) -> None:
    film = expected(RECIPES / f"{name}.yaml").film
    grown = {layer.name: 1e9 * layer.thickness for layer in film.layers}
    assert grown == pytest.approx(FILMS[name], rel=0.05)
    assert all(layer.mass > 0.0 for layer in film.layers)


def test_what_grows_by_time_goes_with_the_time_and_costs_no_more() -> None:
    """20 min of R8 at the wanted 5 nm/min, and ten times as much of all."""
    path, longer = RECIPES / "pdmams_on_lithium.yaml", {"thickness": "500 nm", "longest": "20 min"}
    by_time = expected(path, longer)
    assert by_time.film.thickness == pytest.approx(100e-9, rel=0.05)
    twice = expected(path, {**longer, "longest": "40 min"})
    assert twice.film.thickness == pytest.approx(2.0 * by_time.film.thickness)
    assert twice.precursor_use["DMAMS"] > 1.5 * by_time.precursor_use["DMAMS"]
    assert calls(path, {**longer, "longest": "3 h"}) < 1.2 * calls(path, {**longer, "longest": "40 min"})


def calls(path: Path, settings: dict[str, str]) -> int:
    """How many functions are called for an answer: what it costs, on any machine."""
    count = 0

    def called(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        expected(path, settings)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    ("recipe", "settings", "told"),
    [
        ("pdmams_on_lithium", {"longest": "1 min"}, ["in 60 s some 4.9 nm grow, not 100 nm"]),
        ("pdmams_on_lithium", {"thickness": "500 nm"}, ["in 30 min some 150 nm grow, not 500 nm"]),
        ("pdmams_on_lithium", {"longest": "21 min"}, []),
        ("alucone_pdmams_on_lithium", {"thickness": "500 nm"}, ["in 30 min some 150 nm grow, not 500 nm"]),
    ],
)
def test_a_thickness_that_its_time_does_not_reach_is_doubted_where_it_stands(
    tmp_path: Path, recipe: str, settings: dict[str, str], told: list[str]
) -> None:
    path = RECIPES / f"{recipe}.yaml"
    verdict = check(Request(path, reactor_of(path), tmp_path, "Ben", settings))
    found = [finding for finding in verdict.findings if finding.code == "R-DEPOSIT"]
    assert verdict.ok
    assert [finding.message for finding in found] == told
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all("until: $thickness" in lines[(finding.line or 0) - 1] for finding in found)


def test_the_composition_lags_behind_the_flows_and_ends_with_them() -> None:
    profile = expected(RECIPES / "gradient_copolymer_on_lithium.yaml").profile
    shares = [slab.shares["DMAMS"] for slab in profile]
    assert (shares[0], shares[-1]) == (pytest.approx(0.90, abs=0.02), pytest.approx(0.11, abs=0.02))
    assert sorted(shares, reverse=True) == pytest.approx(shares, abs=1e-6)
    there = next(slab for slab in profile if slab.top > 0.75 * profile[-1].top)  # the flows stand after 18 of 24 min
    assert there.shares["DMAMS"] > shares[-1] + 0.02


def test_a_colder_filament_and_a_warmer_stage_grow_less(tmp_path: Path) -> None:
    path = RECIPES / "gradient_copolymer_on_lithium.yaml"
    whole = expected(path).film.thickness
    assert expected(path, {"filament": "210 degC"}).film.thickness < 0.9 * whole
    assert expected(changed(path, tmp_path, {"stage: 40 degC": "stage: 45 degC"})).film.thickness < 0.9 * whole


def test_nobody_expects_what_cannot_be_told(tmp_path: Path) -> None:
    lit = "  - filament: {temperature: 250 degC, ramp: 10 s}\n  - repeat"
    voltage = {lit: "  - filament: {voltage: 38 V}\n  - repeat"}
    assert expected(changed(RECIPES / "pdmams_on_lithium.yaml", tmp_path, voltage)).film.layers == ()


def test_nothing_grows_without_gas_pressure_or_heat() -> None:
    reactor = read_reactor(ROOT / "reactors" / "icvd.yaml")
    rate = plants().steady_rate(describe(reactor, "lithium"))
    conditions = {
        "sources": {"DMAMS": 9e-7, "TBPO": 4.5e-7}, "feeds": {}, "pressure": 20.0, "stage": 308.15, "filament": 523.15,
        "zones": {"walls": 323.15, "lines": 343.15, "DMAMS": 323.15, "TBPO": 298.15, "stage": 308.15},
    }  # fmt: skip
    assert rate(**conditions).thickness == pytest.approx(5e-9 / 60.0, rel=0.05)
    for without in ({"sources": {}}, {"pressure": 0.0}, {"filament": 293.15}, {"sources": {"DMAMS": 9e-7}}):
        assert rate(**{**conditions, **without}).thickness == 0.0
    assert rate(**conditions).shares == {"4-(dimethylaminomethyl)styrene": 1.0}
