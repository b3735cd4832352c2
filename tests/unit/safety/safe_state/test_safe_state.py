"""The safe state: every output is tried, whatever fails, in order, on all lines at once, and to the end."""

import asyncio
from typing import Any

import pytest

from tests.unit.safety.rig import CLOSED, OPEN, REPLY_AFTER, Rig, command, on_rig, reactor
from vapordep.devices import Channel, Line
from vapordep.errors import CommandRefused, Tripped
from vapordep.model.commands import Pulse
from vapordep.model.events import Kind
from vapordep.model.outputs import SafeValue
from vapordep.safety.outputs.uninterrupted import uninterrupted
from vapordep.safety.safe_state.safe_state import T_SAFE, make_safe, try_again
from vapordep.units import degC, sccm, to_si

DRIVEN = ["TMA.valve", "H2O.valve", "EG.valve", "stage.setpoint", "vent.valve", "carrier.flow_setpoint"]


def energise(rig: Rig) -> None:
    """As a crashed program may have left it."""
    rig.boxes["valves"].registers.update(valve0=OPEN, valve1=OPEN, valve2=OPEN, valve3=OPEN, valve4=CLOSED)
    rig.boxes["mfc"].registers["flow_setpoint"] = 77.0
    rig.boxes["heater"].registers["setpoint"] = 190.0


def is_safe(rig: Rig, vent: float = OPEN) -> bool:
    """By the instruments themselves, not by what the program believes."""
    valves = rig.boxes["valves"].registers
    return (
        [valves[f"valve{n}"] for n in range(5)] == [CLOSED, CLOSED, CLOSED, OPEN, vent]
        and rig.boxes["heater"].registers["setpoint"] == 0.0
        and rig.boxes["mfc"].registers["flow_setpoint"] == pytest.approx(20.0)
    )


def test_every_output_goes_to_its_safe_value_and_what_is_left_stays() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        report = await make_safe(rig.gate, "test")
        assert [outcome.tag for outcome in report.outcomes] == DRIVEN
        assert (report.ok, report.failed) == (True, ())
        assert is_safe(rig)
        assert rig.boxes["valves"].written("valve3") == [], "`leave` is not touched"
        assert rig.hub.latest["stage.setpoint"].value == to_si(0.0, degC)
        assert rig.events[-1].text == "safe state: test – all 6 outputs at their safe values"

    on_rig(main)


def test_it_works_twice() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        assert (await make_safe(rig.gate, "once")).ok
        assert (await make_safe(rig.gate, "twice")).ok
        assert all(report.ok for report in await asyncio.gather(make_safe(rig.gate, "a"), make_safe(rig.gate, "b")))
        assert is_safe(rig)

    on_rig(main)


@pytest.mark.parametrize("pump", [OPEN, CLOSED, None])
def test_a_value_that_depends_goes_by_its_input_and_otherwise_when_that_is_unknown(pump: float | None) -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        if pump is not None:
            rig.say(pump__valve=pump)
        assert (await make_safe(rig.gate, "test")).ok
        assert is_safe(rig, vent=OPEN if pump == OPEN else CLOSED)

    on_rig(main)


def test_sources_come_first_then_heaters_on_a_shared_line() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        await make_safe(rig.gate, "test")
        order = [
            (time, f"{box.name}.{q.split()[1]}") for box in rig.boxes.values() for time, q in box.heard if q[0] == "w"
        ]
        assert [name for _, name in sorted(order)] == [
            "valves.valve0", "valves.valve1", "valves.valve2", "heater.setpoint", "valves.valve4", "mfc.flow_setpoint",
        ]  # fmt: skip

    on_rig(main, together=("valves", "heater", "mfc"))


def test_lines_work_at_the_same_time() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        began = rig.clock.now()
        await make_safe(rig.gate, "test")
        assert rig.clock.now() - began == pytest.approx(5 * REPLY_AFTER), "four valves and one read-back"

    on_rig(main)


