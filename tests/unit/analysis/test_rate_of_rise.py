"""The rate of rise against closed forms: lines, outgassing that decays, noise, displays of few digits, gaps."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vapordep.analysis import rate_of_rise, thermal_drift

Floats = NDArray[np.float64]
TIMES = np.arange(0.0, 300.0, 0.2)
LEAK = 3e-5
"""Pa/s: 3e-8 Pa m3/s into one litre."""
NOISES = range(200)


def noise(seed: int, sigma: float) -> Floats:
    return np.random.default_rng(seed).normal(0.0, sigma, len(TIMES))


def test_a_straight_line_gives_its_slope() -> None:
    rise = rate_of_rise(TIMES + 1e5, 0.1 + LEAK * TIMES)
    assert rise is not None
    assert (rise.rate, rise.first, rise.last) == pytest.approx((LEAK, LEAK, LEAK), rel=1e-9)
    assert not rise.falls_off


def test_noise_is_within_the_limit_that_is_told_and_the_limit_is_that_of_least_squares() -> None:
    sigma = 0.01
    rises = [rate_of_rise(TIMES, 0.1 + LEAK * TIMES + noise(seed, sigma)) for seed in NOISES]
    found = [rise for rise in rises if rise is not None]
    settled = TIMES[TIMES >= 100.0]
    error = sigma / np.sqrt(((settled - settled.mean()) ** 2).sum())
    assert np.median([rise.limit for rise in found]) == pytest.approx(3 * error, rel=0.05)
    assert np.std([rise.rate for rise in found]) == pytest.approx(error, rel=0.15)
    assert sum(abs(rise.rate - LEAK) > rise.limit for rise in found) <= 3, "three sigmas: 0.3 % lie outside"
    assert sum(rise.falls_off for rise in found) <= 2, "noise is not taken for outgassing"


def test_outgassing_that_decays_is_told_from_a_leak() -> None:
    tau, given_off = 60.0, 0.2
    pressure = 0.1 + given_off * (1.0 - np.exp(-TIMES / tau))
    rise = rate_of_rise(TIMES, pressure + noise(1, 1e-4))
    assert rise is not None
    assert rise.falls_off
    assert rise.last < rise.rate < rise.first
    mean_of_first = given_off * (1.0 - np.exp(-100.0 / tau)) / 100.0
    assert rise.first == pytest.approx(mean_of_first, rel=0.1)


def test_a_leak_beneath_outgassing_is_what_is_left_at_the_end() -> None:
    pressure = 0.1 + LEAK * TIMES + 0.02 * (1.0 - np.exp(-TIMES / 30.0))
    rise = rate_of_rise(TIMES, pressure)
    assert rise is not None
    assert rise.last == pytest.approx(LEAK, rel=0.01)


@pytest.mark.parametrize("step", [0.01, 0.1])
def test_a_display_of_few_digits_limits_what_is_seen(step: float) -> None:
    pressure = np.round((0.1 + LEAK * 10 * TIMES) / step) * step
    rise = rate_of_rise(TIMES, pressure)
    assert rise is not None
    if len(np.unique(pressure)) > 1:
        assert rise.limit >= step / 200.1
    assert abs(rise.rate - 10 * LEAK) <= max(rise.limit, step / 100.0)


def test_a_display_that_never_moves_sees_no_slope() -> None:
    rise = rate_of_rise(TIMES, np.full(len(TIMES), 0.1))
    assert rise is not None
    assert rise.rate == pytest.approx(0.0, abs=1e-15)
    assert not rise.falls_off


def test_invalid_readings_do_not_count() -> None:
    pressure = 0.1 + LEAK * TIMES
    pressure[::7] = np.nan
    rise = rate_of_rise(TIMES, pressure)
    assert rise is not None
    assert rise.rate == pytest.approx(LEAK, rel=1e-9)


@pytest.mark.parametrize(
    "usable",
    [TIMES < 5.0, (TIMES < 0.5) | (TIMES > 250.0), (TIMES < 100.0) | (TIMES > 299.0), TIMES < 0.0],
    ids=["few", "none early", "none in the middle", "none"],
)
def test_too_few_readings_say_nothing(usable: NDArray[np.bool_]) -> None:
    assert rate_of_rise(TIMES, np.where(usable, 0.1, np.nan)) is None


def test_what_a_cooling_chamber_does_to_its_gas_is_taken_out() -> None:
    """Shut in at 120 degC and 1 Pa, cooling with 750 s: the fall would hide a leak ten times smaller."""
    warmth = 293.15 + 100.0 * np.exp(-TIMES / 750.0)
    pressure = warmth / warmth[0] * (1.0 + LEAK * TIMES)
    rise = rate_of_rise(TIMES, pressure)
    assert rise is not None
    assert rise.rate < -5 * LEAK
    told = rise.without(thermal_drift(TIMES, pressure, TIMES[::5], warmth[::5]))
    assert told.rate == pytest.approx(LEAK, rel=0.1)
    assert told.limit >= 0.1 * (LEAK - rise.rate) * 0.9, "and how far that can be trusted"


@pytest.mark.parametrize("warmth", [np.empty(0), np.full(300, np.nan), np.full(300, 373.15)])
def test_a_temperature_that_is_unknown_or_stands_takes_nothing_out(warmth: Floats) -> None:
    drift = thermal_drift(TIMES, 0.1 + LEAK * TIMES, np.arange(len(warmth), dtype=np.float64), warmth)
    assert drift == pytest.approx(0.0, abs=1e-15)
