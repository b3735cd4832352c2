"""The form of a monitor, and how its derived tag is described."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np

from vapordep.model.batches import BAD, Batch, Flags, Floats, Qualities, Sample, every
from vapordep.model.columns import NEVER, Columns
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.conditions import Latest
from vapordep.units import Unit, one

S = TypeVar("S")

_QUALITIES = tuple(Quality)


class Monitor(ABC, Generic[S]):
    """One derived tag. `update` is pure: what it remembers is the state it is given and gives back.

    `inputs` are the tags whose samples make it look again; `beside` are those that it reads then as well.
    """

    def __init__(self, tag: Tag, inputs: tuple[str, ...], initial: S, beside: tuple[str, ...] = ()) -> None:
        self.tag = tag
        self.inputs = inputs
        self.initial = initial
        self.beside = beside

    @abstractmethod
    def update(self, state: S, time: float, latest: Latest) -> tuple[S, Sample | None]:
        """The next state, and its sample at the instant `time` (s) given the newest samples; None says nothing new."""

    def over(self, state: S, instants: Floats, columns: Columns) -> tuple[S, Batch | None]:
        """The state after `update` at each of `instants` (s, rising), and its samples, None when it says nothing.

        A monitor that works on arrays must give the same to the last bit; this one walks.
        """
        said = []
        for instant, latest in moments(columns, (*self.inputs, *self.beside), instants):
            state, sample = self.update(state, instant, latest)
            if sample is not None:
                said.append(sample)
        return state, batch_of(self.tag.name, said) if said else None

    def late(self, state: S, tag: str, sample: Sample) -> S:
        """The state with a sample that is older than the newest one of its tag; most monitors do not mind it."""
        return state

    def ahead(self, state: S, time: float, now: float, latest: Latest) -> Sample | None:
        """Its sample at the instant `time` if nothing arrives before, from inputs that are fresh at `now` (s).

        None when the passing of time does not change it.
        """
        return None


def derived(name: str, tags: Mapping[str, Tag], inputs: tuple[str, ...], unit: Unit = one) -> Tag:
    """The tag of a monitor: as soon stale as the most impatient of its inputs, never without any."""
    patience = min((tags[tag].stale_after for tag in inputs), default=float("inf"))
    return Tag(name, unit, TagKind.DERIVED, stale_after=patience)


def no_value(time: float) -> Sample:
    """The sample of what cannot be told."""
    return Sample(time, _NAN, BAD)


def batch_of(tag: str, samples: Sequence[Sample]) -> Batch:
    """Samples as the batch of a tag."""
    if len(samples) == 1:
        return Batch.single(tag, samples[0])
    times = np.array([sample.time for sample in samples])
    values = np.array([sample.value for sample in samples])
    return Batch(tag, times, values, np.array([sample.quality for sample in samples], dtype=np.uint8))


def known_batch(tag: str, instants: Floats, known: Flags, values: Floats | Flags, quality: Qualities) -> Batch:
    """What is said at `instants` (s) where it is `known`, and no value where it is not."""
    if every(known):
        return Batch(tag, instants, values.astype(np.float64), quality)
    return Batch(tag, instants, np.where(known, values, np.nan), np.where(known, quality, _BAD))


_BAD = np.uint8(BAD)
_NAN = float("nan")


def good(instants: Floats) -> Qualities:
    """GOOD at each of `instants`."""
    return np.zeros(len(instants), dtype=np.uint8)


def moments(columns: Columns, tags: Sequence[str], instants: Floats) -> Iterator[tuple[float, Latest]]:
    """Each of `instants` (s) with the newest sample of each tag that has any."""
    rows = []
    for tag in dict.fromkeys(tags):
        column = columns.at(tag, instants)
        shown = zip(column.times.tolist(), column.values.tolist(), column.quality.tolist(), strict=True)
        rows.append([(tag, Sample(time, value, _QUALITIES[quality])) for time, value, quality in shown])
    for instant, newest in zip(instants.tolist(), zip(*rows, strict=True), strict=True):
        yield instant, {tag: sample for tag, sample in newest if sample.time != NEVER.time}
