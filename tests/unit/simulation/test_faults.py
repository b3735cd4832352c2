"""Faults change what is heard and said, when they should and as often as they should, and nothing else."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.instruments.fake_world import FakeWorld, build, said
from vapordep.simulation.faults import (
    BadFrames,
    CrossTalk,
    Exchanged,
    Fault,
    Faulty,
    Flipped,
    FrontPanel,
    Frozen,
    Garbled,
    Late,
    Mute,
    Restart,
    Truncated,
)
from vapordep.units import sccm, to_si
from vapordep_simulators.instruments.alicat import Alicat
from vapordep_simulators.instruments.mks946 import Mks946
from vapordep_simulators.instruments.modbus_relay import ModbusRelay

VERSION = b"A   10v20.0-R24 Jan  9 2025,15:04:07\r"


def faulty(*faults: Fault | FrontPanel | Restart) -> tuple[Faulty, FakeWorld]:
    wiring = {"flow": "carrier.flow", "flow_setpoint": "carrier.flow_setpoint"}
    inner, world = build(Alicat, {"carrier.flow": 0.0}, wiring, full_scale="100 sccm")
    return Faulty(inner, faults), world


def test_without_faults_it_is_the_instrument() -> None:
    device, _ = faulty()
    assert said(device.feed(b"AVE\r", 1.0)) == VERSION
    assert device.next_speech == math.inf


def test_a_fault_acts_between_its_instants_only() -> None:
    device, _ = faulty(Mute(start=1.0, end=2.0))
    answered = [bool(device.feed(b"AVE\r", t)) for t in (0.9, 1.0, 1.9, 2.0)]
    assert answered == [True, False, False, True]


def test_a_deaf_instrument_does_not_obey_and_a_merely_mute_one_does() -> None:
    device, world = faulty(Mute())
    device.feed(b"AS10\r", 1.0)
    assert world.drives == []
    device, world = faulty(Mute(deaf=False))
    assert device.feed(b"AS10\r", 1.0) == []
    assert world.last("carrier.flow_setpoint") == pytest.approx(to_si(10.0, sccm))


def test_a_bad_cable_spoils_its_share_of_replies_in_every_way_and_the_same_ones_again() -> None:
    def heard() -> list[bytes]:
        device, _ = faulty(BadFrames(rate=0.1, seed=3))
        return [said(device.feed(b"AVE\r", t)) for t in range(2000)]

    replies = heard()
    spoilt = [reply for reply in replies if reply != VERSION]
    assert 0.07 < len(spoilt) / len(replies) < 0.13
    whole = [reply for reply in spoilt if len(reply) == len(VERSION)]
    assert b"" in spoilt
    assert any(0 < len(reply) < len(VERSION) and VERSION.startswith(reply) for reply in spoilt)
    assert all(sum((a ^ b).bit_count() for a, b in zip(reply, VERSION, strict=True)) == 1 for reply in whole)
    assert len(whole) > 30
    assert heard() == replies


@pytest.mark.parametrize("every", [2, 3, 10])
def test_one_reply_of_several_is_lost(every: int) -> None:
    device, _ = faulty(Mute(every=every))
    answered = [bool(device.feed(b"AVE\r", float(t))) for t in range(1, 31)]
    assert answered == [t % every != 0 for t in range(1, 31)]


def test_late_is_later_by_as_much() -> None:
    healthy, _ = faulty()
    late, _ = faulty(Late(by=0.6))
    assert late.feed(b"AVE\r", 1.0)[0][0] == pytest.approx(healthy.feed(b"AVE\r", 1.0)[0][0] + 0.6)


@given(st.integers(0, 60))
def test_truncated_at_every_byte(to: int) -> None:
    device, _ = faulty(Truncated(to=to))
    assert said(device.feed(b"AVE\r", 1.0)) == VERSION[:to]


def test_truncated_in_the_middle_of_several_rows() -> None:
    whole = said(faulty()[0].feed(b"A??M*\r", 1.0))
    assert said(faulty(Truncated(to=60))[0].feed(b"A??M*\r", 1.0)) == whole[:60]


def test_flipped_bits_are_those_asked_for() -> None:
    device, _ = faulty(Flipped(bits=(0, 9, 5000)))
    noisy = said(device.feed(b"AVE\r", 1.0))
    assert [a ^ b for a, b in zip(noisy, VERSION, strict=True)][:3] == [1, 2, 0]


def test_garbled_is_never_the_reply_and_the_same_in_every_run() -> None:
    runs = []
    for _ in range(2):
        device, _ = faulty(Garbled(flips=1, inserted=1, seed=4))
        runs.append([said(device.feed(b"AVE\r", float(t))) for t in range(20)])
    assert runs[0] == runs[1]
    assert VERSION not in runs[0]
    assert len(set(runs[0])) > 15
    assert {len(noisy) for noisy in runs[0]} == {len(VERSION) + 1}


def test_frozen_repeats_one_message_and_lets_others_through() -> None:
    device, world = faulty(Frozen(matching=b"A\r", start=1.0))
    first = said(device.feed(b"A\r", 1.0))
    world.points["carrier.flow"] = to_si(50.0, sccm)
    assert said(device.feed(b"A\r", 5.0)) == first
    assert b"+005.00" in said(device.feed(b"AS5\r", 6.0)) + said(device.feed(b"ALS\r", 6.0))
    device.mend()
    assert said(device.feed(b"A\r", 7.0)) != first


def test_frozen_behind_a_gateway_still_echoes_the_transaction() -> None:
    inner, _ = build(ModbusRelay, {}, {"valve[0]": "v"}, framing="tcp")
    device = Faulty(inner, [Frozen(header=2)])
    poll = bytes.fromhex("0000 0006 01 01 0000 0008")
    first = said(device.feed(b"\x00\x01" + poll, 1.0))
    inner.feed(bytes.fromhex("0002 0000 0006 01 05 0000 FF00"), 1.5)
    assert said(device.feed(b"\x00\x07" + poll, 2.0)) == b"\x00\x07" + first[2:]


def test_crosstalk_comes_before_or_instead() -> None:
    assert said(faulty(CrossTalk(other=b"B ?\r"))[0].feed(b"AVE\r", 1.0)) == b"B ?\r" + VERSION
    assert said(faulty(CrossTalk(other=b"B ?\r", instead=True))[0].feed(b"AVE\r", 1.0)) == b"B ?\r"


def test_another_instrument_in_the_port() -> None:
    other, _ = build(Mks946, {"p": 1.0}, {"pressure[0]": "p"})
    device, world = faulty(Exchanged(other=other, start=1.0))
    assert said(device.feed(b"AVE\r", 0.5)) == VERSION
    assert device.feed(b"AS10\r", 1.5) == []
    assert world.drives == []
    assert said(device.feed(b"@253MD?;FF", 1.6)) == b"@253ACK946;FF"


def test_somebody_at_the_front_panel() -> None:
    device, world = faulty(FrontPanel(at=1.0, data=b"AS42\r"))
    assert device.next_speech == 1.0
    assert device.speak(1.0) == []
    assert world.drives == [("carrier.flow_setpoint", pytest.approx(to_si(42.0, sccm)), 1.0)]
    assert device.next_speech == math.inf
    assert b"+042.00" in said(device.feed(b"A\r", 1.5))


def test_a_restart_drives_the_outputs_to_what_they_are_after_switching_on() -> None:
    device, world = faulty(Restart(at=2.0, takes=1.0))
    device.feed(b"AS10\r", 1.0)
    assert device.next_speech == 2.0
    device.speak(2.0)
    assert world.drives[-1] == ("carrier.flow_setpoint", 0.0, 2.0)
    assert device.feed(b"A\r", 2.5) == []
    assert said(device.feed(b"A\r", 3.5)).split()[5] == b"+000.00"


def test_a_restart_noticed_late_still_takes_its_time() -> None:
    device, _ = faulty(Restart(at=2.0, takes=1.0))
    assert device.feed(b"A\r", 2.9) == []
    assert device.feed(b"A\r", 3.0) != []


def test_unasked_speech_passes_the_faults_too() -> None:
    device, _ = faulty(Truncated(to=4))
    device.feed(b"A@ @\r", 1.0)
    assert device.next_speech == pytest.approx(1.05)
    assert said(device.speak(1.05)) == b"@ +0"


def test_actuations_are_those_of_the_instrument_inside() -> None:
    inner, _ = build(ModbusRelay, {}, {"valve[0]": "v"})
    device = Faulty(inner, [Mute(deaf=False)])
    device.feed(bytes.fromhex("01 05 00 00 FF 00 8C 3A"), 1.0)
    assert device.actuations == 1
