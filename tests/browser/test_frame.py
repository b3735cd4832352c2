"""The frame of every page: ABORT at one place whatever happens, and nothing typed is lost where a session ends."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, logged_in, page_server
from tests.browser.test_reactor_page import Heard
from tests.unit.api.asking import PASSWORD, house
from tests.unit.link.test_codec import ALARM, RUN
from vapordep.model.alarms import AlarmState
from vapordep.model.run import RunState

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
PAGES = (
    "/",
    "/recipes",
    "/recipes/shipped/al2o3_on_lithium",
    "/runs",
    f"/runs/{RUN.run_id}",
    "/compare",
    "/alarms",
    "/settings",
)
WIDTHS = (1280, 360)
GOES = "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }"
"""As a link of these pages does: what the page knows of the reactor stays."""
PLACE = """() => {
  const { x, y, width, height } = document.getElementById("abort").getBoundingClientRect();
  const found = document.elementFromPoint(x + width / 2, y + height / 2);
  return [x, y, width, height, found?.closest("#abort") !== null];
}"""
"""Where ABORT is, and whether a click at its middle finds it."""
AN_HOUR_AHEAD = "{ const now = Date.now.bind(Date); Date.now = () => now() + 3600e3; }"
LONG = "the stage is hotter than lithium bears, and nobody is there to see it. " * 3
SHAKEN = replace(ALARM, state=AlarmState.UNACK_ACTIVE, text=LONG, remedy=LONG)
STATES: dict[str, tuple[dict[str, Any], str]] = {
    "running": ({"simulated": False, "alarms": ()}, "RUNNING"),
    "demo": ({"simulated": True, "alarms": ()}, "SIMULATION: no real reactor"),
    "alarm": ({"simulated": False, "alarms": (SHAKEN,)}, "URGENT T1"),
    "trip": (
        {
            "simulated": False,
            "alarms": (SHAKEN,),
            "run": replace(RUN, state=RunState.HELD, reason=LONG),
            "trouble": LONG,
        },
        "HELD",
    ),
}


def moved(page: Any, where: dict[int, list[Any]], state: str) -> list[str]:
    """On which pages, at which widths, ABORT is not where it was before; notes where it is if nothing was noted yet."""
    found = []
    for path in PAGES:
        page.evaluate(GOES, path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            place = page.evaluate(PLACE)
            if place != where.setdefault(width, place) or not place[-1]:
                found.append(f"{state}, {path}, {width} px: {place} instead of {where[width]}")
    return found


def test_abort_stays_where_it_is_on_every_page_and_in_every_state(browser: Any) -> None:
    heard = Heard()
    where: dict[int, list[Any]] = {}
    with page_server(heard.live) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.route("**/api/reactor/plumbing", lambda route: route.fulfill(body=heard.plumbing))
        page.route("**/api/abort", lambda route: route.abort())
        with heard.going_on():
            logged_in(page, address)
            for state, (changes, told) in STATES.items():
                heard.tell(**changes)
                playwright.expect(page.locator("body")).to_contain_text(told, timeout=SOON)
                assert moved(page, where, state) == []
            page.keyboard.press("Control+F8")
            playwright.expect(page.locator("#said")).to_contain_text("DID NOT GET THROUGH", timeout=SOON)
            assert moved(page, where, "ABORT not heard") == []
        playwright.expect(page.locator("#lost")).to_contain_text("engine is not heard", timeout=SOON)
        assert moved(page, where, "lost engine") == []
        page.context.set_offline(True)
        playwright.expect(page.locator("#lost")).to_contain_text("No connection", timeout=SOON)
        assert moved(page, where, "lost connection") == []


def test_abort_of_the_plain_page_stays_where_it_is(browser: Any) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        with page_server(Heard().live) as (address, _):
            logged_in(page, f"{address}plain")
            before = page.evaluate(PLACE)
            page.route("**/api/abort", lambda route: route.abort())
            page.get_by_role("button", name="ABORT").click()
            playwright.expect(page.locator("#said")).to_contain_text("DID NOT GET THROUGH", timeout=SOON)
            assert page.evaluate(PLACE) == before
        playwright.expect(page.locator("#lost")).to_be_visible(timeout=SOON)
        assert page.evaluate(PLACE) == before


def test_times_of_day_are_those_of_the_reactor_where_the_clock_of_this_computer_is_wrong(browser: Any) -> None:
    heard = Heard()
    run = replace(RUN, waiting_for="stage.temperature > 98 degC", waiting=7.0)
    with heard.going_on(), page_server(heard.live) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(AN_HOUR_AHEAD)
        heard.tell(simulated=False, run=run)
        logged_in(page, f"{address}runs")
        strip = page.get_by_label("Reactor and run")
        playwright.expect(strip).to_contain_text(re.compile("1:00:0[0-3] ahead of the reactor's"), timeout=SOON)
        before, since = datetime.now(), strip.inner_text().partition("since ")[2][:5]  # noqa: DTZ005 - as the page does
        assert since in {f"{before - timedelta(seconds=ago):%H:%M}" for ago in (5, 60, 120)}


def test_who_logs_in_again_after_the_session_ended_finds_what_they_typed_and_nothing_was_ordered(browser: Any) -> None:
    heard, there = Heard(), house()
    with heard.going_on(), page_server(heard.live, there.accounts) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.route("**/api/reactor/plumbing", lambda route: route.fulfill(body=heard.plumbing))
        logged_in(page, f"{address}recipes/shipped/al2o3_on_lithium", "Operator")
        note = page.get_by_label("Note")
        note.fill("three foils, from the new roll")
        context.clear_cookies()
        page.get_by_role("button", name="Take control").evaluate("button => button.click()")  # beneath it, if it came
        dialog = page.get_by_role("dialog", name="Your session is over")
        playwright.expect(dialog).to_be_visible(timeout=SOON)
        page.keyboard.press("Escape")
        with page.expect_request("**/api/abort"):
            page.keyboard.press("Control+F8")
        playwright.expect(page.locator("#said")).to_contain_text("ABORT DID NOT GET THROUGH", timeout=SOON)
        dialog.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        playwright.expect(dialog).to_contain_text("wrong", timeout=SOON)
        dialog.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        playwright.expect(dialog).to_have_count(0, timeout=SOON)
        playwright.expect(page.get_by_label("Reactor and run")).to_contain_text("this was not done", timeout=SOON)
        assert note.input_value() == "three foils, from the new roll"
        assert [cookie["name"] for cookie in context.cookies()]
