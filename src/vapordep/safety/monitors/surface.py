"""Monitors of the surface: how far a verified dose of a metal precursor has saturated it, and whether it is covered.

A dose counts when the gauge saw it: a peak above the noise that fell again after the valve had shut. Its exposure is
the integral of the pressure above the baseline before it, until a tenth of the peak is left; what comes later is not
counted. The saturation is 1 - exp(-k E), with k of the precursor's kinetics at the foil's temperature. Only the best
single dose counts, and an opened chamber makes it forgotten.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from statistics import fmean
from types import MappingProxyType

import numpy as np

from vapordep.model.batches import GOOD, Batch, Floats, Sample, every
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.conditions import Latest, usable_value
from vapordep.safety.monitors.behind_gas import Part
from vapordep.safety.monitors.dose import Dose
from vapordep.safety.monitors.monitor import Monitor, batch_of, good, moments
from vapordep.safety.substances import Uptake
from vapordep.units import one

COVERED = 0.95
"""Saturation from which a surface counts as covered (interlock C3)."""
VENTED = 1.0e4
"""Pa. At this pressure the chamber is, or soon will be, open; a pump-purge stays far below."""
BASELINE_SPAN = 2.0
"""The baseline is the mean over this long before the opening, in s."""
FEWEST_BEFORE = 3
"""Samples without which there is no baseline."""
KEPT = 5.0
"""How long pressure samples are kept at least, in s: a valve's edges become known only when its pulse is over."""
NOISES = 5.0
"""A peak counts as seen above this many standard deviations of the baseline."""
LEAST_PEAK = 0.02
"""And above this part of the baseline: what a drift of the carrier flow could also do."""
ONE_DOSE = 2.0
"""A valve that opens again so soon after it shut, in s, goes on with its dose: exposures add up."""

Rows = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Surface:
    """Recent pressures as (s, Pa), the dose under way, the best verified saturation, and what each valve showed."""

    recent: Rows = ()
    dose: Dose | None = None
    best: float = 0.0
    told: float | None = None
    """What was last published."""
    seen: Mapping[str, Sample] | None = None


