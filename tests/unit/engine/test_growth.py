"""A line through a crystal's readings: digits and noise even out, wild readings are passed by."""

from itertools import pairwise

import numpy as np
import pytest

from vapordep.engine.growth import at_rest, line

DIGIT = 1e-10
TIMES = np.arange(0.0, 10.0, 0.5)
RATES = [0.02e-9, 0.083e-9, 1.4e-9]
"""m/s: a film of R9, one of R8, and pGMA at its fastest."""


def told(rate: float, seed: int, digit: float = DIGIT) -> np.ndarray:
    """What a monitor of whole angstroms shows of a film that has grown to 5 nm by the last reading."""
    film = 5e-9 + rate * (TIMES - TIMES[-1])
    noise = 3.5e-12 * np.random.default_rng(seed).standard_normal(len(TIMES))
    return np.asarray(np.round((film + noise) / digit) * digit)


@pytest.mark.parametrize("rate", RATES)
def test_digits_and_noise_even_out(rate: float) -> None:
    for seed in range(50):
        found = line(TIMES, told(rate, seed))
        assert found is not None
        assert found.thickness == pytest.approx(5e-9, abs=0.7 * DIGIT)
        assert found.rate == pytest.approx(rate, abs=0.2 * DIGIT)


@pytest.mark.parametrize("rate", RATES)
def test_with_finer_digits_it_tells_picometres(rate: float) -> None:
    for seed in range(50):
        found = line(TIMES, told(rate, seed, 1e-13))
        assert found is not None
        assert found.thickness == pytest.approx(5e-9, abs=8e-12)


@pytest.mark.parametrize("place", [0, 7, -1])
@pytest.mark.parametrize("off", [1e-6, -1e-6, 3e-9])
def test_one_wild_reading_changes_nothing(place: int, off: float) -> None:
    quiet = told(RATES[1], 1)
    wild = quiet.copy()
    wild[place] += off
    found, without = line(TIMES, wild), line(TIMES, quiet)
    assert found is not None
    assert without is not None
    assert found.thickness == pytest.approx(without.thickness, abs=DIGIT)


def test_when_and_how_thick_between_two_readings() -> None:
    found = line(TIMES, 1e-9 + 2e-11 * TIMES)
    assert found is not None
    assert found.interval == 0.5
    assert found.when(found.thickness + 4e-12) == pytest.approx(found.at + 0.2)
    assert found.when(found.thickness - 1e-9) == found.at
    assert found.now(found.at + 0.2) == pytest.approx(found.thickness + 4e-12)
    assert found.now(found.at + 60.0) == pytest.approx(found.thickness + 1e-11), "nothing is foretold"


@pytest.mark.parametrize("rate", [0.0, -1e-11])
def test_what_does_not_grow_is_never_thick_enough(rate: float) -> None:
    found = line(TIMES, 1e-9 + rate * TIMES)
    assert found is not None
    assert found.when(2e-9) > 1e9


def test_silence_is_no_reading() -> None:
    said = told(RATES[1], 1)
    quiet = said.copy()
    quiet[3:9] = np.nan
    found, without = line(TIMES, quiet), line(np.delete(TIMES, range(3, 9)), np.delete(said, range(3, 9)))
    assert found is not None
    assert found == without
    assert line(TIMES[:3], said[:3]) is None
    assert line(TIMES[:4], np.array([1e-9, np.nan, 1e-9, 1e-9])) is None
    assert np.isnan(at_rest(np.full(4, np.nan)))
    assert at_rest(np.array([1e-9, 1e-6, np.nan, 1e-9])) == 1e-9


def test_the_end_of_a_film_hangs_on_no_single_poll() -> None:
    """Walked along poll by poll, the instant of its end lies within 0.05 nm of the truth, wherever polls fall."""
    rate, wanted = 0.083e-9, 8e-9
    for seed in range(20):
        rng = np.random.default_rng(seed)
        times = rng.uniform(0.0, 0.5) + np.arange(0.0, 120.0, 0.5)
        shown = np.round((rate * times + 3.5e-12 * rng.standard_normal(len(times))) / DIGIT) * DIGIT
        for at, after in pairwise(range(20, len(times))):
            found = line(times[at - 20 : at], shown[at - 20 : at])
            assert found is not None
            due = found.when(wanted)
            if due <= times[after - 1]:
                break
        assert rate * due == pytest.approx(wanted, abs=0.06e-9)
