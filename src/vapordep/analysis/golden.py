"""Golden runs: bands of tolerance around what good runs did, and where another run left them.

A band is the median of the golden runs, plus and minus the largest of: a floor, three standard deviations of what is
alike within them (the cycles of one loop), and half of their range.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from vapordep.lazy import dataclass

Key = tuple[str, int]
"""What was done, and the how manyth time: the fourth cycle of `main` is ("main", 4)."""
Values = Mapping[Key, float]
"""One quantity of one run, SI, by what was done."""
SIGMAS = 3.0
FEWEST = 5
"""Fewer values that are alike tell no scatter."""


@dataclass(frozen=True, slots=True)
class Band:
    """From `low` to `high` a value is as in the golden runs; SI."""

    centre: float
    half: float

    @property
    def low(self) -> float:
        """The lower end."""
        return self.centre - self.half

    @property
    def high(self) -> float:
        """The upper end."""
        return self.centre + self.half


@dataclass(frozen=True, slots=True)
class Deviation:
    """A value outside of its band: of which quantity, where, and by how much it is beyond the centre."""

    quantity: str
    key: Key
    value: float
    band: Band

    @property
    def change(self) -> float:
        """How far it is from the centre, SI."""
        return self.value - self.band.centre

    @property
    def excess(self) -> float:
        """How many half widths of its band it is away from the centre; above 1 it is outside."""
        return abs(self.change) / self.band.half


def bands(golden: Sequence[Values], floor: float, part: float) -> dict[Key, Band]:
    """The band of each thing done in every golden run; the floor is the larger of `floor` (SI) and `part` of it."""
    common = [key for key in golden[0] if all(np.isfinite(run.get(key, np.nan)) for run in golden)]
    scatter = {name: _scatter(name, golden) for name in dict.fromkeys(name for name, _ in common)}
    found = {}
    for key in common:
        values = np.array([run[key] for run in golden])
        centre = float(np.median(values))
        half = max(floor, part * abs(centre), SIGMAS * scatter[key[0]], float(np.ptp(values)) / 2.0)
        found[key] = Band(centre, half)
    return found


def _scatter(name: str, golden: Sequence[Values]) -> float:
    """From one to the next of what is alike, so that a trend within a run is none."""
    most = 0.0
    for run in golden:
        alike = np.array([value for (done, _), value in run.items() if done == name and np.isfinite(value)])
        if len(alike) >= FEWEST:
            most = max(most, float(np.abs(np.diff(alike)).mean()) / 1.128)  # d2 of two
    return most


def deviations(quantity: str, run: Values, golden: Mapping[Key, Band]) -> list[Deviation]:
    """Where a run is outside, in its order."""
    found = [Deviation(quantity, key, value, golden[key]) for key, value in run.items() if key in golden]
    return [each for each in found if np.isfinite(each.value) and each.band.half > 0.0 and each.excess > 1.0]
