"""What flows into the chamber, line by line and source by source, from readbacks and proven needles."""

from collections.abc import Callable, Mapping

import numpy as np

from vapordep.model.batches import Flags, Floats
from vapordep.model.columns import Columns
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest, usable_value, usable_values
from vapordep.safety.vapour import needle_flow, polymerises, vapour_ratio

PRESSURE = "chamber.pressure"

Read = Callable[[Latest, float], float | None]
"""A flow in mol/s from the newest samples at an instant; None when it cannot be told."""
ReadAll = Callable[[Columns, Floats], tuple[Flags, Floats]]
"""The same at many instants of a stretch: where it can be told, and the flows."""


class Flows:
    """All flows of a reactor, each by the name of its line or source."""

    def __init__(self, reactor: Reactor, tags: Mapping[str, Tag]) -> None:
        self.names: dict[str, None] = {PRESSURE: None}
        """Every tag that is read."""
        self.reads: dict[str, Read] = {}
        self.reads_all: dict[str, ReadAll] = {}
        for name in reactor.lines:
            if name not in reactor.carrying:  # those lead nowhere but through their source
                self._metered(name, tags[f"{name}.flow"])
        for name, source in reactor.sources.items():
            if source.metered and polymerises(source):
                self._metered_behind(name, tags[f"{name}.flow"], tags[source.valve])
            elif source.metered:
                self._metered(name, tags[f"{name}.flow"])
            elif source.bubbles:
                self._bubbler(source, tags)
            elif source.steady:
                self._needle(source, tags)

    def all(self, latest: Latest, time: float) -> dict[str, float] | None:
        """Each flow in mol/s, not below 0; None when one cannot be told."""
        found = {}
        for name, read in self.reads.items():
            flow = read(latest, time)
            if flow is None:
                return None
            found[name] = flow if flow > 0.0 else 0.0
        return found

    def all_over(self, columns: Columns, instants: Floats) -> tuple[Flags, dict[str, Floats]]:
        """Where every flow can be told, and each in mol/s, at `instants` (s)."""
        known, found = np.ones(len(instants), dtype=np.bool_), {}
        for name, read in self.reads_all.items():
            told, flow = read(columns, instants)
            known = known & told
            found[name] = np.where(told & (flow > 0.0), flow, 0.0)
        return known, found

    def _metered(self, name: str, tag: Tag) -> None:
        self.names[tag.name] = None
        self.reads[name] = lambda latest, time: usable_value(latest, tag, time)
        self.reads_all[name] = lambda columns, instants: usable_values(columns, tag, instants)

    def _metered_behind(self, name: str, flow: Tag, valve: Tag) -> None:
        """What a controller reads counts while the valve behind it is open; shut, it may be off its zero."""
        self.names |= dict.fromkeys((flow.name, valve.name))

        def read(latest: Latest, time: float) -> float | None:
            is_open = usable_value(latest, valve, time)
            if is_open is None or is_open <= 0.5:
                return None if is_open is None else 0.0
            return usable_value(latest, flow, time)

        def read_all(columns: Columns, instants: Floats) -> tuple[Flags, Floats]:
            told, state = usable_values(columns, valve, instants)
            shut = told & (state <= 0.5)
            known, values = usable_values(columns, flow, instants)
            return shut | (told & known), np.where(shut, 0.0, values)

        self.reads[name] = read
        self.reads_all[name] = read_all

    def _bubbler(self, source: SourceLine, tags: Mapping[str, Tag]) -> None:
        """The carrier while the valve behind the bottle is open, and the vapour that it then takes along."""
        line, bottle = source.through, tags[f"{source.zone}.temperature"] if source.zone else None
        self._metered_behind(line, tags[f"{line}.flow"], tags[source.valve])
        carrier, carrier_over = self.reads[line], self.reads_all[line]
        if bottle:
            self.names[bottle.name] = None

        def taken(kelvin: float, flow: float) -> float:
            return flow * vapour_ratio(source, kelvin) if flow > 0.0 else 0.0

        def read(latest: Latest, time: float) -> float | None:
            flow = carrier(latest, time)
            kelvin = usable_value(latest, bottle, time) if bottle else source.temperature
            return None if flow is None or kelvin is None else taken(kelvin, flow)

        def read_all(columns: Columns, instants: Floats) -> tuple[Flags, Floats]:
            known, flow = carrier_over(columns, instants)
            kelvin = np.full(len(instants), source.temperature)
            if bottle:
                warm, kelvin = usable_values(columns, bottle, instants)
                known = known & warm
            found = np.zeros(len(instants))
            each = zip(kelvin[known].tolist(), flow[known].tolist(), strict=True)  # one by one, as below
            found[known] = [taken(warmth, carried) for warmth, carried in each]
            return known, found

        self.reads[source.name] = read
        self.reads_all[source.name] = read_all

    def _needle(self, source: SourceLine, tags: Mapping[str, Tag]) -> None:
        valve, pressure, gives = tags[source.valve], tags[PRESSURE], needle_flow(source)
        bottle = tags[f"{source.zone}.temperature"] if source.zone else None
        motor = tags[source.motor.position] if source.motor else None
        self.names |= dict.fromkeys((valve.name, *(tag.name for tag in (bottle, motor) if tag)))

        def read(latest: Latest, time: float) -> float | None:
            is_open = usable_value(latest, valve, time)
            if is_open is None or is_open <= 0.5:
                return None if is_open is None else 0.0
            against = usable_value(latest, pressure, time)
            kelvin = usable_value(latest, bottle, time) if bottle else source.temperature
            place = usable_value(latest, motor, time) if motor else 1.0
            return None if against is None or kelvin is None or place is None else gives(kelvin, against, place)

        def read_all(columns: Columns, instants: Floats) -> tuple[Flags, Floats]:
            told, state = usable_values(columns, valve, instants)
            is_open = told & (state > 0.5)
            sure, against = usable_values(columns, pressure, instants)
            warm, kelvin = sure, np.full(len(instants), source.temperature)
            if bottle:
                warm, kelvin = usable_values(columns, bottle, instants)
            placed, place = sure, np.ones(len(instants))
            if motor:
                placed, place = usable_values(columns, motor, instants)
            gave = is_open & sure & warm & placed
            flow = np.zeros(len(instants))
            # one by one: a power of an array may differ from that of a number in its last bit
            each = zip(kelvin[gave].tolist(), against[gave].tolist(), place[gave].tolist(), strict=True)
            flow[gave] = [gives(warmth, behind, at) for warmth, behind, at in each]
            return told & (~is_open | gave), flow

        self.reads[source.name] = read
        self.reads_all[source.name] = read_all


def added(flows: Mapping[str, Floats], instants: Floats) -> Floats:
    """Added in the order of the names, as `sum` does."""
    total = np.zeros(len(instants))
    for flow in flows.values():
        total = total + flow
    return total
