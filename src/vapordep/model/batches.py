"""Batches: samples of one tag, as arrays; a live poll is a batch of one."""

import math
from collections.abc import Sequence
from dataclasses import field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass
from vapordep.model.tags import Quality

Floats = NDArray[np.float64]
Qualities = NDArray[np.uint8]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples of one tag: instants in s on the clock, values in SI, quality; three arrays of one length.

    A value that is BAD is NaN, and NaN is always BAD, so that no comparison can take a missing value for a number.
    """

    tag: str
    times: Floats
    values: Floats
    quality: Qualities
    _last: "Sample | None" = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, tag: str, times: Sequence[float], values: Sequence[float], quality: Quality = Quality.GOOD) -> "Batch":
        """A batch from plain numbers; a NaN or infinite value is marked BAD."""
        numbers = np.array(values, dtype=np.float64)
        marks = np.full(len(numbers), quality, dtype=np.uint8)
        finite = np.isfinite(numbers)
        if not every(finite):
            numbers[~finite] = np.nan
            marks[~finite] = Quality.BAD
        if quality is Quality.BAD:
            numbers[:] = np.nan
        return cls(tag, np.array(times, dtype=np.float64), numbers, marks)

    @classmethod
    def one(cls, tag: str, time: float, value: float, quality: Quality = Quality.GOOD) -> "Batch":
        """The batch of a single poll; a NaN or infinite value is marked BAD."""
        if quality is BAD or not math.isfinite(value):
            value, quality = math.nan, BAD
        return cls.single(tag, Sample(float(time), float(value), quality))

    @classmethod
    def single(cls, tag: str, sample: "Sample", times: Floats | None = None) -> "Batch":
        """The batch of one sample as it is: NaN where it is BAD. Those that come together share `times` (1,)."""
        if times is None:
            times = np.array((sample.time,))
        batch = cls(tag, times, np.array((sample.value,)), _MARK[sample.quality])
        object.__setattr__(batch, "_last", sample)
        return batch

    def __len__(self) -> int:
        return len(self.times)

    @property
    def last(self) -> "Sample":
        """The newest sample; made once, for hub, monitors and interlocks all ask for it."""
        last = self._last
        if last is None:
            last = Sample(self.times.item(-1), self.values.item(-1), _QUALITIES[self.quality.item(-1)])
            object.__setattr__(self, "_last", last)
        return last


@dataclass(frozen=True, slots=True)
class Column:
    """One tag seen at several instants: at each the newest sample's time in s, value in SI and quality."""

    times: Floats
    values: Floats
    quality: Qualities


class Sample(NamedTuple):
    """One value of one tag: instant in s on the clock, value in SI."""

    time: float
    value: float
    quality: Quality

    @property
    def usable(self) -> bool:
        """Whether a condition may be judged by it: GOOD or UNCERTAIN, not BAD."""
        return self.quality is not BAD


def every(flags: Flags) -> bool:
    """As `flags.all()`, in a fifth of its time: most are short."""
    return bool(np.count_nonzero(flags) == flags.size)


_QUALITIES = tuple(Quality)
_MARK = tuple(np.full(1, quality, dtype=np.uint8) for quality in Quality)
for _mark in _MARK:
    _mark.flags.writeable = False  # shared by all batches of one sample
ONE_GOOD = _MARK[Quality.GOOD]
"""The quality of every batch of one sample that is GOOD."""
GOOD, BAD = Quality.GOOD, Quality.BAD
"""By names of their own, which are found faster."""
