"""Columns: a stretch of samples of many tags, and what each tag shows at any instants in it, as arrays."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from vapordep.model.batches import Batch, Column, Floats, Sample, every
from vapordep.model.tags import Quality

T = TypeVar("T")
NEVER = Sample(-1e300, float("nan"), Quality.BAD)
"""What a tag shows before its first sample. A finite instant: nothing that is added to it becomes NaN."""


class Columns:
    """What was known `before` the stretch, and its batches: one a tag, or ValueError; instants rising.

    What was worked out of them is kept, by the arrays of instants that were asked about: neither they nor the batches
    may change.
    """

    def __init__(self, before: Mapping[str, Sample], batches: Iterable[Batch]) -> None:
        self.before = before
        self.batches: dict[str, Batch] = {}
        for batch in batches:
            self.add(batch)
        self._found: dict[tuple[str, int], Column] = {}
        self._asked: dict[int, Floats] = {}
        """Arrays that were asked about: as long as they are here, no other one gets the id of one of them."""
        self._merged: dict[frozenset[int], Floats] = {}
        self._kept: dict[tuple[Hashable, int], Any] = {}

    def add(self, batch: Batch) -> None:
        """Takes one more tag, of which nothing was asked yet."""
        if batch.tag in self.batches:
            raise ValueError(f"{batch.tag} comes in two batches")
        if len(batch.times):
            self.batches[batch.tag] = batch

    def instants(self, tags: Iterable[str]) -> Floats:
        """Every instant (s) at which one of these tags has a sample, rising."""
        grids = {id(batch.times): batch.times for tag in tags if (batch := self.batches.get(tag)) is not None}
        if len(grids) < 2:
            return next(iter(grids.values()), _NONE)
        key = frozenset(grids)
        if key not in self._merged:
            self._merged[key] = np.unique(np.concatenate(list(grids.values())))
        return self._merged[key]

    def at(self, tag: str, instants: Floats) -> Column:
        """The newest sample of a tag at each of `instants` (s); `NEVER` while it has none."""
        key = (tag, id(instants))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._at(tag, instants)
            self._asked[id(instants)] = instants
        return found

    def kept(self, key: Hashable, instants: Floats, found: Callable[[], T]) -> T:
        """What `found` gives, worked out once for a key and an array of instants; nobody may change it afterwards."""
        place = (key, id(instants))
        if place not in self._kept:
            self._kept[place] = found()
            self._asked[id(instants)] = instants
        known: T = self._kept[place]
        return known

    def _at(self, tag: str, instants: Floats) -> Column:
        batch = self.batches.get(tag)
        before = self.before.get(tag, NEVER)
        if batch is None:
            return _still(before, len(instants))
        if batch.times is instants:
            return Column(batch.times, batch.values, batch.quality)
        places = batch.times.searchsorted(instants, side="right")
        if len(places) and places.item(0):  # as nearly always: at each instant one of the batch's own is the newest
            places -= 1
            return Column(batch.times[places], batch.values[places], batch.quality[places])
        return Column(
            np.concatenate(((before.time,), batch.times))[places],
            np.concatenate(((before.value,), batch.values))[places],
            np.concatenate((np.array((before.quality,), dtype=np.uint8), batch.quality))[places],
        )


def rising(batches: Sequence[Batch]) -> bool:
    """Whether there is one batch a tag and the instants of each rise."""
    if len({batch.tag for batch in batches}) < len(batches):
        return False
    grids = {id(batch.times): batch.times for batch in batches}
    return all(every(times[1:] > times[:-1]) for times in grids.values())


_NONE: Floats = np.empty(0)


def _still(sample: Sample, count: int) -> Column:
    """One sample that stays the newest."""
    return Column(
        np.full(count, sample.time), np.full(count, sample.value), np.full(count, sample.quality, dtype=np.uint8)
    )
