"""A world without physics: points hold what they are told, and every drive is written down."""

from collections.abc import Mapping
from typing import Any

from vapordep.simulation.instrument import Option, Replies, SimInstrument


class FakeWorld:
    def __init__(self, **points: float) -> None:
        self.points = {name.replace("__", "."): value for name, value in points.items()}
        self.drives: list[tuple[str, Any, float]] = []

    def read(self, point: str, t: float) -> float:
        value = self.points[point]
        return float(value(t)) if callable(value) else float(value)

    def drive(self, point: str, value: Any, t: float) -> float:
        self.drives.append((point, value, t))
        self.points[point] = value
        return t

    def last(self, point: str) -> Any:
        return next(value for name, value, _ in reversed(self.drives) if name == point)


def build(
    model: type[SimInstrument], points: Mapping[str, Any], wiring: Mapping[str, str], /, **options: Option
) -> tuple[Any, FakeWorld]:
    world = FakeWorld()
    world.points.update(points)
    return model(model.__name__.lower(), world, wiring, options, 7), world  # type: ignore[arg-type]


def said(replies: Replies) -> bytes:
    return b"".join(piece for _, piece in replies)
