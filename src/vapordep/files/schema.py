"""Makes pydantic models of documents: quantities with units, and errors that name file and line.

A schema derives from `FileModel`; a number with a dimension is `Annotated[float, quantity(Dimension.TIME)]`, written as
"50 ms" and held in SI.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import partial
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from vapordep.errors import FileError, InputError, UnitError
from vapordep.files.document import DECIMAL, Document, KeyPath, clip, is_decimal
from vapordep.units import Dimension, format_si, parse, si_unit

ModelT = TypeVar("ModelT", bound=BaseModel)


class FileModel(BaseModel):
    """Base of every schema of a file: no unknown keys, no silent conversions (a date needs `Field(strict=False)`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


def finding(what: str, remedy: str) -> PydanticCustomError:
    """Make the error that a validator of a schema raises, so that file and line are added."""
    return PydanticCustomError("finding", "{what}", {"what": what, "remedy": remedy})


def quantity(dimension: Dimension, *, low: float | None = None, high: float | None = None) -> BeforeValidator:
    """Annotate a float that is written with its unit ("50 ms") and held in SI; `low` and `high` (SI) belong to it.

    A bare number is refused, except for a fraction.
    """
    return BeforeValidator(partial(_read, dimension=dimension, low=low, high=high))


def dimension_of(annotation: Any) -> Dimension | None:
    """What a number measures that is annotated by `quantity`, also within a union; null for anything else."""
    for each in getattr(annotation, "__metadata__", ()):
        if isinstance(each, BeforeValidator) and isinstance(each.func, partial):
            dimension: Dimension = each.func.keywords["dimension"]
            return dimension
    found = (dimension_of(each) for each in get_args(annotation))
    return next((each for each in found if each is not None), None)


def _read(value: object, *, dimension: Dimension, low: float | None, high: float | None) -> float:
    si = _quantity(value, dimension)
    if low is not None and si < low:
        raise finding(f"{clip(value)} is too low", f"write at least {format_si(low, dimension)}")
    if high is not None and si > high:
        raise finding(f"{clip(value)} is too high", f"write at most {format_si(high, dimension)}")
    return si


TOLD_BY = {"chamber": "reactor", "recipe": "recipe"}
"""Keys by which a file of a kind is known."""


def _quantity(value: object, dimension: Dimension) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value!r}"
    if not isinstance(value, str):
        what = f"a {dimension.value} with its unit is expected, not {clip(value)}"
        remedy = f"write a number and a unit, such as 1 {si_unit(dimension).symbol}".rstrip()
        if value is None:
            remedy += "; within braces a comma ends the value: 2.5, not 2,5"
        raise finding(what, remedy)
    try:
        return parse(value, dimension)
    except UnitError as error:
        raise finding(error.what, error.remedy) from error


def validate(
    document: Document, model: type[ModelT], *, at: KeyPath = (), kind: type[InputError] = FileError
) -> ModelT:
    """Make a `model` of a document, or of the part of it at the key path `at`.

    Raises:
        InputError: one error of class `kind` that gathers every finding, each with its file:line.
    """
    try:
        return model.model_validate(document.part(at))
    except ValidationError as error:
        raise validation_errors(document, error, model, at=at, kind=kind) from error


def refuse_other(document: Document, wanted: str, kind: type[InputError]) -> None:
    """Refuses a recipe where a reactor is wanted, or the other way, in one sentence.

    Raises InputError of class `kind`.
    """
    for key, found in TOLD_BY.items():
        if found != wanted and key in document.data:
            what = f"this file describes a {found}, not a {wanted}"
            raise kind(what, where=document.where((key,)), remedy=f"name a {wanted}")


def validation_errors(
    document: Document,
    error: ValidationError,
    model: type[BaseModel],
    *,
    at: KeyPath = (),
    kind: type[InputError] = FileError,
) -> InputError:
    """Tell what pydantic found in the words of the file: file:line, what, and what to do."""
    details = error.errors(include_url=False)
    return kind.gather([_finding(document, detail, model, at, kind) for detail in details])


def _finding(
    document: Document, detail: ErrorDetails, model: type[BaseModel], at: KeyPath, kind: type[InputError]
) -> InputError:
    path = _path_in(document.data, (*at, *detail["loc"]))
    what, remedy = _say(detail, path, model, path[len(at) :])
    return kind(what, where=document.where(path), remedy=remedy)


