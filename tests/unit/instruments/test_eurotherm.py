"""The simulated Eurotherm: registers, refusals, wear, ramp and modes; and its loop on a zone of our own."""

import math
import struct
from collections import deque

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments._modbus import crc
from vapordep_simulators.instruments._pid import Loop, Ramp, simc
from vapordep_simulators.instruments.eurotherm import Eurotherm

NOW = 1.0


def eurotherm(kelvin: float = 298.15, power: float = 0.0, **options: object) -> tuple[Eurotherm, FakeWorld]:
    points = {"stage.temperature": kelvin, "stage.power": power}
    wiring = {"temperature": "stage.temperature"}
    return build(Eurotherm, points, wiring, **({"noise": 0.0} | options))  # type: ignore[arg-type]


def rtu(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc(body)


def read(device: Eurotherm, number: int, now: float = NOW) -> int:
    reply = said(device.feed(rtu(f"01 03 {number:04X} 0001"), now))
    assert reply[:3] == b"\x01\x03\x02"
    return int(struct.unpack(">h", reply[3:5])[0])


def write(device: Eurotherm, number: int, word: int, now: float = NOW) -> bytes:
    return said(device.feed(rtu(f"01 06 {number:04X} {word & 0xFFFF:04X}"), now))


def read_float(device: Eurotherm, number: int, now: float = NOW) -> float:
    reply = said(device.feed(rtu(f"01 04 {0x8000 + 2 * number:04X} 0002"), now))
    return float(struct.unpack(">f", reply[3:7])[0])


def loop(world: FakeWorld) -> Loop:
    controller = world.last("stage.controller")
    assert isinstance(controller, Loop)
    return controller


def test_the_frames_of_the_manual() -> None:
    device, _ = eurotherm()
    assert said(device.feed(bytes.fromhex("01 03 00 01 00 01 D5 CA"), NOW)) == bytes.fromhex("01 03 02 00 FA 38 07")
    frame = bytes.fromhex("01 06 00 02 00 FA A8 49")
    assert said(device.feed(frame, NOW)) == frame
    assert read(device, 2) == read(device, 24) == 250


def test_it_gives_back_what_a_loopback_sends() -> None:
    device, _ = eurotherm()
    assert said(device.feed(rtu("01 08 0000 1234"), NOW)) == rtu("01 08 0000 1234")
    assert said(device.feed(rtu("01 08 0001 0000"), NOW)) == rtu("01 88 03")


@pytest.mark.parametrize(("decimals", "word"), [(0, 25), (1, 250), (2, 2500)])
def test_words_are_scaled_by_the_decimals(decimals: int, word: int) -> None:
    device, world = eurotherm(decimals=decimals)
    assert read(device, 1) == word
    assert read(device, 525) == decimals
    write(device, 24, 4 * word)
    assert loop(world).ramp.target == pytest.approx(373.15)


def test_below_zero_is_a_signed_word() -> None:
    device, _ = eurotherm(kelvin=273.15 - 12.5)
    assert read(device, 1) == -125


@pytest.mark.parametrize(("units", "word"), [("C", 1000), ("F", 2120), ("K", 3732)])
def test_the_display_unit_changes_every_temperature(units: str, word: int) -> None:
    device, world = eurotherm(kelvin=373.15, units=units)
    assert read(device, 1) == word
    write(device, 24, word)
    assert loop(world).ramp.target == pytest.approx(373.15, abs=0.06)
    assert loop(world).tuning.gain == pytest.approx(simc(120.0, 150.0, 7.0).gain, rel=0.01)


def test_floats_lie_at_twice_the_address_and_refuse_single_writes() -> None:
    device, world = eurotherm(kelvin=300.0)
    assert read_float(device, 1) == pytest.approx(26.85, abs=1e-4)
    data = struct.pack(">f", 123.456).hex()
    assert said(device.feed(rtu(f"01 10 8004 0002 04 {data}"), NOW)) == rtu("01 10 8004 0002")
    assert loop(world).ramp.target == pytest.approx(396.606)
    assert said(device.feed(rtu("01 06 8004 42F6"), NOW)) == rtu("01 86 02")
    assert said(device.feed(rtu("01 03 8005 0002"), NOW)) == rtu("01 83 02")
    device, _ = eurotherm(floats=False)
    assert said(device.feed(rtu("01 03 8002 0002"), NOW)) == rtu("01 83 02")


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("01 03 0000 0001", "01 83 02"), ("01 03 0001 0000", "01 83 03"), ("01 03 0001 007E", "01 83 03"),
        ("01 06 0001 00FA", "01 86 02"), ("01 06 0005 00FA", "01 86 02"), ("01 06 0018 7FFF", "01 86 03"),
        ("01 06 0003 03E9", "01 86 03"), ("01 06 0204 0001", "01 86 02"), ("01 05 0001 FF00", "01 85 01"),
        ("01 10 0018 0002 04 03E8 7FFF", "01 90 03"),
    ],
)  # fmt: skip
def test_refusals_change_nothing(request_: str, reply: str) -> None:
    device, world = eurotherm()
    assert said(device.feed(rtu(request_), NOW)) == rtu(reply)
    assert world.drives == []
    assert device.nonvolatile_writes == 0


