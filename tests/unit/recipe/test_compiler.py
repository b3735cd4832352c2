"""Recipe files: what becomes of the words, and how what cannot be read is refused with file, line and advice."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, RECIPE, changed, place, written
from vapordep.errors import InputError, RecipeError
from vapordep.model.plan import Block
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Cool, Dose, Heat, PumpPurge, Purge, Ramp, Set, Stabilise, Wait
from vapordep.reactor import read_reactor
from vapordep.recipe import read_recipe
from vapordep.recipe.steps import COMPILERS
from vapordep.units import sccm, to_si


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


def test_the_shipped_recipe_is_r1(reactor: Reactor) -> None:
    recipe = read_recipe(RECIPE, reactor)
    plan = recipe.plan
    assert (plan.pulses, recipe.substrate.name, recipe.warnings) == (77, "lithium", ())
    assert plan.prime is not None
    assert plan.prime in plan.steps
    main = next(step for step in plan.steps if isinstance(step, Block) and step.layer)
    assert (main.name, main.layer, main.count, main.deposits) == ("main", "Al2O3", 36, True)
    widths = {step.source: step.width for step, _ in plan.leaves() if isinstance(step, Dose)}
    assert widths == {"TMA": pytest.approx(0.05), "H2O": pytest.approx(0.03)}
    assert [type(step) for step in plan.finally_steps] == [Purge, Cool]


def test_quantities_of_steps_are_si_and_know_their_line(reactor: Reactor) -> None:
    plan = read_recipe(RECIPE, reactor).plan
    [heat] = [step for step in plan.steps if isinstance(step, Heat)]
    [cycles] = [step for step in plan.steps if isinstance(step, PumpPurge)]
    assert heat.targets == pytest.approx({"lines": 333.15, "walls": 373.15, "stage": 373.15})
    assert (heat.rate, heat.tolerance) == (pytest.approx(5 / 60), 2.0)
    assert (cycles.cycles, cycles.high, cycles.low) == (5, 1000.0, 5.0)
    assert heat.where == place(RECIPE, "heat: {lines")


def test_a_plan_does_not_grow_with_its_counts(reactor: Reactor) -> None:
    few, many = (read_recipe(RECIPE, reactor, {"cycles": count}).plan for count in ("1", "5000"))
    assert many.pulses == few.pulses + 4999 * 2
    assert len(repr(many)) - len(repr(few)) < 20


def test_parameters_are_set_for_one_run(reactor: Reactor) -> None:
    recipe = read_recipe(RECIPE, reactor, {"cycles": "5", "stabilise": "90 s"})
    [stabilise] = [step for step in recipe.plan.steps if isinstance(step, Stabilise)]
    assert (recipe.plan.pulses, stabilise.duration) == (15, 90.0)
    assert recipe.parameters == {"cycles": 5, "stabilise": "90 s"}
    assert recipe.text == RECIPE.read_text(encoding="utf-8"), "the file as it is, not as it was filled in"


def test_loops_nest_and_have_names(reactor: Reactor, tmp_path: Path) -> None:
    inner = "    - repeat: 4\n      layer: ZnO\n      steps:\n        - dose: {source: TMA, pulse: 20 ms}"
    path = written(tmp_path, f"- repeat: 3\n  name: super\n  steps:\n{inner}\n    - purge: {{for: 1 s}}")
    plan = read_recipe(path, reactor).plan
    outer = plan.steps[-1]
    assert isinstance(outer, Block)
    assert isinstance(outer.steps[0], Block)
    assert (outer.name, outer.count, outer.steps[0].name, outer.steps[0].count) == ("super", 3, "ZnO", 4)
    assert plan.pulses == 12


def test_every_word_of_a_step_is_known(reactor: Reactor, tmp_path: Path) -> None:
    steps = """\
