"""Weak doses: how many in a row each source gave, and what is said of them (interlock P6)."""

from math import isnan

from vapordep.lazy import dataclass
from vapordep.model.pulses import PulseIntent, Verdict
from vapordep.model.steps import Dose
from vapordep.units import Dimension, format_si

IN_A_ROW = 3
"""So many weak or late pulses of a source in a row are answered as the recipe says."""
MOST_AGAIN = 3
"""So often a dose is given again before its source is given up."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A pulse that was weak or late, with the area in Pa s that it had and that such pulses usually have.

    `learned` is NaN where none of them ever showed on the gauge.
    """

    intent: PulseIntent
    dose: Dose
    verdict: Verdict
    area: float
    learned: float
    onset: float
    """How long after its opening it showed, in s."""

    def __str__(self) -> str:
        pulse = f"pulse {self.intent.number}, of {self.intent.source},"
        if self.verdict is Verdict.LATE:
            return f"{pulse} shows {format_si(self.onset, Dimension.TIME)} late"
        if isnan(self.learned):
            return f"{pulse} shows nothing on the gauge, nor did one before it"
        return f"{pulse} is weak: {self.area:.3g} Pa s, against {self.learned:.3g} Pa s before"


class Row:
    """The doubtful pulses of each source since its last good one."""

    def __init__(self) -> None:
        self.last: Doubt | None = None
        """The pulse measured last, if there is a doubt about it."""
        self._counts: dict[str, int] = {}

    def count(self, source: str, doubt: Doubt | None) -> None:
        """One more pulse of a source; None: it was good, or cannot be judged."""
        self.last = doubt
        self._counts[source] = self._counts.get(source, 0) + 1 if doubt is not None else 0

    @property
    def due(self) -> Doubt | None:
        """The last pulse when it was one too many in a row."""
        doubt = self.last
        return doubt if doubt is not None and self._counts[doubt.intent.source] >= IN_A_ROW else None

    def forget(self) -> None:
        """The doubt was answered: it takes as many in a row again."""
        if self.last is not None:
            self._counts[self.last.intent.source] = 0
        self.last = None


def look_at(valve: str) -> str:
    """What a person is to look at."""
    return f"see whether the bottle is empty or cold, its hand valve open, and whether {valve} moves"
