"""The decay of a pulse against closed forms, with noise, a lag of the gauge, drift, and holes."""

import numpy as np
import pytest

from vapordep.analysis import decay
from vapordep.analysis.decay import Floats

TIMES = np.arange(0.0, 60.0, 0.1)
OPENED, SHUT, BASE, TALL, TAU = 10.0, 10.05, 97.0, 26.0, 2.0


def pulse(tall: float = TALL, tau: float = TAU, noise: float = 0.0, lag: float = 0.0) -> Floats:
    after = np.clip(TIMES - SHUT - lag, 0.0, None)
    rise = np.where(OPENED + lag <= TIMES, tall * np.exp(-after / tau), 0.0)
    return np.asarray(BASE + rise + np.random.default_rng(5).normal(0.0, noise, len(TIMES)))


@pytest.mark.parametrize("tau", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("noise", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("lag", [0.0, 0.3])
def test_an_exponential_gives_its_time_constant(tau: float, noise: float, lag: float) -> None:
    seen = decay(TIMES, pulse(tau=tau, noise=noise, lag=lag), OPENED, SHUT, 40.0)
    assert seen is not None
    assert seen.time_constant == pytest.approx(tau, rel=0.03)
    assert seen.fallen
    floor = max(0.02 * TALL, 3 * noise)
    assert seen.below == pytest.approx(SHUT + lag + tau * np.log(TALL / floor), abs=0.2 + 0.5 * tau * (noise > 0))


def test_nothing_is_fallen_before_it_has_fallen() -> None:
    """2 % of the peak are left 3.9 time constants after it."""
    states = {after: decay(TIMES, pulse(), OPENED, SHUT, SHUT + after) for after in (4.0, 7.0, 9.5)}
    assert {after: seen is not None and seen.fallen for after, seen in states.items()} == {
        4.0: False, 7.0: False, 9.5: True,
    }  # fmt: skip


def test_a_tail_that_does_not_fall_is_seen() -> None:
    values = pulse() + np.where(TIMES > 14.0, 2.0, 0.0)
    seen = decay(TIMES, values, OPENED, SHUT, 40.0)
    assert seen is not None
    assert not seen.fallen
    assert (seen.rest, seen.below) == (pytest.approx(2.0, abs=0.01), None)


def test_a_tail_that_comes_back_is_not_fallen() -> None:
    values = pulse() + np.where(TIMES > 35.0, 2.0, 0.0)
    seen = decay(TIMES, values, OPENED, SHUT, 40.0)
    assert seen is not None
    assert not seen.fallen


@pytest.mark.parametrize("tall", [0.0, 1.0])
def test_a_pulse_like_a_drift_is_not_visible(tall: float) -> None:
    seen = decay(TIMES, pulse(tall), OPENED, SHUT, 40.0)
    assert seen is not None
    assert (seen.visible, seen.fallen, seen.time_constant) == (False, True, None)


def test_a_rise_without_a_pulse_is_not_fallen() -> None:
    """A slow drift upwards: nothing says that this was the dose, and nothing that it was not."""
    values = BASE + np.clip(TIMES - 12.0, 0.0, None) * 0.2
    seen = decay(TIMES, values, OPENED, SHUT, 40.0)
    assert seen is not None
    assert not seen.fallen


@pytest.mark.parametrize(("begin", "end"), [(0.0, 10.0), (10.0, 60.0), (38.0, 60.0)])
def test_with_too_few_samples_nothing_is_said(begin: float, end: float) -> None:
    values = pulse()
    values[(begin <= TIMES) & (end > TIMES)] = np.nan
    assert decay(TIMES, values, OPENED, SHUT, 40.0) is None


def test_a_few_lost_samples_do_not_matter() -> None:
    values = pulse()
    values[::7] = np.nan
    seen = decay(TIMES, values, OPENED, SHUT, 40.0)
    assert seen is not None
    assert seen.time_constant == pytest.approx(TAU, rel=0.01)
