"""Margins: how near the conditions of an interlock came to their limits over a whole recording, judged on arrays."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vapordep.chemistry.limits import ROOM_TEMPERATURE
from vapordep.model.batches import Batch, Floats
from vapordep.model.columns import Columns
from vapordep.model.interlocks import InterlockRule
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Condition, Truth
from vapordep.safety.interlocks.compiled import Interlock
from vapordep.units import Dimension

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Closest:
    """The instant (s) at which a condition was closest to its limit: its value, the limit and what was left, in SI.

    What was left is negative where the condition did not hold.
    """

    condition: Condition
    time: float
    value: float
    limit: float

    @property
    def left(self) -> float:
        """How far the value was on the side of its limit where the condition holds."""
        return self.limit - self.value if self.condition.symbol.startswith("<") else self.value - self.limit

    @property
    def share(self) -> float:
        """What was left, as a part of the whole way to the limit.

        The way begins at zero; for a temperature at room temperature; for a fraction that must be large, or may be more
        than one, at one, as for a flow in parts of its setpoint.
        """
        start = 0.0
        if self.condition.tag.dimension is Dimension.TEMPERATURE:
            start = ROOM_TEMPERATURE
        elif self.condition.tag.dimension is Dimension.FRACTION:
            start = 1.0 if self.condition.symbol.startswith(">") or self.limit > 1.0 else 0.0
        way = abs(self.limit - start)
        return self.left / way if way > 0.0 else math.nan


@dataclass(frozen=True, slots=True)
class Lapse:
    """A stretch in which an interlock that applied was not content: from `start` for `duration` (s)."""

    condition: Condition
    """The first that was not true when it began."""
    start: float
    duration: float
    samples: int
    """Instants with new samples in it."""
    silent: bool
    """Whether it lasted because nothing was heard."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near one interlock came to acting."""

    interlock: Interlock
    applied: float
    """How long it was looked at and applied, in s; of a permissive, how many commands it judged."""
    closest: tuple[Closest, ...]
    """One for each condition with a number that was known at least once while it applied, the nearest first."""
    false: Lapse | None = None
    """The longest time that something was not true."""
    unknown: Lapse | None = None
    """The longest time that it could not be told whether all was true."""
    unknown_for: float = 0.0
    """All such times together, in s."""

    @property
    def rule(self) -> InterlockRule:
        """The interlock as it is written."""
        return self.interlock.rule

    @property
    def patience_left(self) -> float | None:
        """The part of its time or count to trip that was left when it was longest not content; None when it always was.

        0 or less: it had to act.
        """
        lapses = [lapse for lapse in (self.false, self.unknown) if lapse is not None]
        if not lapses or not self.rule.trips:
            return None
        if self.rule.trip_after_time is not None:
            return 1.0 - max(lapse.duration for lapse in lapses) / self.rule.trip_after_time
        if any(lapse.silent for lapse in lapses):  # silence is persistence enough
            return 0.0
        return 1.0 - max(lapse.samples for lapse in lapses) / (self.rule.trip_after_samples or 1)


def over_time(interlock: Interlock, batches: Mapping[str, Batch], start: float, end: float) -> Nearness:
    """How near a trip came from `start` to `end` (s), given all samples of its tags up to then, silences included."""
    instants, arrived = _instants(interlock.tags, batches, start, end)
    judged = _Judged.of(interlock, batches, instants)
    spans = np.diff(instants, append=end)
    false, unknown = (tuple(judged.lapses(mask, spans, arrived)) for mask in (judged.false, judged.unknown))
    return Nearness(
        interlock,
        float(spans[judged.applies].sum()),
        judged.closest(),
        _longest(false),
        _longest(unknown),
        sum((lapse.duration for lapse in unknown), start=0.0),
    )


def at_commands(interlock: Interlock, batches: Mapping[str, Batch], instants: Floats) -> Nearness:
    """How near a permissive came to refusing the commands that were given at `instants` (s)."""
    judged = _Judged.of(interlock, batches, instants)
    return Nearness(interlock, float(judged.applies.sum()), judged.closest())


