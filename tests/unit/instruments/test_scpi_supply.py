"""The simulated SCPI supply takes long and short forms, and keeps its errors until they are asked for."""

import math

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments.scpi_supply import OVER_CURRENT, OVER_VOLTAGE, WATCH, ScpiSupply

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
        ("VOLT x", "-104"),
        ("OUTP 2", "-224"),
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


def test_a_message_of_several_units_goes_on_where_the_last_header_stood() -> None:
    device, world = supply()
    assert asked(device, "SOUR:VOLT 12;CURR 3;:OUTP:STAT ON;*OPC?") == "1"
    assert [world.last(f"filament.{each}") for each in ("voltage_setpoint", "current_setpoint", "output")] == [12, 3, 1]
    assert asked(device, "volt?;:sour:curr:lev:imm:ampl?") == "+1.20000E+01;+3.00000E+00"
    assert asked(device, "SOUR:VOLT 13;OUTP OFF;*IDN?") == "", "after what it cannot read it passes the rest over"
    assert asked(device, "SYST:ERR:NEXT?;:OUTP?") == '-113,"Undefined header";1'


def test_the_voltage_and_its_bounds_do_not_cross() -> None:
    device, _ = supply()
    assert asked(device, "VOLT:PROT?;:VOLT:LIM:LOW?;:CURR:PROT:STAT?") == "+4.40000E+01;+0.00000E+00;0"
    assert asked(device, "VOLT 10;:VOLT:PROT:LEV 12;:VOLTAGE:LIMIT:LOW 8;:VOLT:PROT?") == "+1.20000E+01"
    for message in ("VOLT 13", "VOLT 7", "VOLT:PROT 9", "VOLT:LIM:LOW 11"):
        assert asked(device, message) == ""
        assert asked(device, "SYST:ERR?").startswith("-221,")
    assert asked(device, "VOLT?;*RST;:VOLT:PROT?") == "+1.00000E+01;+4.40000E+01"


def test_where_the_current_limits_it_goes_off_if_it_is_told_to() -> None:
    device, world = supply(voltage=3.0)
    assert asked(device, "VOLT 10;:CURR:PROT:STAT ON;:OUTP ON;:OUTP?") == "1"
    assert device.next_speech == pytest.approx(1.0 + WATCH)
    assert device.speak(1.0 + WATCH) == []
    assert asked(device, "OUTP?;STAT:QUES:COND?") == f"0;+{OVER_CURRENT}"
    assert world.last("filament.output") == 0.0
    assert asked(device, "CURR:PROT:STAT OFF;:OUTP:PROT:CLE;:OUTP ON;:OUTP?") == "1"
    assert device.next_speech == math.inf


@pytest.mark.parametrize(("message", "volts"), [("500 mV", 0.5), ("0.5V", 0.5), ("MAX", 42.0), ("MINimum", 0.0)])
def test_units_and_names_of_a_level(message: str, volts: float) -> None:
    device, _ = supply()
    assert asked(device, f"VOLT {message};VOLT?") == f"{volts:+.5E}"
    assert asked(device, "VOLT? MAX") == "+4.20000E+01"


@pytest.mark.parametrize(
    ("message", "number", "event"),
    [
        ("VOLT", -109, 32),
        ("VOLT 3 A", -131, 32),
        ("*CLS 1", -108, 32),
        ("VOLT !", -104, 32),
        ("$", -102, 32),
        ("OUTP 2", -224, 16),
    ],
)
def test_the_standard_event_register_tells_the_kind_of_error_once(message: str, number: int, event: int) -> None:
    device, _ = supply()
    assert asked(device, "*ESR?;*ESE 48") == "+128", "it was switched on"
    asked(device, message)
    assert asked(device, "*STB?") == "+36"
    assert asked(device, "*SRE 4;*SRE?;*ESE?;*STB?") == "+4;+48;+100", "an error asks for service"
    assert asked(device, "*SRE 3;*STB?") == "+36"
    assert asked(device, "*ESR?;*ESR?") == f"+{event};+0"
    assert asked(device, "SYST:ERR?;*STB?").startswith(f"{number},")


def test_a_queue_that_is_full_says_so() -> None:
    device, _ = supply()
    asked(device, "\n".join(["XYZ"] * 12))
    told = [asked(device, "SYST:ERR?") for _ in range(11)]
    assert told[8:] == ['-113,"Undefined header"', '-350,"Queue overflow"', '+0,"No error"']


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
