"""What outputs were commanded to last: when somebody else is sure to have set one, and when it is only noise."""

import asyncio
import math
from collections.abc import Sequence
from contextlib import suppress

import pytest

from tests.unit.safety.outputs.commanding import FIFTY, FLOW, TWENTY, pulse, raised
from tests.unit.safety.rig import CLOSED, OPEN, Rig, command, on_rig, output
from vapordep.errors import CommandRefused
from vapordep.model.batches import Batch
from vapordep.model.outputs import LEAVE
from vapordep.model.tags import Quality
from vapordep.safety.outputs.commanded import Commanded
from vapordep.safety.outputs.readback import tolerance
from vapordep.units import degC, sccm, to_si

HEAT, PUMP = "stage.setpoint", "pump.valve"
OUTPUTS = {tag: output(tag, LEAVE) for tag in (FLOW, HEAT, PUMP)}
ROUNDING = 0.1
"""sccm: half of what a read-back may differ, of a range of 100 sccm."""


def commanded(**disturbed: Sequence[str]) -> Commanded:
    """20 sccm and 100 degC, at 10 s."""
    found = Commanded(OUTPUTS, {tag.replace("__", "."): others for tag, others in disturbed.items()})
    found.to(FLOW, to_si(20.0, sccm), 10.0)
    found.to(HEAT, to_si(100.0, degC), 10.0)
    return found


def flow(*values: float, begin: float = 11.0, quality: Quality = Quality.GOOD) -> Batch:
    return Batch.of(FLOW, [begin + k for k in range(len(values))], [to_si(v, sccm) for v in values], quality)


def taken(what: Commanded, *batches: Batch, settled: bool = True) -> list[tuple[str, float]]:
    """Output and instant of what is found; `first` must have foretold it, and changed nothing."""
    foretold = what.first(batches, lambda _: settled)
    assert what.first(batches, lambda _: settled) == foretold
    found = [(f.output.tag, f.sample.time) for f in what.take(batches, lambda _: settled)]
    assert foretold == min((time for _, time in found), default=math.inf)
    return found


def test_two_samples_alike_are_sure_and_told_once() -> None:
    what = commanded()
    assert what.over() == [FLOW, HEAT]
    assert taken(what, flow(20.0, 20.0 + ROUNDING, 60.0)) == []
    assert taken(what, flow(60.0, 60.0, begin=14.0)) == [(FLOW, 14.0)]
    assert what.elsewhere == {FLOW}
    assert taken(what, flow(60.0, begin=16.0)) == []
    assert what.over() == []
    assert taken(what, flow(20.0, begin=17.0)) == []
    assert (what.elsewhere, what.over(), what.over()) == (frozenset(), [FLOW], [])


def test_one_spoilt_frame_is_noise_and_so_are_two_that_do_not_agree() -> None:
    what = commanded()
    assert taken(what, flow(60.0, 20.0, 60.0, 20.0, 60.0, 70.0, 20.0)) == []
    assert taken(what, flow(90.0, begin=20.0), flow(20.0, begin=21.0), flow(30.0, begin=22.0)) == []


def test_what_reads_as_commanded_ends_the_row_within_a_batch_and_between_two() -> None:
    assert taken(commanded(), flow(60.0, 20.0, 60.0, 90.0)) == []
    assert taken(commanded(), flow(60.0), flow(20.0, begin=12.0), flow(60.0, begin=13.0)) == []


def test_what_differs_by_the_whole_tolerance_reads_as_commanded() -> None:
    what = commanded()
    what.to(FLOW, 0.0, 10.0)
    bound = tolerance(OUTPUTS[FLOW])
    assert taken(what, Batch.of(FLOW, (11.0, 12.0), (bound, bound))) == []
    assert taken(what, Batch.of(FLOW, (13.0, 14.0), (1.01 * bound, 1.01 * bound))) == [(FLOW, 14.0)]


def test_an_output_that_was_commanded_to_0_is_told_as_such_and_over_at_0() -> None:
    what = commanded()
    what.to(FLOW, 0.0, 10.0)
    [found] = what.take([flow(60.0, 60.0)], lambda _: True)
    assert (found.commanded, what.elsewhere) == (0.0, {FLOW})
    assert taken(what, flow(0.0, begin=13.0)) == []
    assert what.elsewhere == frozenset()


def test_three_in_a_row_that_never_agree_are_somebody_who_goes_on_setting_it() -> None:
    assert taken(commanded(), flow(30.0, 40.0, 50.0, 60.0)) == [(FLOW, 13.0)]


def test_a_row_goes_on_from_batch_to_batch() -> None:
    what = commanded()
    assert taken(what, flow(60.0)) == []
    assert taken(what, flow(60.0, begin=12.0)) == [(FLOW, 12.0)]


@pytest.mark.parametrize("quality", [Quality.UNCERTAIN, Quality.BAD])
def test_doubtful_and_missing_values_tell_nothing_of_a_flow(quality: Quality) -> None:
    assert taken(commanded(), flow(60.0, 60.0, 60.0, quality=quality)) == []


