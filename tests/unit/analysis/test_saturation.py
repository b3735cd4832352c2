"""Saturation and purge curves: constants of known curves are found again, and what no point tells is not claimed."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vapordep.analysis.purge_curve import purge_curve
from vapordep.analysis.saturation import relative_growth, saturation

NM = 1e-9
GROWTH, FIRST, SECOND = 0.11 * NM, 0.404, 0.0806
AREAS = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])


def noisy(values: NDArray[np.float64], part: float) -> NDArray[np.float64]:
    return np.asarray(values * (1.0 + part * np.random.default_rng(5).standard_normal(len(values))))


@pytest.mark.parametrize("k", [FIRST, SECOND, 3e-3, 20.0])
def test_the_constant_of_one_dose(k: float) -> None:
    areas = AREAS * 2.0 / (k * 32.0) * 2.0
    found = saturation([areas], GROWTH * -np.expm1(-k * areas))
    assert found is not None
    assert found.constants[0].value == pytest.approx(k, rel=1e-3)
    assert found.limit == pytest.approx(GROWTH, rel=1e-3)
    assert found.constants[0].determined
    assert found.constants[0].exposure() == pytest.approx(np.log(100.0) / k, rel=1e-3)


def test_the_error_covers_the_truth() -> None:
    found = saturation([AREAS], noisy(GROWTH * -np.expm1(-FIRST * AREAS), 0.02))
    assert found is not None
    (constant,) = found.constants
    assert constant.determined
    assert abs(constant.value - FIRST) < 3.0 * constant.error < FIRST


def test_both_doses_of_a_grid_at_once() -> None:
    first, second = (each.ravel() for each in np.meshgrid(AREAS, 5.0 * AREAS))
    growth = GROWTH * relative_growth([np.exp(-FIRST * first), np.exp(-SECOND * second)])
    found = saturation([first, second], growth)
    assert found is not None
    assert [constant.value for constant in found.constants] == pytest.approx([FIRST, SECOND], rel=1e-3)
    assert found.limit == pytest.approx(GROWTH, rel=1e-3)


def test_a_flat_curve_tells_no_constant() -> None:
    found = saturation([AREAS * 50.0], noisy(np.full(6, GROWTH), 1e-4))
    assert found is not None
    assert not found.constants[0].determined
    assert found.limit == pytest.approx(GROWTH, rel=1e-3)


def test_what_was_not_measured_does_not_count() -> None:
    areas, growth = np.append(AREAS, [np.nan, 9.0]), np.append(GROWTH * -np.expm1(-FIRST * AREAS), [GROWTH, np.nan])
    found = saturation([areas], growth)
    assert found is not None
    assert found.constants[0].value == pytest.approx(FIRST, rel=1e-3)
    assert saturation([AREAS[:3]], GROWTH * AREAS[:3]) is None
    assert saturation([AREAS], np.full(6, np.nan)) is None


def test_a_purge_curve() -> None:
    times = np.array([5.0, 10.0, 20.0, 40.0, 80.0])
    found = purge_curve(times, GROWTH * (1.0 + 0.8 * np.exp(-times / 12.0)))
    assert found is not None
    assert (found.time_constant, found.excess, found.limit) == pytest.approx((12.0, 0.8, GROWTH), rel=1e-3)
    assert found.determined
    assert found.purge() == pytest.approx(12.0 * np.log(80.0), rel=1e-3)


def test_a_purge_that_changes_nothing() -> None:
    found = purge_curve(np.array([40.0, 60.0, 80.0, 100.0, 120.0]), noisy(np.full(5, GROWTH), 1e-3))
    assert found is None or not found.determined
