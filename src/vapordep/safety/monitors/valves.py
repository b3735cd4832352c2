"""Monitors of source valves: whether any is open, whether incompatible ones meet, whether the last purge was enough."""

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vapordep.model.batches import GOOD, Batch, Flags, Floats, Sample, every
from vapordep.model.columns import Columns
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Latest, usable_value, usable_values
from vapordep.safety.monitors.monitor import Monitor, derived, good, known_batch, no_value

LATENCY = 0.03
"""How much later than commanded, in s, a valve may move (C1: 5 to 25 ms and jitter)."""
SHUT = 0.0


class History(NamedTuple):
    """What is known of one valve, instants in s: last seen; shut since (never seen open: -inf, open: inf); opened."""

    seen: float = -math.inf
    shut_since: float = -math.inf
    opened: float = -math.inf

    @property
    def is_open(self) -> bool:
        """Whether it was open when last seen."""
        return self.shut_since == math.inf

    def after(self, sample: Sample | None, patience: float) -> "History":
        """With the newest sample. A valve unseen for `patience` s may have been open meanwhile."""
        if sample is None or sample.time < self.seen or not math.isfinite(sample.value):
            return self
        time, is_open = sample.time, self.is_open
        lapsed = -math.inf < self.seen <= time - patience
        if sample.value != SHUT:
            return History(time, math.inf, self.opened if is_open and not lapsed else time)
        return History(time, time if is_open or lapsed else self.shut_since, self.opened)

    def recalling(self, sample: Sample) -> "History":
        """With a sample older than the last: a valve that was open then is known shut only since it was seen so."""
        if sample.value == SHUT or not math.isfinite(sample.value) or self.is_open or sample.time <= self.opened:
            return self
        return History(self.seen, self.seen, sample.time)

    def meets(self, other: "History", time: float) -> bool:
        """Whether at the instant `time` both stand open, or one opened before the other was surely shut."""
        return max(self.opened, other.opened, time) <= min(self.shut_since, other.shut_since) + LATENCY


Histories = tuple[History, ...]


class Course(NamedTuple):
    """How the history of one valve went: its three instants in s, at many instants."""

    seen: Floats
    shut_since: Floats
    opened: Floats


def course(history: History, batch: Batch | None, patience: float, instants: Floats) -> tuple[History, Course]:
    """The history after all samples of one valve, and how it was at each of `instants` (s)."""
    finite = None if batch is None else np.isfinite(batch.values)
    if batch is None or finite is None or not finite.any():
        return history, Course(*(np.full(len(instants), instant) for instant in history))
    times, values = (batch.times, batch.values) if every(finite) else (batch.times[finite], batch.values[finite])
    turns = _turns(times, values, patience)
    histories = [history]
    for turn in turns:
        before = history if turn == 0 else history._replace(seen=times.item(turn - 1))
        history = before.after(Sample(times.item(turn), values.item(turn), GOOD), patience)
        histories.append(history)
    shut_since, opened = (np.array([one[part] for one in histories]) for part in (1, 2))
    places = times[turns].searchsorted(instants, side="right")
    seen = np.concatenate(((histories[0].seen,), times))[times.searchsorted(instants, side="right")]
    return history._replace(seen=times.item(-1)), Course(seen, shut_since[places], opened[places])


def _course_of(tag: Tag, history: History, instants: Floats, columns: Columns) -> tuple[History, Course]:
    """Worked out once for all monitors that remember the same of a valve and look at the same instants."""
    batch, patience = columns.batches.get(tag.name), tag.stale_after
    key = ("course", tag.name, patience, history)
    return columns.kept(key, instants, lambda: course(history, batch, patience, instants))


def _turns(times: Floats, values: Floats, patience: float) -> list[int]:
    """The samples after which more of a valve's history differs than when it was last seen."""
    opens = values != SHUT
    turns = (opens[1:] != opens[:-1]) | (times[:-1] <= times[1:] - patience)
    return [0, *(np.flatnonzero(turns) + 1).tolist()]


class ValveMonitor(Monitor[Histories]):
    """A monitor that remembers when each of several valves was open."""

    def __init__(self, name: str, valves: Sequence[str], tags: Mapping[str, Tag]) -> None:
        inputs = tuple(valves)
        super().__init__(derived(name, tags, inputs), inputs, (History(),) * len(inputs))
        self.valves = tuple(tags[valve] for valve in valves)

    def update(self, state: Histories, time: float, latest: Latest) -> tuple[Histories, Sample]:
        """Remembers what the valves show."""
        now = tuple(
            [
                history.after(latest.get(tag.name), tag.stale_after)
                for history, tag in zip(state, self.valves, strict=True)
            ]
        )
        return now, self.show(now, time, latest)

    def over(self, state: Histories, instants: Floats, columns: Columns) -> tuple[Histories, Batch]:
        """The same in arrays."""
        found = [_course_of(tag, history, instants, columns) for history, tag in zip(state, self.valves, strict=True)]
        known, values = self.show_all([way for _, way in found], instants, columns)
        batch = known_batch(self.tag.name, instants, known, values, good(instants))
        return tuple(history for history, _ in found), batch

    def late(self, state: Histories, tag: str, sample: Sample) -> Histories:
        """The edges of a pulse become known after it; a poll may have seen the valve shut before."""
        place = self.inputs.index(tag)
        return (*state[:place], state[place].recalling(sample), *state[place + 1 :])

    @abstractmethod
    def show(self, state: Histories, time: float, latest: Latest) -> Sample:
        """The sample at the instant `time` (s)."""

    @abstractmethod
    def show_all(self, courses: Sequence[Course], instants: Floats, columns: Columns) -> tuple[Flags, Flags]:
        """Where it is known, and where it then is 1, at each of `instants` (s)."""


