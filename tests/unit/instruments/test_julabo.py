"""The simulated circulator answers as its manuals say, and is silent where they say so."""

import math

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments.julabo import EXCESS_TEMPERATURE, LOW_LEVEL, Julabo

WIRING = {
    "temperature": "chiller.temperature", "external_temperature": "stage.temperature", "setpoint": "stage.setpoint",
    "running": "chiller.running",
}  # fmt: skip


def circulator(**options: object) -> tuple[Julabo, FakeWorld]:
    points = {"chiller.temperature": 298.15, "stage.temperature": math.nan}
    device, world = build(Julabo, points, WIRING, noise=0.0, **options)  # type: ignore[arg-type]
    device.power_up(0.0)
    return device, world


def asked(device: Julabo, message: str) -> str:
    return said(device.feed(f"{message}\r".encode(), 1.0)).decode().removesuffix("\r\n")


@pytest.mark.parametrize(
    ("message", "reply", "status"),
    [
        ("in_pv_00", "25.00", "02 REMOTE STOP"), ("IN_PV_00", "25.00", "02 REMOTE STOP"),
        ("in_pv_02", "---.--", "02 REMOTE STOP"), ("in_mode_05", "0", "02 REMOTE STOP"),
        ("out_mode_05 1", "", "03 REMOTE START"), ("out_sp_00 35.5", "", "02 REMOTE STOP"),
        ("out_sp_00 -31", "", "-10 VALUE TOO SMALL"), ("out_sp_00 201", "", "-11 VALUE TOO LARGE"),
        ("out_sp_00 warm", "", "-08 INVALID COMMAND"), ("out_mode_05 2", "", "-08 INVALID COMMAND"),
        ("xyz", "", "-08 INVALID COMMAND"),
    ],
)  # fmt: skip
def test_questions_are_answered_and_commands_are_not(message: str, reply: str, status: str) -> None:
    device, _ = circulator()
    assert asked(device, message) == reply
    assert asked(device, "status") == status
    assert asked(device, "status") in ("02 REMOTE STOP", "03 REMOTE START"), "a complaint is told once"


def test_what_it_is_told_drives_the_plant() -> None:
    device, world = circulator()
    asked(device, "out_sp_00 35.5")
    asked(device, "out_mode_05 1")
    assert world.last("stage.setpoint") == pytest.approx(308.65)
    assert world.last("chiller.running") == 1.0
    assert asked(device, "in_sp_00") == "35.50"


def test_by_hand_it_obeys_no_command() -> None:
    device, world = circulator(remote=False)
    asked(device, "out_mode_05 1")
    assert asked(device, "status") == "-09 COMMAND NOT ALLOWED IN CURRENT OPERATING MODE"
    assert world.last("chiller.running") == 0.0


def test_an_alarm_stops_it_and_a_warning_does_not() -> None:
    device, world = circulator()
    asked(device, "out_mode_05 1")
    device.raise_alarm(EXCESS_TEMPERATURE, 1.0)
    assert world.last("chiller.running") == 1.0
    device.raise_alarm(LOW_LEVEL, 1.0)
    assert world.last("chiller.running") == 0.0
    asked(device, "out_mode_05 1")
    assert world.last("chiller.running") == 0.0
    assert asked(device, "status").startswith("-09")
    assert asked(device, "status") == "-01 LOW LEVEL ALARM"


def test_at_another_address_it_is_silent() -> None:
    device, _ = circulator(address=32, ending="lf")
    assert said(device.feed(b"A031_in_sp_00\rA032_in_sp_00\r", 1.0)) == b"A032_20.00\n"


def test_an_external_control_holds_the_stage() -> None:
    device, world = circulator(control="external")
    assert world.last("chiller.external") == 1.0
    assert asked(device, "in_mode_04") == "1"
