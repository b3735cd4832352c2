"""Whatever arrives, and however it is cut up, a simulated instrument answers as its manual says or keeps silent."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.instruments.fake_world import build, said
from vapordep.simulation.instrument import SimInstrument
from vapordep_simulators.instruments._modbus import crc
from vapordep_simulators.instruments.alicat import Alicat
from vapordep_simulators.instruments.eurotherm import Eurotherm
from vapordep_simulators.instruments.genesys import Genesys
from vapordep_simulators.instruments.julabo import Julabo
from vapordep_simulators.instruments.mks651 import Mks651
from vapordep_simulators.instruments.mks946 import Mks946
from vapordep_simulators.instruments.modbus_relay import ModbusRelay
from vapordep_simulators.instruments.scpi_supply import ScpiSupply
from vapordep_simulators.instruments.sqm160 import Sqm160
from vapordep_simulators.instruments.sqm160 import check as crc14
from vapordep_simulators.instruments.vat_throttle import VatThrottle


def rtu(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc(body)


def counted(message: bytes) -> bytes:
    body = bytes([len(message) + 34]) + message
    return b"!" + body + crc14(body)


MODELS: dict[str, tuple[type[SimInstrument], dict[str, Any], list[bytes]]] = {
    "alicat": (
        Alicat,
        {},
        [b"A\r", b"AS10\r", b"ALS 20\r", b"ALSS A\r", b"B\r", b"?\r", b"A??M*\r", b"A@ @\r", b"@@ A\r"],
    ),
    "mks946": (
        Mks946,
        {"modules": "CM,FC,HC"},
        [b"@253PR1?;FF", b"@253U!MBAR;FF", b"@001U?;FF", b"x", b"@253QSP3!1;FF", b"@253CP5!ON;FF", b"@254PR5?;FF"],
    ),
    "eurotherm": (
        Eurotherm,
        {},
        [
            rtu(text)
            for text in ("01 03 0001 0005", "01 06 0018 03E8", "02 03 0001 0001", "01 10 0018 0001 02 0400", "01 2B 0E")
        ],
    ),
    "modbus_relay": (
        ModbusRelay,
        {},
        [
            rtu(text)
            for text in (
                "01 05 0000 FF00", "01 01 0000 0008", "01 0F 0000 0008 01 55", "01 05 0201 0003", "07 05 0000 FF00",
            )
        ],
    ),
    "genesys": (Genesys, {}, [b"ADR 6\r", b"PV 5\r", b"STT?\r", b"OUT 1\r", b"\\\r", b"\r", b"ADR 7\r", b"X$\b1\r"]),
    "julabo": (
        Julabo,
        {},
        [b"version\r", b"in_pv_00\r", b"out_sp_00 30.5\r", b"in_sp_00\r", b"out_mode_05 1\r", b"status\r", b"x\r"],
    ),
    "mks651": (Mks651, {}, [b"R5\r\n", b"R37\r", b"S2 5\r\n", b"D2\r\n", b"O\r\n", b"T1 1\r\n", b"R\r\n", b"R99\r\n"]),
    "scpi_supply": (ScpiSupply, {}, [b"OUTP?\n", b"VOLT 5\n", b"VOLT?\n", b"XX\n", b"SYST:ERR?\r\n", b"OUTP 1\n"]),
    "sqm160": (Sqm160, {}, [counted(text) for text in (b"P1", b"W", b"U1", b"S", b"A1?", b"Y", b"Q", b"D4")]),
    "vat_throttle": (
        VatThrottle,
        {},
        [b"A:\r\n", b"i:76\r\n", b"S:00010000\r\n", b"R:050000\r\n", b"c:0100\r\n", b"s:2100001000\r\n", b"x\r\n"],
    ),
    "modbus_relay over TCP": (
        ModbusRelay,
        {"framing": "tcp"},
        [bytes.fromhex("0001 0000 0006 01 05 0000 FF00"), bytes.fromhex("FFFF 0000 0006 01 01 0000 0008")],
    ),
}  # fmt: skip
WIRING = {
    "flow": "f", "flow_setpoint": "s", "pressure[0]": "p", "pressure[4]": "p", "flow[2]": "f", "flow_setpoint[2]": "s",
    "temperature": "stage.temperature", "valve[0]": "v", "valve[1]": "w", "position": "throttle.position",
    "pressure": "p", "frequency": "qcm.frequency",
}  # fmt: skip
POINTS = {
    "f": 1e-6,
    "p": 50.0,
    "stage.temperature": 300.0,
    "stage.power": 0.0,
    "throttle.position": 0.5,
    "qcm.frequency": 5.9e6,
}


ENDS = {
    "alicat": b"\r@@ A\r",
    "genesys": b"\r",
    "julabo": b"\r",
    "mks651": b"\r",
    "mks946": b";FF",
    "scpi_supply": b"\n",
    "vat_throttle": b"\r\n",
}
"""What brings a text protocol back to the beginning of a message."""


def make(name: str) -> SimInstrument:
    model, options, _ = MODELS[name]
    wiring = WIRING if model is not Alicat else {key: WIRING[key] for key in ("flow", "flow_setpoint")}
    device: SimInstrument = build(model, POINTS, wiring, **options)[0]
    return device


@pytest.mark.parametrize("name", MODELS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_however_commands_are_cut_up_the_replies_are_the_same(name: str, data: st.DataObject) -> None:
    commands = data.draw(st.lists(st.sampled_from(MODELS[name][2]), min_size=1, max_size=8))
    whole = b"".join(commands)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    at_once, cut_up = make(name), make(name)
    expected = said(at_once.feed(whole, 1.0))
    assert b"".join(said(cut_up.feed(piece, 1.0)) for piece in pieces) == expected


@pytest.mark.parametrize("name", MODELS)
@given(noise=st.lists(st.binary(max_size=40), max_size=10), mixed=st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_bytes_make_it_fail_and_it_recovers(name: str, noise: list[bytes], mixed: bool) -> None:
    device = make(name)
    commands = MODELS[name][2]
    for i, junk in enumerate(noise):
        device.feed(junk + (commands[i % len(commands)] if mixed else b""), 1.0 + i)
    end = ENDS.get(name, b"")
    device.feed(end, 100.0)
    assert said(device.feed(commands[0], 200.0)) != b""
