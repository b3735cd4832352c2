"""Conditions: what must be true, written as `tag`, `tag < 5 Pa` or `tag < tag`, and judged true, false or unknown.

There is no negation and no `or`, so that a value that is missing, stale, BAD or NaN can never make a condition true:
it makes it UNKNOWN, and UNKNOWN is not true.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import ReactorError, UnitError
from vapordep.model.batches import BAD, Column, Flags, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.tags import Tag, state_word
from vapordep.units import Dimension, figures, from_si, parse

Latest = Mapping[str, Sample]
"""The newest sample of each tag that has any."""
Truths = NDArray[np.uint8]
"""Values of `Truth`."""
Span = tuple[float, float]
"""The least and the greatest value in SI of a tag over some time in which each was usable."""

Comparison = Callable[[Any, Any], Any]
OPERATORS: Final[Mapping[str, Comparison]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
NEVER_STALE: Final = -math.inf
"""The instant to judge at when the age of the samples does not matter."""

_SPLIT: Final = re.compile(r"([<>=!~&|]+)")
_WORDS: Final = re.compile(r"\b(not|or|and|xor|if|in|is)\b", re.IGNORECASE)
_QUANTITY: Final = re.compile(r"[-+.0-9]")


class Truth(IntEnum):
    """Three-valued: what cannot be told is UNKNOWN, and only TRUE permits anything."""

    FALSE = 0
    TRUE = 1
    UNKNOWN = 2


FALSE, TRUE, UNKNOWN = Truth
"""By names of their own, which are found faster."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`tag` compared with another tag or with `limit` (SI); without an operator it is true at exactly 1.0."""

    text: str
    tag: Tag
    symbol: str = ""
    limit: float = 1.0
    other: Tag | None = None
    margin: float = 0.0
    """By how much (SI) the limit must be kept."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Names of the tags it reads."""
        return (self.tag.name,) if self.other is None else (self.tag.name, self.other.name)

    def judge(self, latest: Latest, now: float = NEVER_STALE) -> Truth:
        """Whether it holds at the instant `now` (s), given the newest samples; old ones make it UNKNOWN."""
        left = usable_value(latest, self.tag, now)
        right = self.limit if self.other is None else usable_value(latest, self.other, now)
        if left is None or right is None:
            return UNKNOWN
        return TRUE if self._compare(left, right) else FALSE

    def judge_all(self, columns: Columns, instants: Floats) -> Truths:
        """The same as `judge` at each of `instants` (s) of a stretch of samples."""
        known, holds = self._known_and_holding(columns, instants)
        truths = holds.astype(np.uint8)
        truths[~known] = UNKNOWN
        return truths

    def true_at(self, columns: Columns, instants: Floats) -> Flags:
        """At which of `instants` (s) it is TRUE."""
        known, holds = self._known_and_holding(columns, instants)
        return known & holds

    def false_at(self, columns: Columns, instants: Floats) -> Flags:
        """At which of `instants` (s) it is FALSE, and not merely unknown."""
        known, holds = self._known_and_holding(columns, instants)
        return known & ~holds

    def throughout(self, span: Callable[[Tag], Span | None]) -> Truth:
        """TRUE or FALSE if it is so whatever values between those of `span` its tags have, else UNKNOWN."""
        left = span(self.tag)
        right = (self.limit, self.limit) if self.other is None else span(self.other)
        if left is None or right is None:
            return UNKNOWN
        if not self.symbol and left[0] != left[1]:  # equal to its limit in between, if anywhere
            return UNKNOWN
        ends = self._compare(left[1], right[0]), self._compare(left[0], right[1])  # of < the worst and the best
        return UNKNOWN if ends[0] != ends[1] else TRUE if ends[0] else FALSE

    def _known_and_holding(self, columns: Columns, instants: Floats) -> tuple[Flags, Flags]:
        """Where it can be judged, and where the comparison holds, which says nothing where it cannot."""
        known, left = usable_values(columns, self.tag, instants)
        right: Floats | float = self.limit
        if self.other is not None:
            also, right = usable_values(columns, self.other, instants)
            known = known & also
        return known, np.asarray(self._compare(left, right))

    def explain(self, latest: Latest, now: float) -> str:
        """What was measured beside what must be true, for people: `stage.temperature is 172.3 degC, not < 160 degC`."""
        for tag in (self.tag, self.other):
            if tag is not None and usable_value(latest, tag, now) is None:
                return f"{tag.name} {_why_unusable(latest.get(tag.name), tag, now)}"
        measured = f"{self.tag.name} is {shown(latest[self.tag.name].value, self.tag)}"
        if not self.symbol:
            return f"{measured}, not 1"
        if self.other is None:
            return f"{measured}, limit {self.symbol} {shown(self.limit, self.tag)}"
        return f"{measured}, limit {self.symbol} {self.other.name} = {shown(latest[self.other.name].value, self.tag)}"

    def _compare(self, left: Any, right: Any) -> Any:
        if not self.symbol:
            return left == right
        if self.margin:
            right = right - self.margin if self.symbol.startswith("<") else right + self.margin
        return OPERATORS[self.symbol](left, right)


_BAD = np.uint8(BAD)
"""For arrays, which ask much of an enum before they compare with it."""


def usable_value(latest: Latest, tag: Tag, now: float = NEVER_STALE) -> float | None:
    """The value of `tag` in SI if a condition may be judged by it at the instant `now`, else None."""
    sample = latest.get(tag.name)
    if sample is None or sample.quality is BAD or now >= sample.time + tag.stale_after:
        return None
    value = sample.value
    return value if math.isfinite(value) else None


