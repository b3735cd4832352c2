"""The refused recipes: the check refuses each by its rule, and so does the gate when the check is passed by."""

from pathlib import Path
from typing import Any

import pytest

from tests.recipes.dry import REACTOR, REFUSED, dry, past_the_check, reactor_of
from tests.unit.reactor.files import changed
from vapordep.app.foretold.check import check
from vapordep.app.request import Request
from vapordep.app.running.report import RunReport
from vapordep.chemistry import substrate
from vapordep.errors import RecipeError
from vapordep.files import read_yaml
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor, tag_table
from vapordep.recipe import read_recipe
from vapordep.safety.substances import foil_trip
from vapordep.units import degC, to_si

READ = read_reactor(REACTOR)
TRIP = foil_trip(READ, substrate("lithium"), tag_table(READ)).trip
both = pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(600)])])
every = pytest.mark.parametrize("recipe", REFUSED, ids=lambda path: path.stem)


def test_all_are_there() -> None:
    expected = {path.stem: read_yaml(path).data["expect_refusal"] for path in REFUSED}
    assert expected == {
        "water_first_on_lithium": "C3", "hot_lithium": "T1", "short_purge": "C2",
        "peroxide_after_alkyl": "C5", "titanium_on_bare_lithium": "C3",
    }  # fmt: skip


@every
def test_the_check_refuses_it_by_its_rule(recipe: Path, tmp_path: Path) -> None:
    code = read_yaml(recipe).data["expect_refusal"]
    verdict = check(Request(recipe, reactor_of(recipe), tmp_path, "test"))
    assert not verdict.ok
    assert {finding.code for finding in verdict.findings if finding.refuses} == {code}
    assert all(finding.line and finding.message and finding.remedy for finding in verdict.findings)
    told = verdict.as_json()
    assert told["expected_thickness_m"] is None
    assert (told["ok"], told["cycles"]) == (False, read_yaml(recipe).data["parameters"]["cycles"]["default"])
    with pytest.raises(RecipeError):
        read_recipe(recipe, read_reactor(reactor_of(recipe)))


@every
def test_it_stays_refused_when_its_mistake_is_mended(recipe: Path, tmp_path: Path) -> None:
    """A file that says it must be refused never runs, whatever becomes of the rules."""
    mended = changed(recipe, tmp_path, {read_yaml(recipe).data["expect_refusal"] + "\n": "X9\n"})
    codes = {finding.code for finding in check(Request(mended, reactor_of(recipe), tmp_path, "test")).findings}
    assert "R-EXPECTED" in codes


def run_past_the_check(name: str, hot: float, tmp_path: Path, *, wire: bool) -> tuple[RunReport, Any]:
    """Runs it all the same; whatever it is refused for, nothing wrong has happened in the plant."""
    [recipe] = [path for path in REFUSED if path.stem == name]
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        report, truth = dry(recipe, tmp_path, {"cycles": "2"}, to_si(hot, degC), wire=wire)
    assert report.state is RunState.ABORTED
    assert truth["overlap"] == 0.0
    assert truth["foil_temperature_max"] < TRIP
    assert truth["bare_attack"]["water"] < 0.1, "one dose would be 67 Pa s; this is what leaks and walls give"
    return report, truth


@both
def test_the_gate_gives_no_water_to_bare_lithium(tmp_path: Path, wire: bool) -> None:
    report, truth = run_past_the_check("water_first_on_lithium", 100.0, tmp_path, wire=wire)
    assert "C3" in report.reason
    assert report.doses == 0
    assert "H2O.valve" not in truth["valves"]
    assert truth["precursor_use"]["H2O"] == pytest.approx(0.0, abs=1e-12)


@both
def test_the_trip_comes_before_lithium_is_hotter_than_it_may_be(tmp_path: Path, wire: bool) -> None:
    report, truth = run_past_the_check("hot_lithium", 140.0, tmp_path, wire=wire)
    assert [told for told in report.trips if told.startswith("T1")]
    assert report.doses == 0
    assert to_si(150.0, degC) < truth["foil_temperature_max"]


@both
def test_the_gate_keeps_glycol_from_what_tma_left(tmp_path: Path, wire: bool) -> None:
    report, truth = run_past_the_check("short_purge", 120.0, tmp_path, wire=wire)
    assert "C2" in report.reason
    assert report.doses == 4, "the prime, and TMA once"
    assert "EG.valve" not in truth["valves"]
    assert truth["exposures"]["ethylene glycol"] == pytest.approx(0.0, abs=1e-12)


@both
def test_the_gate_keeps_the_peroxide_from_walls_with_alkyl(tmp_path: Path, wire: bool) -> None:
    report, truth = run_past_the_check("peroxide_after_alkyl", 100.0, tmp_path, wire=wire)
    assert "C5" in report.reason
    assert report.doses == 1, "TMA once"
    assert truth["precursor_use"]["TBPO"] == pytest.approx(0.0, abs=1e-12)


@both
def test_the_gate_gives_no_titanium_to_bare_lithium(tmp_path: Path, wire: bool) -> None:
    report, truth = run_past_the_check("titanium_on_bare_lithium", 100.0, tmp_path, wire=wire)
    assert "C3" in report.reason
    assert report.doses == 0
    assert truth["precursor_use"]["TiCl4"] == pytest.approx(0.0, abs=1e-12)
