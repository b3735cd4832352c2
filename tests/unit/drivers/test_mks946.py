"""The MKS driver against the frames of the manual, its words instead of numbers, and its errors."""

import pytest

from tests.unit.drivers.captured import Capture, on_capture
from vapordep.devices import Channel, Doubt
from vapordep.errors import InstrumentRefused, NoReply, ProtocolError, WrongInstrument
from vapordep.model.tags import Quality

CHANNEL_1 = Channel("pressure", 0)
UNIT = {
    b"@003PR1?;FF": b"@003ACK7.602E+2;FF",
    b"@003U?;FF": b"@003ACKTORR;FF",
    b"@003MT?;FF": b"@003ACKCM,PR,NC;FF",
    b"@003FV6?;FF": b"@003ACK1.20;FF",
    b"@003SN?;FF": b"@003NAK160;FF",
}


async def first_channel(capture: Capture) -> object:
    capture.device.wanted = frozenset({CHANNEL_1})
    return (await capture.read())[CHANNEL_1]


@on_capture("mks946", UNIT, address=3, modules="CM,PR")
async def test_the_frames_of_the_manual(capture: Capture) -> None:
    identity = await capture.device.identify()
    assert (identity.maker, identity.firmware, identity.serial) == ("MKS", "1.20", "")
    await capture.device.check_units()
    assert await first_channel(capture) == pytest.approx(760.2 * 101325.0 / 760.0)


@on_capture("mks946", UNIT | {b"@003PR1?;FF": b"003ACK7.602E+2;FF"}, address=3)
async def test_firmware_before_2012_leaves_out_the_at_sign(capture: Capture) -> None:
    assert await first_channel(capture) == pytest.approx(101351.7, rel=1e-5)


@on_capture("mks946", {b"@254PR1?;FF": b"@003ACK7.602E+2;FF"}, address=254)
async def test_address_254_takes_anybody(capture: Capture) -> None:
    assert await first_channel(capture) == pytest.approx(101351.7, rel=1e-5)


@on_capture("mks946", UNIT | {b"@003PR1?;FF": b"@004ACK7.602E+2;FF"}, address=3)
async def test_another_address_is_not_ours(capture: Capture) -> None:
    with pytest.raises(NoReply):
        await first_channel(capture)


WORDS = (
    "OFF", "RP_OFF", "WAIT", "CTRL_OFF", "PROT_OFF", "NOGAUGE", "MISCONN", "ATM", "OVER", "HI", "NOT_FOUND", "LO",
    ">1.0E+3", "Wait",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_no_pressure(word: str) -> None:
    @on_capture("mks946", UNIT | {b"@003PR1?;FF": f"@003ACK{word};FF".encode()}, address=3)
    async def scenario(capture: Capture) -> None:
        reading = await first_channel(capture)
        assert isinstance(reading, Doubt)
        assert (reading.quality, reading.why) == (Quality.BAD, word)

    scenario()


@pytest.mark.parametrize(
    ("text", "torr"), [("LO<E-03", 1e-3), ("<1.00E-11", 1e-11), ("LO<1.0E-4", 1e-4), ("<1.00e-11", 1e-11)]
)
def test_below_the_range_the_bound_is_doubtful(text: str, torr: float) -> None:
    @on_capture("mks946", UNIT | {b"@003PR1?;FF": f"@003ACK{text};FF".encode()}, address=3)
    async def scenario(capture: Capture) -> None:
        reading = await first_channel(capture)
        assert isinstance(reading, Doubt)
        assert (reading.quality, reading.why) == (Quality.UNCERTAIN, text)
        assert reading.value == pytest.approx(torr * 101325.0 / 760.0)

    scenario()


@pytest.mark.parametrize("text", ["", "7.602", "7,602E+2", "760", "1E", "-1.0E+0x", "banana"])
def test_what_is_neither_is_a_protocol_error(text: str) -> None:
    @on_capture("mks946", UNIT | {b"@003PR1?;FF": f"@003ACK{text};FF".encode()}, address=3)
    async def scenario(capture: Capture) -> None:
        with pytest.raises(ProtocolError):
            await first_channel(capture)

    scenario()


@pytest.mark.parametrize("reply", [b"7.602e+2", b" 7.602E+2", b" 7.602E+02 "])
def test_firmware_may_write_numbers_in_another_way(reply: bytes) -> None:
    @on_capture("mks946", UNIT | {b"@003PR1?;FF": b"@003ACK" + reply + b";FF"}, address=3)
    async def scenario(capture: Capture) -> None:
        assert await first_channel(capture) == pytest.approx(101351.7, rel=1e-5)

    scenario()


@pytest.mark.parametrize(
    ("told", "name"),
    [(b"163", "INVALID_CHANNEL"), (b"151", "NO_GAUGE"), (b" 151", "NO_GAUGE"), (b"NO_GAUGE", "NO_GAUGE"), (b"", "")],
)
def test_a_channel_that_is_refused_is_bad_by_name_and_costs_the_others_nothing(told: bytes, name: str) -> None:
    @on_capture("mks946", UNIT | {b"@003PR2?;FF": b"@003NAK" + told + b";FF"}, address=3)
    async def scenario(capture: Capture) -> None:
        second = Channel("pressure", 1)
        capture.device.wanted = frozenset({CHANNEL_1, second})
        readings = await capture.read()
        assert readings[CHANNEL_1] == pytest.approx(101351.7, rel=1e-5)
        refused = readings[second]
        assert isinstance(refused, Doubt)
        assert refused.quality is Quality.BAD
        assert name in refused.why

    scenario()


@on_capture("mks946", UNIT | {b"@003U?;FF": b"@003NAK160;FF"}, address=3)
async def test_an_error_is_told_by_name(capture: Capture) -> None:
    with pytest.raises(InstrumentRefused, match="UNRECOGNIZED_MSG"):
        await capture.device.check_units()


@on_capture("mks946", UNIT | {b"@003MT?;FF": b"@003ACKcm,Pr,nc;FF"}, address=3, modules="CM,PR")
async def test_module_names_may_be_small(capture: Capture) -> None:
    assert (await capture.device.identify()).model.endswith("CM,PR,NC")


def test_three_gauges_whose_replies_are_late_do_not_flap() -> None:
    """Each 0.25 s late: no sample may grow older than what the poll allows before the next one is there."""
    words = {f"@003PR{n}?;FF".encode(): b"@003ACK7.602E+2;FF" for n in (1, 2, 3)}

    @on_capture("mks946", UNIT | words, address=3)
    async def scenario(capture: Capture) -> None:
        capture.wire.answer = lambda data: [(0.25, capture.script[data])]
        capture.device.wanted = frozenset(Channel("pressure", n) for n in range(3))
        [exchange] = capture.device.polls
        began = capture.clock.now()
        for _ in range(2):
            await capture.read()
        assert capture.clock.now() - began + exchange.every < exchange.stale_after

    scenario()


@on_capture("mks946", UNIT, address=3, units="PASCAL")
async def test_another_unit_is_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="TORR"):
        await capture.device.check_units()


@on_capture("mks946", UNIT, address=3, modules="PR,CM")
async def test_other_modules_are_refused(capture: Capture) -> None:
    with pytest.raises(WrongInstrument, match="CM,PR"):
        await capture.device.identify()
