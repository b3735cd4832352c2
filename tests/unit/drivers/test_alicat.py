"""The Alicat driver against frames captured from instruments with firmware 5v12, 7v09, 8v17 and 10v20."""

from contextlib import nullcontext

import pytest

from tests.unit.drivers.captured import Capture, on_capture
from vapordep.devices import Channel, Doubt
from vapordep.errors import InstrumentRefused, NoReply, ProtocolError, ReactorError, ReadbackMismatch, WrongInstrument
from vapordep.model.tags import Quality
from vapordep.units import Dimension, from_si, parse, sccm

MC_LAYOUT = b"""\
A D00 ID_ NAME______________________ TYPE_______ WIDTH NOTES___________________
A D01 700 Unit ID                    string          1
A D02 002 Abs Press                  s decimal     7/2 010 02 PSIA
A D03 003 Flow Temp                  s decimal     7/2 002 02 `C
A D04 004 Volu Flow                  s decimal     7/2 012 02 CCM
A D05 005 Mass Flow                  s decimal     7/2 012 02 SCCM
A D06 037 Mass Flow Setpt            s decimal     7/2 012 02 SCCM
A D07 703 Gas                        string          6
A D08 701 *Error                     string          3 ADC
A D09 702 *Status                    string          3 MOV
A D10 702 *Status                    string          3 HLD
A D11 702 *Status                    string          3 LCK
""".replace(b"\n", b"\r")
SLPM_LAYOUT = (
    MC_LAYOUT.replace(b"012 02 SCCM", b"007 02 SLPM")
    .replace(b"012 02 CCM", b"007 02 LPM")
    .replace(b"s decimal     7/2 007 02 SLPM\rA D07 703 Gas                        string          6",
             b"decimal       6/2 007 02 SLPM\rA D07 703 Gas                        string        7/7")
)  # fmt: skip
ROWS = b"""\
A  M00 ALICAT SCIENTIFIC
A  M01 www.alicat.com
A  M04 Model Number MC-500SCCM-D
A  M05 Serial Number 521641
A  M09 Software Revision 10v20.0-R24
""".replace(b"\n", b"\r")
FRAME = b"A +014.62 +021.89 +000.00 +033.10 +078.95     N2\r"
MC = {
    b"A??M*\r": ROWS,
    b"A??D*\r": MC_LAYOUT,
    b"A\r": FRAME,
    b"AVE\r": b"A   10v20.0-R24 Jan  9 2025,15:04:07\r",
    b"AFPF 5\r": b"A +500.00 12 SCCM\r",
    b"ALS 100.00\r": b"A +000.00 +100.00 12 SCCM\r",
    b"ALSS\r": b"A S\r",
}
FLOW, SETPOINT = Channel("flow"), Channel("flow_setpoint")


@on_capture("alicat", MC, full_scale="500 sccm")
async def test_an_mc_of_firmware_10v20(capture: Capture) -> None:
    identity = await capture.device.identify()
    assert (identity.model, identity.serial, identity.firmware) == ("MC-500SCCM-D", "521641", "10v20.0-R24")
    await capture.device.check_units()
    readings = await capture.read()
    told = {channel.name: pytest.approx(reading) for channel, reading in readings.items()}
    assert told == {"flow": 33.1, "flow_setpoint": 78.95, "pressure": 14.62, "temperature": 21.89}
    await capture.write("flow_setpoint", 100.0)
    assert capture.sent[-2:] == [b"ALS 100.00\r", b"ALSS\r"]


@on_capture("alicat", MC, full_scale="100 sccm")
async def test_another_full_scale_is_another_instrument(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="500"):
        await capture.device.check_units()


@on_capture("alicat", MC, standard_temperature="25 degC")
async def test_its_sccm_may_refer_to_another_temperature(capture: Capture) -> None:
    flow = (await capture.read())[FLOW]
    assert flow == pytest.approx(33.1 * 273.15 / 298.15)
    capture.script[b"ALS 109.15\r"] = b"A +000.00 +109.15 12 SCCM\r"
    await capture.write("flow_setpoint", 100.0)