@dataclass(frozen=True, slots=True)
class _Judged:
    """An interlock at many instants: where it applies, what each condition compares, and how it is judged."""

    conditions: tuple[Condition, ...]
    columns: Columns
    instants: Floats
    applies: Mask
    truths: tuple[NDArray[np.uint8], ...]

    @classmethod
    def of(cls, interlock: Interlock, batches: Mapping[str, Batch], instants: Floats) -> "_Judged":
        columns = Columns({}, batches.values())
        applies = np.ones(len(instants), dtype=bool)
        if interlock.when is not None:
            applies = interlock.when.judge_all(columns, instants) != Truth.FALSE
        truths = tuple(condition.judge_all(columns, instants) for condition in interlock.require)
        return cls(interlock.require, columns, instants, applies, truths)

    @property
    def false(self) -> Mask:
        """Where something is surely not true."""
        return self.applies & self._any(Truth.FALSE)

    @property
    def unknown(self) -> Mask:
        """Where nothing is surely untrue, and something cannot be told."""
        return self.applies & self._any(Truth.UNKNOWN) & ~self._any(Truth.FALSE)

    def _any(self, truth: Truth) -> Mask:
        found = np.zeros(len(self.instants), dtype=bool)
        for truths in self.truths:
            found |= truths == truth
        return found

    def lapses(self, mask: Mask, spans: Floats, arrived: Mask) -> Iterator[Lapse]:
        """The stretches in which a mask is true without a break; `spans` in s, `arrived` where a sample came."""
        edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
        for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            within = slice(first, after)
            broken = (c for c, truths in zip(self.conditions, self.truths, strict=True) if truths[first] != Truth.TRUE)
            samples = int(arrived[within].sum())
            start, duration = float(self.instants[first]), float(spans[within].sum())
            yield Lapse(next(broken), start, duration, samples, samples < after - first)

    def closest(self) -> tuple[Closest, ...]:
        found = [
            self._closest(condition, truths) for condition, truths in zip(self.conditions, self.truths, strict=True)
        ]
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.share))

    def _closest(self, condition: Condition, truths: NDArray[np.uint8]) -> Closest | None:
        known = np.flatnonzero(self.applies & (truths != Truth.UNKNOWN))
        if not condition.symbol or not len(known):
            return None
        values = self.columns.at(condition.tag.name, self.instants).values[known]
        limits = np.full(len(known), condition.limit)
        if condition.other is not None:
            limits = self.columns.at(condition.other.name, self.instants).values[known]
        left = limits - values if condition.symbol.startswith("<") else values - limits
        place = int(np.argmin(left))
        return Closest(condition, float(self.instants[known[place]]), float(values[place]), float(limits[place]))


def _instants(tags: Sequence[Tag], batches: Mapping[str, Batch], start: float, end: float) -> tuple[Floats, Mask]:
    """When an interlock has to be looked at: at each sample of its tags, when one becomes stale, and at the start.

    The mask says at which of them a sample arrived.
    """
    times = [batches[tag.name].times for tag in tags if tag.name in batches]
    silent = [_stale_at(batches[tag.name].times, tag.stale_after, end) for tag in tags if tag.name in batches]
    instants = np.sort(np.concatenate([np.array([start]), *times, *silent]), kind="stable")  # merges what is in order
    first, last = np.searchsorted(instants, (start, end))
    instants = instants[first:last]
    instants = instants[np.diff(instants, prepend=-math.inf) > 0.0]
    arrived = np.zeros(len(instants), dtype=bool)
    for each in times:
        within = slice(*np.searchsorted(each, (start, end)))
        arrived[np.searchsorted(instants, each[within])] = True
    return instants, arrived


def _stale_at(times: Floats, patience: float, end: float) -> Floats:
    """When samples at `times` (s) became stale before the next one, or the end, came."""
    return times[np.diff(times, append=end) > patience] + patience


def _longest(lapses: Sequence[Lapse]) -> Lapse | None:
    return max(lapses, key=lambda lapse: lapse.duration, default=None)
