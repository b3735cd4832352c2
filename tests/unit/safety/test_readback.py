"""Read-back: what confirms an output and what does not."""

import math

import pytest

from tests.unit.safety.rig import SHUT, doubtful, instrument_tags, output
from vapordep.devices import Doubt, bad
from vapordep.errors import ReadbackMismatch
from vapordep.safety.readback import check
from vapordep.units import degC, to_si

OFF = to_si(0.0, degC)
HEATER, TAG = output("stage.setpoint", SHUT), instrument_tags()["stage.setpoint"]


def test_the_wanted_value_confirms() -> None:
    assert check(HEATER, TAG, OFF, 0.1)[0] == pytest.approx(OFF + 0.1)


@pytest.mark.parametrize("reading", [doubtful(0.0, "manual"), bad("manual")])
def test_a_setpoint_that_the_instrument_doubts_is_not_in_force(reading: Doubt) -> None:
    with pytest.raises(ReadbackMismatch, match="manual"):
        check(HEATER, TAG, OFF, reading)


@pytest.mark.parametrize("reading", [5.0, math.nan])
def test_another_value_does_not(reading: float) -> None:
    with pytest.raises(ReadbackMismatch):
        check(HEATER, TAG, OFF, reading)
