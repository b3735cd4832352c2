"""Places: the files that a person names on the command line, by path or by the name of a shipped one."""

from pathlib import Path

from vapordep.errors import FileError
from vapordep.files import data_folder, read_yaml

DEFAULT_REACTOR = "glovebox_ald"


def find(kind: str, name: str) -> Path:
    """A file by its path, or a shipped one by its name with or without folder and `.yaml`.

    Raises FileError that lists what is shipped.
    """
    given = Path(name)
    if given.exists():
        return given
    folder = data_folder(kind)
    shipped = folder / (given.name if given.suffix else f"{given.name}.yaml")
    if shipped.is_file() and given.parent in (Path(), Path(kind)):
        return shipped
    known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
    raise FileError("there is no such file", where=name, remedy=f"name a file, or one of the shipped {kind}: {known}")


def reactor_file(name: str | None) -> Path:
    """The reactor file of that path or shipped name; the default one without."""
    return find("reactors", name or DEFAULT_REACTOR)


def recipe_file(name: str) -> Path:
    """The recipe file of that path or shipped name."""
    return find("recipes", name)


def written_for(recipe: Path) -> str | None:
    """The reactor that a recipe file names as its own, a file beside it or a shipped name; None when it names none.

    What is wrong with the file is told by whoever reads it for good.
    """
    try:
        data = read_yaml(recipe).data
    except FileError:
        return None
    named = data.get("reactor") if "recipe" in data else None  # a reactor file begins with its own name
    if not isinstance(named, str) or not named:
        return None
    beside = recipe.parent / named
    return str(beside) if beside.is_file() else named
