"""Monitors of a steady process: how much gas flows, how long it stays, how near its vapours are to condensing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp, inf
from typing import Any

from vapordep.model.batches import Sample
from vapordep.model.icvd import Filament
from vapordep.model.reactor import Reactor, SourceLine
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import Latest, usable_value
from vapordep.safety.monitors.monitor import Monitor, derived, no_value
from vapordep.safety.vapour import lowest, needle_flow, polymerises
from vapordep.units import GAS_CONSTANT, one, percent, s, sccm

PRESSURE = "chamber.pressure"
DARK = 1.0
"""Below so many volts at its ends nothing can be said of a filament's resistance."""
ROOM = 293.15
OPEN_CIRCUIT = 1000.0
"""The ratio that stands for a resistance without end."""

Read = Callable[[Latest, float], float | None]
"""A flow in mol/s from the newest samples at an instant; None when it cannot be told."""


def of_vapours(reactor: Reactor, known: Mapping[str, Tag]) -> Iterator[Monitor[Any]]:
    """The monitors of a reactor with sources of a steady flow or a filament."""
    steady = [source for source in reactor.sources.values() if source.steady]
    if steady or reactor.filament:
        flows = _Flows(reactor, known)
        yield TotalFlow(flows, known)
        yield ResidenceTime(flows, reactor, known)
        monomers = tuple(source for source in steady if polymerises(source))
        for source in monomers:
            yield Crowding(f"{source.name}.saturation", (source,), flows, reactor, known)
        if monomers:
            yield Crowding("vapour.saturation", monomers, flows, reactor, known)
    if reactor.filament:
        yield ResistanceRatio(reactor.filament, known)


class _Flows:
    """What flows into the chamber, line by line and source by source, from readbacks and proven needles."""

    def __init__(self, reactor: Reactor, tags: Mapping[str, Tag]) -> None:
        self.inputs: dict[str, None] = {PRESSURE: None}
        self.reads: dict[str, Read] = {}
        for name in reactor.lines:
            self.reads[name] = self._metered(tags[f"{name}.flow"])
        for name, source in reactor.sources.items():
            if source.metered:
                self.reads[name] = self._metered(tags[f"{name}.flow"])
            elif source.steady:
                self.reads[name] = self._needle(source, tags)

    def all(self, latest: Latest, time: float) -> dict[str, float] | None:
        """Each flow in mol/s, not below 0; None when one cannot be told."""
        found = {}
        for name, read in self.reads.items():
            flow = read(latest, time)
            if flow is None:
                return None
            found[name] = max(flow, 0.0)
        return found

    def _metered(self, tag: Tag) -> Read:
        self.inputs[tag.name] = None
        return lambda latest, time: usable_value(latest, tag, time)

    def _needle(self, source: SourceLine, tags: Mapping[str, Tag]) -> Read:
        valve, pressure, gives = tags[source.valve], tags[PRESSURE], needle_flow(source)
        bottle = tags[f"{source.zone}.temperature"] if source.zone else None
        self.inputs |= dict.fromkeys((valve.name, *([bottle.name] if bottle else [])))

        def read(latest: Latest, time: float) -> float | None:
            is_open = usable_value(latest, valve, time)
            if is_open is None or is_open <= 0.5:
                return None if is_open is None else 0.0
            against = usable_value(latest, pressure, time)
            kelvin = usable_value(latest, bottle, time) if bottle else source.temperature
            return None if against is None or kelvin is None else gives(kelvin, against)

        return read


class TotalFlow(Monitor[None]):
    """All gas and vapour that is let in; of a needle what it was proven to give, at its bottle's temperature."""

    def __init__(self, flows: _Flows, tags: Mapping[str, Tag]) -> None:
        super().__init__(derived("chamber.flow", tags, tuple(flows.inputs), sccm), tuple(flows.inputs), None)
        self.flows = flows

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Adds them up; no value when one cannot be told."""
        found = self.flows.all(latest, time)
        if found is None:
            return None, no_value(time)
        return None, Sample(time, sum(found.values()), _worst(self.inputs, latest))


class ResidenceTime(Monitor[None]):
    """How long gas stays: what is in the chamber over what flows in. No value while nothing flows."""

    def __init__(self, flows: _Flows, reactor: Reactor, tags: Mapping[str, Tag]) -> None:
        self.pressure, self.gas = tags[PRESSURE], tags[f"{reactor.gas_zone}.temperature"]
        inputs = tuple(dict.fromkeys((*flows.inputs, self.gas.name)))
        super().__init__(derived("chamber.residence_time", tags, inputs, s), inputs, None)
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
        return None, Sample(time, stays, _worst(self.inputs, latest))


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts of the gas that are vapour of each source watched, at the instant `time` (s)."""

    time: float
    parts: tuple[float, ...]


