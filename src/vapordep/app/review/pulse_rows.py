"""A row for each dose of a run, as the gauge saw it."""

import math
import re
from collections.abc import Iterator, Sequence

import numpy as np

from vapordep.analysis import decay, pulse_shape
from vapordep.app.verdict.doses import given
from vapordep.engine.doses import ISOLATED_FOR
from vapordep.history.recordings.recording import Recording, Samples
from vapordep.lazy import dataclass
from vapordep.model.pulses import PulseRecord, Verdict

LONGEST_TAIL = 60.0
"""A pulse is looked at until the next one, or for so long after its opening, in s."""
BEFORE = 3.0
"""And from so long before it, in s."""
_PLACE = re.compile(r"(?P<loop>.*)\[(?P<cycle>\d+)\]\.")


@dataclass(frozen=True, slots=True)
class PulseRow:
    """One dose on the gauge; times in s, pressures in Pa, area in Pa s; NaN where it cannot be told.

    `opened` is since the start of the recording, `delay` from the opening to where it shows, `decay` the time constant
    of its fall, `residual` what is left of its peak when the next dose comes, as a part of it.
    """

    number: int
    source: str
    loop: str
    cycle: int
    opened: float
    width: float
    delay: float
    baseline: float
    peak: float
    area: float
    decay: float
    residual: float
    verdict: str


def pulse_rows(recording: Recording) -> tuple[PulseRow, ...]:
    """A row a dose, in their order; of a dose of several pulses one, which begins with the first of them."""
    pulses = given(recording)
    if not pulses or "chamber.pressure" not in recording.tags():
        return ()
    pressure, t0 = recording.samples("chamber.pressure"), recording.t0
    doses = list(_doses(pulses))
    ends = [*(later[0].commanded_open for later in doses[1:]), math.inf]
    return tuple(_row(dose, end, pressure, t0) for dose, end in zip(doses, ends, strict=True))


def _doses(pulses: Sequence[PulseRecord]) -> Iterator[list[PulseRecord]]:
    """The pulses of each dose."""
    parts: list[PulseRecord] = []
    for pulse in pulses:
        parts.append(pulse)
        if pulse.verdict is not Verdict.PART:
            yield parts
            parts = []
    if parts:
        yield parts


def _row(dose: Sequence[PulseRecord], end: float, pressure: Samples, t0: float) -> PulseRow:
    opened, last = dose[0].commanded_open, dose[-1]
    isolated = last.verdict is Verdict.ISOLATED
    until = last.commanded_close + ISOLATED_FOR if isolated else min(end, opened + LONGEST_TAIL)
    first, beyond = np.searchsorted(pressure.times, (opened - BEFORE, until)).tolist()
    times, values = pressure.times[first:beyond], pressure.values[first:beyond]
    shape, fall = pulse_shape(times, values, opened, until), decay(times, values, opened, last.commanded_close, until)
    place = _PLACE.match(last.intent.step)
    return PulseRow(
        last.intent.number, last.intent.source, place["loop"] if place else "", last.intent.cycle, opened - t0,
        sum(pulse.width for pulse in dose),
        shape.onset if shape else math.nan,
        shape.baseline if shape else math.nan,
        shape.peak if shape else math.nan,
        shape.area if shape and not isolated else math.nan,
        fall.time_constant if fall and fall.time_constant else math.nan,
        max(fall.rest, 0.0) / fall.peak if fall and fall.visible and not isolated else math.nan,
        last.verdict.value,
    )  # fmt: skip
