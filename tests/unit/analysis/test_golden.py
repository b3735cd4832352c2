"""Bands of golden runs: as wide as good runs differ, never narrower than their floor, and what lies outside."""

import numpy as np
import pytest

from vapordep.analysis.golden import bands, deviations

MAIN = [("main", n) for n in range(1, 31)]


def noisy(seed: int, sigma: float) -> dict[tuple[str, int], float]:
    values = np.random.default_rng(seed).normal(50.0, sigma, len(MAIN))
    return dict(zip(MAIN, values.tolist(), strict=True))


def test_the_floor_is_the_least() -> None:
    steady = dict.fromkeys(MAIN, 50.0)
    assert bands([steady], 2.0, 0.0)["main", 3].half == 2.0
    assert bands([steady], 0.0, 0.05)["main", 3].half == pytest.approx(2.5)


def test_scatter_within_a_run_and_between_runs_widens_it() -> None:
    assert bands([noisy(1, 1.0)], 0.1, 0.0)["main", 1].half == pytest.approx(3.0, rel=0.3)
    apart = [dict.fromkeys(MAIN, 50.0), dict.fromkeys(MAIN, 58.0)]
    band = bands(apart, 0.1, 0.0)["main", 1]
    assert (band.low, band.high) == (50.0, 58.0)


def test_a_trend_within_a_run_is_no_scatter() -> None:
    rising = {key: 50.0 + key[1] for key in MAIN}
    assert bands([rising], 0.1, 0.0)["main", 1].half < 3.0


def test_what_lies_outside_is_named() -> None:
    golden = bands([noisy(1, 0.1), noisy(2, 0.1)], 0.5, 0.0)
    run = noisy(3, 0.1) | {("main", 7): 48.0, ("main", 9): np.nan, ("other", 1): 1e9}
    [found] = deviations("chamber.pressure", run, golden)
    assert (found.quantity, found.key) == ("chamber.pressure", ("main", 7))
    assert found.change == pytest.approx(-2.0, abs=0.2)
    assert found.excess == pytest.approx(abs(found.change) / found.band.half)


def test_what_one_of_them_did_not_do_has_no_band() -> None:
    assert ("main", 30) not in bands([dict.fromkeys(MAIN, 1.0), dict.fromkeys(MAIN[:-1], 1.0)], 0.1, 0.0)
