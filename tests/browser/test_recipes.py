"""The pages of recipes in Chromium: found, checked as one types, saved as the lab's own, and tried dry."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, logged_in, obstacles, page_server
from tests.unit.api.asking import PASSWORD, live
from vapordep.accounts import passwords
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
SOON = 30_000
"""ms for a check, and for a short dry run, on a machine that is busy."""
SHORT = """recipe: 1
name: short
process: ALD
substrate: silicon
status: unverified
parameters:
  long: {default: 2 s, low: 1 s, high: 10 s}
steps:
  - pump: {to: 80 Pa, within: 5 min}
  - flow: {carrier: 20 sccm}
  - purge: {for: $long}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        history, shown = tmp_path_factory.mktemp("history"), live()
        shown.served = replace(shown.served, history=history)
        accounts = Accounts.of(history)
        accounts.people.add("engineer", Role.ENGINEER, PASSWORD)
        with page_server(shown, accounts) as (served, _):
            yield served


def test_a_recipe_is_written_checked_saved_and_tried(browser: Any, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        logged_in(page, f"{address}recipes", "engineer")
        page.get_by_label("Search").fill("4 nm")
        page.get_by_role("link", name="Al2O3 on lithium, 4 nm").click()
        text = page.get_by_label("Text of the recipe")
        playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
        assert obstacles(page) == []
        text.fill(SHORT.replace("80 Pa", "80"))
        playwright.expect(page.get_by_text("▲ refused")).to_be_visible(timeout=SOON)
        page.get_by_role("button", name="line 9").click()
        assert page.evaluate("getSelection().toString()") == "  - pump: {to: 80, within: 5 min}"
        text.fill(SHORT)
        playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
        playwright.expect(page.get_by_role("button", name="Dry run on")).to_be_disabled()
        page.get_by_label("Save as the lab's own").fill("short")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(f"{address}recipes/own/short")
        page.get_by_label("long").fill("20 s")
        playwright.expect(page.get_by_text("▲ refused")).to_be_visible(timeout=SOON)
        page.get_by_label("long").fill("3 s")
        dry = page.get_by_role("button", name="Dry run on")
        playwright.expect(dry).to_be_enabled(timeout=SOON)
        dry.click()
        page.get_by_role("link", name="look at it").click(timeout=SOON)
        playwright.expect(page.get_by_role("heading", level=1)).to_have_text("short", timeout=SOON)
        playwright.expect(page.get_by_text("long = 3 s")).to_be_visible()
