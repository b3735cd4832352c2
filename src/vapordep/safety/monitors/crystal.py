"""The film on the crystal since it was zeroed, as it is on the stage."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from vapordep.model.batches import Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.icvd import Microbalance
from vapordep.model.tags import Tag, TagKind
from vapordep.safety.conditions import Latest
from vapordep.safety.monitors.monitor import Monitor, derived
from vapordep.safety.monitors.readings import Constant

ZERO = "crystal.zero"


def of_crystal(balance: Microbalance, known: Mapping[str, Tag]) -> Iterator[Monitor[Any]]:
    """Where it was zeroed, 0 before any; and the film since. `known` grows by each tag."""
    yield Constant(Tag(ZERO, known[balance.thickness].unit, TagKind.DERIVED, stale_after=inf), 0.0)
    yield Film(balance, known)


class Film(Monitor[None]):
    """(thickness - zero)/tooling, with instant and quality of the crystal's own reading."""

    def __init__(self, balance: Microbalance, known: Mapping[str, Tag]) -> None:
        self.thickness, self.tooling = balance.thickness, balance.tooling
        tag = derived("crystal.film", known, (balance.thickness,), known[balance.thickness].unit)
        super().__init__(tag, (balance.thickness,), None, (ZERO,))

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """A crystal that says nothing has none."""
        sample = latest[self.thickness]
        return None, Sample(sample.time, (sample.value - latest[ZERO].value) / self.tooling, sample.quality)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        told, zero = columns.at(self.thickness, instants), columns.at(ZERO, instants)
        return None, Batch(self.tag.name, told.times, (told.values - zero.values) / self.tooling, told.quality)
