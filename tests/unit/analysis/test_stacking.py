"""Cycles on their own time: values hold, ends stay open, and the cycle that is unlike the others stands out."""

import numpy as np

from vapordep.analysis.stacking import stack


def test_cycles_lie_over_each_other_and_the_odd_one_stands_out() -> None:
    times = np.arange(0.0, 100.0, 0.1)
    values = np.where(times % 10.0 < 0.95, 2.0, 1.0) + 0.01 * np.sin(times)
    odd = (times >= 40.0) & (times < 50.0)
    values[odd] = 1.5
    windows = [(10.0 * cycle, 10.0 * cycle + (8.0 if cycle == 9 else 10.0)) for cycle in range(10)]
    made = stack(times, values, windows, 101)
    assert made.values.shape == (10, 101)
    assert made.times[-1] == 10.0
    assert made.outliers.nonzero()[0].tolist() == [4]
    assert np.isfinite(made.values[9]).sum() == 81
    assert abs(made.median[5] - 2.0) < 0.02
    assert abs(made.median[50] - 1.0) < 0.02
    assert (made.low <= made.median).all()
    assert (made.median <= made.high).all()


def test_what_is_not_known_stays_so() -> None:
    made = stack(np.array([5.0]), np.array([3.0]), [(0.0, 4.0), (4.0, 8.0)], 5)
    assert np.isnan(made.values[0]).all()
    assert made.values[1].tolist()[1:] == [3.0] * 4
    assert np.isnan(made.values[1, 0])
    assert np.isnan(made.median[0])
    assert not made.outliers.any()
    assert np.isnan(stack(np.empty(0), np.empty(0), [(0.0, 1.0)], 3).values).all()


def test_a_cycle_that_a_hold_drew_out_does_not_make_the_others_small() -> None:
    times = np.arange(0.0, 200.0, 0.1)
    windows = [(0.0, 10.0), (10.0, 20.0), (20.0, 190.0), (190.0, 200.0)]
    made = stack(times, np.ones_like(times), windows, 31)
    assert made.times[-1] == 30.0, "three times the usual"
    assert np.isfinite(made.values[2]).all()
    assert made.outliers.nonzero()[0].tolist() == [2]
    assert not stack(times, np.ones_like(times), windows[:2], 31).outliers.any()
