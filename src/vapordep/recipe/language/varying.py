"""Varying: what `vary` says of the cycles of a loop becomes values, and equal neighbours become one turn."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import floor
from typing import Any

from vapordep.errors import RecipeError, UnitError
from vapordep.lazy import dataclass
from vapordep.recipe.language.parameters import Setting
from vapordep.recipe.schema import RepeatPart, VaryPart
from vapordep.units import Dimension, parse, si_unit

MOST_TURNS = 500
"""So many different cycles a loop may have: the plan, its check and its forecast grow with them."""
MAY_VARY = (Dimension.TIME, Dimension.MOLAR_FLOW)
"""Beside bare counts: pulses, purges and gas flows. Temperatures and pressures change by steps of their own."""
FORMS = "write `{from: 5, to: 1}`, `{from: 20 ms, to: 80 ms, shape: s_curve, step: 5 ms}` or `{table: [5, 4, 2, 1]}`"
ABSENT = object()
"""Stands in a turn for a loop that is done no time in it."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """Equal cycles in a row, the first with its number from 1, and the values that names have in them."""

    first: int
    count: int
    values: Mapping[str, Setting]


def cycles_of(part: RepeatPart, where: Mapping[str, str]) -> tuple[Cycles, ...]:
    """The cycles of a loop, equal neighbours together; `where` gives the `file:line` of each name that varies.

    Raises RecipeError for a form that is none, a table of another length, and too many different cycles.
    """
    columns = {name: _values(name, vary, part.repeat, where[name]) for name, vary in part.vary.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    found, first = [], 1
    for values, equal in groupby(rows):
        count = len(list(equal))
        found.append(Cycles(first, count, values))
        first += count
    if len(found) > MOST_TURNS:
        what = f"{len(found)} different cycles in one loop; {MOST_TURNS} is the most"
        raise RecipeError(what, where=min(where.values()), remedy="give a `step`, such as `step: 5 ms`, to round to")
    return tuple(found)


def filled(part: Any, values: Mapping[str, Setting]) -> Any:
    """A part of a recipe with each `$name` that varies replaced by its value; a loop done no time is `ABSENT`."""
    if isinstance(part, dict):
        count = part.get("repeat")
        if isinstance(count, str) and values.get(count[1:]) == 0:
            return ABSENT
        return {key: filled(item, values) for key, item in part.items()}
    if isinstance(part, list):
        return [filled(item, values) for item in part]
    return values[part[1:]] if _varied(part, values) else part


def _varied(part: Any, values: Mapping[str, Setting]) -> bool:
    return isinstance(part, str) and part.startswith("$") and part[1:] in values


def _values(name: str, vary: VaryPart, count: int, where: str) -> Sequence[Setting]:
    if vary.table is not None:
        return _listed(name, vary, count, where)
    if vary.start is None or vary.to is None:
        raise RecipeError(f"{name} says neither `from` and `to` nor `table`", where=where, remedy=FORMS)
    given = [vary.start, vary.to, *([] if vary.step is None else [vary.step])]
    dimension = _dimension(name, given, where)
    low, high = (_number(item, dimension) for item in (vary.start, vary.to))
    step = 1.0 if dimension is None else 0.0
    if vary.step is not None:
        step = _number(vary.step, dimension)
        if step <= 0.0:
            raise RecipeError(f"{name}: a `step` of {vary.step} rounds to nothing", where=where, remedy=FORMS)
    numbers = (_rounded(low + (high - low) * share, step) for share in shares(count, s_curve=vary.shape == "s_curve"))
    return [_written(number, dimension) for number in numbers]


def _listed(name: str, vary: VaryPart, count: int, where: str) -> Sequence[Setting]:
    """A table, one value a cycle."""
    table = vary.table or []
    beside = vary.model_fields_set - {"table"}
    if beside:
        raise RecipeError(f"{name} says both `table` and another form", where=where, remedy=FORMS)
    if len(table) != count:
        what = f"the table of {name} has {len(table)} values, the loop {count} cycles"
        raise RecipeError(what, where=where, remedy="give one value for each cycle")
    _dimension(name, table, where)
    return table


def shares(count: int, *, s_curve: bool = False) -> Iterator[float]:
    """How far each of `count` cycles is on the way, 0 to 1: evenly, or as 3 x^2 - 2 x^3, slow at both ends."""
    for cycle in range(count):
        x = cycle / (count - 1) if count > 1 else 0.0
        yield x * x * (3.0 - 2.0 * x) if s_curve else x


def _rounded(number: float, step: float) -> float:
    """To whole steps, a half up; without a step to nine digits, so that what is equal is equal."""
    whole = step * floor(number / step + 0.5 + 1e-9) if step else number
    return float(f"{whole:.9g}")


def _dimension(name: str, given: Sequence[Setting], where: str) -> Dimension | None:
    """What all of it measures; None for counts. Raises RecipeError for anything that may not vary."""
    if all(isinstance(item, int) and item >= 0 for item in given):
        return None
    for dimension in MAY_VARY:
        if all(_is(item, dimension) for item in given):
            return dimension
    shown = ", ".join(map(str, given[:4]))
    raise RecipeError(
        f"{name}: {shown} are no counts, times or gas flows, of which one kind may vary",
        where=where,
        remedy="write whole numbers, or quantities with their unit such as 50 ms or 20 sccm",
    )


def _is(item: Setting, dimension: Dimension) -> bool:
    try:
        return isinstance(item, str) and parse(item, dimension) >= 0.0
    except UnitError:
        return False


def _number(item: Setting, dimension: Dimension | None) -> float:
    return float(item) if dimension is None else parse(str(item), dimension)


def _written(number: float, dimension: Dimension | None) -> Setting:
    return int(number) if dimension is None else f"{number!r} {si_unit(dimension).symbol}"
