"""Lossless codecs of a chunk's columns: instants as int64 ns, values as float64 to the last bit, qualities as uint8.

Quantised readings are few distinct numbers, so a column becomes a sorted dictionary of its bit patterns and small
integers that point into it; DEFLATE then only has to code the noise. Where that is no smaller, plain float64 stays.
Each column names its codec, so that later versions may add some and still read every old file.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vapordep.errors import HistoryError
from vapordep.lazy import dataclass

Floats = NDArray[np.float64]
Nanoseconds = NDArray[np.int64]
Qualities = NDArray[np.uint8]

DAMAGED = "take it from a backup, or save what can be read with `vapordep history salvage`"
"""What to do about a file that is damaged."""
_LEVEL = 6
_STRATEGIES = (zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY)
"""White noise packs better without a search for repeats; which of the two is smaller is tried on each column."""
_TRIED, _RUNS = 4096, 8
"""A column longer than this is coded only in the way that is best for so many of its samples, in so many runs."""
_RARELY = 8
"""A column that changes at most at each so-manieth sample is sorted by where it changes."""
EDGE = 10**18
"""ns that no clock shows."""
_SIGN = np.uint64(1 << 63)
_SHIFT = np.uint64(63)
_FORMAT = 1

_HEADER = struct.Struct("<BHI")  # format, columns of values, samples
_CHECK = struct.Struct("<I")  # CRC-32 of all before it
_ENTRY = struct.Struct("<BII")  # codec, bytes of values, bytes of qualities
_TIMES = struct.Struct("<qqB")  # first instant, usual step, size of an integer
_DICTIONARY = struct.Struct("<IIB")  # distinct values, bytes of the dictionary, size of an integer


class Codec(IntEnum):
    """How a column of values is coded. Numbers are for ever."""

    PLAIN = 0
    """float64, little-endian."""
    DICTIONARY = 1
    """Sorted distinct values, then the place of each sample among them."""
    DICTIONARY_STEPS = 2
    """Sorted distinct values, then how far each sample's place lies from the one before."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples of one series: `times` (n,) in ns, `values` (k, n) in SI and `quality` (k, n), all of one length."""

    times: Nanoseconds
    values: Floats
    quality: Qualities


def to_nanoseconds(seconds: Floats) -> Nanoseconds:
    """Instants in s as whole ns."""
    return np.rint(seconds * 1e9).astype(np.int64)


def bound_ns(seconds: float) -> int:
    """A bound of a span in s, which may be infinite, as ns that the files can hold."""
    return int(np.clip(seconds * 1e9, -EDGE, EDGE))


def to_seconds(nanoseconds: Nanoseconds) -> Floats:
    """Instants in ns as s; the float nearest to the decimal number."""
    return nanoseconds / 1e9


class Column(NamedTuple):
    """One coded column of a chunk."""

    codec: Codec
    values: bytes
    quality: bytes


def encode(chunk: Chunk) -> bytes:
    """One blob for a chunk: header, directory of the columns, instants, each column's values and qualities."""
    return pack(chunk.times, [encode_column(*column) for column in zip(chunk.values, chunk.quality, strict=True)])


def encode_column(values: Floats, quality: Qualities) -> Column:
    """One column of a chunk; about a millisecond for ten thousand samples."""
    return Column(*encode_values(values), encode_quality(quality))


def pack(times: Nanoseconds, columns: Sequence[Column]) -> bytes:
    """The blob of a chunk whose columns are coded already."""
    coded = encode_times(times)
    directory = [_ENTRY.pack(0, len(coded), 0)]
    payload = [coded]
    for codec, values, quality in columns:
        directory.append(_ENTRY.pack(codec, len(values), len(quality)))
        payload += [values, quality]
    body = _HEADER.pack(_FORMAT, len(columns), len(times)) + b"".join(directory) + b"".join(payload)
    return body + _CHECK.pack(zlib.crc32(body))


