"""Notices: what a person must hear of is told once, sent by a thread, and never waits on the control path."""

import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from tests.unit.link.test_codec import ALARM, ENGINE, RUN, SNAPSHOT
from tests.wall.processes import free_port
from tests.wall.woken import woken
from vapordep.api.live import notifier as notifier_module
from vapordep.api.live.notifier import Notifier, addresses
from vapordep.api.live.watch import Gravity, Notice, Watch
from vapordep.errors import FileError, InputError
from vapordep.link.news import EngineChanged, EngineShown, EventTold, Interrupted, News
from vapordep.model.alarms import AlarmState, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

TRIP = Event(20.0, Kind.TRIP, "T1: foil too hot", {"priority": "URGENT"})
NOTICE = Notice("glovebox-ald: TRIP", "T1: foil too hot", Gravity.FAILURE)


def changed(number: int, **run: Any) -> News:
    return News("e", number, 13.0, EngineChanged(replace(ENGINE, run=replace(RUN, **run))))


def titles(notices: list[Notice]) -> list[str]:
    return [notice.title for notice in notices]


def met(engine: EngineShown = ENGINE) -> Watch:
    watch = Watch()
    watch.take(replace(SNAPSHOT, engine=engine))
    return watch


def test_a_trip_is_told_once_also_when_a_snapshot_repeats_it() -> None:
    watch = met()
    assert watch.take(News("e", 5, 20.0, EventTold(TRIP))) == [NOTICE]
    assert watch.take(replace(SNAPSHOT, number=9, events=(*SNAPSHOT.events, TRIP))) == []


def test_a_trip_in_a_gap_of_the_news_is_told_from_the_snapshot() -> None:
    assert titles(met().take(replace(SNAPSHOT, number=9, events=(TRIP,)))) == ["glovebox-ald: TRIP"]


def test_a_trip_is_told_although_what_came_of_it_is_on_record_before_it() -> None:
    """Action first, then record: the commands of the safe state are later, and told sooner."""
    watch = met()
    shut = Event(20.4, Kind.COMMAND, "TMA.valve closed: safe state")
    assert watch.take(News("e", 5, 20.4, EventTold(shut))) == []
    assert titles(watch.take(News("e", 6, 20.4, EventTold(TRIP)))) == ["glovebox-ald: TRIP"]
    assert watch.take(replace(SNAPSHOT, number=9, events=(*SNAPSHOT.events, shut, TRIP))) == []


def test_weak_pulses_are_told_once_in_ten_minutes_and_every_trip() -> None:
    def told(time: float, kind: Kind, text: str) -> list[Notice]:
        return watch.take(News("e", 5, time, EventTold(Event(time, kind, text))))

    watch = met()
    assert len(told(20.0, Kind.ALARM, "pulse 6, of TMA, is weak: 1.68 Pa s, against 28.5 Pa s before")) == 1
    assert told(30.0, Kind.ALARM, "pulse 7, of TMA, is weak: -4.4e-05 Pa s, against 28 Pa s before") == []
    assert len(told(31.0, Kind.ALARM, "pulse 8, of H2O, is weak: 1.68 Pa s, against 28.5 Pa s before")) == 1
    assert len(told(620.0, Kind.ALARM, "pulse 99, of TMA, is weak: 1.68 Pa s, against 28.5 Pa s before")) == 1
    assert [len(told(time, Kind.TRIP, f"P1: {time:g} Pa")) for time in (621.0, 622.0)] == [1, 1]


def test_what_stands_unanswered_is_told_by_a_page_that_has_just_begun() -> None:
    """It may have died in the very second of the trip; what a person has answered wakes nobody."""
    tripped = replace(ALARM, state=AlarmState.UNACK_CLEARED)
    warned = replace(tripped, id="F3", priority=Priority.LOW)
    held = replace(ENGINE, alarms=(tripped, warned), run=replace(RUN, state=RunState.HELD, reason="F2"))
    watch = Watch()
    assert titles(watch.take(replace(SNAPSHOT, engine=held))) == [
        "glovebox-ald: TRIP not acknowledged", "glovebox-ald: run HELD"
    ]  # fmt: skip
    assert watch.take(replace(SNAPSHOT, number=9, engine=held)) == []
    after = replace(SNAPSHOT, epoch="f", engine=replace(held, run=None))
    assert watch.take(after) == [], "the engine is another, and this page has told of it"


def test_old_events_of_an_engine_met_for_the_first_time_are_not_told() -> None:
    assert Watch().take(replace(SNAPSHOT, events=(TRIP,))) == []


