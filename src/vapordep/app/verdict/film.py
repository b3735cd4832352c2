"""The film of a run beside the one that was expected of its plan, layer by layer."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import field
from itertools import accumulate, takewhile

from vapordep.app.twin.film import NUCLEATION, TOGETHER
from vapordep.lazy import dataclass
from vapordep.model.film import Film, FilmLayer

LEAST = 1e-11
"""A film below this, in m, is none: a tenth of a cycle of what grows slowest."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as it came out and as it was expected: thickness and growth per cycle in m, mass in kg/m2.

    NaN where nobody knows.
    """

    name: str
    cycles: int
    thickness: float
    growth_per_cycle: float
    mass: float
    expected_thickness: float
    expected_growth_per_cycle: float
    metals: Mapping[str, int] = field(default_factory=dict)
    """Doses of each metal in a cycle, as expected."""


def beside(given: Film, expected: Film | None) -> tuple[Layer, ...]:
    """The layers of both, those of one name in their order; what was expected and never came has a thickness of 0."""
    given = folded(given, expected) if expected else given
    waiting: dict[str, list[FilmLayer]] = defaultdict(list)
    for layer in expected.layers if expected else ():
        waiting[layer.name].append(layer)
    found = [_layer(layer, waiting[layer.name].pop(0) if waiting[layer.name] else None) for layer in given.layers]
    return (*found, *(_missing(layer) for layers in waiting.values() for layer in layers))


def folded(given: Film, expected: Film) -> Film:
    """The layers of a supercycle as the one that is expected of it, `A + B`; all else as it was given."""
    found = list(given.layers)
    begin = 0
    for whole in expected.layers:
        names = whole.name.split(TOGETHER) if whole.turns else [whole.name]
        first = next((index for index in range(begin, len(found)) if found[index].name in names), None)
        if first is None:
            continue
        if whole.turns:
            most = found[first : first + sum(whole.turns)]
            parts = list(takewhile(lambda layer, names=names: layer.name in names, most))  # type: ignore[misc]
            found[first : first + len(parts)] = [_sum_of(parts, whole)]
        begin = first + 1
    return Film(tuple(found))


def _sum_of(parts: list[FilmLayer], whole: FilmLayer) -> FilmLayer:
    """Layers as one, with as many cycles as are whole."""
    thickness = sum(layer.thickness for layer in parts)
    count = sum(end <= len(parts) for end in accumulate(whole.turns))
    per_cycle = thickness / count if count else math.nan
    return FilmLayer(whole.name, thickness, count, per_cycle, sum(layer.mass for layer in parts))


def deviation(layers: tuple[Layer, ...]) -> float:
    """How much thicker the whole film is than expected, as a part of that; NaN when either is not known, or none is.

    Without the excess of the first cycles where nobody expects any: in a run that goes on.
    """
    compared = [layer for layer in layers if layer.name != NUCLEATION or layer.expected_thickness > 0.0]
    expected = sum(layer.expected_thickness for layer in compared)
    found = sum(layer.thickness for layer in compared)
    return found / expected - 1.0 if expected > 0.0 and not max(expected, found) < LEAST else math.nan


def _layer(given: FilmLayer, expected: FilmLayer | None) -> Layer:
    thickness, growth = (expected.thickness, expected.growth_per_cycle) if expected else (math.nan, math.nan)
    return Layer(
        given.name, given.cycles, given.thickness, given.growth_per_cycle, given.mass, thickness, growth,
        expected.metals if expected else {},
    )  # fmt: skip


def _missing(expected: FilmLayer) -> Layer:
    growth = expected.growth_per_cycle
    return Layer(expected.name, 0, 0.0, math.nan, 0.0, expected.thickness, growth, expected.metals)
