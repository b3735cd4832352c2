"""The gate: permit, write, read back, publish, log - and a valve that is shut whatever happens."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.safety.rig import CLOSED, OPEN, REPLY_AFTER, Heater, Rig, command, on_rig, output, reactor
from vapordep.devices import Edges, Readings, poll
from vapordep.errors import (
    CommandRefused,
    InstrumentRefused,
    LineLost,
    NoReply,
    ReactorError,
    ReadbackMismatch,
    Tripped,
    VapordepError,
)
from vapordep.model.batches import Batch, Sample
from vapordep.model.commands import Pulse
from vapordep.model.events import Kind
from vapordep.model.instruments import Cell
from vapordep.model.outputs import SafeValue
from vapordep.model.tags import Quality
from vapordep.safety.outputs.pulses import is_whole_multiple
from vapordep.safety.outputs.readback import ReadBack
from vapordep.safety.outputs.revocable import Revocable
from vapordep.units import degC, sccm, to_si

FLOW = "carrier.flow_setpoint"
TWENTY, FIFTY = to_si(20.0, sccm), to_si(50.0, sccm)


async def raised(work: Awaitable[Any]) -> VapordepError:
    with pytest.raises(VapordepError) as caught:
        await work
    return caught.value


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


# --- pulses ----------------------------------------------------------------------------------------------------------


def open_times(rig: Rig, valve: int = 0) -> list[tuple[float, float]]:
    """When the box opened and shut the valve after arming."""
    return [row for row in rig.boxes["valves"].written(f"valve{valve}") if row[0] > rig.events[-1].time]


async def pulse(rig: Rig, after: float = 0.3, width: float = 0.05, tag: str = "TMA.valve") -> Edges:
    return await rig.gate.pulse(Pulse(tag, rig.clock.now() + after, width, "test"))


def test_a_pulse_opens_at_its_instant_and_is_published_with_its_real_edges() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        at = rig.clock.now() + 0.3
        edges = await rig.gate.pulse(Pulse("TMA.valve", at, 0.05, "test"))
        assert (edges.commanded_open, edges.commanded_close) == (at, at + 0.05)
        assert rig.boxes["valves"].written("valve0")[-2:] == [(at, OPEN), (at + 0.05, CLOSED)]
        assert rig.protection.rules.derivation.latest["sources.open"].value == CLOSED
        assert not rig.gate.expectant, "nothing more is to come"
        assert rig.protection.rules.derivation.ahead(at + 0.06, at + 0.06)["H2O.clearance"].value == 0.0

    on_rig(main)


def test_a_pulse_is_judged_at_its_own_instant() -> None:
    """The purge ends between the permit and the edge: 9.2 residence times of 2 s, and 30 ms of valve."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        edges = await keep_and_pulse(rig, "TMA.valve", rig.clock.now() + 1.0)
        shut = edges.commanded_close
        enough = shut + 9.2 * 2.0 + 0.03
        refused = await raised(keep_and_pulse(rig, "H2O.valve", enough - 0.001))
        assert "C2.H2O: H2O.clearance is 0, not 1" in refused.what
        edges = await keep_and_pulse(rig, "H2O.valve", enough + 0.001)
        assert edges.commanded_open == enough + 0.001

    on_rig(main)


@pytest.mark.parametrize("when", [0.01, 0.09, 0.11, 0.29], ids=["permitted", "pending", "open", "about to shut"])
@pytest.mark.parametrize("by_hand", [True, False])
def test_beside_a_pulse_nothing_opens_that_reacts_with_it(when: float, by_hand: bool) -> None:
    """The hub hears of a pulse when it is over; the gate knows of it from the beginning."""

    async def main(rig: Rig) -> None:
        await covered(rig)
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1, width=0.2))
        await rig.clock.sleep(when)
        opening = rig.gate.command(command("H2O.valve", OPEN)) if by_hand else pulse(rig, after=0.0, tag="H2O.valve")
        refused = await raised(opening)
        assert "C1: TMA.valve is being opened just now (Their sources react with each other)" in refused.what
        assert rig.events[-1].data["interlocks"] == "C1"
        await pulsing
        assert OPEN not in [value for _, value in rig.boxes["valves"].written("valve1")]
        assert rig.trips == []

    on_rig(main)


