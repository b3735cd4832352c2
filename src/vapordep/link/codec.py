"""The codec of the link: frozen dataclasses to JSON and back, strictly: nothing unknown, nothing missing, no NaN."""

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from vapordep.errors import LinkError

LONGEST = 4 * 2**20
"""Bytes of a message."""
KIND = "type"
T = TypeVar("T")


def encode(message: Any) -> bytes:
    """One message as JSON; a number that is none becomes null. Raises LinkError for what JSON cannot hold."""
    try:
        data = json.dumps(_plain(message), allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise LinkError(f"{type(message).__name__} cannot be sent: {error}") from error
    if len(data) > LONGEST:
        raise LinkError(f"{type(message).__name__} cannot be sent: it takes {len(data)} bytes")
    return data


def decode(data: bytes, kind: type[T]) -> T:
    """The message of that type, or of one of a union's types; raises LinkError for anything else."""
    try:
        if len(data) > LONGEST:
            raise ValueError(f"{len(data)} bytes are too many")
        plain = json.loads(data, object_pairs_hook=_object, parse_constant=_refuse_constant)
        made: T = _made(plain, kind, "the message")
    except (ValueError, TypeError, RecursionError) as error:  # a value that a dataclass itself refuses is a TypeError
        raise LinkError(f"not a message: {error}") from None
    return made


# --- to JSON ---------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        own = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {KIND: type(value).__name__, **own}
    if isinstance(value, float) and not isinstance(value, Enum):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


# --- and back --------------------------------------------------------------------------------------------------------


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _made(plain: Any, kind: Any, where: str) -> Any:
    """A value of the type `kind` from plain data; `where` is for the error."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(plain, get_args(kind), where)
    if origin is tuple:
        return _row(plain, get_args(kind), where)
    if origin is not None and issubclass(origin, Mapping):
        key, item = get_args(kind)
        _check(isinstance(plain, dict), plain, "an object", where)
        return {_made(k, key, where): _made(v, item, f"{where}.{k}") for k, v in plain.items()}
    if is_dataclass(kind):
        return _instance(plain, kind, where)
    return _scalar(plain, kind, where)


def _row(plain: Any, parts: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    _check(isinstance(plain, list), plain, "a list", where)
    if len(parts) == 2 and parts[1] is ...:
        parts = (parts[0],) * len(plain)
    _check(len(parts) == len(plain), plain, f"a list of {len(parts)}", where)
    return tuple(_made(item, part, f"{where}[{n}]") for n, (item, part) in enumerate(zip(plain, parts, strict=True)))


def _scalar(plain: Any, kind: Any, where: str) -> Any:
    if kind is float:
        if plain is None:
            return math.nan
        _check(isinstance(plain, float | int) and not isinstance(plain, bool), plain, "a number", where)
        return float(plain)
    if isinstance(kind, type) and issubclass(kind, Enum):
        _check(type(plain) in (str, int), plain, kind.__name__, where)
        return kind(plain)
    if kind is types.NoneType:
        _check(plain is None, plain, "null", where)
        return None
    _check(type(plain) is kind, plain, getattr(kind, "__name__", str(kind)), where)
    return plain


def _one_of(plain: Any, kinds: tuple[Any, ...], where: str) -> Any:
    """The member of a union that fits: null and objects by what they say they are, else the first that takes it."""
    if plain is None and types.NoneType in kinds:
        return None
    if isinstance(plain, dict):
        named = {kind.__name__: kind for kind in kinds if is_dataclass(kind) and isinstance(kind, type)}
        kind = named.get(str(plain.get(KIND)))
        _check(kind is not None, plain.get(KIND), f"one of {', '.join(named)}", where)
        return _made(plain, kind, where)
    for kind in kinds:
        try:
            return _made(plain, kind, where)
        except ValueError:
            continue
    raise ValueError(f"{where} is {_brief(plain)}, none of {kinds}")


def _instance(plain: Any, kind: Any, where: str) -> Any:
    _check(isinstance(plain, dict), plain, "an object", where)
    _check(plain.get(KIND) == kind.__name__, plain.get(KIND), kind.__name__, f"the type of {where}")
    given = {key: value for key, value in plain.items() if key != KIND}
    hints, needed = _shape(kind)
    unknown, missing = given.keys() - hints.keys(), needed - given.keys()
    if unknown or missing:
        raise ValueError(f"{where}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    return kind(**{name: _made(value, hints[name], f"{where}.{name}") for name, value in given.items()})


@cache
def _shape(kind: Any) -> tuple[Mapping[str, Any], frozenset[str]]:
    """The types of a dataclass's fields by name, and the names that have no default."""
    needed = (f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return get_type_hints(kind), frozenset(needed)


def _check(holds: bool, plain: Any, wanted: str, where: str) -> None:
    if not holds:
        raise ValueError(f"{where} is {_brief(plain)}, not {wanted}")


def _brief(plain: Any) -> str:
    text = repr(plain)
    return text if len(text) <= 40 else f"{text[:40]}..."
