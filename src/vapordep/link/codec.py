"""The codec of the link: frozen dataclasses to JSON and back, strictly: nothing unknown, nothing missing, no NaN.

How a type is read and written is put together once: a reactor tells hundreds of values a second.
"""

import json
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from vapordep.errors import LinkError

LONGEST = 4 * 2**20
"""Bytes of a message."""
KIND = "type"
T = TypeVar("T")
Where = tuple["Where | None", str | int]
"""Where in a message a value stands: the place around it, and its name or number there."""
Write = Callable[[Any], Any]
Make = Callable[[Any, Where], Any]
WHOLE: Where = (None, "the message")


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
        wanted: Any = kind
        made: T = _maker(wanted)(plain, WHOLE)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:  # what dataclasses refuse is a TypeError
        raise LinkError(f"not a message: {error}") from None
    return made


# --- to JSON ---------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    return _writer(kind)(value)


@cache
def _writer(kind: type) -> Write:
    if is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
        return lambda value: {KIND: kind.__name__, **{name: _plain(getattr(value, name)) for name in names}}
    if issubclass(kind, Enum):
        return lambda value: value.value
    if issubclass(kind, float):
        return lambda value: float(value) if math.isfinite(value) else None
    if issubclass(kind, Mapping):
        return lambda value: {str(key): _plain(item) for key, item in value.items()}
    if issubclass(kind, list | tuple):
        return lambda value: [_plain(item) for item in value]
    return lambda value: value


# --- and back --------------------------------------------------------------------------------------------------------


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


@cache
def _maker(kind: Any) -> Make:
    """What makes a value of the type `kind` from plain data."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _of_union(get_args(kind))
    if origin is tuple:
        return _of_tuple(get_args(kind))
    if origin is not None and issubclass(origin, Mapping):
        return _of_mapping(*get_args(kind))
    if is_dataclass(kind) and isinstance(kind, type):
        return _of_instance(kind)
    if kind is float:
        return _number
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _of_enum(kind)
    return _of_exactly(kind)


def _number(plain: Any, where: Where) -> float:
    if type(plain) is float:
        return plain
    if plain is None:
        return math.nan
    return float(plain) if type(plain) is int else _misfit(plain, "a number", where)


def _of_enum(kind: type[Enum]) -> Make:
    known = {(type(member.value), member.value): member for member in kind}

    def make(plain: Any, where: Where) -> Enum:
        if type(plain) not in (str, int):
            _misfit(plain, kind.__name__, where)
        try:
            return known[type(plain), plain]
        except KeyError:
            return kind(plain)  # which says what it is not

    return make


def _of_exactly(kind: Any) -> Make:
    name = "null" if kind is types.NoneType else getattr(kind, "__name__", str(kind))

    def make(plain: Any, where: Where) -> Any:
        return plain if type(plain) is kind else _misfit(plain, name, where)

    return make


def _of_tuple(parts: tuple[Any, ...]) -> Make:
    if len(parts) == 2 and parts[1] is ...:
        same = _maker(parts[0])

        def make(plain: Any, where: Where) -> tuple[Any, ...]:
            _require(list, plain, "a list", where)
            return tuple([same(item, (where, n)) for n, item in enumerate(plain)])

        return make
    each = tuple(_maker(part) for part in parts)

    def make_each(plain: Any, where: Where) -> tuple[Any, ...]:
        _require(list, plain, "a list", where)
        if len(plain) != len(each):
            _misfit(plain, f"a list of {len(each)}", where)
        return tuple(make(item, (where, n)) for n, (make, item) in enumerate(zip(each, plain, strict=True)))

    return make_each


def _of_mapping(key: Any, item: Any) -> Make:
    make_key, make_item = _maker(key), _maker(item)

    def make(plain: Any, where: Where) -> dict[Any, Any]:
        _require(dict, plain, "an object", where)
        return {make_key(k, where): make_item(v, (where, k)) for k, v in plain.items()}

    return make


def _of_union(kinds: tuple[Any, ...]) -> Make:
    """The member that fits: null and objects by what they say they are, else the first that takes it."""
    named = {kind.__name__: kind for kind in kinds if is_dataclass(kind) and isinstance(kind, type)}

    def make(plain: Any, where: Where) -> Any:
        if plain is None and types.NoneType in kinds:
            return None
        if type(plain) is dict:
            kind = named.get(str(plain.get(KIND)))
            return _maker(kind)(plain, where) if kind else _misfit(plain.get(KIND), f"one of {', '.join(named)}", where)
        for kind in kinds:
            try:
                return _maker(kind)(plain, where)
            except ValueError:
                continue
        raise ValueError(f"{_told(where)} is {_brief(plain)}, none of {kinds}")

    return make


def _of_instance(kind: type) -> Make:
    def make(plain: Any, where: Where) -> Any:
        _require(dict, plain, "an object", where)
        if plain.get(KIND) != kind.__name__:
            _misfit(plain.get(KIND), kind.__name__, (None, f"the type of {_told(where)}"))
        makers, needed = _shape(kind)
        given = plain.keys() - _OWN
        if not needed <= given <= makers.keys():
            unknown, missing = sorted(given - makers.keys()), sorted(needed - given)
            raise ValueError(f"{_told(where)}: unknown {unknown}, missing {missing}")
        return kind(**{name: makers[name](item, (where, name)) for name, item in plain.items() if name != KIND})

    return make


_OWN = frozenset({KIND})


@cache
def _shape(kind: type) -> tuple[Mapping[str, Make], frozenset[str]]:
    """What makes the fields of a dataclass, and the names without a default; asked late, as a type may hold itself."""
    needed = (f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return {name: _maker(hint) for name, hint in get_type_hints(kind).items()}, frozenset(needed)


def _require(kind: type, plain: Any, wanted: str, where: Where) -> None:
    if type(plain) is not kind:
        _misfit(plain, wanted, where)


def _misfit(plain: Any, wanted: str, where: Where) -> NoReturn:
    raise ValueError(f"{_told(where)} is {_brief(plain)}, not {wanted}")


def _told(where: Where) -> str:
    around, own = where
    if around is None:
        return str(own)
    return f"{_told(around)}[{own}]" if isinstance(own, int) else f"{_told(around)}.{own}"


def _brief(plain: Any) -> str:
    text = repr(plain)
    return text if len(text) <= 40 else f"{text[:40]}..."
