"""The forms of steps: every word has one, its example can be read, and its keys are those of the schema."""

import pytest

from tests.unit.api.asking import asked, served
from vapordep.files import parse_yaml
from vapordep.recipe import examine
from vapordep.recipe.language.forms import FORMS, forms, top_keys
from vapordep.recipe.steps import COMPILERS
from vapordep.units import Dimension

HEAD = "recipe: 1\nname: x\nprocess: ALD\nsubstrate: lithium\nsteps:\n"
BESIDE = "    steps: [rest: {for: 1 s}]\n"
LACKING = {"sequence", "throttle", "filament", "plasma", "uv", "vapour", "deposit", "zero"}
"""What the glovebox's reactor does not have; its findings say so."""
FOUND = {form.word: form for form in forms(served().reactor)}


def test_every_word_has_a_form() -> None:
    assert set(FOUND) == {*COMPILERS, "call", "repeat", "no_resume", "prime"}


@pytest.mark.parametrize("word", sorted(set(FORMS) - LACKING))
def test_an_example_can_be_read(word: str) -> None:
    form = FOUND[word]
    text = f"{HEAD}  - {word}: {form.example}\n{BESIDE if form.beside else ''}"
    examined = examine(parse_yaml(text, served().history / "x.yaml"), served().reactor, {})
    assert [each for each in examined.findings if each.code == "R-FORM"] == []
    assert examined.recipe is not None, examined.findings


def test_keys_tell_what_they_measure_name_and_may_be() -> None:
    dose = {key.name: key for key in FOUND["dose"].keys}
    assert (dose["pulse"].dimension, dose["pulse"].needed) == (Dimension.TIME, True)
    assert (dose["gap"].dimension, dose["gap"].needed) == (Dimension.TIME, False)
    assert dose["source"].names == "source"
    purge = {key.name: key for key in FOUND["purge"].keys}
    assert purge["otherwise"].values == ("hold", "continue", "stop", "abort")
    assert "for" in purge
    assert (FOUND["heat"].names, FOUND["heat"].dimension) == ("zone", Dimension.TEMPERATURE)
    assert {key.name for key in FOUND["repeat"].keys} == {"name", "layer", "vary", "steps"}
    top = {key.name: key for key in top_keys()}
    assert top["process"].values[:4] == ("ALD", "MLD", "iCVD", "ALD + iCVD")
    assert "finally" in top


def test_the_web_tells_them_with_units_and_names() -> None:
    told = asked("/api/recipes/words").json
    assert {step["word"] for step in told["steps"]} == set(FOUND)
    assert {"ms", "s", "min"} <= set(told["units"]["time"])
    assert "TMA" in told["names"]["source"]
    assert "chamber.pressure" in told["names"]["tag"]
    assert told["outputs"]["carrier.flow_setpoint"] == "gas flow"
