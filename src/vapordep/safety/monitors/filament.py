"""Monitors of what an iCVD reactor moves and heats: whether its throttle is open, and what its wires resist."""

from collections.abc import Mapping

import numpy as np

from vapordep.model.batches import Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.icvd import Filament
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest, usable_value, usable_values
from vapordep.safety.monitors.monitor import Monitor, derived, known_batch, no_value
from vapordep.safety.monitors.quality import worst, worsts
from vapordep.units import percent, state

DARK = 1.0
"""Below so many volts at its ends nothing can be said of a filament's resistance."""
ROOM = 293.15
"""K, at which the resistance in the file holds."""
SHUT = 0.002
"""Part of its stroke below which a throttle counts as shut."""
OPEN_CIRCUIT = 1000.0
"""The ratio that stands for a resistance without end."""


class Ajar(Monitor[None]):
    """1 while the throttle lets gas through, 0 while it is shut."""

    def __init__(self, position: str, tags: Mapping[str, Tag]) -> None:
        self.position = tags[position]
        super().__init__(derived("throttle.open", tags, (position,), state), (position,), None)

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Compares the place with `SHUT`."""
        position = usable_value(latest, self.position, time)
        if position is None:
            return None, no_value(time)
        return None, Sample(time, float(position > SHUT), latest[self.position.name].quality)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        known, position = usable_values(columns, self.position, instants)
        marks = columns.at(self.position.name, instants).quality
        return None, known_batch(self.tag.name, instants, known, position > SHUT, marks)


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
        quality = worst(self.inputs, latest)
        if voltage < DARK:
            return None, Sample(time, 1.0, quality)
        nominal = self.filament.resistance * (1.0 + self.filament.coefficient * (kelvin - ROOM))
        ratio = voltage / (current * nominal) if current * nominal * OPEN_CIRCUIT > voltage else OPEN_CIRCUIT
        return None, Sample(time, ratio, quality)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        under, voltage = usable_values(columns, self.voltage, instants)
        flowing, current = usable_values(columns, self.current, instants)
        warm, kelvin = under, np.full(len(instants), self.filament.hot[1])
        if self.temperature:
            warm, kelvin = usable_values(columns, self.temperature, instants)
        known = under & flowing & warm
        dark = voltage < DARK
        drop = current * (self.filament.resistance * (1.0 + self.filament.coefficient * (kelvin - ROOM)))
        whole = known & ~dark & (drop * OPEN_CIRCUIT > voltage)
        ratio = np.divide(voltage, drop, out=np.where(dark, 1.0, OPEN_CIRCUIT), where=whole)
        return None, known_batch(self.tag.name, instants, known, ratio, worsts(self.inputs, columns, instants))
