"""The page of alarms in Chromium: one is acknowledged with a note, and what was is told with who did what."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, obstacles, page_server
from tests.browser.test_reactor_page import Heard
from tests.unit.api.asking import PASSWORD, FarEnd
from tests.unit.history.conftest import TAGS
from tests.unit.history.test_idle import header
from tests.unit.link.test_codec import ALARM, ENGINE
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.link.orders import AcknowledgeAlarm
from vapordep.link.replies import Done
from vapordep.model.alarms import AlarmState, AlarmView
from vapordep.model.events import Event, Kind

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
ACKNOWLEDGED = "T1: stands, acknowledged"
S = AlarmState
TURNS = (
    (0.0, Kind.ALARM, "T1", S.NORMAL, S.UNACK_ACTIVE, {"priority": "URGENT", "after": None}),
    (1.0, Kind.ALARM, "F3", S.NORMAL, S.UNACK_ACTIVE, {"priority": "LOW", "after": "T1"}),
    (60.0, Kind.ALARM_STATE, "T1", S.UNACK_ACTIVE, S.ACK_ACTIVE, {"by": "Ada", "reason": "a loose plug"}),
    (90.0, Kind.ALARM_STATE, "T1", S.ACK_ACTIVE, S.LATCHED, {}),
    (95.0, Kind.ALARM_STATE, "T1", S.LATCHED, S.NORMAL, {"by": "Ben"}),
)

NOTES = """window.tones = 0;
const gain = { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect = (to) => to;
window.AudioContext = class {
  currentTime = 0;
  createGain = () => ({ gain, connect });
  createOscillator = () => ({ frequency: {}, connect, start: () => void window.tones++, stop() {} });
};"""
"""Counts the tones in place of playing them."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FarEnd]]:
    """An hour ago one alarm came, and another after it; one stands now."""
    history, began = tmp_path_factory.mktemp("history"), datetime.now(UTC) - timedelta(hours=1)
    recorder = IdleRecorder.begin(history, header("idle-a", began, simulated=ENGINE.simulated), TAGS, 0.0)
    for at, kind, id, was, state, data in TURNS:
        recorder.event(Event(at, kind, f"{id} as it was told", {"id": id, "was": was, "state": state, **data}))
    recorder.close(began + timedelta(seconds=100.0))
    alarm = replace(ALARM, id="T1", state=S.UNACK_ACTIVE)
    heard, end = Heard(engine=replace(ENGINE, alarms=(alarm,))), FarEnd(answer=Done("", ACKNOWLEDGED))
    accounts = Accounts.of(history)
    accounts.people.add("viewer", Role.TRAINEE, PASSWORD)
    with page_server(heard.live, accounts, engine=end) as (address, _):
        yield address, end


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_what_was_is_told_with_who_did_what(
    browser: Any, place: tuple[str, FarEnd], width: int, scheme: str
) -> None:  # fmt: skip
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        watched = Watched(page)
        logged_in(page, f"{place[0]}alarms")
        past = page.get_by_role("region", name="Alarms that were")
        trip = past.get_by_role("row", name="T1 as it was told")
        for part in ("▲ T1", "came first", "0:01:30", "Ada", "a loose plug", "reset by Ben"):
            playwright.expect(trip).to_contain_text(part, timeout=SOON)
        warning = past.get_by_role("row", name="F3 as it was told")
        for part in ("after T1", "still there", "nobody", "not over"):
            playwright.expect(warning).to_contain_text(part)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert obstacles(page) == []
    watched.asks_nobody_but(place[0])
    assert watched.said == []


def test_an_alarm_is_acknowledged_with_a_note_by_the_keyboard(browser: Any, place: tuple[str, FarEnd]) -> None:
    address, end = place
    with browser.new_context() as context:
        page = context.new_page()
        logged_in(page, f"{address}alarms")
        note = page.get_by_role("article").get_by_label("Note")
        note.fill("the plug is loose")
        note.press("Enter")
        playwright.expect(page.get_by_role("status").filter(has_text=ACKNOWLEDGED)).to_be_visible(timeout=SOON)
        playwright.expect(note).to_have_value("")
    assert AcknowledgeAlarm("T1", "viewer", "the plug is loose") in end.orders


def test_a_refusal_is_told_where_the_order_was_given(browser: Any, place: tuple[str, FarEnd]) -> None:
    refused = json.dumps({"type": "InputError", "message": "not now", "where": "", "remedy": "wait"})
    with browser.new_context() as context:
        page = context.new_page()
        logged_in(page, f"{place[0]}alarms")
        page.route(
            "**/acknowledge", lambda route: route.fulfill(status=400, body=refused, content_type="application/json")
        )
        card = page.get_by_role("article")
        card.get_by_label("Note").fill("a loose plug")
        card.get_by_role("button", name="Acknowledge").click()
        told = card.get_by_role("alert")
        playwright.expect(told).to_have_text("not now. What to do: wait", timeout=SOON)
        playwright.expect(card.get_by_label("Note")).to_have_value("a loose plug")


def test_after_the_password_an_order_says_what_was_seen_last(browser: Any, tmp_path: Path) -> None:
    """However long it took to type it: what is older than a few seconds would be refused."""
    alarm = replace(ALARM, id="T1", state=S.UNACK_ACTIVE)
    heard = Heard(engine=replace(ENGINE, alarms=(alarm,)))
    accounts = Accounts.of(tmp_path)
    accounts.people.add("viewer", Role.TRAINEE, PASSWORD)
    refused = json.dumps({"type": "NotConfirmed", "message": "not confirmed", "where": "", "remedy": "confirm"})
    seen: list[str] = []
    served = page_server(heard.live, accounts, engine=FarEnd(answer=Done("", ACKNOWLEDGED)))
    with heard.going_on(), served as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda asked: seen.append(asked.headers["seen"]) if "acknowledge" in asked.url else None)
        logged_in(page, f"{address}alarms")
        answer = {"status": 403, "body": refused, "content_type": "application/json"}
        page.route("**/acknowledge", lambda route: route.fulfill(**answer), times=1)
        page.get_by_role("button", name="Acknowledge").click(timeout=SOON)
        dialog = page.get_by_role("dialog")
        playwright.expect(dialog).to_be_visible(timeout=SOON)
        _abort_is_at_hand(page)
        told = heard.tell(alarms=(alarm,), armed=not ENGINE.armed)
        strip = page.get_by_label("Reactor and run")
        playwright.expect(strip).to_contain_text("disarmed" if ENGINE.armed else "ARMED", timeout=SOON)
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Confirm").click()
        playwright.expect(page.get_by_role("status").filter(has_text=ACKNOWLEDGED)).to_be_visible(timeout=SOON)
    first, second = (int(each.removeprefix("e:")) for each in seen)
    assert first < told <= second