class Saturation(Monitor[Surface]):
    """The saturation, 0 to 1, by the best verified dose since the chamber was last open. It does not age."""

    def __init__(
        self,
        name: str,
        uptakes: Mapping[str, Uptake],
        others: tuple[str, ...],
        tags: Mapping[str, Tag],
        parts: Mapping[str, Part] = MappingProxyType({}),
        pressure: str = "chamber.pressure",
        temperature: str = "foil.temperature",
    ) -> None:
        """`uptakes` by the valves of the metal precursors; `others` are the valves of all other sources.

        `parts` by valve: what of a pulse is vapour, all of it where nothing is said.
        """
        self.pressure, self.temperature = tags[pressure], tags[temperature]
        self.uptakes = uptakes
        self.valves = (*uptakes, *others)
        self._parts = {valve: parts[valve] for valve in uptakes if valve in parts}
        beside = dict.fromkeys((temperature, *(tag for part in self._parts.values() for tag in part.reads)))
        super().__init__(_unaging(name), (pressure, *self.valves), Surface(), beside=tuple(beside))

    def update(self, state: Surface, time: float, latest: Latest) -> tuple[Surface, Sample | None]:
        """Follows the pulse under way; says something only when the best saturation changes."""
        new = self._newly_seen(state, latest)
        if new:
            state = replace(state, seen={**(state.seen or {}), **new})
            for valve, shown in new.items():
                state = self._with_valve(state, valve, shown, latest)
        sample = latest.get(self.pressure.name)
        if sample is not None and math.isfinite(sample.value) and _is_new(state, sample):
            state = _with_pressure(state, sample.time, sample.value)
        return _tell(state, time)

    def over(self, state: Surface, instants: Floats, columns: Columns) -> tuple[Surface, Batch | None]:
        """The same in arrays, but for the instants at which a valve opens, or a dose's valve shuts."""
        stretch = _Stretch(self, instants, columns)
        said: list[Sample | None] = []
        place = 0
        while place < len(instants):
            calm = stretch.calm_until(place, state)
            if calm > place:
                state, place = stretch.followed(state, place, calm)
                state, sample = _tell(state, instants.item(place - 1))
            else:
                one = instants[place : place + 1]
                [(instant, latest)] = moments(columns, (*self.inputs, *self.beside), one)
                state, sample = self.update(state, instant, latest)
                place += 1
            said.append(sample)
        samples = [sample for sample in said if sample is not None]
        return state, batch_of(self.tag.name, samples) if samples else None

    def _newly_seen(self, state: Surface, latest: Latest) -> dict[str, Sample]:
        """What valves show that they did not show before."""
        seen = state.seen or {}
        shown = [(valve, latest[valve]) for valve in self.valves if valve in latest]
        return {v: sample for v, sample in shown if sample != seen.get(v) and math.isfinite(sample.value)}

    def _with_valve(self, state: Surface, valve: str, sample: Sample, latest: Latest) -> Surface:
        dose = state.dose
        if sample.value != 0.0:
            if dose is None or dose.valve != valve or sample.time > dose.shut + ONE_DOSE:
                return self._begin(state, valve, sample.time, latest)
            return state if dose.shut == math.inf else replace(state, dose=replace(dose, shut=math.inf))
        if dose is not None and dose.valve == valve and dose.shut == math.inf:
            return _judged(replace(state, dose=replace(dose, shut=sample.time)))
        return state

    def _begin(self, state: Surface, valve: str, opened: float, latest: Latest) -> Surface:
        """A new dose; the one under way is given up, and what cannot be judged is not begun."""
        state = replace(state, dose=None)
        before = [p for t, p in state.recent if opened - BASELINE_SPAN <= t < opened]
        uptake = self._uptake(valve, latest, opened)
        if uptake is None or len(before) < FEWEST_BEFORE:
            return state
        baseline = fmean(before)
        spread = math.sqrt(fmean([(p - baseline) ** 2 for p in before]))
        least = max(NOISES * spread, LEAST_PEAK * abs(baseline))
        dose: Dose | None = Dose(valve, uptake, opened, baseline, least, opened)
        for t, p in state.recent:
            if dose is not None and t >= opened:
                dose = dose.with_pressure(t, p)
        return replace(state, dose=dose)

    def _uptake(self, valve: str, latest: Latest, opened: float) -> float | None:
        """Its uptake by all that the gauge sees, 1/(Pa s): of what carries or pushes the vapour nothing is taken up.

        None of what covers nothing, and while nobody knows how warm the surface is or what comes.
        """
        temperature = usable_value(latest, self.temperature, opened)
        if valve not in self.uptakes or temperature is None:
            return None
        part = self._parts[valve].of(latest, opened) if valve in self._parts else 1.0
        return None if part is None else part * self.uptakes[valve](temperature)


class _Stretch:
    """A stretch of samples as the saturation sees it; samples are known by their places among its instants."""

    def __init__(self, monitor: Saturation, instants: Floats, columns: Columns) -> None:
        self._batches = {valve: _finite(columns.batches.get(valve)) for valve in monitor.valves}
        self._places = {valve: np.searchsorted(instants, batch.times) for valve, batch in self._batches.items()}
        opening = (self._places[valve][batch.values != 0.0].tolist() for valve, batch in self._batches.items())
        self._opening = sorted(chain.from_iterable(opening))
        self._pressure = _finite(columns.batches.get(monitor.pressure.name))
        self._read_at = np.searchsorted(instants, self._pressure.times)
        self._vented = self._read_at[self._pressure.values >= VENTED].tolist()
        self._count = len(instants)

    def calm_until(self, place: int, state: Surface) -> int:
        """The first place from `place` on at which more may happen than that a pressure is read."""
        if state.best != state.told:
            return place
        nexts = [_next(self._opening, place, self._count)]
        if state.dose is not None or state.best != 0.0:
            nexts.append(_next(self._vented, place, self._count))
        if state.dose is not None and state.dose.shut == math.inf:
            nexts.append(_next(self._places[state.dose.valve].tolist(), place, self._count))
        return min(nexts)

    def followed(self, state: Surface, place: int, end: int) -> tuple[Surface, int]:
        """The state after the calm samples from `place` to before `end`, or until a dose is over; and where that is."""
        first, last = np.searchsorted(self._read_at, (place, end)).tolist()
        dose = state.dose
        if dose is not None and last > first:
            rows = slice(first, last)
            dose, count = dose.with_pressures(self._pressure.times[rows], self._pressure.values[rows])
            if dose is not None and dose.over:
                last = first + count
                end = int(self._read_at[last - 1]) + 1
        rows = slice(first, last)
        recent = _remembered(state.recent, self._pressure.times[rows], self._pressure.values[rows])
        return _judged(replace(state, recent=recent, dose=dose, seen=self._seen(state, place, end))), end

    def _seen(self, state: Surface, place: int, end: int) -> Mapping[str, Sample] | None:
        """What each valve showed last before the place `end`."""
        seen = {}
        for valve, batch in self._batches.items():
            first, last = np.searchsorted(self._places[valve], (place, end)).tolist()
            if last > first:
                mark = Quality(batch.quality.item(last - 1))
                seen[valve] = Sample(batch.times.item(last - 1), batch.values.item(last - 1), mark)
        return {**(state.seen or {}), **seen} if seen else state.seen


