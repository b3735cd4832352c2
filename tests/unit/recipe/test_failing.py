"""`if_fails` and `no_resume` in a recipe: what they become, and what the check refuses, with file and line."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.model.place import no_resume, read
from vapordep.model.plan import Block
from vapordep.model.reactor import Reactor
from vapordep.model.steps import IfFails, Otherwise
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, Severity, examine, read_recipe


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


def refused(path: Path, reactor: Reactor) -> list[Finding]:
    return [finding for finding in examine(path, reactor).findings if finding.refuses]


def test_a_step_says_what_follows(reactor: Reactor, tmp_path: Path) -> None:
    steps = """\
- heat: {stage: 100 degC, walls: 100 degC, timeout: 2 h}
  if_fails: stop
- stabilise: {for: 5 min}
  if_fails:
    steps:
      - prompt: Look at the heaters.
- wait: {until: chamber.pressure < 200 Pa, within: 1 min}
  if_fails: {steps: [{flow: {carrier: 20 sccm}}], then: continue}"""
    plan = read_recipe(written(tmp_path, steps), reactor).plan
    heat, stabilise, wait = plan.steps[-3:]
    assert heat.if_fails == IfFails(Otherwise.STOP)
    assert stabilise.if_fails is not None
    assert (stabilise.if_fails.again, [step.word for step in stabilise.if_fails.steps]) == (True, ["prompt"])
    assert wait.if_fails is not None
    assert (wait.if_fails.otherwise, wait.if_fails.again) == (Otherwise.CONTINUE, False)


WAIT = "- wait: {until: chamber.pressure < 200 Pa, within: 1 min}"


@pytest.mark.parametrize(
    ("steps", "code", "words", "told"),
    [
        ("- pump: {to: 1 Pa}\n  if_fails: later", "R-FORM", "later", "hold, continue, stop, cap, abort"),
        ("- pump: {to: 1 Pa}\n  if_fails: {then: hold}", "R-FORM", "then: hold", "steps"),
        ("- pump: {to: 1 Pa}\n  if_fails: {steps: [{prompt: A}], then: x}", "R-FORM", "then: x", "'again'"),
        ("- pump: {to: 2 Pa}\n  if_fails: continue", "R-FAILS", "2 Pa", "counts on `pump`"),
        ("- pump: {to: 2 Pa}\n  if_fails: cap", "R-FAILS", "2 Pa", "no section `cap`"),
        ("- purge: {for: 2 s}\n  if_fails: hold", "R-FAILS", "2 s", "`otherwise`"),
        ("- set: {output: carrier.valve, value: open}\n  if_fails: hold", "R-FAILS", "set:", "no condition"),
        (f"{WAIT}\n  if_fails: {{steps: [{{flow: {{carrier: 0 sccm}}}}]}}", "R-FAILS", "wait", "other flows"),
        (f"{WAIT}\n  if_fails: {{steps: [{{flow: {{carrier: 9 slm}}}}], then: hold}}", "R-RANGE", "9 slm", "carrier"),
        (f"{WAIT}\n  if_fails: {{steps: [{{vent: {{within: 1 h}}}}]}}", "R-FAILS", "vent", "mends nothing"),
        (
            "- expose: {source: TMA, pulse: 50 ms, to: 8 Pa, hold: 3 s, flow: {carrier: 20 sccm}}\n  if_fails: hold",
            "R-FORM", "expose", "several steps",
        ),
        ("- no_resume: film\n  steps: []", "R-FORM", "steps: []", "at least 1"),
        ("- no_resume: film\n  steps:\n    - checkpoint: x", "R-CHECKPOINT", "checkpoint", "no run goes on"),
    ],
)  # fmt: skip
def test_what_cannot_follow_is_refused(
    reactor: Reactor, tmp_path: Path, steps: str, code: str, words: str, told: str
) -> None:
    path = written(tmp_path, steps)
    findings = refused(path, reactor)
    assert [(finding.code, finding.where) for finding in findings] == [(code, place(path, words))]
    assert told in f"{findings[0].message} {findings[0].remedy}"


def test_no_cap_after_a_leak_check_on_lithium_and_none_while_closing(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "- leak_check: {for: 5 min}\n  if_fails: cap", "lithium")
    text = path.read_text(encoding="utf-8") + "cap:\n  - pump: {to: 4 Pa}\n"
    last = "finally:\n  - pump: {to: 3 Pa}\n    if_fails: cap\n"
    path.write_text(text + last + "  - no_resume: x\n    steps: [{purge: {for: 1 s}}]\n", encoding="utf-8")
    found = {(finding.code, finding.where) for finding in refused(path, reactor)}
    wanted = {("R-FAILS", "leak_check"), ("R-FAILS", "3 Pa"), ("R-RESUME", "no_resume")}
    assert found >= {(code, place(path, words)) for code, words in wanted}


def test_a_region_is_told_and_reaches_from_its_first_step_to_its_last(reactor: Reactor, tmp_path: Path) -> None:
    steps = "- repeat: 2\n  steps:\n  - no_resume: film\n    steps: [{purge: {for: 1 s}}]\n  - purge: {for: 2 s}"
    examined = examine(written(tmp_path, steps), reactor)
    assert examined.recipe is not None
    [note] = [finding for finding in examined.findings if finding.severity is Severity.NOTE]
    assert note.code == "R-RESUME"
    assert "discarded" in note.message
    plan = examined.recipe.plan
    assert isinstance(plan.steps[-1], Block)
    for place_, reason in (("2:0", ""), ("2:0/0:1/0:0", "film"), ("2:0/0:1/0:1", ""), ("2:0/1:0", "")):
        assert no_resume(plan.steps, read(place_)) == reason
