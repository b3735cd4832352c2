"""The supply's driver against the replies of manual 83-530-000, and two supplies on one wire."""

import asyncio

import pytest

from tests.unit.drivers.captured import Capture, Script, on_capture
from tests.unit.instruments.fake_world import FakeWorld
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices import Channel, Line
from vapordep.devices.catalogue import driver
from vapordep.errors import InstrumentRefused, NoReply, ProtocolError, WrongInstrument
from vapordep.simulation.transport import SimulatedTransport
from vapordep_simulators.instruments.genesys import Genesys


def says(**replies: str) -> Script:
    """Question (a `_` is a space, a last `Q` a question mark) and reply, each with CR."""
    return {f"{q.replace('_', ' ').replace('Q', '?')}\r".encode(): f"{r}\r".encode() for q, r in replies.items()}


IDLE = says(
    ADR_6="OK", STTQ="MV(45.201),PV(45),MC(4.3257),PC(10),SR(30),FR(00)", OUTQ="OFF", IDNQ="LAMBDA,GEN60-55",
    REVQ="REV:1U:4.3", SNQ="508J034-0001",
)  # fmt: skip
RATED = {"rated_voltage": "60 V", "rated_current": "55 A"}


@on_capture("genesys", IDLE, **RATED)
async def test_the_example_of_the_manual(capture: Capture) -> None:
    read = {f"{channel}": value for channel, value in (await capture.read()).items()}
    assert read == {
        "voltage": 45.201, "voltage_setpoint": 45.0, "current": 4.3257, "current_setpoint": 10.0, "output": 0.0,
        "constant_current": 0.0, "foldback": 1.0, "local": 0.0, "fault": 0.0,
    }  # fmt: skip
    assert capture.sent == [b"ADR 6\r", b"STT?\r", b"OUT?\r"]
    assert await capture.device.identify() == await capture.device.identify()
    await capture.device.check_units()


@on_capture("genesys", IDLE | says(REVQ="C01", SNQ="C01", IDNQ="LAMBDA, GEN60-55"), **RATED)
async def test_what_it_does_not_tell_of_itself_stays_empty(capture: Capture) -> None:
    identity = await capture.device.identify()
    assert (identity.model, identity.serial, identity.firmware) == ("GEN60-55", "", "")


@on_capture("genesys", IDLE | says(STTQ="MV(5.0),PV(12),MC(8.0),PC(8),SR(8A),FR(18)", OUTQ="ON"), **RATED)
async def test_registers_are_told_apart(capture: Capture) -> None:
    read = await capture.read()
    told = [read[Channel(name)] for name in ("constant_current", "foldback", "local", "fault", "output")]
    assert told == [1.0, 0.0, 1.0, 1.0, 1.0]


@on_capture("genesys", IDLE | says(**{"PV_12.0000": "OK", "PC_8.5000": "C05", "OUT_1": "E07", "OUT_0": "OK"}), **RATED)
async def test_settings_are_acknowledged_or_refused(capture: Capture) -> None:
    await capture.write("voltage_setpoint", 12.0)
    await capture.write("output", 0.0)
    assert capture.sent == [b"ADR 6\r", b"PV 12.0000\r", b"ADR 6\r", b"OUT 0\r"]
    with pytest.raises(InstrumentRefused, match=r"PC 8.5000 is refused with C05: out of range"):
        await capture.write("current_setpoint", 8.5)
    capture.script |= says(STTQ="MV(0),PV(0),MC(0),PC(0),SR(08),FR(18)")
    with pytest.raises(InstrumentRefused, match="E07: it was shut down by a fault that stands: foldback, over-voltage"):
        await capture.write("output", 1.0)
    with pytest.raises(InstrumentRefused, match="takes 0 to 60 V, not 61"):
        await capture.write("voltage_setpoint", 61.0)


@on_capture("genesys", IDLE)
async def test_another_model_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="GEN60-55") as refused:
        await capture.device.check_units()
    assert refused.value.remedy == "write rated_voltage: 60 V, rated_current: 55 A"
    capture.script |= says(IDNQ="OTHER,LAMBDA,1")
    with pytest.raises(WrongInstrument, match="LAMBDA,GEN"):
        await capture.device.identify()


@pytest.mark.parametrize(
    "status", ["MV(45.201),PV(45),MC(4.3257),PC(10),SR(30)", "MV(nan),PV(45),MC(4),PC(1),SR(30),FR(00)", "MV()"]
)
def test_a_status_that_is_none_is_refused(status: str) -> None:
    @on_capture("genesys", IDLE | says(STTQ=status))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError, match="STT"):
            await capture.read()

    scenario()


@on_capture("genesys", IDLE | says(ADR_6="ON", OUT_0="OK"))
async def test_what_is_no_acknowledgement_is_not_taken_for_one(capture: Capture) -> None:
    with pytest.raises(NoReply):
        await capture.write("output", 0.0)


def test_of_several_on_one_wire_the_one_that_is_meant_obeys() -> None:
    """Both are read and switched at once; a line that let the exchanges mingle would switch the wrong one."""

    async def main(clock: VirtualClock) -> None:
        world = FakeWorld(a__voltage=1.0, b__voltage=2.0)
        both = []
        for name, address in (("a", 6), ("b", 7)):
            wiring = {each: f"{name}.{each}" for each in ("voltage", "voltage_setpoint", "output")}
            both.append(Genesys(name, world, wiring, {"address": address}, 1))  # type: ignore[arg-type]
        line = Line(SimulatedTransport(*both, clock=clock), clock)
        await line.open()
        first, second = (driver("genesys")(each.name, line, {"address": each.address}) for each in both)
        for turn in range(20):
            wanted = 1.0 + turn
            async with asyncio.TaskGroup() as group:
                group.create_task(first.read(first.polls[0]))
                group.create_task(second.write(Channel("voltage_setpoint"), wanted))
                group.create_task(first.write(Channel("output"), float(turn % 2)))
                group.create_task(second.read(second.polls[0]))
            assert [both[0].on, both[1].on] == [bool(turn % 2), False]
            assert [float(each.programmed["PV"]) for each in both] == [0.0, wanted]
        readings = await second.read(second.polls[0])
        assert dict(readings)[type(second).signals["voltage"]] == pytest.approx(2.0, abs=0.1)

    run_virtual(main)