def _path_in(data: Any, location: KeyPath) -> KeyPath:
    """Keep of pydantic's location what leads through the data; the rest names union members and missing keys."""
    here: Any = data
    path: list[str | int] = []
    for key in location:
        known = key in here if isinstance(here, dict) else isinstance(here, list) and key in range(len(here))
        if known:
            here = here[key]
            path.append(key)
    return tuple(path)


_BOUNDS: Final = {
    "greater_than": ("gt", "write more than {}"),
    "greater_than_equal": ("ge", "write {} or more"),
    "less_than": ("lt", "write less than {}"),
    "less_than_equal": ("le", "write {} or less"),
    "string_too_short": ("min_length", "write at least {} characters"),
    "string_too_long": ("max_length", "write at most {} characters"),
    "too_short": ("min_length", "write at least {} of them"),
    "too_long": ("max_length", "write at most {} of them"),
}
_WORDS: Final = {
    "string_type": ("must be text", "write one text; a number or a word such as yes goes in quotes"),
    "bool_type": ("must be true or false", "write true or false, without quotes"),
    "int_type": ("must be a whole number", "write a whole number, without quotes"),
    "float_type": ("must be a number", "write a number, without quotes"),
    "list_type": ("must be a list", "write lines that begin with `- `"),
    "dict_type": ("must hold keys", "write lines such as `key: value`"),
    "model_type": ("must hold keys", "write lines such as `key: value`"),
}


def _say(detail: ErrorDetails, path: KeyPath, model: type[BaseModel], inside: KeyPath) -> tuple[str, str]:
    """Return what is wrong and what to do."""
    kind, context, name, given = detail["type"], detail.get("ctx", {}), _dotted(path), detail["input"]
    place = f"{name}: " if name else ""
    if kind == "missing":
        return f"{place}the key {detail['loc'][-1]!r} is missing", f"add `{detail['loc'][-1]}: ...`"
    if kind == "extra_forbidden":
        return f"unknown key {name}", _near_key(str(path[-1]), _known_keys(model, inside[:-1]))
    if kind == "finding":
        return f"{place}{context['what']}", context["remedy"]
    if kind in ("literal_error", "union_tag_invalid"):
        return _none_of(place, context.get("tag", given), context.get("expected_tags") or context["expected"])
    if kind in _WORDS:
        must, remedy = _WORDS[kind]
        if kind == "model_type" and path and not inside:
            remedy = _written_out(str(path[-1]), model)
        return f"{name} {must}; it is empty" if given is None else f"{name} {must}, not {clip(given)}", remedy
    must = re.sub(r"^\w+ should ", "must ", re.sub(" after validation, not \\d+$", "", detail["msg"]))
    bound, remedy = _BOUNDS.get(kind, ("", "change it"))
    told = remedy.format(context.get(bound)).replace(" 1 characters", " one character").replace(" 1 of them", " one")
    return f"{name} {must}, not {clip(given)}", told


def _written_out(name: str, model: type[BaseModel]) -> str:
    """How a part is written: with the keys that it must have, else with the first that it may have."""
    fields = {info.alias or key: info.is_required() for key, info in model.model_fields.items()}
    keys = [key for key, needed in fields.items() if needed] or list(fields)[:1]
    return f"write `{name}: {{{', '.join(f'{key}: ...' for key in keys)}}}`"


def _none_of(place: str, given: object, expected: str) -> tuple[str, str]:
    known = re.findall(r"'([^']*)'", expected) or [expected]
    if len(known) == 1:
        return f"{place}{clip(given)} is not {expected}", f"write {known[0]}"
    near = get_close_matches(str(given), known, n=1)
    return f"{place}{clip(given)} is not one of {expected}", f"write {near[0]}" if near else "take one of these"


def _dotted(path: KeyPath) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).lstrip(".")


def _near_key(key: str, known: list[str]) -> str:
    if is_decimal(key):
        return DECIMAL
    near = get_close_matches(key, known, n=1)
    if near:
        return f"write {near[0]}"
    return f"take one of these, or delete it: {', '.join(known)}" if known else "delete it"


def _known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """Return the keys that the schema knows at `path`, for a suggestion."""
    models = [model]
    for key in path:
        fields = [info for one in models for name, info in one.model_fields.items() if (info.alias or name) == key]
        models = [inner for info in fields for inner in _models(info.annotation)] or models
    return sorted({info.alias or name for one in models for name, info in one.model_fields.items()})


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