@pytest.mark.parametrize("together", [(), ("valves", "heater", "mfc")])
@pytest.mark.parametrize("fault", ["mute", "lost", "refuses", "stuck", "crash"])
def test_one_instrument_that_fails_keeps_no_other_from_being_made_safe(fault: str, together: tuple[str, ...]) -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        valves = rig.boxes["valves"]
        if fault in ("mute", "lost"):
            setattr(valves, fault, True)
        elif fault == "crash":
            crash(rig)
        else:
            getattr(valves, fault).update({"valve0", "valve1", "valve2", "valve4"})
        report = await make_safe(rig.gate, "test")
        assert {outcome.tag for outcome in report.failed} == {"TMA.valve", "H2O.valve", "EG.valve", "vent.valve"}
        assert all(outcome.error for outcome in report.failed)
        assert rig.boxes["heater"].registers["setpoint"] == 0.0
        assert rig.boxes["mfc"].registers["flow_setpoint"] == pytest.approx(20.0)
        heater = rig.boxes["heater"].written("setpoint")
        assert heater[0][0] < 0.7, "one reply was waited for in vain, not one for each valve"
        assert len(rig.kinds(Kind.ALARM)) == 4
        assert "Cut its power" in rig.kinds(Kind.ALARM)[0]

    on_rig(main, together=together)


def crash(rig: Rig) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    rig.devices["valves"].write = fails  # type: ignore[method-assign]


