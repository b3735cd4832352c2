"""A trace: the recent samples of one tag, for phases that need more than the latest value."""

from collections import deque
from collections.abc import Sequence

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
        count = 0
        for time in reversed(self._times):
            if time < start:
                break
            count += 1
        first = len(self._times) - count
        times = np.fromiter((self._times[i] for i in range(first, len(self._times))), dtype=np.float64, count=count)
        values = np.fromiter((self._values[i] for i in range(first, len(self._values))), dtype=np.float64, count=count)
        return times, values
