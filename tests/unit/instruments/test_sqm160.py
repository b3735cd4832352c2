"""The simulated crystal monitor answers as its manual says, and weighs as quartz does."""

import math

import numpy as np
import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep_simulators.instruments.sqm160 import Sqm160, check

SENSITIVITY = 1.2274e-7
"""kg/m2 a Hz of a crystal of 6 MHz (Sauerbrey)."""


def monitor(frequency: object = 6e6, **options: object) -> tuple[Sqm160, FakeWorld]:
    wiring = {"frequency": "qcm.frequency", "shutter": "shutter"}
    device, world = build(Sqm160, {"qcm.frequency": frequency}, wiring, **options)  # type: ignore[arg-type]
    device.power_up(0.0)
    return device, world


def framed(message: bytes, bias: int = 34) -> bytes:
    counted = bytes([len(message) + bias]) + message
    return b"!" + counted + check(counted)


def asked(device: Sqm160, message: str, now: float = 10.0) -> str:
    reply = said(device.feed(framed(message.encode()), now))
    told = reply[2:-2]
    assert reply == framed(told, 35)
    return told.decode()


@pytest.mark.parametrize(
    ("question", "reply"), [(b"!#@O7", b"!0AMON Ver 4.13Uw"), (b"!#JO8", b"!%A6v\x86"), (b"!%L2?\x85\x7b", None)]
)
def test_the_check_values_that_are_published(question: bytes, reply: bytes | None) -> None:
    device, _ = monitor()
    assert said(device.feed(question, 1.0)) == (reply or b""), "a wrong checksum is not answered"


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("B?", "A0.25 0 0 0 8 100 100 100 100 100 100"), ("C?", "A5.000 6.100 0.000 0.000 0.000 0.000 0"),
        ("U?", "A0"), ("U1", "A"), ("U2", "D"), ("X", "C"), ("P7", "D"), ("P2", "A0.00"), ("D3", "A"), ("D0", "D"),
        ("A1?", "AFILM1   1.00 100 1.000 0.500 0.000 0 1"), ("A0?", "D"), ("A1x", "D"), ("S", "A"), ("S1", "D"),
        ("T", "A"),
        ("A2MY FILM 1.10 130 0.900 0.5 0.5 0 1", "A"), ("R1", "A 91 "),
    ],
)  # fmt: skip
def test_every_message_has_its_reply(message: str, reply: str) -> None:
    device, _ = monitor()
    assert asked(device, message) == reply


def test_the_power_flag_is_told_once() -> None:
    device, _ = monitor()
    assert [asked(device, "Y"), asked(device, "Y")] == ["A1", "A0"]


def test_thickness_follows_mass_density_and_tooling() -> None:
    """100 nm of a polymer of 1.1 g/cm3, seen by a crystal that gets 1/1.3 of it."""
    mass = 100e-9 * 1100.0 / 1.3
    device, world = monitor(density="1.1 g/cm3", tooling="130 %")
    world.points["qcm.frequency"] = 6e6 - mass / SENSITIVITY
    assert float(asked(device, "N1")[1:]) == pytest.approx(1.0, abs=0.002), "kA"
    asked(device, "S", 20.0)
    assert float(asked(device, "N1", 30.0)[1:]) == pytest.approx(0.0, abs=0.001)


def test_the_rate_is_that_of_the_last_second() -> None:
    device, _ = monitor(lambda t: 6e6 - 5e-10 * 1000.0 / SENSITIVITY * t)
    rates = [float(asked(device, "L1?", 5.0 + n)[1:]) for n in range(200)]
    assert np.mean(rates) == pytest.approx(5.0, rel=0.01), "A/s"
    assert np.std(rates) < 0.1


def test_the_noise_of_its_frequency() -> None:
    device, _ = monitor()
    hertz = [float(asked(device, "P1", 0.1 * n + 1.05)[1:]) for n in range(1000)]
    assert np.std(hertz) == pytest.approx(0.03, rel=0.1)
    assert np.mean(hertz) == pytest.approx(6e6, abs=0.01)


def test_a_failed_crystal_tells_zero() -> None:
    device, world = monitor()
    for failed in (math.nan, 4.9e6, 6.2e6):
        world.points["qcm.frequency"] = failed
        assert [asked(device, question) for question in ("P1", "N1", "L1?", "R1")] == [
            "A0.00", "A 0.000 ", "A 0.00 ", "A 0 ",
        ]  # fmt: skip


def test_a_message_that_was_cut_short_does_not_swallow_the_next() -> None:
    device, _ = monitor()
    assert said(device.feed(b"!\xffgarbage" + framed(b"@"), 1.0)) == framed(b"AMON Ver 4.13", 35)
