"""Chunks come back to the last bit, whatever is in them, and damage is noticed."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vapordep.errors import HistoryError
from vapordep.history.recordings import codec
from vapordep.history.recordings.codec import Chunk, Codec

SPECIAL = np.array(
    [0x7FF8000000000000, 0x7FF8000000000001, 0xFFF8DEADBEEF0001, 0x7FF0000000000000, 0x8000000000000000, 0, 1],
    dtype=np.uint64,
)
"""NaN, two NaNs with payloads, infinity, -0.0, 0.0 and the smallest number, as bits."""


@st.composite
def chunks(draw: st.DrawFn) -> Chunk:
    count, width = draw(st.integers(1, 60)), draw(st.integers(1, 3))
    any_bits = arrays(np.uint64, (width, count), elements=st.integers(0, 2**64 - 1))
    few_bits = arrays(np.uint64, (width, count), elements=st.sampled_from(SPECIAL.tolist()))
    times = arrays(np.int64, count, elements=st.integers(-(2**63), 2**63 - 1))
    quality = arrays(np.uint8, (width, count), elements=st.integers(0, 2))
    bits = draw(any_bits | few_bits)
    return Chunk(draw(times), bits.view(np.float64), draw(quality))


def same(one: Chunk, other: Chunk) -> bool:
    return all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip((one.times, one.values, one.quality), (other.times, other.values, other.quality), strict=True)
    )


@given(chunks())
def test_any_chunk_comes_back_to_the_last_bit(chunk: Chunk) -> None:
    assert same(codec.decode(codec.encode(chunk)), chunk)


@settings(max_examples=30)
@given(st.sampled_from([0.1, 0.01, 5e-324, 1e300]), st.integers(1, 5000), st.integers(0, 2**32), st.integers(0, 40_000))
def test_quantised_noise_comes_back_whatever_its_quantum(quantum: float, count: int, seed: int, spread: int) -> None:
    rng = np.random.default_rng(seed)
    with np.errstate(over="ignore"):
        values = rng.integers(-spread, spread + 1, count) * quantum
    chosen, coded = codec.encode_values(values)
    assert codec.decode_values(chosen, coded, count).tobytes() == values.tobytes()


def test_each_codec_is_chosen_where_it_is_smallest() -> None:
    rng = np.random.default_rng(1)
    noise = np.round(rng.normal(size=4000), 1)
    ramp = np.round(np.arange(4000) * 0.05 + noise, 1)
    assert codec.encode_values(noise)[0] is Codec.DICTIONARY
    assert codec.encode_values(ramp)[0] is Codec.DICTIONARY_STEPS
    assert codec.encode_values(rng.integers(0, 2**62, 4000).view(np.float64))[0] is Codec.PLAIN


@pytest.mark.parametrize("slope", [0.0, 5e-4, 0.05])
def test_a_long_column_takes_hardly_more_than_if_every_way_were_tried_on_all_of_it(
    slope: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = np.arange(20_000)
    values = np.round(slope * np.minimum(places, 9_000) + np.random.default_rng(4).normal(size=20_000), 1)
    chosen, coded = codec.encode_values(values)
    monkeypatch.setattr(codec, "_TRIED", len(values))
    assert len(coded) < 1.03 * len(codec.encode_values(values)[1])
    assert codec.decode_values(chosen, coded, len(values)).tobytes() == values.tobytes()


def test_quantised_noise_takes_half_of_what_zlib_makes_of_it() -> None:
    values = np.round(373.15 + np.random.default_rng(2).normal(size=10_000) * 0.2, 1)
    assert len(codec.encode_values(values)[1]) < 0.6 * len(zlib.compress(values.tobytes(), 6))


def test_columns_can_be_read_alone_and_in_any_order() -> None:
    chunk = Chunk(np.arange(5), np.arange(15.0).reshape(3, 5), np.zeros((3, 5), np.uint8))
    part = codec.decode(codec.encode(chunk), (2, 0))
    assert part.values.tolist() == [[10, 11, 12, 13, 14], [0, 1, 2, 3, 4]]


def test_instants_are_kept_to_the_nanosecond() -> None:
    seconds = np.array([0.1, 0.3, 54321.123456789, 1e6 + 1e-9])
    assert codec.to_seconds(codec.to_nanoseconds(seconds)).tolist() == seconds.tolist()


@given(st.data())
def test_a_damaged_blob_is_refused(data: st.DataObject) -> None:
    values = np.round(np.random.default_rng(3).normal(size=(2, 200)), 1)
    blob = codec.encode(Chunk(np.arange(200), values, np.zeros((2, 200), np.uint8)))
    place = data.draw(st.integers(0, len(blob) - 1))
    damaged = bytearray(blob)
    damaged[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(HistoryError, match="checksum") as refusal:
        codec.decode(bytes(damaged))
    assert "backup" in refusal.value.remedy


@pytest.mark.parametrize("cut", [0, 1, 6, 20, -1])
def test_a_cut_blob_is_refused(cut: int) -> None:
    blob = codec.encode(Chunk(np.arange(9), np.zeros((1, 9)), np.zeros((1, 9), np.uint8)))
    with pytest.raises(HistoryError, match="cannot be read"):
        codec.decode(blob[:cut])