def test_a_new_alarm_is_heard_once_where_that_is_wanted(browser: Any, tmp_path: Path) -> None:
    heard, accounts = Heard(), Accounts.of(tmp_path)
    accounts.people.add("viewer", Role.TRAINEE, PASSWORD)
    with page_server(heard.live, accounts) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(NOTES)
        logged_in(page, address)
        page.goto(f"{address}settings")

        def tones(*alarms: AlarmView) -> int:
            """How many so far, once the banner shows what the engine tells."""
            shown = f"told as number {heard.snapshot.number}"
            heard.tell(alarms=tuple(replace(alarm, text=shown) for alarm in alarms))
            playwright.expect(page.locator(".banner")).to_contain_text(shown, timeout=SOON)
            return int(page.evaluate("window.tones"))

        one, other = (replace(ALARM, id=id, state=S.UNACK_ACTIVE) for id in ("T1", "F3"))
        assert tones(one, other) == 0, "nobody wanted any"
        wanted = page.get_by_label("A new alarm is heard, once")
        with page.expect_response("**/api/me/preferences"):
            wanted.check()
        assert tones(one) == 0
        assert tones(one, other) == 2
        assert tones(one, other) == 2, "once"
        assert tones(one, replace(other, state=S.ACK_ACTIVE)) == 2, "it was acknowledged"
        assert tones(replace(one, state=S.UNACK_CLEARED)) == 2, "it is gone, and nobody has answered: not new"
        assert tones(one, other) == 4, "it was over, and came again"
        page.reload()
        playwright.expect(wanted).to_be_checked(timeout=SOON)
        assert tones(one) == 0, "what stood when the page was opened is not new"
        assert tones(one, other) == 2
        with page.expect_response("**/api/me/preferences"):
            wanted.uncheck()
        assert tones(one, other, replace(one, id="W1")) == 2


def _abort_is_at_hand(page: Any) -> None:
    """Also of whoever has only a mouse, while a dialog is open over all else."""
    page.route(
        "**/api/abort", lambda route: route.fulfill(body='{"done": "on its way"}', content_type="application/json")
    )
    for width, height in ((390, 600), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        abort, over = (page.locator(each).bounding_box() for each in ("#abort", "dialog"))
        assert abort["y"] + abort["height"] <= over["y"]
        with page.expect_request("**/api/abort", timeout=SOON):
            page.mouse.click(abort["x"] + abort["width"] / 2, abort["y"] + abort["height"] / 2)
    playwright.expect(page.locator("#said")).to_contain_text("on its way", timeout=SOON)
    playwright.expect(page.get_by_role("dialog")).to_be_visible()
