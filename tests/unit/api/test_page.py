"""The page: what it shows, with every text of others escaped, and that it loads nothing from elsewhere."""

from dataclasses import replace

import pytest

from tests.unit.api.asking import asked, live
from tests.unit.link.test_codec import ENGINE, RUN, SNAPSHOT
from vapordep.accounts.people import Person
from vapordep.accounts.roles import Role
from vapordep.api.page import page
from vapordep.link.news import Interrupted
from vapordep.link.picture import Picture
from vapordep.model.alarms import AlarmState, AlarmView, Priority
from vapordep.model.events import Event, Kind

ANNA = Person("anna", Role.VIEWER)
HOSTILE = "<script>alert(1)</script>\"'&"
ALARM = AlarmView(HOSTILE, AlarmState.UNACK_ACTIVE, Priority.URGENT, HOSTILE, latching=True, present=True)


def test_the_page_shows_state_run_alarms_values_and_events() -> None:
    answer = asked("/plain")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    for shown in (
        "ARMED",
        "RUNNING",
        "36",
        "chamber.pressure",
        "3.5 Pa",
        "TMA.valve open: dose",
        "SIMULATION: no real reactor",
        "viewer",
    ):
        assert shown in answer.body.decode(), shown


def test_the_same_as_json_in_si() -> None:
    answer = asked("/live.json")
    assert answer.status == 200
    assert answer.json["run"]["state"] == "RUNNING"
    assert answer.json["values"]["chamber.pressure"]["value"] == 3.5


def test_every_text_of_others_is_escaped() -> None:
    run = replace(RUN, recipe=HOSTILE, reason=HOSTILE, step=HOSTILE, block=HOSTILE, prompt=HOSTILE, operator=HOSTILE)
    engine = replace(
        ENGINE, reactor=HOSTILE, substrate=HOSTILE, run=run, alarms=(ALARM,), silent=(HOSTILE,), trouble=HOSTILE,
        interrupted=Interrupted(HOSTILE, HOSTILE, "", ""),
    )  # fmt: skip
    tags = (replace(SNAPSHOT.tags[0], name=HOSTILE),)
    events = (Event(1.0, Kind.INSTRUMENT, HOSTILE),)
    text = page(HOSTILE, Picture(replace(SNAPSHOT, engine=engine, tags=tags, events=events)), HOSTILE, ANNA)
    assert text.count("<script") == 1  # the page's own
    assert "alert(1)&lt;/script&gt;" in text
    assert "\"'&" not in text


def test_without_an_engine_it_says_so() -> None:
    assert b"No engine" in asked("/plain", of=live(None)).body
    assert asked("/live.json", of=live(None)).status == 503


def test_an_engine_that_says_nothing_leaves_no_value_that_looks_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vapordep.link.picture.perf", lambda: 0.0)  # asked at once, on a busy machine too
    assert 'class="good"' in asked("/plain", of=live()).body.decode()
    silent = live()
    silent.trouble = "the engine of glovebox-ald did not answer within 5 s"
    text = asked("/plain", of=silent).body.decode()
    assert "did not answer" in text
    assert "what is shown is old" in text
    assert 'class="good"' not in text


def test_the_page_loads_nothing_from_elsewhere() -> None:
    whole = [
        asked("/plain").body.decode(),
        *(asked(path).body.decode() for path in ("/style.css", "/live.js", "/login", "/login.js")),
    ]
    for text in whole:
        assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace("// ", "")
