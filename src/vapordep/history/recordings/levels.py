"""Levels: of so many samples in a row the lowest, the highest and the first missing one, so that a look is quick.

The finest level has a bucket for each 16 samples of a chunk and is written with it; coarser ones, each 8 times as
coarse, are made when a recording is sealed. All of them follow from the samples and can be worked out again. The
instants of a bucket's extremes are kept as parts of its length: right to a 510th of it.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vapordep.history.recordings import codec
from vapordep.history.recordings.codec import Chunk, Codec, Column, Floats, Nanoseconds, Qualities
from vapordep.lazy import dataclass
from vapordep.model.tags import Quality

FINEST, COARSER = 16, 8
"""Samples in a bucket of the finest level, and buckets in one of the next."""
FEWEST = 64
"""Buckets that are worth a level of a chunk."""
MANY = 4096
"""Buckets, of a whole run, that are too many to look through; so many stand in one row at most."""
G = TypeVar("G", bound=np.generic)
_PARTS = 255
_SAME = 254
"""Where a missing sample stands has one value less: 0 says that there is none."""


@dataclass(frozen=True, slots=True)
class Level:
    """Buckets of one series: `starts` and `lasts` (b,) in ns, the rest (k, b), one row a tag.

    `lows` and `highs` are SI, NaN where all is missing; `low_at` and `high_at` are 255ths of the time from first to
    last sample; `missing_at` is 0 where nothing is missing, else 1 + 254ths.
    """

    starts: Nanoseconds
    lasts: Nanoseconds
    lows: Floats
    highs: Floats
    low_at: Qualities
    high_at: Qualities
    missing_at: Qualities


def of_chunk(chunk: Chunk) -> Level:
    """The finest level of a chunk, of which every sample counts."""
    times = _grouped(chunk.times, FINEST)
    values = _grouped(chunk.values, FINEST)
    missing = np.isnan(values) | (_grouped(chunk.quality, FINEST) == Quality.BAD)
    starts, lasts = times[:, 0].copy(), times[:, -1].copy()
    low, high, first = _extremes(values, values, missing)
    since = times - starts[:, None]
    length = np.maximum(lasts - starts, 1)

    def part(place: NDArray[np.int64], parts: int) -> Floats:
        return _over(_picked(since[None], place) * parts, length)

    return Level(
        starts, lasts, _at(values, low, missing), _at(values, high, missing),
        _parted(part(low, _PARTS)), _parted(part(high, _PARTS)), _flagged(part(first, _SAME), np.any(missing, axis=2)),
    )  # fmt: skip


def of_samples(chunk: Chunk) -> Level:
    """A chunk as a level whose buckets have one sample each."""
    missing = np.isnan(chunk.values) | (chunk.quality == Quality.BAD)
    values = np.where(missing, np.nan, chunk.values) if missing.any() else chunk.values
    start = np.zeros(values.shape, np.uint8)
    return Level(chunk.times, chunk.times, values, values, start, start, missing.astype(np.uint8))


def coarser(level: Level) -> Level:
    """The level whose buckets are eight of these."""
    starts, lasts = _grouped(level.starts, COARSER), _grouped(level.lasts, COARSER)
    begin, end = starts[:, 0].copy(), lasts.max(axis=1)
    lows, highs = _grouped(level.lows, COARSER), _grouped(level.highs, COARSER)
    empty = np.isnan(lows)
    low, high, _ = _extremes(lows, highs, empty)
    flags = _grouped(level.missing_at, COARSER)
    first = np.argmax(flags > 0, axis=2)
    length = np.maximum(end - begin, 1)

    def part(at: Qualities, place: NDArray[np.int64], of: int, parts: int) -> Floats:
        inside = _picked(_grouped(at, COARSER), place).astype(np.float64) - (1 if of == _SAME else 0)
        since = _picked((starts - begin[:, None])[None], place)
        span = _picked((lasts - starts)[None], place)
        return _over((since + span * np.maximum(inside, 0) / of) * parts, length)

    return Level(
        begin, end, _at(lows, low, empty), _at(highs, high, empty),
        _parted(part(level.low_at, low, _PARTS, _PARTS)), _parted(part(level.high_at, high, _PARTS, _PARTS)),
        _flagged(part(level.missing_at, first, _SAME, _SAME), np.any(flags > 0, axis=2)),
    )  # fmt: skip


def joined(levels: Sequence[Level]) -> Level:
    """One after the other; at least one."""
    if len(levels) == 1:
        return levels[0]

    def along(name: str) -> NDArray[np.generic]:
        return np.concatenate([getattr(level, name) for level in levels], axis=-1)

    return Level(*(along(name) for name in Level.__slots__))  # type: ignore[arg-type]


def cut(level: Level, length: int = MANY) -> Iterator[Level]:
    """The same in pieces of at most so many buckets."""
    for start in range(0, len(level.starts), length):
        yield picked(level, slice(start, start + length))


def between(level: Level, start: int, end: int) -> Level:
    """The buckets that have samples from `start` to `end`, ns."""
    inside = (level.lasts >= start) & (level.starts <= end)
    return level if inside.all() else picked(level, inside)


def picked(level: Level, which: NDArray[np.generic] | slice) -> Level:
    """Some of its buckets."""
    return Level(*(getattr(level, name)[..., which] for name in Level.__slots__))


def still(level: Level) -> Level:
    """The same, of which no array can be changed any more: several may look at it."""
    for name in Level.__slots__:
        getattr(level, name).flags.writeable = False
    return level


def size(level: Level) -> int:
    """Its bytes; arrays that stand for two things count once."""
    arrays = {id(array): array.nbytes for array in (getattr(level, name) for name in Level.__slots__)}
    return sum(arrays.values())


def points(level: Level, row: int) -> tuple[Nanoseconds, Floats]:
    """Of one tag the extremes of all buckets and their missing ones as NaN: instants in ns, SI, by time."""
    length = level.lasts - level.starts
    lows, highs, missing_at = level.lows[row], level.highs[row], level.missing_at[row].astype(np.int64)
    there, gone = ~np.isnan(lows), missing_at > 0
    times = np.concatenate([
        (level.starts + length * level.low_at[row] // _PARTS)[there],
        (level.starts + length * level.high_at[row] // _PARTS)[there],
        (level.starts + length * (missing_at - 1) // _SAME)[gone],
    ])  # fmt: skip
    values = np.concatenate([lows[there], highs[there], np.full(int(gone.sum()), np.nan)])
    order = np.argsort(times, kind="stable")
    return times[order], values[order]


def encode_column(level: Level, row: int) -> Column:
    """One tag of a level; about a millisecond for some thousand buckets."""
    values = np.concatenate([level.lows[row], level.highs[row]])
    places = np.concatenate([level.low_at[row], level.high_at[row], level.missing_at[row]])
    return Column(*codec.encode_values(values), codec.encode_quality(places))


def pack(level: Level, columns: Sequence[Column]) -> bytes:
    """The blob of a level whose columns are coded already: a first one holds how long the buckets are."""
    lengths = (level.lasts - level.starts).astype(np.float64)
    return codec.pack(level.starts, [Column(Codec.PLAIN, codec.deflate(lengths.tobytes()), b""), *columns])


def encode(level: Level) -> bytes:
    """One blob for a level."""
    return pack(level, [encode_column(level, row) for row in range(len(level.lows))])


def decode(blob: bytes, columns: Sequence[int] | None = None) -> Level:
    """The level in a blob; with `columns` only those tags, in that order.

    Raises HistoryError when the blob is damaged or of a later format.
    """
    with codec.readable("a level of samples"):
        count, times, coded = codec.unpack(blob, None if columns is None else [0, *(row + 1 for row in columns)])
        starts = codec.decode_times(times, count)
        lengths = np.frombuffer(zlib.decompress(coded[0].values), np.float64).astype(np.int64)
        values = np.empty((len(coded) - 1, 2, count))
        places = np.empty((len(coded) - 1, 3, count), np.uint8)
        for row, column in enumerate(coded[1:]):
            values[row] = codec.decode_values(column.codec, column.values, 2 * count).reshape(2, count)
            places[row] = codec.decode_quality(column.quality, 3 * count).reshape(3, count)
        return Level(
            starts, starts + lengths, values[:, 0], values[:, 1], places[:, 0], places[:, 1], places[:, 2]
        )  # fmt: skip


def alike(one: Level, other: Level) -> bool:
    """Whether two levels say the same."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name in ("lows", "highs"))
        for name in Level.__slots__
    )  # fmt: skip