def usable_values(columns: Columns, tag: Tag, instants: Floats) -> tuple[Flags, Floats]:
    """`usable_value` at each of `instants` (s) of a stretch of samples: where there is one, and the values."""
    column = columns.at(tag.name, instants)
    return columns.kept((tag.name, tag.stale_after), instants, lambda: _usable(column, tag, instants)), column.values


def _usable(column: Column, tag: Tag, instants: Floats) -> Flags:
    usable: Flags = instants < column.times + tag.stale_after
    usable &= column.quality != _BAD
    usable &= np.isfinite(column.values)
    return usable


def shown(value: float, tag: Tag) -> str:
    """A value in SI as a person reads it: in the unit of its tag, a state as a word."""
    if tag.dimension is Dimension.STATE and value in (0.0, 1.0):
        return state_word(tag.name, value)
    return f"{figures(from_si(value, tag.unit))} {tag.unit.symbol}".rstrip()


def parse_condition(text: str, tags: Mapping[str, Tag], *, where: str = "") -> Condition:
    """The condition that `text` states about `tags`.

    Raises ReactorError for an unknown tag (with near spellings), a missing or wrong unit, and for what is no condition.
    """
    parts = [part.strip() for part in _SPLIT.split(text)]
    if len(parts) == 1:
        return _bare(text, _tag(parts[0], tags, text, where), where)
    if len(parts) != 3 or parts[1] not in OPERATORS:
        raise _no_condition(text, where)
    tag = _tag(parts[0], tags, text, where)
    if _QUANTITY.match(parts[2]):
        return Condition(text, tag, parts[1], _limit(parts[2], tag, text, where))
    return Condition(text, tag, parts[1], other=_other(tag, _tag(parts[2], tags, text, where), text, where))


def with_deadband(conditions: Sequence[Condition], written: str, *, where: str = "") -> tuple[Condition, ...]:
    """The same conditions, their limits to be kept by the difference that `written` gives, such as `2 K`.

    Raises ReactorError for one that is none, is not positive, or fits none of the conditions.
    """
    if not written:
        return tuple(conditions)
    compared = [condition for condition in conditions if condition.symbol]
    if not compared:
        raise ReactorError(f"nothing here has a limit that a deadband of {written} could widen", where=where,
                           remedy="leave out `deadband`, or give `clear_after`")  # fmt: skip
    margins = {}
    for dimension in {condition.tag.dimension for condition in compared}:
        try:
            margins[dimension] = parse(written, DIFFERENCES.get(dimension, dimension))
        except UnitError as error:
            what = f"{written!r} is no deadband of {compared[0].tag.name}: {error.what}"
            raise ReactorError(what, where=where, remedy="write a difference in the unit of the limits") from None
        if not margins[dimension] > 0.0:
            raise ReactorError(f"a deadband of {written} is none", where=where, remedy="write a positive difference")
    return tuple(replace(c, margin=margins[c.tag.dimension]) if c.symbol else c for c in conditions)


DIFFERENCES: Final = {Dimension.TEMPERATURE: Dimension.TEMPERATURE_DIFFERENCE}
"""What the difference of two values of a dimension is, where it is something else."""


def names_in(text: str) -> tuple[str, ...]:
    """What stands in the places of tags in a condition, whether such tags exist or not."""
    parts = (part.strip() for part in _SPLIT.split(text)[::2])
    return tuple(part for part in parts if part and not _QUANTITY.match(part))


def _bare(text: str, tag: Tag, where: str) -> Condition:
    if tag.dimension not in (Dimension.FRACTION, Dimension.STATE):
        raise ReactorError(
            f"{text!r} says nothing: {tag.name} is a {tag.dimension.value}, not a yes or no",
            where=where,
            remedy=f"compare it, such as `{tag.name} < 5 {tag.unit.symbol}`",
        )
    return Condition(text, tag)


def _limit(written: str, tag: Tag, text: str, where: str) -> float:
    if _WORDS.search(written):
        raise _no_condition(text, where)
    try:
        return parse(written, tag.dimension)
    except UnitError as error:
        raise ReactorError(f"in {text!r}: {error.what}", where=where, remedy=error.remedy) from None


def _other(tag: Tag, other: Tag, text: str, where: str) -> Tag:
    if tag.dimension is other.dimension and tag.name != other.name:
        return other
    if tag.name == other.name:
        raise ReactorError(f"{text!r} compares {tag.name} with itself", where=where, remedy="name two tags")
    raise ReactorError(
        f"{text!r} compares a {tag.dimension.value} with a {other.dimension.value}",
        where=where,
        remedy="compare tags of one dimension",
    )


def _tag(name: str, tags: Mapping[str, Tag], text: str, where: str) -> Tag:
    if name in tags:
        return tags[name]
    if not name or _WORDS.search(name):
        raise _no_condition(text, where)
    near = get_close_matches(name, tags, n=3)
    remedy = f"did you mean {' or '.join(near)}?" if near else "use a tag of this reactor"
    raise ReactorError(f"no tag is called {name!r}", where=where, remedy=remedy)


def _no_condition(text: str, where: str) -> ReactorError:
    return ReactorError(
        f"{text!r} is no condition: it must say what has to be true, without `not`, `and`, `or`, `==`",
        where=where,
        remedy="write `tag`, `tag < 5 Pa` or `tag < tag`, each condition by itself",
    )


def _why_unusable(sample: Sample | None, tag: Tag, now: float) -> str:
    if sample is None:
        return "has never reported"
    if now >= sample.time + tag.stale_after:
        return f"has been silent for {now - sample.time:.3g} s"
    return "has no valid value"
