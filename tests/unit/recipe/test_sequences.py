"""Sequences of a reactor file: called by recipes, run by themselves, and judged like any other steps."""

import re
from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.app.foretold.check import check, check_reactor
from vapordep.app.request import request
from vapordep.errors import FileError, ReactorError
from vapordep.model.plan import Call
from vapordep.model.steps import IfFails, PumpPurge, Purge, Wait
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe
from vapordep.recipe.language.sequences import text_of, write_recipe

SEQUENCES = """\
sequences:
  dilute:
    does: dilutes what the lid let in
    steps:
      - pump_purge: {cycles: 2, from: 1 kPa, to: 5 Pa}
      - flow: {carrier: 20 sccm}
"""


def reactor_with(folder: Path, sequences: str) -> Path:
    path = folder / "mine.yaml"
    without = re.sub(r"\nsequences:\n(?: .*\n)+", "\n", REACTOR.read_text(encoding="utf-8"))
    path.write_text(without + sequences, encoding="utf-8")
    return path


def test_a_recipe_calls_one_and_mends_with_one(tmp_path: Path) -> None:
    reactor = read_reactor(reactor_with(tmp_path, SEQUENCES))
    wait = "- wait: {until: chamber.pressure < 200 Pa, within: 1 min}\n  if_fails: {steps: [{sequence: dilute}]}"
    plan = read_recipe(written(tmp_path, f"- sequence: dilute\n- purge: {{for: 1 s}}\n{wait}"), reactor).plan
    called, diluted, _, purge, waited = plan.steps[2:]
    assert isinstance(called, Call)
    assert (called.label, called.sha256) == ("call dilute", reactor.sha256)
    assert isinstance(diluted, PumpPurge)
    assert diluted.where == place(Path(reactor.file), "pump_purge: {cycles: 2")
    assert (isinstance(purge, Purge), isinstance(waited, Wait)) == (True, True)
    assert isinstance(waited.if_fails, IfFails)
    assert [step.word for step in waited.if_fails.steps] == ["call", "pump_purge", "flow"]


@pytest.mark.parametrize(
    ("step", "code", "told"),
    [
        ("pump: {to: 1e-9 Pa}", "R-RANGE", "cannot be reached"),
        ("sequence: dilute", "R-FORM", "is no step"),
        ("call: {recipe: al2o3_on_lithium}", "R-FORM", "calls no recipe"),
        ("purge: {for: $time}", "R-FORM", "time"),
        ("blow: up", "R-FORM", "is no step"),
    ],
)
def test_what_is_wrong_in_one_is_told_with_the_line_of_the_reactor_file(
    tmp_path: Path, step: str, code: str, told: str
) -> None:
    path = reactor_with(tmp_path, f"{SEQUENCES}  wrong:\n    does: harm\n    steps:\n      - {step}  # here\n")
    reactor = read_reactor(path)
    findings = [one for one in examine(written(tmp_path, "- sequence: wrong"), reactor).findings if one.refuses]
    assert [(finding.code, finding.where) for finding in findings] == [(code, place(path, "# here"))]
    assert told in findings[0].message
    by_itself = check_reactor(path)
    assert by_itself.ok is (code == "R-RANGE"), "what it does is judged where it is called"


def test_an_unknown_one_is_refused_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, "- sequence: dance")
    [finding] = examine(path, read_reactor(reactor_with(tmp_path, SEQUENCES))).findings
    assert (finding.where, finding.refuses) == (place(path, "dance"), True)
    assert "no sequence 'dance'" in finding.message
    assert "dilute" in finding.remedy


@pytest.mark.parametrize("wrong", ["  dilute: {does: x, steps: []}", "  dilute: {steps: [{prompt: x}]}", "  a b: {}"])
def test_its_form_is_checked(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ReactorError):
        read_reactor(reactor_with(tmp_path, f"sequences:\n{wrong}\n"))


def test_one_is_run_by_itself(tmp_path: Path) -> None:
    mine = str(reactor_with(tmp_path, SEQUENCES))
    asked = request("dilute", mine, history=tmp_path / "history")
    verdict = check(asked)
    assert verdict.recipe is not None
    assert (verdict.ok, verdict.recipe.name) == (True, "dilute of glovebox-ald")
    assert request("dilute", mine, history=tmp_path / "history") == asked
    with pytest.raises(FileError, match="no such file"):
        request("dilute", history=tmp_path / "history")
    for wrong in ("../dilute", "dilute.yaml"):
        with pytest.raises(FileError, match=r"no such file. Do: name a file"):
            request(wrong, mine, history=tmp_path / "history")


@pytest.mark.parametrize(
    ("wrong", "recipes"), [("dilte", "one of the shipped"), ("al2o3_on_lithum", "did you mean al2")]
)
def test_a_wrong_name_is_told_the_sequences_beside_the_recipes(tmp_path: Path, wrong: str, recipes: str) -> None:
    with pytest.raises(FileError, match=rf"Do: name a sequence of glovebox-ald: dilute; or a file.*{recipes}"):
        request(wrong, str(reactor_with(tmp_path, SEQUENCES)), history=tmp_path / "history")


def test_one_is_written_for_what_lies_on_the_stage_and_shown_as_it_is_written(tmp_path: Path) -> None:
    reactor = read_reactor(reactor_with(tmp_path, SEQUENCES + "hardware: []\n"))
    assert text_of(reactor, "dilute") == "- pump_purge: {cycles: 2, from: 1 kPa, to: 5 Pa}\n- flow: {carrier: 20 sccm}"
    for wanted, lies in (("copper", "copper"), ("", "lithium"), ("gold", "lithium")):
        recipe = read_recipe(write_recipe(reactor, "dilute", tmp_path, wanted), reactor)
        assert recipe.substrate.name == lies
