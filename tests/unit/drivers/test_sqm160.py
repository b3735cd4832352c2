"""The crystal monitor's driver against the check values that are published of its manual."""

import pytest

from tests.unit.drivers.captured import Capture, Script, on_capture
from vapordep.devices import Channel
from vapordep.devices.framings.length_crc import crc14
from vapordep.devices.signals import Doubt
from vapordep.errors import InstrumentRefused, NoReply, ProtocolError, WrongInstrument
from vapordep.model.tags import Quality

FREQUENCY = (b"!$P1Z\x91", b"!/A5875830.230:X")
PUBLISHED = {
    b"!#@O7": b"!0AMON Ver 4.13Uw", b"!#JO8": b"!%A6v\x86", FREQUENCY[0]: FREQUENCY[1],
    b"!%L1?\x85{": b"!*A 0.00 [d",
}  # fmt: skip
"""Asked and answered, as published with pymeasure for firmware 4.13."""


def says(**replies: str) -> Script:
    """Question (a last `Q` is a question mark) and reply with its status letter."""
    script = {}
    for question, reply in replies.items():
        asked, told = question.replace("Q", "?").encode(), reply.encode()
        counted = bytes([len(asked) + 34]) + asked, bytes([len(told) + 35]) + told
        script[b"!" + counted[0] + crc14(counted[0])] = b"!" + counted[1] + crc14(counted[1])
    return script


IDLE = PUBLISHED | says(
    N1="A 0.125 ", R1="A 87 ", UQ="A0", CQ="A5.000 6.100 0.000 0.000 0.000 0.000 0",
    BQ="A0.25 0 0 0 8 100 100 100 100 100 100", A1Q="AMY FILM 1.10 130 1.000 0.500 0.000 0 1",
)  # fmt: skip


@on_capture("sqm160", IDLE)
async def test_what_is_published_of_it(capture: Capture) -> None:
    read = await capture.read()
    assert read[Channel("frequency")] == 5875830.23
    assert read[Channel("rate")] == 0.0
    assert read[Channel("thickness")] == pytest.approx(125.0)
    assert read[Channel("life")] == 87.0
    assert (await capture.device.identify()).firmware == "4.13"


@pytest.mark.parametrize("told", ["0.00", "4999999.99", "6100000.01"])
def test_a_failed_crystal_has_no_values(told: str) -> None:
    @on_capture("sqm160", IDLE | says(P1=f"A{told}"))
    async def scenario(capture: Capture) -> None:
        read = await capture.read()
        for name in ("frequency", "thickness", "rate"):
            reading = read[Channel(name)]
            assert isinstance(reading, Doubt)
            assert reading.quality is Quality.BAD
            assert "crystal 1 has failed" in reading.why

    scenario()


@pytest.mark.parametrize("asked", ["N1", "L1Q", "R1"])
def test_the_reply_to_another_question_is_none(asked: str) -> None:
    """A frequency that is taken for a thickness would end a film."""

    @on_capture("sqm160", IDLE | says(**{asked: "A5999986.340"}))
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError, match=r"is answered '5999986\.340', which is more than"):
            await capture.read()

    scenario()


@on_capture("sqm160", IDLE, density="1.1 g/cm3", tooling="130 %", z_ratio="1.0")
async def test_the_film_of_the_reactor_file_is_that_of_the_monitor(capture: Capture) -> None:
    await capture.device.check_units()


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [("density", "1.2 g/cm3", "1.10"), ("tooling", "100 %", "130"), ("z_ratio", "0.9", "1.000")],
)
def test_another_film_is_refused(option: str, value: str, told: str) -> None:
    @on_capture("sqm160", IDLE, **{option: value})
    async def scenario(capture: Capture) -> None:
        with pytest.raises(WrongInstrument, match=f"{option} of film 1 is {told}, not"):
            await capture.device.check_units()

    scenario()


@on_capture("sqm160", IDLE | says(A1Q="AMY FILM x.10 130 1.000 0.500 0.000 0 1"))
async def test_a_film_that_is_no_numbers_is_told(capture: Capture) -> None:
    with pytest.raises(ProtocolError, match=r"film 1 is told as 'MY FILM x\.10"):
        await capture.device.check_units()


@pytest.mark.parametrize(
    "told", ["AAL2O3 1.10 130 1.0 0.5 0 0 1", "AALUMINUM1.10 130 1.0 0.5 0 0 1", "AAL2O3,1.10,130,1.0,0.5,0,0,1"]
)
def test_a_name_is_filled_up_or_not(told: str) -> None:
    @on_capture("sqm160", IDLE | says(A1Q=told, BQ="A0.25,0,0,0,8,100,100,100,100,100,100"), density="1.1 g/cm3")
    async def scenario(capture: Capture) -> None:
        await capture.device.check_units()

    scenario()


@on_capture("sqm160", IDLE | says(BQ="A0.25 0 1 0 8 100 100 100 100 100 100"))
async def test_a_display_in_another_unit_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="shows nm, not angstrom"):
        await capture.device.check_units()


@on_capture("sqm160", PUBLISHED | says(J="A2", CQ="A5.000 6.100 0 0 0 0 0"), sensor=3)
async def test_a_sensor_that_it_has_not_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="2 sensors"):
        await capture.device.identify()


@on_capture("sqm160", IDLE | says(U1="A", U0="D", UQ="A2", N1="C"))
async def test_the_shutter_and_refusals(capture: Capture) -> None:
    await capture.write("shutter", 1.0)
    assert capture.sent[-1] == b"!$U1" + crc14(b"$U1")
    with pytest.raises(InstrumentRefused, match="U is refused: it does not take these data"):
        await capture.write("shutter", 0.0)
    with pytest.raises(InstrumentRefused, match="N1 is refused: it does not know"):
        await capture.device.read(capture.device.polls[1])
    with pytest.raises(ProtocolError, match=r"U\? is answered '2'"):
        await capture.device.read(capture.device.polls[3])


@on_capture("sqm160", IDLE | {FREQUENCY[0]: FREQUENCY[1][:-1] + b"Y"})
async def test_a_wrong_checksum_is_no_reply(capture: Capture) -> None:
    with pytest.raises((NoReply, ProtocolError), match="CRC"):
        await capture.device.read(capture.device.polls[0])