def _grouped(array: NDArray[G], size: int) -> NDArray[G]:
    """(..., n) as (..., groups, size); the last one is filled up by repeating what comes last, which adds nothing."""
    left = -array.shape[-1] % size
    if left:
        array = np.concatenate([array, np.repeat(array[..., -1:], left, axis=-1)], axis=-1)
    return array.reshape(*array.shape[:-1], -1, size)


def _extremes(
    lows: Floats, highs: Floats, missing: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where in each group the lowest, the highest and the first missing one stand."""
    if not missing.any():
        low, high = lows.argmin(axis=2), highs.argmax(axis=2)
        return low, high, np.zeros_like(low)
    low = np.where(missing, np.inf, lows).argmin(axis=2)
    high = np.where(missing, -np.inf, highs).argmax(axis=2)
    return low, high, missing.argmax(axis=2)


def _picked(grouped: NDArray[G], place: NDArray[np.int64]) -> NDArray[G]:
    found: NDArray[G] = np.take_along_axis(grouped, place[..., None], axis=2)[..., 0]
    return found


def _at(grouped: Floats, place: NDArray[np.int64], missing: NDArray[np.bool_]) -> Floats:
    found = _picked(grouped, place)
    gone = _picked(missing, place)
    return np.where(gone, np.nan, found) if gone.any() else found


def _over(part: NDArray[np.generic], length: Nanoseconds) -> Floats:
    over: Floats = np.divide(part, length, dtype=np.float64)
    return over


def _parted(part: Floats) -> Qualities:
    return np.rint(part).astype(np.uint8)


def _flagged(part: Floats, there: NDArray[np.bool_]) -> Qualities:
    return np.where(there, np.rint(part) + 1, 0).astype(np.uint8)
