"""The simulated Alicat says what captures of a real one show, and does what its manual says."""

import itertools
import math

import pytest

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep.errors import SimulationError
from vapordep.units import sccm, standard_flow, to_si
from vapordep_simulators.instruments.alicat import Alicat

WIRING = {"flow": "carrier.flow", "flow_setpoint": "carrier.flow_setpoint"}


def alicat(flow: float = 0.0, **options: object) -> tuple[Alicat, FakeWorld]:
    return build(Alicat, {"carrier.flow": to_si(flow, sccm)}, WIRING, **options)  # type: ignore[arg-type]


def ask(device: Alicat, command: str, now: float = 1.0) -> str:
    return said(device.feed(command.encode() + b"\r", now)).decode("latin-1").removesuffix("\r")


def setpoint(world: FakeWorld) -> float:
    return float(world.last("carrier.flow_setpoint") / to_si(1.0, sccm))


def test_a_poll_has_the_columns_and_widths_of_the_captured_frame() -> None:
    device, _ = alicat(flow=123.45, gas="N2")
    captured = "A +014.62 +021.89 +000.00 +000.00 +078.95     N2"
    device.feed(b"AS78.95\r", 0.0)
    frame = ask(device, "A")
    assert len(frame) == len(captured)
    assert [i for i, c in enumerate(frame) if c == " "] == [i for i, c in enumerate(captured) if c == " "]
    assert frame.endswith("+078.95     N2")
    assert float(frame.split()[4]) == pytest.approx(123.45, abs=1.5)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("AVE", "A   10v20.0-R24 Jan  9 2025,15:04:07"),
        ("ALSS", "A S"),
        ("ALV", "A 37"),
        ("ADCU 5", "A 12 SCCM"),
        ("AFPF 5", "A +500.00 12 SCCM"),
        ("ADV", "?"),
        ("ADV 1", "?"),
        ("ADV 0 2 5 37", "?"),
        ("ADV 2 99", "--"),
        ("AGS 8", "A 8 N2 Nitrogen"),
        ("ALS 100.0", "A +000.00 +100.00 12 SCCM"),
        ("ANONSENSE", "?"),
    ],
)
def test_replies_as_captured(command: str, reply: str) -> None:
    device, _ = alicat()
    assert ask(device, command) == reply


def test_manufacturer_and_frame_rows_as_captured() -> None:
    device, _ = alicat()
    rows = ask(device, "A??M*").split("\r")
    assert rows[0] == "A  M00 ALICAT SCIENTIFIC"
    assert rows[4:6] == ["A  M04 Model Number MC-500SCCM-D", "A  M05 Serial Number 521641"]
    assert rows[9] == "A  M09 Software Revision 10v20.0-R24"
    rows = ask(device, "A??D*").split("\r")
    assert len(rows) == 22
    assert rows[5] == "A D05 005 Mass Flow                  s decimal     7/2 012 02 SCCM"
    assert rows[21] == "A D21 702 *Status                    string          3 LCK"
    assert ask(device, "A??G*").split("\r")[8] == "A G08       N2"


def test_rows_of_a_long_reply_come_one_after_the_other() -> None:
    device, _ = alicat()
    delays = [delay for delay, _ in device.feed(b"A??M*\r", 1.0)]
    assert all(later > earlier for earlier, later in itertools.pairwise(delays))


@pytest.mark.parametrize("command", ["AS75", "AS 75.0", "as75.00", "ALS 75", "A9600"])
def test_every_setpoint_syntax_drives_the_plant(command: str) -> None:
    device, world = alicat()
    ask(device, command)
    assert setpoint(world) == pytest.approx(75.0)
    assert ask(device, "A").split()[5] == "+075.00"


@pytest.mark.parametrize("command", ["AS-1", "AS500.01", "AS1,5", "ASnan", "ALS 1e400", "AS1 2"])
def test_a_setpoint_out_of_range_or_malformed_is_rejected_and_changes_nothing(command: str) -> None:
    device, world = alicat()
    ask(device, "AS10")
    assert ask(device, command) == "?"
    assert setpoint(world) == pytest.approx(10.0)


def test_with_the_analog_source_serial_setpoints_are_silently_ignored() -> None:
    device, world = alicat()
    ask(device, "AS10")
    assert ask(device, "ALSS A") == "A A"
    assert setpoint(world) == 0.0
    assert ask(device, "AS50").split()[5] == "+000.00"
    assert setpoint(world) == 0.0
    ask(device, "ALSS S")
    assert setpoint(world) == pytest.approx(10.0)


