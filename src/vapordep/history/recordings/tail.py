"""The tail of a recording: all samples of one tick in one small blob, quick to write, later compacted into chunks.

A blob is a row of records, one for each series and length of batch: header, instants (float64, s), values (float64),
and qualities (uint8) unless all are GOOD. Publications that look alike share a record.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import HistoryError
from vapordep.history.recordings.codec import DAMAGED, Chunk, Floats, Qualities, to_nanoseconds
from vapordep.lazy import dataclass
from vapordep.model.batches import ONE_GOOD, Batch

Publication = Sequence[Batch]
"""Batches published together: one exchange with an instrument, so they share their instants."""

T = TypeVar("T", np.float64, np.uint8)

HEADER = struct.Struct("<HHIIB")  # series, tags k, publications m, samples n of each, whether qualities follow


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
    parts: list[bytes] = []
    samples = 0
    for publication in publications:
        if numbers := _good_poll(publication):
            tags = tuple([batch.tag for batch in publication])
            parts.append(_poll(len(tags)).pack(series(tags), len(tags), 1, 1, False, *numbers))
            samples += len(tags)
            continue
        for instants, batches in sharing_instants(publication):
            key = (tuple([batch.tag for batch in batches]), len(instants) >> 3)
            alike.setdefault(key, []).append((instants, batches))
    for (tags, length), group in alike.items():
        parts += _encode_record(series(tags), tags, length, group)
        samples += len(tags) * len(group) * length
    return b"".join(parts), samples


def _good_poll(publication: Publication) -> list[float]:
    """The instant, then the values of one GOOD sample of each tag, as devices make them; empty for all else.

    Nearly all that is live is such, and packed by half of the work.
    """
    if not publication:
        return []
    times = publication[0].times
    try:
        numbers = [times.item()]
        for batch in publication:
            if batch.times is not times or batch.quality is not ONE_GOOD:
                return []
            numbers.append(batch.values.item())
    except ValueError:  # not one of each
        return []
    return numbers


@cache
def _poll(width: int) -> struct.Struct:
    """The record of a good poll."""
    return struct.Struct(f"{HEADER.format}{1 + width}d")


def sharing_instants(publication: Publication) -> Sequence[tuple[bytes, Publication]]:
    """The publication whole when its batches share their instants, as they should; else each batch alone."""
    if not publication:
        return ()
    first = publication[0].times
    instants = first.tobytes()
    for batch in publication:  # plain, for it runs on every exchange
        if batch.times is not first and batch.times.tobytes() != instants:
            return [(each.times.tobytes(), (each,)) for each in publication if len(each)]
    return ((instants, publication),) if instants else ()


def _encode_record(
    series: int, tags: tuple[str, ...], length: int, group: list[tuple[bytes, Publication]]
) -> tuple[bytes, ...]:
    instants = b"".join([seconds for seconds, _ in group])
    values = b"".join([batch.values.tobytes() for _, batches in group for batch in batches])
    quality = b"".join([batch.quality.tobytes() for _, batches in group for batch in batches])
    count = len(tags) * len(group) * length
    if len(values) != 8 * count or len(quality) != count:
        raise uneven(tags)
    doubtful = quality.count(0) != count
    header = HEADER.pack(series, len(tags), len(group), length, doubtful)
    return (header, instants, values, quality) if doubtful else (header, instants, values)


def uneven(tags: tuple[str, ...]) -> HistoryError:
    """What is wrong with a batch of one of these tags that cannot be packed."""
    return HistoryError(
        "times, values and quality of a batch differ in length or type",
        where=", ".join(tags),
        remedy="a batch is float64 times and values and uint8 qualities of one length",
    )


class Place(NamedTuple):
    """Where a record stands in a row, behind its header; of k tags m publications of n samples each."""

    series: int
    width: int
    many: int
    length: int
    doubtful: int
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        count = self.many * self.length
        return self.start + 8 * count + (9 if self.doubtful else 8) * self.width * count


def places(blob: bytes) -> Iterator[Place]:
    """Every record of a row. Raises struct.error, ValueError for a row that ends within one."""
    end = 0
    while end < len(blob):
        series, width, many, length, doubtful = HEADER.unpack_from(blob, end)
        place = Place(series, width, many, length, doubtful, end + HEADER.size)
        end = place.end
        if end > len(blob):
            raise ValueError("it ends within a record")
        yield place


@contextmanager
def unreadable() -> Iterator[None]:
    """Says of a row that cannot be decoded that the file is damaged."""
    try:
        yield
    except (struct.error, TypeError, ValueError) as error:
        raise HistoryError(f"a row of the tail cannot be read ({error})", remedy=DAMAGED) from error


def decode_tick(blob: bytes) -> Iterator[Record]:
    """The records of one tick.

    Raises HistoryError when the blob is damaged.
    """
    with unreadable():
        for place in places(blob):
            of_times, count = place.many * place.length, place.width * place.many * place.length
            begin = place.start + 8 * of_times
            times = to_nanoseconds(np.frombuffer(blob, np.float64, of_times, place.start))
            values: Floats = np.frombuffer(blob, np.float64, count, begin)
            quality: Qualities = np.zeros(count, np.uint8)
            if place.doubtful:
                quality = np.frombuffer(blob, np.uint8, count, begin + 8 * count)
            shape = (place.many, place.width, place.length)
            yield Record(place.series, Chunk(times, _by_tag(values, shape), _by_tag(quality, shape)))


def _by_tag(samples: NDArray[T], shape: tuple[int, int, int]) -> NDArray[T]:
    """(publication, tag, sample) as (tag, all samples in order)."""
    return samples.reshape(shape).transpose(1, 0, 2).reshape(shape[1], -1)
