"""Steps of a tape: for which states one is played, and the reply that will do where check bytes follow."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from vapordep.safety.safe_state.tape_steps import Step, _frame


@pytest.mark.parametrize(("pump", "vent", "played"), [(True, False, True), (True, True, False), (False, False, False)])
def test_a_step_is_played_where_every_state_is_as_it_wants(pump: bool, vent: bool, played: bool) -> None:
    step = Step({"send": "00"}, 0.1).under({"pump.valve": True, "vent.valve": False})
    assert step.data == {"send": "00", "if": {"pump.valve": True, "vent.valve": False}}
    assert step.applies({"pump.valve": pump, "vent.valve": vent}) is played


def test_without_a_state_it_is_always_played() -> None:
    assert Step({}, 0.1).under({}).applies({"pump.valve": False})


class Checked:
    """A framing of bits with two check bytes at the end."""

    checksum, text = "crc16", False

    def unanswered(self, payload: bytes) -> None:
        return None

    def reply_frame(self, sent: bytes, payload: bytes) -> bytes:
        return b"\x01" + payload + b"\xaa\xbb"


def test_both_check_bytes_belong_to_the_frame_whatever_they_are() -> None:
    exchange: Any = SimpleNamespace(framing=Checked(), payload=b"q", sent=b"q", reply=b"\x03\x04")
    pattern, check = _frame(exchange, "\\x03\\x04")
    assert check == "crc16"
    whole = re.compile(pattern.encode("latin-1"), re.DOTALL)
    assert whole.fullmatch(b"\x01\x03\x04\xcc\xdd")
    assert not whole.fullmatch(b"\x01\x03\x04\xcc")
