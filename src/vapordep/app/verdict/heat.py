"""The temperature of the foil during a run, beside the limits of its substrate."""

import math

import numpy as np

from vapordep.app.verdict.doses import Read
from vapordep.chemistry import Substrate
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Heat:
    """Temperatures in K: the hottest foil by the best estimate and at most, where warning, trip and melting lie.

    `time` (s) is when the foil was hottest; NaN, as the foil, when it was never read.
    """

    substrate: str
    foil: float
    foil_at_most: float
    time: float
    warning: float
    trip: float
    melting_point: float

    def below(self, limit: float) -> float:
        """How far the foil stayed below a limit at least, in K."""
        return limit - self.foil_at_most


def heat(substrate: Substrate, read: Read, start: float, end: float) -> Heat:
    """From the recorded foil between two instants (s) and the trip that was in force."""
    foil, _ = _hottest(read, "foil.temperature", start, end)
    most, time = _hottest(read, "foil.maximum", start, end)
    trip = read("substrate.trip")
    limit = float(trip.values[-1]) if trip is not None and len(trip.values) else math.nan
    return Heat(substrate.name, foil, most, time, substrate.warning, limit, substrate.melting_point.value)


def _hottest(read: Read, tag: str, start: float, end: float) -> tuple[float, float]:
    samples = read(tag)
    if samples is None:
        return math.nan, math.nan
    known = np.flatnonzero(np.isfinite(samples.values) & (samples.times >= start) & (samples.times <= end))
    if not len(known):
        return math.nan, math.nan
    place = known[np.argmax(samples.values[known])]
    return float(samples.values[place]), float(samples.times[place])
