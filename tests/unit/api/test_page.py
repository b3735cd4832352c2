"""The page and its door: read only, for this computer, with every text of others escaped."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.link.test_codec import ENGINE, RUN, SNAPSHOT
from vapordep.api.application import application
from vapordep.api.door import HEADERS
from vapordep.api.live import Live
from vapordep.api.page import page
from vapordep.link.messages import EngineShown, Interrupted
from vapordep.link.picture import Picture
from vapordep.model.alarms import AlarmState, AlarmView, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.tags import Quality

PORT = 8740
HOSTILE = "<script>alert(1)</script>\"'&"
ALARM = AlarmView(HOSTILE, AlarmState.UNACK_ACTIVE, Priority.URGENT, HOSTILE, latching=True, present=True)


def live(engine: EngineShown | None = ENGINE) -> Live:
    made = Live(Path("/nowhere"), "glovebox-ald")
    if engine is not None:
        values = tuple(replace(value, quality=Quality.GOOD) for value in SNAPSHOT.values)
        made.picture, made.trouble = Picture(replace(SNAPSHOT, engine=engine, values=values)), ""
    return made


def asked(
    path: str,
    *,
    method: str = "GET",
    host: str | None = f"localhost:{PORT}",
    of: Live | None = None,
    kind: str = "http",
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request, as a server would hand it in."""
    headers = [] if host is None else [(b"host", host.encode())]
    scope = {
        "type": kind, "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": headers, "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", PORT), "client": None,
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(of or live(), PORT)(scope, receive, send))
    if kind != "http":
        return sent[0]["code"], {}, b""
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


def test_the_page_shows_state_run_alarms_values_and_events() -> None:
    status, headers, body = asked("/")
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    for shown in ("ARMED", "RUNNING", "36", "chamber.pressure", "3.5 Pa", "TMA.valve open: dose", "simulated"):
        assert shown in body.decode(), shown


def test_the_same_as_json_in_si() -> None:
    status, _, body = asked("/live.json")
    told = json.loads(body)
    assert status == 200
    assert told["run"]["state"] == "RUNNING"
    assert told["values"]["chamber.pressure"]["value"] == 3.5


@pytest.mark.parametrize(
    "path", ["/", "/live.json", "/style.css", "/live.js", "/icon.svg", "/none", "/../../etc/passwd"]
)
def test_every_answer_carries_the_headers(path: str) -> None:
    status, headers, _ = asked(path)
    assert status == (200 if "none" not in path and ".." not in path else 404)
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("path", ["/", "/live.json", "/none"])
@pytest.mark.parametrize("host", ["evil.test", f"evil.test:{PORT}", "localhost:80", "127.0.0.1.evil.test", "", None])
def test_a_request_meant_for_another_host_is_refused(path: str, host: str | None) -> None:
    assert asked(path, host=host)[0] == 400


@pytest.mark.parametrize("host", ["localhost", f"127.0.0.1:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"])
def test_names_of_this_computer_are_taken(host: str) -> None:
    assert asked("/", host=host)[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_nothing_can_be_ordered(method: str) -> None:
    status, _, body = asked("/", method=method)
    assert status == 405
    assert b"only shows" in body


def test_there_is_no_websocket() -> None:
    assert asked("/", kind="websocket")[0] == 1008


def test_every_text_of_others_is_escaped() -> None:
    run = replace(RUN, recipe=HOSTILE, reason=HOSTILE, step=HOSTILE, block=HOSTILE, prompt=HOSTILE, operator=HOSTILE)
    engine = replace(
        ENGINE, reactor=HOSTILE, substrate=HOSTILE, run=run, alarms=(ALARM,), silent=(HOSTILE,), trouble=HOSTILE,
        interrupted=Interrupted(HOSTILE, HOSTILE, "", ""),
    )  # fmt: skip
    tags = (replace(SNAPSHOT.tags[0], name=HOSTILE),)
    events = (Event(1.0, Kind.INSTRUMENT, HOSTILE),)
    text = page(HOSTILE, Picture(replace(SNAPSHOT, engine=engine, tags=tags, events=events)), HOSTILE)
    assert text.count("<script") == 1  # the page's own
    assert "alert(1)&lt;/script&gt;" in text
    assert "\"'&" not in text


def test_without_an_engine_it_says_so() -> None:
    assert b"No engine" in asked("/", of=live(None))[2]
    assert asked("/live.json", of=live(None))[0] == 503


def test_an_engine_that_says_nothing_leaves_no_value_that_looks_live() -> None:
    assert 'class="good"' in asked("/")[2].decode()
    silent = live()
    silent.trouble = "the engine of glovebox-ald did not answer within 5 s"
    text = asked("/", of=silent)[2].decode()
    assert "did not answer" in text
    assert "what is shown is old" in text
    assert 'class="good"' not in text


def test_the_page_loads_nothing_from_elsewhere() -> None:
    whole = [asked("/")[2].decode(), *(asked(path)[2].decode() for path in ("/style.css", "/live.js", "/icon.svg"))]
    for text in whole:
        assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace("// ", "")
