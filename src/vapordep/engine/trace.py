"""A trace: the recent samples of one tag, for phases that need more than the latest value."""

from collections.abc import Sequence

import numpy as np

from vapordep.model.batches import Batch, Floats

LONGEST = 40_000
"""Samples kept: more than an hour at 10 Hz."""

AT_ONCE = 1000
"""Samples that are looked through together."""


class Trace:
    """A hub listener that keeps what one tag showed."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self._rows = np.empty((2, 2 * LONGEST))
        """Instants and values; when the room is used up the last `LONGEST` move to its beginning."""
        self._count = 0

    def take(self, batches: Sequence[Batch]) -> None:
        """Keeps the samples of its tag."""
        for batch in batches:
            if batch.tag == self.tag:
                self._keep(batch.times[-LONGEST:], batch.values[-LONGEST:])

    def since(self, start: float) -> tuple[Floats, Floats]:
        """Instants (s on the clock) and values (SI, NaN where BAD) from `start` on, in the order they came."""
        first = max(self._count - LONGEST, 0)
        look = self._count
        while look > first:  # from the end, in steps: what is asked for came lately
            look = max(look - AT_ONCE, first)
            older = np.flatnonzero(self._rows[0, look : min(look + AT_ONCE, self._count)] < start)
            if len(older):
                first = look + older.item(-1) + 1
                break
        times, values = self._rows[:, first : self._count].copy()
        return times, values

    def _keep(self, times: Floats, values: Floats) -> None:
        if self._count + len(times) > self._rows.shape[1]:
            self._rows[:, :LONGEST] = self._rows[:, self._count - LONGEST : self._count].copy()
            self._count = LONGEST
        self._rows[:, self._count : self._count + len(times)] = times, values
        self._count += len(times)
