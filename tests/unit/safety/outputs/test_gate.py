"""The gate: permit, write, read back, publish, log - one command to an output after the other."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.safety.outputs.commanding import FIFTY, FLOW, TWENTY, pulse, raised
from tests.unit.safety.rig import CLOSED, OPEN, REPLY_AFTER, Heater, Rig, command, on_rig, output, reactor
from vapordep.devices import Readings, poll
from vapordep.errors import (
    CommandRefused,
    InstrumentRefused,
    NoReply,
    ReactorError,
    ReadbackMismatch,
)
from vapordep.model.batches import Batch, Sample
from vapordep.model.events import Kind
from vapordep.model.instruments import Cell
from vapordep.model.outputs import SafeValue
from vapordep.model.tags import Quality
from vapordep.safety.outputs.readback import ReadBack
from vapordep.units import degC, sccm, to_si


def test_a_command_is_written_in_the_instrument_s_unit_read_back_published_and_logged() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command(FLOW, FIFTY))
        assert rig.boxes["mfc"].registers["flow_setpoint"] == pytest.approx(50.0)
        assert rig.hub.latest[FLOW].value == pytest.approx(FIFTY)
        [event] = [event for event in rig.events if event.data.get("tag") == FLOW]
        assert (event.kind, event.text) == (Kind.COMMAND, "carrier.flow_setpoint 50 sccm: test")
        assert event.data == {"tag": FLOW, "value": FIFTY, "source": "operator"}

    on_rig(main)


def test_what_was_read_back_is_published_once_by_whoever_hears_it() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        seen: list[Sample] = []
        rig.hub.listen(lambda batches: seen.extend(batch.last for batch in batches), (FLOW,))
        await rig.gate.command(command(FLOW, FIFTY))
        assert [sample.value for sample in seen] == [pytest.approx(FIFTY)], "nobody else heard it: the gate tells it"

        def heard(*told: object) -> None:
            rig.hub.publish([Batch.one(FLOW, rig.clock.now(), TWENTY)])

        rig.gate.read_back.heard = heard
        await rig.gate.command(command(FLOW, TWENTY))
        assert [sample.value for sample in seen] == pytest.approx([FIFTY, TWENTY]), "it was told already"

        rig.gate.read_back.heard = lambda *told: rig.hub.publish([Batch.one(FLOW, rig.clock.now(), math.nan)])
        await rig.gate.command(command(FLOW, FIFTY))
        assert seen[-1].value == pytest.approx(FIFTY), "something else was told meanwhile: it had fallen silent, say"

    on_rig(main)


def test_the_ends_of_a_range_survive_the_conversion() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        for tag, box, register in ((FLOW, "mfc", "flow_setpoint"), ("stage.setpoint", "heater", "setpoint")):
            driven = rig.gate.wires[tag].output
            for value, written in ((driven.high, rig.devices[box].signals[register].high), (driven.low, 0.0)):
                await rig.gate.command(command(tag, value))
                assert rig.boxes[box].registers[register] == written

    on_rig(main)


def test_a_refusal_names_interlock_term_reason_and_remedy_and_is_logged() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.say(chamber__pressure=2000.0)
        refused = await raised(rig.gate.command(command("H2O.valve", OPEN)))
        assert isinstance(refused, CommandRefused)
        assert refused.where == "H2O.valve"
        assert "P3: chamber.pressure is 2000 Pa, limit < 1000 Pa (Trimethylaluminium burns in air)" in refused.what
        assert "C3: lithium.covered is 0, not 1" in refused.what
        assert "Pump down first" in refused.remedy
        event = rig.events[-1]
        assert event.kind is Kind.REFUSED
        assert event.data == {"tag": "H2O.valve", "value": OPEN, "interlocks": "C3, P3"}
        assert rig.boxes["valves"].written("valve1")[-1][1] == CLOSED, "nothing was opened"

    on_rig(main)


def test_disarmed_only_what_makes_safe_goes() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        refused = await raised(rig.gate.command(command(FLOW, FIFTY)))
        assert "ARM: the reactor is not armed" in refused.what
        assert rig.boxes["mfc"].written("flow_setpoint") == []
        await rig.gate.command(command(FLOW, TWENTY))
        await raised(rig.gate.command(command(FLOW, 0.0)))  # the purge is not stopped either
        await rig.gate.command(command("TMA.valve", CLOSED))
        assert [value for _, value in rig.boxes["mfc"].written("flow_setpoint")] == [pytest.approx(20.0)]

    on_rig(main)


def test_what_is_no_output_is_refused_with_those_that_are() -> None:
    async def main(rig: Rig) -> None:
        refused = await raised(rig.gate.command(command("chamber.pressure", 1.0)))
        assert isinstance(refused, CommandRefused)
        assert "TMA.valve" in refused.remedy

    on_rig(main)


def test_a_write_that_gets_lost_is_tried_once_more() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].deaf_to = 1
        await rig.gate.command(command(FLOW, FIFTY))
        assert rig.boxes["mfc"].registers["flow_setpoint"] == pytest.approx(50.0)
        rig.boxes["mfc"].deaf_to = 2
        assert isinstance(await raised(rig.gate.command(command(FLOW, TWENTY * 1.5))), NoReply)

    on_rig(main)


def test_what_was_not_heard_is_permitted_anew_before_it_is_said_again() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["valves"].deaf_to = 1
        opening = asyncio.ensure_future(rig.gate.command(command("TMA.valve", OPEN)))
        await rig.clock.sleep(0.1)
        rig.say_all(chamber__pressure=1100.0)
        assert "P3: chamber.pressure is 1100 Pa" in (await raised(opening)).what
        said = [value for _, value in rig.boxes["valves"].written("valve0")]
        assert said[-2:] == [OPEN, CLOSED], "it may have been heard, though not answered"
        assert [event.kind for event in rig.events[-2:]] == [Kind.REFUSED, Kind.COMMAND]
        assert rig.events[-1].data == {"tag": "TMA.valve", "value": CLOSED, "source": "interlock"}

    on_rig(main)


def test_of_what_is_no_valve_of_a_source_a_refused_second_try_takes_nothing_back() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].deaf_to = 1
        flowing = asyncio.ensure_future(rig.gate.command(command(FLOW, FIFTY)))
        await rig.clock.sleep(0.1)
        rig.gate.armed = False
        assert isinstance(await raised(flowing), CommandRefused)
        assert rig.boxes["mfc"].written("flow_setpoint")[-1][1] == pytest.approx(50.0), "the one that was not heard"

    on_rig(main)


def test_what_waited_for_its_line_is_permitted_anew_once_it_has_it() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["gauge"].mute = True
        gauge = rig.devices["gauge"]
        polling = asyncio.ensure_future(gauge.read(gauge.polls[0]))
        await rig.clock.sleep(0.01)
        heard = len(rig.boxes["valves"].written("valve0"))
        opening = asyncio.ensure_future(rig.gate.command(command("TMA.valve", OPEN)))
        await rig.clock.sleep(0.1)
        assert len(rig.boxes["valves"].written("valve0")) == heard, "the line is taken"
        rig.say_all(chamber__pressure=1100.0)
        assert "P3: chamber.pressure is 1100 Pa" in (await raised(opening)).what
        assert OPEN not in [value for _, value in rig.boxes["valves"].written("valve0")]
        await asyncio.wait((polling,))
        rig.boxes["gauge"].mute = False
        rig.say_all()
        await rig.gate.command(command("TMA.valve", OPEN))
        assert rig.boxes["valves"].registers["valve0"] == OPEN

    on_rig(main, together=("valves", "gauge"))


def test_a_setpoint_that_is_not_taken_is_a_mismatch_after_two_tries() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].stuck.add("flow_setpoint")
        error = await raised(rig.gate.command(command(FLOW, FIFTY)))
        assert isinstance(error, ReadbackMismatch)
        assert "was set to 50 sccm, the instrument reports 20 sccm" in error.what
        assert len(rig.boxes["mfc"].written("flow_setpoint")) == 3, "the safe state, and two tries"

    on_rig(main)


def test_rounding_is_no_mismatch_but_no_value_is() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        register = rig.boxes["heater"].registers
        rig.boxes["heater"].stuck.add("setpoint")
        register["setpoint"] = 100.4
        await rig.gate.command(command("stage.setpoint", to_si(100.0, degC)))
        assert rig.hub.latest["stage.setpoint"].value == pytest.approx(to_si(100.4, degC))
        register["setpoint"] = math.nan
        assert isinstance(
            await raised(rig.gate.command(command("stage.setpoint", to_si(90.0, degC)))), ReadbackMismatch
        )

    on_rig(main)


def test_what_the_instrument_refuses_is_not_tried_again() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].refuses.add("flow_setpoint")
        assert isinstance(await raised(rig.gate.command(command(FLOW, FIFTY))), InstrumentRefused)
        assert len(rig.boxes["mfc"].written("flow_setpoint")) == 2

    on_rig(main)


def test_an_output_that_no_poll_holds_is_believed_but_marked() -> None:
    cell = Cell("mfc", "zero")
    zero = replace(output(FLOW, SafeValue(0.0)), tag="carrier.zero", cell=cell, high=to_si(1.0, sccm))
    whole = reactor(
        wiring={**reactor().wiring, cell: "carrier.zero"}, outputs={**reactor().outputs, "carrier.zero": zero}
    )

    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].registers = {"flow_setpoint": 20.0, "flow": 20.0}
        await rig.gate.command(command("carrier.zero", to_si(0.5, sccm)))
        sample = rig.hub.latest["carrier.zero"]
        assert (sample.value, sample.quality) == (to_si(0.5, sccm), Quality.UNCERTAIN)

    rig_registers_tolerant(main, whole)


def rig_registers_tolerant(main: Callable[[Rig], Awaitable[None]], whole: Any) -> None:
    """The box keeps a register that its reply does not show."""

    async def with_hidden(rig: Rig) -> None:
        rig.boxes["mfc"].stuck.add("zero")
        await main(rig)

    on_rig(with_hidden, whole=whole)


def test_an_instrument_that_hangs_is_given_up_at_the_deadline() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        device = rig.devices["mfc"]

        async def hangs(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        device.write = hangs  # type: ignore[method-assign]
        began = rig.clock.now()
        error = await raised(rig.gate.command(command(FLOW, FIFTY)))
        assert isinstance(error, NoReply)
        assert error.where == FLOW
        assert rig.clock.now() - began == pytest.approx(4.0), "two tries of 2 s"

    on_rig(main)


def test_a_reading_that_gives_way_is_asked_again() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        box, device = rig.boxes["mfc"], rig.devices["mfc"]
        commanding = asyncio.ensure_future(rig.gate.command(command(FLOW, FIFTY)))
        await rig.clock.sleep(0.9 * REPLY_AFTER)
        box.mute = True  # the write is answered, the read-back waits for its reply
        await rig.clock.sleep(REPLY_AFTER)
        box.mute = False
        await device.write(device.signals["flow_setpoint"].channel, 50.0, urgent=True)
        await commanding
        assert [question for _, question in box.heard[-4:]] == ["w flow_setpoint 50", "r", "w flow_setpoint 50", "r"]

    on_rig(main)


def test_a_valve_is_seen_shut_before_polls_that_wait_for_a_mute_instrument_on_its_line() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["gauge"].mute = True
        gauge = rig.devices["gauge"]
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1, width=0.05))
        await rig.clock.sleep(0.12)
        polls = [asyncio.ensure_future(gauge.read(gauge.polls[0])) for _ in range(3)]
        pulsing.cancel()
        began = rig.clock.now()
        await asyncio.wait((pulsing,))
        assert rig.clock.now() - began < 0.2, "each poll would wait for 0.5 s"
        assert rig.hub.latest["TMA.valve"].value == CLOSED
        assert all(isinstance(found, NoReply) for found in await asyncio.gather(*polls, return_exceptions=True))

    on_rig(main, together=("valves", "gauge"))


def test_only_the_polls_that_hold_an_output_are_asked() -> None:
    class TwoPolls(Heater):
        @poll(every=5.0, stale_after=10.0)
        async def _slow(self) -> Readings:
            raise AssertionError("nobody asked for what it holds")

    async def main(rig: Rig) -> None:
        line = rig.devices["heater"].line
        device = TwoPolls("heater", line, {})
        reading, read_back = device.signals["setpoint"].channel, ReadBack()
        for _ in range(2):
            assert await read_back.read(device, [reading]) == {reading: 0.0}

    on_rig(main)


def test_a_source_needs_a_valve_that_can_be_pulsed() -> None:
    cell = Cell("heater", "setpoint")
    driven = replace(reactor().outputs["TMA.valve"], cell=cell)

    async def main(rig: Rig) -> None:
        raise AssertionError

    with pytest.raises(ReactorError, match=r"heater\.setpoint cannot drive TMA\.valve"):
        on_rig(main, whole=reactor(outputs={**reactor().outputs, "TMA.valve": driven}))


def test_two_commands_to_one_output_go_one_after_the_other() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        both = [rig.gate.command(command(FLOW, value)) for value in (FIFTY, TWENTY * 1.5)]
        await asyncio.gather(*both)
        assert [value for _, value in rig.boxes["mfc"].written("flow_setpoint")[1:]] == [
            pytest.approx(50),
            pytest.approx(30),
        ]

    on_rig(main)


def test_what_may_not_go_is_refused_at_once_also_behind_a_command_that_takes_its_time() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].mute = True
        first = asyncio.ensure_future(rig.gate.command(command(FLOW, FIFTY)))
        await rig.clock.sleep(0.1)
        began = rig.clock.now()
        assert isinstance(await raised(rig.gate.command(command(FLOW, 2.0 * FIFTY + 1.0))), CommandRefused)
        assert rig.clock.now() == began
        await raised(first)

    on_rig(main)


def test_a_command_that_waited_is_judged_again() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        first = asyncio.ensure_future(rig.gate.command(command(FLOW, FIFTY)))
        second = asyncio.ensure_future(rig.gate.command(command(FLOW, TWENTY * 1.5)))
        await rig.clock.sleep(0.001)
        rig.gate.armed = False
        await first
        assert isinstance(await raised(second), CommandRefused)

    on_rig(main)
