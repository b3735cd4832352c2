"""The Eurotherm driver against the frames of the manual: signs, decimals, sensor break, and memory that wears."""

import struct
from collections.abc import Awaitable, Callable

import pytest

from tests.unit.drivers.captured import Capture, on_capture
from vapordep.devices import Channel, Doubt
from vapordep.devices.framings import modbus as mb
from vapordep.errors import InstrumentRefused, ProtocolError, ReadbackMismatch, WrongInstrument
from vapordep.model.tags import Quality

RTU = mb.Rtu(1)
TEMPERATURE, SETPOINT = Channel("temperature"), Channel("setpoint")


class Registers(dict[bytes, bytes]):
    """A controller with these registers, which takes every write."""

    def __init__(self, **values: int) -> None:
        super().__init__()
        self.values_by_number = {int(number[1:]): value for number, value in values.items()}

    def __contains__(self, asked: object) -> bool:
        return isinstance(asked, bytes)

    def __getitem__(self, asked: bytes) -> bytes:
        function, first, last = struct.unpack(">BHH", asked[1:6])
        if function == mb.WRITE_REGISTER:
            self.values_by_number[first] = last
            return asked
        numbers = range(first, first + last)
        if not all(number in self.values_by_number for number in numbers):
            return RTU.encode(bytes((function | 0x80, 2)))
        words = b"".join((self.values_by_number[number] & 0xFFFF).to_bytes(2, "big") for number in numbers)
        return RTU.encode(bytes((function, len(words))) + words)


def controller(**values: int) -> Registers:
    usual = {"r1": 250, "r2": 1000, "r3": 0, "r4": 425, "r5": 300, "r11": -2000, "r12": 13720, "r35": 50, "r75": 0}
    return Registers(**usual | values)


Scenario = Callable[[Capture, Registers], Awaitable[None]]


def on_controller(registers: Registers, **options: int | str) -> Callable[[Scenario], Callable[[], None]]:
    """A test on a controller with these registers."""

    def decorate(scenario: Scenario) -> Callable[[], None]:
        async def with_registers(capture: Capture) -> None:
            capture.script = registers
            await scenario(capture, registers)

        return on_capture("eurotherm", {}, **options)(with_registers)

    return decorate


@on_capture("eurotherm", {bytes.fromhex("010300010001D5CA"): bytes.fromhex("010302 00FA 3807")})
async def test_the_frame_of_the_manual_is_25_degrees(capture: Capture) -> None:
    reply = await capture.device.ask(mb.read_registers(1, 1))
    assert mb.registers(reply) == (250,)


@on_controller(controller(r1=-123))
async def test_registers_have_a_sign_and_decimals(capture: Capture, registers: Registers) -> None:
    readings = {channel.name: reading for channel, reading in (await capture.read()).items()}
    assert readings == {
        "temperature": pytest.approx(-12.3), "setpoint": pytest.approx(100.0), "power": pytest.approx(42.5),
        "working_setpoint": pytest.approx(30.0), "rate": pytest.approx(5.0),
    }  # fmt: skip


@on_controller(controller(r1=77, r2=212, r5=212, r35=9), decimals=0, units="F")
async def test_a_display_in_fahrenheit(capture: Capture, registers: Registers) -> None:
    readings = await capture.read()
    assert readings[TEMPERATURE] == pytest.approx(25.0)
    assert readings[SETPOINT] == pytest.approx(100.0)
    assert readings[Channel("rate")] == pytest.approx(5.0)


@pytest.mark.parametrize(("status", "why"), [(1 << 5, "sensor break"), (1 << 10, "over range")])
def test_a_broken_sensor_is_no_temperature(status: int, why: str) -> None:
    @on_controller(controller(r75=status))
    async def scenario(capture: Capture, registers: Registers) -> None:
        reading = (await capture.read())[TEMPERATURE]
        assert isinstance(reading, Doubt)
        assert (reading.quality, reading.why) == (Quality.BAD, why)

    scenario()


@pytest.mark.parametrize("word", [0x7FFF, -0x8000])
def test_the_end_of_a_word_is_no_temperature(word: int) -> None:
    @on_controller(controller(r1=word))
    async def scenario(capture: Capture, registers: Registers) -> None:
        reading = (await capture.read())[TEMPERATURE]
        assert isinstance(reading, Doubt)
        assert reading.quality is Quality.BAD

    scenario()


@on_controller(controller(r75=1 << 4))
async def test_in_manual_the_setpoint_is_doubtful(capture: Capture, registers: Registers) -> None:
    reading = (await capture.read())[SETPOINT]
    assert isinstance(reading, Doubt)
    assert reading.quality is Quality.UNCERTAIN


@on_controller(controller())
async def test_a_setpoint_is_written_once_and_read_back(capture: Capture, registers: Registers) -> None:
    await capture.write("setpoint", 150.0)
    assert RTU.encode(mb.write_register(2, 1500)) in capture.sent
    count = len(capture.sent)
    await capture.write("setpoint", 150.0)
    functions = [data[1] for data in capture.sent[count:]]
    assert functions == [mb.READ_HOLDING, mb.READ_HOLDING], "it stands there already: read, not written"


