"""The throttle valve's driver against messages in the form of manual 963283EA, 4.11."""

import pytest

from tests.unit.drivers.captured import Capture, Script, on_capture
from vapordep.devices import Channel
from vapordep.devices.signals import Doubt
from vapordep.errors import InstrumentRefused, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.model.tags import Quality


def says(**replies: str) -> Script:
    """Question and reply without CR LF; `i76` stands for `i:76`."""
    return {f"{q[0]}:{q[1:]}\r\n".encode(): f"{r}\r\n".encode() for q, r in replies.items()}


IDLE = says(
    i21="i:2121000000", i38="i:3800042800", i76="i:7604280000119000120", i32="i:3200000000",
    i82="i:82600P1G0002", i83="i:83612PM-28EG-ABV10042 ",
)  # fmt: skip


@on_capture("vat_throttle", IDLE, full_scale="1000 Pa")
async def test_counts_become_pascal_and_percent(capture: Capture) -> None:
    read = await capture.read()
    assert read[Channel("position")] == pytest.approx(42.8)
    assert read[Channel("position_setpoint")] == pytest.approx(42.8)
    assert read[Channel("pressure")] == pytest.approx(119.0)
    assert read[Channel("pressure_setpoint")] == 0.0
    assert read[Channel("learn_needed")] == read[Channel("fault")] == 0.0
    assert (await capture.device.identify()).firmware == "600P1G0002"


@on_capture("vat_throttle", {}, full_scale="1000 Pa")
async def test_other_counts_are_asked_when_connecting(capture: Capture) -> None:
    capture.script |= IDLE | says(i21="i:2100001000", i76="i:7600042800000119120", i38="i:3800000428")
    await capture.device.identify()
    read = await capture.read()
    assert read[Channel("position")] == pytest.approx(42.8)
    assert read[Channel("pressure")] == pytest.approx(119.0)
    capture.script |= says(R000400="R:", S00000020="S:")
    await capture.write("position_setpoint", 40.0)
    await capture.write("pressure_setpoint", 20.0)


@pytest.mark.parametrize(
    ("position", "sent"), [(0.0, b"C:\r\n"), (100.0, b"O:\r\n"), (40.0, b"R:040000\r\n"), (0.001, b"R:000001\r\n")]
)
def test_closed_and_open_are_more_than_places(position: float, sent: bytes) -> None:
    @on_capture("vat_throttle", IDLE | says(C="C:", O="O:", R040000="R:", R000001="R:"))
    async def scenario(capture: Capture) -> None:
        await capture.write("position_setpoint", position)
        assert capture.sent[-1] == sent

    scenario()


MODES = {
    "3": (0.0, Quality.GOOD), "4": (100.0, Quality.GOOD), "5": (42.8, Quality.UNCERTAIN), "6": (42.8, Quality.GOOD),
    "7": (42.8, Quality.UNCERTAIN), "9": (42.8, Quality.UNCERTAIN), "E": (42.8, Quality.UNCERTAIN),
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_what_is_wanted_depends_on_the_mode(mode: str) -> None:
    @on_capture("vat_throttle", IDLE | says(i76=f"i:76042800001190001{mode}0", i38="i:3800020000"), full_scale="1 kPa")
    async def scenario(capture: Capture) -> None:
        read = await capture.read()
        position = read[Channel("position_setpoint")]
        found = (position.value, position.quality) if isinstance(position, Doubt) else (position, Quality.GOOD)
        assert found == (pytest.approx(MODES[mode][0]), MODES[mode][1])
        assert read[Channel("pressure_setpoint")] == pytest.approx(20.0 if mode == "5" else 0.0)
        assert read[Channel("fault")] == float(mode in "9E")

    scenario()


@pytest.mark.parametrize(
    ("assembly", "signal", "why"),
    [
        ("i:7699999900119000110", "position", "position"),
        ("i:7604280001000000120", "pressure", "at or above"),
        ("i:76042800-0140000120", "pressure", "unplugged"),
    ],
)
def test_no_value_is_not_a_number(assembly: str, signal: str, why: str) -> None:
    @on_capture("vat_throttle", IDLE | says(i76=assembly))
    async def scenario(capture: Capture) -> None:
        reading = (await capture.read())[Channel(signal)]
        assert isinstance(reading, Doubt)
        assert reading.quality is Quality.BAD
        assert why in reading.why

    scenario()


@on_capture("vat_throttle", IDLE | says(C="E:000008", i32="E:000004", i38="i:380004280"))
async def test_refusals_and_odd_replies_are_told(capture: Capture) -> None:
    with pytest.raises(InstrumentRefused, match="C: is refused with E:000008: not in this mode") as refused:
        await capture.write("position_setpoint", 0.0)
    assert refused.value.where == "thing"
    with pytest.raises(ProtocolError, match="i:38 is answered 'i:380004280'"):
        await capture.read()
    with pytest.raises(InstrumentRefused, match="finer than its steps"):
        await capture.write("pressure_setpoint", 1e-4)
    with pytest.raises(InstrumentRefused, match="takes 0 to"):
        await capture.write("pressure_setpoint", 2000.0)


@on_capture("vat_throttle", IDLE | says(C="C:1"))
async def test_an_acknowledgement_has_nothing_behind_it(capture: Capture) -> None:
    with pytest.raises(ProtocolError, match="C: is answered 'C:1', not 'C:'"):
        await capture.write("position_setpoint", 0.0)


@on_capture("vat_throttle", IDLE | says(i76="i:7604280000119000150", H="H:"))
async def test_a_valve_that_goes_on_controlling_is_a_mismatch(capture: Capture) -> None:
    with pytest.raises(ReadbackMismatch, match="still controls pressure"):
        await capture.write("pressure_setpoint", 0.0)
    assert b"H:\r\n" in capture.sent


@on_capture("vat_throttle", IDLE)
async def test_a_blade_on_its_way_is_not_stopped_by_no_pressure_control(capture: Capture) -> None:
    await capture.write("pressure_setpoint", 0.0)
    assert capture.sent == [b"i:76\r\n"]


@on_capture("vat_throttle", IDLE | says(i21="i:2120000010"))
async def test_a_range_that_no_valve_has_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="10 counts"):
        await capture.device.identify()


