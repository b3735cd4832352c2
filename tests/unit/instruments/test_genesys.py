"""The simulated supply answers as its manual says, and protects as it says."""

import math

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments.genesys import FOLD, WATCH, Genesys

WIRING = {each: f"filament.{each}" for each in ("voltage", "current", "voltage_setpoint", "current_setpoint", "output")}


def supply(voltage: float = 0.0, current: float = 0.0, **options: object) -> tuple[Genesys, FakeWorld]:
    points = {"filament.voltage": voltage, "filament.current": current}
    device, world = build(Genesys, points, WIRING, **options)  # type: ignore[arg-type]
    device.power_up(0.0)
    return device, world


def asked(device: Genesys, message: str, now: float = 1.0) -> str:
    return said(device.feed(f"{message}\r".encode(), now)).decode().removesuffix("\r")


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("IDN?", "LAMBDA,GEN40-38"), ("PV 12", "OK"), ("pv 012.50", "OK"), ("PV?", "0"), ("PC 5", "OK"),
        ("OUT?", "OFF"), ("", "OK"), ("RMT?", "REM"), ("FLD 1", "OK"), ("MODE?", "OFF"), ("FLT?", "00"),
        ("OVP?", "44.000"), ("MDAV?", "1"), ("MS?", "0"),
        ("PV 41.9", "E01"), ("PC 40", "C05"), ("PV", "C02"), ("PV x", "C03"), ("PV 1.00000000000", "C03"),
        ("XX", "C01"), ("OVP 50", "E04"), ("UVL 1", "E06"), ("OUT 2", "C03"), ("STAT?$7B", "04$"),
        ("STT?$3B", "C04$"), ("PV? 1", "C03"), ("PX\b 3", "C01"), ("PX\bV 3", "OK"),
    ],
)  # fmt: skip
def test_every_message_has_its_reply(message: str, reply: str) -> None:
    device, _ = supply()
    assert asked(device, "ADR 6") == "OK"
    got = asked(device, message)
    assert got[: -2 if "$" in got else None] == reply


def test_a_reply_bears_a_checksum_when_its_question_did() -> None:
    device, _ = supply()
    asked(device, "ADR 06")
    assert asked(device, "OUT?$37") == "OFF$DB"  # 0x4F + 0x46 + 0x46
    assert asked(device, "STT?$3A", 1.0).startswith("MV(0.00"), "the example of the manual"


def test_all_that_the_panel_shows_is_told_in_one_reply() -> None:
    device, _ = supply()
    for message in ("ADR 6", "PV 12.5", "PC 3"):
        assert asked(device, message) == "OK"
    told = asked(device, "DVC?", 1.0).split(",")
    assert told[1::2] == ["12.5", "3", "0.000"], "set volts, set amperes, the under-voltage limit"
    assert [float(value) for value in told[::2]] == pytest.approx([0.0, 0.0, 44.0], abs=0.02)


def test_what_was_saved_is_recalled_with_its_output_as_it_is() -> None:
    device, world = supply()
    for message in ("ADR 6", "PV 12.5", "PC 3", "FBD 5", "SAV", "OUT 1", "PV 20", "PC 1", "FBDRST"):
        assert asked(device, message) == "OK"
    assert asked(device, "FBD?") == "0"
    assert asked(device, "RCL") == "OK"
    assert [asked(device, f"{word}?") for word in ("PV", "PC", "FBD", "OUT")] == ["12.5", "3", "5", "ON"]
    assert world.last("filament.voltage_setpoint") == 12.5


def test_what_is_meant_for_all_is_obeyed_without_a_reply_by_those_too_that_are_not_selected() -> None:
    device, _ = supply()
    for message in ("GPV 12", "GPC 3", "GOUT ON", "GPV 99", "GPV"):
        assert asked(device, message) == ""
    assert (asked(device, "ADR 6"), asked(device, "PV?"), asked(device, "PC?"), asked(device, "OUT?")) == (
        "OK", "12", "3", "ON",
    )  # fmt: skip
    assert asked(device, "RMT LOC") == "OK"
    assert asked(device, "GRST") == ""
    assert (asked(device, "RMT?"), asked(device, "PV?"), asked(device, "OUT?")) == ("REM", "0", "OFF")


