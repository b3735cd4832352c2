"""One recipe on several substrates: each is judged by its own limits, with the reason."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, reactor_of
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, Severity, examine

ZNHQ = ROOT / "recipes" / "znhq_on_copper_nanowires.yaml"
READ = read_reactor(reactor_of(ZNHQ))


def judged(substrate: str, folder: Path, temperature: str = "150 degC") -> list[Finding]:
    """What is found about ZnHQ at that temperature on that substrate, but for notes."""
    recipe = folder / "recipe.yaml"
    text = ZNHQ.read_text(encoding="utf-8").replace("substrate: copper", f"substrate: {substrate}")
    recipe.write_text(text, encoding="utf-8")
    found = examine(recipe, READ, {"temperature": temperature})
    return [finding for finding in found.findings if finding.severity is not Severity.NOTE]


@pytest.mark.parametrize("substrate", ["copper", "silicon"])
def test_zincone_is_accepted_at_150_degrees_on(substrate: str, tmp_path: Path) -> None:
    assert judged(substrate, tmp_path) == []


def test_on_lithium_it_is_refused_where_the_foil_could_exceed_150_degrees(tmp_path: Path) -> None:
    walls, stage = judged("lithium", tmp_path)
    assert stage.message.startswith("with stage at 150 degC the foil may reach 156 degC; lithium is allowed 150 degC")
    assert walls.message.startswith("with walls at 150 degC the foil may reach 156 degC")
    assert {(one.code, one.remedy) for one in (stage, walls)} == {("T1", "set at most 144 degC")}
    assert judged("lithium", tmp_path, "144 degC") == []


def test_zinc_evaporates_where_lithium_melts(tmp_path: Path) -> None:
    found = judged("zinc", tmp_path)
    assert {(one.code, one.remedy, "melts" in one.message) for one in found} == {("T1", "set at most 144 degC", False)}
    assert judged("zinc", tmp_path, "144 degC") == []


def test_sodium_melts_in_any_such_recipe(tmp_path: Path) -> None:
    found = judged("sodium", tmp_path, "100 degC")
    told = {one.message.rpartition(", ")[2] for one in found if one.code == "T1"}
    assert told == {"and melts at 97.8 degC"}


def test_potassium_is_not_for_a_heated_chamber(tmp_path: Path) -> None:
    assert "R-SUBSTRATE" in {finding.code for finding in judged("potassium", tmp_path, "100 degC")}


@pytest.mark.parametrize("hot", [700, 850])
def test_temperatures_of_diamond_and_graphene_are_refused_on_lithium_with_the_reason(hot: int, tmp_path: Path) -> None:
    recipe = tmp_path / "graphene.yaml"
    text = (ROOT / "recipes" / "al2o3_on_lithium.yaml").read_text(encoding="utf-8")
    recipe.write_text(text.replace("stage: 100 degC", f"stage: {hot} degC"), encoding="utf-8")
    found = examine(recipe, read_reactor(reactor_of(recipe))).findings
    [reason] = [finding.message for finding in found if finding.code == "T1"]
    assert "lithium is allowed 150 degC in this reactor, and melts at 180.5 degC" in reason
