"""Fewer points for a plot: no extreme and no gap is lost, and nothing is invented."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.analysis import min_max
from vapordep.analysis.decimation import spans

finite = st.floats(-1e6, 1e6)
series = st.lists(st.one_of(finite, st.just(float("nan"))), min_size=1, max_size=300)


@given(series, st.integers(1, 40))
def test_extremes_gaps_order_and_size(values: list[float], buckets: int) -> None:
    numbers, times = np.array(values), np.arange(float(len(values)))
    kept_times, kept = min_max(times, numbers, buckets)
    assert len(kept) == len(kept_times) <= max(3 * buckets, 1)
    assert (np.diff(kept_times) > 0).all(), "in order, nothing twice"
    np.testing.assert_array_equal(kept, numbers[kept_times.astype(int)])
    assert np.isnan(kept).any() == np.isnan(numbers).any()
    if not np.isnan(numbers).all():
        assert (np.nanmin(kept), np.nanmax(kept)) == (np.nanmin(numbers), np.nanmax(numbers))


def test_a_single_pulse_and_a_single_gap_among_a_million_samples_stay() -> None:
    times = np.arange(1_000_000.0)
    values = np.zeros(len(times))
    values[123_456], values[777_777] = 5.0, np.nan
    kept_times, kept = min_max(times, values, 100)
    assert len(kept) <= 300
    assert kept_times[kept == 5.0] == 123_456
    assert kept_times[np.isnan(kept)] == 777_777


@pytest.mark.parametrize("size", [0, 1, 30])
def test_what_is_small_stays_as_it_is(size: int) -> None:
    times = np.arange(float(size))
    kept_times, kept = min_max(times, times, 10)
    assert kept_times is times
    assert kept is times


@given(series, st.integers(1, 9))
def test_spans_of_time_keep_extremes_in_their_order(values: list[float], count: int) -> None:
    numbers = np.array(values, dtype=np.float32).astype(float)
    place = np.sort(np.arange(len(values)) * 7919 % count)
    row = numbers[None]
    told = spans(place, count, row, row, np.ones(row.shape, bool), np.isnan(row))[0]
    for span in range(count):
        mine = numbers[place == span]
        known = mine[~np.isnan(mine)]
        pair = told[span, :2]
        if len(known):
            rising = int(np.argmin(np.where(np.isnan(mine), np.inf, mine))) <= int(np.nanargmax(mine))
            assert pair.tolist() == (
                [known.min(), known.max()] if rising else [known.max(), known.min()]
            )  # fmt: skip
        elif not len(mine):
            assert (told[span] == np.inf).all()
        if told.shape[1] == 3:
            assert np.isnan(told[span, 2]) == np.isnan(mine).any()
