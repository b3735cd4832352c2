"""Needles that a motor moves: it goes where its controller tells it, the whole way in its stroke."""

from collections.abc import Iterable, Sequence
from math import inf, nan

from vapordep.simulation.icvd_description import VapourFeed
from vapordep.simulation.plant import Controller
from vapordep_simulators.plant.chamber.thermal import GRID, HAIR
from vapordep_simulators.plant.steady.state import Blade

OPEN = Blade(1.0, 1.0, None, -inf)
"""A needle without a motor: what it lets through is its conductance."""
SHUT = Blade(0.0, 0.0, None, -inf)


def needles_at_rest(sources: Iterable[VapourFeed]) -> tuple[Blade, ...]:
    """Every motor at its shut end."""
    return tuple(OPEN if source.stroke is None else SHUT for source in sources)


def needles_after(
    sources: Sequence[VapourFeed], now: Sequence[Blade], motors: Sequence[Controller | None], t: float
) -> tuple[Blade, ...]:
    """One step of the grid later; `t` (s) is its beginning."""
    return tuple(
        needle if source.stroke is None else _after(needle, motor, source.stroke, t)
        for source, needle, motor in zip(sources, now, motors, strict=True)
    )


def _after(now: Blade, motor: Controller | None, stroke: float, t: float) -> Blade:
    place, wanted, memory, due = now
    if motor is not None and t >= due - HAIR:
        # it has no sensor: who drives it tells it a place
        memory, wanted = motor.step(motor.initial(nan) if memory is None else memory, nan, t)
        due = t + motor.period
    most = GRID / stroke
    place += min(max(min(max(wanted, 0.0), 1.0) - place, -most), most)
    return Blade(place, wanted, memory, due)
