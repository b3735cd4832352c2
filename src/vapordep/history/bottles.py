"""The record of a reactor's bottles: one line a fact in a file of the history folder, only ever added to.

A check reads it, so it must cost no more than a few lines of JSON. Each line is written by one call of the system; one
that a crash has torn was never confirmed to anybody, does not count, and is told.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from vapordep.chemistry import substance
from vapordep.clock import utc_now
from vapordep.errors import HistoryError, InputError, NotThere
from vapordep.history import dates
from vapordep.model.bottles import Bottle, Shelf
from vapordep.model.reactor import Reactor

FOLDER = "bottles"
HEAVIEST = 100.0
"""No bottle at a laboratory's reactor holds more, kg."""
LONGEST = 200


def file_of(history: Path, reactor: str) -> Path:
    """Where the record of a reactor's bottles lies."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", reactor)[:64]
    mark = "" if name == reactor else f"-{hashlib.sha256(reactor.encode()).hexdigest()[:8]}"
    return history / FOLDER / f"{name}{mark}.jsonl"


def shelf(history: Path, reactor: str) -> Shelf:
    """Every bottle of a reactor; none where nobody entered one. Raises HistoryError when it cannot be read."""
    path = file_of(history, reactor)
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return Shelf()
    except OSError as error:
        raise HistoryError(f"the bottles cannot be read: {error.strerror}", where=str(path)) from error
    found, damaged = Shelf(), []
    for number, line in enumerate(lines, 1):
        entry = _entry(line)
        after = None if entry is None else _after(found, entry)
        if after is not None:
            found = after
        elif line.strip():
            damaged.append(number)
    return replace(found, damaged=tuple(damaged))


def install(
    history: Path, reactor: Reactor, source: str, mass: float, person: str, *, lot: str = "", day: str = ""
) -> Bottle:
    """Enters a bottle with `mass` kg in it, net; returns it.

    Raises InputError for a source that the reactor lacks, a mass or a day that cannot be, and while another stands
    there.
    """
    known = _source(reactor, source)
    before = shelf(history, reactor.name)
    standing = before.at(source)
    if standing is not None:
        what = f"a bottle stands at {source} already ({standing.called})"
        raise InputError(what, remedy=f"vapordep bottles remove {reactor.name} {source}")
    _add(history, reactor.name, {
        "do": "install", "bottle": len(before.bottles) + 1, "source": source, "substance": known, "lot": _short(lot),
        "mass_kg": _mass(mass, least=1e-6), "day": dates.day(day), "person": _short(person),
    })  # fmt: skip
    return _standing(history, reactor, source)


def weigh(history: Path, reactor: Reactor, source: str, mass: float, person: str, *, day: str = "") -> Bottle:
    """Enters what the bottle of a source holds, net, in kg; 0 for one that is empty. Raises InputError, NotThere."""
    bottle = _standing(history, reactor, source)
    _add(history, reactor.name, {
        "do": "weigh", "bottle": bottle.number, "mass_kg": _mass(mass, least=0.0), "day": dates.day(day),
        "person": _short(person),
    })  # fmt: skip
    return _standing(history, reactor, source)


def remove(history: Path, reactor: Reactor, source: str, person: str, *, day: str = "") -> Bottle:
    """Enters that the bottle of a source was taken away; returns it. Raises InputError, NotThere."""
    bottle = _standing(history, reactor, source)
    entry = {"do": "remove", "bottle": bottle.number, "day": dates.day(day), "person": _short(person)}
    _add(history, reactor.name, entry)
    return next(each for each in shelf(history, reactor.name).bottles if each.number == bottle.number)


def use(history: Path, reactor: str, run_id: str, amounts: Mapping[str, float]) -> None:
    """Enters what a run took, in mol by source, once; without any bottle on record nothing is written."""
    known = shelf(history, reactor)
    taken = {name: amount for name, amount in amounts.items() if amount > 0.0 and known.at(name) is not None}
    if taken and run_id not in known.runs:
        _add(history, reactor, {"do": "use", "run": run_id, "mol": taken})


def as_plain(bottle: Bottle) -> dict[str, Any]:
    """All that is known of it: masses in kg, amounts in mol, and what is left."""
    molar_mass = substance(bottle.substance).molar_mass
    left = bottle.left(molar_mass)
    row = asdict(bottle)
    filled, mass, used = (row.pop(name) for name in ("filled", "mass", "used"))
    held = {"filled_kg": filled, "weighed_kg": mass, "used_mol": used, "left_mol": left, "left_kg": left * molar_mass}
    return {**row, **held}


def _standing(history: Path, reactor: Reactor, source: str) -> Bottle:
    _source(reactor, source)
    bottle = shelf(history, reactor.name).at(source)
    if bottle is None:
        remedy = f'vapordep bottles install {reactor.name} {source} "25 g" --lot ...'
        raise NotThere(f"no bottle stands at {source} of {reactor.name}", remedy=remedy)
    return bottle


def _after(found: Shelf, entry: Mapping[str, Any]) -> Shelf | None:
    """The shelf after one line; None for one that says nothing of a bottle that is there."""
    try:
        match entry["do"]:
            case "install":
                bottle = Bottle(
                    int(entry["bottle"]), str(entry["source"]), str(entry["substance"]), str(entry["lot"]),
                    float(entry["mass_kg"]), str(entry["day"]), str(entry["person"]), float(entry["mass_kg"]),
                )  # fmt: skip
                return replace(found, bottles=(*found.bottles, bottle))
            case "weigh":
                changed = {"mass": float(entry["mass_kg"]), "weighed": str(entry["day"]), "used": 0.0}
                return _changed(found, int(entry["bottle"]), changed)
            case "remove":
                return _changed(found, int(entry["bottle"]), {"removed": str(entry["day"])})
            case "use":
                return _used(found, str(entry["run"]), {str(k): float(v) for k, v in entry["mol"].items()})
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return None


def _changed(found: Shelf, number: int, changes: Mapping[str, Any]) -> Shelf | None:
    if not any(bottle.number == number for bottle in found.bottles):
        return None
    bottles = tuple(replace(b, **changes) if b.number == number else b for b in found.bottles)
    return replace(found, bottles=bottles)


def _used(found: Shelf, run_id: str, amounts: Mapping[str, float]) -> Shelf:
    if run_id in found.runs:
        return found
    for source, amount in amounts.items():
        bottle = found.at(source)
        if bottle is not None:
            found = _changed(found, bottle.number, {"used": bottle.used + amount}) or found
    return replace(found, runs=found.runs | {run_id})


def _entry(line: bytes) -> Mapping[str, Any] | None:
    """What a line says; None when it is not as it was written."""
    try:
        whole = json.loads(line)
        entry = whole["entry"]
        return entry if whole["sha256"] == _digest(entry) and isinstance(entry, dict) else None
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _add(history: Path, reactor: str, entry: Mapping[str, Any]) -> None:
    """One line more, on the disk when this returns; HistoryError when it does not take it."""
    path = file_of(history, reactor)
    stamped = {**entry, "entered": utc_now().isoformat(timespec="seconds")}
    line = json.dumps({"entry": stamped, "sha256": _digest(stamped)}, allow_nan=False).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            torn = end > 0 and _last(descriptor, end) != b"\n"
            written = os.write(descriptor, b"\n" + line if torn else line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HistoryError(
            f"the bottles cannot be written: {error.strerror}", where=str(path), remedy="check its rights and its space"
        ) from error
    if written != len(line) + torn:
        raise HistoryError("the disk took half a line: nothing was entered", where=str(path), remedy="make room on it")


def _last(descriptor: int, end: int) -> bytes:
    os.lseek(descriptor, end - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def _digest(entry: object) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:16]


def _source(reactor: Reactor, source: str) -> str:
    """The substance of a source."""
    if source not in reactor.sources:
        known = ", ".join(reactor.sources) or "none"
        raise InputError(f"{reactor.name} has no source {source[:80]!r}", remedy=f"its sources: {known}")
    return substance(reactor.sources[source].substance).name


def _mass(mass: float, least: float) -> float:
    if not least <= mass <= HEAVIEST:
        raise InputError(
            f"a bottle cannot hold {mass:g} kg", remedy=f"its content without the bottle, up to {HEAVIEST:g} kg"
        )
    return mass


def _short(text: str) -> str:
    if len(text) > LONGEST or not text.isprintable():
        raise InputError(f"{text[:40]!r}... is too long, or holds a sign that cannot be printed", remedy="shorten it")
    return text.strip()
