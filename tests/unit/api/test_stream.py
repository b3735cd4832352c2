"""The live stream: snapshot first, then what is new, encoded once; who comes back goes on, or is told of the gap."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.link.test_codec import ENGINE, EVENT, SNAPSHOT
from vapordep.api.live.listeners import Listener
from vapordep.api.live.stream import RING, Stream
from vapordep.link.news import EVENTS_KEPT, EngineChanged, EventTold, News, Snapshot, Value, ValuesRead
from vapordep.link.picture import Picture
from vapordep.model.run import RunState
from vapordep.model.tags import Quality

Body = ValuesRead | EngineChanged | EventTold


class Told:
    """A stream with an engine that tells it something."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.number = SNAPSHOT.number
        self.picture = Picture(SNAPSHOT)
        self.stream.take(SNAPSHOT)

    def tell(self, *bodies: Body, at: float = 13.0) -> None:
        for body in bodies:
            self.number += 1
            news = News(SNAPSHOT.epoch, self.number, at, body)
            self.picture.take(news)
            self.stream.take(news)

    def send(self, *bodies: Body) -> None:
        self.tell(*bodies)
        self.stream.send()

    def values(self, count: int) -> None:
        for n in range(count):
            self.send(read(float(n)))

    def listen(self, last: str = "") -> Listener:
        """Somebody who listens, and had all up to `last` before."""
        return Listener(self.stream, lambda: self.picture.snapshot, last)


def read(value: float) -> ValuesRead:
    return ValuesRead((Value("chamber.pressure", 13.0, value, Quality.GOOD),))


def parsed(data: bytes) -> list[dict[str, Any]]:
    found = []
    for block in data.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if "data" in fields:
            found.append({"kind": fields["event"], "id": fields.get("id"), **json.loads(fields["data"])})
    return found


def test_the_snapshot_comes_first_and_then_what_is_new() -> None:
    told = Told()
    heard = told.listen()
    [first] = parsed(heard.due())
    assert (first["kind"], first["id"]) == ("snapshot", "e:4")
    assert first["values"] == {"chamber.pressure": [12.0, 3.5, "uncertain"]}
    assert first["engine"]["run"]["state"] == "RUNNING"
    assert first["events"][0]["text"] == EVENT.text
    told.tell(read(1.0), read(float("nan")), EventTold(replace(EVENT, data={"bad": float("inf")})))
    told.tell(EngineChanged(replace(ENGINE, armed=False)))
    told.stream.send()
    [news] = [m for m in parsed(heard.due()) if m["kind"] == "news" and m["id"] == "e:8"]
    assert news["values"] == {"chamber.pressure": [13.0, None, "good"]}
    assert (news["events"][0]["number"], news["events"][0]["data"]) == (7, {"bad": None})
    assert news["engine"]["armed"] is False
    assert "tags" in news, "of the snapshot before it"


def test_who_came_before_the_engine_was_heard_is_sent_the_snapshot_when_it_is_and_told_of_no_gap() -> None:
    stream, known = Stream(), list[Snapshot]()
    heard = Listener(stream, lambda: known[0] if known else None, "")
    assert heard.due() == b""
    stream.lose("the engine has not been heard yet")
    stream.send()
    stream.send()
    assert [message["kind"] for message in parsed(heard.due())] == ["lost", "beat"]
    known.append(SNAPSHOT)
    stream.take(SNAPSHOT)
    stream.send()
    assert [message["kind"] for message in parsed(heard.due())] == ["snapshot"]


def test_who_comes_back_before_the_engine_is_heard_is_given_what_they_missed_once_it_is() -> None:
    """As to a web process that began anew, whose listeners are there first."""
    stream, known = Stream(), list[Snapshot]()
    heard = Listener(stream, lambda: known[0] if known else None, "e:5")
    assert heard.due() == b""
    stream.send()
    assert [message["kind"] for message in parsed(heard.due())] == ["beat"]
    known.append(numbered((3, "before"), (6, "trip")))
    stream.take(known[0])
    stream.send()
    gap, snapshot, *_ = parsed(heard.due())
    assert ([event["text"] for event in gap["events"]], gap["events_complete"]) == (["trip"], True)
    assert ("began anew" in gap["why"], gap["after"], snapshot["kind"]) == (True, "e:5", "snapshot")


def test_a_pulse_between_two_messages_is_in_the_next_one() -> None:
    """Of two news in one message the newest values are kept, and of states every edge."""
    told, valve = Told(), "TMA.valve"
    heard = told.listen()
    parsed(heard.due())

    def news(*edges: tuple[float, float]) -> ValuesRead:
        made = tuple(Value(valve, time, value, Quality.GOOD) for time, value in edges)
        return ValuesRead((Value(valve, edges[-1][0] + 0.25, edges[-1][1], Quality.GOOD),), made)

    told.tell(news((1.0, 1.0), (1.25, 0.0)), news((1.5, 1.0)))
    told.stream.send()
    [message] = parsed(heard.due())
    assert message["values"][valve] == [1.75, 1.0, "good"]
    assert message["edges"] == {valve: [[1.0, 1.0, "good"], [1.25, 0.0, "good"], [1.5, 1.0, "good"]]}
    told.send(read(1.0))
    assert "edges" not in parsed(heard.due())[-1]


