"""The film that a recipe for iCVD will give: the plant's growth at rest, along the plan, without a step of time."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from math import exp, nan
from typing import Any

from vapordep.app.foretold.expected_conversion import Converting
from vapordep.app.twin.film import LEAST, UNNAMED, merged, short
from vapordep.app.twin.icvd_plant import describe_icvd
from vapordep.app.twin.plant import plants
from vapordep.lazy import dataclass
from vapordep.model.film import Film, FilmLayer, Slab
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steady_steps import Deposit, Light
from vapordep.model.steps import Dose, Step
from vapordep.recipe import Finding, Severity
from vapordep.recipe.foretold.situation import BEGINNING, Situation, gas_temperature
from vapordep.recipe.steps import STEPS, after
from vapordep.units import GAS_CONSTANT, Dimension, format_si

POINTS = 24
"""In so many pieces a leg is followed whose flows change, or lag behind those that did."""
MOST_SLABS = 120

Grown = tuple[Film, Mapping[str, float], tuple[Slab, ...], Mapping[str, float], tuple[Finding, ...]]
"""As `Expected` takes it: the film, what it takes of each source in mol, its composition by depth, by polymer what
vapour has converted, and what is to be said of it."""


def grown(plan: Plan, reactor: Reactor) -> Grown:
    """Walks a plan that the check accepted; its cost does not grow with times or counts.

    SimulationError when no plant is installed. What nobody can tell is left out: growth under a filament of which only
    the voltage is given, or where no pressure is held.
    """
    walk = _Walk(reactor, plants().steady_rate(describe_icvd(reactor, plan.substrate)), Converting(reactor))
    walk.steps((*plan.steps, *plan.finally_steps))
    rest = walk.converting.thickness - walk.named
    if rest > LEAST:
        walk.layers.append(FilmLayer(UNNAMED, rest, 0, nan, walk.converting.mass * rest / walk.converting.thickness))
    slabs = tuple(Slab(top, {short(name): part for name, part in parts.items()}) for top, parts in walk.slabs)
    return (
        Film(tuple(walk.layers)),
        walk.used,
        merged(_swollen(slabs, walk.converting), MOST_SLABS),
        walk.converting.conversion,
        tuple(walk.unreached.values()),
    )


def _swollen(slabs: tuple[Slab, ...], converting: Converting) -> tuple[Slab, ...]:
    """The profile of a film that has swollen at every depth alike."""
    if not slabs or not converting.thickness:
        return slabs
    more = 1.0 + converting.thickness / slabs[-1].top
    return tuple(Slab(slab.top * more, slab.shares) for slab in slabs)


@dataclass(slots=True)
class _Walk:
    reactor: Reactor
    rate: Any
    """`steady_rate` of the installed plant."""
    converting: Converting
    layers: list[FilmLayer] = field(default_factory=list)
    slabs: list[tuple[float, Mapping[str, float]]] = field(default_factory=list)
    used: dict[str, float] = field(default_factory=dict)
    unreached: dict[str, Finding] = field(default_factory=dict)
    """Depositions that end by time before their thickness, each place once."""
    named: float = 0.0
    """What the film gained by vapour in loops that name a layer, m."""
    situation: Situation = BEGINNING
    filament: float | None = None

    def steps(self, steps: tuple[Step, ...], layer: str = "", times: int = 1) -> None:
        for step in steps:
            if isinstance(step, Block):
                self._block(step, layer, times)
                continue
            if isinstance(step, Light):
                self.filament = step.temperature
            took = STEPS[type(step)].duration(step, self.situation, self.reactor)
            if isinstance(step, Deposit):
                took = self._deposit(step, layer, times)
            for name, flow in self.situation.vapours.items():
                self.used[name] = self.used.get(name, 0.0) + times * flow * took
            dosed = self.converting.step(step, self.situation, times)
            if isinstance(step, Dose):
                self.used[step.source] = self.used.get(step.source, 0.0) + dosed
            self.situation = after(self.situation, step, self.reactor)

    def _block(self, block: Block, layer: str, times: int) -> None:
        """A loop; what a film gains in it by vapour is a layer of its name."""
        thickness, mass = self.converting.thickness, self.converting.mass
        self.steps(block.steps, block.layer or layer, times * block.count)
        thickness, mass = self.converting.thickness - thickness, self.converting.mass - mass
        if thickness > LEAST and block.layer:
            cycles = block.cycles * times
            self.layers.append(FilmLayer(block.layer, thickness, cycles, thickness / cycles, mass))
            self.named += thickness

    def _deposit(self, step: Deposit, layer: str, times: int) -> float:
        """Adds what grows, and tells how long that takes, s: a crystal ends it at its thickness."""
        thickness = mass = took = 0.0
        if self.filament is None or self.situation.held is None:
            return step.duration
        for duration, flows in _pieces(step, self.situation, self.reactor):
            rate = self._rate(flows)
            if step.thickness is not None and thickness + rate.thickness * duration > step.thickness:
                duration = (step.thickness - thickness) / rate.thickness
            thickness, mass = thickness + rate.thickness * duration, mass + rate.mass * duration
            took += duration
            below = self.slabs[-1][0] if self.slabs else 0.0
            if rate.thickness * duration > 0.0:
                self.slabs.append((below + times * rate.thickness * duration, rate.shares))
                self.converting.grown(times * rate.mass * duration, rate.shares)
            if step.thickness is not None and thickness >= step.thickness * (1.0 - 1e-12):
                break
        else:
            if step.thickness is not None:
                self.unreached.setdefault(step.where, _unreached(step, step.thickness, thickness))
        whole = times * thickness
        self.layers.append(FilmLayer(layer or UNNAMED, whole, times if layer else 0, thickness, times * mass))
        return took

    def _rate(self, flows: Mapping[str, float]) -> Any:
        situation, reactor = self.situation, self.reactor
        return self.rate(
            sources=flows,
            feeds=situation.entering(reactor),
            pressure=situation.held,
            zones={zone: situation.temperature(zone) for zone in reactor.zones},
            stage=situation.temperature(reactor.stage.zone),
            filament=self.filament,
        )


def _unreached(step: Deposit, wanted: float, grown: float) -> Finding:
    """More than grows in the time that it has."""
    time, thickness = format_si(step.duration, Dimension.TIME), format_si(wanted, Dimension.LENGTH)
    some = format_si(float(f"{grown:.2g}"), Dimension.LENGTH)
    what = f"in {time} some {some} grow, not {thickness}"
    remedy = "write less, or deposit for longer: it ends by time, with a film that is too thin"
    return Finding("R-DEPOSIT", what, step.where, remedy, Severity.WARNING)


def _pieces(step: Deposit, situation: Situation, reactor: Reactor) -> Iterator[tuple[float, Mapping[str, float]]]:
    """Times in s, and the flows in mol/s whose mix the gas has then: it follows them with its residence time."""
    flows = dict(situation.vapours)
    if not any(leg.sources for leg in step.legs):
        yield step.duration, flows
        return
    felt, left = dict(flows), step.duration
    for leg in step.legs:
        begins = {name: flows.get(name, 0.0) for name in leg.sources}
        ends, piece = leg.ends(begins), leg.duration / POINTS
        for point in range(POINTS):
            share = leg.share((point + 0.5) / POINTS)
            flows |= {name: begins[name] + (ends[name] - begins[name]) * share for name in ends}
            keep = exp(-piece / _residence(flows, situation, reactor))
            felt = {name: flow + (felt[name] - flow) * keep for name, flow in flows.items()}
            yield piece, felt
        flows |= ends
        left -= leg.duration
    if left > 0.0:
        yield left, flows


def _residence(flows: Mapping[str, float], situation: Situation, reactor: Reactor) -> float:
    """How long gas stays, s."""
    total = sum(flows.values()) + sum(situation.entering(reactor).values())
    held = (situation.held or 0.0) * reactor.chamber.volume / (GAS_CONSTANT * gas_temperature(situation, reactor))
    return held / total
