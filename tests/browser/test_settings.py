"""The settings in Chromium: colours and units of one's own, who has an account, what is installed, and the API."""

from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, logged_in, obstacles, page_server
from tests.browser.test_reactor_page import Heard

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
GROUND = "getComputedStyle(document.body).backgroundColor"
DARK = "rgb(17, 22, 27)"


def test_colours_and_units_are_kept_and_everything_installed_is_told(browser: Any) -> None:
    heard, asked = Heard(), []
    with page_server(heard.live) as (address, _), browser.new_context(color_scheme="light") as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        logged_in(page, f"{address}settings", "Admin")
        playwright.expect(page.get_by_text("BSD-3-Clause").first).to_be_visible(timeout=SOON)
        playwright.expect(page.get_by_role("listitem").filter(has_text="trainee").first).to_be_visible(timeout=SOON)
        page.get_by_text("Every address, for programs").click()
        playwright.expect(page.get_by_text("/api/run/verbs").first).to_be_visible(timeout=SOON)
        assert obstacles(page) == []
        page.get_by_role("button", name="dark").click()
        assert page.evaluate(GROUND) == DARK
        assert obstacles(page) == []
        page.get_by_label("temperature").first.select_option("degF")
        page.goto(address)
        playwright.expect(page.locator("[data-thing='zone stage']")).to_contain_text("°F", timeout=SOON)
        assert page.evaluate(GROUND) == DARK
    assert [url for url in asked if not url.startswith(address)] == []
