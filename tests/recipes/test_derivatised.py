"""R9 and R9b: an amine's film, and vapour that converts it in the shut chamber, expected, grown and refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.dry import ROOT, dry, reactor_of
from tests.unit.reactor.files import changed
from vapordep.app.foretold.check import check
from vapordep.app.request import Request
from vapordep.app.running.report import RunReport
from vapordep.app.verdict import verdict_on
from vapordep.chemistry import substrate
from vapordep.history.queries import History
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import Severity, examine
from vapordep.safety.interlocks.hard import hard_rules

RECIPES = {
    name: ROOT / "recipes" / f"{name}.yaml" for name in ("zwitterion_on_lithium", "quaternised_pdmams_on_silicon")
}
ZWITTERION, QUATERNISED = RECIPES.values()
every = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
C = 273.15
HOT = {
    name: C + warm
    for name, warm in {
        "stage": 45, "walls": 70, "lines": 60, "hot_lines": 80, "DMAEMA": 40, "EGDA": 60, "TBPO": 25, "sultone": 65,
    }.items()
}  # fmt: skip
COMPACT = """\
recipe: 1
name: a thin zwitterion at once
reactor: icvd_zwitterion
process: iCVD
substrate: lithium
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 70 degC, lines: 60 degC, hot_lines: 80 degC, stage: 35 degC, TBPO: 25 degC, rate: 2 K/min}
  - heat: {DMAEMA: 40 degC, EGDA: 60 degC, sultone: 65 degC, rate: 5 K/min, within: 1 K}
  - vapour: {DMAEMA: 2 sccm, EGDA: 0.15 sccm}
  - flow: {carrier: 0 sccm}
  - vapour: {TBPO: 0.75 sccm}
  - throttle: {pressure: 53.3 Pa, steady: 30 s}
  - filament: {temperature: 230 degC, ramp: 2 s}
  - repeat: 1
    layer: p(DMAEMA-co-EGDA)
    steps:
      - deposit: {until: 2 nm, for: 5 min, blind: stop}
  - vapour: {TBPO: closed, EGDA: closed, DMAEMA: closed}
  - throttle: {position: open}
  - flow: {carrier: 50 sccm}
  - heat: {stage: 45 degC, rate: 3 K/min, within: 1 K}
  - repeat: 2
    layer: sulfobetaine
    steps:
      - expose: {source: sultone, pulse: 2.25 s, base: 0.3 Pa, to: 1.3 Pa, hold: 5 min, flow: {carrier: 20 sccm}}
