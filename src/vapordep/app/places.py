"""Places: where the shipped reactors and recipes lie, in a checkout and in an installed wheel."""

from importlib.resources import files
from pathlib import Path

from vapordep.errors import FileError

DEFAULT_REACTOR = "glovebox_ald"


def data_folder(kind: str) -> Path:
    """The folder of shipped `reactors` or `recipes`; raises FileError when this installation has none."""
    package = Path(str(files("vapordep")))
    for folder in (package / "_data" / kind, package.parent.parent / kind):
        if folder.is_dir():
            return folder
    raise FileError(f"this installation has no {kind}", where=str(package), remedy="install vapordep anew")


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
