"""The guardian's player: what a tape does to instruments that answer, lie, babble or are mute, by socket and serial."""

import os
import pty
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from tests.wall.guardian.boards import board, line, safe, soon, step, tape
from vapordep.guardian import lines
from vapordep.guardian.tape import BRIEF, Player, crc16, examine, found, still_to_play

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="kill and stop as POSIX knows them")]

# --- the tape --------------------------------------------------------------------------------------------------------


def test_an_input_chooses_the_variant_on_another_line() -> None:
    asks = step("running", "r running", "running [01]", input="running", true="running 1\\n")
    for running, expected in ((1, 1), (0, 0)):
        with board(valve=9) as valves, board(running=running) as panel:
            both = [*safe("valve", 1, **{"if": {"running": True}}), *safe("valve", 0, **{"if": {"running": False}})]
            assert Player(tape(line(valves.port, *both), line(panel.port, asks)), {"running": True}).play() == {}
            assert valves.state == {"valve": expected}


def test_an_input_that_does_not_answer_is_not_true() -> None:
    with board(valve=9) as valves, board(running=1) as panel:
        panel.answer = lambda reply: None
        asks = step("running", "r running", "running [01]", input="running", true="running 1\\n")
        both = [*safe("valve", 1, **{"if": {"running": True}}), *safe("valve", 0, **{"if": {"running": False}})]
        assert Player(tape(line(valves.port, *both), line(panel.port, asks)), {}).play() == {}
        assert valves.state == {"valve": 0}
        panel.close()
        assert "running" in Player(tape(line(valves.port, *both), line(panel.port, asks)), {}).play()


@pytest.mark.parametrize(("told", "expected"), [({"evacuated": True}, 1), ({"evacuated": False}, 0), ({}, 0)])
def test_a_state_that_the_engine_told_chooses_the_variant(told: dict[str, bool], expected: int) -> None:
    with board(valve=9) as valves:
        both = [*safe("valve", 1, **{"if": {"evacuated": True}}), *safe("valve", 0, **{"if": {"evacuated": False}})]
        assert Player(tape(line(valves.port, *both)), told).play() == {}
        assert valves.state == {"valve": expected}


def test_an_instrument_that_is_mute_keeps_nobody_waiting() -> None:
    with board(a=1, b=1, c=1) as bus:
        bus.answer = lambda reply: None if reply.startswith("a") else reply + "\n"
        steps = [*safe("a"), *safe("b", of="other"), *safe("c", of="third")]
        failed = Player(tape(line(bus.port, *steps)), {}).play()
        assert set(failed) == {"a"}
        assert [said for _, said in bus.heard] == ["w a 0", "w b 0", "r b", "w c 0", "r c", "w a 0", "r a"]
        assert bus.state == {"a": 0, "b": 0, "c": 0}


def test_of_an_instrument_that_stays_mute_only_one_step_is_waited_for_again() -> None:
    names = "abcdefgh"
    with board(**dict.fromkeys(names, 1)) as bus:
        bus.answer = lambda reply: None
        began = time.monotonic()
        failed = Player(tape(line(bus.port, *[step(name, f"w {name} 0", f"{name} 0") for name in names])), {}).play()
        assert set(failed) == set(names)
        assert bus.state == dict.fromkeys(names, 0), "it may hear all the same"
        assert time.monotonic() - began < 2 * 0.3 + len(names) * (BRIEF + 0.02) + 0.5


def test_played_again_is_what_failed_and_what_follows_inputs() -> None:
    asks = step("running", "r running", "running [01]", input="running", true="running 1\\n", of="panel")
    follows = safe("pump", of="board", **{"if": {"running": True}})
    told = safe("hot", of="warm", **{"if": {"needed": False}})
    played = tape(line(1, *safe("a", of="mute"), *safe("b", of="well")), line(2, *follows, *told), line(3, asks))
    left = still_to_play(played, {"a"})
    assert [(each["where"][-1], [step["of"] for step in each["steps"]]) for each in left["lines"]] == [
        ("1", ["mute", "mute"]), ("2", ["board", "board"]), ("3", ["panel"]),
    ]  # fmt: skip
    assert still_to_play(left, {"a"}) == left
    assert [step["of"] for step in still_to_play(played, {"hot"})["lines"][0]["steps"]] == ["board"] * 2 + ["warm"] * 2