"""
"""R9, short enough for every day: thinner, hotter, and without what only waits."""


def asked(recipe: Path, **settings: str) -> Request:
    return Request(recipe, reactor_of(recipe), Path("unused"), "test", settings)


@every
def test_it_passes_the_check_with_nothing_but_a_note(recipe: Path) -> None:
    examined = examine(recipe, read_reactor(reactor_of(recipe)))
    assert examined.ok
    assert {(finding.severity, finding.code) for finding in examined.findings} == {(Severity.NOTE, "R-DATA")}
    assert "converts a film is assumed" in examined.findings[0].message


@pytest.mark.parametrize(
    ("recipe", "polymer", "share", "whole"),
    [(ZWITTERION, "pDMAEMA", 0.89, 14.9), (QUATERNISED, "pDMAMS", 0.948, 16.3)],
    ids=RECIPES,
)
def test_the_check_tells_film_and_conversion(recipe: Path, polymer: str, share: float, whole: float) -> None:
    told = check(asked(recipe)).as_json()
    assert told["conversion"] == {polymer: pytest.approx(share, abs=0.005)}
    assert told["expected_thickness_m"] == pytest.approx(1e-9 * whole, rel=0.01)
    assert told["film"]["layers"][0]["thickness_m"] == pytest.approx(10e-9, rel=1e-9)  # type: ignore[index]
    fewer = check(asked(recipe, exposures="1")).as_json()
    assert 0.0 < fewer["conversion"][polymer] < share / 2.0  # type: ignore[index]
    assert fewer["expected_thickness_m"] < told["expected_thickness_m"]  # type: ignore[operator]


def converted(report: RunReport, truth: Mapping[str, Any], polymer: str) -> float:
    """The share converted, of a run that did nothing it must not."""
    assert (report.state, report.trips, report.alarms) == (RunState.COMPLETE, (), ()), report.reason
    assert (truth["condensed"], truth["overlap"]) == ({}, 0.0)
    assert truth["crowded"] < 0.8
    assert C + 18 < truth["foil_temperature_max"] < C + 52
    assert truth["driven"]["filament.on"] == truth["driven"]["pump.running"] - 1.0 == 0.0
    assert report.conversion == truth["conversion"]
    return float(truth["conversion"][polymer])


@pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(1800)])])
def test_a_short_zwitterion_is_grown_and_converted_as_the_check_says(tmp_path: Path, wire: bool) -> None:
    recipe = tmp_path / "compact.yaml"
    recipe.write_text(COMPACT, encoding="utf-8")
    report, truth = dry(recipe, tmp_path, {}, {**HOT, "stage": C + 35}, wire=wire)
    told = check(asked(recipe)).as_json()
    share = converted(report, truth, "pDMAEMA")
    assert share == pytest.approx(told["conversion"]["pDMAEMA"], rel=0.05)  # type: ignore[index]
    assert report.precursor_use["sultone"] == pytest.approx(told["precursor_use_mol"]["sultone"], rel=0.05)  # type: ignore[index]
    grown, swollen = report.film.layers[:2]
    assert (grown.name, swollen.name, swollen.cycles) == ("p(DMAEMA-co-EGDA)", "sulfobetaine", 2)
    assert grown.thickness == pytest.approx(2e-9, abs=1e-9)
    assert 0.4 * 0.78 * share < swollen.thickness / grown.thickness < 0.78 * share
    history = History(tmp_path)
    run = history.run("last")
    with history.open_recording(run) as recording:
        verdict = verdict_on(recording, run)
    assert verdict.conversion == report.conversion
    assert verdict.expected_conversion == {"pDMAEMA": pytest.approx(share, rel=0.05)}


@pytest.mark.many
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("recipe", "polymer", "share", "whole"),
    [(ZWITTERION, "pDMAEMA", 0.89, 14.9), (QUATERNISED, "pDMAMS", 0.95, 16.3)],
    ids=RECIPES,
)
def test_the_whole_film(recipe: Path, polymer: str, share: float, whole: float, tmp_path: Path) -> None:
    report, truth = dry(recipe, tmp_path, {})
    assert converted(report, truth, polymer) == pytest.approx(share, abs=0.03)
    assert report.film.layers[0].thickness == pytest.approx(10e-9, rel=0.2)
    assert truth["thickness"] == pytest.approx(1e-9 * whole, rel=0.2)


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"30 min, low: 1 s, high: 50 min": "70 min, low: 1 s, high: 2 h"}, "R-EXPOSE", "may leak in"),
        ({"pulse: 2.25 s": "pulse: 3.5 s"}, "I5", "sultone reaches"),
        ({"stage: 45 degC": "stage: 30 degC"}, "I5", "sultone reaches"),
        ({"hot_lines: 80 degC": "hot_lines: 60 degC"}, "T6h", "60 degC"),
    ],
    ids=["a hold through which a leak lets in too much", "too much vapour", "too cold a stage", "too cold a line"],
)  # fmt: skip
def test_what_cannot_be_is_refused(change: Mapping[str, str], code: str, told: str, tmp_path: Path) -> None:
    recipe = changed(ZWITTERION, tmp_path, change)
    found = [f for f in examine(recipe, read_reactor(reactor_of(recipe))).findings if f.refuses]
    assert code in {finding.code for finding in found}, found
    assert any(told in finding.message for finding in found), found


def test_a_dibromide_is_refused_on_bare_lithium(tmp_path: Path) -> None:
    recipe = changed(QUATERNISED, tmp_path, {"substrate: silicon": "substrate: lithium"})
    found = examine(recipe, read_reactor(reactor_of(recipe))).findings
    assert "C3" in {finding.code for finding in found if finding.refuses}


def test_no_amine_may_be_open_with_the_sultone() -> None:
    rules = {rule.id: rule for rule in hard_rules(read_reactor(reactor_of(ZWITTERION)), substrate("lithium"))}
    assert rules["C2.sultone"].guards == ("sultone.valve",)
    assert "C1" in rules
    assert rules["C2.DMAEMA"].hard


EXPOSED = """\
recipe: 1
name: one exposure
reactor: icvd_zwitterion
process: iCVD
substrate: lithium
steps:
  - pump: {to: 0.5 Pa}
  - heat: {walls: 70 degC, hot_lines: 80 degC, stage: 45 degC, sultone: 65 degC, rate: 2 K/min, within: 2 K}
  - flow: {carrier: 20 sccm}
  - expose: {source: sultone, pulse: 2.25 s, base: 0.3 Pa, to: 1.3 Pa, hold: 10 s, flow: {carrier: 20 sccm}}
"""


@pytest.mark.parametrize("running", [True, False])
def test_a_carcinogen_is_let_in_only_with_its_exhaust_running(running: bool, tmp_path: Path) -> None:
    recipe = tmp_path / "exposed.yaml"
    recipe.write_text(EXPOSED, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        if not running:
            stop_the_exhaust(patch)
        report, truth = dry(recipe, tmp_path, {}, HOT)
    assert (report.state is RunState.COMPLETE) is running, report.reason
    assert ("X1.on" in report.reason) is not running
    assert (truth["precursor_use"]["sultone"] > 1e-6) is running


def stop_the_exhaust(patch: pytest.MonkeyPatch) -> None:
    from vapordep_simulators.plant.steady import icvd

    patch.setattr(icvd, "RUNNING", ("pump.running",))
    patch.setattr(icvd, "STATES", (*icvd.STATES, "exhaust.running"))
