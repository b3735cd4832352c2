"""The tail of a recording: all samples of one tick in one small blob, quick to write, later compacted into chunks.

A blob is a row of records, one for each series and length of batch: header, instants (float64, s), values (float64),
and qualities (uint8) unless all are GOOD. Publications that look alike share a record.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import HistoryError
from vapordep.history.codec import Chunk, Floats, Qualities, to_nanoseconds
from vapordep.lazy import dataclass
from vapordep.model.batches import Batch

Publication = Sequence[Batch]
"""Batches published together: one exchange with an instrument, so they share their instants."""

T = TypeVar("T", np.float64, np.uint8)

_HEADER = struct.Struct("<HHIIB")  # series, tags k, publications m, samples n of each, whether qualities follow


@dataclass(frozen=True, slots=True)
class Record:
    """Samples of one series in the tail: `times` (n,) in ns, `values` and `quality` (k, n)."""

    series: int
    chunk: Chunk


def encode_tick(publications: Iterable[Publication], series: Callable[[tuple[str, ...]], int]) -> tuple[bytes, int]:
    """The blob of one tick and how many values are in it; `series` numbers a tuple of tags.

    Raises HistoryError when a batch's arrays do not have one length and type.
    """
    alike: dict[tuple[tuple[str, ...], int], list[tuple[bytes, Publication]]] = {}
    for publication in publications:
        for instants, batches in _sharing_instants(publication):
            key = (tuple([batch.tag for batch in batches]), len(instants) >> 3)
            alike.setdefault(key, []).append((instants, batches))
    parts: list[bytes] = []
    samples = 0
    for (tags, length), group in alike.items():
        parts += _encode_record(series(tags), tags, length, group)
        samples += len(tags) * len(group) * length
    return b"".join(parts), samples


def _sharing_instants(publication: Publication) -> Iterator[tuple[bytes, Publication]]:
    """The publication whole when its batches share their instants, as they should; else each batch alone."""
    if not publication:
        return
    first = publication[0].times
    instants = first.tobytes()
    if all(batch.times is first or batch.times.tobytes() == instants for batch in publication):
        if instants:
            yield instants, publication
        return
    for batch in publication:
        if len(batch):
            yield batch.times.tobytes(), (batch,)


def _encode_record(
    series: int, tags: tuple[str, ...], length: int, group: list[tuple[bytes, Publication]]
) -> tuple[bytes, ...]:
    instants = b"".join([seconds for seconds, _ in group])
    values = b"".join([batch.values.tobytes() for _, batches in group for batch in batches])
    quality = b"".join([batch.quality.tobytes() for _, batches in group for batch in batches])
    count = len(tags) * len(group) * length
    if len(values) != 8 * count or len(quality) != count:
        raise HistoryError(
            "times, values and quality of a batch differ in length or type",
            where=", ".join(tags),
            remedy="a batch is float64 times and values and uint8 qualities of one length",
        )
    doubtful = quality.count(0) != count
    header = _HEADER.pack(series, len(tags), len(group), length, doubtful)
    return (header, instants, values, quality) if doubtful else (header, instants, values)


def decode_tick(blob: bytes) -> Iterator[Record]:
    """The records of one tick.

    Raises HistoryError when the blob is damaged.
    """
    place = 0
    try:
        while place < len(blob):
            series, width, many, length, doubtful = _HEADER.unpack_from(blob, place)
            count = width * many * length
            place += _HEADER.size
            times = to_nanoseconds(np.frombuffer(blob, np.float64, many * length, place))
            place += 8 * many * length
            values: Floats = np.frombuffer(blob, np.float64, count, place)
            place += 8 * count
            quality: Qualities = np.zeros(count, np.uint8)
            if doubtful:
                quality = np.frombuffer(blob, np.uint8, count, place)
                place += count
            shape = (many, width, length)
            yield Record(series, Chunk(times, _by_tag(values, shape), _by_tag(quality, shape)))
    except (struct.error, TypeError, ValueError) as error:
        raise HistoryError(
            f"a row of the tail cannot be read ({error})", remedy="the file is damaged: take it from a backup"
        ) from error


def _by_tag(samples: NDArray[T], shape: tuple[int, int, int]) -> NDArray[T]:
    """(publication, tag, sample) as (tag, all samples in order)."""
    return samples.reshape(shape).transpose(1, 0, 2).reshape(shape[1], -1)
