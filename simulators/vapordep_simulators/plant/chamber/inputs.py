"""Inputs of a plant as what they stand for: open or on, a number, a controller."""

from collections.abc import Iterable, Mapping

from vapordep.errors import SimulationError
from vapordep.simulation.plant import Controller, Latency, Value


def is_open(value: Value) -> bool:
    """Whether an input stands for open or on."""
    return number(value) > 0.5


def number(value: Value) -> float:
    """An input as a number; SimulationError when it is none."""
    if isinstance(value, float | int):
        return float(value)
    raise SimulationError(f"{value!r} is no number", remedy="Drive this input with a number in SI.")


def controller(value: Value) -> Controller | None:
    """Who closes a loop, None for nobody; SimulationError for a number."""
    if isinstance(value, float | int):
        raise SimulationError(f"{value!r} is no controller", remedy="Drive a zone's power with numbers.")
    return value


def latencies(inputs: Iterable[str], known: Mapping[str, Latency]) -> Mapping[str, Latency]:
    """Every valve among the inputs, with the `known` latency or the usual one."""
    return {point: known.get(point, Latency()) for point in inputs if point.endswith("valve")}