def test_a_command_that_is_not_answered_is_sent_once_and_given_its_time() -> None:
    silent = iter([None, "a 0\n"])
    with board(a=1) as bus:
        bus.answer = lambda reply: next(silent)
        steps = [{**step("a", "w a 0", "", within=0.05, rest=0.25), "reply": ""}, step("a", "r a", "a 0")]
        assert Player(tape(line(bus.port, *steps)), {}).play() == {}
        assert [said for _, said in bus.heard] == ["w a 0", "r a"]
        assert bus.heard[1][0] - bus.heard[0][0] >= 0.25


def test_a_reply_that_shows_another_value_is_no_read_back() -> None:
    with board(a=1) as bus:
        bus.answer = lambda reply: f"{reply.split()[0]} 1\n"
        assert "not answered as it must be" in Player(tape(line(bus.port, *safe("a"))), {}).play()["a"]


def test_noise_and_foreign_lines_are_passed_over_and_a_lost_reply_is_asked_again() -> None:
    lost = iter([None, "\x00b 7\na 0\n", "a 0\n"])
    with board(a=1) as bus:
        bus.answer = lambda reply: next(lost)
        assert Player(tape(line(bus.port, *safe("a"), resync="0a")), {}).play() == {}


def test_instruments_are_brought_back_to_waiting_before_the_first_step_and_after_a_lost_reply() -> None:
    lost = iter([None])
    with board(a=1) as bus:
        bus.answer = lambda reply: next(lost, reply + "\n")
        assert Player(tape(line(bus.port, *safe("a"), resync=b"resync\n".hex())), {}).play() == {}
        assert [said for _, said in bus.heard] == ["resync", "w a 0", "resync", "w a 0", "r a"]


def test_what_was_still_on_its_way_is_no_reply() -> None:
    """As the answer to what the engine had asked before it died."""
    late = iter(["a 0\n"])
    with board(a=1) as bus:
        bus.answer = lambda reply: next(late, None)
        asked = step("a", "r a", "a 0")
        assert "a" in Player(tape(line(bus.port, asked, resync=b"resync a\n".hex(), quiet=1.0)), {}).play()


def test_a_line_that_babbles_is_played_to_all_the_same() -> None:
    with board(a=1) as bus:

        def babble() -> None:
            with suppress(OSError):
                soon(lambda: bus.connections)
                while True:
                    bus.connections[0].sendall(b"#")
                    time.sleep(0.005)

        threading.Thread(target=babble, daemon=True).start()
        assert Player(tape(line(bus.port, step("a", "w a 0", "#*a 0"))), {}).play() == {}


def test_a_line_that_closes_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=lambda: listening.accept()[0].close(), daemon=True).start()
        failed = Player(tape(line(listening.getsockname()[1], *safe("a"))), {}).play()
        assert "closed" in failed["a"] or "reset" in failed["a"]


def test_what_takes_no_more_bytes_is_told(monkeypatch: Any) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            return 0

    with pytest.raises(OSError, match="no more bytes"):
        lines.send(Full(), b"x")


def test_a_crc_tells_a_reply_from_noise() -> None:
    reply = bytes.fromhex("0106000200002809")[:6]
    whole = reply + crc16(reply)
    pattern = r"\x01\x06\x00\x02..\S?.."[:0] + r"\x01\x06\x00\x02\x00{2}.."
    assert whole.hex() == "010600020000280a"  # as the manual's own example of function 6 has its CRC
    assert found(pattern, "crc16", b"\x01\x06" + whole + b"\x00") == whole
    assert found(pattern, "crc16", whole[:-1] + b"\xff") is None
    assert found(pattern, "", whole[:-1] + b"\xff") == whole[:-1] + b"\xff"


