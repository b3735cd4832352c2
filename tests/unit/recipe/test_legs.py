"""The legs of a deposition: what may be written, what each leads to, and what the check says of it."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT
from tests.unit.reactor.files import changed
from vapordep.model.plan import Block
from vapordep.model.steady_steps import Deposit, Leg
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe

RECIPE = ROOT / "recipes" / "gradient_copolymer_on_lithium.yaml"
REACTOR = read_reactor(ROOT / "reactors" / "icvd_copolymer.yaml")
SLOPE = "{for: $ramp, flows: {DMAMS: 0.1 sccm, PFDA: 0.6 sccm}}"


def deposition(path: Path) -> Deposit:
    block = read_recipe(path, REACTOR).plan.steps[-1]
    assert isinstance(block, Block)
    assert isinstance(block.steps[0], Deposit)
    return block.steps[0]


def test_a_leg_leads_to_its_flows_or_shares_the_total_anew() -> None:
    begins = {"A": 1.0, "B": 3.0}
    assert Leg(60.0).ends(begins) == {}
    assert Leg(60.0, {"A": 2.0}).ends(begins) == {"A": 2.0}
    assert Leg(60.0, shares={"A": 0.75, "B": 0.25}).ends(begins) == {"A": 3.0, "B": 1.0}
    assert [Leg(60.0).share(way) for way in (0.0, 0.25, 1.0)] == [0.0, 0.25, 1.0]
    assert [Leg(60.0, s_curve=True).share(way) for way in (0.0, 0.25, 0.5, 1.0)] == [0.0, 0.15625, 0.5, 1.0]


def test_legs_make_the_time_of_a_deposition() -> None:
    step = deposition(RECIPE)
    assert step.duration == 24 * 60.0
    assert [leg.sources for leg in step.legs] == [(), ("DMAMS", "PFDA"), ()]


def test_a_ratio_at_a_constant_total(tmp_path: Path) -> None:
    shares = "{for: 12 min, shares: {DMAMS: 25 %, PFDA: 75 %}, shape: s_curve}"
    leg = deposition(changed(RECIPE, tmp_path, {SLOPE: shares})).legs[1]
    assert (leg.shares, leg.s_curve) == ({"DMAMS": 0.25, "PFDA": 0.75}, True)


TOLD = {
    "{for: 12 min, flows: {DMAMS: 0 sccm}}": ("R-FORM", "greater than"),
    "{for: 12 min, flows: {argon: 1 sccm}}": ("R-FORM", "no steady source 'argon'"),
    "{for: 12 min, flows: {DMAMS: 5 sccm}}": ("R-RANGE", "DMAMS cannot flow so much"),
    "{for: 12 min, flows: {V4D4: 0.2 sccm}}": ("R-DEPOSIT", "in leg 2 the flow of V4D4 would change"),
    "{for: 12 min, flows: {PFDA: 2 sccm, DMAMS: 0.1 sccm}}": ("I5", "vapour reaches"),
    "{for: 12 min, shares: {DMAMS: 50 %, PFDA: 40 %}}": ("R-FORM", "the shares make 90 % together"),
    "{for: 12 min, shares: {DMAMS: 50 %, PFDA: 50 %}, flows: {PFDA: 1 sccm}}": ("R-FORM", "a flow and a share"),
    "{for: 12 min, shape: round}": ("R-FORM", "shape"),
    "{for: 12 min, speed: 3}": ("R-FORM", "speed"),
    "{flows: {DMAMS: 0.1 sccm}}": ("R-FORM", "for"),
    "{for: 12, flows: {DMAMS: 0.1 sccm}}": ("R-UNIT", "unit"),
}  # fmt: skip


@pytest.mark.parametrize("leg", TOLD)
def test_what_cannot_be_is_told_with_its_line(leg: str, tmp_path: Path) -> None:
    code, told = TOLD[leg]
    findings = examine(changed(RECIPE, tmp_path, {SLOPE: leg}), REACTOR).findings
    found = [finding for finding in findings if told in str(finding) or told in finding.message]
    assert found, findings
    assert {finding.code for finding in found} == {code}
    assert all(finding.line for finding in found)


def test_a_deposition_has_a_time_that_its_legs_fit_into(tmp_path: Path) -> None:
    short = {"          legs:\n": "          for: 10 min\n          legs:\n"}
    [finding] = examine(changed(RECIPE, tmp_path, short), REACTOR).findings
    assert "longer than its `for`" in finding.message
    timeless = changed(ROOT / "recipes" / "pdmams_on_lithium.yaml", tmp_path, {"for: $longest, ": ""})
    [finding] = examine(timeless, read_reactor(ROOT / "reactors" / "icvd.yaml")).findings
    assert "has no time" in finding.message


def test_a_needle_cannot_change_its_flow(tmp_path: Path) -> None:
    path = changed(
        ROOT / "recipes" / "pdmams_on_lithium.yaml",
        tmp_path,
        {"for: $longest,": "for: $longest, legs: [{for: 1 min, flows: {DMAMS: 1 sccm}}],"},
    )
    [finding] = examine(path, read_reactor(ROOT / "reactors" / "icvd.yaml")).findings
    assert "a needle, which cannot change its flow" in finding.message
    assert "a block for each mix" in finding.remedy
