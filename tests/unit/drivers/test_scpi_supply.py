"""The driver of SCPI supplies against replies in the forms that SCPI allows."""

import pytest

from tests.unit.drivers.captured import Capture, Script, on_capture
from vapordep.devices import Channel
from vapordep.devices.signals import Doubt
from vapordep.errors import InstrumentRefused, ProtocolError, ReadbackMismatch, WrongInstrument


def says(replies: dict[str, str]) -> Script:
    return {f"{question}\n".encode(): f"{reply}\n".encode() for question, reply in replies.items()}


IDLE = says({
    "*IDN?": "KEYSIGHT,N5745A,US1,C.01.00", "MEAS:VOLT?": "+1.20000E+01", "MEAS:CURR?": "3.25", "OUTP?": "1",
    "VOLT?": "12.0", "CURR?": "+8.00000E+00", "SYST:ERR?": '+0,"No error"', "STAT:OPER:COND?": "+256",
    "STAT:QUES:COND?": "0",
})  # fmt: skip


@on_capture("scpi_supply", IDLE)
async def test_what_it_tells(capture: Capture) -> None:
    assert {f"{channel}": value for channel, value in (await capture.read()).items()} == {
        "voltage": 12.0, "current": 3.25, "output": 1.0, "voltage_setpoint": 12.0, "current_setpoint": 8.0,
        "constant_current": 0.0, "fault": 0.0,
    }  # fmt: skip
    identity = await capture.device.identify()
    assert (identity.maker, identity.model, identity.serial) == ("KEYSIGHT", "N5745A", "US1")


@on_capture("scpi_supply", IDLE | says({"STAT:OPER:COND?": "1024", "STAT:QUES:COND?": "+17", "MEAS:CURR?": "9.91E37"}))
async def test_registers_and_no_numbers(capture: Capture) -> None:
    read = await capture.read()
    assert read[Channel("constant_current")] == read[Channel("fault")] == 1.0
    assert isinstance(read[Channel("current")], Doubt)


@on_capture("scpi_supply", IDLE)
async def test_a_command_is_followed_by_the_question_for_errors(capture: Capture) -> None:
    await capture.write("voltage_setpoint", 12.5)
    await capture.write("output", 1.0)
    assert capture.sent == [b"VOLT 12.5000\n", b"SYST:ERR?\n", b"OUTP 1\n", b"SYST:ERR?\n", b"OUTP?\n"]
    with pytest.raises(ReadbackMismatch, match="its output is on after OUTP 0"):
        await capture.write("output", 0.0)
    capture.script |= says({"SYST:ERR?": '-222,"Data out of range"'})
    with pytest.raises(InstrumentRefused, match=r"CURR 5.0000 is refused: -222, Data out of range"):
        await capture.write("current_setpoint", 5.0)
    with pytest.raises(InstrumentRefused, match="takes 0 to 38 A"):
        await capture.write("current_setpoint", 39.0)


@pytest.mark.parametrize(
    ("question", "told"),
    [("OUTP?", "2"), ("MEAS:VOLT?", "12 V"), ("VOLT?", "nan"), ("STAT:OPER:COND?", "1.5"), ("STAT:QUES:COND?", "-1")],
)
def test_odd_replies_are_told(question: str, told: str) -> None:
    @on_capture("scpi_supply", IDLE | says({question: told}))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError, match=told):
            await capture.read()

    scenario()


@pytest.mark.parametrize("told", ["Agilent Technologies,N5745A,US1,B.00.00,REV:A", "Agilent Technologies,N5745A"])
def test_a_name_may_have_more_or_fewer_words(told: str) -> None:
    @on_capture("scpi_supply", IDLE | says({"*IDN?": told}))
    async def scenario(capture: Capture) -> None:
        assert (await capture.device.identify()).model == "N5745A"

    scenario()


@on_capture("scpi_supply", IDLE | {b"MEAS:CURR?\n": b"MEAS:CURR?\n3.25\r\n", b"OUTP?\n": b"1\r\n"})
async def test_an_echo_is_no_reply_and_a_line_may_end_with_cr_lf(capture: Capture) -> None:
    read = await capture.read()
    assert (read[Channel("current")], read[Channel("output")]) == (3.25, 1.0)


@on_capture("scpi_supply", IDLE | says({"*IDN?": "hello", "SYST:ERR?": "fine"}))
async def test_another_instrument_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="IDN"):
        await capture.device.identify()
    with pytest.raises(ProtocolError, match="SYST:ERR"):
        await capture.write("voltage_setpoint", 1.0)


@on_capture("scpi_supply", IDLE | says({"SYST:ERR?": '-113,"Undefined header"'}))
async def test_an_endless_queue_of_errors_does_not_hold_it_up(capture: Capture) -> None:
    await capture.device.identify()
    assert capture.sent.count(b"SYST:ERR?\n") == 30
