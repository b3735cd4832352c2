"""Streams: batches cut into instants, in the order of time, so that a poll and a long segment are judged alike."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality

Arrivals = Sequence[tuple[str, Sample]]
"""What arrived at one instant: tags and their samples, in the order of the batches."""

_QUALITIES = tuple(Quality)
_instant = itemgetter(0)


def in_order(batches: Sequence[Batch]) -> Iterator[tuple[float, Arrivals]]:
    """Each instant in s with what arrived at it, the earliest first."""
    first = batches[0] if batches else None
    if first is not None and all(len(b.times) == 1 and b.times[0] == first.times[0] for b in batches):
        samples = [(batch.tag, _sample(batch, 0)) for batch in batches]
        yield samples[0][1].time, samples
    else:
        yield from _merged(batches)


def _merged(batches: Sequence[Batch]) -> Iterator[tuple[float, Arrivals]]:
    rows = [(float(batch.times[i]), batch, i) for batch in batches for i in range(len(batch.times))]
    rows.sort(key=_instant)
    for instant, group in groupby(rows, key=_instant):
        yield instant, [(batch.tag, _sample(batch, i)) for _, batch, i in group]


def _sample(batch: Batch, index: int) -> Sample:
    return Sample(float(batch.times[index]), float(batch.values[index]), _QUALITIES[batch.quality[index]])
