"""What a lab decides about a history folder, in its file `history.yaml`: what is recorded between runs, and kept."""

import json
import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from vapordep.files import FileModel, atomic_write, finding, quantity, read_yaml, validate
from vapordep.history.database import postgresql
from vapordep.units import Dimension

NAME = "history.yaml"
DAY = 86400.0
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _address(given: object) -> object:
    """Refuses what is no text without saying what it is: there may be a password in it."""
    if isinstance(given, str):
        return given
    raise finding("one address is wanted", "write it on one line, such as postgresql://vapordep@db.lab/vapordep")


class Settings(FileModel):
    """A file that is not there, and each key that is not in it, stand for what is here."""

    record_idle: Annotated[bool, Field(description="Whether the time between runs is recorded.")] = True
    keep_idle: Annotated[float, quantity(Dimension.TIME, low=DAY)] = 30 * DAY
    """For so long, in s, recordings of the time between runs are kept after their end. Runs are kept for ever."""
    catalogue: Annotated[str, BeforeValidator(_address)] = ""
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
    atomic_write(file, "".join([*rest, line]), private=postgresql.has_password(url))


def exposed(history: Path) -> list[str]:
    """A sentence where others who use this computer may read the password of the catalogue's database.

    Raises FileError as `settings`.
    """
    file = history / NAME
    if os.name != "posix" or not postgresql.has_password(settings(history).catalogue):
        return []
    if not file.stat().st_mode & OTHERS:
        return []
    return [f"{file} holds a password that others may read: keep it in ~/.pgpass, or `chmod 600` the file"]


_CATALOGUE = re.compile(r"""["']?catalogue["']?\s*:""")


@lru_cache(maxsize=8)
def _read(file: Path, written: int) -> Settings:
    """As they were written then, in ns."""
    return validate(read_yaml(file), Settings)
