"""Plots: gaps stay gaps, medians are medians, and a place that cannot be written is found before."""

from pathlib import Path

import numpy as np
import pytest

from vapordep.app.plots import around, check_plot, median_pulse, spread, with_gaps
from vapordep.errors import FileError
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict

NAN = float("nan")


def pulse(opened: float, baseline: float = 10.0, number: int = 1) -> PulseRecord:
    intent = PulseIntent(number, "A", "step", 1, opened, opened + 0.05)
    return PulseRecord(intent, opened, opened + 0.05, NAN, NAN, baseline, 20.0, 30.0, Verdict.GOOD)


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
    since, rise = around(pulse(50.0), times, np.full(len(times), 12.0), span=15.0)
    assert (since[0], since[-1]) == (pytest.approx(-1.0), pytest.approx(15.0, abs=0.11))
    assert set(rise) == {2.0}


def test_a_pulse_that_nobody_saw_is_not_drawn() -> None:
    assert len(around(pulse(50.0, baseline=NAN), np.arange(100.0), np.ones(100), span=15.0)[0]) == 0


def test_the_median_is_that_of_most_pulses() -> None:
    times = np.arange(-1.0, 5.0, 0.1)
    shapes = [(times, np.full(len(times), height)) for height in (1.0, 2.0, 90.0)]
    grid, median = median_pulse(shapes, 4.0)
    assert (grid[0], set(median)) == (-1.0, {2.0})


def test_the_median_has_a_gap_where_most_pulses_have_one() -> None:
    times = np.arange(-1.0, 5.0, 0.1)
    broken = np.where((times > 1.0) & (times < 2.0), NAN, 1.0)
    grid, median = median_pulse([(times, broken), (times, broken), (times, np.ones(len(times)))], 4.0)
    assert np.isnan(median[(grid > 1.2) & (grid < 1.8)]).all()
    assert np.isfinite(median[grid < 0.9]).all()


def test_no_pulse_no_median() -> None:
    assert np.isnan(median_pulse([], 4.0)[1]).all()


def test_of_many_pulses_some_from_the_whole_run_are_drawn() -> None:
    pulses = [pulse(float(number), number=number) for number in range(1000)]
    drawn = spread(pulses, 200)
    assert len(drawn) == 200
    assert (drawn[0], drawn[-1]) == (pulses[0], pulses[-1])
    assert spread(pulses[:5], 200) == pulses[:5]


@pytest.mark.parametrize("name", ["run.png", "run.PDF", "run.svg"])
def test_a_plot_may_be_written_where_there_is_room(tmp_path: Path, name: str) -> None:
    check_plot(tmp_path / name)
    assert list(tmp_path.iterdir()) == [], "it only looked"


@pytest.mark.parametrize("name", ["run", "run.jpg", "missing/run.png", "folder.png", "file.png/run.png"])
def test_a_plot_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.png").touch()
    with pytest.raises(FileError) as caught:
        check_plot(tmp_path / name)
    assert caught.value.remedy