@pytest.mark.parametrize("state", [RunState.COMPLETE, RunState.ABORTED, RunState.STOPPED, RunState.HELD])
def test_the_end_and_the_hold_of_a_run_are_told_once(state: RunState) -> None:
    watch = met()
    assert watch.take(changed(5, elapsed=3.0)) == []
    [notice] = watch.take(changed(6, state=state, reason="because"))
    assert notice.title == f"glovebox-ald: run {state}"
    assert "because" in notice.text
    assert watch.take(changed(7, state=state, reason="because")) == []


def test_an_interruption_is_told_by_the_engine_that_comes_next() -> None:
    left = Interrupted("20261126-1", "alumina", "", "")
    watch = met()
    assert titles(watch.lost("no answer")) == ["glovebox-ald: the engine is not heard any more"]
    assert watch.lost("no answer") == []
    after = replace(SNAPSHOT, epoch="f", engine=replace(ENGINE, armed=False, run=None, interrupted=left))
    assert titles(watch.take(after)) == ["glovebox-ald: run INTERRUPTED"]
    assert watch.take(replace(after, number=9)) == []


def test_an_interruption_that_still_waits_for_its_decision_is_not_told_again_after_the_next_run() -> None:
    left = Interrupted("20261126-1", "alumina", "", "")
    idle = replace(ENGINE, run=None, interrupted=left)
    watch = met(idle)
    assert watch.take(changed(5)) == [], "the next run begins: it hides what waits"
    assert watch.take(News("e", 6, 13.0, EngineChanged(idle))) == []
    other = replace(left, run_id="20261126-2")
    assert titles(watch.take(News("e", 7, 13.0, EngineChanged(replace(idle, interrupted=other))))) == [
        "glovebox-ald: run INTERRUPTED"
    ]


def test_a_run_that_began_and_ended_in_a_gap_is_told_all_the_same() -> None:
    watch = met(replace(ENGINE, run=None))
    assert titles(watch.take(changed(9, state=RunState.ABORTED))) == ["glovebox-ald: run ABORTED"]


@pytest.mark.parametrize(
    ("state", "gravity"),
    [
        (RunState.COMPLETE, "success"),
        (RunState.STOPPED, "info"),
        (RunState.HELD, "warning"),
        (RunState.ABORTED, "failure"),
        (RunState.INTERRUPTED, "failure"),
    ],
)
def test_how_a_run_ends_decides_how_grave_its_notice_is(state: RunState, gravity: str) -> None:
    [notice] = met().take(changed(9, state=state))
    assert notice.gravity == gravity


def test_an_interruption_and_a_lost_engine_are_failures_and_an_alarm_is_a_warning() -> None:
    left = Interrupted("20261126-1", "alumina", "", "")
    [interrupted] = met().take(News("e", 5, 13.0, EngineChanged(replace(ENGINE, interrupted=left))))
    [lost] = met(replace(ENGINE, armed=True)).lost("no answer")
    [alarm] = met().take(News("e", 5, 20.0, EventTold(Event(20.0, Kind.ALARM, "pulse 6 is weak"))))
    assert [notice.gravity.value for notice in (interrupted, lost, alarm)] == ["failure", "failure", "warning"]


def test_an_idle_engine_that_ends_wakes_nobody() -> None:
    assert met(replace(ENGINE, armed=False, run=None)).lost("no answer") == []


def test_a_trouble_of_the_engine_itself_is_told_once_and_again_after_it_was_gone() -> None:
    watch = met()

    def told(trouble: str) -> list[Notice]:
        return watch.take(News("e", 5, 13.0, EngineChanged(replace(ENGINE, trouble=trouble))))

    assert told("disarmed, but not at its safe value: TMA.valve open") == [
        Notice("glovebox-ald: needs a look", "disarmed, but not at its safe value: TMA.valve open", Gravity.WARNING)
    ]
    assert told("disarmed, but not at its safe value: TMA.valve open") == []
    assert len(told("the disk is nearly full: 90 MB are left")) == 1
    assert told("the disk is nearly full: 80 MB are left") == []
    assert told("") == []
    assert len(told("the disk is nearly full: 70 MB are left")) == 1


def test_a_guardian_that_ends_while_something_is_at_stake_is_told() -> None:
    [armed] = met(replace(ENGINE, armed=True, run=None)).unguarded("glovebox-ald")
    [safe] = met(replace(ENGINE, armed=False, run=None)).unguarded("glovebox-ald")
    [unheard] = Watch().unguarded("glovebox-ald")
    assert armed.title == safe.title == unheard.title == "glovebox-ald: the guardian has ended"
    assert "makes the reactor safe and ends, if it lives" in armed.text
    assert "has made the reactor safe" in safe.text
    assert "nobody makes the reactor safe" in unheard.text


