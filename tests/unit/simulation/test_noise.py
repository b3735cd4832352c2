"""Noise: a pure function of seed, tag and index, with the right distribution, the same on every machine."""

import os
import subprocess
import sys
from itertools import chain
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.simulation import noise
from vapordep.simulation.noise import normal, normal_at, uniform, uniform_at

INDICES = st.integers(0, 2**40)


@given(st.integers(0, 2**63), st.text(max_size=20), st.lists(INDICES, min_size=1, max_size=20))
def test_one_by_one_or_all_at_once_to_the_last_bit(seed: int, tag: str, indices: list[int]) -> None:
    alone = [normal_at(seed, tag, index) for index in indices]
    assert normal(seed, tag, indices).tolist() == alone
    few = [normal(seed, tag, np.array(indices[first : first + 3])).tolist() for first in range(0, len(indices), 3)]
    assert list(chain.from_iterable(few)) == alone
    assert uniform(seed, tag, indices).tolist() == [uniform_at(seed, tag, index) for index in indices]


NUMBERS = ["0x1.78487e79f3823p-5", "0x1.1af9d8cab90c5p+0", "0x1.f8ae9811d3e36p-2"]


def test_the_numbers_are_these_on_every_machine() -> None:
    assert [value.hex() for value in normal(7, "chamber.pressure", [0, 1, 2**33]).tolist()] == NUMBERS


def test_no_environment_variable_changes_them() -> None:
    code = "from vapordep.simulation.noise import normal_at; print(normal_at(3, 'TMA.valve', 5).hex())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for salt in ("0", "1")
    }
    assert found == {normal_at(3, "TMA.valve", 5).hex()}


def test_they_are_standard_normal_and_independent() -> None:
    count = 200_000
    numbers = normal(1, "a", np.arange(count))
    others = normal(1, "b", np.arange(count))
    assert numbers.mean() == pytest.approx(0.0, abs=4 / count**0.5)
    assert numbers.var() == pytest.approx(1.0, abs=6 / count**0.5)
    assert (np.abs(numbers) > 3.0).mean() == pytest.approx(2.7e-3, rel=0.15)
    for pair in ((numbers[1:], numbers[:-1]), (numbers, others), (numbers, normal(2, "a", np.arange(count)))):
        assert np.corrcoef(*pair)[0, 1] == pytest.approx(0.0, abs=4 / count**0.5)


@given(st.floats(2.0**-54, 1.0 - 2.0**-53))
def test_the_quantile_is_that_of_the_normal_distribution(probability: float) -> None:
    expected = NormalDist().inv_cdf(probability)
    assert noise._quantile(np.array([probability]))[0] == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_the_levels_are_those_of_the_uniform_numbers() -> None:
    indices = np.arange(100_000)
    expected = noise._quantile(uniform(4, "x", indices))
    central = np.abs(expected) < 3.0
    assert np.abs(normal(4, "x", indices) - expected)[central].max() < 2e-3
    assert np.abs(normal(4, "x", indices) - expected).max() < 0.5
    levels = noise._levels()
    assert len(np.unique(levels)) == noise.LEVELS
    assert levels.std() == pytest.approx(1.0, abs=1e-4)
    assert np.abs(levels + levels[::-1]).max() < 1e-13


def test_uniform_numbers_fill_the_open_interval_evenly() -> None:
    numbers = uniform(5, "x", np.arange(100_000))
    assert 0.0 < numbers.min() < 1e-4
    assert 1.0 - 1e-4 < numbers.max() < 1.0
    counts, _ = np.histogram(numbers, bins=20, range=(0.0, 1.0))
    assert ((counts - 5000.0) ** 2 / 5000.0).sum() < 45.0  # chi-squared, 19 degrees of freedom, p = 7e-4
