"""Statistics between two instants: each value counts for as long as it held, and what is missing for nothing."""

import math

import numpy as np
import pytest

from vapordep.analysis.held import statistics

NAN = np.nan


def of(times: list[float], values: list[float], start: float, end: float) -> tuple[float, ...]:
    found = statistics(np.array(times), np.array(values), start, end)
    return found.count, found.known_s, found.missing_s, found.mean, found.deviation, found.low, found.high


def test_a_value_counts_for_as_long_as_it_held() -> None:
    assert of([0.0, 8.0], [1.0, 6.0], 0.0, 10.0) == (2, 10.0, 0.0, 2.0, 2.0, 1.0, 6.0)


def test_the_value_before_the_span_holds_into_it() -> None:
    count, known, missing, mean, _, low, high = of([0.0, 5.0, 9.0], [1.0, 3.0, 7.0], 4.0, 8.0)
    assert (count, known, missing, mean, low, high) == (1, 4.0, 0.0, 2.5, 1.0, 3.0)


def test_a_gap_counts_for_nothing_and_is_told() -> None:
    count, known, missing, mean, *_ = of([0.0, 4.0, 6.0], [2.0, NAN, 4.0], 0.0, 8.0)
    assert (count, known, missing, mean) == (2, 6.0, 2.0, pytest.approx(16 / 6))


@pytest.mark.parametrize(("times", "values"), [([], []), ([0.0], [NAN]), ([20.0], [1.0])])
def test_where_nothing_is_known_nothing_is_told(times: list[float], values: list[float]) -> None:
    found = of(times, values, 5.0, 10.0)
    assert found[:3] == (0, 0.0, 5.0)
    assert all(math.isnan(each) for each in found[3:])


def test_one_instant_has_a_value() -> None:
    assert of([0.0, 5.0], [1.0, 3.0], 5.0, 5.0)[3:] == (3.0, 0.0, 3.0, 3.0)


def test_against_the_sum_by_hand() -> None:
    rng = np.random.default_rng(3)
    times, values = np.sort(rng.uniform(0, 100, 200)), rng.normal(5, 2, 200)
    fine = np.linspace(30.0, 70.0, 400_001)[:-1]
    held = values[np.searchsorted(times, fine, side="right") - 1]
    found = statistics(times, values, 30.0, 70.0)
    assert found.mean == pytest.approx(held.mean(), rel=1e-4)
    assert found.deviation == pytest.approx(held.std(), rel=1e-3)
