"""The circulator's driver against messages in the form of its manuals."""

import pytest

from tests.unit.drivers.captured import Capture, Script, on_capture
from vapordep.devices import Channel
from vapordep.devices.signals import Doubt
from vapordep.errors import InstrumentRefused, NoReply, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.model.tags import Quality


def says(**replies: str) -> Script:
    return {f"{question}\r".encode(): f"{reply}\r\n".encode() for question, reply in replies.items()}


IDLE = says(
    version="JULABO FP51-SL VERSION 4.0", status="02 REMOTE STOP", in_pv_00="25.03", in_pv_02="-5.4", in_sp_00="20.00",
    in_mode_05="0", in_mode_04="0",
)  # fmt: skip


@on_capture("julabo", IDLE)
async def test_what_it_tells(capture: Capture) -> None:
    assert {f"{channel}": value for channel, value in (await capture.read()).items()} == {
        "temperature": 25.03, "external_temperature": -5.4, "running": 0.0, "setpoint": 20.0, "fault": 0.0,
        "local": 0.0,
    }  # fmt: skip
    assert (await capture.device.identify()).firmware == "JULABO FP51-SL VERSION 4.0"


@on_capture("julabo", {question: reply.replace(b"\r", b"") for question, reply in IDLE.items()})
async def test_a_cooler_that_ends_with_lf(capture: Capture) -> None:
    assert (await capture.read())[Channel("temperature")] == 25.03


@on_capture("julabo", {b"A032_in_sp_00\r": b"A032_55.50\n"}, address=32)
async def test_on_rs485_every_message_bears_its_address(capture: Capture) -> None:
    assert await capture.device.ask(b"in_sp_00") == b"55.50"
    capture.script[b"A032_in_sp_00\r"] = b"A031_55.50\n"
    with pytest.raises(NoReply):
        await capture.device.ask(b"in_sp_00")


@on_capture("julabo", {question: reply for question, reply in IDLE.items() if b"pv_02" not in question})
async def test_an_external_sensor_that_nobody_reads_is_not_asked_for(capture: Capture) -> None:
    capture.device.wanted -= {Channel("external_temperature")}
    assert Channel("external_temperature") not in await capture.read()
    assert b"in_pv_02\r" not in capture.sent


@on_capture("julabo", IDLE | says(in_pv_02="---.--", status="-01 LOW LEVEL ALARM"))
async def test_no_sensor_is_no_temperature_and_an_alarm_is_a_fault(capture: Capture) -> None:
    read = await capture.read()
    reading = read[Channel("external_temperature")]
    assert isinstance(reading, Doubt)
    assert reading.quality is Quality.BAD
    assert read[Channel("fault")] == 1.0


@on_capture("julabo", IDLE | says(in_sp_00="35.00", in_mode_05="1"))
async def test_commands_are_not_answered_and_read_back_after_a_quarter_second(capture: Capture) -> None:
    await capture.write("setpoint", 35.0)
    await capture.write("running", 1.0)
    sent = [data for _, data in capture.wire.sent]
    assert sent == [b"out_sp_00 35.00\r", b"in_sp_00\r", b"out_mode_05 1\r", b"in_mode_05\r"]
    instants = [at for at, _ in capture.wire.sent]
    assert instants[1] - instants[0] == pytest.approx(0.25)
    assert instants[2] - instants[1] >= 0.01


@pytest.mark.parametrize(
    ("status", "error", "what"),
    [
        ("-10 VALUE TOO SMALL", InstrumentRefused, r"20 degC after -30 degC was written: VALUE TOO SMALL \(-10\)"),
        ("00 MANUAL STOP", InstrumentRefused, "put it in remote"),
        ("02 REMOTE STOP", ReadbackMismatch, "its setpoint is 20 degC"),
    ],
)
def test_what_it_refuses_without_a_word_is_found_out(status: str, error: type[Exception], what: str) -> None:
    @on_capture("julabo", IDLE | says(status=status))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(error, match=what):
            await capture.write("setpoint", -30.0)
        with pytest.raises(error, match=r"it stands after it was told to run|in remote|VALUE"):
            await capture.write("running", 1.0)

    scenario()


@on_capture("julabo", IDLE, control="external")
async def test_another_sensor_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="does not control its external sensor"):
        await capture.device.identify()


@pytest.mark.parametrize(
    ("question", "told"),
    [("in_pv_00", "2.5.3"), ("in_pv_00", "nan"), ("in_mode_05", "2"), ("status", "REMOTE"), ("in_sp_00", "")],
)
def test_odd_replies_are_told(question: str, told: str) -> None:
    @on_capture("julabo", IDLE | says(**{question: told}))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError, match=f"{question} is answered '{told}'"):
            await capture.read()

    scenario()


@on_capture("julabo", IDLE | {b"version\r": b"\xb0\n", b"status\r": b"x" * 300})
async def test_noise_is_no_reply(capture: Capture) -> None:
    with pytest.raises(ProtocolError, match="unprintable"):
        await capture.device.identify()
    with pytest.raises(ProtocolError, match="more than 256 bytes"):
        await capture.device.ask(b"status")
