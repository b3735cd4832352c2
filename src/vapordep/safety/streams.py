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


def in_order(batches: Sequence[Batch]) -> Iterator[tuple[float, Arrivals]]:
    """Each instant in s with what arrived at it, the earliest first."""
    first = batches[0] if batches else None
    if first is not None and all(_is_poll(batch, first) for batch in batches):
        yield first.last.time, [(batch.tag, batch.last) for batch in batches]
    else:
        yield from _merged(batches)


def _is_poll(batch: Batch, first: Batch) -> bool:
    """Whether it holds one sample, at the instant of the first batch; those of one exchange share their array."""
    return len(batch.times) == 1 and (batch.times is first.times or batch.last.time == first.last.time)


def _merged(batches: Sequence[Batch]) -> Iterator[tuple[float, Arrivals]]:
    rows = [(float(batch.times[i]), batch, i) for batch in batches for i in range(len(batch.times))]
    rows.sort(key=_instant)
    for instant, group in groupby(rows, key=_instant):
        yield instant, [(batch.tag, _sample(batch, i)) for _, batch, i in group]


def _sample(batch: Batch, index: int) -> Sample:
    return Sample(batch.times.item(index), batch.values.item(index), _QUALITIES[batch.quality.item(index)])
