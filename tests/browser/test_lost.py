"""A connection that is lost without a word: told within 3 s, tried anew, and what was missed is fetched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, logged_in, page_server
from tests.browser.silence import NOTED, NOW, is_told_in_time
from tests.browser.test_live_trends import LENGTH, told_page
from tests.browser.test_reactor_page import Heard
from tests.unit.link.test_codec import RUN

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
AT_ONCE = 8_000
"""ms: sooner than a connection that says nothing is given up for a new one."""
DEAF = (
    NOTED
    + """
window.streams = [];
window.EventSource = class extends EventSource {
  constructor(address) { super(address); streams.push(this); }
  addEventListener(kind, take) { super.addEventListener(kind, told => this.deaf || take(told)); }
}; 0"""
)
"""A connection may be made deaf, as one whose other end is gone without a word."""
GOES_DEAF = f"streams.at(-1).deaf = true; {NOW}"
SAMPLES = f"**/api/runs/{RUN.run_id}/samples?*"
SLEPT = "streams.at(-1).deaf = true; const now = Date.now.bind(Date); Date.now = () => now() + 3600e3; 0"
"""An hour passes of which the page's own clock knows nothing."""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Of a reactor that is heard."""
    heard = Heard()
    with heard.going_on(), page_server(heard.live) as (address, _), browser.new_context() as context:
        made = context.new_page()
        made.add_init_script(DEAF)
        logged_in(made, address, "Operator")
        playwright.expect(made.get_by_role("button", name="Take control")).to_be_enabled(timeout=SOON)
        playwright.expect(made.locator("#lost")).to_have_count(0)
        yield made


def is_told(page: Any, since: dict[str, float]) -> None:
    """A banner is there, then also that there is no connection, and nothing may be ordered."""
    is_told_in_time(page, since)
    playwright.expect(page.locator("#lost")).to_contain_text("No connection", timeout=SOON)
    playwright.expect(page.get_by_role("button", name="Take control")).to_be_disabled()


def test_a_network_that_goes_away_is_told_though_the_connection_knows_nothing_of_it(page: Any) -> None:
    take = page.get_by_role("button", name="Take control")
    take.focus()
    page.context.set_offline(True)
    is_told(page, page.evaluate(NOW))
    page.context.set_offline(False)
    playwright.expect(page.locator("#lost")).to_have_count(0, timeout=SOON)
    playwright.expect(take).to_be_focused(timeout=SOON)  # whoever has no mouse is where they were


def test_a_connection_on_which_nothing_comes_is_given_up_for_a_new_one(page: Any) -> None:
    is_told(page, page.evaluate(GOES_DEAF))
    playwright.expect(page.locator("#lost")).to_have_count(0, timeout=SOON)
    assert page.evaluate("streams.map(each => each.readyState === EventSource.CLOSED)") == [True, False]


def test_a_computer_that_slept_believes_nothing_of_before_and_asks_at_once(page: Any) -> None:
    page.evaluate(SLEPT)
    page.wait_for_function("() => streams.length === 2", timeout=AT_ONCE)
    playwright.expect(page.locator("#lost")).to_have_count(0, timeout=SOON)


def test_what_was_missed_is_asked_for(browser: Any, tmp_path: Path) -> None:
    with told_page(browser, tmp_path, DEAF) as (page, _, told):
        with page.expect_request(SAMPLES, timeout=SOON):  # of before the page was open
            told.tell(LENGTH - 50.0, 0.5)
        with page.expect_request(SAMPLES, timeout=SOON) as asked:
            since = page.evaluate(GOES_DEAF)
            told.tell(LENGTH, 0.75)
            is_told(page, since)
        span = parse_qs(urlsplit(asked.value.url).query)
        assert float(span["start"][0]) <= LENGTH - 50.0
        assert float(span["end"][0]) >= LENGTH - 1.0
