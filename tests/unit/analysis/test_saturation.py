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


MORE = [(0.3, 0.1, 0.0), (0.5, 0.05, 2e-3), (0.2, 0.2, 1e-4)]


@pytest.mark.parametrize(
    ("share", "slower", "noise"), [(0.3, 0.1, 0.0), (0.3, 0.1, 2e-3), (0.5, 0.05, 2e-3), (0.2, 0.2, 1e-4)]
)
def test_slow_sites_are_found_with_their_share_and_both_constants(share: float, slower: float, noise: float) -> None:
    areas = np.geomspace(0.3, 12.0 / slower, 14)
    grown = GROWTH * ((1.0 - share) * -np.expm1(-FIRST * areas) - share * np.expm1(-slower * FIRST * areas))
    found = saturation([areas], noisy(grown, noise))
    assert found is not None
    (constant,) = found.constants
    assert constant.slow is not None
    assert constant.value == pytest.approx(FIRST, rel=0.1)
    assert constant.slow.value == pytest.approx(slower * FIRST, rel=0.1)
    assert constant.slow.share == pytest.approx(share, rel=0.1)
    assert found.limit == pytest.approx(GROWTH, rel=0.02)
    assert constant.left(np.array([constant.exposure()]))[0] == pytest.approx(0.01)
    assert constant.exposure() > 2.0 * np.log(100.0) / FIRST


@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.03])
def test_one_class_of_sites_is_not_taken_for_two(noise: float) -> None:
    areas = np.geomspace(0.3, 60.0, 14)
    found = saturation([areas], noisy(GROWTH * -np.expm1(-FIRST * areas), noise))
    assert found is not None
    assert found.constants[0].slow is None
