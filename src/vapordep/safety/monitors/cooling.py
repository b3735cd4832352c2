"""The monitor of a heated line: whether it must stay warm, since what it carries would freeze in it."""

from collections.abc import Mapping, Sequence

import numpy as np

from vapordep.model.batches import GOOD, Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest, usable_value, usable_values
from vapordep.safety.monitors.monitor import Monitor, derived, good
from vapordep.units import state

COLDER = 20.0
"""How much colder than its line a source must be, in K, before the line may cool: hydroquinone, glycerol and alkoxides
freeze in valves otherwise."""

ROOM = 308.15
"""A source that is not warmer than this (35 degC) gives no vapour that a line at room temperature would catch, in K."""


class Needed(Monitor[None]):
    """1 while the line is sound and any zone that it carries vapour of is warm, and not yet `COLDER` than it; else 0.

    A line whose own temperature cannot be told, or is beyond `highest` (K), is not sound: it goes off like any heater.
    """

    def __init__(self, zone: str, carries: Sequence[str], highest: float, tags: Mapping[str, Tag]) -> None:
        self.line = tags[f"{zone}.temperature"]
        self.sources = tuple(tags[f"{source}.temperature"] for source in carries)
        self.highest = highest
        inputs = (self.line.name, *(source.name for source in self.sources))
        super().__init__(derived(f"{zone}.needed", tags, inputs, state), inputs, None)

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Compares every source whose temperature can be told with the line."""
        line = usable_value(latest, self.line, time)
        sources = [usable_value(latest, source, time) for source in self.sources]
        if line is None or line > self.highest:
            return None, Sample(time, 0.0, GOOD)
        warm = any(source is not None and source > max(line - COLDER, ROOM) for source in sources)
        return None, Sample(time, float(warm), GOOD)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        told, line = usable_values(columns, self.line, instants)
        sound = told & ~(line > self.highest)
        coldest, warm = np.maximum(line - COLDER, ROOM), np.zeros(len(instants), dtype=np.bool_)
        for tag in self.sources:
            felt, source = usable_values(columns, tag, instants)
            warm |= felt & (source > coldest)
        return None, Batch(self.tag.name, instants, (sound & warm).astype(np.float64), good(instants))
