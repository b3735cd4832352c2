"""The keyboard alone does everything: faceplates, text and table of recipes, dialogs that keep the focus, ABORT."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, logged_in, page_server
from tests.browser.test_lab import MANY_TABS, pressed
from tests.browser.test_reactor_page import Heard
from tests.browser.test_recipes import SHORT, written
from tests.unit.api.asking import PASSWORD, FarEnd
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.link.judged import InterlockShown, InterlockState, TermShown
from vapordep.link.replies import Done
from vapordep.model.interlocks import Action

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES, pytest.mark.timeout(300)]
WITHIN = "dialog => dialog.contains(document.activeElement) || document.activeElement === document.body"
AT = "() => document.activeElement.ariaLabel || document.activeElement.innerText || document.activeElement.className"
RING = "getComputedStyle(document.activeElement.querySelector('.box')).strokeWidth"
"""A thing of the mimic has no outline, but a thick frame."""
WRITES = "text => text === text.getRootNode().activeElement"
TERM = TermShown("chamber.pressure < 133 Pa", ("chamber.pressure",), "false", "2 kPa")
INTERLOCK = InterlockShown(
    "I1", InterlockState.UNMET, Action.SAFE, False, True, ("TMA.valve",), "", True, (TERM,), "The pump.", "Pump first."
)
"""Of a pump, and no hard one: it may be bypassed."""


@dataclass
class Place:
    address: str
    heard: Heard


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    history, heard = tmp_path_factory.mktemp("history"), Heard()
    heard.live.served = replace(heard.live.served, history=history)
    end = FarEnd(answer=Done("", "done", interlocks=(INTERLOCK,), token="1-a"))  # noqa: S106
    accounts = Accounts.of(history)
    accounts.people.add("ada", Role.ADMIN, PASSWORD)
    with page_server(heard.live, accounts, engine=end) as (address, _):
        yield Place(address, heard)


@pytest.fixture
def page(browser: Any, place: Place) -> Iterator[Any]:
    """Of somebody who wants things to keep still, and has no mouse."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        made = context.new_page()
        made.route("**/api/reactor/plumbing", lambda route: route.fulfill(body=place.heard.plumbing))
        logged_in(made, place.address, "ada")
        yield made


def test_a_faceplate_is_opened_read_and_closed_and_one_is_where_one_was(page: Any) -> None:
    playwright.expect(page.get_by_role("button", name="carrier, flow")).to_be_visible(timeout=SOON)
    for _ in range(MANY_TABS):
        page.keyboard.press("Tab")
        if str(page.evaluate(AT)).startswith("carrier, flow"):
            break
    assert page.evaluate(RING) == "3.5px", "it is seen where the focus is"
    page.keyboard.press("Space")
    plate = page.get_by_label("Faceplate of carrier")
    playwright.expect(plate.get_by_role("heading", level=2)).to_be_focused(timeout=SOON)
    pressed(page, "Close")
    playwright.expect(plate).to_have_count(0)
    playwright.expect(page.get_by_role("button", name="carrier, flow")).to_be_focused()


def test_a_recipe_is_written_moved_and_lengthened_in_text_table_and_wizard(page: Any, place: Place) -> None:
    page.goto(f"{place.address}recipes/shipped/al2o3_on_lithium")
    playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
    text = page.locator(".cm-content")
    playwright.expect(text).to_be_visible(timeout=SOON)
    for _ in range(MANY_TABS):
        page.keyboard.press("Tab")
        if text.evaluate(WRITES):
            break
    assert text.evaluate(WRITES)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(SHORT)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert not text.evaluate(WRITES), "the Tab key leaves the text"
    pressed(page, "choose pump, line 9", "Space")
    page.keyboard.press("ArrowDown")
    playwright.expect(page.get_by_label("choose flow, line 10")).to_be_checked()
    page.keyboard.press("Shift+Tab")
    while page.evaluate(AT) != "Up":  # back over the tools
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    pump, flow = "  - pump: {to: 80 Pa, within: 5 min}\n", "  - flow: {carrier: 20 sccm}\n"
    assert written(page) == SHORT.replace(pump + flow, flow + pump)
    pressed(page, "Cycle wizard")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.insert_text("Al2O3")
    page.keyboard.press("Enter")
    assert "layer: Al2O3" in written(page)
    assert written(page).count("- dose:") == 2


def test_a_dialog_keeps_the_focus_gives_it_back_and_abort_is_at_hand_meanwhile(page: Any, place: Place) -> None:
    refused = json.dumps({"type": "NotConfirmed", "message": "not confirmed", "where": "", "remedy": "confirm"})
    page.route("**/bypass", lambda route: route.fulfill(status=403, body=refused, content_type="application/json"))
    pressed(page, "Alarms")
    playwright.expect(page.get_by_text("The pump.")).to_be_visible(timeout=SOON)
    pressed(page, "◌ I1 unmet")
    pressed(page, "Bypass …")
    for word in ("30 min", "a test"):
        page.keyboard.press("Tab")
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(word)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Your password once more")
    playwright.expect(dialog.get_by_label("Password")).to_be_focused(timeout=SOON)
    for key in 6 * ["Tab"] + 6 * ["Shift+Tab"]:
        page.keyboard.press(key)
        assert dialog.evaluate(WITHIN), page.evaluate(AT)
    with page.expect_request("**/api/abort"):
        page.keyboard.press("Control+F8")
    page.keyboard.press("Escape")
    playwright.expect(dialog).to_have_count(0)
    playwright.expect(page.get_by_label("Why").first).to_be_focused()
