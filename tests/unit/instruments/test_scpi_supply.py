"""The simulated SCPI supply takes long and short forms, and keeps its errors until they are asked for."""

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments.scpi_supply import OVER_VOLTAGE, ScpiSupply

WIRING = {each: f"filament.{each}" for each in ("voltage", "current", "voltage_setpoint", "current_setpoint", "output")}


def supply(voltage: float = 0.0) -> tuple[ScpiSupply, FakeWorld]:
    device, world = build(ScpiSupply, {"filament.voltage": voltage, "filament.current": 0.0}, WIRING)
    device.power_up(0.0)
    return device, world


def asked(device: ScpiSupply, message: str) -> str:
    return said(device.feed(f"{message}\n".encode(), 1.0)).decode().removesuffix("\n")


@pytest.mark.parametrize("message", ["VOLT 12.5", "volt 12.5", ":VOLTAGE 1.25E1", "VOLTAGE 12.5\r"])
def test_long_and_short_forms(message: str) -> None:
    device, world = supply()
    assert asked(device, message) == ""
    assert asked(device, ":VOLTage?") == "+1.25000E+01"
    assert world.last("filament.voltage_setpoint") == 12.5


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("VOLT 99", "-222"),
        ("VOLT x", "-102"),
        ("OUTP 2", "-102"),
        ("XYZ", "-113"),
        ("XYZ?", "-113"),
        ("CURR -1", "-222"),
    ],
)
def test_what_is_wrong_waits_in_the_queue(message: str, error: str) -> None:
    device, _ = supply()
    assert asked(device, message) == ""
    assert asked(device, "SYST:ERR?").startswith(f"{error},")
    assert asked(device, "SYSTEM:ERROR?") == '+0,"No error"'


def test_which_of_the_two_limits_and_a_protection_that_trips() -> None:
    device, world = supply(12.0)
    for message in ("VOLT 12", "CURR 8", "OUTP ON"):
        asked(device, message)
    assert asked(device, "STAT:OPER:COND?") == "+256"
    world.points["filament.voltage"] = 9.0
    assert asked(device, "STATUS:OPERATION:CONDITION?") == "+1024"
    device.trip(OVER_VOLTAGE, 2.0)
    assert world.last("filament.output") == 0.0
    asked(device, "OUTP 1")
    assert asked(device, "OUTP?") == "0", "it takes the command and stays off"
    assert asked(device, "STAT:QUES:COND?") == "+1"
    device.trip(0, 3.0)
    asked(device, "OUTP 1")
    asked(device, "*RST")
    assert asked(device, "VOLT?") == "+0.00000E+00"
    assert world.last("filament.output") == 0.0
