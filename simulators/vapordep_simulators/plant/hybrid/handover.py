"""From pulses to the march and back: what gas, bottles, gauges and surface become, so that nothing is lost between."""

from dataclasses import replace

import numpy as np

from vapordep.simulation.plant import Inputs
from vapordep_simulators.plant.chamber.climate import cell_of
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.inputs import number
from vapordep_simulators.plant.chamber.thermal import GRID
from vapordep_simulators.plant.hybrid.state import HybridState
from vapordep_simulators.plant.pulsed.pulsed import Pulsed
from vapordep_simulators.plant.pulsed.state import AldState, Setpoints
from vapordep_simulators.plant.steady.icvd import Icvd
from vapordep_simulators.plant.steady.reaction import SHOWN
from vapordep_simulators.plant.steady.state import Snapshot


class Handover:
    """Knows where the two halves of a hybrid plant keep the same things."""

    def __init__(self, pulsed: Pulsed, icvd: Icvd) -> None:
        self.pulsed = pulsed
        self.icvd = icvd
        mine, other = pulsed.composition.species, icvd.march.species
        self.for_march = np.array([mine.index(name) for name in other])
        """Where the pulses keep each species of the march."""
        self._for_pulses = np.array([other.index(name) for name in mine])
        sources = list(icvd.description.sources)
        self.bottles = [sources.index(name) for name in pulsed.description.sources]
        """Where the march keeps the bottles that give pulses."""

    def to_march(self, state: HybridState) -> HybridState:
        """The march begins, at an instant of its grid."""
        cycles, icvd = state.cycles, state.icvd
        gas = cycles.gas
        own = np.arange(len(self.bottles)), self.pulsed.composition.network.own
        content = self._content(icvd.now, gas.content + gas.bottles[own])
        polymer = icvd.now.film.thickness
        now = self.shown(icvd.now, gas.moles, gas.feeds, self.pulsed.gauges(gas, cycles.climate))._replace(
            content=content, covered=max(cycles.film.reached - polymer / SHOWN, 0.0)
        )
        return replace(state, pulsing=False, icvd=replace(icvd, before=now, now=now, leap=None))

    def shown(self, snapshot: Snapshot, moles: Floats, feeds: Floats, gauges: Floats) -> Snapshot:
        """A snapshot with the gas that pulses leave: no source flows steadily, and nothing grows."""
        none = tuple(0.0 for _ in snapshot.flows)
        return snapshot._replace(
            moles=moles[self.for_march],
            feeds=tuple(feeds.tolist()),
            gauges=tuple(gauges.tolist()),
            flows=none,
            metered=none,
            rate=0.0,
        )

    def to_pulses(self, state: HybridState, inputs: Inputs) -> HybridState:
        """A source gives a pulse, at any instant: the march stands between two of its grid."""
        icvd, before, pulsed = state.icvd, state.cycles, self.pulsed
        way = state.t / GRID - (icvd.grid - 1)
        moles, gauges, feeds = (
            _between(getattr(icvd.before, name), getattr(icvd.now, name), way) for name in ("moles", "gauges", "feeds")
        )
        stage = icvd.before.chilled.stage + (icvd.now.chilled.stage - icvd.before.chilled.stage) * way
        warm = dict(zip(self.icvd.zones.names, icvd.thermal.temperature, strict=True))
        warm[pulsed.description.stage] = stage
        climate = pulsed.weather.climate(cell_of(state.t), warm.__getitem__)
        content = np.array([icvd.now.content[place] for place in self.bottles])
        gas = pulsed.at_rest(
            moles[self._for_pulses], climate, np.zeros(0), np.maximum(content - climate.saturation, 0.0)
        )
        lags = gas.lags.copy()
        lags[len(pulsed.composition.chemistry.reactants) :] = gauges / climate.pascal
        gas = replace(gas, feeds=feeds, lags=lags, fed=before.gas.fed, pumped=before.gas.pumped)
        film = before.film
        reached = icvd.now.covered + icvd.now.film.thickness / SHOWN
        wanted = tuple(max(number(inputs[f"{name}.flow_setpoint"]), 0.0) for name in pulsed.description.feeds)
        cycles = AldState(
            state.t,
            gas,
            icvd.thermal,
            before.coating.holding(replace(film, reached=max(film.reached, reached))),
            climate,
            Setpoints(wanted, wanted),
            before.ledger,
            before.filled,
            before.strengths,
        )
        return replace(state, pulsing=True, cycles=cycles)

    def _content(self, now: Snapshot, held: Floats) -> tuple[float, ...]:
        content = list(now.content)
        for place, amount in zip(self.bottles, held.tolist(), strict=True):
            content[place] = amount
        return tuple(content)


def _between(left: object, right: object, way: float) -> Floats:
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    between: Floats = a + (b - a) * way
    return between
