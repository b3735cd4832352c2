"""Monitors of a steady process: how much gas flows, how long it stays, how near its vapours are to condensing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, nan
from typing import Any, TypeVar

import numpy as np

from vapordep.model.batches import Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest, usable_value, usable_values
from vapordep.safety.monitors.filament import Ajar, ResistanceRatio
from vapordep.safety.monitors.flows import PRESSURE, Flows, added
from vapordep.safety.monitors.monitor import Monitor, derived, known_batch, no_value
from vapordep.safety.monitors.quality import worst, worsts
from vapordep.safety.vapour import lowest, polymerises
from vapordep.units import GAS_CONSTANT, Unit, one, s, sccm

S = TypeVar("S")


def of_vapours(reactor: Reactor, known: Mapping[str, Tag]) -> Iterator[Monitor[Any]]:
    """The monitors of a reactor with sources of a steady flow or a filament; `known` grows by their tags."""
    steady = [source for source in reactor.sources.values() if source.steady]
    if steady or reactor.filament:
        flows = Flows(reactor, known)
        yield TotalFlow(flows, known)
        yield ResidenceTime(flows, reactor, known)
        monomers = tuple(source for source in steady if polymerises(source))
        for source in monomers:
            yield Crowding(source, flows, reactor, known)
        if monomers:
            yield TotalCrowding([f"{source.name}.saturation" for source in monomers], known)
    if reactor.throttle:
        yield Ajar(reactor.throttle.position, known)
    if reactor.filament:
        yield ResistanceRatio(reactor.filament, known)


class _Looking(Monitor[S]):
    """A monitor that looks at each sample of the pressure, and reads everything else beside it."""

    def __init__(self, name: str, tags: Mapping[str, Tag], reads: Iterable[str], unit: Unit, initial: S) -> None:
        self.reads = tuple(dict.fromkeys((PRESSURE, *reads)))
        super().__init__(derived(name, tags, self.reads, unit), (PRESSURE,), initial, self.reads[1:])


class TotalFlow(_Looking[None]):
    """All gas and vapour that is let in; of a needle what it was proven to give, at its bottle's temperature."""

    def __init__(self, flows: Flows, tags: Mapping[str, Tag]) -> None:
        super().__init__("chamber.flow", tags, flows.names, sccm, None)
        self.flows = flows

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Adds them up; no value when one cannot be told."""
        found = self.flows.all(latest, time)
        if found is None:
            return None, no_value(time)
        return None, Sample(time, sum(found.values()), worst(self.reads, latest))

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        known, found = self.flows.all_over(columns, instants)
        return None, known_batch(
            self.tag.name, instants, known, added(found, instants), worsts(self.reads, columns, instants)
        )


class ResidenceTime(_Looking[None]):
    """How long gas stays: what is in the chamber over what flows in. No value while nothing flows."""

    def __init__(self, flows: Flows, reactor: Reactor, tags: Mapping[str, Tag]) -> None:
        self.pressure, self.gas = tags[PRESSURE], tags[f"{reactor.gas_zone}.temperature"]
        super().__init__("chamber.residence_time", tags, (*flows.names, self.gas.name), s, None)
        self.flows = flows
        self.volume = reactor.chamber.volume

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """PV/RT over the total flow."""
        found = self.flows.all(latest, time)
        pressure, kelvin = usable_value(latest, self.pressure, time), usable_value(latest, self.gas, time)
        total = sum(found.values()) if found else 0.0
        if pressure is None or kelvin is None or total <= 0.0:
            return None, no_value(time)
        stays = pressure * self.volume / (GAS_CONSTANT * kelvin * total)
        return None, Sample(time, stays, worst(self.reads, latest))

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        known, found = self.flows.all_over(columns, instants)
        told, pressure = usable_values(columns, self.pressure, instants)
        warm, kelvin = usable_values(columns, self.gas, instants)
        total = added(found, instants)
        known = known & told & warm & (total > 0.0)
        below = np.where(known, GAS_CONSTANT * kelvin * total, 1.0)
        stays = np.where(known, pressure * self.volume, 0.0) / below
        return None, known_batch(self.tag.name, instants, known, stays, worsts(self.reads, columns, instants))


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the gas that is vapour of one source, at the instant `time` (s)."""

    time: float
    part: float


NOTHING = Share(-inf, 0.0)
"""No vapour of it: since when does not matter, and so is not told."""