def decode(blob: bytes, columns: Sequence[int] | None = None) -> Chunk:
    """The chunk in a blob; with `columns` only those, in that order.

    Raises HistoryError when the blob is damaged or of a later format.
    """
    with readable("a chunk of samples"):
        count, times, coded = unpack(blob, columns)
        values = np.empty((len(coded), count), dtype=np.float64)
        quality = np.empty((len(coded), count), dtype=np.uint8)
        for row, column in enumerate(coded):
            values[row] = decode_values(column.codec, column.values, count)
            quality[row] = decode_quality(column.quality, count)
        return Chunk(decode_times(times, count), values, quality)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Says of a blob that cannot be decoded that the file is damaged."""
    try:
        yield
    except (struct.error, zlib.error, TypeError, ValueError, IndexError) as error:
        raise HistoryError(f"{what} cannot be read ({error})", remedy=DAMAGED) from error


def unpack(blob: bytes, columns: Sequence[int] | None = None) -> tuple[int, bytes, list[Column]]:
    """How many samples a blob holds, its coded instants, and its coded columns; the inverse of `pack`."""
    whole = len(blob) - _CHECK.size
    if _CHECK.unpack_from(blob, whole) != (zlib.crc32(memoryview(blob)[:whole]),):
        raise ValueError("its checksum is wrong")
    version, width, count = _HEADER.unpack_from(blob)
    if version != _FORMAT:
        raise ValueError(f"format {version}, known is {_FORMAT}")
    body = _HEADER.size + (width + 1) * _ENTRY.size
    entries = list(_ENTRY.iter_unpack(blob[_HEADER.size : body]))
    starts = list(accumulate((values + quality for _, values, quality in entries), initial=body))
    coded = []
    for column in range(width) if columns is None else columns:
        codec, size, _ = entries[column + 1]
        start, end = starts[column + 1], starts[column + 2]
        coded.append(Column(Codec(codec), blob[start : start + size], blob[start + size : end]))
    return count, blob[starts[0] : starts[1]], coded


def encode_times(times: Nanoseconds) -> bytes:
    """Instants as deviations from their usual step; arithmetic wraps around both ways, so any int64 comes back."""
    steps = np.diff(times)
    usual = np.partition(steps, len(steps) // 2)[len(steps) // 2] if len(steps) else np.int64(0)
    with np.errstate(over="ignore"):
        deviations = _smallest(steps - usual)
    return _TIMES.pack(int(times[0]), int(usual), deviations.itemsize) + deflate(_planes(deviations))


def decode_times(blob: bytes, count: int) -> Nanoseconds:
    """The inverse of `encode_times`."""
    first, usual, size = _TIMES.unpack_from(blob)
    times = np.empty(count, dtype=np.int64)
    times[0] = first
    times[1:] = _from_planes(zlib.decompress(blob[_TIMES.size :]), f"i{size}")
    with np.errstate(over="ignore"):
        times[1:] += usual
        return np.cumsum(times)


def encode_quality(quality: Qualities) -> bytes:
    """Nothing at all when every sample is GOOD, which is nearly always."""
    return deflate(quality.tobytes()) if quality.any() else b""


def decode_quality(blob: bytes, count: int) -> Qualities:
    """The inverse of `encode_quality`."""
    if not blob:
        return np.zeros(count, dtype=np.uint8)
    return np.frombuffer(zlib.decompress(blob), dtype=np.uint8)


def encode_values(values: Floats) -> tuple[Codec, bytes]:
    """The smallest of the codings of one column, with its codec."""
    distinct, places = _distinct(_ordered(values))
    codec, coded = _encode_dictionary(distinct, places)
    if 8 * len(distinct) > len(values):
        plain = deflate(values.tobytes())
        if len(plain) < len(coded):
            return Codec.PLAIN, plain
    return codec, coded


def decode_values(codec: Codec, blob: bytes, count: int) -> Floats:
    """The inverse of `encode_values`, to the last bit."""
    if codec is Codec.PLAIN:
        return np.frombuffer(zlib.decompress(blob), dtype=np.float64)
    distinct, size, itemsize = _DICTIONARY.unpack_from(blob)
    start, end = _DICTIONARY.size, _DICTIONARY.size + size
    ordered = np.cumsum(_from_planes(zlib.decompress(blob[start:end]), "u8"), dtype=np.uint64)
    places = _from_planes(zlib.decompress(blob[end:]), f"i{itemsize}").astype(np.int64)
    if codec is Codec.DICTIONARY_STEPS:
        places = np.cumsum(places)
    if len(ordered) != distinct or len(places) != count or places.min() < 0:
        raise ValueError(f"{len(places)} places among {len(ordered)} values")
    return _unordered(ordered[places])


def _distinct(ordered: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The distinct numbers, rising, and the place of each among them; quickly where few differ from the one before."""
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    if _RARELY * len(changes) > len(ordered):
        distinct, places = np.unique(ordered, return_inverse=True)
        return distinct, places.astype(np.int64)
    starts = np.concatenate(([0], changes))
    distinct, places = np.unique(ordered[starts], return_inverse=True)
    return distinct, places.astype(np.int64).repeat(np.diff(starts, append=len(ordered)))


