"""Drift of a quantity while its pulses are given: the charts of `drift`, value by value."""

from collections import deque

import numpy as np

from vapordep.analysis.drift import LEARNED_FROM, WEIGHT, learned, western_electric

SIGMAS = 7.0
"""The average's limit, in its own standard deviations: a warning each day that means nothing is soon not read any more.

Wider than the chart's of a whole run, which may look at where it ends: here centre and sigma of 20 values are doubtful,
and a run has thousands of values. By simulation, two of 1000 charts of 300 values then warn of noise.
"""
PERSISTENT = 3
"""So many values in a row it must be beyond: a single strange pulse is no drift."""
LATELY = 8
"""The Western Electric rules are asked of so many of the last values, which is what the longest of them looks at."""


class Follower:
    """One quantity, value by value; nothing is said before `LEARNED_FROM` of them."""

    def __init__(self) -> None:
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=LATELY)
        self._beyond = 0
        self.centre = self.sigma = self.average = float("nan")

    def take(self, value: float) -> None:
        """One more value, finite."""
        if len(self._first) < LEARNED_FROM:
            self._first.append(value)
            if len(self._first) == LEARNED_FROM:
                self.centre, self.sigma = learned(np.array(self._first))
                self.average = self.centre
            return
        self._last.append(value)
        self.average = WEIGHT * value + (1.0 - WEIGHT) * self.average
        limit = SIGMAS * self.sigma * (WEIGHT / (2.0 - WEIGHT)) ** 0.5
        self._beyond = self._beyond + 1 if abs(self.average - self.centre) > limit else 0

    @property
    def drifts(self) -> bool:
        """Whether the average has left its limits and stays away."""
        return self._beyond >= PERSISTENT

    @property
    def change(self) -> float:
        """How far the average is from the centre, as a part of that; NaN while that is not known."""
        return (self.average - self.centre) / abs(self.centre) if self.centre else float("nan")

    @property
    def broken(self) -> tuple[str, ...]:
        """The Western Electric rules that the last values break."""
        return tuple(western_electric(np.array(self._last), self.centre, self.sigma)) if self._last else ()
