"""The codec: every message comes back as it was, and nothing else gets through."""

import dataclasses
import json
import math
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapordep.errors import LinkError
from vapordep.link.codec import LONGEST, decode, encode
from vapordep.link.film import FilmShown, KnownBy
from vapordep.link.news import EngineShown, EventTold, News, RunShown, Snapshot, TagShown, Value, ValuesRead
from vapordep.link.orders import AskRun, Order, Request, StartRun, TakeSnapshot
from vapordep.link.replies import Done, Refused, Reply
from vapordep.model.alarms import AlarmState, AlarmView, Priority
from vapordep.model.amendments import CyclesAmendment, PurgeAmendment
from vapordep.model.events import Event, Kind
from vapordep.model.run import Decision, Mode, RunState, SampleOnStage, Verb
from vapordep.model.tags import Quality

EVENT = Event(3.25, Kind.COMMAND, "TMA.valve open: dose", {"tag": "TMA.valve", "value": 1.0, "why": None, "n": 3})
RUN = RunShown(
    "20261126-100000-abcdef", "alumina", Mode.DRY_RUN, "lithium", "Ada", "2026-11-26T10:00:00+00:00",
    RunState.RUNNING, "started", (Verb.PAUSE, Verb.ABORT), {Verb.CAP: "no cap"}, cycle=3, cycles=36, left=120.5,
    film=FilmShown(2.5e-10, 4e-9, KnownBy.CYCLES), shipped=True,
)  # fmt: skip
ALARM = AlarmView("T1", AlarmState.LATCHED, Priority.URGENT, "foil too hot", latching=True, present=False, raised=2.5)
ENGINE = EngineShown(
    "glovebox-ald", True, 7, "2026-11-26T09:00:00+00:00", True, False, "lithium", "/h", run=RUN, alarms=(ALARM,)
)
SNAPSHOT = Snapshot(
    "e", 4, 12.5, ENGINE, (TagShown("chamber.pressure", "Pa", "pressure", False, None),),
    (Value("chamber.pressure", 12.0, 3.5, Quality.UNCERTAIN),), (EVENT,),
)  # fmt: skip


@pytest.mark.parametrize("order", [kind for kind in get_args(Order)], ids=lambda kind: kind.__name__)
def test_every_order_comes_back_as_it_was(order: Any) -> None:
    example: dict[str, Any] = {"float": 1.5, "str": "a", "Verb": Verb.HOLD, "Decision": Decision.CAP}
    given = {f.name: example[getattr(f.type, "__name__", "")] for f in dataclasses.fields(order) if _needed(f)}
    request = Request("1", 2.0, order(**given))
    assert decode(encode(request), Request) == request


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (Done("1", "armed", snapshot=SNAPSHOT), Reply),
        (Refused("1", "NotArmed", "not armed", "here", "arm"), Reply),
        (News("e", 5, 1.0, EventTold(EVENT)), News),
        (Request("3", 1.0, AskRun(Verb.AMEND, "Ada", "", CyclesAmendment("main", -5))), Request),
        (Request("4", 1.0, AskRun(Verb.AMEND, "Ada", "", PurgeAmendment("TMA", factor=1.5))), Request),
        (
            Request(
                "2", 1.0, StartRun("/r.yaml", "ab", "Ada", {"cycles": "3"}, (SampleOnStage("Li-1", "", area=1.0),))
            ),
            Request,
        ),
    ],
    ids=lambda item: type(item).__name__,
)
def test_messages_come_back_as_they_were(message: Any, kind: Any) -> None:
    assert decode(encode(message), kind) == message


@pytest.mark.parametrize("missing", [math.nan, math.inf, -math.inf])
def test_a_missing_value_is_null_on_the_wire_and_never_zero(missing: float) -> None:
    news = News("e", 1, 1.0, ValuesRead((Value("chamber.pressure", 1.0, missing, Quality.BAD),)))
    data = encode(news)
    assert json.loads(data)["body"]["values"][0]["value"] is None
    body = decode(data, News).body
    assert isinstance(body, ValuesRead)
    assert math.isnan(body.values[0].value)


def test_what_json_does_not_know_is_not_sent() -> None:
    with pytest.raises(LinkError, match="cannot be sent"):
        encode(Refused("1", "RunError", b"bytes"))  # type: ignore[arg-type]
    with pytest.raises(LinkError, match="bytes"):
        encode(Refused("1", "RunError", "x" * LONGEST))


GOOD = json.loads(encode(Request("1", 2.0, AskRun(Verb.HOLD, "Ada"))))
START = {"type": "StartRun", "recipe": "/r.yaml", "reactor_sha256": "ab", "by": "Ada"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"expires": "soon"}, "a number"),
        ({"expires": True}, "a number"),
        ({"expires": 10**400}, "too large"),
        ({"number": 1}, "str"),
        ({"extra": 1}, "unknown"),
        ({"type": "Done"}, "not Request"),
        ({"order": {"type": "Reboot"}}, "one of"),
        ({"order": {"type": "AskRun", "verb": "explode", "by": "Ada"}}, "explode"),
        ({"order": {"type": "AskRun", "verb": "hold"}}, "missing"),
        ({"order": None}, "None"),
        ({"order": []}, "none of"),
        ({"order": {**START, "samples": [{"type": "Tag"}]}}, r"type of the message.order.samples\[0\] is 'Tag', not"),
    ],
)
def test_what_is_no_message_is_refused_and_says_why(change: dict[str, Any], told: str) -> None:
    with pytest.raises(LinkError, match=told):
        decode(json.dumps({**GOOD, **change}).encode(), Request)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00\xff", b"null", b"[]", b"1e999", b'{"type":"Request"}', b"[" * 100_000,
        b'{"number":"1","number":"2"}',
        b'{"type":"Request","number":"1","expires":NaN,"order":{"type":"TakeSnapshot"}}',
        b'{"type":"Request","number":"\\ud800","expires":Infinity,"order":{}}', b" " * (LONGEST + 1),
    ],
    ids=range(11),
)  # fmt: skip
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(LinkError, match="not a message"):
        decode(data, Request)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_message_or_a_link_error(data: bytes) -> None:
    with pytest.raises(LinkError):
        decode(data, Request)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_message_with_one_part_changed_never_raises_anything_else(data: st.DataObject) -> None:
    plain = json.loads(encode(Done("1", snapshot=SNAPSHOT)))
    at = plain
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = data.draw(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just([])
    )
    try:
        made = decode(json.dumps(plain).encode(), Reply)  # type: ignore[arg-type]
    except LinkError:
        return
    assert isinstance(made, Done)


def test_the_snapshot_order_is_as_small_as_can_be() -> None:
    assert decode(encode(Request("1", 2.0, TakeSnapshot())), Request).order == TakeSnapshot()
