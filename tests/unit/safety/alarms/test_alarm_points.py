"""One alarm: how urgent it is before anything was raised, what is kept of it, and the events of its changes."""

from dataclasses import replace

import pytest

from tests.unit.safety.rig import F2, T2
from vapordep.model.alarms import AlarmStanding, AlarmState, Priority, Turn
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.safety.alarms.alarm_points import Point, change_of
from vapordep.safety.alarms.alarm_words import WORDS

S = AlarmState
WARNING = replace(F2, id="RICH", action=Action.WARN)


def standing(point: Point, state: AlarmState) -> Point:
    point.standing = AlarmStanding(state)
    return point


@pytest.mark.parametrize(
    ("point", "priority"),
    [
        (Point("TMA.valve"), Priority.URGENT),
        (Point("T2", T2), Priority.URGENT),
        (Point("RICH", WARNING), Priority.LOW),
        (Point("RICH", replace(WARNING, priority=Priority.HIGH)), Priority.HIGH),
    ],
)
def test_before_anything_is_raised_the_action_says_how_urgent_it_is_unless_its_file_does(
    point: Point, priority: Priority
) -> None:
    assert point.priority is point.view().priority is priority


def test_what_no_interlock_watches_is_kept_as_an_output() -> None:
    assert Point("TMA.valve").kept().output
    assert not Point("T2", T2).kept().output


def test_only_a_shelf_has_an_end() -> None:
    assert Point("RICH", WARNING).view().until is Point("RICH", WARNING).kept().until is None
    shelved = Point("RICH", WARNING, until=60.0)
    assert shelved.view().until == shelved.kept().until == 60.0


def test_a_change_tells_who_made_it_and_why_where_anybody_did() -> None:
    shelved = standing(Point("RICH", WARNING), S.SHELVED)
    event = change_of(shelved, S.UNACK_ACTIVE, Turn.SHELVE, 5.0, "a test", "Ada")
    assert (event.time, event.kind, event.text) == (5.0, Kind.ALARM_STATE, "RICH shelved by Ada: a test")
    assert event.data == {
        "id": "RICH", "state": "SHELVED", "was": "UNACK_ACTIVE", "after": None, "by": "Ada", "reason": "a test"
    }  # fmt: skip
    gone = change_of(standing(Point("RICH", WARNING), S.UNACK_CLEARED), S.UNACK_ACTIVE, Turn.CLEAR, 6.0, "", "")
    assert gone.text == "RICH is over"
    assert set(gone.data) == {"id", "state", "was", "after"}


@pytest.mark.parametrize(
    ("before", "turn", "after", "anew"),
    [
        (S.SHELVED, Turn.UNSHELVE, S.UNACK_ACTIVE, True),
        (S.SHELVED, Turn.UNSHELVE, S.NORMAL, False),
        (S.UNACK_CLEARED, Turn.RAISE, S.UNACK_ACTIVE, False),
    ],
)
def test_only_what_was_silenced_and_is_there_is_an_alarm_anew(
    before: AlarmState, turn: Turn, after: AlarmState, anew: bool
) -> None:
    event = change_of(standing(Point("RICH", WARNING), after), before, turn, 5.0, "", "")
    assert event.kind is (Kind.ALARM if anew else Kind.ALARM_STATE)
    assert event.text == f"RICH {WORDS[turn]}{', and its cause is there' if anew else ''}"
