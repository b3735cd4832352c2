"""Clearing: how long the chamber needs until the residue of the last dose is gone, by what the gauge shows of it.

What cannot be seen of a decay is model time: the fitted decay goes on to the residue that is asked for, and no reading
shortens that. A pulse of which nothing was seen falls as those before it did, else with the chamber's V/S.
"""

import math
from collections import deque
from statistics import median

from vapordep.analysis import Decay, decay
from vapordep.engine.trace import Trace
from vapordep.lazy import dataclass

LAG = 0.2
"""Younger samples do not count, in s: over a line they come this late, and no sampler may know more than another."""


@dataclass(frozen=True, slots=True)
class Given:
    """A dose that was given: instants in s at which its valve was commanded open and shut."""

    source: str
    opened: float
    shut: float


@dataclass(frozen=True, slots=True)
class Cleared:
    """`needed` s after the valve was shut the residue is gone; None: it cannot be told, or it is not falling.

    `time_constant` in s is what that rests on, `origin` says where it is from.
    """

    needed: float | None
    time_constant: float
    origin: str
    seen: Decay | None


class Clearing:
    """Knows the last dose, and how fast those of each source decayed."""

    def __init__(self, pressure: Trace, residence_time: float) -> None:
        """`residence_time` is the chamber's V/S in s."""
        self.last: Given | None = None
        self._pressure = pressure
        self._residence_time = residence_time
        self._learned: dict[str, deque[float]] = {}

    def given(self, dose: Given) -> None:
        """A dose was given; it is the last one from now on."""
        self.last = dose

    def judge(self, dose: Given, residue: float, now: float) -> Cleared:
        """How long the pulse of `dose` needs until the part `residue` of it is left, by what is known at `now` (s)."""
        times, values = self._pressure.since(dose.opened - 2.0 * LAG - 2.0)
        seen = decay(times, values, dose.opened, dose.shut, now - LAG)
        time_constant, origin = self._time_constant(dose.source, seen)
        if seen is None or not seen.fallen:
            return Cleared(None, time_constant, origin, seen)
        visible = seen.below - dose.shut if seen.below is not None else 0.0
        return Cleared(max(visible, time_constant * math.log(1.0 / residue)), time_constant, origin, seen)

    def learn(self, dose: Given, cleared: Cleared) -> None:
        """Keeps what was fitted, for pulses of this source that cannot be seen."""
        if cleared.seen is not None and cleared.seen.time_constant is not None:
            self._learned.setdefault(dose.source, deque(maxlen=20)).append(cleared.seen.time_constant)

    def _time_constant(self, source: str, seen: Decay | None) -> tuple[float, str]:
        if seen is not None and seen.time_constant is not None:
            return seen.time_constant, "fitted"
        if self._learned.get(source):
            return median(self._learned[source]), "that of earlier doses"
        return self._residence_time, "the chamber's V/S"