def test_all_who_listen_are_sent_the_same_bytes() -> None:
    told = Told()
    told.stream.send()
    listeners = [told.listen() for _ in range(5)]
    for each in listeners:
        each.due()
    told.send(read(2.0))
    assert {id(each.due()) for each in listeners} == {id(told.stream._ring[-1].data)}, "encoded once, and never copied"


def test_who_comes_back_soon_goes_on_where_they_were() -> None:
    told = Told()
    told.values(10)
    back = told.listen("e:8")
    assert [message["id"] for message in parsed(back.due())] == [f"e:{n}" for n in range(9, 15)]
    at_the_end = told.listen("e:14")
    told.send(read(5.0))
    assert [message["id"] for message in parsed(at_the_end.due())] == ["e:15"]


def test_after_too_long_the_gap_is_told_and_its_events_given_again() -> None:
    told = Told()
    told.values(3)
    told.send(EventTold(EVENT))
    told.values(RING + 1)
    gap, snapshot = parsed(told.listen("e:5").due())
    assert (gap["kind"], gap["after"], gap["events_complete"]) == ("gap", "e:5", True)
    assert [event["number"] for event in gap["events"]] == [8]
    assert snapshot["id"] == f"e:{told.number}"
    before, _ = parsed(told.listen("e:2").due())
    assert before["events_complete"] is False, "from before this process heard of anything"


@pytest.mark.parametrize("last", ["other:5", "e:", "e:x", "e:-1", "nonsense", "e:²", "e:99999"])
def test_an_id_of_another_life_of_the_engine_is_a_gap(last: str) -> None:
    told = Told()
    told.values(3)
    gap, snapshot = parsed(told.listen(last).due())
    assert (gap["kind"], snapshot["kind"]) == ("gap", "snapshot")
    assert (gap["events"], gap["events_complete"]) == ([], False)


def test_who_was_away_while_the_engine_came_up_anew_is_given_what_was_heard_of_both_lives() -> None:
    told = Told()
    told.send(EventTold(replace(EVENT, text="had")))
    told.send(EventTold(replace(EVENT, text="trip")))
    anew = replace(SNAPSHOT, epoch="f", number=2, events=(replace(EVENT, text="up"),), event_numbers=(1,))
    told.stream.take(anew)
    told.picture = Picture(anew)
    gap, snapshot = parsed(told.listen("e:5").due())
    assert [(event.get("number"), event["text"]) for event in gap["events"]] == [(None, "trip"), (1, "up")]
    assert (gap["events_complete"], snapshot["id"]) == (False, "f:2")
    assert parsed(told.listen("g:5").due())[0]["events"] == []
    told.stream.take(replace(anew, epoch="h"))
    assert parsed(told.listen("e:5").due())[0]["events"] == [], "that was two lives ago"


def test_a_gap_names_the_addresses_where_its_samples_are() -> None:
    told = Told()
    engine = replace(ENGINE, reactor="ALD & MLD", simulated=True)
    told.picture = Picture(replace(SNAPSHOT, engine=engine))
    gap, _ = parsed(told.listen("other:5").due())
    assert "/api/history/samples?reactor=ALD+%26+MLD&simulated=true" in gap["samples"]
    assert "/api/history/events?reactor=ALD+%26+MLD&simulated=true" in gap["samples"]


def numbered(*events: tuple[int, str], number: int = 9) -> Snapshot:
    """A snapshot of the same engine, later on: the numbers and texts of its latest events."""
    told = tuple(replace(EVENT, text=text) for _, text in events)
    return replace(SNAPSHOT, number=number, events=told, event_numbers=tuple(each for each, _ in events))


def test_who_comes_back_to_a_web_process_that_began_anew_is_told_the_events_between() -> None:
    told = Told()
    told.stream = Stream()
    told.stream.take(numbered((3, "before"), (6, "trip"), (8, "abort")))
    gap, snapshot = parsed(told.listen("e:5").due())
    assert [(event["number"], event["text"]) for event in gap["events"]] == [(6, "trip"), (8, "abort")]
    assert (gap["events_complete"], snapshot["kind"]) == (True, "snapshot")


def test_events_that_the_engine_told_while_it_was_not_heard_are_told_once_afterwards() -> None:
    told = Told()
    told.send(EventTold(replace(EVENT, text="heard")))
    heard = told.listen("e:4")
    heard.due()
    told.stream.take(numbered((2, "before"), (5, "heard"), (7, "missed")))
    told.stream.send()
    gap, *_ = parsed(heard.due())
    assert [event["text"] for event in gap["events"]] == ["missed"]
    assert gap["events_complete"] is True


