"""The published two-precursor model: its systems, its limits, and the same equations in small steps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from vapordep_simulators.plant import Precursor, relative_growth, steady_growth

AL2O3_200 = (Precursor(26.66, 72e-3, 1e-3, 0.2), Precursor(26.66, 18e-3, 1e-4, 0.2), 473.0, 2.25e-19)
AL2O3_100 = (Precursor(26.66, 72e-3, 1e-4, 3.0), Precursor(26.66, 18e-3, 1e-5, 10.0), 373.0, 2.51e-19)
TIO2_200 = (Precursor(0.6665, 284e-3, 1e-4, 0.2), Precursor(26.66, 18e-3, 1e-4, 0.2), 473.0, 1.17e-18)

System = tuple[Precursor, Precursor, float, float]
Times = tuple[float, float, float, float]


def growth(system: System, times: Times) -> float:
    return relative_growth(system[0], system[1], times, temperature=system[2], site_area=system[3])


@pytest.mark.parametrize(
    ("system", "times"),
    [(AL2O3_200, (0.2, 4.0, 1.0, 3.0)), (AL2O3_100, (7.0, 60.0, 6.0, 180.0)), (TIO2_200, (24.0, 2.0, 0.2, 3.0))],
    ids=["Al2O3 200", "Al2O3 100", "TiO2 200"],
)
def test_the_published_saturating_times_saturate(system: System, times: Times) -> None:
    assert growth(system, times) == pytest.approx(1.0, abs=1e-4)
    for short in (0, 2):  # a tenth of either dose grows less, of either purge more
        assert growth(system, (*times[:short], times[short] / 20, *times[short + 1 :])) < 0.999  # type: ignore[arg-type]
    for short in (1, 3):
        assert growth(system, (*times[:short], times[short] / 40, *times[short + 1 :])) > 1.005  # type: ignore[arg-type]


def small_steps(a: tuple[float, float], times: Times, tp: tuple[float, float], dt: float) -> float:
    """The growth of the last of 40 cycles, by implicit steps of `dt`."""
    dosed = a[0] * times[0] / (times[0] + tp[0]), a[1] * times[2] / (times[2] + tp[1])
    rates, coverage, grown = [0.0, 0.0], 0.0, 0.0
    for _ in range(40):
        grown = 0.0
        for phase, duration in enumerate(times):
            if phase in (0, 2):
                rates[phase // 2] = dosed[phase // 2]
            for _ in range(round(duration / dt)):
                for i in (0, 1):
                    if phase != 2 * i:
                        rates[i] *= np.exp(-dt / tp[i])
                coverage = (coverage + rates[0] * dt) / (1.0 + (rates[0] + rates[1]) * dt)
                grown += rates[0] * (1.0 - coverage) * dt
    return grown


@pytest.mark.parametrize("times", [(0.5, 0.3, 0.4, 0.6), (0.1, 0.5, 1.0, 0.2), (0.05, 2.0, 0.05, 2.0)])
def test_it_is_what_ever_smaller_steps_tend_to(times: Times) -> None:
    a, tp = (6.0, 9.0), (0.2, 0.3)
    coarse, fine = (small_steps(a, times, tp, dt) for dt in (1e-3, 5e-4))
    assert_allclose(steady_growth(*a, times, tp), 2.0 * fine - coarse, rtol=1e-4)


def test_perfect_purges_are_the_closed_form() -> None:
    a, times, tp = (2.0, 3.0), (0.5, 1e3, 0.4, 1e3), (1e-3, 1e-3)
    left = np.exp(-2.0 * 0.5 * (0.5 + 1e-3) / 0.501), np.exp(-3.0 * 0.4 * (0.4 + 1e-3) / 0.401)
    expected = (1 - left[0]) * (1 - left[1]) / (1 - left[0] * left[1])
    assert_allclose(steady_growth(*a, times, tp), expected, rtol=1e-5)


def test_without_a_dose_nothing_grows() -> None:
    assert steady_growth(5.0, 5.0, (0.0, 1.0, 1.0, 1.0), (0.2, 0.2)) == 0.0
    assert steady_growth(5.0, 5.0, (1.0, 1.0, 0.0, 1.0), (0.2, 0.2)) == 0.0
