"""Drift charts: quiet on noise, awake to a slow change, and the Western Electric rules as they are written."""

import numpy as np
import pytest

from vapordep.analysis.drift import FEWEST, LEARNED_FROM, RULES, chart, ewma, western_electric
from vapordep.analysis.drift_live import Follower


def noisy(count: int, seed: int = 1) -> np.ndarray:
    return 50.0 + np.random.default_rng(seed).normal(0.0, 0.5, count)


def test_few_values_say_nothing() -> None:
    assert chart(noisy(FEWEST - 1)) is None
    assert chart(noisy(FEWEST)) is not None


def test_noise_does_not_drift() -> None:
    drifting = [seed for seed in range(50) if (found := chart(noisy(200, seed))) and found.since is not None
                and abs(found.change) >= 0.02]  # fmt: skip
    assert drifting == []


def test_centre_and_sigma_are_those_of_the_start() -> None:
    found = chart(noisy(2000))
    assert found is not None
    assert found.centre == pytest.approx(50.0, abs=0.4)
    assert found.sigma == pytest.approx(0.5, rel=0.5)


def test_a_slow_fall_is_seen_long_before_it_is_large() -> None:
    values = noisy(150)
    values[60:] -= 0.1 * np.arange(90)
    found = chart(values)
    assert found is not None
    assert found.since is not None
    assert 60 < found.since < 85, "2.5 Pa s of 50 are gone by then"
    assert found.change == pytest.approx(-0.17, abs=0.02)


def test_what_came_back_is_no_drift() -> None:
    values = noisy(200)
    values[60:80] -= 5.0
    found = chart(values)
    assert found is not None
    assert found.since is None or found.since > 100
    assert RULES[0] in found.broken


@pytest.mark.parametrize(
    ("away", "rule", "index"),
    [
        ([0.0, 3.1], RULES[0], 1),
        ([2.1, 0.0, 2.1], RULES[1], 2),
        ([-1.1, -1.1, 0.0, -1.1, -1.1], RULES[2], 4),
        ([0.1] * 8, RULES[3], 7),
    ],
)
def test_each_rule_is_broken_by_what_it_says(away: list[float], rule: str, index: int) -> None:
    assert western_electric(10.0 + 2.0 * np.array(away), 10.0, 2.0) == {rule: index}


@pytest.mark.parametrize("away", [[2.9], [2.1, 0.0, -2.1], [1.1, 1.1, 0.0, 1.1, 0.9], [0.1] * 7 + [-0.1]])
def test_nearly_is_not_broken(away: list[float]) -> None:
    assert western_electric(10.0 + 2.0 * np.array(away), 10.0, 2.0) == {}


def test_the_average_forgets() -> None:
    assert ewma(np.array([1.0, 1.0]), 0.0).tolist() == pytest.approx([0.2, 0.36])


def test_equal_values_have_limits_all_the_same() -> None:
    found = chart(np.full(LEARNED_FROM + 20, 7.0))
    assert found is not None
    assert (found.since, found.broken) == (None, {})
    assert found.sigma == pytest.approx(0.014)


@pytest.mark.parametrize("odd", [{0: 200.0}, {0: 0.0}, {0: 200.0, 7: 10.0}])
def test_an_odd_pulse_at_the_start_hides_no_drift(odd: dict[int, float]) -> None:
    """The first pulse often comes while the pressure still settles."""
    values = noisy(120)
    values[60:] -= 0.2 * np.arange(60)
    strange = values.copy()
    strange[list(odd)] = list(odd.values())
    quiet, found = chart(values), chart(strange)
    assert quiet is not None
    assert found is not None
    assert found.since is not None
    assert (found.centre, found.sigma) == (pytest.approx(quiet.centre, abs=0.1), pytest.approx(quiet.sigma, rel=0.3))
    assert abs(followed(strange).index(True) - followed(values).index(True)) <= 2


def test_what_scatters_at_the_start_is_not_odd() -> None:
    """Delays as a slow gauge tells them: most alike, some a poll later."""
    values = np.full(60, 0.2)
    values[::5] = 0.4
    found = chart(values)
    assert found is not None
    assert found.since is None
    assert found.sigma > 0.05


def followed(values: np.ndarray) -> list[bool]:
    follower, said = Follower(), []
    for value in values.tolist():
        follower.take(value)
        said.append(follower.drifts)
    return said


def test_noise_is_hardly_ever_followed_as_a_drift() -> None:
    warned = [seed for seed in range(200) if any(followed(noisy(300, seed)))]
    assert len(warned) <= 1


def test_a_fall_is_followed_within_a_few_values_and_forgotten_when_it_is_over() -> None:
    values = noisy(200)
    values[60:100] -= 2.5
    said = followed(values)
    assert 60 <= said.index(True) <= 68
    assert said[95]
    assert not any([*said[:60], said[130]])


def test_a_follower_tells_how_far_and_by_which_rules() -> None:
    follower = Follower()
    for value in (*noisy(20), *([45.0] * 8)):
        follower.take(float(value))
    assert follower.change == pytest.approx(-0.1 * (1.0 - 0.8**8), abs=0.01)
    assert follower.broken == RULES
