"""A reading is the same bits whether asked for alone or computed with others, and shows what its digits can."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.simulation.display import Display, sample
from vapordep.units import Torr, degC, sccm, to_si

numbers = st.floats(-1e9, 1e9) | st.floats(1e-12, 1e-3) | st.just(float("nan")) | st.just(float("inf"))
displays = st.builds(
    Display,
    seed=st.integers(0, 9),
    tag=st.sampled_from(["gauge.pressure[0]", "carrier.flow"]),
    unit=st.sampled_from([Torr, degC, sccm]),
    refresh=st.sampled_from([0.02, 0.05, 0.1, 1.0 / 3.0]),
    noise=st.floats(0.0, 1.0),
    relative_noise=st.floats(0.0, 0.1),
    low=st.sampled_from([-np.inf, -10.0, 0.0]),
    high=st.sampled_from([np.inf, 640.0]),
    decimals=st.sampled_from([None, 0, 1, 2, 4]),
    digits=st.sampled_from([None, 3, 4]),
)


@given(displays, st.lists(st.tuples(numbers, st.floats(0.0, 1e6)), min_size=1, max_size=20))
def test_alone_and_in_an_array_are_the_same_bits(display: Display, asked: list[tuple[float, float]]) -> None:
    truths, times = (np.array(column) for column in zip(*asked, strict=True))
    with np.errstate(all="ignore"):
        together = display.show(truths, times)
    alone = np.array([display.show(truth, t) for truth, t in asked])
    assert together.tobytes() == alone.tobytes() or np.array_equal(together, alone, equal_nan=True)
    assert not np.any(np.signbit(together) & (together == 0.0) & (display.decimals is not None))


@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_the_decimals_shown_are_the_number_printed(x: float, decimals: int) -> None:
    shown = Display(1, "x", sccm, 0.1, decimals=decimals).round(x)
    assert float(f"{shown:.{decimals}f}") == shown
    assert abs(shown - x) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


@given(st.floats(1e-12, 1e12), st.integers(3, 4))
def test_the_significant_digits_shown_are_the_number_printed(x: float, digits: int) -> None:
    shown = Display(1, "x", Torr, 0.1, digits=digits).round(x)
    assert float(f"{shown:.{digits - 1}E}") == shown
    assert shown == pytest.approx(x, rel=0.5001 * 10.0 ** (1 - digits))


def test_one_sample_stands_for_its_period() -> None:
    display = Display(3, "x", Torr, 0.1, noise=5.0)
    assert display.show(100.0, 0.51) == display.show(100.0, 0.59)
    assert display.show(100.0, 0.51) != display.show(100.0, 0.61)
    assert sample(0.59, 0.1) == 5


def test_the_noise_is_as_wide_as_it_says_and_differs_by_tag() -> None:
    times = np.arange(0.05, 2000.0, 0.1)
    truth = np.full(times.size, to_si(10.0, Torr))
    shown = Display(1, "a", Torr, 0.1, noise=to_si(0.01, Torr), relative_noise=0.002).show(truth, times)
    assert shown.std() == pytest.approx(0.03, rel=0.05)
    assert shown.mean() == pytest.approx(10.0, abs=1e-3)
    other = Display(1, "b", Torr, 0.1, noise=to_si(0.03, Torr)).show(truth, times)
    assert abs(np.corrcoef(shown, other)[0, 1]) < 0.05


def test_a_range_ends_where_it_says_and_tells_what_lies_beyond() -> None:
    display = Display(1, "x", sccm, 0.1, low=0.0, high=128.0, decimals=2)
    assert display.show(to_si(500.0, sccm), 1.0) == 128.0
    assert display.measure(to_si(500.0, sccm), 1.0) == pytest.approx(500.0)
    assert display.show(to_si(-3.0, sccm), 1.0) == 0.0