def test_beside_an_opening_by_hand_no_pulse_begins_that_reacts_with_it() -> None:
    async def main(rig: Rig) -> None:
        await covered(rig)
        opening = asyncio.ensure_future(rig.gate.command(command("H2O.valve", OPEN)))
        await rig.clock.sleep(REPLY_AFTER / 2)
        refused = await raised(pulse(rig, after=0.1))
        assert "C1: H2O.valve is being opened just now" in refused.what
        await opening

    on_rig(main)


def test_beside_a_pulse_a_compatible_source_may_open() -> None:
    async def main(rig: Rig) -> None:
        await covered(rig)
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1, width=0.2, tag="H2O.valve"))
        await rig.clock.sleep(0.05)
        await rig.gate.command(command("EG.valve", OPEN))
        await pulsing
        assert rig.boxes["valves"].registers["valve2"] == OPEN

    on_rig(main)


async def covered(rig: Rig) -> None:
    """Armed, the lithium covered, and a purge behind it: every source may open."""
    await rig.armed()
    await rig.cover()
    await rig.clock.sleep(0.2)
    rig.say_all()


async def keep_and_pulse(rig: Rig, tag: str, at: float) -> Edges:
    """The engine waits until shortly before; meanwhile all is well."""
    await rig.keep_saying(at - 0.18)
    return await rig.gate.pulse(Pulse(tag, at, 0.03, "test"))


def test_what_is_fresh_when_a_pulse_is_permitted_may_be_older_at_its_edge() -> None:
    """The gauge's value counts for 0.5 s: 0.4 s old now, it would be 0.55 s old by the edge, if no poll came before."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        at = rig.clock.now() + 0.55
        assert (await rig.gate.pulse(Pulse("TMA.valve", at, 0.03, "test"))).commanded_open == at

    on_rig(main)


@pytest.mark.parametrize(
    ("at", "width"),
    [(math.nan, 0.05), (math.inf, 0.05), (5.0, 0.0), (5.0, -1.0), (5.0, math.nan), (5.0, math.inf)],
)
def test_a_pulse_that_is_none_is_refused_at_once(at: float, width: float) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        began = rig.clock.now()
        refused = await raised(rig.gate.pulse(Pulse("TMA.valve", at, width, "test")))
        assert isinstance(refused, CommandRefused)
        assert f"RANGE: {width} s at {at} s" in refused.what
        assert rig.clock.now() == began
        assert (rig.events[-1].kind, rig.events[-1].data["interlocks"]) == (Kind.REFUSED, "RANGE")

    on_rig(main)


def test_a_refused_pulse_shuts_a_valve_that_an_order_had_opened() -> None:
    """Given, it would have ended shut; refused, there is all the more reason."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        rig.say(chamber__pressure=1100.0)
        assert "P3: chamber.pressure is 1100 Pa" in (await raised(pulse(rig, after=0.1))).what
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        assert rig.hub.latest["TMA.valve"].value == CLOSED
        told = rig.events[-1]
        assert (told.kind, told.data) == (Kind.COMMAND, {"tag": "TMA.valve", "value": CLOSED, "source": "interlock"})
        assert told.text.startswith("TMA.valve closed: shut, since TMA.valve may not go to open: P3: ")

    on_rig(main)


def test_a_refused_pulse_leaves_a_shut_valve_in_peace() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.say(chamber__pressure=1100.0)
        before = len(rig.boxes["valves"].heard)
        assert isinstance(await raised(pulse(rig, after=0.1)), CommandRefused)
        assert len(rig.boxes["valves"].heard) == before

    on_rig(main)


def test_a_refused_pulse_of_a_valve_that_does_not_shut_is_an_alarm_and_no_row_of_a_command() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        rig.say(chamber__pressure=1100.0)
        rig.boxes["valves"].stuck.add("valve0")
        rows = len(rig.kinds(Kind.COMMAND))
        assert isinstance(await raised(pulse(rig, after=0.1)), CommandRefused), "what it was refused for is told"
        assert "TMA.valve is not known to be at its safe value" in rig.kinds(Kind.ALARM)[0]
        assert len(rig.kinds(Kind.COMMAND)) == rows

    on_rig(main)


