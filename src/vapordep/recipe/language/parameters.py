"""Parameters: `$name` stands alone in a recipe; for one run it is the default, or what the user set within bounds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from vapordep.errors import RecipeError, UnitError
from vapordep.files import Document, KeyPath, validate
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.schema import ParameterPart
from vapordep.units import Dimension, parse

Setting = str | int | float
"""A bare number, or text with a unit, as it would stand in the file."""


def with_parameters(document: Document, settings: Mapping[str, str]) -> tuple[Document, dict[str, Setting]]:
    """The document with every `$name` replaced, and the values used; `settings` are texts by parameter name.

    Raises RecipeError for an unknown parameter, a value out of bounds, or a `$name` that nobody declared.
    """
    declared = document.data.get("parameters", {})
    names = list(declared) if isinstance(declared, dict) else []
    for name in settings:
        if name not in names:
            near = get_close_matches(name, names, n=1)
            remedy = f"did you mean {near[0]}?" if near else _known(names)
            raise RecipeError(f"the recipe has no parameter {name!r}", where=str(document.path), remedy=remedy)
    values = {name: _value(document, name, settings.get(name)) for name in names}
    filled = {key: _fill(document, part, values, (key,)) for key, part in document.data.items()}
    return replace(document, data=filled), values


def unused(document: Document, values: Mapping[str, Setting]) -> Iterator[Finding]:
    """Parameters, and names that vary, that no `$name` takes: whoever writes them believes that something changes."""
    yield from _unvaried(document, document.data, ())
    taken = set(_texts(document.data))
    for name in values:
        if f"${name}" not in taken:
            what = f"the parameter {name!r} is used nowhere: to set it changes nothing"
            remedy = f"write ${name} where its value belongs, or delete it"
            yield Finding("R-FORM", what, document.where(("parameters", name)), remedy, Severity.WARNING)


def _unvaried(document: Document, part: Any, path: KeyPath) -> Iterator[Finding]:
    if isinstance(part, dict) and isinstance(part.get("vary"), dict):
        taken = set(_texts(part.get("steps")))
        for name in part["vary"]:
            if f"${name}" not in taken:
                what = f"{name!r} varies, and is used nowhere in its loop: its cycles are all alike"
                remedy = f"write ${name} where its value belongs, or delete it"
                yield Finding("R-FORM", what, document.where((*path, "vary", name)), remedy, Severity.WARNING)
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, item in items:
        yield from _unvaried(document, item, (*path, key))


def _texts(part: Any) -> Iterator[str]:
    """Every text in a part of a document that is a value."""
    if isinstance(part, dict | list):
        for item in part.values() if isinstance(part, dict) else part:
            yield from _texts(item)
    elif isinstance(part, str):
        yield part


def _value(document: Document, name: str, written: str | None) -> Setting:
    path: KeyPath = ("parameters", name)
    part = validate(document, ParameterPart, at=path, kind=RecipeError)
    where = document.where(path)
    dimension = _dimension(name, (part.default, part.low, part.high), where)
    value = part.default if written is None else _like(part.default, written, name, where)
    try:
        low, number, high = (_number(item, dimension) for item in (part.low, value, part.high))
    except UnitError as error:
        raise RecipeError(f"{name}: {error.what}", where=where, remedy=error.remedy) from None
    if low > high:
        what = f"the `low` of {name}, {part.low}, lies above its `high`, {part.high}"
        raise RecipeError(what, where=where, remedy="write the lower bound as `low`")
    if not low <= number <= high:
        raise RecipeError(
            f"{name} = {value} is out of bounds", where=where, remedy=f"set it from {part.low} to {part.high}"
        )
    return value


def _like(default: Setting, written: str, name: str, where: str) -> Setting:
    """A text from the command line as the kind of number its default is."""
    if isinstance(default, str):
        return written
    try:
        return int(written) if isinstance(default, int) else float(written)
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        remedy = f"write it as {name}={default}, the decimal sign as a point"
        raise RecipeError(f"{name} = {written!r} is not {kind}", where=where, remedy=remedy) from None


def _dimension(name: str, declared: tuple[Setting, ...], where: str) -> Dimension | None:
    """The dimension that default and bounds share; None for bare numbers. Raises RecipeError when they share none."""
    if all(isinstance(item, int | float) for item in declared):
        return None
    for dimension in Dimension:
        if all(_parses(item, dimension) for item in declared):
            return dimension
    shown = ", ".join(str(item) for item in declared)
    raise RecipeError(
        f"{name}: {shown} are not quantities of one kind",
        where=where,
        remedy="give default, low and high the same kind of unit, the decimal sign as a point",
    )


def _parses(item: Setting, dimension: Dimension) -> bool:
    try:
        _number(item, dimension)
    except UnitError:
        return False
    return True


def _number(item: Setting, dimension: Dimension | None) -> float:
    return float(item) if dimension is None else parse(str(item), dimension)


def _fill(
    document: Document, part: Any, values: Mapping[str, Setting], path: KeyPath, varied: frozenset[str] = frozenset()
) -> Any:
    """The part with each `$name` replaced by its value; those that vary in a loop around are left to the compiler."""
    if isinstance(part, dict):
        inside = varied | _varied(part)
        return {
            key: _fill(document, item, values, (*path, key), inside if key == "steps" else varied)
            for key, item in part.items()
        }
    if isinstance(part, list):
        return [_fill(document, item, values, (*path, index), varied) for index, item in enumerate(part)]
    if not (isinstance(part, str) and part.startswith("$")) or part[1:] in varied:
        return part
    if part[1:] not in values:
        raise RecipeError(
            f"{part} is no parameter of this recipe", where=document.where(path), remedy=_known(list(values))
        )
    return values[part[1:]]


def _known(names: Sequence[str]) -> str:
    return f"its parameters are {', '.join(names)}" if names else "it has none; declare it under `parameters`"


def _varied(part: Mapping[str, Any]) -> frozenset[str]:
    """The names that a loop varies."""
    vary = part.get("vary") if "repeat" in part else None
    return frozenset(vary) if isinstance(vary, dict) else frozenset()