def test_events_that_nobody_kept_are_told_as_lost() -> None:
    told = Told()
    latest = [(1000 + n, str(n)) for n in range(EVENTS_KEPT)]
    told.stream.take(numbered(*latest, number=2000))
    told.stream.send()
    known, *_ = parsed(told.listen("e:1197").due())
    assert (known["events_complete"], [event["number"] for event in known["events"]]) == (True, [1198, 1199])
    lost, *_ = parsed(told.listen("e:900").due())
    assert (lost["events_complete"], len(lost["events"])) == (False, EVENTS_KEPT)


def test_a_slow_listener_holds_up_nobody_and_is_told_what_it_lost() -> None:
    told = Told()
    slow, quick = told.listen(), told.listen()
    slow.due()
    quick.due()
    for n in range(3 * RING):
        told.send(read(float(n)))
        assert parsed(quick.due())[-1]["values"]["chamber.pressure"][1] == n
    assert len(told.stream._ring) == RING
    gap, snapshot = parsed(slow.due())
    assert "slow" in gap["why"]
    assert snapshot["values"]["chamber.pressure"][1] == 3 * RING - 1
    told.send(read(-1.0))
    assert parsed(slow.due())[-1]["values"]["chamber.pressure"][1] == -1.0


def test_news_between_a_snapshot_and_its_message_are_not_lost() -> None:
    told = Told()
    before = told.picture.snapshot
    told.send(read(7.0))
    heard = Listener(told.stream, lambda: before, "")
    snapshot, *_, news = parsed(heard.due())
    assert (snapshot["id"], news["values"]["chamber.pressure"][1]) == ("e:4", 7.0)


@pytest.mark.parametrize("seen", [5, 6, 7, 8, 9, 10])
def test_whoever_comes_back_is_told_each_event_once_however_old_the_snapshot_is(seen: int) -> None:
    """Messages of one, two and three events; the snapshot stands anywhere among them, the last of them is under way."""
    told = Told()
    snapshots = {}
    for number in range(5, 11):
        told.tell(EventTold(replace(EVENT, text=str(number))))
        snapshots[number] = told.picture.snapshot
        if number in (5, 7):
            told.stream.send()
    heard = Listener(told.stream, lambda: snapshots[seen], "e:3")  # from before the ring: with a gap
    gap, snapshot, *news = parsed(heard.due())
    again = told.listen(snapshot["id"])
    told.stream.send()
    news += parsed(heard.due())
    events = [event["text"] for message in (gap, *news) for event in message.get("events", ())]
    assert events == ["5", "6", "7", "8", "9", "10"]
    assert [event["number"] for event in snapshot["events"][-1:]] == [seen]
    after = [event["text"] for message in parsed(again.due()) for event in message.get("events", ())]
    assert after == [event for event in events if int(event) > int(snapshot["id"].partition(":")[2])]


def test_a_gap_in_the_news_and_a_new_engine_are_told_to_all_who_listen() -> None:
    told = Told()
    told.values(2)
    heard = told.listen(f"e:{told.number}")
    anew: Snapshot = replace(SNAPSHOT, epoch="f", number=2, engine=replace(ENGINE, run=None))
    told.picture = Picture(anew)
    told.stream.take(anew)
    told.stream.send()
    gap, snapshot = parsed(heard.due())
    assert (gap["kind"], snapshot["id"], snapshot["engine"]["run"]) == ("gap", "f:2", None)
    assert "came up anew" in gap["why"]
    told.stream.lose("nobody answers")
    told.stream.send()
    assert parsed(heard.due())[-1] == {"kind": "lost", "id": None, "trouble": "nobody answers"}


def test_a_listener_says_what_state_the_run_is_in() -> None:
    told = Told()
    told.stream.send()
    heard = told.listen()
    heard.due()
    assert ENGINE.run is not None
    told.send(EngineChanged(replace(ENGINE, run=replace(ENGINE.run, state=RunState.HELD))))
    [news] = parsed(heard.due())
    assert news["engine"]["run"]["state"] == "HELD"
    assert "values" not in news


def test_where_a_dry_run_is_comes_beside_the_news_and_without_an_engine() -> None:
    told = Told()
    heard = told.listen()
    heard.due()
    told.stream.tell_dry_run("a", {"id": "a", "state": "running"})
    told.stream.tell_dry_run("a", {"id": "a", "state": "done"})
    told.stream.tell_dry_run("b", {"id": "b", "state": "running"})
    told.send(read(1.0))
    found = parsed(heard.due())
    assert [each["kind"] for each in found] == ["news", "dry-run", "dry-run"]
    assert [(each["id"], each["state"]) for each in found[1:]] == [("a", "done"), ("b", "running")]
    told.stream.lose("gone")
    told.stream.tell_dry_run("b", {"id": "b", "state": "failed"})
    told.stream.send()
    assert [each["kind"] for each in parsed(heard.due())] == ["lost", "dry-run"]