def test_a_block_read_bridges_addresses_that_are_not_there() -> None:
    device, _ = eurotherm()
    reply = said(device.feed(rtu("01 03 0006 0004"), NOW))
    assert struct.unpack(">4H", reply[3:11])[1] == 0x8000


def test_setpoint_limits_bind() -> None:
    device, _ = eurotherm()
    write(device, 111, 1500)
    assert write(device, 24, 1600) == rtu("01 86 03")
    assert write(device, 24, 1500) == rtu("01 06 0018 05DC")


def test_writes_to_flash_are_counted_and_remote_ones_are_not() -> None:
    device, world = eurotherm()
    for number in (2, 24, 25, 26, 26, 35):
        write(device, number, 500)
    assert device.nonvolatile_writes == 3
    write(device, 276, 1)
    assert loop(world).ramp.target == pytest.approx(323.15)


def test_a_remote_setpoint_that_is_watched_falls_back() -> None:
    device, world = eurotherm(watch_remote=True)
    write(device, 26, 1000)
    write(device, 276, 1, 2.0)
    assert read(device, 5, 6.9) == 1000
    assert read(device, 5, 7.1) == 0
    assert read(device, 75, 7.1) & 1 << 14
    assert loop(world).working_setpoint(7.1) == pytest.approx(273.15)


def test_the_working_setpoint_ramps_from_the_process_value_and_on_from_itself() -> None:
    device, world = eurotherm(kelvin=298.15)
    write(device, 35, 50, 0.0)
    write(device, 24, 1000, 400.0)  # the ramp to where it rested is over
    assert [read(device, 5, t) for t in (400.0, 460.0, 1000.0, 1400.0)] == [250, 300, 750, 1000]
    assert loop(world).working_setpoint(460.0) == pytest.approx(303.15)
    write(device, 24, 900, 460.0)
    assert read(device, 5, 460.0) == 300
    assert read(device, 75, 460.0) & 1 << 13


def test_writing_the_same_setpoint_again_does_not_start_the_ramp_again() -> None:
    device, _ = eurotherm()
    write(device, 35, 50, 0.0)
    for t in range(400, 460, 5):
        write(device, 24, 1000, float(t))
    assert read(device, 5, 460.0) == 300


def test_manual_mode_off_and_output_limits() -> None:
    device, world = eurotherm(power=0.25)
    assert read(device, 4) == 250
    write(device, 3, 400)
    write(device, 273, 1)
    assert loop(world).manual == pytest.approx(0.4)
    assert read(device, 75) & 1 << 4
    write(device, 30, 300)
    assert loop(world).step(loop(world).initial(298.15), 298.15, 0.0)[1] == pytest.approx(0.3)
    write(device, 273, 2)
    assert loop(world).manual == 0.0
    write(device, 273, 0)
    assert loop(world).manual is None
    write(device, 199, 1)
    assert loop(world).manual == 0.0


def test_a_broken_sensor_is_told_and_gets_no_power() -> None:
    device, world = eurotherm(kelvin=math.nan)
    assert read(device, 1) == 0x7FFF
    assert math.isnan(read_float(device, 1))
    assert read(device, 75) & 1 << 5
    write(device, 24, 1000)
    assert loop(world).step(loop(world).initial(math.nan), math.nan, 1.0)[1] == 0.0


def test_alarms_and_over_range_show_in_the_status() -> None:
    device, _ = eurotherm(kelvin=420.0)
    assert read(device, 75) == 0
    write(device, 13, 1200)
    assert read(device, 75) == 1 | 1 << 12
    assert read(device, 75) == 1
    assert read(device, 76) & 0xFFFF == 0xFFFE
    device, _ = eurotherm(kelvin=273.15 + 1372 * 1.1)
    assert read(device, 75) & 1 << 10


def test_tuning_swings_between_the_limits() -> None:
    device, world = eurotherm()
    write(device, 24, 1000)
    write(device, 270, 1)
    swing = loop(world)
    assert [swing.step(swing.initial(298.15), kelvin, 0.0)[1] for kelvin in (370.0, 380.0)] == [1.0, 0.0]