def test_a_heater_whose_setpoint_its_instrument_doubts_is_in_manual_mode() -> None:
    same = Batch.of(HEAT, (11.0, 12.0), [to_si(100.0, degC)] * 2, Quality.UNCERTAIN)
    silent = Batch.of(HEAT, (11.0, 12.0), [math.nan] * 2, Quality.BAD)
    assert taken(commanded(), silent) == []
    assert taken(commanded(), same) == [(HEAT, 12.0)]


def test_what_was_read_before_the_command_was_carried_out_does_not_count() -> None:
    assert taken(commanded(), flow(0.0, 0.0, 0.0, begin=8.0)) == [], "the last of them at the very instant of it"
    assert taken(commanded(), flow(60.0, 60.0, begin=10.0)) == []


def test_while_a_command_is_under_way_nothing_counts() -> None:
    assert taken(commanded(), flow(60.0, 60.0), settled=False) == []


def test_a_new_command_ends_what_was_set_elsewhere() -> None:
    what = commanded()
    assert taken(what, flow(60.0, 60.0)) == [(FLOW, 12.0)]
    what.over()
    what.to(FLOW, to_si(60.0, sccm), 13.0)
    assert what.over() == [FLOW]
    assert taken(what, flow(60.0, 60.0, begin=14.0)) == []


def test_nothing_is_said_of_what_nobody_commanded_or_nobody_knows() -> None:
    what = commanded()
    opened = Batch.of(PUMP, (11.0, 12.0, 13.0), (1.0, 1.0, 1.0))
    assert taken(what, opened, flow()) == []
    what.forget((FLOW, PUMP))
    assert (what.value(FLOW), what.value(HEAT)) == (None, to_si(100.0, degC))
    assert taken(what, flow(60.0, 60.0)) == []
    what.forget_all()
    assert what.value(HEAT) is None


def test_what_a_command_to_another_output_may_change_is_learnt_anew_and_then_guarded() -> None:
    what = commanded(stage__setpoint=(FLOW, PUMP))
    what.to(HEAT, to_si(50.0, degC), 20.0)
    assert what.value(PUMP) is None, "it was never commanded"
    assert taken(what, flow(5.0, begin=20.0)) == [], "asked before"
    assert taken(what, flow(5.0, begin=21.0)) == []
    assert taken(what, flow(0.0, begin=22.0)) == [], "another value than before"
    assert taken(what, flow(0.0, begin=23.0, quality=Quality.UNCERTAIN)) == []
    assert what.value(FLOW) is None
    assert taken(what, flow(0.0, begin=24.0)) == []
    assert what.value(FLOW) == 0.0
    assert taken(what, flow(60.0, 60.0, begin=25.0)) == [(FLOW, 26.0)]


def test_while_a_command_is_under_way_nobody_knows_what_the_output_stands_at() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        assert (rig.gate.commanded.value(FLOW), rig.gate.is_settled(FLOW)) == (pytest.approx(TWENTY), True)
        going = asyncio.ensure_future(rig.gate.command(command(FLOW, FIFTY)))
        await rig.clock.sleep(0.001)
        assert (rig.gate.commanded.value(FLOW), rig.gate.is_settled(FLOW)) == (None, False)
        assert rig.gate.is_settled("TMA.valve")
        await going
        assert (rig.gate.commanded.value(FLOW), rig.gate.is_settled(FLOW)) == (FIFTY, True)
        with rig.gate.safing("test"):
            assert not rig.gate.is_settled(FLOW), "though nothing is under way on it"

    on_rig(main)


@pytest.mark.parametrize(("stuck", "known"), [(False, CLOSED), (True, None)])
def test_of_a_valve_is_known_after_a_pulse_that_was_cut_short_what_it_read(stuck: bool, known: float | None) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        assert rig.gate.commanded.value("TMA.valve") == OPEN
        if stuck:
            rig.boxes["valves"].stuck.add("valve0")
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1))
        await rig.clock.sleep(0.12)
        pulsing.cancel()
        await asyncio.wait((pulsing,))
        assert rig.gate.commanded.value("TMA.valve") == known

    on_rig(main)


def test_after_a_pulse_a_valve_counts_as_commanded_shut() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        await pulse(rig)
        assert rig.gate.commanded.value("TMA.valve") == CLOSED

    on_rig(main)


def test_of_a_command_that_was_not_obeyed_nobody_knows_what_was_commanded() -> None:
    """Neither what it was before: it may have arrived all the same."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command(FLOW, FIFTY))
        assert rig.gate.commanded.value(FLOW) == FIFTY
        rig.boxes["mfc"].stuck.add("flow_setpoint")
        await raised(rig.gate.command(command(FLOW, to_si(30.0, sccm))))
        assert rig.gate.commanded.value(FLOW) is None

    on_rig(main)


@pytest.mark.parametrize(
    ("pressure", "stuck", "known"), [(97.0, False, CLOSED), (1100.0, False, CLOSED), (1100.0, True, None)]
)
def test_after_a_pulse_given_or_refused_a_valve_counts_as_commanded_shut_if_it_is(
    pressure: float, stuck: bool, known: float | None
) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        rig.say(chamber__pressure=pressure)
        if stuck:
            rig.boxes["valves"].stuck.add("valve0")
        with suppress(CommandRefused):
            await pulse(rig, after=0.1)
        assert rig.gate.commanded.value("TMA.valve") == known

    on_rig(main)
