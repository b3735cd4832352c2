"""Read-back: what confirms an output and what does not."""

import math
from typing import Any

import pytest

from tests.unit.safety.rig import SHUT, Rig, Valves, doubtful, instrument_tags, on_rig, output
from vapordep.devices import Doubt, bad
from vapordep.errors import ReadbackMismatch
from vapordep.model.tags import Quality
from vapordep.safety.outputs.readback import ReadBack, check
from vapordep.units import degC, to_si

OFF = to_si(0.0, degC)
HEATER, TAG = output("stage.setpoint", SHUT), instrument_tags()["stage.setpoint"]


def test_the_wanted_value_confirms() -> None:
    assert check(HEATER, TAG, OFF, 0.1)[0] == pytest.approx(OFF + 0.1)


@pytest.mark.parametrize("reading", [doubtful(0.0, "manual"), bad("manual")])
def test_a_setpoint_that_the_instrument_doubts_is_not_in_force(reading: Doubt) -> None:
    with pytest.raises(ReadbackMismatch, match="manual"):
        check(HEATER, TAG, OFF, reading)


def test_a_reading_is_good_unless_the_instrument_says_otherwise() -> None:
    valve, tag = output("TMA.valve", SHUT), instrument_tags()["TMA.valve"]
    assert check(valve, tag, 0.0, 0.0) == (0.0, Quality.GOOD)
    assert check(valve, tag, 0.0, doubtful(0.0)) == (0.0, Quality.UNCERTAIN), "no heater: believed, and marked"


def test_a_display_may_round_by_a_five_hundredth_of_the_range() -> None:
    """The heater goes from 0 to 300 degC."""
    assert check(HEATER, TAG, OFF, 0.599)[0] == pytest.approx(OFF + 0.599)
    for reading in (0.601, -0.601):
        with pytest.raises(ReadbackMismatch, match=r"was set to 0 degC, the instrument reports -?0\.6"):
            check(HEATER, TAG, OFF, reading)


def test_what_differs_by_just_that_part_of_the_range_confirms() -> None:
    valve, tag = output("TMA.valve", SHUT), instrument_tags()["TMA.valve"]
    assert check(valve, tag, 0.0, 0.002) == (0.002, Quality.GOOD)


def test_it_remembers_which_poll_holds_what_it_read_and_tells_whoever_listens() -> None:
    async def main(rig: Rig) -> None:
        device, read_back, heard = rig.devices["valves"], ReadBack(), []
        read_back.heard = lambda *told: heard.append(told)
        first, both = [Valves.valve[0]], [Valves.valve[0], Valves.valve[1]]
        assert not read_back.knows(device, first)
        assert await read_back.read(device, first) == {Valves.valve[0]: 0.0}
        assert read_back.knows(device, first)
        assert not read_back.knows(device, both)
        [(told_by, exchange, asked, readings, channels)] = heard
        assert (told_by, exchange, channels) == (device, device.polls[0], first)
        assert 0.0 <= asked <= rig.clock.now()
        assert len(readings) == 5, "all that the poll told"

    on_rig(main)


def test_only_an_urgent_one_goes_before_the_polls() -> None:
    async def main(rig: Rig) -> None:
        device, claims = rig.devices["valves"], []
        claimed = device.line.claimed

        def noted(*, urgent: bool = False) -> Any:
            claims.append(urgent)
            return claimed(urgent=urgent)

        device.line.claimed = noted  # type: ignore[method-assign]
        await ReadBack().read(device, [Valves.valve[0]])
        await ReadBack().read(device, [Valves.valve[0]], urgent=True)
        assert claims == [False, True]

    on_rig(main)


@pytest.mark.parametrize("reading", [5.0, math.nan])
def test_another_value_does_not(reading: float) -> None:
    with pytest.raises(ReadbackMismatch):
        check(HEATER, TAG, OFF, reading)
