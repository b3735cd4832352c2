"""Devices: the table of signals, options, ranges, urgency handed on to every question of a write."""

import asyncio
import math

import pytest

from tests.unit.devices.scripted import Scripted
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices import (
    Channel,
    Device,
    Frame,
    Framing,
    Identity,
    Line,
    Options,
    Readings,
    poll,
    readback,
    setpoint,
)
from vapordep.devices.catalogue import driver, names
from vapordep.devices.framings import Terminator
from vapordep.errors import InstrumentRefused, ReactorError
from vapordep.units import Dimension, degC, sccm, state


class Thing(Device):
    """One of everything."""

    manual = "none"
    temperature = readback(degC, low=0.0, high=100.0)
    flow = setpoint(sccm, low=0.0, high=100.0)
    valve = setpoint(state, low=0.0, high=1.0, count=3)
    forgotten = setpoint(sccm, low=0.0, high=1.0)

    def make_framing(self) -> Framing:
        return Terminator(b"\r")

    async def identify(self) -> Identity:
        return Identity("maker", "thing")

    @poll(every=1.0, stale_after=2.0)
    async def _all(self) -> Readings:
        return {self.temperature: float((await self.ask(b"T")).decode())}

    @flow.writer
    async def _write_flow(self, value: float) -> None:
        for _ in range(3):
            await self.ask(f"F{value:g}".encode())

    @valve.frame
    def _valve(self, index: int, value: float) -> Frame:
        return Frame(f"V{index}={value:g}".encode(), lambda reply: None)

    @valve.pulser(resolution=0.1)
    async def _pulse(self, index: int, width: float) -> None:
        await self.ask(f"P{index} {width:g}".encode())


FLOW, VALVE = Channel("flow"), Channel("valve", 2)


def thing(clock: VirtualClock, delay: float = 0.001) -> tuple[Thing, Scripted]:
    wire = Scripted(clock, lambda data: [(delay, data)])
    return Thing("thing", Line(wire, clock), {}), wire


def test_the_table_of_signals_is_the_class() -> None:
    assert list(Thing.signals) == ["temperature", "flow", "valve", "forgotten"]
    assert [str(channel) for channel in Thing.valve.channels()] == ["valve[0]", "valve[1]", "valve[2]"]
    assert Thing.valve[1] == Channel("valve", 1)
    assert [exchange.name for exchange in Thing.polls] == ["all"]


def test_a_poll_must_survive_one_miss() -> None:
    with pytest.raises(ValueError, match="missed"):
        poll(every=1.0, stale_after=1.5)


def test_an_exchange_fills_what_it_declares_and_another_all_the_rest() -> None:
    class Slow(Thing):
        @poll(every=5.0, stale_after=15.0, fills=(Thing.flow,))
        async def _slow(self) -> Readings:
            return {self.flow: 1.0}

    rest, slow = Slow.polls
    assert Slow.filled_by(slow) == {"flow"}
    assert Slow.filled_by(rest) == {"temperature", "valve", "forgotten"}
    assert Thing.filled_by(rest) == Thing.signals.keys()


def test_an_output_cannot_disturb_what_is_no_signal_of_its_driver() -> None:
    with pytest.raises(TypeError, match="moved disturbs what is no signal of Other"):

        class Other(Thing):
            moved = setpoint(degC, low=0.0, high=1.0, disturbs=("blade",))


def test_an_exchange_cannot_fill_what_is_no_signal_of_its_driver() -> None:
    with pytest.raises(TypeError, match="slow fills what is no signal of Other"):

        class Other(Thing):
            @poll(every=5.0, stale_after=15.0, fills=(readback(degC, low=0.0, high=1.0),))
            async def _slow(self) -> Readings:
                return {}


def test_frames_writers_and_pulses_go_out_as_declared() -> None:
    async def main(clock: VirtualClock) -> None:
        device, wire = thing(clock)
        await device.write(VALVE, 1.0)
        await device.write(FLOW, 5.0)
        await device.pulse(VALVE, 0.3)
        assert [data for _, data in wire.sent] == [b"V2=1\r", b"F5\r", b"F5\r", b"F5\r", b"P2 0.3\r"]
        assert device.frame(VALVE, 0.0).payload == b"V2=0"

    run_virtual(main)


@pytest.mark.parametrize("value", [-0.1, 100.1, math.nan, math.inf])
def test_out_of_range_nothing_is_sent(value: float) -> None:
    async def main(clock: VirtualClock) -> None:
        device, wire = thing(clock)
        with pytest.raises(InstrumentRefused, match="0 to 100 sccm"):
            await device.write(FLOW, value)
        with pytest.raises(InstrumentRefused):
            device.frame(VALVE, value)
        assert wire.sent == []

    run_virtual(main)


