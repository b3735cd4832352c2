"""The trend of leak checks: a rise is told with when it matters, and scatter is none."""

import numpy as np
import pytest

from vapordep.analysis.leak_trend import leak_trend

DAY = 86400.0
TIMES = np.arange(10.0) * 3.0 * DAY
LIMITS = np.full(10, 2e-9)


def noisy(seed: int) -> np.ndarray:
    return 3e-8 + 1e-9 * np.random.default_rng(seed).standard_normal(10)


def test_a_rise_is_seen_with_when_it_reaches_the_gate() -> None:
    found = leak_trend(TIMES, noisy(1) + 2e-9 * TIMES / DAY, LIMITS)
    assert found is not None
    assert found.rises
    assert found.rise * DAY == pytest.approx(2e-9, rel=0.1)
    assert found.latest == pytest.approx(8.4e-8, rel=0.05)
    assert found.reaches(2e-7) == pytest.approx((2e-7 - 8.4e-8) / 2e-9 * DAY, rel=0.15)
    assert found.reaches(5e-8) == 0.0


def test_scatter_is_no_rise() -> None:
    found = [leak_trend(TIMES, noisy(seed), LIMITS) for seed in range(100)]
    assert sum(trend is not None and trend.rises for trend in found) <= 2


def test_what_the_gauge_cannot_see_is_no_rise() -> None:
    rising = 3e-8 + 1e-10 * TIMES / DAY
    assert (seen := leak_trend(TIMES, rising, LIMITS)) is not None
    assert seen.rises
    assert (blind := leak_trend(TIMES, rising, LIMITS * 20.0)) is not None
    assert (blind.rises, blind.reaches(2e-7)) == (False, None)


def test_few_checks_tell_nothing() -> None:
    assert leak_trend(TIMES[:3], noisy(1)[:3], LIMITS[:3]) is None
    assert leak_trend(np.zeros(10), noisy(1), LIMITS) is None
    assert leak_trend(TIMES, np.full(10, np.nan), LIMITS) is None
