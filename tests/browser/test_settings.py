"""The settings in Chromium: what one prefers, accounts, sessions and tokens, what is installed, and the API."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, obstacles, page_server
from tests.browser.test_reactor_page import Heard
from tests.unit.api.asking import PASSWORD, FarEnd
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.link.judged import InterlockShown, InterlockState, TermShown
from vapordep.link.replies import Done
from vapordep.model.interlocks import Action

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
GROUND = "getComputedStyle(document.body).backgroundColor"
DARK = "rgb(17, 22, 27)"
KEPT = "**/api/me/preferences"
TERM = TermShown("stage.temperature < 450 degC", ("stage.temperature",), "true", "")
INTERLOCK = InterlockShown(
    "T2", InterlockState.FULFILLED, Action.SAFE, False, True, (), "", True, (TERM,), "The stage.", "None."
)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    made = Accounts.of(tmp_path)
    made.people.add("admin", Role.ADMIN, PASSWORD)
    return made


def test_colours_and_units_follow_their_person_and_everything_installed_is_told(
    browser: Any, accounts: Accounts
) -> None:
    heard, end = Heard(), FarEnd(answer=Done("", "", interlocks=(INTERLOCK,)))
    with (
        page_server(heard.live, accounts, engine=end) as (address, _),
        browser.new_context(color_scheme="light") as context,
        browser.new_context(color_scheme="light") as elsewhere,
    ):
        page = context.new_page()
        watched = Watched(page)
        logged_in(page, f"{address}settings", "Admin")
        playwright.expect(page.get_by_text("BSD-3-Clause").first).to_be_visible(timeout=SOON)
        page.get_by_text("Every address, for programs").click()
        playwright.expect(page.get_by_text("/api/run/verbs").first).to_be_visible(timeout=SOON)
        page.get_by_text("/api/interlocks/{interlock}/bypass").click()
        playwright.expect(page.get_by_text('{"duration":"30 min"')).to_be_visible()
        with page.expect_response(KEPT):
            page.get_by_role("button", name="dark").click()
        assert page.evaluate(GROUND) == DARK
        assert obstacles(page) == []
        with page.expect_response(KEPT):  # whoever goes on before breaks it off
            page.get_by_label("temperature").first.select_option("degF")
        page.goto(address)
        playwright.expect(page.locator("[data-thing='zone stage']")).to_contain_text("°F", timeout=SOON)
        page.goto(f"{address}alarms")
        page.get_by_text("T2 fulfilled").click()
        term = page.get_by_role("listitem").filter(has_text="true stage.temperature < 450").last
        playwright.expect(term).to_contain_text(re.compile(r"−457\.9\s°F \(−272\.1\s°C\)"), timeout=SOON)
        other = elsewhere.new_page()
        logged_in(other, address, "Admin")
        playwright.expect(other.locator("[data-thing='zone stage']")).to_contain_text("°F", timeout=SOON)
        assert other.evaluate(GROUND) == DARK
    watched.asks_nobody_but(address)
    assert watched.said == []


def test_an_admin_makes_an_account_a_token_that_is_shown_once_and_ends_a_session(
    browser: Any, accounts: Accounts
) -> None:
    with page_server(Heard().live, accounts) as (address, _), browser.new_context() as context:
        page = context.new_page()
        elsewhere = accounts.sessions.begin(accounts.people.named("admin"))
        logged_in(page, f"{address}settings", "Admin")
        page.get_by_text("Make an account …").click()
        form = page.locator("form", has_text="First password")
        form.get_by_label("Name").fill("Eva.Lind")
        form.get_by_label("Role").select_option("trainee")
        form.get_by_label("First password").fill(PASSWORD)
        form.get_by_role("button", name="Make the account").press("Enter")
        playwright.expect(page.get_by_text("eva.lind may log in now, as trainee")).to_be_visible(timeout=SOON)
        page.get_by_label("Role of eva.lind").select_option("engineer")
        playwright.expect(page.get_by_text("eva.lind is engineer now")).to_be_visible(timeout=SOON)
        page.get_by_label("Role of admin").select_option("viewer")
        playwright.expect(page.get_by_text("nobody would be left to keep the accounts")).to_be_visible(timeout=SOON)
        playwright.expect(page.get_by_label("Role of admin")).to_have_value("admin")
        page.get_by_label("The present one").fill("not that one")
        page.get_by_label("The new one").fill("some other words")
        page.get_by_role("button", name="Change the password").press("Enter")
        playwright.expect(page.get_by_role("status").filter(has_text="wrong")).to_be_visible(timeout=SOON)
        page.get_by_text("Make a token …").click()
        page.get_by_label("What it is for").fill("notebook")
        page.get_by_role("button", name="Make it").press("Enter")
        secret = page.locator("code.secret")
        playwright.expect(secret).to_be_visible(timeout=SOON)
        found = accounts.tokens.who(secret.inner_text())
        assert found is not None
        assert found[0].name == "admin"
        assert obstacles(page) == []
        page.get_by_role("button", name="I have kept it").click()
        playwright.expect(secret).to_have_count(0)
        page.get_by_role("button", name="Revoke the token notebook").first.click()
        playwright.expect(page.get_by_text("is revoked").first).to_be_visible(timeout=SOON)
        page.get_by_role("button", name="End it: session").first.click()
        playwright.expect(page.get_by_role("button", name="End it: session")).to_have_count(1, timeout=SOON)
        assert accounts.sessions.who(elsewhere) is None
