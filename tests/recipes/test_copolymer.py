"""Copolymers: flows that change while the film grows, what the film is made of at every depth, and their recipes."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.dry import ROOT, dry, reactor_of
from tests.unit.reactor.files import changed
from vapordep.app.twin.film import slabs_of
from vapordep.app.verdict.composition import of_copolymer
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import examine
from vapordep.recipe.findings import Severity

RECIPES = ROOT / "recipes"
NAMES = ("gradient_copolymer_on_lithium", "janus_copolymer_on_lithium", "pv4d4_on_lithium")
C = 273.15
WARM = {
    "stage": C + 40, "walls": C + 55, "lines": C + 70, "hot_lines": C + 100, "DMAMS": C + 50, "PFDA": C + 80,
    "TBPO": C + 25,
}  # fmt: skip
DMAMS = "4-(dimethylaminomethyl)styrene"

COMPACT = """\
recipe: 1
name: a thin gradient at once
reactor: icvd_copolymer
process: iCVD
substrate: lithium
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 55 degC, lines: 70 degC, hot_lines: 100 degC, stage: 40 degC, rate: 2 K/min}
  - heat: {TBPO: 25 degC, DMAMS: 50 degC, PFDA: 80 degC, rate: 2 K/min}
  - throttle: {pressure: 13 Pa}
  - vapour: {DMAMS: 1.2 sccm, PFDA: 0.1 sccm}
  - flow: {carrier: 0 sccm}
  - vapour: {TBPO: 0.6 sccm}
  - throttle: {pressure: 20 Pa, steady: 60 s}
  - filament: {temperature: 250 degC, ramp: 2 s}
  - repeat: 1
    layer: thin
    steps:
      - deposit: {legs: [{for: 20 s}, {for: 60 s, LEG}, {for: 100 s}]}
finally:
  - filament: off
  - throttle: {position: open}
  - vapour: {TBPO: closed, DMAMS: closed, PFDA: closed}
"""
both = pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(900)])])


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_the_check_which_notes_what_nobody_has_measured(name: str) -> None:
    path = RECIPES / f"{name}.yaml"
    examined = examine(path, read_reactor(reactor_of(path)))
    assert examined.ok
    assert [(found.code, found.severity) for found in examined.findings] == [("R-DATA", Severity.NOTE)]
    told = "pV4D4 grows" if name.startswith("pv4d4") else "pDMAMS and pPFDA grow"
    assert f"how fast {told} is assumed" in examined.findings[0].message


@pytest.mark.parametrize(
    ("old", "new", "wet"),
    [("lines: 40 degC, hot_lines: 100 degC", "hot_lines: 100 degC", "TBPO condenses in lines at 20 degC"),
     ("hot_lines: 100 degC", "hot_lines: 60 degC", "V4D4 condenses in hot_lines at 60 degC"),
     ("stage: 40 degC", "stage: 20 degC", "vapour reaches")],
)  # fmt: skip
def test_a_cold_line_and_a_cold_stage_are_refused(old: str, new: str, wet: str, tmp_path: Path) -> None:
    path = changed(RECIPES / "pv4d4_on_lithium.yaml", tmp_path, {old: new})
    refused = [finding for finding in examine(path, read_reactor(reactor_of(path))).findings if finding.refuses]
    assert refused
    assert any(wet in finding.message for finding in refused), refused


def shares(truth: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Borders in nm, and the share of DMAMS below each."""
    return [(1e9 * top, parts[DMAMS]) for top, parts in truth["profile"]]


