"""The shape of a pulse against closed forms: an exponential rise and fall on a steady or noisy baseline."""

import numpy as np
import pytest

from vapordep.analysis import pulse_shape

TIMES = np.arange(0.0, 60.0, 0.01)
OPENED, BASE, TALL, TAU = 10.0, 60.0, 30.0, 2.0


def test_an_exponential_pulse_gives_peak_and_area() -> None:
    after = np.clip(TIMES - OPENED, 0.0, None)
    values = BASE + np.where(TIMES >= OPENED, TALL * np.exp(-after / TAU), 0.0)
    shape = pulse_shape(TIMES, values, OPENED, 50.0)
    assert shape is not None
    assert shape.baseline == pytest.approx(BASE)
    assert shape.peak == pytest.approx(TALL, rel=1e-9)
    assert shape.area == pytest.approx(TALL * TAU * (1.0 - np.exp(-40.0 / TAU)), rel=1e-4)


@pytest.mark.parametrize("until", [12.0, 20.0, 100.0])
def test_only_what_lies_before_the_end_counts(until: float) -> None:
    values = np.where(TIMES >= OPENED, BASE + TALL, BASE)
    shape = pulse_shape(TIMES, values, OPENED, until)
    assert shape is not None
    assert shape.area == pytest.approx(TALL * (min(until, TIMES[-1]) - OPENED), rel=1e-9)


def test_the_baseline_is_the_mean_of_the_second_before_and_noise_averages_out() -> None:
    noise = np.random.default_rng(3).normal(0.0, 0.2, len(TIMES))
    shape = pulse_shape(TIMES, BASE + noise, OPENED, 20.0)
    assert shape is not None
    assert shape.baseline == pytest.approx(BASE + noise[900:1000].mean())
    assert shape.area == pytest.approx(0.0, abs=10.0 * 0.2 / np.sqrt(100.0) * 3)


def test_a_missing_reading_is_bridged_by_its_neighbours() -> None:
    values = np.where(TIMES >= OPENED, BASE + TALL, BASE)
    values[(TIMES > 11.0) & (TIMES < 12.0)] = np.nan
    shape = pulse_shape(TIMES, values, OPENED, 20.0)
    assert shape is not None
    assert shape.area == pytest.approx(TALL * 10.0, rel=1e-9)


@pytest.mark.parametrize("missing", [(9.0, 10.0), (10.0, 60.0)], ids=["baseline", "pulse"])
def test_without_readings_before_or_after_there_is_no_shape(missing: tuple[float, float]) -> None:
    values = np.where((missing[0] <= TIMES) & (missing[1] > TIMES), np.nan, BASE)
    assert pulse_shape(TIMES, values, OPENED, 20.0) is None
    assert pulse_shape(np.array([]), np.array([]), OPENED, 20.0) is None
