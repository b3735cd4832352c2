"""The quality of what a monitor works out: that of the worst input that it needed."""

from collections.abc import Iterable

import numpy as np

from vapordep.model.batches import BAD, Floats, Qualities
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality
from vapordep.safety.conditions import Latest


def worst(inputs: Iterable[str], latest: Latest) -> Quality:
    """The quality of what was worked out of these; what has no value was not needed, such as that of a shut bottle."""
    samples = (latest.get(name) for name in inputs)
    return max((sample.quality for sample in samples if sample is not None and sample.usable), default=Quality.GOOD)


def worsts(inputs: Iterable[str], columns: Columns, instants: Floats) -> Qualities:
    """`worst` at each of `instants` (s)."""
    found = np.zeros(len(instants), dtype=np.uint8)
    for name in inputs:
        quality = columns.at(name, instants).quality
        found = np.maximum(found, np.where(quality == BAD, np.uint8(0), quality))
    return found
