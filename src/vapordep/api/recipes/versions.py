"""Versions of the lab's own recipes: every text that was saved stays, with who saved it, when and why."""

import json
import os
import re
import threading
from dataclasses import fields
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path
from typing import Any

from vapordep.clock import utc_now
from vapordep.errors import FileError, HistoryError, InputError, NotThere, StaleOrder
from vapordep.files import atomic_write
from vapordep.lazy import dataclass

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Version:
    """One saved text: its number from 1, who saved it, when (civil time, ISO 8601, UTC), why, and its hash."""

    number: int
    person: str
    saved: str
    note: str
    sha256: str


class Versions:
    """The versions of the recipes in one folder; the newest of each is the recipe itself, where others may call it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self, name: str) -> tuple[Version, ...]:
        """The oldest first; none for what was never saved here."""
        if not NAME.fullmatch(name):
            return ()
        found = []
        for file in sorted(self._kept(name).glob("*.json")):
            try:
                told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
                found.append(Version(**told))
            except (OSError, ValueError, TypeError) as error:
                raise HistoryError(f"a version of {name} cannot be read: {error}", where=str(file)) from error
        return tuple(found)

    def text(self, name: str, number: int) -> str:
        """What was saved then; raises NotThere."""
        if not any(version.number == number for version in self.all(name)):
            raise NotThere(f"{name[:80]} has no version {number}", remedy="see its /versions")
        return (self._kept(name) / f"{number:05}.yaml").read_text(encoding="utf-8")

    def save(self, name: str, text: str, person: str, note: str, base: int) -> Version:
        """Saves a text on top of version `base`, 0 for a new recipe.

        Raises InputError for a name that cannot be one, StaleOrder when another version came meanwhile, HistoryError
        when it cannot be written.
        """
        if not NAME.fullmatch(name):
            raise InputError(f"{name[:80]!r} cannot be a recipe's name", remedy="a to z, digits, - and _, at most 64")
        with _one_at_a_time:
            before = self.all(name)
            newest = before[-1].number if before else 0
            if newest != base:
                last = f"{before[-1].person} saved version {newest}" if before else "there is no version yet"
                remedy = "look at the difference, then save again" if base else "open that one, or take another name"
                raise StaleOrder(f"{last}; yours goes back to {base}", remedy=remedy)
            made = Version(newest + 1, person, utc_now().isoformat(timespec="seconds"), note, _hash(text))
            try:
                self._write(name, made, text)
            except (OSError, FileError) as error:
                raise HistoryError(f"{name} cannot be saved: {error}", where=str(self._folder)) from error
            return made

    def difference(self, name: str, old: int, new: int) -> str:
        """What changed from one version to another, as a unified diff."""
        before, now = (self.text(name, number).splitlines(keepends=True) for number in (old, new))
        return "".join(unified_diff(before, now, f"{name} {old}", f"{name} {new}"))

    def _write(self, name: str, made: Version, text: str) -> None:
        """The text first: a version is there once its description is."""
        kept = self._kept(name)
        kept.mkdir(parents=True, exist_ok=True)
        atomic_write(kept / f"{made.number:05}.yaml", text)
        told = {field.name: getattr(made, field.name) for field in fields(made)}
        atomic_write(self._folder / f"{name}.yaml", text)
        atomic_write(kept / f"{made.number:05}.json", json.dumps(told) + os.linesep)

    def _kept(self, name: str) -> Path:
        return self._folder / ".versions" / name


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
