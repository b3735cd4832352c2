"""Numbers in the terminal: durations, films, counts, and what is not known."""

import math

import pytest

from vapordep.app.words import clock_time, count, nanometres, shown
from vapordep.units import Dimension


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (59.4, "0:00:59"), (59.6, "0:01:00"), (7509, "2:05:09"), (360000, "100:00:00"), (-3, "0:00:00")],
)
def test_durations(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf])
def test_what_is_not_known_is_a_dash(unknown: float | None) -> None:
    assert clock_time(unknown) == nanometres(unknown) == shown(unknown, Dimension.TIME) == "-"


def test_films_and_counts() -> None:
    assert nanometres(4.012e-9) == "4.01 nm"
    assert shown(0.05, Dimension.TIME) == "50 ms"
    assert [count(number, "pulse") for number in (0, 1, 77)] == ["0 pulses", "1 pulse", "77 pulses"]
