"""The pulse meter: measures and judges each dose once its tail is over."""

from collections import deque

import numpy as np

from vapordep.analysis import BASELINE_SPAN, PulseShape, pulse_shape
from vapordep.engine.trace import Trace
from vapordep.model.pulses import Verdict

LONGEST_TAIL = 60.0
"""The area is taken up to the next dose or this long after the opening, in s, whichever comes first."""
WEAK = 0.2
"""Below this part of the area learned from earlier pulses of a source a pulse counts as weak (interlock P6)."""
LEARNED_FROM = 3
"""Pulses of a source before any is called weak."""
UNSEEN = PulseShape(float("nan"), float("nan"), float("nan"))


class PulseMeter:
    """Reads the trace of the pressure, and knows what the pulses of each source usually give."""

    def __init__(self, pressure: Trace) -> None:
        self._pressure = pressure
        self._areas: dict[str, deque[float]] = {}

    def measure(self, source: str, opened: float, until: float) -> tuple[PulseShape, Verdict]:
        """Shape and verdict of a pulse of `source` opened at `opened`, whose tail ends at `until` (s on the clock)."""
        end = min(until, opened + LONGEST_TAIL)
        times, values = self._pressure.since(opened - BASELINE_SPAN)
        shape = pulse_shape(times, values, opened, end)
        if shape is None:
            return UNSEEN, Verdict.UNSEEN
        return shape, self._judge(source, shape.area)

    def _judge(self, source: str, area: float) -> Verdict:
        learned = self._areas.setdefault(source, deque(maxlen=20))
        if len(learned) >= LEARNED_FROM and area < WEAK * float(np.median(learned)):
            return Verdict.WEAK
        learned.append(area)
        return Verdict.GOOD
