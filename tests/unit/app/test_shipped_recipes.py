"""Whether a recipe is one of those shipped: what is in it counts, wherever it lies."""

from pathlib import Path

import pytest

from vapordep.app.shipped_recipes import is_shipped
from vapordep.errors import FileError
from vapordep.files import data_folder
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe, read_recipe

NAME = "al2o3_on_lithium.yaml"
TEXT = (data_folder("recipes") / NAME).read_text(encoding="utf-8")
CALLS = """recipe: 1
name: calls another
process: ALD
reactor: glovebox_ald
substrate: lithium
steps:
  - call: {recipe: al2o3_on_lithium}
"""


def read(path: Path) -> Recipe:
    return read_recipe(path, read_reactor(data_folder("reactors") / "glovebox_ald.yaml"), {})


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_is_shipped_by_what_is_in_it(tmp_path: Path) -> None:
    assert is_shipped(read(data_folder("recipes") / NAME))
    assert is_shipped(read(written(tmp_path / "copy.yaml", TEXT)))
    assert not is_shipped(read(written(tmp_path / NAME, TEXT + "# a word more\n")))


def test_what_cannot_be_compared_is_not_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = read(data_folder("recipes") / NAME)

    def none(_: str) -> Path:
        raise FileError("this installation has no recipes")

    monkeypatch.setattr("vapordep.app.shipped_recipes.data_folder", none)
    assert not is_shipped(recipe)


def test_one_that_calls_is_as_shipped_as_all_that_it_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped, lab = tmp_path / "shipped", tmp_path / "lab"
    shipped.mkdir()
    lab.mkdir()
    for folder in (shipped, lab):
        written(folder / "calls.yaml", CALLS)
    written(shipped / NAME, TEXT)
    written(lab / NAME, TEXT.replace("\n", "\n# another\n", 1))
    monkeypatch.setattr("vapordep.app.shipped_recipes.data_folder", lambda _: shipped)
    assert is_shipped(read(shipped / "calls.yaml"))
    assert not is_shipped(read(lab / "calls.yaml")), "the same text, but it calls what lies beside it"
