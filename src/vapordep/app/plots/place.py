"""The place of a picture: found out, before anything else is done, whether one can be written there."""

import tempfile
from pathlib import Path

from vapordep.errors import FileError

KINDS = (".png", ".pdf", ".svg")


def check_plot(path: Path) -> None:
    """Finds out, without leaving anything behind, whether a plot can be written to `path`; raises FileError if not."""
    if path.suffix.lower() not in KINDS:
        raise FileError("a plot is no such file", where=str(path), remedy=f"let its name end in {' or '.join(KINDS)}")
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        what = f"the plot cannot be written there: {error.strerror or error}"
        raise FileError(
            what, where=str(path), remedy="name a file in a folder that is there and that you may write to"
        ) from error


def write_plot(drawn: bytes, path: Path) -> None:
    """Writes a picture; raises FileError when it cannot be written."""
    try:
        path.write_bytes(drawn)
    except OSError as error:
        what = f"the plot cannot be written: {error.strerror}"
        raise FileError(what, where=str(path), remedy="check the folder, its rights and its space") from error
