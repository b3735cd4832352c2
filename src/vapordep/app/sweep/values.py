"""The values of a sweep: `--set dose=10ms..200ms/8` and its kin, made into the points of a grid."""

import re
from collections.abc import Mapping, Sequence
from itertools import product
from math import isclose

import numpy as np

from vapordep.app.request import settings
from vapordep.errors import InputError
from vapordep.units import from_si, to_si, unit

MOST = 1000
"""Points of one sweep."""
HOW = "write --set NAME=FROM..TO/COUNT, such as --set dose=10ms..200ms/8, or --set NAME=VALUE,VALUE,..."
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")


def grid(written: Sequence[str]) -> tuple[dict[str, str], ...]:
    """The settings of each point, as texts by parameter name; the last parameter changes first.

    Raises InputError for what is no setting, a range that is empty or no range, and a grid of too few or too many
    points.
    """
    axes = {name: values(name, text) for name, text in settings(written).items()}
    points = 1
    for axis in axes.values():
        points *= len(axis)
    if points < 2:
        raise InputError("nothing is swept: no parameter has more than one value", remedy=HOW)
    if points > MOST:
        raise InputError(f"that are {points} points, {MOST} are the most", remedy="take fewer values of each parameter")
    return tuple(dict(zip(axes, point, strict=True)) for point in product(*axes.values()))


def values(name: str, text: str) -> tuple[str, ...]:
    """The values of one parameter, as they would be set one by one; InputError when they are none."""
    if ".." in text:
        return _range(name, text)
    each = tuple(value.strip() for value in text.split(","))
    if not all(each) or len(set(each)) < len(each):
        what = "has an empty value" if not all(each) else "has a value twice"
        raise InputError(f"{name} = {text!r} {what}", remedy=HOW)
    return each


def swept(points: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The parameters that differ from point to point."""
    return tuple(name for name in points[0] if len({point[name] for point in points}) > 1)


def same(name: str, one: float | int | str, other: float | int | str) -> bool:
    """Whether two values of a parameter mean the same, however they are spelt: `75s`, `75 s`, `1.25 min`."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return one == other
    try:
        (first, here), (second, there) = _quantity(name, one), _quantity(name, other)
        if here != there:
            first = _converted(name, one, first, here, there)
        return isclose(first, second, rel_tol=1e-9)
    except InputError:
        return one == other


def _range(name: str, text: str) -> tuple[str, ...]:
    span, slash, counted = text.rpartition("/")
    first, _, last = (part.strip() for part in span.partition(".."))
    if not slash or not counted.strip().isdecimal():
        raise InputError(f"{name} = {text!r} does not say how many values", remedy=HOW)
    count = int(counted)
    if not 2 <= count <= MOST:
        raise InputError(f"{name} = {text!r}: {count} values make no range", remedy=f"take from 2 to {MOST}")
    (low, begin), (high, end) = _quantity(name, first), _quantity(name, last)
    if bool(begin) != bool(end):
        bare = last if begin else first
        raise InputError(f"{name} = {text!r}: the unit of {bare} is missing", remedy=HOW)
    if begin != end:
        # not every spelling has the same meaning everywhere, but two that are compared share theirs
        high = _converted(name, text, high, end, begin)
    if low == high:
        raise InputError(f"{name} = {text!r} is an empty range: both ends are the same", remedy=HOW)
    return tuple(f"{value:.6g} {begin}".rstrip() for value in np.linspace(low, high, count).tolist())


def _converted(name: str, text: str, value: float, symbol: str, other: str) -> float:
    here, there = unit(symbol), unit(other)
    if here.dimension is not there.dimension:
        what = f"{name} = {text!r}: {symbol} and {other} are not units of the same kind"
        raise InputError(what, remedy=HOW)
    return from_si(to_si(value, here), there)


def _quantity(name: str, text: str) -> tuple[float, str]:
    """Number and unit; the recipe judges whether it wants that unit."""
    found = _NUMBER.match(text)
    if found is None or not np.isfinite(float(found.group())):
        raise InputError(f"{name}: {text!r} does not begin with a finite number", remedy=HOW)
    return float(found.group()), text[found.end() :].strip()