def test_a_valve_that_was_not_shut_after_one_pulse_and_is_after_the_next_is_told_of() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()

        async def fails(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        obeys, rig.devices["valves"].write = rig.devices["valves"].write, fails  # type: ignore[method-assign]
        for _ in range(2):
            pulsing = asyncio.ensure_future(pulse(rig, after=0.1))
            await rig.clock.sleep(0.12)
            pulsing.cancel()
            await asyncio.wait((pulsing,))
            rig.devices["valves"].write = obeys  # type: ignore[method-assign]
            rig.say_all()
        [alarm] = rig.kinds(Kind.ALARM)
        assert "ZeroDivisionError" in alarm
        assert "TMA.valve is at its safe value after all" in rig.kinds(Kind.COMMAND)

    on_rig(main)


def test_while_the_safe_state_is_driven_a_refused_pulse_leaves_the_line_to_it() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        before = len(rig.boxes["valves"].heard)
        with rig.gate.safing("a test"):
            assert "the safe state is being driven: a test" in (await raised(pulse(rig, after=0.1))).what
        assert len(rig.boxes["valves"].heard) == before

    on_rig(main)


def test_a_pulse_is_judged_shortly_before_its_edge_and_not_when_it_is_ordered() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.say(chamber__pressure=2000.0)
        pulsing = asyncio.ensure_future(pulse(rig, after=1.0))
        await rig.clock.sleep(0.84)
        rig.say_all()
        await pulsing
        pulsing = asyncio.ensure_future(pulse(rig, after=1.0))
        await rig.clock.sleep(0.84)
        rig.say_all(chamber__pressure=2000.0)
        assert isinstance(await raised(pulsing), CommandRefused), "not begun, so nothing is cut short"

    on_rig(main)


def test_a_bypass_that_ends_before_the_edge_helps_no_pulse() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.say(chamber__pressure=2000.0)
        rig.protection.bypasses.add("P3", "Ada", "a test", 0.1)
        assert "P3: chamber.pressure is 2000 Pa" in (await raised(pulse(rig, after=0.12))).what

    on_rig(main)


def test_at_the_very_instant_of_its_edge_a_pulse_is_not_taken_back() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        at = rig.clock.now() + 0.1
        pulsing = asyncio.ensure_future(rig.gate.pulse(Pulse("TMA.valve", at, 0.1, "test")))
        await rig.clock.sleep_until(at)
        rig.say(chamber__pressure=1100.0)
        edges = await pulsing
        assert edges.commanded_close - edges.commanded_open == pytest.approx(0.1)

    on_rig(main)


def test_a_permissive_lost_before_the_edge_takes_the_pulse_back() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1))
        await rig.clock.sleep(0.05)
        rig.say(chamber__pressure=97.0)
        rig.say(chamber__pressure=1100.0)
        error = await raised(pulsing)
        assert isinstance(error, Tripped)
        assert "P3: chamber.pressure is 1100 Pa" in error.what
        assert OPEN not in [value for _, value in rig.boxes["valves"].written("valve0")]

    on_rig(main)


def test_once_open_a_lost_permissive_changes_nothing_but_a_trip_shuts_at_once() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2, width=0.1))
        await rig.clock.sleep(0.25)
        rig.say(chamber__pressure=1100.0)
        edges = await pulsing
        assert edges.commanded_close - edges.commanded_open == pytest.approx(0.1)
        rig.say_all()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2, width=0.1))
        await rig.clock.sleep(0.25)
        for _ in range(2):
            rig.say(stage__temperature=to_si(170.0, degC))
            await rig.clock.sleep(0.01)
        error = await raised(pulsing)
        assert "cut short: T1 has tripped" in error.what
        opened, shut = rig.boxes["valves"].written("valve0")[-3][0], rig.boxes["valves"].written("valve0")[-2]
        assert shut[1] == CLOSED
        assert shut[0] - opened < 0.1

    on_rig(main)


def test_a_pulse_whose_opening_is_not_acknowledged_ends_shut() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["valves"].deaf_to = 1
        assert isinstance(await raised(pulse(rig)), NoReply)
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        published = rig.hub.latest["TMA.valve"]
        assert (published.value, published.quality) == (CLOSED, Quality.GOOD)
        ahead = rig.protection.rules.derivation.ahead(rig.clock.now(), rig.clock.now())
        assert ahead["H2O.clearance"].value == 0.0, "it may have been open"

    on_rig(main)


def test_a_valve_that_cannot_be_confirmed_shut_is_unknown_and_an_alarm() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2))
        await rig.clock.sleep(0.22)
        rig.boxes["valves"].lost = True
        assert isinstance(await raised(pulsing), LineLost)
        assert rig.hub.latest["TMA.valve"].quality is Quality.BAD
        [alarm] = rig.kinds(Kind.ALARM)
        assert "TMA.valve is not known to be at its safe value" in alarm

    on_rig(main)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("when", [0.1, 0.25, 0.32, 0.3499])
