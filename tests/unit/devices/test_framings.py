"""Framings against the vectors of the manuals, and what they must not take for a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.devices import Accepted, Foreign
from vapordep.devices.framings import LengthCrc, Terminator
from vapordep.devices.framings import modbus as mb
from vapordep.devices.options import Options
from vapordep.errors import InstrumentRefused, ProtocolError, ReactorError

SQM = LengthCrc()
RTU, TCP = mb.Rtu(1), mb.Tcp(1)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


# --- lines of text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\r", b"\r\n", b";FF"])
@given(
    text=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30).filter(lambda t: ";FF" not in t)
)
def test_a_line_is_taken_whole_or_not_at_all(end: bytes, text: str) -> None:
    framing, line = Terminator(end), text.encode() + end
    assert framing.encode(text.encode()) == line
    assert framing.decode(line + b"next", b"Q" + end) == Accepted(text.encode(), len(line))
    assert all(framing.decode(line[:cut], b"Q" + end) is None for cut in range(len(line)))


def test_several_lines_are_taken_up_to_the_last() -> None:
    framing = Terminator(b"\r", last=lambda line, question: line == b"end")
    assert framing.decode(b"one\rtwo\rend\rmore", b"Q\r") == Accepted(b"one\rtwo\rend", 12)
    assert framing.decode(b"one\rtwo\ren", b"Q\r") is None


def test_a_line_of_another_is_dropped_but_not_within_a_reply() -> None:
    framing = Terminator(b"\r", mine=lambda line, _: line[:1] == b"A", last=lambda line, _: line == b"A.")
    assert framing.decode(b"B 1\rA.\r", b"Q\r") == Foreign(4)
    with pytest.raises(ProtocolError, match="another"):
        framing.decode(b"A 1\rB 1\r", b"Q\r")


@pytest.mark.parametrize("noise", [b"\x00", b"\xff\xff", b"\n", b"\r\n\x00"])
def test_noise_before_a_reply_is_dropped_where_its_beginning_is_known(noise: bytes) -> None:
    def mine(line: bytes, _: bytes) -> bool:
        return line[:1] == b"A"

    headed = Terminator(b";FF", mine=mine, last=lambda line, _: line == b"A.", headed=True)
    received = noise + b"A 1;FF" + noise + b"A.;FF"
    assert headed.decode(received, b"Q;FF") == Accepted(b"A 1;FFA.", len(received))


@pytest.mark.parametrize("noise", [b"\x00", b"\xff"])
def test_a_spoilt_sign_is_no_noise(noise: bytes) -> None:
    with pytest.raises(ProtocolError):
        Terminator(b"\r").decode(noise + b"12\r", b"Q\r")


def test_what_is_left_of_an_end_of_line_belongs_to_no_reply() -> None:
    """An instrument may end with CR LF where CR was thought of, and its LF come once the next question is out."""
    framing = Terminator(b"\r", open_ended=lambda question: question == b"all", last=lambda *_: False)
    assert Terminator(b"\r").decode(b"\n12\r", b"Q\r") == Accepted(b"12", 4)
    assert Terminator(b"\n").decode(b"12\r\n", b"Q\n") == Accepted(b"12", 4)
    assert framing.settled(b"1\r\n2\r\n", b"all\r") == Accepted(b"1\r2", 6)
    assert framing.settled(b"1\r\n2", b"all\r") is None


@pytest.mark.parametrize("noise", [b"\xff", b"\x00", b"\n", b"\x80"])
def test_unprintable_bytes_are_no_text(noise: bytes) -> None:
    with pytest.raises(ProtocolError):
        Terminator(b"\r").decode(b"12" + noise + b"3\r", b"Q\r")


def test_an_endless_line_is_given_up() -> None:
    with pytest.raises(ProtocolError):
        Terminator(b"\r").decode(b"x" * 5000, b"Q\r")


# --- length and CRC ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "frame"),
    [(b"@", b"!#@O7"), (b"J", b"!#JO8"), (b"M", b"!#M\x8e\x8a"), (b"P1", b"!$P1Z\x91")],
)
def test_requests_of_the_sqm_160(message: bytes, frame: bytes) -> None:
    assert SQM.encode(message) == frame


def test_a_reply_of_the_sqm_160() -> None:
    reply = b"!0AMON Ver 4.13Uw"
    assert SQM.decode(reply + b"!", b"") == Accepted(b"AMON Ver 4.13", len(reply))
    assert all(SQM.decode(reply[:cut], b"") in (None, Foreign(0)) for cut in range(len(reply)))
    assert SQM.decode(b"\x00\xff" + reply, b"") == Foreign(2)


@given(bit=st.integers(8, 17 * 8 - 1))
def test_no_flipped_bit_passes_the_crc(bit: int) -> None:
    damaged = bytearray(b"!0AMON Ver 4.13Uw")
    damaged[bit // 8] ^= 1 << bit % 8
    try:
        found = SQM.decode(bytes(damaged), b"")
    except ProtocolError:
        return
    assert not isinstance(found, Accepted)


# --- Modbus -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pdu", "frame"),
    [
        (mb.read_registers(1, 1), "01 03 00 01 00 01 D5 CA"),
        (mb.write_register(2, 250), "01 06 00 02 00 FA A8 49"),
        (mb.write_registers(2160, 0x0000, 0x4296), "01 10 08 70 00 02 04 00 00 42 96 23 85"),
        (mb.write_coil(0x200, 7), "01 05 02 00 00 07 8D B0"),
        (mb.write_coil(0x400, 8), "01 05 04 00 00 08 CD 3C"),
        (mb.write_coil(0, 0xFF00), "01 05 00 00 FF 00 8C 3A"),
        (mb.write_coil(0, 0x0000), "01 05 00 00 00 00 CD CA"),
        (mb.write_coil(0, 0x5500), "01 05 00 00 55 00 F2 9A"),
        (mb.write_coil(0xFF, 0xFF00), "01 05 00 FF FF 00 BC 0A"),
        (mb.read_coils(0, 8), "01 01 00 00 00 08 3D CC"),
    ],
)
def test_requests_over_rtu(pdu: bytes, frame: str) -> None:
    assert RTU.encode(pdu) == h(frame)


def test_a_reply_over_rtu() -> None:
    asked = RTU.encode(mb.read_registers(1, 1))
    found = RTU.decode(h("01 03 02 00 FA 38 07"), asked)
    assert isinstance(found, Accepted)
    assert mb.registers(found.payload) == (250,)


def test_noise_around_a_reply_over_rtu_is_skipped() -> None:
    """RS-485 turning round puts 0xFF, some lines 0x00, before or behind a frame."""
    asked = RTU.encode(mb.read_registers(1, 1))
    found = RTU.decode(h("FF 00 01 03 02 00 FA 38 07 00"), asked)
    assert found == Accepted(h("03 02 00 FA"), 9)


def test_a_frame_of_another_unit_over_rtu_is_dropped() -> None:
    asked = RTU.encode(mb.read_registers(1, 1))
    other = mb.Rtu(2).encode(h("03 02 00 01"))
    assert RTU.decode(other, asked) == Foreign(len(other))
    assert RTU.decode(other + RTU.encode(h("03 02 00 07")), asked) == Accepted(h("03 02 00 07"), 14)


@pytest.mark.parametrize(
    "reply",
    ["03 04 00 01 00 02", "04 02 00 01", "03 02 00", "06 00 01 00 01", "84 02"],
    ids=["more registers", "another function", "fewer bytes", "a late echo", "another's exception"],
)
@pytest.mark.parametrize("framing", [RTU, TCP], ids=["rtu", "tcp"])
def test_what_does_not_answer_the_request_is_no_reply(framing: mb.Rtu | mb.Tcp, reply: str) -> None:
    asked = framing.encode(mb.read_registers(1, 1))
    received = RTU.encode(h(reply)) if framing is RTU else _tcp_reply(asked, h(reply))
    try:
        found = framing.decode(received, asked)
    except ProtocolError:
        return
    assert not isinstance(found, Accepted)


def test_a_write_is_answered_by_its_own_echo_only() -> None:
    asked = RTU.encode(mb.write_coil(3, 0xFF00))
    assert isinstance(RTU.decode(asked, asked), Accepted)
    assert not isinstance(RTU.decode(RTU.encode(mb.write_coil(3, 0)), asked), Accepted)


def test_an_exception_becomes_a_refusal_with_its_name() -> None:
    asked = RTU.encode(mb.read_registers(1, 1))
    found = RTU.decode(RTU.encode(h("83 02")), asked)
    assert isinstance(found, Accepted)
    with pytest.raises(InstrumentRefused, match="illegal data address"):
        mb.registers(found.payload)
    with pytest.raises(InstrumentRefused, match="unknown exception"):
        mb.check(h("86 7F"))


@given(noise=st.binary(max_size=40))
def test_random_bytes_are_no_modbus_reply(noise: bytes) -> None:
    for framing in (RTU, TCP):
        try:
            found = framing.decode(noise, framing.encode(mb.read_registers(1, 5)))
        except ProtocolError:
            continue
        assert not isinstance(found, Accepted)


def _tcp_reply(asked: bytes, pdu: bytes, unit: int = 1) -> bytes:
    return asked[:4] + (len(pdu) + 1).to_bytes(2, "big") + bytes((unit,)) + pdu


def test_tcp_takes_only_its_own_transaction() -> None:
    first, second = (TCP.encode(mb.read_registers(1, 1)) for _ in range(2))
    late, own = _tcp_reply(first, h("03 02 00 01")), _tcp_reply(second, h("03 02 00 02"))
    assert TCP.decode(late + own, second) == Foreign(len(late))
    assert TCP.decode(own, second) == Accepted(h("03 02 00 02"), len(own))
    assert TCP.decode(_tcp_reply(second, h("03 02 00 02"), unit=2), second) == Foreign(len(own))
    assert all(TCP.decode(own[:cut], second) is None for cut in range(len(own)))


@pytest.mark.parametrize("bytes_", ["00 01 00 01 00 05 01 03 02 00 01", "00 01 00 00 FF FF 01 03 02 00 01"])
def test_what_is_no_modbus_tcp_is_told_at_once(bytes_: str) -> None:
    with pytest.raises(ProtocolError, match="no Modbus TCP"):
        TCP.decode(h(bytes_), TCP.encode(mb.read_registers(1, 1)))


def test_transaction_numbers_go_round() -> None:
    framing = mb.Tcp(1)
    framing._number = 0xFFFE
    assert [framing.encode(b"\x03")[:2] for _ in range(2)] == [b"\xff\xff", b"\x00\x00"]


@pytest.mark.parametrize(
    ("line", "options", "kind"),
    [
        ("modbus+tcp://host:502", {}, mb.Tcp),
        ("tcp://host:502", {}, mb.Rtu),
        ("tcp://host:502", {"framing": "tcp", "address": 3}, mb.Tcp),
        ("ASRL3::INSTR", {"baud": 19200}, mb.Rtu),
    ],
)
def test_the_line_and_an_option_choose_rtu_or_tcp(line: str, options: dict[str, str | int], kind: type) -> None:
    assert type(mb.framing(Options(options, "valves", ("address", "framing")), line)) is kind


@pytest.mark.parametrize("options", [{"framing": "ascii"}, {"address": 0}, {"adress": 1}, {"framing": "rtu"}])
def test_a_wrong_option_is_refused_by_name(options: dict[str, str | int]) -> None:
    with pytest.raises(ReactorError) as error:
        mb.framing(Options(options, "valves", ("address", "framing")), "modbus+tcp://host:502")
    assert error.value.where == "valves"
