"""A run beside golden ones: what it did step by step and pulse by pulse, and where it left their bands."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from vapordep.analysis.golden import Band, Deviation, Key, Values, bands, deviations
from vapordep.app.review.pulse_rows import pulse_rows
from vapordep.app.review.turns import Turns
from vapordep.app.verdict.course import Course
from vapordep.errors import InputError
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.lazy import dataclass
from vapordep.units import Dimension

DURATION = "duration"
FLOORS: Mapping[Dimension, tuple[float, float]] = {
    Dimension.PRESSURE: (0.05, 0.05),
    Dimension.TEMPERATURE: (2.0, 0.0),
    Dimension.MOLAR_FLOW: (7.4e-7 * 0.1, 0.02),
    Dimension.LENGTH: (1e-10, 0.05),
    Dimension.TIME: (2.0, 0.05),
    Dimension.EXPOSURE: (0.0, 0.05),
}
"""Least half width of a band, SI, and as a part of the value: what differs between good runs (design default)."""
OF_PULSES: Mapping[str, Dimension] = {
    "area": Dimension.EXPOSURE,
    "baseline": Dimension.PRESSURE,
    "decay": Dimension.TIME,
    "delay": Dimension.TIME,
}
DELAY, DECAY = (0.25, 0.0), (0.0, 0.1)
"""The floors of these two times are their own: a gauge is asked every tenth of a second, and a decay is a fit."""
_COUNTED = re.compile(r"(?P<loop>.+) (?P<cycle>\d+) of \d+$")
_UNCOMPARED = ("setpoint", "commanded", "maximum", ".trip")
"""Ends of tags that only repeat others, or what was wanted."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one run did: from when to when it did what (s since its start), and each quantity by that."""

    run_id: str
    windows: Mapping[Key, tuple[float, float]]
    quantities: Mapping[str, Values]
    dimensions: Mapping[str, Dimension]
    began: float = 0.0
    """When the run itself began, s since its recording did."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A run beside golden ones; `missing` is what they all did and it did not, `deviations` the worst first."""

    run: Done
    golden: tuple[Done, ...]
    bands: Mapping[str, Mapping[Key, Band]]
    deviations: tuple[Deviation, ...]
    missing: tuple[Key, ...]


def compare(run: Done, golden: Sequence[Done]) -> Compared:
    """Raises InputError when nothing was done alike."""
    common = [key for key in golden[0].windows if all(key in each.windows for each in golden)]
    if not any(key in run.windows for key in common):
        raise InputError(
            f"{run.run_id} and {golden[0].run_id} have no step in common", remedy="compare runs of one recipe"
        )
    found: dict[str, dict[Key, Band]] = {}
    for name, dimension in golden[0].dimensions.items():
        every = [each.quantities[name] for each in golden if name in each.quantities]
        if len(every) == len(golden):
            found[name] = bands(every, *_floor(name, dimension))
    outside = [
        each for name, band in found.items() if name in run.quantities
        for each in deviations(name, run.quantities[name], band)
    ]  # fmt: skip
    missing = tuple(key for key in common if key not in run.windows)
    return Compared(run, tuple(golden), found, tuple(sorted(outside, key=lambda each: -each.excess)), missing)


def beside(history: History, run_id: str, golden: Sequence[str]) -> Compared:
    """A run of the history beside golden ones; raises InputError as `compare` does, and for a run beside itself."""
    if run_id in golden:
        raise InputError(f"{run_id} is compared with itself", remedy="name another run as golden")
    return compare(_done(history, run_id), [_done(history, each) for each in golden])


def _done(history: History, run_id: str) -> Done:
    with history.open_recording(run_id) as recording:
        return done(recording, run_id)


def compared_as_json(found: Compared) -> dict[str, object]:
    """Plain data, SI."""
    return {
        "run_id": found.run.run_id,
        "golden": [each.run_id for each in found.golden],
        "missing": [{"what": what, "number": number} for what, number in found.missing],
        "deviations": [_deviation(each) for each in found.deviations],
    }


def bands_as_json(found: Compared, quantity: str) -> list[dict[str, object]]:
    """The band of a quantity in each step and cycle, from when to when the first golden run did it (s); SI."""
    first = found.golden[0]
    windows, began = first.windows, first.began
    return [
        {"what": key[0], "number": key[1], "begin_s": began + windows[key][0], "end_s": began + windows[key][1],
         "low": band.low, "high": band.high}
        for key, band in found.bands.get(quantity, {}).items() if key in windows
    ]  # fmt: skip


def _deviation(each: Deviation) -> dict[str, object]:
    return {
        "quantity": each.quantity,
        "what": each.key[0],
        "number": each.key[1],
        "value": each.value,
        "golden": each.band.centre,
        "half_width": each.band.half,
        "change": each.change,
        "bands_away": each.excess,
    }


def _floor(name: str, dimension: Dimension) -> tuple[float, float]:
    own = {"delay": DELAY, "decay": DECAY}.get(name.rpartition(" ")[2])
    return own or FLOORS[dimension]


def done(recording: Recording, run_id: str) -> Done:
    """What a run did. Raises HistoryError when the recording is damaged."""
    events = recording.events()
    course, turns = Course.of(events, recording.t0), Turns(events)
    windows = dict(_windows(course, turns))
    quantities: dict[str, dict[Key, float]] = {DURATION: {key: end - begin for key, (begin, end) in windows.items()}}
    dimensions = {DURATION: Dimension.TIME}
    for tag, unit in recording.units().items():
        if unit.dimension in FLOORS and not tag.endswith(_UNCOMPARED) and tag in recording.tags():
            samples = recording.samples(tag)
            quantities[tag] = dict(_medians(samples.times - course.start, samples.values, windows))
            dimensions[tag] = unit.dimension
    rows: dict[tuple[str, int, str], int] = defaultdict(int)
    for row in pulse_rows(recording):
        cycle = turns.at(row.loop, recording.t0 + row.opened).before + row.cycle
        place = (row.loop, cycle, row.source)
        rows[place] += 1
        for name, dimension in OF_PULSES.items():
            quantity = f"{row.source} {name}"
            # several doses of a source in a cycle are told apart; those outside of loops are counted
            key = (f"{row.loop or 'dose'}{f', dose {rows[place]}' if row.loop and rows[place] > 1 else ''}",
                   cycle or rows[place])  # fmt: skip
            quantities.setdefault(quantity, {})[key] = getattr(row, name)
            dimensions[quantity] = dimension
    return Done(run_id, windows, quantities, dimensions, course.start - recording.t0)


def _windows(course: Course, turns: Turns) -> Iterator[tuple[Key, tuple[float, float]]]:
    """From the beginning of each step, or each cycle, to that of the next.

    The cycles of a loop that is gone through again count on.
    """
    counts: dict[str, int] = defaultdict(int)
    for (begin, text), (end, _) in pairwise([*course.steps, (course.end, "")]):
        counted = _COUNTED.fullmatch(text)
        if counted:
            key = counted["loop"], turns.at(counted["loop"], begin).before + int(counted["cycle"])
        else:
            counts[text] += 1
            key = text, counts[text]
        if end > begin:
            yield key, (begin - course.start, end - course.start)


def _medians(
    times: np.ndarray, values: np.ndarray, windows: Mapping[Key, tuple[float, float]]
) -> Iterator[tuple[Key, float]]:
    for key, (begin, end) in windows.items():
        first, beyond = np.searchsorted(times, (begin, end)).tolist()
        known = values[first:beyond][np.isfinite(values[first:beyond])]
        if len(known):
            yield key, float(np.median(known))