class Crowding(_Looking[Share]):
    """P/Psat of a vapour at the coldest surface, with the lowest that its Psat may be.

    A vapour's part of the pressure is its part of the flow, which is so in a chamber that mixes well once the flows
    have stood for some residence times. It counts at once when a flow begins, and leaves with the residence time when
    it ends; so the ratio is rather too high.
    """

    def __init__(self, source: SourceLine, flows: Flows, reactor: Reactor, tags: Mapping[str, Tag]) -> None:
        self.surfaces = ((tags[f"{reactor.stage.zone}.temperature"], 0.0), *_walls(reactor, tags))
        self.gas = tags[f"{reactor.gas_zone}.temperature"]
        reads = (*flows.names, self.gas.name, *(tag.name for tag, _ in self.surfaces))
        super().__init__(f"{source.name}.saturation", tags, reads, one, NOTHING)
        self.source = source.name
        self.curve = lowest(source)
        self.flows = flows
        self.pressure = tags[PRESSURE]
        self.volume = reactor.chamber.volume

    def update(self, state: Share, time: float, latest: Latest) -> tuple[Share, Sample]:
        """Works out the partial pressure and compares it; no value when a flow, a surface or the pressure is unknown.

        Where the vapour never flowed there is none, whatever the pressure: gauges end below the atmosphere.
        """
        flows = self.flows.all(latest, time)
        pressure, kelvin = usable_value(latest, self.pressure, time), usable_value(latest, self.gas, time)
        warm = [usable_value(latest, tag, time) for tag, _ in self.surfaces]
        coldest = min(nan if t is None else t + offset for t, (_, offset) in zip(warm, self.surfaces, strict=True))
        if any(t is None for t in warm):
            coldest = nan
        mine = nan if flows is None else flows[self.source]
        total = nan if flows is None else sum(flows.values())
        pressure, kelvin = nan if pressure is None else pressure, nan if kelvin is None else kelvin
        state, value = self._look(state, time, mine, total, pressure, kelvin, coldest)
        return state, no_value(time) if value != value else Sample(time, value, worst(self.reads, latest))

    def over(self, state: Share, instants: Floats, columns: Columns) -> tuple[Share, Batch]:
        """The same in arrays; only the share of each instant is worked out of that of the one before."""
        known, found = self.flows.all_over(columns, instants)
        told, pressure = usable_values(columns, self.pressure, instants)
        warm, kelvin = usable_values(columns, self.gas, instants)
        coldest = np.full(len(instants), inf)
        for tag, offset in self.surfaces:
            felt, surface = usable_values(columns, tag, instants)
            coldest = np.minimum(coldest, np.where(felt, surface + offset, nan))
        mine, told = found[self.source], known & told & warm & (coldest == coldest)
        pressure = np.where(pressure > 0.0, pressure, 0.0)
        times, held = instants[told], pressure[told] * self.volume / (GAS_CONSTANT * kelvin[told])
        parts = _shares(state, times, mine[told], added(found, instants)[told], held)
        part = np.array(parts)[np.cumsum(told)]
        never = known & (mine == 0.0) & (part == 0.0)
        ratio = np.where(told, part * pressure, np.where(never, 0.0, nan))
        let_in = told & (part > 0.0)
        ratio[let_in] /= self._bears(coldest[let_in])
        good = ratio == ratio
        if len(times):
            state = Share(times.item(-1), parts[-1]) if parts[-1] else NOTHING
        return state, known_batch(self.tag.name, instants, good, ratio, worsts(self.reads, columns, instants))

    def _bears(self, kelvins: Floats) -> Floats:
        """Psat in Pa at temperatures in K, of which an instrument shows but a few different ones."""
        several, places = np.unique(kelvins, return_inverse=True)
        return np.array([self.curve(kelvin) for kelvin in several.tolist()])[places]

    def _look(
        self, state: Share, time: float, mine: float, total: float, pressure: float, kelvin: float, coldest: float
    ) -> tuple[Share, float]:
        """The next share, and P/Psat; NaN when something that it takes is NaN."""
        if mine == 0.0 and state.part == 0.0:
            return state, 0.0
        if mine != mine or pressure != pressure or kelvin != kelvin or coldest != coldest:
            return state, nan
        pressure = pressure if pressure > 0.0 else 0.0
        held = pressure * self.volume / (GAS_CONSTANT * kelvin)
        elapsed = min(max(time - state.time, 0.0), 1e9)
        left = 1.0 if total <= 0.0 else exp(-elapsed * total / held) if held > 0.0 else 0.0
        part = max(mine / total if total > 0.0 else 0.0, left * state.part)
        return Share(time, part) if part else NOTHING, part * pressure / self.curve(coldest)


def _shares(state: Share, times: Floats, mine: Floats, total: Floats, held: Floats) -> list[float]:
    """The share before the first of `times` (s) and at each, from flows in mol/s and the mol that the chamber holds."""
    share = np.divide(mine, total, out=np.zeros(len(times)), where=total > 0.0)
    elapsed = np.minimum(np.maximum(np.diff(times, prepend=state.time), 0.0), 1e9)
    flows = total > 0.0
    fading = np.divide(-elapsed * total, held, out=np.where(flows, -inf, 0.0), where=flows & (held > 0.0))
    part, parts = state.part, [state.part]
    # exp of a number by itself: that of an array may differ in its last bit
    for new, faded in zip(share.tolist(), fading.tolist(), strict=True):
        part = max(new, exp(faded) * part)
        parts.append(part)
    return parts


class TotalCrowding(Monitor[None]):
    """The sum of P/Psat of all monomers: together they condense as one would."""

    def __init__(self, parts: Sequence[str], tags: Mapping[str, Tag]) -> None:
        self.parts = tuple(tags[part] for part in parts)
        super().__init__(derived("vapour.saturation", tags, tuple(parts), one), tuple(parts), None)

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Adds them up; no value when one has none."""
        values = [usable_value(latest, tag, time) for tag in self.parts]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None, no_value(time)
        return None, Sample(time, sum(known), worst(self.inputs, latest))

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        known, total = np.ones(len(instants), dtype=np.bool_), np.zeros(len(instants))
        for tag in self.parts:
            told, value = usable_values(columns, tag, instants)
            known, total = known & told, total + np.where(told, value, 0.0)
        return None, known_batch(self.tag.name, instants, known, total, worsts(self.inputs, columns, instants))


def _walls(reactor: Reactor, tags: Mapping[str, Tag]) -> Iterator[tuple[Tag, float]]:
    """The other surfaces by the tag of their temperature, and how much warmer (K) they are."""
    if reactor.chamber.walls:
        yield tags[f"{reactor.chamber.walls}.temperature"], 0.0
    for surface in reactor.chamber.surfaces.values():
        yield tags[f"{surface.zone}.temperature"], surface.offset
