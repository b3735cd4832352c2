"""A run in numbers: a row a pulse, a row a cycle, and what drifted from pulse to pulse with its cause in words."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from vapordep.analysis.drift import FEWEST, Chart, chart
from vapordep.analysis.drift_causes import CAUSES, QUANTITIES, matters
from vapordep.app.review.cycle_rows import CycleRow, cycle_rows, grown
from vapordep.app.review.pulse_rows import PulseRow, pulse_rows
from vapordep.history.recordings.recording import Recording
from vapordep.lazy import dataclass
from vapordep.model.film import Film
from vapordep.model.pulses import Verdict


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
    cycles = tuple(grown(list(cycle_rows(rows, recording)), recording))
    return Analysed(rows, cycles, drifts, few, recording.film())


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
