"""Where a growing film is: a line through what the crystal said lately, so that no single reading decides.

A monitor tells whole angstroms, has noise, and is asked twice a second; now and then a reading is wild. The line
averages digits and noise out, passes by what does not lie on it, and says also between two readings when a film will
be thick enough.
"""

from typing import NamedTuple

import numpy as np

from vapordep.model.batches import Floats

LOOKED_BACK = 10.0
"""s. Longer would bend with the growth of a film that begins, shorter would follow the digits."""
FEWEST = 4
"""Readings without which there is no line, and each decides by itself."""
AT_REST = 3.0
"""s. What a crystal shows on which nothing grows is the median over so long."""
_OUTSIDE = 5.0
"""A reading so many times farther from the line than half of them are does not lie on it."""
_DIGITS = 3e-10
"""m: nearer to the line than three digits of a monitor no reading is wild."""


class Line(NamedTuple):
    """Thickness in m at the instant `at` (s), growing by `rate` (m/s); a reading comes every `interval` s."""

    at: float
    thickness: float
    rate: float
    interval: float

    def when(self, thickness: float) -> float:
        """The instant in s at which it is so thick (m); never where nothing grows and it is not yet."""
        missing = thickness - self.thickness
        if missing <= 0.0:
            return self.at
        return self.at + missing / self.rate if self.rate > 0.0 else float("inf")

    def now(self, instant: float) -> float:
        """How thick it is at an instant, in m; nothing is foretold beyond the next reading."""
        return self.thickness + self.rate * min(max(instant - self.at, 0.0), self.interval)


def line(times: Floats, readings: Floats) -> Line | None:
    """Through readings (m, NaN where there was none) at instants (s) in their order; None from too few."""
    said = readings == readings
    times, readings = times[said], readings[said]
    if len(times) < FEWEST:
        return None
    at, passed = float(times[-1]), times - times[-1]
    slope = _median_slope(passed, readings)
    off = np.abs(readings - slope * passed - np.median(readings - slope * passed))
    on = off <= max(_OUTSIDE * float(np.median(off)), _DIGITS)
    slope, thickness = np.polyfit(passed[on], readings[on], 1)
    return Line(at, float(thickness), float(slope), float(np.median(np.diff(times))))


def at_rest(readings: Floats) -> float:
    """What a crystal shows on which nothing grows, in m: the median of its readings; NaN of none."""
    said = readings[readings == readings]
    return float(np.median(said)) if len(said) else float("nan")


def _median_slope(times: Floats, readings: Floats) -> float:
    """Of the lines through any two of them (Theil and Sen): up to a quarter may be wild."""
    first, second = np.triu_indices(len(times), 1)
    return float(np.median((readings[second] - readings[first]) / (times[second] - times[first])))