- pump_purge: {cycles: 2, from: 1 kPa, to: 5 Pa}
- leak_check: {for: 1 min}
- heat: {stage: 60 degC}
- cool: {stage: 50 degC, within: 1 h}
- stabilise: {for: 1 min}
- flow: {carrier: 20 sccm}
- dose: {source: TMA, pulse: 20 ms}
- purge: {for: 1 s}
- rest: {for: 1 s}
- set: {output: carrier.flow_setpoint, value: 10 sccm}
- set: {output: carrier.valve, value: open}
- set: {output: stage.setpoint, value: off}
- ramp: {output: carrier.flow_setpoint, to: 20 sccm, over: 10 s}
- wait: {until: chamber.pressure < 5 Pa, within: 1 min}
- checkpoint: half-way
- purge: {for: 1 min}
- flow_check: {line: carrier, flow: 20 sccm, for: 20 s}
- vent: {within: 1 h}
- load: {within: 1 h}
- unload: {within: 1 h}
- change_over: Clean liners lie in the chamber
- parallel: {one: [{rest: {for: 1 s}}], two: [{rest: {for: 2 s}}]}
- prompt: Look at the sample."""
    plan = read_recipe(written(tmp_path, steps), reactor).plan
    elsewhere = {"expose", "sequence", "plasma", "uv", "thermal"} | {
        "throttle",
        "filament",
        "vapour",
        "deposit",
        "zero",
    }  # several, or another reactor's
    assert {step.word for step in plan.steps} == set(COMPILERS) - elsewhere
    values = {step.output: step.value for step in plan.steps if isinstance(step, Set)}
    assert values["carrier.valve"] == 1.0
    assert values["stage.setpoint"] == reactor.outputs["stage.setpoint"].off
    [ramp] = [step for step in plan.steps if isinstance(step, Ramp)]
    assert ramp.to == pytest.approx(to_si(20.0, sccm))
    [wait] = [step for step in plan.steps if isinstance(step, Wait)]
    assert (wait.until, wait.within) == ("chamber.pressure < 5 Pa", 60.0)


# name: what stands in the shipped file, what a wrong one has, the line that is to be named, words of the message
# fmt: off
REFUSED = {
    "missing unit": ("{for: 75 s}", "{for: 75}", "{for: 75}", "unit is missing"),
    "decimal comma": ("30 ms", '"0,03 s"', "0,03 s", "comma"),
    "unknown unit": ("30 ms", "30 msec", "30 msec", "unknown unit"),
    "unit of another kind": ("30 ms", "30 Pa", "30 Pa", "time is expected"),
    "unknown key": ("{for: 75 s}", "{fro: 75 s}", "{fro", "write for"),
    "unknown key of the file": ("status: unverified", "statos: unverified", "statos", "write status"),
    "NaN": ("30 ms", ".nan", ".nan", "not a number to work with"),
    "NaN with a unit": ("30 ms", "nan ms", "nan ms", "not a finite number"),
    "negative time": ("{for: 75 s}", "{for: -75 s}", "-75 s", "too low"),
    "purge of no time": ("{for: 75 s}", "{for: 0.0 s}", "0.0 s}", "greater than 0"),
    "repeat of 10^12 cycles": ("repeat: $cycles", "repeat: 1000000000000", "repeat: 1000000000000", "100000"),
    "repeat of no cycles": ("repeat: $cycles", "repeat: 0", "repeat: 0", "greater than or equal to 1"),
    "repeat of half a cycle": ("repeat: $cycles", "repeat: 1.5", "repeat: 1.5", "whole number"),
    "repeat without steps": ("  - prime\n", "  - {repeat: 3, steps: []}\n", "steps: []", "1 item, not []. Do: write"),
    "region without a name": ("  - prime\n", "  - {no_resume: '', steps: [prime]}\n", "no_resume", "least one char"),
    "if_fails within its step": ("{for: 75 s}", "{for: 75 s, if_fails: stop}", "if_fails", "write it beside `purge`"),
    "unknown source": ("source: H2O", "source: O3", "source: O3", "no source 'O3'"),
    "source by its substance": ("source: H2O", "source: water", "source: water", "write H2O, its source of water"),
    "misspelt source": ("source: H2O", "source: H20", "source: H20", "did you mean H2O?"),
    "unknown line": ("flow: {carrier:", "flow: {carier:", "carier", "no line 'carier'"),
    "unknown zone": ("cool: {stage: 50 degC, walls", "cool: {stage: 50 degC, wall", "cool:", "no zone 'wall'"),
    "no zone": ("{stage: 50 degC, walls: 60 degC, within: 2 h}", "{within: 2 h}", "cool:", "no zone is named"),
    "misspelt step": ("- stabilise: {", "- stabilize: {", "stabilize", "did you mean `stabilise`"),
    "decimal comma in braces": ("carrier: 20 sccm", "carrier: 2,5 sccm", "2,5 sccm", "2.5, not 2,5"),
    "unknown step": ("- stabilise: {", "- soak: {", "soak", "'soak' is no step"),
    "two steps at one dash": ("      - purge: {for: 75 s}", "        purge: {for: 75 s}", "source: H2O", "own dash"),
    "a step that is a word": ("- dose: {source: H2O, pulse: 30 ms}", "- dose: H2O", "dose: H2O", "{source: ..., pul"),
    "unknown parameter": ("{for: $stabilise}", "{for: $stabilize}", "$stabilize", "no parameter of this recipe"),
    "default out of bounds": ("low: 1, high: 5000", "low: 1, high: 30", "default: 36", "bounds"),
    "bounds the wrong way round": ("low: 1, high: 5000", "low: 50, high: 30", "low: 50", "`low` of cycles, 50, lies"),
    "version that is only equal": ("recipe: 1\n", "recipe: true\n", "recipe: true", "the number 1, not true"),
    "layer without a name": ("layer: Al2O3", "layer: ''", "layer: ''", "at least 1 character"),
    "bounds of another kind": ("high: 2 h", "high: 2 kPa", "high: 2 kPa", "one kind"),
    "unknown substrate": ("substrate: lithium", "substrate: lithum", "lithum", "'lithum'"),
    "unknown process": ("process: ALD", "process: CVD", "process: CVD", "'CVD'"),
    "prime that is not there": ("prime:\n  - repeat: 5", "parts:\n  - repeat: 5", "parts:", "unknown key"),
}
# fmt: on


@pytest.mark.parametrize(("old", "new", "line", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_recipe_is_refused_with_its_line(
    old: str, new: str, line: str, words: str, reactor: Reactor, tmp_path: Path
) -> None:
    path = changed(RECIPE, tmp_path, {old: new})
    with pytest.raises(InputError) as refusal:
        read_recipe(path, reactor)
    text = str(refusal.value)
    assert words in text
    assert f"{place(path, line)}:" in text
    assert refusal.value.exit_status == 2
    assert all(finding.remedy for finding in refusal.value.findings)


def test_what_is_wrong_with_several_steps_comes_together(reactor: Reactor, tmp_path: Path) -> None:
    wrong = {"source: H2O": "source: O3", "- stabilise: {": "- soak: {", "{for: 5 min}\n  - cool": "{for: 5}\n  - cool"}
    with pytest.raises(RecipeError) as refusal:
        read_recipe(changed(RECIPE, tmp_path, wrong), reactor)
    assert len(refusal.value.findings) == 3


def test_a_file_too_large_is_not_read(reactor: Reactor, tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text("recipe: 1\n" + "# x\n" * (10 << 18), encoding="utf-8")
    with pytest.raises(InputError, match=r"large\.yaml: the file has 10\.0 MiB") as refusal:
        read_recipe(path, reactor)
    assert refusal.value.exit_status == 2


def test_a_yaml_bomb_does_not_go_off(reactor: Reactor, tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=r"bomb\.yaml:1:.* anchors"):
        read_recipe(path, reactor)


SETTINGS = {
    "unknown": ({"cycle": "5"}, "did you mean cycles"),
    "out of bounds": ({"cycles": "5001"}, "from 1 to 5000"),
    "enormous": ({"cycles": "1" + "0" * 12}, "from 1 to 5000"),
    "not whole": ({"cycles": "5.5"}, "whole number"),
    "not a number": ({"cycles": "many"}, "whole number"),
    "no unit": ({"stabilise": "5"}, "unit is missing"),
    "other unit": ({"stabilise": "5 Pa"}, "time is expected"),
    "decimal comma": ({"stabilise": "0,5 h"}, "comma"),
    "not finite": ({"stabilise": "nan s"}, "finite"),
    "too long": ({"stabilise": "3 h"}, "from 1 min to 2 h"),
}


@pytest.mark.parametrize(("settings", "words"), SETTINGS.values(), ids=SETTINGS.keys())
def test_a_wrong_setting_is_refused(settings: dict[str, str], words: str, reactor: Reactor) -> None:
    with pytest.raises(RecipeError, match=words) as refusal:
        read_recipe(RECIPE, reactor, settings)
    assert str(RECIPE) in refusal.value.where
    assert refusal.value.exit_status == 2


def test_a_state_is_a_word(reactor: Reactor, tmp_path: Path) -> None:
    path = written(tmp_path, "- set: {output: carrier.valve, value: 1}")
    with pytest.raises(RecipeError, match="open or closed"):
        read_recipe(path, reactor)
