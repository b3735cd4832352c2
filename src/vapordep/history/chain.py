"""The hash chain of a recording's events: changing, losing, adding or moving one breaks every hash after it.

Each event's SHA-256 covers its number, instant, kind, text, data and the hash before it; the first one's stands on the
header of the run. A chain cannot show by itself that its end was cut off, so its head is also kept in the catalogue.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from json.encoder import encode_basestring
from typing import Any, NamedTuple

import numpy as np

from vapordep.model.commands import Source
from vapordep.model.events import Kind


class Link(NamedTuple):
    """One event as it is stored: `data` is canonical JSON, `t` in s on the clock."""

    seq: int
    t: float
    kind: str
    text: str
    data: str
    prev: str
    hash: str


class Head(NamedTuple):
    """The last hash of a chain and how many events it has."""

    hash: str
    length: int


def genesis(header: str) -> Head:
    """The head of an empty chain: it stands on the frozen header of the run (canonical JSON)."""
    return Head(hashlib.sha256(b"vapordep recording\n" + header.encode()).hexdigest(), 0)


def link(head: Head, t: float, kind: str, text: str, data: Mapping[str, object]) -> Link:
    """The next link after `head`."""
    bare = (head.length + 1, float(t) + 0.0, str(kind), _clean(text), canonical(data), head.hash)
    return Link(*bare, _digest(bare))


def digest(stored: Link) -> str:
    """SHA-256 of a link, over everything but the hash it carries."""
    return _digest(stored[:-1])


def _digest(bare: tuple[object, ...]) -> str:
    return hashlib.sha256((_row(bare) or _general(bare)).encode()).hexdigest()


def breaks(links: Iterable[Link], start: Head, end: Head | None = None) -> list[str]:
    """What is wrong with a chain, a sentence each; empty when it is whole and, where known, ends at `end`."""
    wrong = []
    head = start
    for stored in links:
        if stored.seq != head.length + 1:
            wrong.append(f"event {head.length + 1} is missing: event {stored.seq} stands in its place")
        elif stored.prev != head.hash:
            wrong.append(f"event {stored.seq} does not follow from the one before it")
        if digest(stored) != stored.hash:
            wrong.append(f"event {stored.seq} was changed")
        head = Head(stored.hash, stored.seq)
    if end is not None and head != end:
        wrong.append(f"the chain ends at event {head.length}, not at the event {end.length} that was sealed")
    return wrong


def canonical(data: object) -> str:
    """The one JSON text of `data`: keys sorted, no spaces, NaN and infinite numbers as null."""
    return _table(data) or _general(data)


def _general(data: object) -> str:
    return _JSON.encode(_plain(data))


def _row(data: tuple[object, ...]) -> str:
    """The same of a plain row, which is quicker: of two events a command most of it is this; empty for another."""
    try:
        return _ascii(f"[{','.join([_WRITTEN[type(part)](part) for part in data])}]")
    except KeyError:
        return ""


def _table(data: object) -> str:
    """The same of a plain table; empty for another."""
    if type(data) is not dict:
        return ""
    try:
        parts = [f"{encode_basestring(key)}:{_WRITTEN[type(part)](part)}" for key, part in sorted(data.items())]
    except (KeyError, TypeError):
        return ""
    return _ascii(f"{{{','.join(parts)}}}")


def _ascii(text: str) -> str:
    """Text without any half surrogate, which is no character; empty where it takes care to tell."""
    return text if text.isascii() else ""


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
"""Made once: a run writes thousands of events."""


def _plain(data: Any) -> Any:
    known = _PLAIN.get(type(data))
    return _unusual(data) if known is None else known(data)


def _unusual(data: Any) -> Any:
    if isinstance(data, str):
        return _clean(data)
    if data is None or isinstance(data, (bool, int)):
        return data
    if isinstance(data, float):
        return _number(data)
    if isinstance(data, np.generic | np.ndarray):
        return _plain(data.tolist())
    if isinstance(data, Mapping):
        return _mapping(data)
    if is_dataclass(data) and not isinstance(data, type):
        return {field.name: _plain(getattr(data, field.name)) for field in fields(data)}
    if isinstance(data, Iterable):
        return _sequence(data)
    return data.isoformat() if isinstance(data, date) else _clean(str(data))


def _clean(text: str) -> str:
    """A half surrogate is no character: SQLite and UTF-8 take none."""
    plain = str(text)
    return plain if plain.isascii() else plain.encode("utf-8", "backslashreplace").decode()


def _number(number: float) -> float | None:
    return number + 0.0 if math.isfinite(number) else None


def _mapping(data: Mapping[object, object]) -> dict[str, Any]:
    return {_clean(str(key)): _plain(value) for key, value in data.items()}


def _sequence(data: Iterable[object]) -> list[Any]:
    return [_plain(value) for value in data]


def _itself(data: object) -> object:
    return data


_PLAIN: Mapping[type, Callable[[Any], Any]] = {
    str: _clean, float: _number, int: _itself, bool: _itself, type(None): _itself,
    dict: _mapping, list: _sequence, tuple: _sequence,
}  # fmt: skip
"""What is found in nearly every event, by its very type; all else is looked at with care."""


def _float(number: float) -> str:
    return repr(number + 0.0) if math.isfinite(number) else "null"


_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring, Kind: encode_basestring, Source: encode_basestring, int: repr, float: _float,
    bool: lambda truth: "true" if truth else "false",
}  # fmt: skip
"""How the very types of nearly all that is told are written."""
