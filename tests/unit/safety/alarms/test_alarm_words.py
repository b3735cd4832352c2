"""The words of alarms, as a person reads them."""

import pytest

from vapordep.model.alarms import Turn
from vapordep.safety.alarms.alarm_words import WORDS


@pytest.mark.parametrize(
    ("turn", "words"), [(Turn.ACKNOWLEDGE, "acknowledged"), (Turn.RESET, "reset"), (Turn.SHELVE, "shelved")]
)
def test_what_a_person_did_is_told_in_one_word(turn: Turn, words: str) -> None:
    assert WORDS[turn] == words


def test_every_turn_has_its_words() -> None:
    assert set(WORDS) == set(Turn)
