"""Streams: batches cut into instants, in the order of time, so that a poll and a long segment are judged alike."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality

WORTHWHILE = 32
"""Samples from which arrays are faster than single looks."""
Arrivals = Sequence[tuple[str, Sample]]
"""What arrived at one instant: tags and their samples, in the order of the batches."""

_QUALITIES = tuple(Quality)
_instant = itemgetter(0)


def is_worthwhile(batches: Sequence[Batch]) -> bool:
    """Whether there are so many samples that arrays are faster."""
    count = 0
    for batch in batches:
        count += len(batch.times)
    return count >= WORTHWHILE


def in_order(batches: Sequence[Batch]) -> Iterator[tuple[float, Arrivals]]:
    """Each instant in s with what arrived at it, the earliest first."""
    return iter((_poll(batches),)) if _is_poll(batches) else _merged(batches)


def _is_poll(batches: Sequence[Batch]) -> bool:
    """Whether each holds one sample, all at the instant of the first; those of one exchange share their array."""
    if not batches:
        return False
    times = batches[0].times
    if len(times) != 1:
        return False
    for batch in batches:  # a plain loop: this runs on every sample
        if batch.times is not times and (len(batch.times) != 1 or batch.last.time != batches[0].last.time):
            return False
    return True


def _poll(batches: Sequence[Batch]) -> tuple[float, Arrivals]:
    return batches[0].last.time, [(batch.tag, batch.last) for batch in batches]


def _merged(batches: Sequence[Batch]) -> Iterator[tuple[float, Arrivals]]:
    rows = [(float(batch.times[i]), batch, i) for batch in batches for i in range(len(batch.times))]
    rows.sort(key=_instant)
    for instant, group in groupby(rows, key=_instant):
        yield instant, [(batch.tag, _sample(batch, i)) for _, batch, i in group]


def _sample(batch: Batch, index: int) -> Sample:
    return Sample(batch.times.item(index), batch.values.item(index), _QUALITIES[batch.quality.item(index)])
