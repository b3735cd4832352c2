"""The pulse meter: measures and judges each dose once its tail is over."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from vapordep.analysis import BASELINE_SPAN, PulseShape, pulse_shape
from vapordep.analysis.pulse_shape import ONSET
from vapordep.engine.trace import Trace
from vapordep.model.pulses import Verdict

LONGEST_TAIL = 60.0
"""The area is taken up to the next dose or this long after the opening, in s, whichever comes first."""
WEAK = 0.2
"""A pulse whose vapour makes less than this part of what earlier ones of its source had counts as weak (P6).

What carries or pushes the vapour is in the area too, and goes on when the bottle is empty."""
WEAK_AT_LEAST = 0.9
"""Nothing above this part is called weak, however little of a pulse is vapour: gas flows are good to a few per cent."""
LEARNED_FROM = 3
"""Pulses of a source before any that shows is called weak."""
LEARNED_UP_TO = 20
"""From so many a source is known: what it gives later must not redefine it, or a bottle would run empty unnoticed."""
LATE = 0.25
"""A pulse that shows later than this after its opening, in s, is late (interlock P6) ..."""
LAG = 0.1
"""... beside what a gauge lags behind, in s (a capacitance manometer: 20 to 100 ms), and two of its polls."""
LEAST_PEAK = 0.02
"""A peak below this part of the baseline may be noise (a Pirani has 0.5 % of its reading): it says nothing about when
the pulse came, nor, as long as its source is not known, that anything came at all."""
UNSEEN = PulseShape(float("nan"), float("nan"), float("nan"))


class PulseMeter:
    """Reads the trace of the pressure, and knows what the pulses of each source usually give."""

    def __init__(self, pressure: Trace, vapour: Mapping[str, float] = MappingProxyType({})) -> None:
        """`vapour` by source: which part of what the gauge sees of its pulse is vapour, 1 where it is not named."""
        self._pressure = pressure
        self._weak = {source: min(1.0 - (1.0 - WEAK) * part, WEAK_AT_LEAST) for source, part in vapour.items()}
        self._areas: dict[tuple[str, float], list[float]] = {}

    def measure(self, source: str, opened: float, until: float, width: float = 0.0) -> tuple[PulseShape, Verdict]:
        """Shape and verdict of a pulse of `source` opened at `opened`, whose tail ends at `until` (s on the clock).

        It is judged by pulses of its own `width` (s) alone.
        """
        shape = self.shape(opened, until)
        if shape is None:
            return UNSEEN, Verdict.UNSEEN
        return shape, self._judge((source, width), shape)

    def shape(self, opened: float, until: float) -> PulseShape | None:
        """What the gauge shows of a pulse, unjudged; None when it shows too little."""
        times, values = self._pressure.since(opened - BASELINE_SPAN)
        return pulse_shape(times, values, opened, min(until, opened + LONGEST_TAIL))

    def learned(self, source: str, width: float) -> float:
        """The area in Pa s that pulses of this source and width (s) usually have; NaN before any was seen."""
        areas = self._areas.get((source, width))
        return float(np.median(areas)) if areas else float("nan")

    def _judge(self, kind: tuple[str, float], shape: PulseShape) -> Verdict:
        learned = self._areas.setdefault(kind, [])
        seen = shape.peak > LEAST_PEAK * abs(shape.baseline)
        known = len(learned) >= LEARNED_FROM
        weak = self._weak.get(kind[0], WEAK)
        if shape.area < weak * float(np.median(learned)) if known else not seen:
            return Verdict.WEAK
        if len(learned) < LEARNED_UP_TO:
            learned.append(shape.area)
        return Verdict.LATE if seen and shape.onset > _latest(shape, kind[1]) else Verdict.GOOD


def _latest(shape: PulseShape, width: float) -> float:
    """How long after its opening a pulse of `width` s may show, in s.

    A long one goes on rising, at the most evenly as in a chamber that hardly empties: then it reaches the part of its
    peak from which it shows after that part of its width.
    """
    return LATE + LAG + 2.0 * shape.spacing + ONSET * width
