"""The film of a run beside the one that was expected of its plan, layer by layer."""

import math
from collections import defaultdict
from dataclasses import dataclass

from vapordep.app.film import NUCLEATION, TOGETHER
from vapordep.model.film import Film, FilmLayer


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


def beside(given: Film, expected: Film | None) -> tuple[Layer, ...]:
    """The layers of both, those of one name in their order; what was expected and never came has a thickness of 0."""
    given = folded(given, expected) if expected else given
    waiting: dict[str, list[FilmLayer]] = defaultdict(list)
    for layer in expected.layers if expected else ():
        waiting[layer.name].append(layer)
    found = [_layer(layer, waiting[layer.name].pop(0) if waiting[layer.name] else None) for layer in given.layers]
    return (*found, *(_missing(layer) for layers in waiting.values() for layer in layers))


def folded(given: Film, expected: Film) -> Film:
    """The turns of a supercycle as the one layer that is expected of it, `A + B`; all else as it was given."""
    found = list(given.layers)
    begin = 0
    for whole in expected.layers:
        parts = whole.name.split(TOGETHER)
        if len(parts) > 1:
            begin = next((index for index in range(begin, len(found)) if found[index].name in parts), len(found))
            turns = _turns(found[begin:], parts, whole.cycles)
            found[begin : begin + len(turns)] = [_sum_of(turns, whole)] if turns else []
            begin += bool(turns)
    return Film(tuple(found))


def _turns(layers: list[FilmLayer], parts: list[str], count: int) -> list[FilmLayer]:
    """The layers at the front that are parts of `count` turns at most, each of which ends with the last part."""
    turns: list[FilmLayer] = []
    for layer in layers:
        if layer.name not in parts or sum(turn.name == parts[-1] for turn in turns) == count:
            break
        turns.append(layer)
    return turns


def _sum_of(turns: list[FilmLayer], whole: FilmLayer) -> FilmLayer:
    last = whole.name.split(TOGETHER)[-1]
    thickness, count = sum(layer.thickness for layer in turns), sum(layer.name == last for layer in turns)
    per_cycle = thickness / count if count else math.nan
    return FilmLayer(whole.name, thickness, count, per_cycle, sum(layer.mass for layer in turns))


def deviation(layers: tuple[Layer, ...]) -> float:
    """How much thicker the whole film is than expected, as a part of that; NaN when either is not known.

    Without the excess of the first cycles where nobody expects any: in a run that goes on.
    """
    compared = [layer for layer in layers if layer.name != NUCLEATION or layer.expected_thickness > 0.0]
    expected = sum(layer.expected_thickness for layer in compared)
    return sum(layer.thickness for layer in compared) / expected - 1.0 if expected > 0.0 else math.nan


def _layer(given: FilmLayer, expected: FilmLayer | None) -> Layer:
    thickness, growth = (expected.thickness, expected.growth_per_cycle) if expected else (math.nan, math.nan)
    return Layer(
        given.name, given.cycles, given.thickness, given.growth_per_cycle, given.mass, thickness, growth
    )  # fmt: skip


def _missing(expected: FilmLayer) -> Layer:
    return Layer(expected.name, 0, 0.0, math.nan, 0.0, expected.thickness, expected.growth_per_cycle)
