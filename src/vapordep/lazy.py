"""Data classes whose methods are made when they are first called.

A command loads some two hundred of them and makes instances of a few dozen; the standard decorator compiles five or six
functions for each as it is loaded, nearly a fifth of the time that `vapordep check` takes. Here fields and slots are
found as ever, by the standard decorator itself, and only `__init__` is compiled at all, where there are many instances.

Always with slots; `order`, `unsafe_hash`, `InitVar` and fields without comparison but with a hash are left out.
"""

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from functools import cache
from inspect import Signature, signature
from itertools import count
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

T = TypeVar("T")
FEW = 8
"""So many instances of a class are filled without an `__init__` of its own: to compile one takes longer than that."""
_FRESH = object()
"""Stands in a signature for what a default factory makes."""


def _dataclass(*, frozen: bool = False, slots: bool, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    if not slots:
        raise TypeError("a lazy data class has slots; take the standard one")

    def decorated(cls: type[T]) -> type[T]:
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
        methods: dict[str, Any] = {"__init__": _first_init(made), "__repr__": _repr, "__eq__": _eq, "__hash__": None}
        if frozen:
            methods |= {"__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
            methods |= {"__getstate__": _state, "__setstate__": _restore}
        for name, method in methods.items():
            if name not in vars(made):
                setattr(made, name, method)
        if "__signature__" not in vars(made):
            setattr(made, "__signature__", _LazySignature())  # noqa: B010 - no attribute that a type declares
        return made

    return decorated


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # whoever checks types knows the standard one best
else:
    dataclass = _dataclass


class _LazySignature:
    """Tells `inspect.signature` how a class is called, without a call."""

    def __get__(self, instance: object, cls: type) -> Signature:
        if "__dataclass_fields__" not in vars(cls):
            raise AttributeError(f"{cls.__name__} is no data class itself")
        made = signature(_init_of(cls))
        return made.replace(parameters=list(made.parameters.values())[1:])


def _first_init(cls: type) -> Callable[..., None]:
    """Fills the first few instances; the class's own `__init__` then takes its place, and refuses what will not do."""
    filled = count(1)

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807 - what it stands for
        values = _values(cls, given, named) if next(filled) <= FEW else None
        if values is None:
            made = _init_of(cls)
            setattr(cls, "__init__", made)  # noqa: B010 - mypy refuses a plain assignment
            made(self, *given, **named)
            return
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if hasattr(cls, "__post_init__"):
            self.__post_init__()

    return __init__


def _values(cls: type, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any] | None:
    """What the fields become; None when this is not how the class is called."""
    own = fields(cls)
    places = [field.name for field in own if field.init and not field.kw_only]
    values = dict(zip(places, given, strict=False)) | named
    if len(given) > len(places) or len(values) < len(given) + len(named):
        return None
    if not values.keys() <= {field.name for field in own if field.init}:
        return None
    for field in own:
        if field.name in values:
            continue
        if field.default_factory is not MISSING:
            values[field.name] = field.default_factory()
        elif field.default is not MISSING:
            values[field.name] = field.default
        elif field.init:
            return None
    return values


@cache
def _init_of(cls: type) -> Callable[..., None]:
    frozen = cls.__setattr__ is _refuse
    own = fields(cls)
    known: dict[str, Any] = {"_FRESH": _FRESH}
    lines: list[str] = []
    for field in own:
        value = _value(field)
        if field.default is not MISSING:
            known[f"_default_{field.name}"] = field.default
        if field.default_factory is not MISSING:
            known[f"_make_{field.name}"] = field.default_factory
        if value and frozen:
            known[f"_set_{field.name}"] = getattr(cls, field.name).__set__
        if value:
            lines.append(f"_set_{field.name}(self, {value})" if frozen else f"self.{field.name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    places = [_parameter(field) for field in own if field.init and not field.kw_only]
    names = [_parameter(field) for field in own if field.init and field.kw_only]
    parameters = ", ".join(["self", *places, *(["*", *names] if names else [])])
    body = "\n  ".join(lines or ["pass"])
    source = f"def make({', '.join(known)}):\n def __init__({parameters}):\n  {body}\n return __init__"
    found: dict[str, Any] = {}
    exec(source, vars(sys.modules[cls.__module__]), found)  # noqa: S102 - as the standard decorator does
    made: Callable[..., None] = found["make"](**known)
    made.__annotations__ = {field.name: field.type for field in own if field.init} | {"return": None}
    return made


def _parameter(field: Field[Any]) -> str:
    if field.default_factory is not MISSING:
        return f"{field.name}=_FRESH"
    return field.name if field.default is MISSING else f"{field.name}=_default_{field.name}"


def _value(field: Field[Any]) -> str:
    """What a field becomes; nothing when it is set by others."""
    if field.default_factory is not MISSING:
        fresh = f"_make_{field.name}()"
        return f"{fresh} if {field.name} is _FRESH else {field.name}" if field.init else fresh
    if field.init:
        return field.name
    return "" if field.default is MISSING else f"_default_{field.name}"


@cache
def _compared(cls: type) -> Callable[[Any], Any]:
    """Gives what an instance is compared by."""
    names = [field.name for field in fields(cls) if field.compare]
    return attrgetter(*names) if names else lambda instance: ()


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = _compared(self.__class__)
    return compared(self) == compared(other)


def _hash(self: Any) -> int:
    return hash(_compared(self.__class__)(self))


@recursive_repr()
def _repr(self: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _refuse(self: object, name: str, *value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