def _encode_dictionary(distinct: NDArray[np.uint64], places: NDArray[np.int64]) -> tuple[Codec, bytes]:
    """Neighbours in the dictionary are neighbours in value, so a place that changes little is a value that does."""
    dictionary = deflate(_planes(np.diff(distinct, prepend=np.uint64(0))))
    ways = {Codec.DICTIONARY: _smallest(places), Codec.DICTIONARY_STEPS: _smallest(np.diff(places, prepend=0))}
    tries = [(codec, strategy) for codec in ways for strategy in _STRATEGIES]
    if len(distinct) == 1:  # a column that never changes: both are nothing but zeros
        tries = [(Codec.DICTIONARY, _STRATEGIES[0])]
    elif len(places) > _TRIED:
        parts = {codec: _here_and_there(integers) for codec, integers in ways.items()}
        tries = [min(tries, key=lambda way: len(deflate(_planes(parts[way[0]]), way[1])))]
    coded = {way: deflate(_planes(ways[way[0]]), way[1]) for way in tries}
    codec, strategy = min(tries, key=lambda way: len(coded[way]))
    header = _DICTIONARY.pack(len(distinct), len(dictionary), ways[codec].itemsize)
    return codec, header + dictionary + coded[codec, strategy]


def _here_and_there(integers: NDArray[np.signedinteger]) -> NDArray[np.signedinteger]:
    """Some of a long column, in runs from its whole length."""
    return np.concatenate([run[: _TRIED // _RUNS] for run in np.array_split(integers, _RUNS)])


def _ordered(values: Floats) -> NDArray[np.uint64]:
    """Bit patterns as integers in the order of the numbers: -0.0 and every NaN payload stay themselves."""
    bits = np.ascontiguousarray(values).view(np.uint64)
    return np.where(bits >> _SHIFT, ~bits, bits | _SIGN)


def _unordered(ordered: NDArray[np.uint64]) -> Floats:
    bits: NDArray[np.uint64] = np.where(ordered >> _SHIFT, ordered ^ _SIGN, ~ordered)
    return bits.view(np.float64)


def _smallest(integers: NDArray[np.int64]) -> NDArray[np.signedinteger]:
    """The same integers in the smallest type that holds them."""
    low, high = (int(integers.min()), int(integers.max())) if len(integers) else (0, 0)
    for kind in (np.int8, np.int16, np.int32):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return integers.astype(kind)
    return integers


def _planes(integers: NDArray[np.integer]) -> bytes:
    """All lowest bytes, then all second ones, and so on: the upper planes are nearly constant and cost little."""
    return np.ascontiguousarray(integers).view(np.uint8).reshape(-1, integers.itemsize).T.tobytes()


def _from_planes(blob: bytes, kind: str) -> NDArray[np.integer]:
    dtype = np.dtype(f"<{kind}")
    planes = np.frombuffer(blob, dtype=np.uint8).reshape(dtype.itemsize, -1)
    return np.ascontiguousarray(planes.T).view(dtype).ravel()


def deflate(data: bytes, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    """The bytes as a zlib stream."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return compressor.compress(data) + compressor.flush()