@on_capture("alicat", MC | {b"A??D*\r": SLPM_LAYOUT, b"A\r": b"A +014.62 +021.89 +000.00 +001.50 002.00  N2\r"})
async def test_a_larger_one_counts_in_litres_and_writes_its_setpoint_unsigned(capture: Capture) -> None:
    readings = await capture.read()
    assert readings[FLOW] == pytest.approx(1500.0)
    assert readings[SETPOINT] == pytest.approx(2000.0)


LEGACY = MC | {
    b"A??M*\r": ROWS.replace(b"10v20.0-R24", b"8v17.0-R23"),
    b"AVE\r": b"A   8v17.0-R23 Nov 27 2019,15:28:45\r",
    b"AS 75.00\r": b"A +014.70 +025.00 +045.00 +045.00 +075.00     N2\r",
    b"A\r": b"A +014.70 +025.00 +045.00 +045.00 +075.00     N2\r",
    b"AFPF 5\r": b"?\r",
    b"ALSS\r": b"?\r",
}


@on_capture("alicat", LEGACY, full_scale="500 sccm")
async def test_firmware_before_9v_takes_the_old_command(capture: Capture) -> None:
    await capture.device.check_units()
    await capture.write("flow_setpoint", 75.0)
    assert b"AS 75.00\r" in capture.sent
    assert not [each for each in capture.sent if each.startswith(b"ALS ")]


@on_capture("alicat", MC | {b"ALSS\r": b"A A\r"})
async def test_a_setpoint_that_is_ignored_for_the_analog_input_is_told(capture: Capture) -> None:
    with pytest.raises(InstrumentRefused, match="source is A"):
        await capture.write("flow_setpoint", 100.0)


@on_capture("alicat", MC | {b"ALS 100.00\r": b"A +000.00 +050.00 12 SCCM\r"})
async def test_a_setpoint_that_is_taken_as_another_is_told(capture: Capture) -> None:
    with pytest.raises(ReadbackMismatch, match="taken as"):
        await capture.write("flow_setpoint", 100.0)


@on_capture("alicat", MC | {b"ALS 100.00\r": b"?\r", b"AS 100.00\r": b"?\r"})
async def test_a_question_mark_is_a_refusal(capture: Capture) -> None:
    with pytest.raises(InstrumentRefused):
        await capture.write("flow_setpoint", 100.0)


@on_capture("alicat", MC, full_scale="500 sccm")
async def test_beyond_full_scale_nothing_is_sent(capture: Capture) -> None:
    with pytest.raises(InstrumentRefused, match="0 to 500 sccm"):
        await capture.write("flow_setpoint", 500.1)
    assert capture.sent == []


@pytest.mark.parametrize(
    ("tokens", "flow", "setpoint"),
    [
        (b"", Quality.GOOD, Quality.GOOD),
        (b" LCK", Quality.GOOD, Quality.GOOD),
        (b" MOV", Quality.UNCERTAIN, Quality.GOOD),
        (b" MOV HLD LCK", Quality.UNCERTAIN, Quality.UNCERTAIN),
        (b" ADC", Quality.BAD, Quality.GOOD),
    ],
)
def test_tokens_behind_the_gas_cast_doubt(tokens: bytes, flow: Quality, setpoint: Quality) -> None:
    @on_capture("alicat", MC | {b"A\r": FRAME[:-1] + tokens + b"\r"})
    async def scenario(capture: Capture) -> None:
        readings = await capture.read()
        found = {
            channel: reading.quality if isinstance(reading, Doubt) else Quality.GOOD
            for channel, reading in readings.items()
        }
        assert (found[FLOW], found[SETPOINT]) == (flow, setpoint)

    scenario()


@pytest.mark.parametrize(
    "frame",
    [
        b"A +014.62 +021.89 +000.00 +33.10 +078.9     N2",
        b"A +014.62 +021.89 +000.00 +033.10     N2",
        b"A +014.62 +021.89 +000.00 +033.10 +078.95     N2 XYZ",
        b"A +014.62 +021.89 +000.00 +033.10 +078.95",
        b"A +014.62 +021.89 +000.00 nan +078.95     N2",
        b"A +014.62 +021.89 +000.00 +03310 +078.95     N2",
        b"A +014.62 +021.89 +000.00 +033410 +078.95     N2",
        b"A +014.62 +021.89 +000.00 +33.10 +078.95     N2",
        b"A +014.62 +021.89 +000.00 +0033.10 +078.95     N2",
        b"A +014.62 +021.89 +000.00 +033.10 78.95     N2",
    ],
)
def test_a_frame_of_another_shape_is_no_reading(frame: bytes) -> None:
    @on_capture("alicat", MC | {b"A\r": frame + b"\r"})
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError):
            await capture.read()

    scenario()


