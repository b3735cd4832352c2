"""The driver of the MKS 651 against messages in the form of manual 115605-P1, appendix F."""

import pytest

from tests.unit.drivers.captured import Capture, Script, on_capture
from vapordep.devices import Channel
from vapordep.devices.signals import Doubt
from vapordep.errors import InstrumentRefused, NoReply, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.model.tags import Quality


def says(**replies: str) -> Script:
    return {f"{request}\r\n".encode(): f"{reply}\r\n".encode() for request, reply in replies.items()}


IDLE = says(
    R1="S1+30.00", R2="S2+2.000", R5="P+009.12345", R6="V+042.80", R26="T10", R27="T21", R33="E06", R37="M103",
    R38="H5.10", R52="CS0",
)  # fmt: skip


@on_capture("mks651", IDLE, full_scale="10 Torr")
async def test_percents_become_pascal_and_places(capture: Capture) -> None:
    read = {f"{channel}": value for channel, value in (await capture.read()).items()}
    assert read.pop("pressure") == pytest.approx(0.0912345 * 1333.2236842)
    assert read == {
        "position": 42.8, "position_setpoint": 30.0, "pressure_setpoint": 0.0, "local": 0.0, "learning": 0.0,
        "fault": 0.0,
    }  # fmt: skip
    assert (await capture.device.identify()).firmware == "5.10"
    await capture.device.check_units()


STATES = {
    "M100": (100.0, Quality.GOOD), "M101": (0.0, Quality.GOOD), "M102": (42.8, Quality.GOOD),
    "M104": (42.8, Quality.UNCERTAIN), "M118": (42.8, Quality.UNCERTAIN),
}  # fmt: skip


@pytest.mark.parametrize("status", STATES)
def test_what_is_wanted_depends_on_the_status(status: str) -> None:
    @on_capture("mks651", IDLE | says(R37=status, R52="CS1"), full_scale="1000 Pa")
    async def scenario(capture: Capture) -> None:
        read = await capture.read()
        position = read[Channel("position_setpoint")]
        found = (position.value, position.quality) if isinstance(position, Doubt) else (position, Quality.GOOD)
        assert found == STATES[status]
        assert read[Channel("pressure_setpoint")] == pytest.approx(20.0 if status == "M104" else 0.0)
        assert read[Channel("learning")] == float(status == "M118")
        assert read[Channel("fault")] == 1.0

    scenario()


@pytest.mark.parametrize(
    ("signal", "value", "status", "sent"),
    [
        ("position_setpoint", 0.0, "M101", [b"C"]),
        ("position_setpoint", 100.0, "M100", [b"O"]),
        ("position_setpoint", 42.5, "M103", [b"S142.50", b"D1"]),
        ("pressure_setpoint", 20.0, "M104", [b"S22.000", b"D2"]),
    ],
)
def test_commands_are_sent_without_spaces_and_looked_up_after(
    signal: str, value: float, status: str, sent: list[bytes]
) -> None:
    @on_capture("mks651", IDLE | says(R37=status), full_scale="1000 Pa")
    async def scenario(capture: Capture) -> None:
        await capture.write(signal, value)
        assert capture.sent == [each + b"\r\n" for each in [*sent, b"R37"]]

    scenario()


@on_capture("mks651", IDLE | says(R37="M003"))
async def test_in_local_it_does_not_hear(capture: Capture) -> None:
    with pytest.raises(InstrumentRefused, match="it is local and does not hear C") as refused:
        await capture.write("position_setpoint", 0.0)
    assert refused.value.remedy == "turn its key to remote"
    assert (await capture.read())[Channel("local")] == 1.0


@on_capture("mks651", IDLE)
async def test_what_it_does_not_do_is_told(capture: Capture) -> None:
    with pytest.raises(ReadbackMismatch, match="its status is 103 after C, not 1 at the end"):
        await capture.write("position_setpoint", 0.0)
    await capture.write("pressure_setpoint", 0.0)
    assert b"H\r\n" not in capture.sent, "a blade on its way must not stop"
    capture.script |= says(R37="M104")
    with pytest.raises(ReadbackMismatch, match="after H, not 2"):
        await capture.write("pressure_setpoint", 0.0)
    with pytest.raises(InstrumentRefused, match="finer than its steps"):
        await capture.write("pressure_setpoint", 1e-3)


