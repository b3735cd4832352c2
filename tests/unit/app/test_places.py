"""Where shipped files lie: at the root of a checkout, in `_data` of a wheel; and files of one's own."""

from pathlib import Path

import pytest

from vapordep.app import places
from vapordep.errors import FileError
from vapordep.files import data_folder, shipped


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as a wheel installs it, with one recipe."""
    package = tmp_path / "site-packages" / "vapordep"
    (package / "_data" / "recipes").mkdir(parents=True)
    (package / "_data" / "recipes" / "shipped.yaml").write_text("recipe: 1")
    monkeypatch.setattr(shipped, "files", lambda _: package)
    monkeypatch.chdir(tmp_path)
    return package


def test_a_checkout_has_its_files_at_its_root() -> None:
    assert places.recipe_file("al2o3_on_lithium") == data_folder("recipes") / "al2o3_on_lithium.yaml"
    assert places.reactor_file(None).name == "glovebox_ald.yaml"


@pytest.mark.parametrize("name", ["shipped", "shipped.yaml", "recipes/shipped", "recipes/shipped.yaml"])
def test_a_wheel_has_its_files_inside(wheel: Path, name: str) -> None:
    assert places.recipe_file(name) == wheel / "_data" / "recipes" / "shipped.yaml"


def test_a_file_of_ones_own_comes_first(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "shipped.yaml").write_text("recipe: 1")
    assert places.recipe_file("shipped.yaml") == Path("shipped.yaml")


@pytest.mark.parametrize("name", ["unknown", "elsewhere/shipped", "../recipes/shipped"])
def test_what_is_not_there_is_told_with_what_is(wheel: Path, name: str) -> None:
    with pytest.raises(FileError) as caught:
        places.recipe_file(name)
    assert "shipped" in caught.value.remedy


def test_an_installation_without_data_says_so(wheel: Path) -> None:
    with pytest.raises(FileError, match="no reactors"):
        places.reactor_file(None)


def test_a_recipe_names_the_reactor_it_is_written_for(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    for text, named in {
        "recipe: 1\nreactor: glovebox_mld\n": data_folder("reactors") / "glovebox_mld.yaml",
        "recipe: 1\nreactor: own.yaml\n": tmp_path / "own.yaml",
        "recipe: 1\nreactor: 5\n": None,
        "recipe: 1\n": None,
        "reactor: glovebox-ald\n": None,
        "recipe: [\n": None,
    }.items():
        (tmp_path / "own.yaml").touch()
        recipe.write_text(text, encoding="utf-8")
        assert places.written_for(recipe) == named


def test_a_reactor_that_is_not_there_is_told_where_the_recipe_names_it(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("recipe: 1\nreactor: nowhere\n", encoding="utf-8")
    with pytest.raises(FileError, match="no reactor 'nowhere'") as caught:
        places.written_for(recipe)
    assert caught.value.where == f"{recipe}:2"
    assert "glovebox_ald" in caught.value.remedy
