"""Shipped files: where the reactors and recipes of this installation lie, in a checkout and in an installed wheel."""

from importlib.resources import files
from pathlib import Path

from vapordep.errors import FileError


def data_folder(kind: str) -> Path:
    """The folder of shipped `reactors` or `recipes`; raises FileError when this installation has none."""
    package = Path(str(files("vapordep")))
    for folder in (package / "_data" / kind, package.parent.parent / kind):
        if folder.is_dir():
            return folder
    raise FileError(f"this installation has no {kind}", where=str(package), remedy="install vapordep anew")
