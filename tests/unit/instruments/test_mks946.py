"""The simulated MKS 946: numbers, words in place of numbers, units, error codes, flow channels."""

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep.errors import SimulationError
from vapordep.units import Torr, sccm, to_si
from vapordep_simulators.instruments.mks946 import Mks946

WIRING = {
    "pressure[0]": "cm", "pressure[2]": "pirani", "pressure[4]": "ion",
}  # fmt: skip


def mks(cm: float = 100.0, pirani: float = 10.0, ion: float = 1e-4, **options: object) -> tuple[Mks946, FakeWorld]:
    options = {"modules": "CM,PR,CC", "address": 3} | options
    return build(Mks946, {"cm": cm, "pirani": pirani, "ion": ion}, WIRING, **options)  # type: ignore[arg-type]


def ask(device: Mks946, command: str, now: float = 1.0) -> str:
    reply = said(device.feed(f"@003{command};FF".encode(), now)).decode()
    assert not reply or (reply.startswith("@003") and reply.endswith(";FF"))
    return reply[4:-3]


def test_a_pressure_is_written_as_in_the_manual() -> None:
    device, _ = mks(cm=to_si(7.602, Torr))
    reply = ask(device, "PR1?")
    assert reply[:5] == "ACK7."
    assert reply.endswith("E+0")
    assert len(reply) == len("ACK7.602E+0")
    assert float(reply[3:]) == pytest.approx(7.602, rel=1e-3)


@pytest.mark.parametrize(
    ("unit", "factor"), [("TORR", 1.0), ("MBAR", 1.333224), ("PASCAL", 133.3224), ("MICRON", 1000.0)]
)
def test_the_unit_that_is_set_changes_the_numbers(unit: str, factor: float) -> None:
    device, _ = mks(cm=to_si(2.0, Torr))
    assert ask(device, f"U!{unit}") == f"ACK{unit}"
    assert ask(device, "U?") == f"ACK{unit}"
    assert float(ask(device, "PR1?")[3:]) == pytest.approx(2.0 * factor, rel=2e-3)
    assert float(ask(device, "SP1?")[3:]) == pytest.approx(1e-2 * factor, rel=5e-3)


def test_words_in_place_of_a_number() -> None:
    device, world = mks(cm=2000.0, pirani=90_000.0)
    assert ask(device, "PR1?") == "ACKOVER"
    assert ask(device, "PR3?") == "ACKATM"
    world.points["pirani"] = 1e-3
    assert ask(device, "PR3?") == "ACKLO<E-04"
    assert ask(device, "PR2?") == "ACKNOGAUGE"
    world.points["cm"] = float("nan")
    assert ask(device, "PR1?") == "ACKMISCONN"
    device, _ = mks(modules="CM,PR,NC")
    assert ask(device, "PR5?") == "ACKNOGAUGE"


def test_all_channels_in_one_reply() -> None:
    device, world = mks(cm=to_si(7.602, Torr), modules="CM,PR,FC")
    world.points["pirani"] = 90_000.0
    first, *others = ask(device, "PRZ?").removeprefix("ACK").split(" ")
    assert float(first) == pytest.approx(7.602, rel=1e-3)
    assert others == ["NOGAUGE", "ATM", "NOGAUGE", "NOGAUGE", "NOGAUGE"]
    assert (ask(device, "PRZ!1"), ask(device, "PRZ1?")) == ("NAK175", "NAK160")