def test_a_cancelled_pulse_ends_shut_at_whatever_instant(when: float, times: int) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        began = rig.clock.now()
        pulsing = asyncio.ensure_future(pulse(rig))
        await rig.clock.sleep_until(began + when)
        for _ in range(times):
            pulsing.cancel()
            await rig.clock.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await pulsing
        await rig.clock.sleep(2.0)
        assert rig.boxes["valves"].registers["valve0"] == CLOSED

    on_rig(main)


@pytest.mark.parametrize(("before", "doubted"), [(0.0, True), (0.001, False)])
def test_a_pulse_cut_short_at_its_very_edge_may_have_opened_the_valve(before: float, doubted: bool) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        told: list[tuple[float, float, int]] = []
        rig.hub.listen(
            lambda batches: told.extend((*b.last[:2], b.last.quality) for b in batches if b.tag == "TMA.valve")
        )
        at = rig.clock.now() + 0.1
        pulsing = asyncio.ensure_future(rig.gate.pulse(Pulse("TMA.valve", at, 0.1, "test")))
        await rig.clock.sleep_until(at - before)
        pulsing.cancel()
        await asyncio.wait((pulsing,))
        assert ((at, OPEN, Quality.UNCERTAIN) in told) is doubted
        assert told[-1][1] == CLOSED

    on_rig(main)


def test_an_instrument_may_time_the_pulse_itself() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        await rig.clock.sleep(1.0)
        rig.say_all()
        at = rig.clock.now() + 0.2
        edges = await rig.gate.pulse(Pulse("EG.valve", at, 0.2, "test"))
        assert (at, "p valve2 0.2") in rig.boxes["valves"].heard
        assert edges.commanded_open == at
        assert edges.commanded_close == pytest.approx(at + 0.2)
        await rig.keep_saying(rig.clock.now() + 1.0)
        at = rig.clock.now() + 0.2
        await rig.gate.pulse(Pulse("EG.valve", at, 0.25, "test"))
        assert (at, "w valve2 1") in rig.boxes["valves"].heard, "0.25 s is no whole multiple of 0.1 s"

    on_rig(main)


def test_a_pulse_timed_by_the_instrument_that_does_not_end_is_ended() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        await rig.clock.sleep(1.0)
        rig.say_all()
        rig.boxes["valves"].stuck.add("valve2")
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2, width=0.2, tag="EG.valve"))
        await rig.clock.sleep(0.402)
        rig.boxes["valves"].stuck.clear()
        rig.boxes["valves"].registers["valve2"] = OPEN
        assert isinstance(await raised(pulsing), ReadbackMismatch)
        assert rig.boxes["valves"].registers["valve2"] == CLOSED

    on_rig(main)


def test_a_pulse_timed_by_the_instrument_must_be_seen_to_end() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        await rig.clock.sleep(1.0)
        rig.say_all()

        async def nothing(*_: Any, **__: Any) -> tuple[float, dict[Any, float]]:
            return rig.clock.now(), {}

        rig.devices["valves"].poll = nothing  # type: ignore[assignment, method-assign]
        error = await raised(pulse(rig, width=0.2, tag="EG.valve"))
        assert "cannot be read back" in error.what
        assert rig.boxes["valves"].registers["valve2"] == CLOSED

    on_rig(main)


def test_a_valve_whose_instrument_cannot_time_pulses_is_timed_by_the_gate() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.gate.roles = replace(rig.gate.roles, timed_by_instrument=frozenset({"TMA.valve"}))
        rig.devices["valves"].signals["valve"].pulse_resolution = None  # type: ignore[attr-defined]
        try:
            edges = await pulse(rig, width=0.2)
        finally:
            rig.devices["valves"].signals["valve"].pulse_resolution = 0.1  # type: ignore[attr-defined]
        assert (edges.commanded_open, "w valve0 1") in rig.boxes["valves"].heard

    on_rig(main)


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


def test_work_that_is_over_cannot_be_revoked() -> None:
    async def main(rig: Rig) -> None:
        async with Revocable("TMA.valve") as block:
            pass
        block.revoke("too late")
        await rig.clock.sleep(0.1)

    on_rig(main)


@pytest.mark.parametrize("error", [None, ZeroDivisionError()])
def test_what_its_own_last_deed_revokes_is_over_and_nothing_after_it_is_struck(error: Exception | None) -> None:
    """A read-back that is published may trip: the command is done, and its task goes on."""

    async def main(rig: Rig) -> None:
        block = Revocable("TMA.valve")
        with suppress(ZeroDivisionError):
            async with block:
                block.revoke("a trip")
                if error is not None:
                    raise error
        await rig.clock.sleep(0.1)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0

    on_rig(main)