def test_units_change_in_configuration_mode_only() -> None:
    device, world = eurotherm()
    write(device, 24, 1000)
    assert write(device, 516, 1) == rtu("01 86 02")
    write(device, 199, 2)
    assert loop(world).manual == 0.0
    write(device, 516, 1)
    write(device, 199, 0)
    assert read(device, 24) == 2120
    assert loop(world).ramp.target == pytest.approx(373.15)


def test_it_comes_behind_a_gateway_too() -> None:
    device, _ = eurotherm(framing="tcp", address=7)
    request = struct.pack(">HHHB", 5, 0, 6, 7) + bytes.fromhex("03 0001 0001")
    assert said(device.feed(request, NOW)) == struct.pack(">HHHB", 5, 0, 5, 7) + bytes.fromhex("03 02 00FA")


# --- the loop on a zone: first order plus dead time, an Euler step of its own ----------------------------------------

AMBIENT = 293.15


def heat(controller: Loop, zone: tuple[float, float, float], hours: float) -> tuple[list[float], list[float]]:
    """Sensor (K) and power of a zone (gain K, time constant s, dead time s) with a sensor of 2 s."""
    gain, time_constant, dead_time = zone
    temperature = sensor = AMBIENT
    memory = controller.initial(sensor)
    late = deque([0.0] * round(dead_time / controller.period))
    sensors, powers = [], []
    for step in range(round(hours * 3600 / controller.period)):
        memory, power = controller.step(memory, sensor, step * controller.period)
        late.append(power)
        temperature += (AMBIENT + gain * late.popleft() - temperature) * controller.period / time_constant
        sensor += (temperature - sensor) * controller.period / 2.0
        sensors.append(sensor)
        powers.append(power)
    return sensors, powers


@pytest.mark.parametrize(
    "zone", [(120.0, 150.0, 5.0), (180.0, 600.0, 15.0), (300.0, 1200.0, 30.0), (150.0, 60.0, 10.0)]
)
@pytest.mark.parametrize("rate", [5.0 / 60.0, 0.0])
def test_a_tuned_loop_heats_to_100_degc_without_overshoot(zone: tuple[float, float, float], rate: float) -> None:
    gain, time_constant, dead_time = zone
    controller = Loop(simc(gain, time_constant, dead_time + 2.0), Ramp(373.15, AMBIENT, 0.0, rate))
    sensors, powers = heat(controller, zone, hours=2.0)
    assert max(sensors) < 373.15 + 1.0
    assert sensors[-1] == pytest.approx(373.15, abs=0.05)
    assert 0.0 <= min(powers) <= max(powers) <= 1.0


def test_a_loop_keeps_the_stage_tame_when_the_zone_is_not_what_it_was_tuned_on() -> None:
    controller = Loop(simc(120.0, 150.0, 7.0), Ramp(373.15, AMBIENT, 0.0, 5.0 / 60.0))
    for gain in (0.8, 1.3):
        for time_constant in (0.7, 1.3):
            sensors, _ = heat(controller, (120.0 * gain, 150.0 * time_constant, 6.5), hours=1.5)
            assert max(sensors) < 373.15 + 1.0
            assert sensors[-1] == pytest.approx(373.15, abs=0.1)


def test_another_setpoint_takes_over_the_memory_without_a_bump() -> None:
    first = Loop(simc(120.0, 150.0, 7.0), Ramp(373.15))
    memory, power = first.step(first.initial(373.15), 373.0, 0.0)
    for step in range(4000):
        memory, power = first.step(memory, 373.0, step * 0.25)
    second = Loop(first.tuning, Ramp(373.15, 373.15, 1000.0, 1.0), low=0.0, high=1.0)
    assert second.step(memory, 373.0, 1000.0)[1] == pytest.approx(power, abs=0.01)


def test_back_from_manual_the_power_goes_on_from_where_it_was() -> None:
    tuning = simc(120.0, 150.0, 7.0)
    by_hand = Loop(tuning, Ramp(373.15), manual=0.37)
    memory, power = by_hand.step(by_hand.initial(370.0), 370.0, 0.0)
    assert power == pytest.approx(0.37)
    assert Loop(tuning, Ramp(373.15)).step(memory, 370.0, 0.25)[1] == pytest.approx(0.37, abs=0.01)


def test_a_warm_zone_keeps_its_power_when_a_loop_takes_it_over() -> None:
    device, world = eurotherm(kelvin=373.15, power=0.6)
    write(device, 24, 1000)
    assert loop(world).step(loop(world).initial(373.15), 373.15, 0.0)[1] == pytest.approx(0.6)


def test_the_output_rate_limit_holds() -> None:
    limited = Loop(simc(120.0, 150.0, 7.0), Ramp(373.15), slew=0.1)
    _, power = limited.step(limited.initial(AMBIENT), AMBIENT, 0.0)
    assert power == pytest.approx(0.025)
