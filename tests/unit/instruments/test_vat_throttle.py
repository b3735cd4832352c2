"""The simulated throttle valve answers as its manual says, and its loop holds a pressure."""

import math
from dataclasses import dataclass

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments.vat_throttle import INTERLOCK_CLOSED, VatThrottle

WIRING = {"position": "throttle.position", "pressure": "throttle.pressure"}


def valve(pressure: float = 20.0, position: float = 0.5, **options: object) -> tuple[VatThrottle, FakeWorld]:
    points = {"throttle.position": position, "throttle.pressure": pressure}
    device, world = build(VatThrottle, points, WIRING, full_scale="1000 Pa", **options)  # type: ignore[arg-type]
    device.power_up(0.0)
    return device, world


def asked(device: VatThrottle, message: str, now: float = 1.0) -> str:
    return said(device.feed(f"{message}\r\n".encode(), now)).decode().removesuffix("\r\n")


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("A:", "A:050000"), ("i:21", "i:2121000000"), ("i:30", "i:3013000000"), ("i:32", "i:3200000000"),
        ("i:38", "i:3800000000"), ("i:50", "i:50000"), ("i:51", "i:5100000000"), ("R:050000", "R:"), ("C:", "C:"),
        ("O:", "O:"), ("H:", "H:"), ("S:00020000", "S:"), ("c:0100", "c:01"), ("s:2100001000", "s:21"),
        ("A", "E:000003"), ("a:", "E:000004"), ("R:5000", "E:000005"), ("R:100001", "E:000006"), ("C:1", "E:000005"),
        ("S:01000001", "E:000006"), ("c:0109", "E:000006"), ("s:2130001000", "E:000006"), ("i:99", "E:000004"),
        ("i:36", "i:3600000000"), ("i:65", "i:6500000000"), ("i:52", "i:5200000000"), ("i:52x", "E:000005"),
    ],
)  # fmt: skip
def test_every_message_has_its_reply(message: str, reply: str) -> None:
    device, _ = valve()
    assert asked(device, message) == reply


def test_the_assembly_tells_place_pressure_and_state() -> None:
    device, _ = valve()
    reply = asked(device, "i:76")
    assert reply[:11] == "i:760500000"
    assert int(reply[11:18]) == pytest.approx(20_000, abs=100)
    assert reply[18:] == "130"
    assert asked(device, "i:64") == f"i:64{reply[10:18]}", "its sensor"


def test_in_local_and_interlocked_it_refuses_to_move() -> None:
    device, world = valve()
    asked(device, "c:0100")
    assert asked(device, "O:") == "E:000008"
    asked(device, "c:0101")
    device.interlock(INTERLOCK_CLOSED, 1.0)
    assert asked(device, "R:050000") == "E:000008"
    assert asked(device, "i:30")[5] == "9"
    assert world.last("throttle.controller").position == 0.0


def test_an_unplugged_sensor_reads_far_below_zero() -> None:
    device, _ = valve(math.nan)
    assert asked(device, "P:") == "P:-0140000"


def test_without_a_learn_it_warns_and_does_not_control() -> None:
    device, world = valve(learned=False)
    asked(device, "S:00010000")
    assert asked(device, "i:51") == "i:5101000000"
    assert world.last("throttle.controller").position == 0.5


@dataclass
class Chamber:
    """6.25 L behind a butterfly of which the conductance goes as 1 - cos, with a stroke of 1 s; flow in Pa m3/s."""

    flow: float
    pressure: float = 1.0
    position: float = 1.0
    volume: float = 6.25e-3
    speed: float = 5e-3

    def advance(self, wanted: float, step: float) -> None:
        self.position += min(max(wanted - self.position, -step), step)
        pumped = self.speed * (1.0 - math.cos(0.5 * math.pi * self.position))
        decay = pumped / self.volume
        level = self.flow / pumped if pumped else math.inf
        grown = self.pressure + step * self.flow / self.volume
        self.pressure = level + (self.pressure - level) * math.exp(-decay * step) if pumped else grown


@pytest.mark.parametrize("flow", [2e-3, 3.5e-3, 1e-2])
@pytest.mark.parametrize("setpoint", [20.0, 53.3])
def test_its_loop_holds_the_pressure(flow: float, setpoint: float) -> None:
    """As the plant executes it: 1 % within a minute after the gas could have filled it, never 12 % above."""
    device, world = valve(position=1.0)
    asked(device, f"S:{round(setpoint * 1000):08d}")
    loop, chamber = world.last("throttle.controller"), Chamber(flow)
    memory, history = loop.initial(chamber.pressure), []
    for tick in range(1800):
        memory, wanted = loop.step(memory, chamber.pressure, tick * loop.period)
        chamber.advance(wanted, loop.period)
        history.append(chamber.pressure)
    rising = setpoint / (flow / chamber.volume)
    settled = history[int((60.0 + rising) / loop.period) :]
    assert settled == pytest.approx([setpoint] * len(settled), rel=0.01)
    assert max(history) < 1.12 * setpoint


def test_another_setpoint_is_followed_and_a_broken_sensor_moves_nothing() -> None:
    device, world = valve()
    asked(device, "S:00020000")
    first = world.last("throttle.controller")
    memory, _ = first.step(first.initial(20.0), 20.0, 0.0)
    asked(device, "S:00010000")
    second = world.last("throttle.controller")
    memory, opened = second.step(memory, 20.0, 0.1)
    assert opened > 0.5
    assert second.step(memory, math.nan, 0.2)[1] == opened


def test_the_blade_is_never_faster_than_its_stroke() -> None:
    device, world = valve(stroke="2 s")
    asked(device, "S:00005000")
    loop = world.last("throttle.controller")
    memory, first = loop.step(loop.initial(20.0), 20.0, 0.0)
    assert first - 0.5 == pytest.approx(loop.period / 2.0), "four times too much pressure: it opens as fast as it can"
    assert loop.step(memory, 20.0, loop.period)[1] - first == pytest.approx(loop.period / 2.0)


def test_within_the_dead_band_it_stands_still() -> None:
    device, world = valve()
    asked(device, "S:00020000")
    loop = world.last("throttle.controller")
    assert loop.step(loop.initial(20.0), 20.03, 0.0)[1] == 0.5
