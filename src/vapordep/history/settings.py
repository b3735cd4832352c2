"""What a lab decides about a history folder, in its file `history.yaml`: what is recorded between runs, and kept."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from vapordep.files import FileModel, atomic_write, quantity, read_yaml, validate
from vapordep.units import Dimension

NAME = "history.yaml"
DAY = 86400.0


class Settings(FileModel):
    """A file that is not there, and each key that is not in it, stand for what is here."""

    record_idle: Annotated[bool, Field(description="Whether the time between runs is recorded.")] = True
    keep_idle: Annotated[float, quantity(Dimension.TIME, low=DAY)] = 30 * DAY
    """For so long, in s, recordings of the time between runs are kept after their end. Runs are kept for ever."""
    catalogue: str = ""
    """The address of a PostgreSQL database that holds the catalogue, for labs with many reactors; else a file does."""


def settings(history: Path) -> Settings:
    """The settings of a history folder. Raises FileError for a file that cannot be read, or says what it cannot."""
    file = history / NAME
    try:
        written = file.stat().st_mtime_ns
    except OSError:
        return Settings()
    return _read(file, written)


def name_catalogue(history: Path, url: str) -> None:
    """Writes into the settings of a history folder where its catalogue is; all else there stays. Raises FileError."""
    file, line = history / NAME, f"catalogue: {json.dumps(url)}\n"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    rest = [kept for kept in text.splitlines(keepends=True) if not _CATALOGUE.match(kept)]
    if rest and not rest[-1].endswith("\n"):
        rest[-1] += "\n"
    atomic_write(file, "".join([*rest, line]))


_CATALOGUE = re.compile(r"""["']?catalogue["']?\s*:""")


@lru_cache(maxsize=8)
def _read(file: Path, written: int) -> Settings:
    """As they were written then, in ns."""
    return validate(read_yaml(file), Settings)
