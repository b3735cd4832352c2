"""`alarms history`: alarms of the past in words and as JSON, out of the record alone, as the API tells them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.conftest import run
from tests.unit.api.test_runs import Get, get
from tests.unit.history.conftest import TAGS
from tests.unit.history.test_idle import header
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.model.events import Event, Kind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SPAN = ("--since", "2026-11-23", "--until", "2026-11-23T13:00")
__all__ = ["get"]


def changed(at: float, id: str, state: str, was: str, text: str, **more: str) -> Event:
    kind = Kind.ALARM if state == "UNACK_ACTIVE" else Kind.ALARM_STATE
    return Event(at, kind, text, {"id": id, "state": state, "was": was, "after": None, **more})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """One alarm that was answered and went, then two that stand."""
    recorder = IdleRecorder.begin(tmp_path, header("idle-a", NOON), TAGS, 0.0)
    pressure, flow = "P2: gauge[0].pressure is 2 kPa, limit < 1 kPa", "F3: carrier.flow_ratio is 120 %, limit < 110 %"
    for event in (
        changed(10.0, "P2", "UNACK_ACTIVE", "NORMAL", pressure, priority="URGENT"),
        changed(20.0, "P2", "UNACK_CLEARED", "UNACK_ACTIVE", "P2 is gone"),
        changed(30.0, "P2", "NORMAL", "UNACK_CLEARED", "P2 acknowledged", by="Ada", reason="the lid was open"),
        changed(40.0, "F3", "UNACK_ACTIVE", "NORMAL", flow, priority="LOW"),
        changed(50.0, "T4", "UNACK_ACTIVE", "NORMAL", "T4: EG.temperature is BAD", priority="HIGH"),
    ):
        recorder.event(event)
    recorder.close(NOON + timedelta(seconds=60.0))
    return tmp_path


def ids(place: Path, *words: str) -> list[str]:
    return [each["id"] for each in run("alarms", "history", "--history", str(place), *SPAN, *words, "--json").json]


def test_the_past_is_told_as_the_api_tells_it(place: Path, get: Get) -> None:
    told = run("alarms", "history", "--history", str(place), *SPAN, "--json").json
    until = quote((NOON + timedelta(hours=1)).isoformat())
    assert told == get(f"/api/alarms/history?reactor=glovebox-ald&since=2026-11-23T00:00:00Z&until={until}").json
    assert [each["id"] for each in told] == ["T4", "F3", "P2"]
    assert (told[2]["lasted_s"], told[2]["acknowledged"]["why"]) == (10.0, "the lid was open")


def test_only_what_was_asked_for(place: Path) -> None:
    assert ids(place, "--priority", "high") == ["T4", "P2"]
    assert ids(place, "--priority", "URGENT") == ["P2"]
    assert ids(place, "--tag", "gauge[0].pressure") == ["P2"]
    assert ids(place, "--tag", "F3") == ["F3"]
    assert ids(place, "--tag", "pressure") == [], "a tag is meant whole"
    assert ids(place, "--tag", "carrier.flow") == []
    assert ids(place, "--since", "2026-11-23T12:00:45") == ["T4"]
    assert ids(place, "--until", "2026-11-23T14:00:35+02:00") == ["P2"]
    assert ids(place, "--simulated", "--reactor", "glovebox-ald") == []


def test_in_words(place: Path) -> None:
    out = run("alarms", "history", "--history", str(place), *SPAN).out
    assert out.startswith("glovebox-ald: 3 alarms from ")
    assert "URGENT  P2: gauge[0].pressure is 2 kPa, limit < 1 kPa" in out
    assert "stood for 0:00:10; acknowledged by Ada at" in out
    assert "(the lid was open); in idle-a" in out
    assert "stood as long as is recorded; not acknowledged; in idle-a" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--priority", "loud"), "one of low, high, urgent"),
        (("--since", "yesterday"), "--since: 'yesterday' is no time"),
        (("--since", "2026-11-24"), "the span ends before it begins"),
    ],
)
def test_what_is_none_is_refused(place: Path, words: tuple[str, ...], told: str) -> None:
    ended = run("alarms", "history", "--history", str(place), *SPAN, *words)
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err


def test_an_empty_history(tmp_path: Path) -> None:
    ended = run("alarms", "history", "--history", str(tmp_path))
    assert ended.status == 2
    assert "nothing was recorded yet" in ended.err