@on_capture("vat_throttle", {b"#007A:\r\n": b"#007A:000001\r\n"}, address=7)
async def test_on_rs485_every_message_bears_the_number(capture: Capture) -> None:
    assert await capture.device.ask(b"#007A:") == b"#007A:000001"


OLDER = IDLE | says(
    i76="E:000004", A="A:042800", P="P:-00014000", i30="i:3018000000", i32="E:000004",
    i82="E:000004", i83="E:000004",
)  # fmt: skip
"""Of firmware that knows the oldest inquiries only; its interlock holds the blade open."""


@on_capture("vat_throttle", OLDER, full_scale="1000 Pa")
async def test_older_firmware_is_asked_in_parts(capture: Capture) -> None:
    for _ in range(2):
        read = await capture.read()
    assert read[Channel("position")] == pytest.approx(42.8)
    assert read[Channel("pressure")] == pytest.approx(-14.0)
    assert read[Channel("fault")] == 1.0
    assert read[Channel("warning")] == 0.0
    assert isinstance(read[Channel("learn_needed")], Doubt)
    assert capture.sent.count(b"i:76\r\n") == 1, "what it does not know is asked once"
    assert (await capture.device.identify()).maker == "VAT"


@on_capture("vat_throttle", OLDER | says(i76="i:760428000001190001"), full_scale="1000 Pa")
async def test_another_form_of_all_at_once_is_asked_in_parts(capture: Capture) -> None:
    await capture.device.identify()
    assert (await capture.read())[Channel("position")] == pytest.approx(42.8)


@on_capture("vat_throttle", IDLE | {b"C:\r\n": b"C:\r\n", b"i:38\r\n": b"i:38\r\n\xffi:3800042800\r\n"})
async def test_an_echo_is_no_reply_but_to_a_command_of_two_bytes(capture: Capture) -> None:
    assert (await capture.read())[Channel("position_setpoint")] == pytest.approx(42.8)
    await capture.write("position_setpoint", 0.0)


@pytest.mark.parametrize("garbled", [{"P": "P:"}, {"P": "P:--0014"}, {"A": "A:0428"}, {"i30": "i:301"}])
def test_half_a_reply_in_parts_is_none(garbled: dict[str, str]) -> None:
    @on_capture("vat_throttle", OLDER | says(**garbled))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError, match="is answered"):
            await capture.read()

    scenario()


@on_capture("vat_throttle", OLDER | says(i30="E:000004"))
async def test_no_state_at_all_is_a_refusal(capture: Capture) -> None:
    for _ in range(2):
        with pytest.raises(InstrumentRefused, match="i:30 is refused"):
            await capture.read()
    assert capture.sent.count(b"i:76\r\n") == 2, "it is asked again"