@on_capture("alicat", MC | {b"A\r": b"A +014.62 +021.89 +000.00 +033.10 078.95     N2 LCK\r"})
async def test_firmware_before_8v_writes_its_setpoint_without_a_sign(capture: Capture) -> None:
    assert (await capture.read())[SETPOINT] == pytest.approx(78.95)


@pytest.mark.parametrize("options", [{}, {"full_scale": "500 sccm"}])
def test_a_flow_far_beyond_full_scale_is_none(options: dict[str, str]) -> None:
    """Whether the reactor file or only the instrument tells the full scale."""

    @on_capture("alicat", MC | {b"A\r": FRAME.replace(b"+033.10", b"+833.10")}, **options)
    async def scenario(capture: Capture) -> None:
        await capture.device.check_units()
        reading = (await capture.read())[FLOW]
        assert isinstance(reading, Doubt)
        assert reading.quality is Quality.BAD

    scenario()


SILENT, REFUSED = None, b"?\r"


def without(what: bytes | None, *questions: bytes) -> dict[bytes, bytes]:
    """The MC, which does not know these questions."""
    script = {question: reply for question, reply in MC.items() if question not in questions}
    return script if what is None else script | dict.fromkeys(questions, what)


@on_capture("alicat", MC | {b"A??D*\r": MC_LAYOUT.rpartition(b"A D11")[0]}, full_scale="500 sccm")
async def test_a_layout_without_the_row_of_lck_ends_when_nothing_follows(capture: Capture) -> None:
    await capture.device.check_units()
    assert (await capture.read())[FLOW] == pytest.approx(33.1)
    assert capture.sent.count(b"A??D*\r") == 2, "asked twice, since nothing marks its end"


@on_capture("alicat", MC)
async def test_a_layout_that_was_cut_short_once_is_none(capture: Capture) -> None:
    replies = iter([MC_LAYOUT.rpartition(b"A D07")[0], MC_LAYOUT])
    capture.wire.answer = lambda data: [(0.005, next(replies))]
    with pytest.raises(ProtocolError, match="differently"):
        await capture.device.check_units()


@on_capture("alicat", MC)
async def test_the_layout_is_asked_again_only_when_two_frames_in_a_row_are_spoilt(capture: Capture) -> None:
    await capture.device.check_units()
    asked = capture.sent.count(b"A??D*\r")
    whole = capture.script[b"A\r"]
    for frame, questions in [(b"A +0\r", 0), (whole, 0), (b"A +0\r", 0), (b"A +0\r", 0), (whole, 1)]:
        capture.script[b"A\r"] = frame
        with nullcontext() if frame == whole else pytest.raises(ProtocolError):
            await capture.read()
        assert capture.sent.count(b"A??D*\r") - asked == questions


@pytest.mark.parametrize("what", [SILENT, REFUSED])
@pytest.mark.parametrize("tells_scale", [True, False])
def test_without_a_layout_the_fixed_frame_is_read(what: bytes | None, tells_scale: bool) -> None:
    unknown = [b"A??D*\r"] if tells_scale else [b"A??D*\r", b"AFPF 5\r"]
    script = without(what, *unknown, b"ADCU 5\r") | {b"A\r": FRAME[:-1] + b" MOV LCK\r"}

    @on_capture("alicat", script, full_scale="500 sccm")
    async def scenario(capture: Capture) -> None:
        await capture.device.identify()
        await capture.device.check_units()
        readings = await capture.read()
        assert readings.pop(FLOW) == Doubt(pytest.approx(33.1), Quality.UNCERTAIN, "MOV")  # type: ignore[arg-type]
        told = {channel.name: reading for channel, reading in readings.items()}
        assert told == {
            "flow_setpoint": pytest.approx(78.95), "pressure": pytest.approx(14.62), "temperature": pytest.approx(21.89)
        }  # fmt: skip
        await capture.write("flow_setpoint", 100.0)
        capture.script[b"A\r"] = FRAME.replace(b"+033.10", b"+03310")
        with pytest.raises(ProtocolError):
            await capture.read()

    scenario()


