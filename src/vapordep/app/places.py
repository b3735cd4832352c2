"""Places: the files that a person names on the command line, by path or by the name of a shipped one."""

from difflib import get_close_matches
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
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    near = get_close_matches(given.stem, known, n=1)
    meant = f"a file; did you mean {near[0]}?" if near else f"a file, or one of the shipped {kind}: {', '.join(known)}"
    raise FileError("there is no such file", where=name, remedy=f"name {meant}")


def reactor_file(name: str | None) -> Path:
    """The reactor file of that path or shipped name; the default one without."""
    return find("reactors", name or DEFAULT_REACTOR)


def named_in(file: Path) -> str:
    """The name that a reactor file gives its reactor; raises FileError for what is none."""
    document = read_yaml(file)
    name = document.data.get("reactor")
    if "recipe" in document.data or not isinstance(name, str) or not name:  # a recipe names the one that it is for
        raise FileError("this is no reactor file", where=str(file), remedy="it begins with `reactor: NAME`")
    return name


def recipe_file(name: str) -> Path:
    """The recipe file of that path or shipped name."""
    return find("recipes", name)


def recipe_or_reactor_file(name: str) -> Path:
    """What can be checked: the recipe file of that path or shipped name, or the reactor file."""
    try:
        return recipe_file(name)
    except FileError as error:
        try:
            return find("reactors", name)
        except FileError:
            raise error from None


def written_for(recipe: Path) -> Path | None:
    """The reactor file that a recipe names as its own, one beside it or a shipped one; None when it names none.

    What is wrong with the recipe is told by whoever reads it for good. Raises FileError when there is no such reactor.
    """
    try:
        document = read_yaml(recipe)
    except FileError:
        return None
    data = document.data
    named = data.get("reactor") if "recipe" in data else None  # a reactor file begins with its own name
    if not isinstance(named, str) or not named:
        return None
    beside = recipe.parent / named
    try:
        return beside if beside.is_file() else reactor_file(named)
    except FileError as error:
        what = f"there is no reactor {named!r}"
        raise FileError(what, where=document.where(("reactor",)), remedy=error.remedy) from None