def test_an_ion_gauge_waits_measures_and_protects_itself() -> None:
    device, world = mks(ion=1e-4)
    assert (ask(device, "PR5?"), ask(device, "T5?")) == ("ACKOFF", "ACKO")
    assert ask(device, "CP5!ON", 10.0) == "ACKON"
    assert (ask(device, "PR5?", 11.0), ask(device, "T5?", 11.0)) == ("ACKWAIT", "ACKW")
    assert float(ask(device, "PR5?", 14.0)[3:]) == pytest.approx(7.5e-7, rel=0.05)
    assert ask(device, "T5?", 14.0) == "ACKG"
    world.points["ion"] = 10.0
    assert (ask(device, "PR5?", 15.0), ask(device, "T5?", 15.0)) == ("ACKPROT_OFF", "ACKP")
    world.points["ion"] = 1e-4
    assert ask(device, "PR5?", 20.0) == "ACKPROT_OFF"
    assert ask(device, "CP5?", 20.0) == "ACKOFF"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("XYZ?", 160), ("PR1", 175), ("PR1!5", 175), ("PR7?", 163), ("CP1!ON", 152), ("T1?", 152), ("DG5!ON", 153),
        ("FR1?", 158), ("U!FURLONG", 169), ("SP3?", 151), ("CP5!MAYBE", 169), ("PRO5!1", 172), ("SD9!ABOVE", 162),
    ],
)  # fmt: skip
def test_refusals_carry_the_code_of_the_manual(command: str, code: int) -> None:
    device, _ = mks()
    assert ask(device, command) == f"NAK{code}"


def test_refusals_as_text() -> None:
    device, _ = mks()
    assert ask(device, "SEM!TXT") == "ACKTXT"
    assert ask(device, "FR1?") == "NAKNOT_MFC"


def test_it_answers_to_its_address_and_to_254_only() -> None:
    device, _ = mks()
    assert device.feed(b"@004PR1?;FF", 1.0) == []
    assert said(device.feed(b"@254AD?;FF", 1.0)) == b"@003ACK003;FF"


def test_a_thrown_away_byte_halves_and_heaps() -> None:
    device, _ = mks()
    assert device.feed(b"\x00@003M", 1.0) == []
    assert said(device.feed(b"T?;FF@003MD?;FF@003S", 1.0)) == b"@003ACKCM,PR,CC;FF@003ACK946;FF"
    assert said(device.feed(b"N?;FF", 1.0)) == b"@003ACK0946000001;FF"


def test_old_firmware_leaves_the_at_sign_out() -> None:
    device, _ = mks(old_firmware=True)
    assert said(device.feed(b"@003MD?;FF", 1.0)) == b"003ACK946;FF"


def test_a_relay_has_hysteresis_which_a_new_setpoint_resets() -> None:
    device, world = mks(cm=to_si(2.0, Torr))
    ask(device, "SP1!1.0")
    assert ask(device, "SH1?") == "ACK1.10E+0"
    assert ask(device, "SS1?") == "ACKCLEAR"
    ask(device, "EN1!ENABLE")
    states = []
    for pressure in (2.0, 0.9, 1.05, 1.2, 1.05):
        world.points["cm"] = to_si(pressure, Torr)
        states.append(ask(device, "SS1?"))
    assert states == ["ACKCLEAR", "ACKSET", "ACKSET", "ACKCLEAR", "ACKCLEAR"]


def test_a_flow_channel_obeys_mode_and_setpoint() -> None:
    wiring = {"flow[4]": "ar.flow", "flow_setpoint[4]": "ar.flow_setpoint"}
    device, world = build(Mks946, {"ar.flow": to_si(10.0, sccm)}, wiring, modules="CM,NC,FC", address=3)
    assert ask(device, "QMD5?") == "ACKCLOSE"
    assert ask(device, "QSP5!1.00E+1") == "ACK1.00E+1"
    assert world.last("ar.flow_setpoint") == 0.0
    ask(device, "QMD5!SETPOINT")
    assert world.last("ar.flow_setpoint") == pytest.approx(to_si(10.0, sccm))
    assert float(ask(device, "FR5?")[3:]) == pytest.approx(10.0, abs=0.3)
    assert ask(device, "QSP5!101") == "NAK172"
    assert ask(device, "PR5?") == "NAK150"
    ask(device, "QMD5!CLOSE")
    assert world.last("ar.flow_setpoint") == 0.0


def test_locked_settings_are_refused_but_answered() -> None:
    device, _ = mks()
    ask(device, "SPM!DISABLE")
    assert ask(device, "U!MBAR") == "NAK161"
    assert ask(device, "U?") == "ACKTORR"


def test_unknown_modules_are_refused() -> None:
    with pytest.raises(SimulationError, match="modules"):
        mks(modules="CM,XX")
