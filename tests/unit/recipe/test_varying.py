"""Loops that vary: values for each cycle, equal ones as one block, every cycle checked, and all else as in any loop."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.app.foretold.expected import expect
from vapordep.engine.cursor import following
from vapordep.errors import RecipeError
from vapordep.model.amendments import CyclesAmendment, PurgeAmendment
from vapordep.model.place import Place
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose, Flow, Purge, Step
from vapordep.reactor import read_reactor
from vapordep.recipe import estimate, examine, read_recipe
from vapordep.recipe.resume.amend import amend
from vapordep.recipe.resume.broken_off import LayerDone, layers_done
from vapordep.recipe.resume.rest import going_on
from vapordep.units import sccm, to_si


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


HEAT = "- heat: {stage: 120 degC, walls: 120 degC, rate: 5 K/min}\n"
GRADIENT = (
    HEAT
    + """\
- repeat: 10
  name: gradient
  vary:
    many: {from: 5, to: 1}
    few: {from: 0, to: 4}
  steps:
    - repeat: $many
      name: A
      layer: alucone
      steps:
        - dose: {source: TMA, pulse: 50 ms}
        - purge: {for: 60 s}
    - repeat: $few
      name: B
      layer: Al2O3
      steps:
        - dose: {source: H2O, pulse: 30 ms}
        - purge: {for: 60 s}
