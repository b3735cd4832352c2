"""The simulated relay board obeys the frames of its maker's page, in RTU and in TCP frames."""

import math
import struct

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments._modbus import crc
from vapordep_simulators.instruments.modbus_relay import ModbusRelay

WIRING = {f"valve[{n}]": f"{name}.valve" for n, name in enumerate(("TMA", "H2O", "EG", "pump"))}


def relay(**options: object) -> tuple[ModbusRelay, FakeWorld]:
    return build(ModbusRelay, {"door": 1.0}, WIRING | {"input[2]": "door"}, **options)  # type: ignore[arg-type]


def rtu(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc(body)


@pytest.mark.parametrize(
    "frame",
    [
        "01 05 02 00 00 07 8D B0", "01 05 04 00 00 08 CD 3C", "01 05 00 00 FF 00 8C 3A", "01 05 00 00 00 00 CD CA",
        "01 05 00 00 55 00 F2 9A", "01 05 00 FF FF 00 BC 0A",
    ],
)  # fmt: skip
def test_frames_of_the_manual_are_echoed(frame: str) -> None:
    device, _ = relay()
    assert said(device.feed(bytes.fromhex(frame), 1.0)) == bytes.fromhex(frame)


def test_relays_drive_the_valves_at_the_instant_of_the_frame() -> None:
    device, world = relay()
    device.feed(rtu("01 05 00 01 FF 00"), 2.5)
    device.feed(rtu("01 05 00 01 55 00"), 2.75)
    assert world.drives == [("H2O.valve", 1.0, 2.5), ("H2O.valve", 0.0, 2.75)]
    assert device.actuations == 2


def test_all_relays_and_their_reading() -> None:
    device, world = relay()
    device.feed(rtu("01 05 00 FF FF 00"), 1.0)
    assert said(device.feed(bytes.fromhex("01 01 00 00 00 08 3D CC"), 1.0)) == rtu("01 01 01 FF")
    assert {point for point, value, _ in world.drives if value} == set(WIRING.values())
    device.feed(rtu("01 05 00 FF 55 00"), 1.0)
    assert said(device.feed(rtu("01 01 00 00 00 08"), 1.0)) == rtu("01 01 01 00")


def test_several_relays_at_once() -> None:
    device, world = relay()
    assert said(device.feed(rtu("01 0F 00 01 00 03 01 05"), 1.0)) == rtu("01 0F 00 01 00 03")
    assert said(device.feed(rtu("01 01 00 00 00 08"), 1.0)) == rtu("01 01 01 0A")
    assert world.drives == [("H2O.valve", 1.0, 1.0), ("EG.valve", 0.0, 1.0), ("pump.valve", 1.0, 1.0)]


def test_inputs_are_read_from_the_plant() -> None:
    device, world = relay()
    assert said(device.feed(rtu("01 02 00 00 00 08"), 1.0)) == rtu("01 02 01 04")
    world.points["door"] = 0.0
    assert said(device.feed(rtu("01 02 00 00 00 08"), 1.0)) == rtu("01 02 01 00")


def test_a_flash_ends_by_itself_at_its_instant() -> None:
    device, world = relay()
    device.feed(rtu("01 05 02 00 00 07"), 1.0)
    assert device.next_speech == pytest.approx(1.7)
    assert device.speak(device.next_speech) == []
    assert world.drives == [("TMA.valve", 1.0, 1.0), ("TMA.valve", 0.0, pytest.approx(1.7))]
    assert device.next_speech == math.inf


def test_a_command_ends_a_flash_and_a_late_call_still_ends_it_in_time() -> None:
    device, world = relay()
    device.feed(rtu("01 05 02 00 00 07"), 1.0)
    device.feed(rtu("01 05 00 00 FF 00"), 1.2)
    assert device.next_speech == math.inf
    device.feed(rtu("01 05 02 01 00 01"), 2.0)
    assert said(device.feed(rtu("01 01 00 00 00 08"), 5.0)) == rtu("01 01 01 01")
    assert world.drives[-1] == ("H2O.valve", 0.0, pytest.approx(2.1))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        ("01 05 00 08 FF 00", "01 85 02"), ("01 05 00 00 12 34", "01 85 03"), ("01 05 02 00 00 00", "01 85 03"),
        ("01 01 00 00 00 09", "01 81 02"), ("01 01 00 00 00 00", "01 81 03"), ("01 06 00 00 00 01", "01 86 01"),
        ("01 0F 00 07 00 02 01 03", "01 8F 02"), ("01 0F 00 00 00 02 02 03 00", "01 8F 03"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_an_exception_and_moves_nothing(request_: str, reply: str) -> None:
    device, world = relay()
    assert said(device.feed(rtu(request_), 1.0)) == rtu(reply)
    assert world.drives == []
    assert device.actuations == 0


def test_silence_to_another_address_and_to_a_broken_frame() -> None:
    device, world = relay()
    assert device.feed(rtu("02 05 00 00 FF 00"), 1.0) == []
    frame = bytearray(rtu("01 05 00 00 FF 00"))
    for bit in range(8 * len(frame)):
        frame[bit // 8] ^= 1 << bit % 8
        assert device.feed(bytes(frame), 2.0 + bit) == [], bit
        frame[bit // 8] ^= 1 << bit % 8
    assert world.drives == []
    assert said(device.feed(bytes(frame), 200.0)) == bytes(frame)


def test_a_broadcast_is_obeyed_without_a_reply() -> None:
    device, world = relay()
    assert device.feed(rtu("00 05 00 00 FF 00"), 1.0) == []
    assert world.drives == [("TMA.valve", 1.0, 1.0)]


def test_halves_and_heaps() -> None:
    device, _ = relay()
    first, second = rtu("01 05 00 00 FF 00"), rtu("01 01 00 00 00 08")
    assert device.feed(first[:5], 1.0) == []
    replies = device.feed(first[5:] + second + second[:3], 1.01)
    assert [text for _, text in replies] == [first, rtu("01 01 01 01")]
    assert replies[1][0] > replies[0][0]
    assert said(device.feed(second[3:], 1.02)) == rtu("01 01 01 01")


def test_half_a_frame_is_forgotten_after_a_silence() -> None:
    device, _ = relay()
    frame = rtu("01 05 00 00 FF 00")
    device.feed(frame[:5], 1.0)
    assert said(device.feed(frame, 2.0)) == frame


def test_tcp_frames_echo_their_transaction() -> None:
    device, world = relay(framing="tcp")
    head = struct.pack(">HHHB", 0xBEEF, 0, 6, 1)
    body = bytes.fromhex("05 00 00 FF 00")
    ((delay, reply),) = device.feed(head + body, 1.0)
    assert reply == head + body
    assert delay == pytest.approx(0.002)
    assert device.feed(struct.pack(">HHHB", 1, 0, 6, 9) + body, 1.0) == []
    assert device.feed(head[:3], 1.0) == []
    assert said(device.feed(head[3:] + body + head + body, 1.0)) == 2 * (head + body)
    assert world.drives[0] == ("TMA.valve", 1.0, 1.0)
    device.feed(b"\x00\x01\x12\x34" * 4, 2.0)
    assert said(device.feed(head + body, 3.0)) == head + body


def test_switching_on_closes_everything() -> None:
    device, world = relay()
    device.feed(rtu("01 05 00 FF FF 00"), 1.0)
    device.power_up(2.0)
    assert all(world.last(point) == 0.0 for point in WIRING.values())