class Crowding(Monitor[Shares]):
    """Sum of P/Psat of some vapours at the coldest surface, with the lowest that each Psat may be.

    A vapour's part of the pressure is its part of the flow, which is so in a chamber that mixes well once the flows
    have stood for some residence times. It counts at once when a flow begins, and leaves with the residence time when
    it ends; so the sum is rather too high.
    """

    def __init__(
        self, name: str, sources: tuple[SourceLine, ...], flows: _Flows, reactor: Reactor, tags: Mapping[str, Tag]
    ) -> None:
        stage = tags[f"{reactor.stage.zone}.temperature"]
        surfaces = [(stage, 0.0), *_walls(reactor, tags)]
        self.gas = tags[f"{reactor.gas_zone}.temperature"]
        inputs = tuple(dict.fromkeys((*flows.inputs, self.gas.name, *(tag.name for tag, _ in surfaces))))
        initial = Shares(-inf, (0.0,) * len(sources))
        super().__init__(derived(name, tags, inputs, one), inputs, initial)
        self.names = tuple(source.name for source in sources)
        self.curves = tuple(lowest(source) for source in sources)
        self.surfaces = tuple(surfaces)
        self.flows = flows
        self.pressure = tags[PRESSURE]
        self.volume = reactor.chamber.volume

    def update(self, state: Shares, time: float, latest: Latest) -> tuple[Shares, Sample]:
        """Works out partial pressures and compares them; no value when a flow, a surface or the pressure is unknown.

        Where none of the vapours ever flowed there is none, whatever the pressure: gauges end below the atmosphere.
        """
        flows = self.flows.all(latest, time)
        if flows is not None and not any(state.parts) and not any(flows[name] > 0.0 for name in self.names):
            return state, Sample(time, 0.0, Quality.GOOD)
        pressure, kelvin = usable_value(latest, self.pressure, time), usable_value(latest, self.gas, time)
        warm = [usable_value(latest, tag, time) for tag, _ in self.surfaces]
        temperatures = [t + offset for t, (_, offset) in zip(warm, self.surfaces, strict=True) if t is not None]
        if flows is None or pressure is None or kelvin is None or len(temperatures) < len(warm):
            return state, no_value(time)
        state = self._shares(state, time, flows, max(pressure, 0.0), kelvin)
        coldest = min(temperatures)
        partial = zip(state.parts, self.curves, strict=True)
        value = sum(part * max(pressure, 0.0) / curve(coldest) for part, curve in partial)
        return state, Sample(time, value, _worst(self.inputs, latest))

    def _shares(self, state: Shares, time: float, flows: Mapping[str, float], pressure: float, kelvin: float) -> Shares:
        total = sum(flows.values())
        held = pressure * self.volume / (GAS_CONSTANT * kelvin)
        elapsed = min(max(time - state.time, 0.0), 1e9)
        left = 1.0 if total <= 0.0 else exp(-elapsed * total / held) if held > 0.0 else 0.0
        now = [flows[name] / total if total > 0.0 else 0.0 for name in self.names]
        return Shares(time, tuple(max(part, left * before) for part, before in zip(now, state.parts, strict=True)))


class ResistanceRatio(Monitor[None]):
    """Resistance of the filament, V/I, over what its file says of it at its temperature; 1 while it carries nothing.

    A wire that has burnt through, or lies on another, shows here; nickel-chromium changes so little with temperature
    that a resistance is no thermometer.
    """

    def __init__(self, filament: Filament, tags: Mapping[str, Tag]) -> None:
        self.voltage, self.current = tags[filament.voltage], tags[filament.current]
        self.temperature = tags[filament.temperature] if filament.temperature else None
        inputs = (self.voltage.name, self.current.name, *([filament.temperature] if filament.temperature else []))
        super().__init__(derived("filament.resistance_ratio", tags, inputs, percent), inputs, None)
        self.filament = filament

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """No value while voltage, current or the thermocouple cannot be told."""
        voltage, current = usable_value(latest, self.voltage, time), usable_value(latest, self.current, time)
        kelvin = usable_value(latest, self.temperature, time) if self.temperature else self.filament.hot[1]
        if voltage is None or current is None or kelvin is None:
            return None, no_value(time)
        quality = _worst(self.inputs, latest)
        if voltage < DARK:
            return None, Sample(time, 1.0, quality)
        nominal = self.filament.resistance * (1.0 + self.filament.coefficient * (kelvin - ROOM))
        ratio = voltage / (current * nominal) if current * nominal * OPEN_CIRCUIT > voltage else OPEN_CIRCUIT
        return None, Sample(time, ratio, quality)


def _worst(inputs: Iterable[str], latest: Latest) -> Quality:
    """The quality of what was worked out of these; what has no value was not needed, such as that of a shut bottle."""
    samples = (latest.get(name) for name in inputs)
    return max((sample.quality for sample in samples if sample is not None and sample.usable), default=Quality.GOOD)


def _walls(reactor: Reactor, tags: Mapping[str, Tag]) -> Iterator[tuple[Tag, float]]:
    """The other surfaces by the tag of their temperature, and how much warmer (K) they are."""
    if reactor.chamber.walls:
        yield tags[f"{reactor.chamber.walls}.temperature"], 0.0
    for surface in reactor.chamber.surfaces.values():
        yield tags[f"{surface.zone}.temperature"], surface.offset
