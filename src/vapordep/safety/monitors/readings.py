"""Monitors of readings: which gauge to believe, how hot the foil is, whether gas flows as commanded."""

from collections.abc import Mapping

import numpy as np

from vapordep.model.batches import GOOD, Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.conditions import Latest, usable_value, usable_values
from vapordep.safety.monitors.monitor import Monitor, derived, known_batch, no_value
from vapordep.units import percent
from vapordep.units import state as state_unit

OPEN = 0.5
"""A valve whose state is above it is open."""


class FirstUsable(Monitor[None]):
    """One quantity from several instruments: the first GOOD one in the order given, else the first UNCERTAIN one."""

    def __init__(self, name: str, sources: tuple[str, ...], tags: Mapping[str, Tag]) -> None:
        super().__init__(derived(name, tags, sources, tags[sources[0]].unit), sources, None)
        self.sources = tuple(tags[source] for source in sources)

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Chooses among the gauges that are fresh and not BAD."""
        usable = [latest[tag.name] for tag in self.sources if usable_value(latest, tag, time) is not None]
        best = min(usable, key=lambda sample: sample.quality, default=None)
        return None, no_value(time) if best is None else Sample(time, best.value, best.quality)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        quality = np.full(len(instants), Quality.BAD, dtype=np.uint8)
        values = np.full(len(instants), np.nan)
        for tag in self.sources:
            usable, read = usable_values(columns, tag, instants)
            marks = columns.at(tag.name, instants).quality
            better = usable & (marks < quality)
            values, quality = np.where(better, read, values), np.where(better, marks, quality)
        return None, Batch(self.tag.name, instants, values, quality)


class Offset(Monitor[None]):
    """A reading and a constant: the foil from the stage."""

    def __init__(self, name: str, source: str, offset: float, tags: Mapping[str, Tag]) -> None:
        super().__init__(derived(name, tags, (source,), tags[source].unit), (source,), None)
        self.source = source
        self.offset = offset

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Keeps instant and quality of the reading."""
        sample = latest[self.source]
        return None, Sample(sample.time, sample.value + self.offset, sample.quality)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        column = columns.at(self.source, instants)
        return None, Batch(self.tag.name, column.times, column.values + self.offset, column.quality)


class Constant(Monitor[None]):
    """A number that was worked out beforehand and never ages, such as `substrate.trip`."""

    def __init__(self, tag: Tag, value: float) -> None:
        super().__init__(tag, (), None)
        self.value = value

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Says it once."""
        return None, Sample(time, self.value, GOOD)


class FlowRatio(Monitor[None]):
    """The flow of a gas line, or a metered source, as a part of its setpoint; no value while none is commanded."""

    def __init__(self, line: str, tags: Mapping[str, Tag]) -> None:
        self.flow, self.setpoint = tags[f"{line}.flow"], tags[f"{line}.flow_setpoint"]
        inputs = (self.flow.name, self.setpoint.name)
        super().__init__(derived(f"{line}.flow_ratio", tags, inputs, percent), inputs, None)

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """As doubtful as the worse of both."""
        flow, setpoint = usable_value(latest, self.flow, time), usable_value(latest, self.setpoint, time)
        if flow is None or setpoint is None or setpoint <= 0.0:
            return None, no_value(time)
        return None, Sample(time, flow / setpoint, max(latest[name].quality for name in self.inputs))

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        flowing, flow = usable_values(columns, self.flow, instants)
        told, setpoint = usable_values(columns, self.setpoint, instants)
        known = flowing & told & (setpoint > 0.0)
        with np.errstate(over="ignore"):
            ratio = np.divide(flow, setpoint, out=np.zeros(len(instants)), where=known)
        marks = np.maximum(*(columns.at(name, instants).quality for name in self.inputs))
        return None, known_batch(self.tag.name, instants, known, ratio, marks)


class Commanded(Monitor[None]):
    """1 while a gas line, or a metered source, is commanded to flow, 0 while it is not.

    The safe state of a vented chamber leaves the setpoint of its purge and shuts the valve behind it: nothing is
    commanded to flow there. A valve that cannot be told leaves the setpoint to say.
    """

    def __init__(self, line: str, tags: Mapping[str, Tag], valve: str = "") -> None:
        self.setpoint, self.valve = tags[f"{line}.flow_setpoint"], tags[valve] if valve else None
        inputs = (self.setpoint.name, valve) if valve else (self.setpoint.name,)
        super().__init__(derived(f"{line}.commanded", tags, inputs), inputs, None)

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Reads setpoint and valve as the instruments report them."""
        setpoint = usable_value(latest, self.setpoint, time)
        if setpoint is None:
            return None, no_value(time)
        is_open = usable_value(latest, self.valve, time) if self.valve else None
        flows = setpoint > 0.0 and (is_open is None or is_open > OPEN)
        return None, Sample(time, float(flows), latest[self.setpoint.name].quality)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        known, setpoint = usable_values(columns, self.setpoint, instants)
        flows = setpoint > 0.0
        if self.valve:
            told, is_open = usable_values(columns, self.valve, instants)
            flows &= ~told | (is_open > OPEN)
        marks = columns.at(self.setpoint.name, instants).quality
        return None, known_batch(self.tag.name, instants, known, flows, marks)


class Evacuated(Monitor[bool | None]):
    """1 once the chamber was pumped below `rough` Pa, until it is above `vented` Pa; no value before the first look.

    The gap between both keeps a fill of pump-purge, or a source that empties itself, from counting as vented. A gauge
    that falls silent changes nothing: nobody vents a chamber by losing a gauge, and the pump had better go on.
    """

    def __init__(self, name: str, pressure: str, rough: float, vented: float, tags: Mapping[str, Tag]) -> None:
        super().__init__(Tag(name, state_unit, TagKind.DERIVED, stale_after=float("inf")), (pressure,), None)
        self.pressure = tags[pressure]
        self.rough = rough
        self.vented = vented

    def update(self, state: bool | None, time: float, latest: Latest) -> tuple[bool | None, Sample]:
        """Remembers on which side it was while the pressure is in between, or not known."""
        pressure = usable_value(latest, self.pressure, time)
        if pressure is None:
            return state, no_value(time) if state is None else Sample(time, float(state), Quality.UNCERTAIN)
        evacuated = pressure < (self.vented if state else self.rough)
        return evacuated, Sample(time, float(evacuated), latest[self.pressure.name].quality)

    def over(self, state: bool | None, instants: Floats, columns: Columns) -> tuple[bool | None, Batch | None]:
        """The same in arrays: what a pressure in between does not decide stays as it was decided last."""
        if self.rough > self.vented:
            return super().over(state, instants, columns)
        known, pressure = usable_values(columns, self.pressure, instants)
        low = pressure < self.rough
        decided = known & (low | ~(pressure < self.vented))
        if state is None and known.any():
            decided[np.argmax(known)] = True
        last = np.maximum.accumulate(np.where(decided, np.arange(len(instants)), -1))
        evacuated = np.where(last >= 0, low[last], bool(state))
        told = (last >= 0) | (state is not None)
        marks = np.where(known, columns.at(self.pressure.name, instants).quality, np.uint8(Quality.UNCERTAIN))
        after = bool(evacuated[-1]) if told[-1] else None
        return after, known_batch(self.tag.name, instants, told, evacuated, marks)
