"""Sources that a gas carries, feeds or pushes: what flows through their open valves, and what pushes into a bottle.

A bubbler's carrier leaves saturated, n_vapour = n_carrier P/(Pt - P), and goes past the chamber while its valve is
shut. A generator turns a mass fraction of its oxygen into ozone, a strength that follows its switch with a lag. Gas
that pushes goes into the bottle through a conductance, as long as its regulator has more pressure than the bottle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import exp

import numpy as np

from vapordep.chemistry import substance
from vapordep.errors import SimulationError
from vapordep.lazy import dataclass
from vapordep.simulation.description import Carried, Made, PlantDescription, Pushed
from vapordep.simulation.plant import Inputs
from vapordep.units import GAS_CONSTANT
from vapordep_simulators.plant.chamber.climate import Climate
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.gas import Flags, GasDrive, GasNetwork, GasState, Push
from vapordep_simulators.plant.chamber.inputs import is_open

OZONE_PER_OXYGEN = 2.0 / 3.0
"""3 O2 become 2 O3."""
MOST = 100.0
"""A bottle that boils gives so many mol of vapour a mol of carrier: what limits it then is no law of this plant [D]."""
SETTLED = 1e-3
"""A strength so near to its end is there."""


@dataclass(frozen=True, slots=True)
class _Through:
    """A bottle of the `name`, at `row`, through which the feed `feed` goes."""

    name: str
    row: int
    feed: int
    delivery: Carried | Made


class Delivering:
    """All such sources of a description, made ready."""

    def __init__(self, description: PlantDescription, species: Sequence[str], network: GasNetwork) -> None:
        self.network = network
        self.species = species
        self.through = tuple(_throughs(description))
        self.generators = tuple(t for t in self.through if isinstance(t.delivery, Made))
        self.pushed = {row: name for row, name in enumerate(description.sources) if _push(description, name)}
        self._passing = [row for row, name in enumerate(description.feeds) if name in description.passing]
        self._pushes = [_push(description, name) or _NO_PUSH for name in description.sources]
        self._exchanging = np.ones(len(description.sources), dtype=np.bool_)
        self._exchanging[[each.row for each in self.through]] = False

    @property
    def switches(self) -> tuple[str, ...]:
        """What switches the generators."""
        return tuple(_switch(each) for each in self.generators)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The switches and valves that they have beside the valve of each source."""
        return (*self.switches, *map(_boost, self.pushed.values()))

    def strengths(self, before: Sequence[float], inputs: Inputs, elapsed: float) -> tuple[float, ...]:
        """What part of its fraction each generator makes, `elapsed` s after it made the parts `before`."""
        found = []
        for generator, part in zip(self.generators, before, strict=True):
            end = float(is_open(inputs[_switch(generator)]))
            assert isinstance(generator.delivery, Made)  # noqa: S101 - for the type checker
            part = end + (part - end) * exp(-elapsed / generator.delivery.lag)
            found.append(end if abs(part - end) < SETTLED else part)
        return tuple(found)

    def changing(self, strengths: Sequence[float], inputs: Inputs) -> bool:
        """Whether a generator that is open has not its last strength yet."""
        return any(
            is_open(inputs[f"{generator.name}.valve"]) and part != float(is_open(inputs[_switch(generator)]))
            for generator, part in zip(self.generators, strengths, strict=True)
        )

    def used(self, given: Floats, gas: GasState) -> Floats:
        """What each source has `given`, mol: a generator holds nothing, it is what it made that came in."""
        for each in self.generators:
            given[each.row] = gas.fed[self.network.own[each.row]]
        return given

    def driven(
        self,
        drive: GasDrive,
        opened: Flags,
        gas: GasState,
        climate: Climate,
        inputs: Inputs,
        strengths: Sequence[float],
    ) -> GasDrive:
        """The drive of a piece, with what goes through the `opened` sources, and into those that are pushed."""
        if self.through or self._passing:
            feed_gas, taken = self.network.feed_gas.copy(), np.zeros((len(opened), self.network.feed_gas.shape[1]))
            feed_gas[:, self._passing] = 0.0
            made = dict(zip(self.generators, strengths, strict=True))
            for each in self.through:
                if not opened[each.row]:
                    feed_gas[:, each.feed] = 0.0
                elif isinstance(each.delivery, Made):
                    self._make(feed_gas[:, each.feed], each.row, made[each] * each.delivery.fraction)
                elif gas.content[each.row] > 0.0:
                    ratio = self._ratio(each.row, each.delivery, climate)
                    feed_gas[self.network.own[each.row], each.feed] += ratio
                    taken[each.row, each.feed] = ratio
            drive = replace(drive, open=opened & self._exchanging, feed_gas=feed_gas, taken=taken)
        if any(is_open(inputs[_boost(name)]) for name in self.pushed.values()):
            drive = replace(drive, push=self._push(climate, inputs))
        return drive

    def _make(self, column: Floats, row: int, fraction: float) -> None:
        """Turns a mass fraction of the oxygen in a feed into what the generator at `row` makes."""
        made = column * fraction
        column -= made
        column[self.network.own[row]] += OZONE_PER_OXYGEN * float(made.sum())

    def _ratio(self, row: int, bubbler: Carried, climate: Climate) -> float:
        kelvin = float(climate.warmth[row]) * climate.temperature
        vapour = float(climate.saturation[row]) * GAS_CONSTANT * kelvin / float(self.network.headspace[row])
        return min(vapour / (bubbler.pressure - vapour), MOST) if vapour < bubbler.pressure else MOST

    def _push(self, climate: Climate, inputs: Inputs) -> Push:
        kelvin = climate.warmth * climate.temperature
        on = [row in self.pushed and is_open(inputs[_boost(self.pushed[row])]) for row in range(len(self._pushes))]
        rates = np.array([push.conductance for push in self._pushes]) / self.network.headspace * np.array(on)
        limits = np.array([push.pressure for push in self._pushes]) * self.network.headspace / (GAS_CONSTANT * kelvin)
        gas = [
            self.species.index(substance(push.gas).name) if lit else 0
            for push, lit in zip(self._pushes, on, strict=True)
        ]
        return Push(rates, limits, np.array(gas, dtype=np.intp))


_NO_PUSH = Pushed(pressure=0.0)


def _throughs(description: PlantDescription) -> Iterator[_Through]:
    feeds = list(description.feeds)
    for row, (name, source) in enumerate(description.sources.items()):
        if isinstance(source.delivery, Carried | Made):
            if source.delivery.through not in feeds:
                what = f"{name} is fed through {source.delivery.through}, which is no feed"
                raise SimulationError(what, remedy="Describe it in `feeds`.")
            yield _Through(name, row, feeds.index(source.delivery.through), source.delivery)


def _push(description: PlantDescription, name: str) -> Pushed | None:
    delivery = description.sources[name].delivery
    return delivery if isinstance(delivery, Pushed) else None


def _switch(generator: _Through) -> str:
    return f"{generator.name}.power"


def _boost(name: str) -> str:
    return f"{name}.boost_valve"
