"""The plain page in Chromium: follows the engine, fits a phone, loads nothing from elsewhere, owns up to silence."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, SOON, Watched, logged_in, page_server
from tests.unit.api.asking import PORT, live
from tests.unit.api.test_page import HOSTILE
from tests.unit.link.test_codec import ENGINE, RUN, SNAPSHOT
from vapordep.api.live.live import Live
from vapordep.link.picture import Picture
from vapordep.model.run import RunState

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = MARKS


def refreshed(shown: Live, **changes: Any) -> None:
    """The engine tells something new."""
    with shown.lock:
        shown.picture = Picture(replace(SNAPSHOT, engine=replace(ENGINE, run=replace(RUN, **changes))))


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["a wide screen, light", "a phone, dark"]
)
def test_it_follows_the_engine_and_fits_the_screen(browser: Any, width: int, scheme: str, tmp_path: Path) -> None:
    shown = live()
    with page_server(shown) as (address, _), browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 800})
        watched = Watched(page)
        logged_in(page, f"{address}plain")
        playwright.expect(page.locator(".state")).to_have_text("RUNNING")
        refreshed(shown, state=RunState.HELD, reason=HOSTILE, step=HOSTILE)
        playwright.expect(page.locator(".state")).to_have_text("HELD", timeout=SOON)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(246, 247, 248)" if scheme == "light" else "rgb(17, 22, 27)")
    watched.asks_nobody_but(address)
    assert watched.said == []
    assert str(PORT) not in address


def test_a_page_without_its_server_says_so_and_strikes_every_value_through(browser: Any) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        with page_server(live()) as (address, _):
            logged_in(page, f"{address}plain")
            playwright.expect(page.locator("#lost")).to_be_hidden()
        playwright.expect(page.locator("#lost")).to_be_visible(timeout=SOON)
        line = page.evaluate("getComputedStyle(document.querySelector('tbody td span')).textDecorationLine")
        assert line == "line-through"


def test_a_wrong_password_is_told_abort_is_at_hand_and_logging_out_leads_back(browser: Any) -> None:
    with page_server(live()) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Name").fill("viewer")
        page.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#said")).to_contain_text("wrong", timeout=SOON)
        logged_in(page, f"{address}plain")
        page.get_by_role("button", name="ABORT").click()
        playwright.expect(page.locator("#said")).to_contain_text("no engine serves", timeout=SOON)
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{address}login")
        page.goto(f"{address}plain")
        assert page.url == f"{address}login?to=%2Fplain"
