"""`parallel` in a recipe: its branches, how long they take, what they leave, and what the check refuses."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.model.plan import Parallel
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose, LeakCheck, Pump, Purge, Rest, Set
from vapordep.reactor import read_reactor
from vapordep.recipe import estimate, examine, read_recipe
from vapordep.recipe.foretold.situation import BEGINNING
from vapordep.recipe.resume.rest import going_on
from vapordep.recipe.steps import after


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


HEATING = "heating: [{heat: {stage: 100 degC, walls: 100 degC, rate: 5 K/min}}]"


def test_it_takes_as_long_as_its_longest_branch(reactor: Reactor, tmp_path: Path) -> None:
    alone = written(tmp_path, "- heat: {stage: 100 degC, walls: 100 degC, rate: 5 K/min}")
    longest = estimate(read_recipe(alone, reactor).plan, reactor).total
    steps = f"- parallel:\n    {HEATING}\n    resting: [{{rest: {{for: 10 min}}}}, {{rest: {{for: 1 min}}}}]"
    plan = read_recipe(written(tmp_path, steps), reactor).plan
    [parallel] = [step for step in plan.steps if isinstance(step, Parallel)]
    assert parallel.label == "parallel heating, resting"
    assert [len(branch.steps) for branch in parallel.branches] == [1, 2]
    assert estimate(plan, reactor).total == pytest.approx(longest)


def test_what_follows_finds_what_every_branch_has_done_in_the_time_of_the_longest(
    reactor: Reactor, tmp_path: Path
) -> None:
    steps = f"- parallel:\n    {HEATING}\n    one: [{{purge: {{for: 10 s}}}}]\n    two: [{{rest: {{for: 6 s}}}}]"
    parallel = read_recipe(written(tmp_path, steps), reactor).plan.steps[-1]
    situation = BEGINNING
    for step in (Pump(to=1.0, within=60.0), Set(output="pump.valve", value=1.0), Dose(source="TMA", width=0.05)):
        situation = after(situation, step, reactor)
    later = after(situation, parallel, reactor)
    assert later.temperature("stage") == pytest.approx(373.15)
    assert later.residues["TMA"].purged == situation.residues["TMA"].purged + 10.0, "not 16 s"
    assert later.steady == situation.steady, "heating is as quick as nobody knows"


@pytest.mark.parametrize(
    ("branches", "code", "words", "told"),
    [
        ("{one: [{rest: {for: 1 s}}]}", "R-FORM", "parallel", "at least 2"),
        ("{one: [{rest: {for: 1 s}}], two: []}", "R-FORM", "two", "at least 1"),
        (
            "\n    one: [{heat: {stage: 100 degC}}]\n    two: [{heat: {stage: 90 degC}}]",
            "R-PARALLEL", "90 degC", "both command stage.rate, stage.setpoint",
        ),
        (
            "\n    one: [{flow: {carrier: 10 sccm}}]\n    two: [{pump: {to: 2 Pa}}]",
            "R-PARALLEL", "2 Pa", "both command carrier.flow_setpoint, carrier.valve",
        ),
        (
            "\n    one: [{heat: {stage: 100 degC}}]\n    two: [{stabilise: {for: 9 s}}]",
            "R-PARALLEL", "stabilise", "one after the other",
        ),
        (
            "\n    one: [{rest: {for: 1 s}}]\n    two: [{dose: {source: TMA, pulse: 50 ms}}]",
            "R-PARALLEL", "TMA", "`dose` does not stand in a branch",
        ),
        (
            "\n    one: [{rest: {for: 1 s}}]\n    two: [{sequence: line_purge}]",
            "R-PARALLEL", "line_purge", "`sequence` does not stand in a branch",
        ),
        (
            "\n    one: [{rest: {for: 1 s}}]\n    two: [{repeat: 2, steps: [{rest: {for: 2 s}}]}]",
            "R-FORM", "repeat", "a branch has no loop",
        ),
        (
            "\n    one: [{rest: {for: 1 s}}]\n    two: [{pump: {to: 2 Pa}, if_fails: stop}]",
            "R-PARALLEL", "2 Pa", "beside `parallel`",
        ),
        ("\n    one: [{rest: {for: 1 s}}]\n    two: [{heat: {stage: 400 degC}}]", "T1", "400 degC", "foil"),
        ("\n    one: [{rest: {for: 1 s}}]\n    two: [{blow: up}]", "R-FORM", "blow", "is no step"),
    ],
)  # fmt: skip
def test_wrong_branches_are_refused_where_they_stand(
    reactor: Reactor, tmp_path: Path, branches: str, code: str, words: str, told: str
) -> None:
    path = written(tmp_path, f"- parallel: {branches}", "lithium" if code == "T1" else "silicon")
    refusals = [finding for finding in examine(path, reactor).findings if finding.refuses]
    found = {(finding.code, finding.where) for finding in refusals}
    assert (code, place(path, words)) in found
    assert code == "T1" or len(refusals) == 1
    assert told in "".join(str(finding) for finding in refusals)


@pytest.mark.parametrize(("high", "bare"), [("1 kPa", False), ("99 kPa", True)])
@pytest.mark.parametrize("mending", [False, True])
def test_who_fills_the_chamber_in_a_branch_or_to_mend_bares_the_surface(
    reactor: Reactor, tmp_path: Path, high: str, bare: bool, mending: bool
) -> None:
    """Water right after it is refused on lithium (C3), as after the same step by itself; mending is refused itself."""
    covered = "- stabilise: {for: 2 min}\n- dose: {source: TMA, pulse: 200 ms}\n- purge: {for: 60 s}\n"
    heated = "- heat: {stage: 100 degC, walls: 100 degC, lines: 50 degC, rate: 5 K/min}\n"
    filled = f"{{pump_purge: {{cycles: 1, from: {high}, to: 5 Pa}}}}, {{flow: {{carrier: 20 sccm}}}}"
    again = f"- parallel:\n    one: [{filled}]\n    two: [{{rest: {{for: 1 s}}}}]\n"
    if mending:
        again = f"- wait: {{until: chamber.pressure < 1 kPa, within: 9 s}}\n  if_fails: {{steps: [{filled}]}}\n"
    water = "- stabilise: {for: 2 min}\n- dose: {source: H2O, pulse: 30 ms}"
    path = written(tmp_path, heated + covered + again + water, "lithium")
    codes = {finding.code for finding in examine(path, reactor).findings if finding.refuses}
    assert ("R-FAILS" if mending else "C3") in codes if bare else codes == set()


def test_a_run_that_goes_on_is_checked_for_leaks_also_when_a_branch_pumps(reactor: Reactor, tmp_path: Path) -> None:
    pumping = Parallel(branches=())
    steps = "- parallel:\n    one: [{rest: {for: 1 s}}]\n    two: [{pump: {to: 2 Pa}}, {flow: {carrier: 20 sccm}}]\n"
    cycle = "- repeat: 2\n  layer: x\n  steps: [{dose: {source: TMA, pulse: 50 ms}}, {purge: {for: 40 s}}]"
    plan = read_recipe(written(tmp_path, steps + cycle), reactor).plan
    rest = going_on(plan, ()).steps
    kinds = [type(step) for step in rest]
    assert kinds.index(LeakCheck) == kinds.index(type(pumping)) + 1
    assert {Purge, Rest}.isdisjoint(kinds)