SPOILT: list[Any] = [
    {}, {"lines": [{}]}, tape(line(1, step("a", "x", "("))), tape(line(1, step("", "x", "y"))),
    tape(line(1, step("a", "x", "y", rest=float("nan")))), tape(line(1, step("a", "x", "y", within=float("inf")))),
    tape(line(1, step("a", "x", "y", send="zz"))), tape(line(1, step("a", "x", "y", send=""))),
    tape(line(1, kind="usb")), tape(line(1, resync="0")), tape(line(1, step("a", "x", "\u00e4"))),
]  # fmt: skip


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_spoilt_tape_is_refused(spoilt: Any) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is
        examine(spoilt)


# --- serial ports ----------------------------------------------------------------------------------------------------


@contextmanager
def port_with(instrument: Any) -> Iterator[str]:
    """A pseudo-terminal at whose other end something answers."""
    ours, theirs = pty.openpty()
    name = os.ttyname(theirs)

    def serve() -> None:
        with suppress(OSError):
            while data := os.read(ours, 256):
                os.write(ours, instrument(data))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield name
    finally:
        os.close(theirs)
        os.close(ours)


def serial_line(device: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    usual = {"kind": "serial", "device": device, "baud": 9600, "data_bits": 8, "parity": "none", "stop_bits": 1}
    return {"where": f"ASRL{device}::INSTR", **usual, "quiet": 0.02, "resync": "", "steps": list(steps), **more}


def test_a_serial_port_is_taken_and_played_to() -> None:
    heard: list[bytes] = []

    def instrument(data: bytes) -> bytes:
        heard.append(data)
        return b"a 0\n"

    with port_with(instrument) as device:
        raw = step("a", "w a 0", "a 0", send=b"w\x03\x11a\xff".hex())
        assert Player(tape(serial_line(device, raw)), {}).play() == {}
    assert b"".join(heard) == b"w\x03\x11a\xff"  # not one byte means anything to the port itself


@pytest.mark.parametrize("parity", ["none", "even", "odd"])
@pytest.mark.parametrize(("data_bits", "stop_bits", "baud"), [(8, 1, 9600), (7, 2, 19200)])
def test_a_serial_port_is_set_up_as_the_tape_says_and_for_this_process_alone(
    parity: str, data_bits: int, stop_bits: int, baud: int, monkeypatch: Any
) -> None:
    """A pseudo-terminal would not keep these settings, so that they are taken on their way."""
    import fcntl
    import termios

    asked: list[Any] = []
    monkeypatch.setattr(fcntl, "ioctl", lambda port, request: asked.append(request))
    monkeypatch.setattr(termios, "tcsetattr", lambda port, when, mode: asked.append(mode))
    with port_with(lambda data: b"") as device:
        said = serial_line(device, parity=parity, data_bits=data_bits, stop_bits=stop_bits, baud=baud)
        lines.LINES["serial"](said).close()
    alone, (_, _, flags, _, *speeds, _) = asked
    assert alone == termios.TIOCEXCL
    assert speeds == [getattr(termios, f"B{baud}")] * 2
    assert flags & termios.CSIZE == getattr(termios, f"CS{data_bits}")
    assert flags & termios.CSTOPB == termios.CSTOPB * (stop_bits == 2)
    odd = termios.PARENB | termios.PARODD
    assert flags & odd == {"none": 0, "even": termios.PARENB, "odd": odd}[parity]


def test_a_serial_port_that_another_holds_is_not_shared() -> None:
    import fcntl

    with port_with(lambda data: b"") as device, open(device, "rb", buffering=0) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "cannot take" in Player(tape(serial_line(device, *safe("a"))), {}).play()["a"]


@pytest.mark.parametrize(
    "settings", [{"baud": 12345}, {"parity": "mark"}, {"device": "/dev/null"}, {"device": "/gone"}]
)
def test_a_port_that_cannot_be_set_up_is_told(settings: dict[str, Any]) -> None:
    with port_with(lambda data: b"") as device:
        assert Player(tape(serial_line(**{"device": device, **settings}, **{}) | {"steps": safe("a")}), {}).play()
