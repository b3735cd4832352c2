"""What a run used: vapour that was drawn in pulses and that flowed steadily, openings of valves."""

import numpy as np
import pytest

from tests.unit.app.verdict.test_doses import REACTOR, ROOT, pulse
from vapordep.app.verdict.use import actuations, precursor_use
from vapordep.history.recordings.recording import Samples
from vapordep.reactor import read_reactor

ICVD = read_reactor(ROOT / "reactors" / "icvd.yaml")


def opened_twice(tag: str) -> Samples | None:
    """DMAMS was let in twice, TBPO once; of the other valves nothing was recorded."""
    states = {"DMAMS.valve": [0.0, 1.0, 0.0, 1.0, 0.0], "TBPO.valve": [0.0, 0.0, 1.0, 1.0, 0.0]}.get(tag)
    return None if states is None else Samples(np.arange(5.0), np.array(states), np.zeros(5, dtype=np.uint8))


def test_bottles_that_flow_steadily_are_told_with_their_share() -> None:
    """20 g of DMAMS are 124 mmol."""
    found = {use.source: use for use in precursor_use({"DMAMS": 1.24e-3, "TBPO": 0.0}, [], ICVD)}
    assert list(found) == ["DMAMS"], "nothing was taken of the other"
    assert found["DMAMS"].share == pytest.approx(0.01, rel=2e-3)


def test_bottles_that_pulse_are_told_in_the_order_of_their_pulses() -> None:
    found = precursor_use({"TMA": 1e-3, "H2O": 2e-3, "EG": 0.0}, [pulse("H2O", 0.0), pulse("TMA", 9.0)], REACTOR)
    assert [(use.source, use.used) for use in found] == [("H2O", 2e-3), ("TMA", 1e-3)]


def test_openings_are_those_of_pulses_or_of_what_the_valve_showed() -> None:
    assert actuations([], ICVD, opened_twice) == {"DMAMS": 2, "TBPO": 1}
    assert actuations([pulse("TMA", 0.0), pulse("TMA", 9.0)], REACTOR, opened_twice) == {"TMA": 2}
