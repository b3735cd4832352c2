"""Gathering: what a recording in virtual time holds in arrays, by series, until it is enough to be written as chunks.

Live, each row of the tail is soon durable and is read again later, to be compacted. Where nothing takes place that a
killed process could lose, both ways over the disk are left out.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vapordep.history.recordings.codec import Chunk, to_nanoseconds
from vapordep.history.recordings.tail import Publication, sharing_instants, uneven


class Gathered:
    """Samples of a recording that wait for its next chunks; `samples` tells how many values."""

    def __init__(self) -> None:
        self.samples = 0
        self._parts: dict[int, list[Chunk]] = {}

    def take(self, publications: Iterable[Publication], series: Callable[[tuple[str, ...]], int]) -> int:
        """Takes what was published and tells how many values that is; `series` numbers a tuple of tags.

        Raises HistoryError when a batch's arrays do not have one length and type.
        """
        alike: dict[tuple[str, ...], list[Publication]] = {}
        for publication in publications:
            for _, batches in sharing_instants(publication):
                alike.setdefault(tuple([batch.tag for batch in batches]), []).append(batches)
        taken = 0
        for tags, group in alike.items():
            chunk = _joined(tags, group)
            self._parts.setdefault(series(tags), []).append(chunk)
            taken += chunk.values.size
        self.samples += taken
        return taken

    @property
    def parts(self) -> Mapping[int, list[Chunk]]:
        """All that waits: of each series some chunks, in the order in which they came."""
        return self._parts

    def clear(self) -> None:
        """All of it is written."""
        self.samples = 0
        self._parts.clear()


def _joined(tags: tuple[str, ...], group: list[Publication]) -> Chunk:
    """The same tags, published again and again."""
    times = np.concatenate([batches[0].times for batches in group])
    values = _by_tag([[batch.values for batch in batches] for batches in group])
    quality = _by_tag([[batch.quality for batch in batches] for batches in group])
    shape = (len(tags), len(times))
    typed = values.dtype == np.float64 and quality.dtype == np.uint8
    if not typed or not len(values) == len(quality) == math.prod(shape):
        raise uneven(tags)
    return Chunk(to_nanoseconds(times), values.reshape(shape), quality.reshape(shape))


def _by_tag(columns: list[list[NDArray[Any]]]) -> NDArray[Any]:
    """(publication, tag, sample) as (tag, all samples in order), one after the other."""
    return np.concatenate([part for tag in zip(*columns, strict=True) for part in tag])