"""
)


def loop(reactor: Reactor, folder: Path, text: str) -> Block:
    [block] = [step for step in read_recipe(written(folder, text), reactor).plan.steps if isinstance(step, Block)]
    return block


def varied(reactor: Reactor, folder: Path, vary: str, step: str, count: int = 5) -> list[tuple[int, Step]]:
    """How often each different step of a loop is done, as `vary` makes it of `$x`."""
    text = f"{HEAT}- repeat: {count}\n  vary: {{x: {vary}}}\n  steps:\n    {step}\n"
    turns = [turn for turn in loop(reactor, folder, text).steps if isinstance(turn, Block)]
    return [(turn.count, turn.steps[0]) for turn in turns]


def counts(block: Block) -> list[tuple[int, dict[str, int]]]:
    return [
        (turn.count, {inner.name: inner.count for inner in turn.steps if isinstance(inner, Block)})
        for turn in block.steps
        if isinstance(turn, Block)
    ]


def test_the_supercycles_of_a_gradient_are_five_blocks_of_two(reactor: Reactor, tmp_path: Path) -> None:
    block = loop(reactor, tmp_path, GRADIENT)
    five = [(2, {"A": 5}), *((2, {"A": 5 - n, "B": n}) for n in (1, 2, 3, 4))]
    assert counts(block) == five
    assert (block.cycles, block.varies, block.name) == (10, True, "gradient")
    turns = [turn.turn for turn in block.steps if isinstance(turn, Block) and turn.turn]
    assert [(turn.first, turn.total) for turn in turns] == [(1, 10), (3, 10), (5, 10), (7, 10), (9, 10)]


def test_a_table_says_the_same(reactor: Reactor, tmp_path: Path) -> None:
    text = GRADIENT.replace("{from: 5, to: 1}", "{table: [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]}")
    text = text.replace("{from: 0, to: 4}", "{table: [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]}")
    assert counts(loop(reactor, tmp_path, text)) == counts(loop(reactor, tmp_path, GRADIENT))


def test_pulses_purges_and_flows_vary_with_their_units(reactor: Reactor, tmp_path: Path) -> None:
    pulses = varied(reactor, tmp_path, "{from: 20 ms, to: 0.06 s}", "- dose: {source: TMA, pulse: $x}")
    assert [(n, step.width) for n, step in pulses if isinstance(step, Dose)] == [
        (1, 0.02), (1, 0.03), (1, 0.04), (1, 0.05), (1, 0.06)
    ]  # fmt: skip
    purges = varied(reactor, tmp_path, "{from: 80 s, to: 40 s, shape: s_curve}", "- purge: {for: $x}")
    assert [step.duration for _, step in purges if isinstance(step, Purge)] == [80.0, 73.75, 60.0, 46.25, 40.0]
    flows = varied(reactor, tmp_path, "{table: [10 sccm, 10 sccm, 20 sccm, 30 sccm, 30 sccm]}", "- flow: {carrier: $x}")
    given = [(n, step.flows["carrier"]) for n, step in flows if isinstance(step, Flow)]
    assert given == [(2, to_si(10.0, sccm)), (1, to_si(20.0, sccm)), (2, to_si(30.0, sccm))]


def test_a_step_rounds_and_makes_equal_what_is_near(reactor: Reactor, tmp_path: Path) -> None:
    pulse = "- dose: {source: TMA, pulse: $x}"
    pulses = varied(reactor, tmp_path, "{from: 20 ms, to: 40 ms, step: 10 ms}", pulse, count=1001)
    assert [(n, step.width) for n, step in pulses if isinstance(step, Dose)] == [(250, 0.02), (500, 0.03), (251, 0.04)]


WRONG = {
    "a temperature": ("{from: 20 degC, to: 40 degC}", "no counts, times or gas flows"),
    "two kinds": ("{from: 20 ms, to: 40 sccm}", "no counts, times or gas flows"),
    "no unit": ("{from: 20.5, to: 40.5}", "no counts, times or gas flows"),
    "half of it": ("{from: 20 ms}", "neither `from` and `to` nor `table`"),
    "nothing": ("{}", "neither `from` and `to` nor `table`"),
    "both": ("{from: 20 ms, to: 40 ms, table: [20 ms, 30 ms, 40 ms, 50 ms, 60 ms]}", "both `table` and another"),
    "a short table": ("{table: [20 ms, 30 ms]}", "has 2 values, the loop 5 cycles"),
    "an empty table": ("{table: []}", "at least 1 item"),
    "a formula": ("{from: 20 ms, to: 2 * 20 ms}", "no counts, times or gas flows"),
    "another shape": ("{from: 20 ms, to: 40 ms, shape: square}", "is not one of"),
    "a step of nothing": ("{from: 20 ms, to: 40 ms, step: 0 ms}", "rounds to nothing"),
    "a negative step": ("{from: 20 ms, to: 40 ms, step: -5 ms}", "no counts, times or gas flows"),
    "an unknown key": ("{from: 20 ms, to: 40 ms, by: 5 ms}", "unknown key"),
    "less than nothing": ("{from: 5, to: -1}", "no counts, times or gas flows"),
}


@pytest.mark.parametrize(("vary", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_variation_is_refused_with_its_line(vary: str, words: str, reactor: Reactor, tmp_path: Path) -> None:
    text = f"{HEAT}- repeat: 5\n  vary:\n    x: {vary}\n  steps:\n    - dose: {{source: TMA, pulse: $x}}\n"
    path = written(tmp_path, text)
    with pytest.raises(RecipeError, match=r".") as caught:
        read_recipe(path, reactor)
    assert [error.where for error in caught.value.findings if words in error.what] == [place(path, "x: {")]
    assert all(error.remedy for error in caught.value.findings)


def test_too_many_different_cycles_are_refused(reactor: Reactor, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="600 different cycles") as caught:
        varied(reactor, tmp_path, "{from: 20 ms, to: 90 ms}", "- dose: {source: TMA, pulse: $x}", count=600)
    assert "step" in caught.value.remedy


def test_a_cycle_that_does_nothing_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="nothing is done in cycle 3"):
        varied(reactor, tmp_path, "{from: 1, to: 0}", "- repeat: $x\n      steps: [{purge: {for: 1 s}}]", count=3)


def test_a_name_stands_for_one_thing(reactor: Reactor, tmp_path: Path) -> None:
    inner = "- repeat: 2\n      vary: {x: {from: 1 s, to: 2 s}}\n      steps: [{purge: {for: $x}}]"
    with pytest.raises(RecipeError, match="the name 'x' is taken"):
        varied(reactor, tmp_path, "{from: 1 s, to: 2 s}", inner)


def test_what_is_wrong_in_every_cycle_is_told_once(reactor: Reactor, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="unknown unit") as caught:
        varied(reactor, tmp_path, "{from: 1 s, to: 9 s}", "- purge: {for: 2 x}")
    assert len(caught.value.findings) == 1


def test_loops_that_vary_lie_within_each_other(reactor: Reactor, tmp_path: Path) -> None:
    inner = "- repeat: 2\n      vary: {y: {from: $x, to: 9 s}}\n      steps: [{purge: {for: $y}}]"
    outer = varied(reactor, tmp_path, "{table: [1 s, 1 s, 9 s]}", inner, count=3)
    assert [n for n, _ in outer] == [2, 1]
    first, second = (step for _, step in outer)
    assert isinstance(first, Block)
    assert isinstance(second, Block)
    assert [block.count for block in first.steps if isinstance(block, Block)] == [1, 1]
    assert [block.count for block in second.steps if isinstance(block, Block)] == [2]


def test_a_name_that_nobody_varies_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"\$y is no parameter"):
        varied(reactor, tmp_path, "{from: 1 s, to: 2 s}", "- purge: {for: $y}")


def test_every_cycle_is_checked_and_the_finding_names_the_first(reactor: Reactor, tmp_path: Path) -> None:
    text = (
        f"{HEAT}- repeat: 10\n  name: thinner\n  vary: {{x: {{from: 23 ms, to: 5 ms}}}}\n"
        "  steps:\n    - dose: {source: TMA, pulse: $x}\n    - purge: {for: 30 s}\n"
    )
    path = written(tmp_path, text)
    [finding] = [one for one in examine(path, reactor).findings if one.refuses]
    assert (finding.code, finding.where) == ("R-PULSE", place(path, "pulse: $x"))
    assert finding.message.startswith("TMA cannot pulse for 13 ms: its valve opens for 15 ms at least")
    assert finding.message.endswith("(in cycle 6 of 10 of 'thinner', and in 4 later ones that differ)")


def test_a_purge_that_becomes_too_short_is_refused(reactor: Reactor, tmp_path: Path) -> None:
    text = (
        f"{HEAT}- repeat: 8\n  vary: {{x: {{from: 60 s, to: 10 s}}}}\n  steps:\n"
        "    - dose: {source: TMA, pulse: 50 ms}\n    - purge: {for: $x}\n"
        "    - dose: {source: H2O, pulse: 30 ms}\n    - purge: {for: 60 s}\n"
    )
    codes = {finding.code for finding in examine(written(tmp_path, text), reactor).findings if finding.refuses}
    assert codes == {"C2"}


def test_the_time_is_that_of_all_cycles(reactor: Reactor, tmp_path: Path) -> None:
    text = f"{HEAT}- repeat: 5\n  vary: {{x: {{from: 10 s, to: 50 s}}}}\n  steps: [{{purge: {{for: $x}}}}]\n"
    plan = read_recipe(written(tmp_path, text), reactor).plan
    timed = estimate(plan, reactor).steps[-1]
    assert timed.duration == pytest.approx(150.0)
    assert timed.left((Place(3), Place(0))) == pytest.approx(40.0 + 50.0)


def gradient(reactor: Reactor, folder: Path) -> Plan:
    return read_recipe(written(folder, GRADIENT), reactor).plan


def test_steps_are_named_by_the_cycle_of_the_whole_loop(reactor: Reactor, tmp_path: Path) -> None:
    vary = "{x: {table: [1 s, 1 s, 2 s, 2 s]}}"
    text = f"{HEAT}- repeat: 4\n  name: slow\n  vary: {vary}\n  steps: [{{purge: {{for: $x}}}}]\n"
    steps = read_recipe(written(tmp_path, text), reactor).plan.steps
    last = len(steps) - 1
    ways = [(0, 0), (0, 1), (1, 0)]
    names = [following(steps, (Place(last), Place(turn), Place(0, cycle))) for turn, cycle in ways]
    assert [at.name for at in names if at] == ["slow[2].purge 1 s", "slow[3].purge 2 s", "slow[4].purge 2 s"]


def test_a_run_that_broke_off_goes_on_with_the_cycles_that_are_left(reactor: Reactor, tmp_path: Path) -> None:
    plan = gradient(reactor, tmp_path)
    where = (Place(len(plan.steps) - 1), Place(2), Place(0, 1))
    rest = going_on(plan, where).steps[-1]
    assert isinstance(rest, Block)
    assert counts(rest) == [(1, {"A": 3, "B": 2}), (2, {"A": 2, "B": 3}), (2, {"A": 1, "B": 4})]
    assert [turn.number(0) for turn in rest.steps if isinstance(turn, Block)] == [6, 7, 9]
    done = list(layers_done(plan.steps, where))
    assert done == [LayerDone("A", 10 + 8 + 3, 30), LayerDone("B", 0 + 2 + 2, 20)]


def test_its_purges_may_become_longer_and_its_cycles_not_more(reactor: Reactor, tmp_path: Path) -> None:
    plan = gradient(reactor, tmp_path)
    longer = amend(plan, PurgeAmendment("TMA", longer=5.0), (), under_way=False).plan
    durations = {step.duration for step, _ in longer.leaves() if isinstance(step, Purge)}
    assert durations == {60.0, 65.0}
    with pytest.raises(RecipeError, match="cycles of gradient differ"):
        amend(plan, CyclesAmendment("gradient", 2), (), under_way=False)


def test_the_film_that_is_expected_is_that_of_every_cycle_walked(reactor: Reactor, tmp_path: Path) -> None:
    def text(vary: str) -> str:
        return (
            f"{HEAT}- repeat: 24\n  layer: Al2O3\n{vary}  steps:\n    - dose: {{source: TMA, pulse: $x}}\n"
            "    - purge: {for: 30 s}\n    - dose: {source: H2O, pulse: 30 ms}\n    - purge: {for: 40 s}\n"
        )

    plan = read_recipe(written(tmp_path, text("  vary: {x: {from: 15 ms, to: 50 ms, step: 5 ms}}\n")), reactor).plan
    [layer] = expect(plan, reactor).film.layers
    whole = [read_recipe(written(tmp_path, text("").replace("$x", x)), reactor).plan for x in ("15 ms", "50 ms")]
    least, most = (expect(plan, reactor).film.layers[0].thickness for plan in whole)
    assert least < layer.thickness < most
    assert (layer.name, layer.cycles) == ("Al2O3", 24)


def test_a_region_that_is_not_resumed_is_no_cycle_of_its_layer(reactor: Reactor, tmp_path: Path) -> None:
    loop = (
        "- no_resume: half a film\n  steps:\n    - repeat: 3\n      layer: Al2O3\n      steps:\n"
        "        - dose: {source: TMA, pulse: 50 ms}\n        - purge: {for: 40 s}\n"
        "        - dose: {source: H2O, pulse: 30 ms}\n        - purge: {for: 75 s}\n"
    )
    plan = read_recipe(written(tmp_path, HEAT + loop), reactor).plan
    [layer] = expect(plan, reactor).film.layers
    assert (layer.name, layer.cycles) == ("Al2O3", 3)