@pytest.mark.parametrize(("told", "why"), [("P+109.12345", "at or above"), ("P-014.00000", "unplugged")])
def test_no_pressure_is_no_number(told: str, why: str) -> None:
    @on_capture("mks651", IDLE | says(R5=told))
    async def scenario(capture: Capture) -> None:
        reading = (await capture.read())[Channel("pressure")]
        assert isinstance(reading, Doubt)
        assert reading.quality is Quality.BAD
        assert why in reading.why

    scenario()


@pytest.mark.parametrize(
    ("replies", "what"),
    [({"R26": "T11"}, "set point A is no position"), ({"R27": "T20"}, "set point B is no pressure")],
)
def test_set_points_of_another_kind_are_refused(replies: dict[str, str], what: str) -> None:
    @on_capture("mks651", IDLE | says(**replies))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(WrongInstrument, match=what):
            await capture.device.identify()

    scenario()


@pytest.mark.parametrize(
    ("full_scale", "code", "right"),
    [
        ("1 Torr", "E03", True),
        ("1000 mbar", "10", True),
        ("1 kPa", "E03", True),
        ("1 Torr", "E06", False),
        ("1 Torr", "E44", False),
    ],
)
def test_the_range_of_its_sensor_is_compared(full_scale: str, code: str, right: bool) -> None:
    @on_capture("mks651", IDLE | says(R33=code), full_scale=full_scale)
    async def scenario(capture: Capture) -> None:
        if right:
            return await capture.device.check_units()
        with pytest.raises(WrongInstrument, match=r"range|R33"):
            await capture.device.check_units()

    scenario()


@on_capture("mks651", IDLE | says(R5="V+1", R37="M12", R6="V1.2.3"))
async def test_odd_replies_are_told(capture: Capture) -> None:
    with pytest.raises((NoReply, ProtocolError)):
        await capture.read()
    capture.script |= says(R5="P+1")
    with pytest.raises(ProtocolError, match=r"R6 is answered '1\.2\.3'"):
        await capture.read()
    capture.script |= says(R6="V+1")
    with pytest.raises(ProtocolError, match="R37 is answered 'M12'"):
        await capture.read()


@on_capture("mks651", {b"R38\r": b"H5.10\r"}, ending="cr")
async def test_lines_may_end_with_cr_alone(capture: Capture) -> None:
    assert await capture.device.ask(b"R38") == b"H5.10"


OLDER = {question: reply for question, reply in IDLE.items() if question[:3] not in (b"R37", b"R38", b"R52")}


@pytest.mark.parametrize(
    ("told", "position", "pressure"),
    [
        ("M120", 100.0, 0.0), ("M140", 0.0, 0.0), ("M101", 30.0, 0.0), ("M130", 42.8, 0.0), ("M200", None, 20.0),
        ("M001", None, 0.0),
    ],
)  # fmt: skip
def test_the_older_family_tells_by_r7_what_it_does(told: str, position: float | None, pressure: float) -> None:
    @on_capture("mks651", OLDER | says(R7=told), full_scale="1000 Pa")
    async def scenario(capture: Capture) -> None:
        assert (await capture.device.identify()).firmware == ""
        read = await capture.read()
        wanted = read[Channel("position_setpoint")]
        assert (None if isinstance(wanted, Doubt) else wanted) == position
        assert read[Channel("pressure_setpoint")] == pytest.approx(pressure)
        for name in ("local", "learning", "fault"):
            untold = read[Channel(name)]
            assert isinstance(untold, Doubt)
            assert untold.quality is Quality.BAD

    scenario()


@on_capture("mks651", OLDER | says(R7="M200"), full_scale="1000 Pa")
async def test_what_the_older_family_was_told_is_looked_up_as_well(capture: Capture) -> None:
    await capture.device.identify()
    await capture.write("pressure_setpoint", 20.0)
    with pytest.raises(ReadbackMismatch, match="its status is 4 after C, not 1"):
        await capture.write("position_setpoint", 0.0)


@on_capture("mks651", OLDER | says(R7="M9"))
async def test_a_status_that_is_none_is_an_error(capture: Capture) -> None:
    await capture.device.identify()
    with pytest.raises(ProtocolError, match="R7 is answered 'M9'"):
        await capture.read()


@on_capture("mks651", {b"R26\r\n": b"T10\r"})
async def test_another_end_of_line_is_told_as_such(capture: Capture) -> None:
    with pytest.raises(ProtocolError, match=r"only b'T10\\r'\. Do: set how it ends its lines"):
        await capture.device.identify()
