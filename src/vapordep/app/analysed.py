"""A run in numbers: a row a pulse, a row a cycle, and what drifted from pulse to pulse with its cause in words."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from vapordep.analysis import decay, pulse_shape
from vapordep.analysis.drift import FEWEST, Chart, chart
from vapordep.analysis.drift_causes import CAUSES, QUANTITIES, matters
from vapordep.app.verdict.doses import given
from vapordep.engine.doses import ISOLATED_FOR
from vapordep.history.recording import Recording, Samples
from vapordep.lazy import dataclass
from vapordep.model.batches import Floats
from vapordep.model.film import Film
from vapordep.model.pulses import PulseRecord, Verdict

LONGEST_TAIL = 60.0
"""A pulse is looked at until the next one, or for so long after its opening, in s."""
BEFORE = 3.0
"""And from so long before it, in s."""
CRYSTAL = ".thickness"
"""How the tag of a microbalance ends."""
WEIGHED_OVER = 1.0
"""A crystal is read over so long before a cycle begins, in s."""
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


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One cycle: when it began and how long until the next one (s), and of each source area (Pa s) and residual.

    `growth` in m is what a microbalance weighed from its beginning to that of the next one; where there is none
    `weighed` is False, and it is the mean of the layer that grew in its loop. NaN where neither is known.
    """

    loop: str
    cycle: int
    began: float
    length: float
    areas: Mapping[str, float]
    residuals: Mapping[str, float]
    growth: float = math.nan
    weighed: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """A quantity of one source that left its limits and stayed away: by how much, since which pulse, and why."""

    source: str
    quantity: str
    change: float
    since: PulseRow
    rules: tuple[str, ...]
    cause: str


@dataclass(frozen=True, slots=True)
class Analysed:
    """All of it; `unjudged` are the sources with too few doses to tell a drift, and how many they have.

    `film` is all that there is of a run without pulses, as iCVD is.
    """

    pulses: tuple[PulseRow, ...]
    cycles: tuple[CycleRow, ...]
    drifts: tuple[Drift, ...]
    unjudged: Mapping[str, int]
    film: Film


def analyse(recording: Recording) -> Analysed:
    """The numbers of a run. Raises HistoryError when the recording is damaged."""
    rows = pulse_rows(recording)
    kinds = {key: list(some) for key, some in groupby(sorted(rows, key=_kind), key=_kind)}
    drifts = tuple(drift for series in kinds.values() for drift in drifts_in(series))
    few = {f"{source} {width:g} s": len(series) for (source, width), series in kinds.items() if len(series) < FEWEST}
    return Analysed(rows, tuple(grown(cycle_rows(rows), recording)), drifts, few, recording.film())


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


def cycle_rows(rows: Sequence[PulseRow]) -> Iterator[CycleRow]:
    """A row for each cycle of a loop, from its doses; `length` of the last one is not known."""
    groups = [list(some) for _, some in groupby(rows, key=lambda row: (row.loop, row.cycle))]
    begins = [group[0].opened for group in groups] + [math.nan]
    for group, begin, after in zip(groups, begins, begins[1:], strict=False):
        if group[0].loop:
            areas = {row.source: row.area for row in group}
            residuals = {row.source: row.residual for row in group}
            yield CycleRow(group[0].loop, group[0].cycle, begin, after - begin, areas, residuals)


def grown(cycles: Iterable[CycleRow], recording: Recording) -> Iterator[CycleRow]:
    """With what each cycle grew: by the crystal, else as the mean of its loop's layer."""
    cycles = list(cycles)
    crystals = [tag for tag in recording.tags() if tag.endswith(CRYSTAL)]
    if not crystals:
        means = _means(recording, Counter(cycle.loop for cycle in cycles))
        yield from (replace(cycle, growth=means.get(cycle.loop, math.nan)) for cycle in cycles)
        return
    thickness = recording.samples(crystals[0])
    known = np.isfinite(thickness.values)
    times, values = thickness.times[known] - recording.t0, thickness.values[known]
    for cycle in cycles:
        begin, end = (_just_before(instant, times, values) for instant in (cycle.began, cycle.began + cycle.length))
        yield replace(cycle, growth=end - begin, weighed=math.isfinite(end - begin))


def _just_before(instant: float, times: Floats, values: Floats) -> float:
    """The median of the last second before an instant, when what the last dose left is gone; NaN where nothing is."""
    if not math.isfinite(instant):
        return math.nan
    first, beyond = np.searchsorted(times, (instant - WEIGHED_OVER, instant)).tolist()
    return float(np.median(values[first:beyond])) if beyond > first else math.nan


def _means(recording: Recording, counts: Mapping[str, int]) -> dict[str, float]:
    """By loop the growth a cycle of the only layer that has as many cycles as it."""
    layers = [layer for layer in recording.film().layers if layer.cycles]
    found = {}
    for loop, cycles in counts.items():
        alike = [layer.growth_per_cycle for layer in layers if layer.cycles == cycles]
        if len(alike) == 1 and list(counts.values()).count(cycles) == 1:
            found[loop] = alike[0]
    return found


def _kind(row: PulseRow) -> tuple[str, float]:
    """Pulses are compared with those of their own source and width."""
    return row.source, round(row.width, 2)


def drifts_in(rows: Sequence[PulseRow]) -> Iterator[Drift]:
    """What drifted among the pulses of one source and width, in the order in which they came."""
    for quantity in QUANTITIES:
        known = [row for row in rows if math.isfinite(getattr(row, quantity)) and row.verdict != Verdict.ISOLATED]
        found = chart(np.array([getattr(row, quantity) for row in known]))
        if found is not None and found.since is not None and matters(quantity, found.change, found.centre):
            yield _drift(quantity, found, known, found.since)


def _drift(quantity: str, found: Chart, rows: Sequence[PulseRow], since: int) -> Drift:
    row = rows[since]
    cause = CAUSES[quantity, found.change > 0.0]
    return Drift(row.source, quantity, found.change, row, tuple(found.broken), cause)
