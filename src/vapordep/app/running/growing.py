"""The film while it grows: what a plan foretells of it, put beside the whole cycles that were done, or the crystal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isnan

from vapordep.app.foretold.expected import expect
from vapordep.app.twin.film import NUCLEATION, TOGETHER, UNNAMED
from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.link.film import FilmShown, KnownBy
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steady_steps import Deposit
from vapordep.model.steps import Step

Cycles = Mapping[str, int]
"""Cycles by the name of the layer that they add to."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a plan is foretold to give, in m: by cycle of each layer, at once with the first cycle, in depositions."""

    per_cycle: Mapping[str, float]
    at_once: float = 0.0
    steady: float = 0.0
    depositions: int = 0

    def after(self, cycles: Cycles) -> float:
        """The thickness after so many cycles of each layer, without depositions; m."""
        grown = sum(self.per_cycle.get(name, 0.0) * count for name, count in cycles.items())
        return grown + (self.at_once if any(cycles.values()) else 0.0)


def foretell(plan: Plan, reactor: Reactor) -> Foretold | None:
    """What a plan that the check accepted foretells; None where no plant is installed that could, or nothing grows."""
    try:
        film = expect(plan, reactor).film
    except SimulationError:
        return None
    planned, depositions = planned_cycles(plan.steps), sum(times for _, times in _deposits(plan.steps))
    steadily = {name for name, _ in _deposits(plan.steps)}
    per_cycle: defaultdict[str, float] = defaultdict(float)
    at_once = steady = 0.0
    for layer in film.layers:
        names = layer.name.split(TOGETHER)
        cycles = sum(planned.get(name, 0) for name in names)
        if steadily.intersection(names):
            steady += layer.thickness
        elif cycles and layer.name != NUCLEATION:
            for name in names:
                per_cycle[name] += layer.thickness / cycles
        else:
            at_once += layer.thickness
    return Foretold(dict(per_cycle), at_once, steady, depositions) if film.thickness > 0.0 else None


def grown(foretold: Foretold, plan: Plan, done: Cycles, deposited: Sequence[float], now: float = 0.0) -> FilmShown:
    """The film so far: `done` are the whole cycles of each layer; by the crystal `deposited` m, and `now` m since.

    Where the crystal says nothing (NaN) each whole deposition counts as it was foretold.
    """
    target = foretold.after(planned_cycles(plan.steps)) + foretold.steady
    so_far = foretold.after(done)
    if not foretold.steady:
        return FilmShown(so_far, target, KnownBy.CYCLES)
    if not isnan(by_crystal := sum(deposited) + now):
        return FilmShown(so_far + by_crystal, target, KnownBy.CRYSTAL)
    share = min(len(deposited) / max(foretold.depositions, 1), 1.0)
    return FilmShown(so_far + share * foretold.steady, target, KnownBy.CYCLES)


def planned_cycles(steps: Iterable[Step], times: int = 1) -> Cycles:
    """How many cycles of each layer a plan has now; of loops that name none, all together under their own name."""
    found: defaultdict[str, int] = defaultdict(int)
    for step in steps:
        if not isinstance(step, Block):
            continue
        inner = {step.layer: times * step.cycles} if step.layer else planned_cycles(step.steps, times * step.count)
        for name, count in inner.items():
            found[name] += count
    return dict(found)


def _deposits(steps: Iterable[Step], layer: str = UNNAMED, times: int = 1) -> Iterator[tuple[str, int]]:
    """Every deposition, by the layer that it adds to, and how often it is done."""
    for step in steps:
        if isinstance(step, Deposit):
            yield layer, times
        elif isinstance(step, Block):
            yield from _deposits(step.steps, step.layer or layer, times * step.count)