def test_it_answers_only_to_its_letter_in_any_case() -> None:
    device, world = alicat(unit="B")
    assert device.feed(b"AS10\rA\r@@ A\r", 1.0) == []
    assert world.drives == []
    assert ask(device, "b").startswith("B ")


def test_commands_arrive_in_halves_and_in_heaps() -> None:
    device, world = alicat()
    assert device.feed(b"AS1", 1.0) == []
    replies = device.feed(b"0\rA\rB\rALS", 1.1)
    assert [text.split()[0] for _, text in replies] == [b"A", b"A"]
    assert setpoint(world) == pytest.approx(10.0)
    assert ask(device, "") == "A +010.00 +010.00 12 SCCM"


def test_noise_without_an_end_is_forgotten() -> None:
    device, _ = alicat()
    device.feed(b"\xff" * 500, 1.0)
    assert ask(device, "\rAVE").startswith("A   10v20")


def test_over_range_shows_the_limit_and_tokens_behind_the_gas() -> None:
    device, world = alicat(flow=900.0)
    frame = ask(device, "A").split()
    assert frame[4] == "+640.00"
    assert frame[7:] == ["VOV", "MOV"]
    world.points["carrier.flow"] = 0.0
    ask(device, "A$$L")
    assert ask(device, "A").split()[6:] == ["Ar", "LCK"]


def test_holding_the_valve_closed_stops_the_flow_until_cancelled() -> None:
    device, world = alicat()
    ask(device, "AS20")
    assert ask(device, "AHC").endswith(" HLD")
    assert setpoint(world) == 0.0
    ask(device, "AC")
    assert setpoint(world) == pytest.approx(20.0)


def test_another_gas_makes_it_read_and_control_another_flow() -> None:
    device, world = alicat(flow=100.0)
    ask(device, "AG 8")
    assert float(ask(device, "A").split()[4]) == pytest.approx(100.0 * 22.593 / 17.805, abs=1.5)
    ask(device, "AS100")
    assert setpoint(world) == pytest.approx(100.0 * 17.805 / 22.593)


def test_a_tare_under_flow_makes_it_deliver_more_but_zero_stays_shut() -> None:
    device, world = alicat(flow=5.0)
    ask(device, "AV")
    assert float(ask(device, "A").split()[4]) == pytest.approx(0.0, abs=1.5)
    ask(device, "AS20")
    assert setpoint(world) == pytest.approx(25.0)
    ask(device, "AS0")
    assert setpoint(world) == 0.0


def test_streaming_speaks_unasked_until_told_to_stop() -> None:
    device, _ = alicat()
    assert device.next_speech == math.inf
    assert device.feed(b"A@ @\r", 1.0) == []
    instants = []
    for _ in range(3):
        instants.append(device.next_speech)
        assert said(device.speak(device.next_speech)).startswith(b"@ +014")
    assert instants == pytest.approx([1.05, 1.10, 1.15])
    assert device.feed(b"A\r", 1.2) == []
    assert ask(device, "@@ A", 1.2).startswith("A +")
    assert device.next_speech == math.inf
    assert device.speak(2.0) == []


def test_streaming_does_not_fall_behind_when_called_late() -> None:
    device, _ = alicat()
    device.feed(b"A@=@\r", 0.0)
    device.speak(10.0)
    assert device.next_speech > 10.0


def test_a_meter_has_no_setpoint() -> None:
    device, _ = alicat(kind="meter")
    assert len(ask(device, "A").split()) == 6
    assert ask(device, "AS10") == "?"
    assert ask(device, "ALS") == "?"


def test_old_firmware_writes_the_setpoint_without_a_sign_and_knows_no_ls() -> None:
    device, _ = alicat(firmware="5v12.0-R22")
    ask(device, "AS10")
    assert ask(device, "A").split()[5] == "010.00"
    assert ask(device, "ALS 10") == "?"


def test_its_own_standard_temperature_makes_its_sccm_smaller() -> None:
    device, world = alicat(standard_temperature="25 degC", full_scale="100 sccm")
    ask(device, "AS100")
    assert world.last("carrier.flow_setpoint") == pytest.approx(
        to_si(100.0, standard_flow(reference_temperature=298.15))
    )


def test_an_unknown_gas_is_refused() -> None:
    with pytest.raises(SimulationError, match="unobtainium"):
        alicat(gas="unobtainium")


def test_a_frame_takes_its_time_on_the_wire() -> None:
    device, _ = alicat(baud=19200)
    ((delay, frame),) = device.feed(b"A\r", 1.0)
    assert delay == pytest.approx(0.004 + (len(frame) + 2) * 10 / 19200)
