"""What a plan will give: film and precursor use, from the plant of the installed simulators, without instruments."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, Protocol

from vapordep.app.foretold.deposited import layers_in, metals, turns
from vapordep.app.twin.ald_plant import describe_ald
from vapordep.app.twin.film import BARE, NUCLEATION, TOGETHER, Growing, film_of
from vapordep.app.twin.plant import plants
from vapordep.lazy import dataclass
from vapordep.model.film import Film, Slab
from vapordep.model.plan import Block, Parallel, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Dose, LeakCheck, Purge, Ramp, Rest, Stabilise, Step
from vapordep.recipe import Finding
from vapordep.recipe.foretold.situation import BEGINNING, Situation
from vapordep.recipe.steps import STEPS, after
from vapordep.simulation.plant import Truth

MOST_ROWS = 30
"""A loop with more different cycles than that is told as one layer."""
LONGEST_WAIT = 300.0
"""A surface is at rest long before this, in s; waiting longer would only cost time."""


class Forecast(Protocol):
    """A plant at rest but for its doses, which follows loops to their fixed point."""

    @property
    def truth(self) -> Truth:
        """Ground truth now."""
        ...

    @property
    def film(self) -> Any:
        """The film as it is now, as `Plant.initial` takes it."""
        ...

    def settle(self, temperatures: Mapping[str, float], flows: Mapping[str, float]) -> None:
        """Rest at temperatures (K) by zone and flows (mol/s) by line."""
        ...

    def pump(self, on: bool) -> None:
        """Open the way to the pump, or shut it; it is open at rest."""
        ...

    def dose(self, source: str, width: float, boost: float = 0.0) -> None:
        """A pulse of `width` s."""
        ...

    def wait(self, duration: float) -> None:
        """All sources shut for `duration` s."""
        ...

    def repeat(self, count: int, cycle: Callable[[], None]) -> None:
        """A loop, at a cost that does not grow with its count."""
        ...


@dataclass(frozen=True, slots=True)
class Expected:
    """The film that is expected, and what it takes from each bottle, in mol by source."""

    film: Film
    precursor_use: Mapping[str, float]
    profile: tuple[Slab, ...] = ()
    """What a copolymer is made of at every depth."""
    conversion: Mapping[str, float] = field(default_factory=dict)
    """The share of each polymer's groups that vapour converts, 0 to 1."""
    findings: tuple[Finding, ...] = ()
    """What only the growth tells: thicknesses that are not reached."""


def expect(plan: Plan, reactor: Reactor) -> Expected:
    """Walks a plan that the check accepted; SimulationError when no plant is installed."""
    if reactor.filament is None:
        return _cycled(plan, reactor)
    from vapordep.app.foretold.expected_icvd import grown  # who coats in cycles does not wait for it

    polymers = Expected(*grown(plan, reactor))
    return _together(plan, polymers, _cycled(plan, reactor)) if reactor.hybrid and plan.pulses else polymers


def _together(plan: Plan, polymers: Expected, cycles: Expected) -> Expected:
    """One film of both, its layers in the order of the plan; what is in no layer comes last."""
    names = [name for step in plan.steps if isinstance(step, Block) for name in layers_in(step)]
    order = {name: place for place, name in enumerate((NUCLEATION, *dict.fromkeys(names)))}
    layers = (*cycles.film.layers, *polymers.film.layers)
    film = Film(tuple(sorted(layers, key=lambda layer: order.get(layer.name.split(TOGETHER)[0], len(order)))))
    return replace(polymers, film=film, precursor_use={**polymers.precursor_use, **cycles.precursor_use})


def _cycled(plan: Plan, reactor: Reactor) -> Expected:
    """What grows in cycles."""
    if not plan.pulses:
        return Expected(Film(), {})
    walk = _Walk(forecast(reactor, plan.substrate), reactor)
    walk.steps((*plan.steps, *plan.finally_steps))
    truth = walk.forecast.truth
    dosed = dict.fromkeys(step.source for step, _ in plan.leaves() if isinstance(step, Dose))
    used = {name: max(truth["precursor_use"][name], 0.0) for name in dosed}
    return Expected(film_of(walk.layers, truth, BARE), used)


def forecast(reactor: Reactor, substrate: str) -> Forecast:
    """The forecast of the installed simulators; SimulationError when none is installed."""
    if reactor.hybrid:
        from vapordep.app.twin.hybrid_plant import describe_cycles

        description = describe_cycles(reactor, substrate)
    else:
        description = describe_ald(reactor, substrate)
    made: Forecast = plants().forecast(description)
    return made


Setting = tuple[Mapping[str, float], Mapping[str, float]]
"""Temperatures and flows."""


@dataclass(slots=True)
class _Walk:
    """Zones and flows jump to where each step leaves them; only doses, and the time between them, are followed."""

    forecast: Forecast
    reactor: Reactor
    layers: list[Growing] = field(default_factory=list)
    situation: Situation = BEGINNING
    _settled: Setting | None = None
    _depth: int = 0

    def steps(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            match step:
                case Block():
                    self._block(step)
                    continue
                case Dose():
                    self._dose(step)
                case (
                    Purge(duration=duration)
                    | Stabilise(duration=duration)
                    | Ramp(duration=duration)
                    | Rest(duration=duration)
                ):
                    self._wait(duration)
                case LeakCheck():
                    self._wait(LONGEST_WAIT)
                case Parallel():
                    self._wait(STEPS[Parallel].duration(step, self.situation, self.reactor))
            self.situation = after(self.situation, step, self.reactor)

    def _block(self, block: Block) -> None:
        """A loop around layers is a layer itself, for its cycles are not all walked; one that varies is several.

        A region from which no run is resumed is no loop.
        """
        if block.no_resume:
            self.steps(block.steps)
            return
        names = dict.fromkeys(layers_in(block)) if self._depth == 0 and block.deposits else {}
        if names and not block.layer and block.varies and len(block.steps) <= MOST_ROWS:
            self.steps(block.steps)
            return
        if names:
            self._settle()
            what = turns(block), metals(block, self.reactor)
            self.layers.append(Growing(TOGETHER.join(names), self.forecast.truth, None, 0, *what))
        self._depth += bool(names)
        if block.deposits:
            self.forecast.repeat(block.count, lambda: self.steps(block.steps))
        else:
            self.steps(block.steps)  # once leaves the reactor as often does
        if names:
            self._depth -= 1
            self.layers[-1].end, self.layers[-1].cycles = self.forecast.truth, block.cycles

    def _dose(self, step: Dose) -> None:
        self._settle()
        self.forecast.dose(step.source, step.width, step.boost)
        for _ in range(step.pulses - 1):
            self.forecast.wait(step.gap)
            self.forecast.dose(step.source, step.width)

    def _settle(self) -> None:
        setting = (self.situation.temperatures, self.situation.flows)
        if setting != self._settled:
            self.forecast.settle(*setting)
            self._settled = setting
        self.forecast.pump(self.situation.pumping)

    def _wait(self, duration: float) -> None:
        if self._settled is not None:
            self.forecast.pump(self.situation.pumping)
            self.forecast.wait(min(duration, LONGEST_WAIT))
