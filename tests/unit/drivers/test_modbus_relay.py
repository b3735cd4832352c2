"""The relay driver against the frames of the maker's page."""

import pytest

from tests.unit.drivers.captured import Capture, on_capture
from vapordep.devices import Channel
from vapordep.devices.framings.modbus import Rtu
from vapordep.errors import InstrumentBusy, InstrumentRefused, NoReply, ProtocolError, WrongInstrument

ON = bytes.fromhex("0105 0000 FF00 8C3A")
OFF = bytes.fromhex("0105 0000 0000 CDCA")
FLASH = bytes.fromhex("0105 0200 0007 8DB0")
READ = bytes.fromhex("0101 0000 0008 3DCC")
FIRST_AND_THIRD = Rtu(1).encode(bytes((1, 1, 0b0000_0101)))
READ_INPUTS = bytes.fromhex("0102 0000 0008 79CC")
SECOND = Rtu(1).encode(bytes((2, 1, 0b0000_0010)))
BOARD = {ON: ON, OFF: OFF, FLASH: FLASH, READ: FIRST_AND_THIRD, READ_INPUTS: SECOND}


@on_capture("modbus_relay", BOARD)
async def test_the_frames_of_the_makers_page(capture: Capture) -> None:
    await capture.write("valve", 1.0, 0)
    await capture.write("valve", 0.0, 0)
    await capture.device.pulse(Channel("valve", 0), 0.7)
    assert capture.sent == [ON, OFF, FLASH]
    states = await capture.read()
    assert [states[Channel("valve", n)] for n in range(8)] == [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert [states[Channel("input", n)] for n in range(8)] == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("width", [0.0, 0.05, 0.75, 4000.0, -0.1])
def test_a_width_that_the_board_cannot_time_is_refused(width: float) -> None:
    @on_capture("modbus_relay", BOARD)
    async def scenario(capture: Capture) -> None:
        with pytest.raises(InstrumentRefused, match="steps"):
            await capture.device.pulse(Channel("valve", 0), width)
        assert capture.sent == []

    scenario()


@on_capture("modbus_relay", BOARD)
async def test_a_valve_is_open_or_closed(capture: Capture) -> None:
    with pytest.raises(InstrumentRefused, match=r"off \(0\) or on \(1\)"):
        await capture.write("valve", 0.5, 0)
    assert capture.sent == []


@on_capture("modbus_relay", BOARD | {ON: OFF})
async def test_the_echo_must_be_of_the_command(capture: Capture) -> None:
    """What echoes another state is a late reply; nothing else comes."""
    with pytest.raises((NoReply, ProtocolError)):
        await capture.write("valve", 1.0, 0)


@on_capture("modbus_relay", {READ: bytes.fromhex("0181 02 C191")})
async def test_a_board_without_relays_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match=r"no board of eight relays: .*illegal data address"):
        await capture.device.identify()


@on_capture("modbus_relay", {ON: Rtu(1).encode(bytes((0x85, 6))), READ: Rtu(1).encode(bytes((0x81, 11)))})
async def test_a_board_that_is_busy_has_not_refused(capture: Capture) -> None:
    """Neither has one behind a gateway that does not reach it: a command may be given once more."""
    with pytest.raises(InstrumentBusy, match="server device busy"):
        await capture.write("valve", 1.0, 0)
    with pytest.raises(InstrumentBusy, match="failed to respond"):
        await capture.device.identify()


@on_capture("modbus_relay", {}, framing="tcp", address=1)
async def test_a_frame_over_modbus_tcp(capture: Capture) -> None:
    frame = capture.device.frame(Channel("valve", 3), 1.0)
    assert capture.device.framing.encode(frame.payload) == bytes.fromhex("0001 0000 0006 01 05 0003 FF00")
