"""The section `cap`: compiled like the others, and judged both as the end of a held run and as a run of its own."""

from pathlib import Path

import pytest

from tests.recipes.dry import REACTOR, RECIPES, reactor_of
from vapordep.model.plan import Block
from vapordep.model.steps import Wait
from vapordep.reactor import read_reactor
from vapordep.recipe import Examined, examine
from vapordep.recipe.resume.rest import capped

[R1] = [path for path in RECIPES if path.stem == "al2o3_on_lithium"]


def with_cap(folder: Path, cap: str, *, prime: bool = True) -> Examined:
    text = R1.read_text(encoding="utf-8")
    before, _, rest = text.partition("\ncap:\n")
    after = rest[rest.index("\nfinally:") :]
    text = before + "\ncap:\n" + cap + after
    if not prime:
        text = text[: text.index("prime:\n")] + text[text.index("\nsteps:") :].replace("  - prime\n", "")
    recipe = folder / "recipe.yaml"
    recipe.write_text(text, encoding="utf-8")
    return examine(recipe, read_reactor(REACTOR))


def codes(found: Examined) -> set[str]:
    return {finding.code for finding in found.findings if finding.refuses}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_has_one_but_on_a_wafer_that_air_does_not_harm(path: Path) -> None:
    found = examine(path, read_reactor(reactor_of(path)))
    assert found.ok
    assert found.recipe is not None
    assert bool(found.recipe.plan.cap) is (found.recipe.plan.substrate != "silicon")


@pytest.mark.parametrize(
    ("cap", "code"),
    [
        ("  - dose: {source: TMA, pulse: 50 ms}\n  - dose: {source: H2O, pulse: 30 ms}\n", "C1"),
        ("  - dose: {source: TMA, pulse: 50 ms}\n  - purge: {for: 5 s}\n  - dose: {source: H2O, pulse: 30 ms}\n", "C2"),
        ("  - heat: {stage: 170 degC, rate: 5 K/min}\n", "T1"),
        (
            "  - repeat: 90000\n    steps:\n      - dose: {source: TMA, pulse: 500 ms}\n      - purge: {for: 9 s}\n",
            "R-BOTTLE",
        ),
        ("  - dose: {source: TMA}\n", "R-FORM"),
    ],
)
def test_it_is_checked_like_the_rest(tmp_path: Path, cap: str, code: str) -> None:
    assert code in codes(with_cap(tmp_path, cap))


def test_water_alone_closes_what_the_prime_has_covered_and_nothing_else(tmp_path: Path) -> None:
    water = "  - purge: {for: 20 s}\n  - dose: {source: H2O, pulse: 30 ms}\n"
    assert with_cap(tmp_path, water).ok
    assert codes(with_cap(tmp_path, water, prime=False)) == {"C3"}


def test_what_closes_a_film_does_not_wait_again_for_what_lay_between_its_layers(tmp_path: Path) -> None:
    text = R1.read_text(encoding="utf-8")
    layer = text[text.index("  - repeat: $cycles") : text.index("\n# Closes the film")]
    between = "  - wait: {until: chamber.pressure < 5 Pa, within: 1 min}\n"
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(text.replace(layer, layer + between + layer.replace("main", "more")), encoding="utf-8")
    found = examine(recipe, read_reactor(REACTOR)).recipe
    assert found is not None
    assert sum(isinstance(step, Wait) for step in found.plan.steps) == 1
    left = capped(found.plan).steps
    assert not any(isinstance(step, Wait) for step in left)
    assert [step.name for step in left if isinstance(step, Block) and step.layer] == ["cap"]