@on_capture("alicat", without(REFUSED, b"A??D*\r") | {b"A\r": FRAME.replace(b" +078.95", b"")})
async def test_without_a_layout_a_meter_is_told_by_its_columns(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="no flow controller"):
        await capture.device.check_units()


@pytest.mark.parametrize("frame", [FRAME.replace(b"     N2", b" +001.00     N2"), FRAME.replace(b"+033.10", b"+03310")])
def test_without_a_layout_another_frame_is_none(frame: bytes) -> None:
    @on_capture("alicat", without(REFUSED, b"A??D*\r") | {b"A\r": frame})
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError):
            await capture.device.check_units()

    scenario()


LITRES = {b"ADCU 5\r": b"A 7 SLPM\r", b"A\r": b"A +014.62 +021.89 +1.500 +1.500 +2.000     N2\r"}


@on_capture("alicat", without(REFUSED, b"A??D*\r") | LITRES)
async def test_without_a_layout_the_unit_of_flow_is_asked_for(capture: Capture) -> None:
    assert (await capture.read())[FLOW] == pytest.approx(1500.0)


@on_capture("alicat", {b"A\r": FRAME})
async def test_what_tells_no_unit_at_all_is_not_taken(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="unit of flow"):
        await capture.read()


TOOK = {b"A\r": FRAME.replace(b"+078.95", b"+100.00")}


@pytest.mark.parametrize("what", [SILENT, REFUSED])
def test_what_tells_no_source_is_judged_by_its_frame(what: bytes | None) -> None:
    @on_capture("alicat", without(what, b"ALSS\r", b"AVE\r"))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ReadbackMismatch, match="taken as"):
            await capture.write("flow_setpoint", 100.0)
        capture.script |= TOOK
        await capture.write("flow_setpoint", 100.0)

    scenario()


@on_capture("alicat", MC | TOOK | {b"ALS 100.00\r": b"?\r", b"AS 100.00\r": TOOK[b"A\r"]})
async def test_the_old_command_is_tried_where_the_new_one_is_refused(capture: Capture) -> None:
    await capture.write("flow_setpoint", 100.0)
    await capture.write("flow_setpoint", 100.0)
    assert (capture.sent.count(b"ALS 100.00\r"), capture.sent.count(b"AS 100.00\r")) == (1, 2)


METER = b"\r".join(line for line in MC_LAYOUT.split(b"\r") if b" 037 " not in line)


@on_capture("alicat", MC | {b"A??D*\r": METER})
async def test_a_meter_is_no_controller(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="no flow controller"):
        await capture.device.check_units()


@on_capture("alicat", MC | {b"A??D*\r": MC_LAYOUT.replace(b"SCCM", b"SCFM")})
async def test_a_unit_that_is_not_known_is_told(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="SCFM"):
        await capture.device.check_units()


@on_capture("alicat", MC, unit="B")
async def test_another_letter_does_not_answer(capture: Capture) -> None:
    with pytest.raises(NoReply):
        await capture.device.identify()


@pytest.mark.parametrize(
    "options", [{"unit": "a"}, {"full_scale": "100 Torr"}, {"speed": 1}, {"standard_temperature": "90 degC"}]
)
def test_wrong_options_are_refused(options: dict[str, str | int]) -> None:
    @on_capture("alicat", MC, **options)
    async def scenario(capture: Capture) -> None:
        raise AssertionError

    with pytest.raises(ReactorError) as error:
        scenario()
    assert error.value.where == "thing"


def test_the_range_is_the_full_scale() -> None:
    @on_capture("alicat", MC, full_scale="500 sccm", standard_temperature="25 degC")
    async def scenario(capture: Capture) -> None:
        _, high = capture.device.range(SETPOINT)
        assert high == pytest.approx(from_si(parse("500 sccm", Dimension.MOLAR_FLOW), sccm) * 273.15 / 298.15)

    scenario()