def test_what_the_guardian_says_needs_a_person_is_told_again_as_long_as_it_lasts_and_its_end() -> None:
    watch = met()

    def told(trouble: str, at: float) -> list[str]:
        return titles(watch.guardian("glovebox-ald", trouble, at))

    assert told("", 0.0) == []
    [notice] = watch.guardian("glovebox-ald", "not known to be safe: H2O.valve, TMA.valve", 1.0)
    assert notice == Notice(
        "glovebox-ald: the guardian needs a person", "not known to be safe: H2O.valve, TMA.valve. Go to the reactor.",
        Gravity.FAILURE,
    )  # fmt: skip
    assert told("not known to be safe: H2O.valve", 2.0) == [], "it gets better"
    assert told("not known to be safe: H2O.valve", 602.0) == [notice.title], "but still is"
    assert told("not known to be safe: H2O.valve, stage.setpoint", 603.0) == [notice.title]
    assert told("", 604.0) == ["glovebox-ald: the guardian goes on"]
    assert told("", 605.0) == []


apprised = [
    pytest.mark.wall,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),  # apprise, on Python 3.11 and 3.12
]


def marked(test: Any) -> Any:
    for mark in apprised:
        test = mark(test)
    return test


@marked
def test_a_notice_arrives() -> None:
    with woken() as person:
        notifier = Notifier([person.address])
        notifier.tell(NOTICE)
        told = person.next(within=60)
        notifier.close()
    assert (told["title"], told["message"], told["type"]) == ("glovebox-ald: TRIP", "T1: foil too hot", "failure")


@marked
def test_an_address_that_is_away_or_hangs_delays_no_other(capsys: Any) -> None:
    """And who is reached gets each notice once, however often it is tried elsewhere."""
    with socket.create_server(("127.0.0.1", 0)) as hangs, woken() as person:
        addresses = [nobody(), f"json://127.0.0.1:{hangs.getsockname()[1]}/", person.address]
        notifier = Notifier(addresses, pauses=(0.05,))
        for number in range(3):
            notifier.tell(replace(NOTICE, text=f"trip {number}"))
        assert [person.next(within=60)["message"] for _ in range(3)] == ["trip 0", "trip 1", "trip 2"]
        began = time.monotonic()
        notifier.finish(within=1.0)
        assert time.monotonic() - began < 20.0, "not as long as one hangs"
        with pytest.raises(Empty):
            person.next(within=0.1)
    told = capsys.readouterr().err
    assert "address 1 for notices: it takes none; tried again until it does" in told
    assert told.count("not sent: glovebox-ald: TRIP: trip 2") == 2
    assert "127.0.0.1" not in told, "addresses hold secrets"


@marked
def test_who_is_away_for_long_is_told_all_of_it_later_and_when_it_was(monkeypatch: Any) -> None:
    with woken() as person:
        here, monkeypatched = person.address, [datetime(2026, 11, 27, 2, 13, tzinfo=UTC)]
        monkeypatch.setattr(notifier_module, "utc_now", lambda: monkeypatched[0])
        notifier = Notifier([here], pauses=(0.05,))
        [post] = notifier._posts
        sender, post._sender = post._sender, Away()
        notifier.tell(NOTICE)
        notifier.tell(replace(NOTICE, text="and again"))
        assert post._sender.tried.wait(60)
        monkeypatched[0] += timedelta(hours=3)
        post._sender = sender
        at = datetime(2026, 11, 27, 2, 13, tzinfo=UTC).astimezone()
        late = f"\n(told late: this was at {at:%Y-%m-%d %H:%M})"
        assert [person.next(within=60)["message"] for _ in range(2)] == [f"T1: foil too hot{late}", f"and again{late}"]
        notifier.finish(within=60.0)


class Away:
    """An address that was tried several times and takes nothing."""

    def __init__(self) -> None:
        self.tried, self._times = threading.Event(), 0

    def notify(self, **_: str) -> bool:
        self._times += 1
        if self._times == len(notifier_module.PAUSES) + 3:
            self.tried.set()
        return False


def nobody() -> str:
    return f"json://127.0.0.1:{free_port()}/"


@marked
def test_more_than_can_wait_are_told_of_where_the_page_was_started(capsys: Any) -> None:
    notifier = Notifier([nobody()])
    for _ in range(notifier_module.MOST_WAITING + 2):
        notifier.tell(NOTICE)
    assert capsys.readouterr().err.count("too many wait, one is lost: glovebox-ald: TRIP") == 2
    notifier.close()


def test_addresses_that_will_not_do_are_refused_without_being_repeated(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        addresses(tmp_path / "none")
    file = tmp_path / "notify.txt"
    file.write_text("# nobody yet\n\n", encoding="utf-8")
    with pytest.raises(FileError, match="no address"):
        addresses(file)
    file.write_text("# me\nnonsense:secret-token\n", encoding="utf-8")
    with pytest.raises(InputError, match="address 1") as told:
        Notifier(addresses(file))
    assert "secret" not in str(told.value)