@pytest.mark.parametrize("value", [0.5, 1e-9, 0.999, math.nan])
def test_a_state_is_on_or_off_and_nothing_between(value: float) -> None:
    async def main(clock: VirtualClock) -> None:
        device, wire = thing(clock)
        with pytest.raises(InstrumentRefused, match=r"off \(0\) or on \(1\)"):
            await device.write(VALVE, value)
        with pytest.raises(InstrumentRefused, match=r"off \(0\) or on \(1\)"):
            device.frame(VALVE, value)
        assert wire.sent == []

    run_virtual(main)


def test_what_a_driver_does_not_declare_cannot_be_done() -> None:
    async def main(clock: VirtualClock) -> None:
        device, _ = thing(clock)
        with pytest.raises(TypeError, match="read only"):
            await device.write(Channel("temperature"), 1.0)
        with pytest.raises(TypeError, match="neither"):
            await device.write(Channel("forgotten"), 1.0)
        with pytest.raises(TypeError, match="cannot be pulsed"):
            device.frame(FLOW, 1.0)
        with pytest.raises(TypeError, match="cannot time"):
            await device.pulse(FLOW, 1.0)

    run_virtual(main)


def test_an_urgent_write_is_urgent_in_each_of_its_questions() -> None:
    async def main(clock: VirtualClock) -> None:
        device, wire = thing(clock, delay=0.01)
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(device.line.ask(b"poll", device.framing))
            await clock.sleep(0.005)
            group.create_task(device.write(FLOW, 0.0, urgent=True))
        order = [data for _, data in wire.sent]
        assert max(place for place, data in enumerate(order) if data == b"F0\r") <= 5
        assert order.index(b"F0\r") == 1

    run_virtual(main)


def test_an_urgent_reading_passes_the_queue_and_gives_way_to_nothing() -> None:
    async def main(clock: VirtualClock) -> None:
        device, wire = thing(clock, delay=0.01)
        wire.answer = lambda data: [(0.01, b"25\r" if data == b"T\r" else data)]
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(device.line.ask(b"poll", device.framing))
            await clock.sleep(0.005)
            group.create_task(device.read(Thing.polls[0], urgent=True))
            await clock.sleep(0.01)
            group.create_task(device.write(FLOW, 0.0, urgent=True))
        assert [data for _, data in wire.sent[:3]] == [b"poll\r", b"T\r", b"F0\r"]

    run_virtual(main)


def test_the_catalogue_finds_drivers_by_their_file_names() -> None:
    assert {"alicat", "mks946", "eurotherm", "modbus_relay"} <= names("vapordep.drivers")
    assert not [name for name in names("vapordep.drivers") if name.startswith("_")]
    assert driver("alicat").__name__ == "Alicat"
    with pytest.raises(ReactorError, match="'alicats'") as error:
        driver("alicats", "reactor.yaml:3")
    assert error.value.where == "reactor.yaml:3"
    assert "alicat" in error.value.remedy


def options(**given: str | float | int | bool) -> Options:
    return Options(given, "gauge", ("address", "units", "modules", "full_scale"))


def test_options_are_read_with_their_defaults() -> None:
    none = options()
    assert none.integer("address", 7, low=1, high=9) == 7
    assert none.word("units", "TORR", among=("TORR", "PASCAL")) == "TORR"
    assert none.words("modules", "", among=("CM", "PR")) == ()
    assert none.quantity("full_scale", Dimension.PRESSURE) is None
    some = options(address=3, units="PASCAL", modules="CM, PR", full_scale="10 mbar", baud=19200)
    assert some.integer("address", 7, low=1, high=9) == 3
    assert some.words("modules", "", among=("CM", "PR")) == ("CM", "PR")
    assert some.quantity("full_scale", Dimension.PRESSURE) == pytest.approx(1000.0)


@pytest.mark.parametrize("address", [0, 10, "3", 3.0, True])
def test_what_is_no_address_is_refused(address: str | float | int | bool) -> None:
    with pytest.raises(ReactorError, match="address") as error:
        options(address=address).integer("address", 7, low=1, high=9)
    assert error.value.where == "gauge"


@pytest.mark.parametrize(
    "given", [{"units": "torr"}, {"modules": "CM;PR"}, {"full_scale": "10"}, {"full_scale": "1 s"}]
)
def test_wrong_options_are_refused(given: dict[str, str]) -> None:
    found = options(**given)
    with pytest.raises(ReactorError):
        _ = (
            found.word("units", "TORR", among=("TORR",)),
            found.words("modules", "", among=("CM", "PR")),
            found.quantity("full_scale", Dimension.PRESSURE),
        )


@pytest.mark.parametrize("given", ["0 Pa", "-1 Torr", "1 s"])
def test_what_has_a_size_is_above_zero(given: str) -> None:
    assert options().size("full_scale", Dimension.PRESSURE, 7.0) == 7.0
    assert options(full_scale="2 Pa").size("full_scale", Dimension.PRESSURE, 7.0) == 2.0
    with pytest.raises(ReactorError, match="full_scale"):
        options(full_scale=given).size("full_scale", Dimension.PRESSURE, 7.0)


def test_unknown_options_are_refused_by_name() -> None:
    with pytest.raises(ReactorError, match="'adress'"):
        options(adress=3)