class Covered(Monitor[None]):
    """1 once the surface was saturated, 0 before."""

    def __init__(self, name: str, saturation: Tag) -> None:
        super().__init__(_unaging(name), (saturation.name,), None)

    def update(self, state: None, time: float, latest: Latest) -> tuple[None, Sample]:
        """Compares the saturation with `COVERED`."""
        sample = latest[self.inputs[0]]
        return None, Sample(sample.time, float(sample.value >= COVERED), sample.quality)

    def over(self, state: None, instants: Floats, columns: Columns) -> tuple[None, Batch]:
        """The same in arrays."""
        column = columns.at(self.inputs[0], instants)
        covered = (column.values >= COVERED).astype(np.float64)
        return None, Batch(self.tag.name, column.times, covered, column.quality)


def _unaging(name: str) -> Tag:
    """What is known of a surface stays known, however long nothing new is heard."""
    return Tag(name, one, TagKind.DERIVED, low=0.0, high=1.0, stale_after=math.inf)


def _is_new(state: Surface, sample: Sample) -> bool:
    return not state.recent or state.recent[-1] != (sample.time, sample.value)


def _tell(state: Surface, time: float) -> tuple[Surface, Sample | None]:
    """Says the best saturation when it changed."""
    if state.best == state.told:
        return state, None
    return replace(state, told=state.best), Sample(time, state.best, GOOD)


def _with_pressure(state: Surface, time: float, pressure: float) -> Surface:
    recent = (*state.recent, (time, pressure))
    if recent[0][0] < time - 2.0 * KEPT:  # now and then, not at every sample
        recent = tuple(row for row in recent if row[0] > time - KEPT)
    if pressure >= VENTED:
        return replace(state, recent=recent, dose=None, best=0.0)
    dose = None if state.dose is None else state.dose.with_pressure(time, pressure)
    return _judged(replace(state, recent=recent, dose=dose))


def _judged(state: Surface) -> Surface:
    """Takes a dose that is over into account."""
    if state.dose is None or not state.dose.over:
        return state
    return replace(state, dose=None, best=max(state.best, state.dose.saturation))


def _remembered(recent: Rows, times: Floats, pressures: Floats) -> Rows:
    """The recent pressures after these, as `_with_pressure` keeps them one by one."""
    if not len(times):
        return recent
    every = np.concatenate(([time for time, _ in recent], times))
    kept, first = every - 2.0 * KEPT, 0
    count = len(recent)
    while (count := max(int(np.searchsorted(kept, every[first], side="right")), count)) < len(every):
        first = int(np.searchsorted(every, every[count] - KEPT, side="right"))
        count += 1
    old, new = recent[first:], max(first - len(recent), 0)
    return (*old, *zip(times[new:].tolist(), pressures[new:].tolist(), strict=True))


def _finite(batch: Batch | None) -> Batch:
    """The samples that are numbers."""
    if batch is None:
        return _NOTHING
    finite = np.isfinite(batch.values)
    if every(finite):
        return batch
    return Batch(batch.tag, batch.times[finite], batch.values[finite], batch.quality[finite])


def _next(places: list[int], place: int, end: int) -> int:
    """The first of the rising `places` that is not before `place`, or `end`."""
    index = bisect_left(places, place)
    return places[index] if index < len(places) else end


_NOTHING = Batch("", np.empty(0), np.empty(0), good(np.empty(0)))
