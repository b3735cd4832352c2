"""Widths of pulses at the plant's valves against what was planned."""

import math
from types import SimpleNamespace
from typing import Any

import pytest

from vapordep.app.running.widths import largest_width_error
from vapordep.model.pulses import PulseIntent

REACTOR: Any = SimpleNamespace(
    sources={"A": SimpleNamespace(valve="A.valve"), "B": SimpleNamespace(valve="B.valve")}
)  # fmt: skip


def intent(number: int, source: str, at: float, width: float = 0.05) -> PulseIntent:
    return PulseIntent(number, source, "step", 1, at, at + width)


def test_the_largest_error_of_all_valves_counts() -> None:
    valves = {"A.valve": [(1.008, 1.0), (1.0581, 0.0), (9.0, 1.0), (9.05, 0.0)], "B.valve": [(5.0, 1.0), (5.0497, 0.0)]}
    intents = [intent(1, "A", 1.0), intent(2, "B", 5.0), intent(3, "A", 9.0)]
    assert largest_width_error(REACTOR, intents, valves) == pytest.approx(0.0003)


def test_the_first_closing_of_a_valve_that_stood_open_does_not_count() -> None:
    valves = {"A.valve": [(0.0, 0.0), (1.0, 1.0), (1.05, 0.0)]}
    assert largest_width_error(REACTOR, [intent(1, "A", 1.0)], valves) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("valves", [{}, {"A.valve": []}, {"A.valve": [(1.0, 1.0)]}])
def test_a_valve_that_did_not_move_gives_no_number(valves: dict[str, list[tuple[float, float]]]) -> None:
    assert math.isnan(largest_width_error(REACTOR, [intent(1, "A", 1.0)], valves))


def test_no_pulse_no_error() -> None:
    assert math.isnan(largest_width_error(REACTOR, [], {}))
