"""A trace: the recent samples of one tag, for phases that need more than the latest value."""

from collections import deque
from collections.abc import Sequence
from itertools import islice, takewhile

import numpy as np

from vapordep.model.batches import Batch, Floats

LONGEST = 40_000
"""Samples kept: more than an hour at 10 Hz."""


class Trace:
    """A hub listener that keeps what one tag showed."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._times: deque[float] = deque(maxlen=LONGEST)
        self._values: deque[float] = deque(maxlen=LONGEST)

    def take(self, batches: Sequence[Batch]) -> None:
        """Keeps the samples of its tag."""
        for batch in batches:
            if batch.tag == self.tag:
                self._times.extend(batch.times.tolist())
                self._values.extend(batch.values.tolist())

    def since(self, start: float) -> tuple[Floats, Floats]:
        """Instants (s on the clock) and values (SI, NaN where BAD) from `start` on, in the order they came."""
        times = list(takewhile(lambda time: time >= start, reversed(self._times)))
        values = list(islice(reversed(self._values), len(times)))
        return np.array(times[::-1], dtype=np.float64), np.array(values[::-1], dtype=np.float64)