class Clearance(ValveMonitor):
    """1 once every given valve has been shut for `gap` s and the time it takes to move; no value while one is unseen.

    The gap is 9.2 residence times of the chamber: the gas then is down to 1e-4 of its peak. Valves that were never
    seen open count as shut for ever.
    """

    def __init__(self, name: str, valves: Sequence[str], gap: float, tags: Mapping[str, Tag]) -> None:
        super().__init__(name, valves, tags)
        self.gap = gap + LATENCY

    def show(self, state: Histories, time: float, latest: Latest) -> Sample:
        """Judges each valve by when it was last open."""
        return self._judged(state, time, time, latest)

    def show_all(self, courses: Sequence[Course], instants: Floats, columns: Columns) -> tuple[Flags, Flags]:
        """The same in arrays."""
        known = [usable_values(columns, valve, instants)[0] for valve in self.valves]
        clear = [way.shut_since + self.gap <= instants for way in courses]
        return np.logical_and.reduce(known), np.logical_and.reduce(clear)

    def ahead(self, state: Histories, time: float, now: float, latest: Latest) -> Sample:
        """A purge goes on in silence."""
        return self._judged(state, time, now, latest)

    def _judged(self, state: Histories, time: float, now: float, latest: Latest) -> Sample:
        for valve in self.valves:  # plain loops: this runs before every command
            if usable_value(latest, valve, now) is None:
                return no_value(time)
        for history in state:
            if not history.shut_since + self.gap <= time:
                return Sample(time, 0.0, GOOD)
        return Sample(time, 1.0, GOOD)


class NeverOpen(ValveMonitor):
    """1 while none of the valves has been open since this core began; what was open once stays so, and so does a doubt.

    No value while one is unseen.
    """

    def show(self, state: Histories, time: float, latest: Latest) -> Sample:
        """Judges each valve by whether it was ever open."""
        if any(usable_value(latest, valve, time) is None for valve in self.valves):
            return no_value(time)
        return Sample(time, float(all(history.shut_since == -math.inf for history in state)), GOOD)

    def show_all(self, courses: Sequence[Course], instants: Floats, columns: Columns) -> tuple[Flags, Flags]:
        """The same in arrays."""
        known = [usable_values(columns, valve, instants)[0] for valve in self.valves]
        never = [way.shut_since == -math.inf for way in courses]
        return np.logical_and.reduce(known), np.logical_and.reduce(never)


class AnyOpen(ValveMonitor):
    """1 while any of the valves is open, 0 while all are shut, no value when that cannot be told."""

    def show(self, state: Histories, time: float, latest: Latest) -> Sample:
        """One valve surely open is enough to know."""
        values = [usable_value(latest, valve, time) for valve in self.valves]
        if any(value is not None and value != SHUT for value in values):
            return Sample(time, 1.0, GOOD)
        return no_value(time) if None in values else Sample(time, 0.0, GOOD)

    def show_all(self, courses: Sequence[Course], instants: Floats, columns: Columns) -> tuple[Flags, Flags]:
        """The same in arrays."""
        shown = [usable_values(columns, valve, instants) for valve in self.valves]
        opened = np.logical_or.reduce([usable & (values != SHUT) for usable, values in shown])
        return opened | np.logical_and.reduce([usable for usable, _ in shown]), opened


class Apart(ValveMonitor):
    """1 while no two incompatible valves are open together, 0 at any overlap, no value when one is unseen for long.

    A single lost reply does not make it unknown, since it trips at once.
    """

    def __init__(
        self, name: str, valves: Sequence[str], pairs: Sequence[tuple[str, str]], tags: Mapping[str, Tag]
    ) -> None:
        super().__init__(name, valves, tags)
        self.pairs = tuple((valves.index(first), valves.index(second)) for first, second in pairs)

    def show(self, state: Histories, time: float, latest: Latest) -> Sample:
        """Judges every pair."""
        if any(state[i].meets(state[j], time) for i, j in self.pairs):
            return Sample(time, 0.0, GOOD)
        unseen = any(time >= h.seen + valve.stale_after for h, valve in zip(state, self.valves, strict=True))
        return no_value(time) if unseen else Sample(time, 1.0, GOOD)

    def show_all(self, courses: Sequence[Course], instants: Floats, columns: Columns) -> tuple[Flags, Flags]:
        """The same in arrays."""
        met, unseen = np.zeros((2, len(instants)), dtype=bool)
        for i, j in self.pairs:
            first, second = courses[i], courses[j]
            begins = np.maximum(np.maximum(first.opened, second.opened), instants)
            met |= begins <= np.minimum(first.shut_since, second.shut_since) + LATENCY
        for way, valve in zip(courses, self.valves, strict=True):
            unseen |= instants >= way.seen + valve.stale_after
        return met | ~unseen, ~met
