"""The catalogue of drivers: packages name themselves as entry points, a module is loaded when a reactor names it."""

import importlib
import inspect
import pkgutil
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from types import ModuleType
from typing import Any, TypeVar

from vapordep.devices.device import Device
from vapordep.errors import ReactorError

T = TypeVar("T")


def find(group: str, name: str, base: type[T], where: str = "") -> type[T]:
    """The one subclass of `base` in the module `name` of the packages of an entry-point group.

    Raises ReactorError with near names for an unknown one.
    """
    for package in _packages(group):
        if name in _modules(package):
            return _only_class(importlib.import_module(f"{package.__name__}.{name}"), base)
    known = sorted(names(group))
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    word = "driver" if base is Device else base.__name__
    raise ReactorError(f"no {word} is called {name!r}", where=where, remedy=hint)


def names(group: str) -> set[str]:
    """All module names of an entry-point group."""
    return {name for package in _packages(group) for name in _modules(package)}


def driver(name: str, where: str = "") -> type[Device]:
    """The driver of that file name; raises ReactorError for an unknown one."""
    return find("vapordep.drivers", name, Device, where)  # type: ignore[type-abstract]


def installed(group: str) -> EntryPoints:
    """What the installed distributions name in an entry-point group."""
    found: EntryPoints = _every().select(group=group)
    return found


@cache
def _every() -> Any:  # its type depends on the Python
    """What is installed does not change while a program runs; looking it up takes milliseconds."""
    return entry_points()


@cache
def _packages(group: str) -> tuple[ModuleType, ...]:
    return tuple(importlib.import_module(point.value) for point in installed(group))


def _modules(package: ModuleType) -> set[str]:
    return {module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_")}


def _only_class(module: ModuleType, base: type[T]) -> type[T]:
    found = [
        item
        for _, item in inspect.getmembers(module, inspect.isclass)
        if issubclass(item, base) and item.__module__ == module.__name__ and not item.__name__.startswith("_")
    ]
    if len(found) != 1:
        raise ReactorError(f"{module.__name__} must hold exactly one {base.__name__}, it holds {len(found)}")
    return found[0]