def test_who_cancels_a_block_that_revokes_itself_is_heard() -> None:
    async def main(rig: Rig) -> None:
        async def work() -> None:
            async with Revocable("TMA.valve") as block:
                block.revoke("a trip")
                working.cancel()

        working = asyncio.ensure_future(work())
        with pytest.raises(asyncio.CancelledError):
            await working

    on_rig(main)


def test_an_error_that_a_revoked_block_makes_of_it_stays_that_error() -> None:
    async def main(rig: Rig) -> None:
        block = Revocable("TMA.valve")

        async def work() -> None:
            async with block:
                try:
                    await rig.clock.sleep(1.0)
                except asyncio.CancelledError:
                    raise ZeroDivisionError from None

        working = asyncio.ensure_future(work())
        await rig.clock.sleep(0.1)
        block.revoke("a trip")
        with pytest.raises(ZeroDivisionError):
            await working
        assert working.cancelling() == 0

    on_rig(main)


def test_a_cancellation_from_outside_stays_one() -> None:
    """Revoked and cancelled at once: whoever cancelled must see it."""

    async def main(rig: Rig) -> None:
        block = Revocable("TMA.valve")

        async def work() -> None:
            async with block:
                await rig.clock.sleep(1.0)

        working = asyncio.ensure_future(work())
        await rig.clock.sleep(0.1)
        block.revoke("a trip")
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

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


def test_a_safe_value_that_is_not_taken_is_given_up_after_a_second() -> None:
    async def main(rig: Rig) -> None:
        async def hangs(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        rig.devices["valves"].write = hangs  # type: ignore[method-assign]
        assert isinstance(await raised(rig.gate.write_safe("TMA.valve", CLOSED)), NoReply)
        assert rig.clock.now() == pytest.approx(1.0)

    on_rig(main)


def test_what_is_under_way_ends_as_the_safe_state_begins() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].mute = True
        commanding = asyncio.ensure_future(rig.gate.command(command(FLOW, FIFTY)))
        await rig.clock.sleep(0.1)
        began = rig.clock.now()
        with rig.gate.safing("a test"):
            assert "cut short: a test" in (await raised(commanding)).what
            assert rig.clock.now() == began

    on_rig(main)


def test_who_is_in_a_hurry_is_so_until_all_is_driven() -> None:
    async def main(rig: Rig) -> None:
        line = rig.devices["valves"].line
        assert not rig.gate.hurry.on(line)
        with rig.gate.safing("arming", hurry=False):
            assert not rig.gate.hurry.on(line)
            with rig.gate.safing("a trip"):
                assert rig.gate.hurry.on(line)
            assert rig.gate.hurry.on(line)
        assert not rig.gate.hurry.on(line)

    on_rig(main)


def test_once_anything_fails_a_safe_state_that_took_its_time_hurries() -> None:
    async def main(rig: Rig) -> None:
        line = rig.devices["valves"].line
        with rig.gate.safing("arming", hurry=False):
            rig.gate.hurry.turns[line].again = True
            rig.gate.hurry.hasten(line)
            assert rig.gate.hurry.on(line)
        assert not rig.gate.hurry.on(line)

    on_rig(main)


def test_a_safe_value_is_written_whatever_the_driver_believes() -> None:
    async def main(rig: Rig) -> None:
        told: list[dict[str, object]] = []

        async def write(*_: object, **how: object) -> None:
            told.append(how)

        rig.devices["valves"].write = write  # type: ignore[method-assign]
        with rig.gate.safing("a trip"):
            await rig.gate.write_safe("TMA.valve", CLOSED)
        await rig.gate.write_safe("TMA.valve", CLOSED)
        assert told == [{"urgent": True, "insist": True}, {"urgent": False, "insist": True}]

    on_rig(main)


@pytest.mark.parametrize(
    ("width", "resolution", "whole"),
    [(0.1, 0.1, True), (0.3, 0.1, True), (0.25, 0.1, False), (0.04, 0.1, False), (0.1, None, False), (0.1, 0.0, False)],
)
def test_an_instrument_times_whole_multiples_of_its_resolution(
    width: float, resolution: float | None, whole: bool
) -> None:
    assert is_whole_multiple(width, resolution) is whole


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


# --- what counts as commanded ----------------------------------------------------------------------------------------


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
