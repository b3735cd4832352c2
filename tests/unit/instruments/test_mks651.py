"""The simulated MKS 651 answers requests, obeys commands without a word, and hears none in local."""

import math

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep.errors import SimulationError
from vapordep_simulators.instruments.mks651 import Mks651

WIRING = {"position": "throttle.position", "pressure": "throttle.pressure"}


def controller(pressure: float = 20.0, **options: object) -> tuple[Mks651, FakeWorld]:
    points = {"throttle.position": 0.5, "throttle.pressure": pressure}
    device, world = build(Mks651, points, WIRING, full_scale="1000 Pa", **options)  # type: ignore[arg-type]
    device.power_up(0.0)
    return device, world


def asked(device: Mks651, message: str) -> str:
    return said(device.feed(f"{message}\r\n".encode(), 1.0)).decode().removesuffix("\r\n")


def test_it_tells_level_and_type_of_all_five_set_points() -> None:
    device, _ = controller()
    for number, request in enumerate(("R1", "R2", "R3", "R4", "R10"), 1):
        asked(device, f"S{number} {10 * number}")
        assert asked(device, request) == f"S{number}+{10 * number}.000"
    assert [asked(device, f"R{request}") for request in range(26, 31)] == ["T10", "T21", "T31", "T41", "T51"]
    assert asked(device, "R9") == ""


@pytest.mark.parametrize(
    ("commands", "status", "position", "setpoint"),
    [
        (["O"], "M100", 1.0, 0.0), (["C"], "M101", 0.0, 0.0), (["H"], "M102", 0.5, 0.0),
        (["S1 45", "D1"], "M103", 0.45, 0.0), (["s145", "d1"], "M103", 0.45, 0.0),
        (["S2 2.5", "D2"], "M104", None, 25.0), (["D2", "S2 3"], "M104", None, 30.0),
        (["T2 0", "S2 30", "D2"], "M104", 0.3, 0.0), (["D9"], "M101", 0.0, 0.0), (["S1 101", "D1"], "M103", 0.0, 0.0),
        (["X", "S1x", ""], "M101", 0.0, 0.0),
    ],
)  # fmt: skip
def test_commands_are_obeyed_without_a_word(
    commands: list[str], status: str, position: float | None, setpoint: float
) -> None:
    device, world = controller()
    for command in commands:
        assert asked(device, command) == ""
    assert asked(device, "R37") == status
    blade = world.last("throttle.controller")
    assert (blade.position, blade.setpoint) == (position, pytest.approx(setpoint))


def test_requests_have_their_letters() -> None:
    device, _ = controller(1e-9)
    asked(device, "S1 30")
    told = [asked(device, f"R{number}") for number in (1, 2, 6, 7, 26, 27, 33, 37, 38, 52, 99)]
    assert told == ["S1+30.000", "S2+0.000", "V+50.00", "M140", "T10", "T21", "E06", "M101", "H5.10", "CS0", ""]
    assert float(asked(device, "R5")[1:]) == pytest.approx(0.0, abs=0.02)


def test_in_local_it_answers_and_obeys_nobody() -> None:
    device, world = controller(key="local")
    asked(device, "O")
    assert asked(device, "R37") == "M001"
    assert world.last("throttle.controller").position == 0.0


def test_a_sensor_that_is_not_there_reads_far_below_zero() -> None:
    device, _ = controller(math.nan)
    assert asked(device, "R5") == "P-14.00000"


def test_what_it_cannot_be_set_up_with_is_refused() -> None:
    with pytest.raises(SimulationError, match="types are"):
        controller(types="0,1,2,1,1")
    with pytest.raises(SimulationError, match="position is not wired"):
        build(Mks651, {}, {})


def test_the_older_family_is_silent_on_what_it_does_not_know() -> None:
    device, _ = controller(family=600)
    told = {}
    for command in ("O", "C", "H", "D2"):
        asked(device, command)
        told[command] = asked(device, "R7")
    assert told == {"O": "M120", "C": "M140", "H": "M130", "D2": "M200"}
    assert [asked(device, request) for request in ("R37", "R38", "R52")] == ["", "", ""]
    with pytest.raises(SimulationError, match="family is '700'"):
        controller(family=700)
