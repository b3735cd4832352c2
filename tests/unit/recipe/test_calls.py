"""Calls: another recipe's steps in their place, findings with its file and line, and what is bounded and refused."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, RECIPE, place
from vapordep.errors import RecipeError
from vapordep.files import parse_yaml
from vapordep.model.plan import Block, Call
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose, Flow, Purge
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe

HEAD = "recipe: 1\nname: {name}\nprocess: ALD\nsubstrate: silicon\n"
PUMP = "steps:\n  - pump: {to: 1 Pa}\n  - flow: {carrier: 20 sccm}\n"
PULSES = """\
status: verified
parameters:
  cycles: {default: 3, low: 1, high: 50}
  purge: {default: 40 s, low: 30 s, high: 90 s}
steps:
  - repeat: $cycles
    name: pulses
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: $purge}
finally:
  - purge: {for: 1 h}
"""


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, rest: str) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD.format(name=name) + rest, encoding="utf-8")
        return path

    write("pulses", PULSES)
    return write


Write = Callable[..., Path]


def refusal(path: Path, reactor: Reactor) -> tuple[str, str]:
    """What the only finding says, and where."""
    with pytest.raises(RecipeError) as refused:
        read_recipe(path, reactor)
    [finding] = refused.value.findings
    return finding.what, finding.where


def test_the_steps_that_are_called_stand_in_its_place(reactor: Reactor, write: Write) -> None:
    call = "  - call: {recipe: pulses, set: {cycles: 5, purge: 50 s}}\n  - purge: {for: 2 s}\n"
    recipe = read_recipe(write("main", "status: verified\n" + PUMP + call), reactor)
    _, flow, called, block, last = recipe.plan.steps
    assert isinstance(flow, Flow)
    assert isinstance(block, Block)
    assert (block.count, [type(step) for step in block.steps]) == (5, [Dose, Purge])
    assert isinstance(block.steps[1], Purge)
    assert block.steps[1].duration == 50.0
    assert isinstance(last, Purge), "the called recipe's `finally` is not done"
    assert recipe.plan.finally_steps == ()
    [kept] = recipe.called
    assert isinstance(called, Call)
    assert (called.recipe, called.sha256) == ("pulses", kept.sha256)
    assert (kept.asked, kept.text, dict(kept.parameters)) == (
        "pulses", Path(kept.file).read_text(encoding="utf-8"), {"cycles": 5, "purge": "50 s"},
    )  # fmt: skip
    assert recipe.status == "verified"


def test_a_finding_names_the_called_file(reactor: Reactor, write: Write) -> None:
    inner = write("inner", "steps:\n  - heat: {stage: 60 degC}\n  - dose: {source: TMA, pulse: 5 ms}\n")
    path = write("main", PUMP + "  - call: {recipe: inner.yaml}\n")
    what, where = refusal(path, reactor)
    assert "its valve opens for 15 ms" in what
    assert where == place(inner, "pulse: 5 ms")
    broken = write("inner", "steps:\n  - purge: {for: 5}\n")
    assert refusal(path, reactor)[1] == place(broken, "for: 5")


def test_what_is_called_must_be_verified_too(reactor: Reactor, write: Write) -> None:
    write("inner", "steps:\n  - purge: {for: 5 s}\n")
    path = write("main", "status: verified\n" + PUMP + "  - call: {recipe: inner}\n")
    assert read_recipe(path, reactor).status == "unverified"


def test_a_shipped_recipe_is_called_by_its_name(reactor: Reactor, write: Write) -> None:
    text = HEAD.format(name="main").replace("silicon", "lithium") + "steps:\n  - call: {recipe: al2o3_on_lithium}\n"
    path = write("main", "")
    path.write_text(text, encoding="utf-8")
    recipe, shipped = read_recipe(path, reactor), read_recipe(RECIPE, reactor)
    assert recipe.plan.steps[1:] == shipped.plan.steps
    assert recipe.plan.prime == shipped.plan.prime, "a continued run needs it again"


BAD = {
    "unknown": ("{recipe: pulse}", "there is no recipe 'pulse'"),
    "a folder": ("{recipe: .}", "there is no recipe '.'"),
    "unknown parameter": ("{recipe: pulses, set: {cylces: 5}}", "no parameter 'cylces'"),
    "out of bounds": ("{recipe: pulses, set: {cycles: 51}}", "cycles = 51 is out of bounds"),
    "no number": ("{recipe: pulses, set: {cycles: many}}", "is not a whole number"),
    "no unit": ("{recipe: pulses, set: {purge: 50}}", "unit is missing"),
    "unknown key": ("{recipe: pulses, with: {cycles: 5}}", "with"),
    "no name": ("{recipe: ''}", "at least 1 character"),
}


@pytest.mark.parametrize(("call", "words"), BAD.values(), ids=BAD.keys())
def test_a_bad_call_is_refused_where_it_stands(call: str, words: str, reactor: Reactor, write: Write) -> None:
    path = write("main", PUMP + f"  - call: {call}\n")
    what, where = refusal(path, reactor)
    assert words in what
    assert where == place(path, "- call:")


OUTSIDE = (
    "../secret", "../secret.yaml", "deep/../../secret", "./../secret", "..", "/SECRET", "..\\\\secret", "C:secret",
    "C:\\\\secret", "\\\\\\\\host\\\\share\\\\secret", "//host/share/secret",
)  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_its_folder_is_read_for_a_recipe(name: str, reactor: Reactor, tmp_path: Path) -> None:
    """D10. What lies there would be told by its errors, and kept with the run."""
    secret = tmp_path / "secret.yaml"
    secret.write_text(HEAD.format(name="secret") + PULSES, encoding="utf-8")
    path = tmp_path / "recipes" / "main.yaml"
    (path.parent / "deep").mkdir(parents=True)
    told = name.replace("/SECRET", str(secret))
    path.write_text(HEAD.format(name="main") + PUMP + f'  - call: {{recipe: "{told}"}}\n', encoding="utf-8")
    what, where = refusal(path, reactor)
    assert "leads out of the folder of this recipe" in what
    assert where == place(path, "- call:")


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators there")
def test_a_link_that_leads_out_of_the_folder_is_not_followed(reactor: Reactor, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(HEAD.format(name="secret") + PULSES, encoding="utf-8")
    path = tmp_path / "recipes" / "main.yaml"
    path.parent.mkdir()
    (path.parent / "inner.yaml").symlink_to(secret)
    path.write_text(HEAD.format(name="main") + PUMP + "  - call: {recipe: inner}\n", encoding="utf-8")
    assert "is a link that leads out" in refusal(path, reactor)[0]


def test_a_recipe_in_a_folder_beside_it_is_called_and_a_name_that_is_too_long_is_unknown(
    reactor: Reactor, write: Write, tmp_path: Path
) -> None:
    write("inner", "steps:\n  - purge: {for: 5 s}\n")
    path = write("main", PUMP + "  - call: {recipe: parts/inner}\n")
    (path.parent / "parts").mkdir()
    (path.parent / "inner.yaml").rename(path.parent / "parts" / "inner.yaml")
    assert [call.asked for call in read_recipe(path, reactor).called] == ["parts/inner"]
    path = write("main", PUMP + f"  - call: {{recipe: {'x' * 400}}}\n")
    assert "there is no recipe" in refusal(path, reactor)[0]


@pytest.mark.parametrize(("old", "new"), [("process: ALD", "process: MLD"), ("silicon", "copper")])
def test_another_process_or_substrate_is_refused(old: str, new: str, reactor: Reactor, write: Write) -> None:
    other = write("other", PULSES)
    other.write_text(other.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    path = write("main", PUMP + "  - call: {recipe: other}\n")
    what, where = refusal(path, reactor)
    assert f"is a recipe for {new.rpartition(' ')[2]}" in what
    assert where == place(path, "- call:")


def test_what_is_kept_to_be_refused_cannot_be_called(reactor: Reactor, write: Write) -> None:
    write("bad", "expect_refusal: C3\n" + PULSES)
    assert "kept to be refused (C3)" in refusal(write("main", PUMP + "  - call: {recipe: bad}\n"), reactor)[0]


def test_a_recipe_that_calls_itself_is_refused(reactor: Reactor, write: Write) -> None:
    write("there", "steps:\n  - call: {recipe: back}\n")
    back = write("back", PUMP + "  - call: {recipe: there}\n")
    what, where = refusal(back, reactor)
    assert what == "this recipe calls itself: back.yaml -> there.yaml -> back.yaml"
    assert where.endswith("there.yaml:6")


def test_depth_and_number_of_calls_are_bounded(reactor: Reactor, write: Write) -> None:
    for depth in range(8):
        write(f"level{depth}", f"steps:\n  - call: {{recipe: level{depth + 1}}}\n")
    write("level3", "steps:\n  - purge: {for: 1 s}\n")
    assert read_recipe(write("main", PUMP + "  - call: {recipe: level0}\n"), reactor).called[-1].asked == "level0"
    write("level3", "steps:\n  - call: {recipe: level4}\n")
    assert "deeper than 5" in refusal(write("main", PUMP + "  - call: {recipe: level0}\n"), reactor)[0]
    write("twice", "steps:\n  - purge: {for: 1 s}\n")
    write("ten", "steps:\n" + "  - call: {recipe: twice}\n" * 10)
    path = write("main", PUMP + "  - call: {recipe: ten}\n" * 10)
    with pytest.raises(RecipeError, match="more than 100 calls"):
        read_recipe(path, reactor)


def test_a_record_is_judged_by_what_it_kept(reactor: Reactor, write: Write) -> None:
    path = write("main", PUMP + "  - call: {recipe: pulses}\n")
    recipe = read_recipe(path, reactor)
    write("pulses", "steps: nonsense")
    again = examine(parse_yaml(recipe.text, "record.yaml"), reactor, None, recipe.called).recipe
    assert again is not None
    assert again.plan.steps[3:] == recipe.plan.steps[3:]
    lost = examine(parse_yaml(recipe.text, "record.yaml"), reactor, None, ())
    assert ["the record holds no recipe 'pulses'" in finding.message for finding in lost.findings] == [True]


def test_one_name_for_two_files_is_refused(reactor: Reactor, write: Write, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    inner = HEAD.format(name="inner") + "steps:\n  - call: {recipe: pulses}\n"
    (tmp_path / "sub" / "inner.yaml").write_text(inner, encoding="utf-8")
    other = HEAD.format(name="pulses") + "steps:\n  - purge: {for: 7 s}\n"
    (tmp_path / "sub" / "pulses.yaml").write_text(other, encoding="utf-8")
    path = write("main", PUMP + "  - call: {recipe: pulses}\n  - call: {recipe: sub/inner}\n")
    assert "two different recipes are called by the name 'pulses'" in refusal(path, reactor)[0]