@on_controller(controller())
async def test_off_takes_the_rate_limit_away(capture: Capture, registers: Registers) -> None:
    """Or the heater would follow the ramp down."""
    await capture.write("setpoint", 0.0)
    assert (registers.values_by_number[2], registers.values_by_number[35]) == (0, 0)


@on_controller(controller())
async def test_off_is_said_before_anything_is_asked(capture: Capture, registers: Registers) -> None:
    """One that hears, but whose replies are lost, must not go on heating."""
    await capture.write("setpoint", 0.0)
    assert capture.sent[0] == RTU.encode(mb.write_register(2, 0))


class ByHand(Registers):
    """It gives its manual output, as far as it obeys that."""

    stuck = False

    def __getitem__(self, asked: bytes) -> bytes:
        reply = super().__getitem__(asked)
        if not self.stuck:
            self.values_by_number[4] = self.values_by_number[3]
        return reply


class Stuck(ByHand):
    stuck = True


BY_HAND = {"r1": 250, "r2": 1000, "r3": 600, "r4": 600, "r5": 300, "r35": 50, "r75": 1 << 4}


@on_controller(ByHand(**BY_HAND))
async def test_off_by_hand_takes_the_manual_output_away(capture: Capture, registers: Registers) -> None:
    """Manual mode ignores the setpoint; that is off nevertheless, for when it goes back to automatic."""
    await capture.write("setpoint", 0.0)
    assert [registers.values_by_number[n] for n in (2, 3, 4)] == [0, 0, 0]


@on_controller(Stuck(**BY_HAND))
async def test_by_hand_an_output_that_stays_is_told(capture: Capture, registers: Registers) -> None:
    with pytest.raises(ReadbackMismatch, match="60 %"):
        await capture.write("setpoint", 0.0)


@on_controller(ByHand(**BY_HAND))
async def test_by_hand_a_setpoint_is_refused(capture: Capture, registers: Registers) -> None:
    with pytest.raises(InstrumentRefused, match="manual at its front panel"):
        await capture.write("setpoint", 150.0)
    assert registers.values_by_number[2] == 1000


@on_controller(controller())
async def test_a_stream_of_setpoints_is_refused_but_off_never(capture: Capture, registers: Registers) -> None:
    for step in range(60):
        await capture.write("setpoint", 30.0 + step)
    with pytest.raises(InstrumentRefused, match="memory"):
        await capture.write("setpoint", 90.0)
    assert registers.values_by_number[2] == 890
    await capture.write("setpoint", 0.0)
    assert registers.values_by_number[2] == 0
    await capture.clock.sleep(3600.0)
    await capture.write("setpoint", 120.0)


@on_controller(controller())
async def test_a_rate_that_would_round_to_no_limit_is_refused(capture: Capture, registers: Registers) -> None:
    with pytest.raises(InstrumentRefused, match="no limit"):
        await capture.write("rate", 0.04)
    await capture.write("rate", 2.5)
    assert registers.values_by_number[35] == 25


class Clipping(Registers):
    def __getitem__(self, asked: bytes) -> bytes:
        reply = super().__getitem__(asked)
        self.values_by_number[2] = min(self.values_by_number[2], 1200)
        return reply


@on_controller(Clipping(r1=250, r2=1000, r75=0))
async def test_a_clipped_setpoint_is_told(capture: Capture, registers: Registers) -> None:
    with pytest.raises(ReadbackMismatch, match="1200"):
        await capture.write("setpoint", 150.0)


@on_controller(controller(r516=1, r525=1))
async def test_another_display_unit_is_refused(capture: Capture, registers: Registers) -> None:
    with pytest.raises(WrongInstrument, match="shows F"):
        await capture.device.check_units()


@on_controller(controller(r516=1))
async def test_another_display_unit_is_refused_where_the_decimals_are_not_told(
    capture: Capture, registers: Registers
) -> None:
    with pytest.raises(WrongInstrument, match="shows F"):
        await capture.device.check_units()


@on_controller(controller(r516=0, r525=2))
async def test_other_decimals_are_refused(capture: Capture, registers: Registers) -> None:
    with pytest.raises(WrongInstrument, match="C with 2 decimals"):
        await capture.device.check_units()


@pytest.mark.parametrize("told", [{}, {"r516": 0}, {"r525": 0}, {"r516": 0, "r525": 0}])
def test_a_model_that_does_not_tell_its_unit_is_taken(told: dict[str, int]) -> None:
    @on_controller(controller(**told))
    async def scenario(capture: Capture, registers: Registers) -> None:
        await capture.device.identify()
        await capture.device.check_units()

    scenario()


@on_controller(controller(r11=0, r12=0))
async def test_what_has_no_range_is_no_controller(capture: Capture, registers: Registers) -> None:
    with pytest.raises(WrongInstrument):
        await capture.device.identify()


@on_capture("eurotherm", {bytes.fromhex("0103000B0002B5C9"): bytes.fromhex("010304F83035980000")})
async def test_a_wrong_checksum_is_no_reply(capture: Capture) -> None:
    with pytest.raises(ProtocolError):
        await capture.device.identify()