def test_an_instrument_that_obeys_but_cannot_be_read_is_not_known_to_be_safe() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        device = rig.devices["heater"]

        async def unreadable(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError

        device.poll = unreadable  # type: ignore[assignment, method-assign]
        report = await make_safe(rig.gate, "test")
        assert [outcome.tag for outcome in report.failed] == ["stage.setpoint"]
        assert "ZeroDivisionError" in report.failed[0].error

    on_rig(main)


def test_an_output_that_no_poll_holds_is_believed() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        device = rig.devices["heater"]

        async def nothing(*_: Any, **__: Any) -> tuple[float, dict[Any, float]]:
            return rig.clock.now(), {}

        device.poll = nothing  # type: ignore[assignment, method-assign]
        assert (await make_safe(rig.gate, "test")).ok

    on_rig(main)


def test_a_reading_that_waits_for_its_reply_gives_way() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        rig.boxes["gauge"].mute = True
        device = rig.devices["gauge"]
        reading = asyncio.ensure_future(device.read(device.polls[0]))
        await rig.clock.sleep(0.01)
        began = rig.clock.now()
        assert (await make_safe(rig.gate, "test")).ok
        assert rig.boxes["valves"].written("valve0")[0][0] - began < 0.1, "the reading would wait for 0.5 s"
        await asyncio.wait((reading,))
        assert reading.exception() is not None

    on_rig(main, together=("valves", "gauge"))


def test_a_lost_write_is_tried_again() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        rig.boxes["heater"].deaf_to = 1
        assert (await make_safe(rig.gate, "test")).ok
        assert is_safe(rig)

    on_rig(main)


@pytest.mark.parametrize(("back_after", "shut"), [(0.5, True), (2.0, True), (4.0, False), (None, False)])
def test_a_lost_line_is_opened_again_as_long_as_there_is_time(back_after: float | None, shut: bool) -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        valves, began = rig.boxes["valves"], rig.clock.now()
        valves.lost = True
        if back_after is not None:
            rig.clock.loop.call_later(back_after, setattr, valves, "lost", False)
        report = await make_safe(rig.gate, "test")
        assert report.ok is shut
        assert rig.boxes["heater"].written("setpoint")[0][0] - began < 0.1, "a healthy line waits for none"
        if shut:
            assert is_safe(rig)
            assert valves.written("valve0")[0][0] - began < (back_after or 0.0) + 0.2
            return
        assert T_SAFE <= rig.clock.now() - began < T_SAFE + 0.2
        assert all("connection refused" in outcome.error for outcome in report.failed), "the last cause, not the first"
        assert len(rig.kinds(Kind.ALARM)) == 4
        again = await try_again(rig.gate, await make_safe(rig.gate, "once more"))
        assert again.ok is (back_after is not None)
        assert len(rig.kinds(Kind.ALARM)) == 4, "each alarm once, as long as it stands"

    on_rig(main)


def test_what_fails_on_a_healthy_line_is_tried_on_too() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        rig.boxes["heater"].stuck.add("setpoint")
        rig.clock.loop.call_later(2.5, rig.boxes["heater"].stuck.clear)
        began = rig.clock.now()
        assert (await make_safe(rig.gate, "test")).ok
        assert 2.5 < rig.clock.now() - began < T_SAFE
        assert is_safe(rig)
        writes = len(rig.boxes["mfc"].written("flow_setpoint"))
        assert writes == 1, "what is where it should be is not written again"

    on_rig(main)


def test_an_output_that_is_safe_again_may_raise_its_alarm_anew() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        heater = rig.boxes["heater"]
        for _ in range(2):
            heater.lost = True
            assert not (await make_safe(rig.gate, "test")).ok
            heater.lost = False
            assert (await make_safe(rig.gate, "test")).ok
        assert len(rig.kinds(Kind.ALARM)) == 2
        assert [e.text for e in rig.events].count("stage.setpoint is at its safe value after all") == 2

    on_rig(main)


def test_cancelling_the_caller_does_not_stop_it() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        making = asyncio.ensure_future(make_safe(rig.gate, "test"))
        for _ in range(3):
            await rig.clock.sleep(REPLY_AFTER / 2)
            making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making
        assert is_safe(rig)

    on_rig(main)


def test_what_is_under_way_ends_and_nothing_new_goes() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["mfc"].mute = True
        flow = asyncio.ensure_future(rig.gate.command(command("carrier.flow_setpoint", to_si(50.0, sccm))))
        valve = asyncio.ensure_future(rig.gate.pulse(Pulse("TMA.valve", rig.clock.now() + 0.1, 0.05, "test")))
        await rig.clock.sleep(0.05)
        rig.boxes["mfc"].mute = False
        making = asyncio.ensure_future(make_safe(rig.gate, "an abort"))
        await rig.clock.sleep(REPLY_AFTER)
        with pytest.raises(CommandRefused, match="the safe state is being driven: an abort"):
            await rig.gate.command(command("pump.valve", OPEN))
        for work in (flow, valve):
            with pytest.raises(Tripped, match="cut short: an abort"):
                await work
        assert (await making).ok
        await rig.clock.sleep(1.0)
        assert rig.boxes["mfc"].registers["flow_setpoint"] == pytest.approx(20.0)
        assert OPEN not in [value for _, value in rig.boxes["valves"].written("valve0")]

    on_rig(main)


def test_a_closing_under_way_is_not_cut_short() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        closing = asyncio.ensure_future(rig.gate.command(command("TMA.valve", CLOSED)))
        await rig.clock.sleep(REPLY_AFTER / 2)
        await make_safe(rig.gate, "test")
        await closing
        assert rig.boxes["valves"].registers["valve0"] == CLOSED

    on_rig(main)


def test_uninterrupted_work_tells_of_its_failure_beside_the_cancellation() -> None:
    async def main(rig: Rig) -> None:
        async def fails() -> None:
            await rig.clock.sleep(1.0)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await uninterrupted(fails())
        working = asyncio.ensure_future(uninterrupted(fails()))
        await rig.clock.sleep(0.5)
        working.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await working
        assert cancelled.value.__notes__ == ["meanwhile failed: ZeroDivisionError()"]

    on_rig(main)


def test_an_output_that_depends_on_nothing_known_is_refused() -> None:
    odd = reactor().outputs["vent.valve"]
    outputs = {
        **reactor().outputs,
        "vent.valve": type(odd)(**{**fields(odd), "safe": SafeValue(1.0, ("pump.running",), 0.0)}),
    }

    async def main(rig: Rig) -> None:
        raise AssertionError

    with pytest.raises(Exception, match=r"no tag is called 'pump\.running'"):
        on_rig(main, whole=reactor(outputs=outputs))


def fields(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__slots__}


def test_a_try_that_changes_something_is_recorded_and_one_that_does_not_is_not() -> None:
    async def main(rig: Rig) -> None:
        energise(rig)
        rig.say_all()
        rig.boxes["mfc"].mute = rig.boxes["heater"].mute = True
        report = await make_safe(rig.gate, "test")
        assert {outcome.tag for outcome in report.failed} == {"stage.setpoint", "carrier.flow_setpoint"}

        def recorded() -> list[str]:
            return [event.text for event in rig.events if event.text.startswith("safe state")]

        before = len(recorded())
        report = await try_again(rig.gate, report)
        assert len(recorded()) == before
        rig.boxes["mfc"].mute = False
        report = await try_again(rig.gate, report)
        assert [outcome.tag for outcome in report.failed] == ["stage.setpoint"]
        assert recorded()[before:] == ["safe state, tried on: test – 5 outputs at their safe values, 1 not"]
        assert [outcome.tag for outcome in report.outcomes] == DRIVEN, "those that were there count on"

    on_rig(main)


def urgency(rig: Rig) -> list[bool]:
    """Whether each write to a valve goes before all readings, from now on."""
    device, flags = rig.devices["valves"], []
    write = device.write

    async def noted(channel: Channel, value: float, *, urgent: bool = False, insist: bool = False) -> None:
        flags.append(urgent)
        await write(channel, value, urgent=urgent, insist=insist)

    device.write = noted  # type: ignore[method-assign]
    return flags


@pytest.mark.parametrize(("refused", "again"), [(False, False), (True, True)])
def test_who_waited_for_another_that_made_all_safe_is_in_no_hurry(refused: bool, again: bool) -> None:
    """A trip, and the end of the run that it aborts. Four valves each."""

    async def main(rig: Rig) -> None:
        rig.say_all()
        rig.boxes["valves"].refuses = {"valve0"} if refused else set()
        flags = urgency(rig)
        await asyncio.gather(make_safe(rig.gate, "a trip"), make_safe(rig.gate, "the end of its run"))
        assert flags[:8] == [True] * 4 + [again] * 4

    on_rig(main)


def test_who_comes_later_is_in_a_hurry_again() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        flags = urgency(rig)
        for reason in ("one", "another"):
            await make_safe(rig.gate, reason)
        assert flags == [True] * 8

    on_rig(main)


@pytest.mark.parametrize("fault", ["refuses", "cannot be read"])
def test_without_hurry_anything_amiss_on_a_line_makes_haste(fault: str) -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        hastened, hasten = [], rig.gate.hurry.hasten

        def noted(line: Line) -> None:
            hastened.append(line)
            hasten(line)

        rig.gate.hurry.hasten = noted  # type: ignore[method-assign]
        if fault == "refuses":
            rig.boxes["heater"].refuses = {"setpoint"}
        else:
            rig.devices["heater"].poll = crashes  # type: ignore[method-assign]
        await make_safe(rig.gate, "arming", hurry=False)
        assert set(hastened) == {rig.devices["heater"].line}

    async def crashes(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a fault of the driver")

    on_rig(main)


def test_what_fails_is_tried_twice_at_once_then_after_a_rest_and_no_line_is_opened_that_was_not_lost() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        valves, opened = rig.boxes["valves"], []
        rig.devices["valves"].line.reopen = lambda epoch: opened.append(epoch)  # type: ignore[method-assign, assignment, func-returns-value, return-value]
        valves.refuses = {"valve0"}
        report = await make_safe(rig.gate, "test")
        first, second, third = [at for at, question in valves.heard if question.startswith("w valve0")][:3]
        assert second - first < 0.1 <= third - second
        [told] = [event.data for event in rig.events if "safe" in event.data]
        assert (told["safe"], told["failed"]) == (5, 1)
        assert opened == []
        valves.heard.clear()
        await try_again(rig.gate, report)
        assert len([question for _, question in valves.heard if question.startswith("w valve0")]) == 2

    on_rig(main)