def test_event_registers_keep_what_was_enabled_until_they_are_read() -> None:
    device, _ = supply(voltage=5.0)
    for message in ("ADR 6", "PV 5", "PC 1", "SENA 01", "FENA 40"):
        assert asked(device, message) == "OK"
    assert (asked(device, "SENA?"), asked(device, "FENA?"), asked(device, "FENA XYZ")) == ("01", "40", "C03")
    assert (asked(device, "SEVE?"), asked(device, "FEVE?")) == ("00", "00")
    for message in ("OUT 1", "OUT 0"):
        assert asked(device, message) == "OK"
    assert (asked(device, "SEVE?"), asked(device, "SEVE?")) == ("01", "00"), "constant voltage, while it was on"
    device.panel_off(2.0)
    assert asked(device, "CLS", 2.0) == "OK"
    assert asked(device, "FEVE?", 2.0) == "00"
    device.panel_off(3.0)
    assert (asked(device, "FLT?", 3.0), asked(device, "FEVE?", 3.0)) == ("40", "00"), "it stood all along"


def test_it_is_silent_until_it_is_selected_and_when_another_one_is() -> None:
    device, world = supply()
    assert asked(device, "OUT 1") == ""
    assert asked(device, "ADR 6") == asked(device, "OUT 1") == "OK"
    assert asked(device, "ADR 7") == asked(device, "OUT 0") == ""
    assert world.last("filament.output") == 1.0
    assert asked(device, "ADR 6") == "OK"
    assert asked(device, "\\") == "OK", "the last command again"


def test_what_it_is_told_drives_the_plant() -> None:
    device, world = supply()
    for message in ("ADR 6", "PV 12.5", "PC 8", "OUT ON"):
        assert asked(device, message) == "OK"
    points = {point: world.last(f"filament.{point}") for point in ("voltage_setpoint", "current_setpoint", "output")}
    assert points == {"voltage_setpoint": 12.5, "current_setpoint": 8.0, "output": 1.0}
    assert asked(device, "PV?") == "12.5"
    assert asked(device, "RST") == "OK"
    assert world.last("filament.output") == world.last("filament.voltage_setpoint") == 0.0


def test_which_of_the_two_limits_is_told() -> None:
    device, world = supply(12.0, 4.0)
    for message in ("ADR 6", "PV 12", "PC 8", "OUT 1"):
        asked(device, message)
    assert asked(device, "MODE?") == "CV"
    world.points["filament.voltage"] = 9.0
    assert asked(device, "STAT?") == "06"


def test_foldback_switches_off_after_its_delay_and_on_recovers() -> None:
    device, world = supply(12.0, 4.0)
    for message in ("ADR 6", "PV 12", "PC 8", "OUT 1", "FLD 1", "FBD 2"):
        asked(device, message, 0.0)
    world.points["filament.voltage"] = 5.0
    off_at = math.inf
    while device.next_speech < 2.0:
        instant = device.next_speech
        device.speak(instant)
        off_at = min(off_at, instant if not device.on else math.inf)
    assert off_at == pytest.approx(0.25 + 0.2 + WATCH, abs=WATCH)
    assert asked(device, "FLT?") == f"{FOLD:02X}"
    assert world.last("filament.output") == 0.0
    assert asked(device, "OUT 1") == "OK"
    assert asked(device, "FLT?") == "00"


def test_off_at_its_panel_it_stays_off() -> None:
    device, world = supply()
    asked(device, "ADR 6")
    device.panel_off(1.0)
    assert asked(device, "OUT 1") == "E07"
    assert world.last("filament.output") == 0.0