@both
@pytest.mark.parametrize(
    ("leg", "last"),
    [("flows: {DMAMS: 0.1 sccm, PFDA: 0.6 sccm}", 0.11), ("shares: {DMAMS: 40 %, PFDA: 60 %}, shape: s_curve", 0.35)],
    ids=["flows", "shares"],
)
def test_the_film_follows_the_flows_with_the_residence_time_of_the_gas(
    tmp_path: Path, leg: str, last: float, wire: bool
) -> None:
    """A ramp of 60 s seen through 36 to 60 s of residence: 51 to 37 % of the way when the flows are there."""
    recipe = tmp_path / "gradient.yaml"
    recipe.write_text(COMPACT.replace("LEG", leg), encoding="utf-8")
    report, truth = dry(recipe, tmp_path, {}, WARM, wire=wire)
    assert (report.state, report.trips) == (RunState.COMPLETE, ())
    assert truth["condensed"] == {}
    found = shares(truth)
    assert found[0][1] == pytest.approx(0.90, abs=0.02)
    assert found[-1][1] == pytest.approx(last, abs=0.05)
    assert all(after <= before + 1e-3 for (_, before), (_, after) in pairwise(found))
    stood = 80.0 / 180.0 * found[-1][0]  # so thick was it when the flows stood
    there = min(found, key=lambda slab: abs(slab[0] - stood))
    way = (found[0][1] - there[1]) / (found[0][1] - found[-1][1])
    assert 0.3 < way < 0.7
    told = of_copolymer(report.profile)
    assert {profile.part for profile in told} == {"DMAMS", "PFDA"}
    assert report.as_json()["profile"]


@pytest.mark.many
@pytest.mark.timeout(900)
def test_the_gradient_is_120_nm_within_20_per_cent(tmp_path: Path) -> None:
    report, truth = dry(RECIPES / f"{NAMES[0]}.yaml", tmp_path, {})
    assert (report.state, report.trips, report.alarms, truth["condensed"]) == (RunState.COMPLETE, (), (), {})
    assert truth["thickness"] == pytest.approx(120e-9, rel=0.2)
    assert C + 20 < truth["foil_temperature_max"] < C + 50
    found = shares(truth)
    assert (found[0][1], found[-1][1]) == (pytest.approx(0.9, abs=0.02), pytest.approx(0.11, abs=0.02))


@pytest.mark.many
@pytest.mark.timeout(900)
def test_the_janus_film_has_a_sharp_border(tmp_path: Path) -> None:
    report, truth = dry(RECIPES / f"{NAMES[1]}.yaml", tmp_path, {})
    assert (report.state, report.trips, report.alarms, truth["condensed"]) == (RunState.COMPLETE, (), (), {})
    found = shares(truth)
    between = [top for top, share in found if 0.2 < share < 0.8]
    assert max(between, default=0.0) - min(between, default=0.0) < 2.0
    assert [layer.thickness for layer in report.film.layers[:2]] == pytest.approx([24e-9, 27e-9], rel=0.2)


@pytest.mark.many
@pytest.mark.timeout(900)
def test_the_siloxane_cap_is_50_nm_within_20_per_cent(tmp_path: Path) -> None:
    report, truth = dry(RECIPES / f"{NAMES[2]}.yaml", tmp_path, {})
    assert (report.state, report.trips, report.alarms, truth["condensed"]) == (RunState.COMPLETE, (), (), {})
    assert truth["thickness"] == pytest.approx(50e-9, rel=0.2)


def test_one_monomer_alone_has_no_profile() -> None:
    assert of_copolymer(slabs_of({"profile": [[1e-9, {DMAMS: 1.0}], [2e-9, {DMAMS: 1.0}]]})) == ()
    assert of_copolymer(slabs_of({"profile": []})) == of_copolymer(slabs_of({})) == ()


def test_many_slabs_are_told_as_few_that_hold_as_much() -> None:
    profile = [[(n + 1) * 1e-9, {DMAMS: n / 300.0, "PFDA": 1.0 - n / 300.0}] for n in range(300)]
    few = slabs_of({"profile": profile}, most=7)
    assert len(few) == 7
    assert few[-1].top == pytest.approx(300e-9)
    tops = [0.0, *(slab.top for slab in few)]
    held = sum((top - below) * slab.shares["DMAMS"] for slab, (below, top) in zip(few, pairwise(tops), strict=True))
    assert held == pytest.approx(sum(n / 300.0 * 1e-9 for n in range(300)))
