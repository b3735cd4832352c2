"""Overlays: gaps stay gaps, and medians are medians."""

import numpy as np
import pytest

from vapordep.analysis import around, median_pulse, spread, with_gaps

NAN = float("nan")
GRID = np.arange(-1.0, 4.0, 0.05)


def test_a_line_is_broken_where_nothing_was_heard() -> None:
    times, values = with_gaps(np.array([0.0, 1.0, 8.0, 9.0]), np.arange(4.0), silence=5.0)
    assert np.flatnonzero(np.isnan(values)).tolist() == [2]
    assert 1.0 < times[2] < 8.0
    assert (np.diff(times) > 0).all()


def test_a_line_without_gaps_stays() -> None:
    times = np.arange(10.0)
    assert with_gaps(times, times, silence=5.0)[1].tolist() == times.tolist()
    assert len(with_gaps(np.empty(0), np.empty(0), silence=5.0)[0]) == 0


def test_a_pulse_is_cut_out_around_its_opening() -> None:
    times = np.arange(0.0, 100.0, 0.1)
    since, rise = around(50.0, 10.0, times, np.full(len(times), 12.0), before=1.0, after=15.0, silence=5.0)
    assert (since[0], since[-1]) == (pytest.approx(-1.0), pytest.approx(15.0, abs=0.11))
    assert set(rise) == {2.0}


def test_a_pulse_that_nobody_saw_is_not_drawn() -> None:
    assert len(around(50.0, NAN, np.arange(100.0), np.ones(100), before=1.0, after=15.0, silence=5.0)[0]) == 0


def test_the_median_is_that_of_most_pulses() -> None:
    times = np.arange(-1.0, 5.0, 0.1)
    shapes = [(times, np.full(len(times), height)) for height in (1.0, 2.0, 90.0)]
    assert set(median_pulse(shapes, GRID)) == {2.0}


def test_the_median_has_a_gap_where_most_pulses_have_one() -> None:
    times = np.arange(-1.0, 5.0, 0.1)
    broken = np.where((times > 1.0) & (times < 2.0), NAN, 1.0)
    median = median_pulse([(times, broken), (times, broken), (times, np.ones(len(times)))], GRID)
    assert np.isnan(median[(GRID > 1.2) & (GRID < 1.8)]).all()
    assert np.isfinite(median[GRID < 0.9]).all()


def test_no_pulse_no_median() -> None:
    assert np.isnan(median_pulse([], GRID)).all()


def test_of_many_pulses_some_from_the_whole_run_are_drawn() -> None:
    pulses = range(1000)
    drawn = spread(pulses, 200)
    assert len(drawn) == 200
    assert (drawn[0], drawn[-1]) == (pulses[0], pulses[-1])
    assert spread(pulses[:5], 200) == pulses[:5]
