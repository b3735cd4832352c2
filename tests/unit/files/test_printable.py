"""Text of others: whatever it holds, it steers no terminal."""

from hypothesis import given
from hypothesis import strategies as st

from vapordep.files.printable import printable


@given(st.text())
def test_nothing_is_left_that_steers(text: str) -> None:
    shown = printable(text)
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert printable(shown) == shown


def test_what_people_write_stays() -> None:
    assert printable("Al₂O₃ on Li, 4 nm – 100 °C\nµ") == "Al₂O₃ on Li, 4 nm – 100 °C\nµ"
    assert printable("\x1b[31m\u202e\x07") == r"\x1b[31m\u202e\x07"
