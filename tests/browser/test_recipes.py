"""The pages of recipes in Chromium: found, checked as one types, saved as the lab's own, and tried dry."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, obstacles, page_server
from tests.unit.api.asking import PASSWORD, live
from tests.unit.api.test_page import HOSTILE
from tests.unit.api.test_runs import record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
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


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Of one test, or of one try of it: what is saved here is not there yet."""
    return tmp_path


@pytest.fixture
def address(history: Path) -> Iterator[str]:
    shown = live()
    shown.served = replace(shown.served, history=history)
    accounts = Accounts.of(history)
    accounts.people.add("engineer", Role.ENGINEER, PASSWORD)
    with page_server(shown, accounts) as (served, _):
        yield served


def test_the_list_tells_expected_films_and_last_runs(browser: Any, address: str, history: Path) -> None:
    record(history, "a-1", recipe_name="Al2O3 on lithium, 4 nm", started="2026-11-23T14:00:00+00:00")
    record(history, "a-2", recipe_name="Al2O3 on lithium, 4 nm", started="2026-11-24T14:00:00+00:00")
    with opened(browser, address, "recipes") as page:
        row = page.get_by_role("row", name="Al2O3 on lithium, 4 nm")
        playwright.expect(row).to_contain_text("4.26 nm", timeout=SOON)
        playwright.expect(row).to_contain_text("2026-11-24")
        playwright.expect(row.get_by_role("link", name="COMPLETE")).to_have_attribute("href", "/runs/a-2")
        playwright.expect(page.get_by_role("row", name="pDMAMS on lithium, 100 nm")).to_contain_text(
            "not on this", timeout=SOON
        )
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert obstacles(page) == []
        prefer(page, address, {"length": "angstrom"})
        playwright.expect(row).to_contain_text("42.6 Å", timeout=SOON)
        prefer(page, address, {})
        row.get_by_role("link", name="all 2").press("Enter")
        playwright.expect(page.get_by_text("2 found")).to_be_visible(timeout=SOON)


def prefer(page: Any, address: str, units: dict[str, str]) -> None:
    """As on the page of settings, and looks anew."""
    body = {"theme": "", "units": units, "sound": False}
    answer = page.request.post(f"{address}api/me/preferences", data=body, headers={"origin": address.rstrip("/")})
    assert answer.ok, answer.text()
    page.reload()


CYCLE = """
  - repeat: 12
    name: alumina
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 80 ms}
      - purge: {for: 40 s}
      - dose: {source: H2O, pulse: 30 ms}
      - purge: {for: 60 s}
"""


@contextmanager
def opened(browser: Any, address: str, path: str) -> Iterator[Any]:
    """A page of an engineer that says nothing on its console and asks nobody else."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        watched = Watched(page)
        logged_in(page, f"{address}{path}", "engineer")
        yield page
    watched.asks_nobody_but(address)
    assert watched.said == []


def write(page: Any, text: str) -> None:
    """In place of all that stands in the editor."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def written(page: Any) -> str:
    """The whole text, as long as all of its lines are in sight: others are not drawn."""
    return "\n".join(page.locator(".cm-line").all_text_contents())


def test_a_recipe_is_written_checked_saved_and_tried(browser: Any, address: str) -> None:
    with opened(browser, address, "recipes") as page:
        page.get_by_label("Search").fill("4 nm")
        page.get_by_role("link", name="Al2O3 on lithium, 4 nm").click()
        passes = page.get_by_text("● passes")
        playwright.expect(passes).to_be_visible(timeout=SOON)
        playwright.expect(page.get_by_role("img", name="One cycle")).to_be_visible(timeout=SOON)
        assert obstacles(page) == []
        write(page, SHORT.replace("80 Pa", "80"))
        playwright.expect(page.get_by_text("▲ refused")).to_be_visible(timeout=SOON)
        playwright.expect(page.locator(".cm-lint-marker-error")).to_be_visible()
        page.get_by_role("button", name="line 9").click()
        selected = "document.querySelector('.place').shadowRoot.getSelection().toString()"
        assert page.evaluate(selected) == "  - pump: {to: 80, within: 5 min}"
        write(page, SHORT)
        playwright.expect(passes).to_be_visible(timeout=SOON)
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
        playwright.expect(page.get_by_text("fit to run")).to_be_visible(timeout=SOON)
        playwright.expect(page.locator("figure canvas").first).to_be_visible(timeout=SOON)
        page.get_by_role("link", name="look at it").click(timeout=SOON)
        playwright.expect(page.get_by_role("heading", level=1)).to_have_text("short", timeout=SOON)
        playwright.expect(page.get_by_text("long = 3 s")).to_be_visible()
        again = page.get_by_role("link", name="Run it again")
        playwright.expect(again).to_have_attribute("href", "/recipes/own/short?long=3+s", timeout=SOON)
        playwright.expect(page.get_by_text("The recipe is as it was.")).to_be_visible()
        again.click()
        playwright.expect(page.get_by_label("long")).to_have_value("3 s")


CONDITION = "long}\n- wait: {until: chamber.pressure < 2 "


def test_what_may_stand_there_is_offered(browser: Any, address: str) -> None:
    with opened(browser, address, "recipes/shipped/al2o3_on_lithium") as page:
        playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
        write(page, SHORT)
        page.keyboard.press("Control+End")
        page.keyboard.type("  - ")
        page.keyboard.press("Control+Space")
        options = page.locator(".cm-tooltip-autocomplete li")
        playwright.expect(options).to_have_count(12, timeout=SOON)
        assert obstacles(page) == []
        page.keyboard.type("do")
        playwright.expect(options.first).to_contain_text("dose", timeout=SOON)
        options.first.click()  # Enter counts only once it could be read
        assert written(page).endswith("  - dose: {source: TMA, pulse: 50 ms}")
        for typed, offered in (
            ("\n- heat: {", "stage"),
            ("stage: 120 ", "degC"),
            ("degC, rate: $", "$long"),
            (CONDITION, "Torr"),
        ):
            page.keyboard.type(typed)
            playwright.expect(options.filter(has_text=offered).first).to_be_visible(timeout=SOON)


def test_the_table_and_the_wizard_write_the_same_text(browser: Any, address: str) -> None:
    with opened(browser, address, "recipes/shipped/al2o3_on_lithium") as page:
        playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
        text = SHORT.replace("  - flow:", "  # argon, as ever\n  - flow:")
        write(page, text)
        page.get_by_label("for, line 12").fill("5 s")
        page.get_by_label("for, line 12").press("Tab")
        assert written(page) == text.replace("{for: $long}", "{for: 5 s}")
        page.get_by_label("for, line 12").fill("$long")
        page.get_by_label("for, line 12").press("Tab")
        page.get_by_label("choose flow, line 11").check()
        page.get_by_role("button", name="Up").click()
        head, _, steps = text.partition("steps:\n")
        pump, remark, flow, purge = steps.splitlines(keepends=True)
        assert written(page) == f"{head}steps:\n{remark}{flow}{pump}{purge}"
        page.get_by_role("button", name="Down").click()
        assert written(page) == text
        page.get_by_text("Cycle wizard").click()
        for label, value in (("How many", "12"), ("Name", "alumina"), ("Layer", "Al2O3"), ("A: pulse", "80 ms")):
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("A: source").select_option("TMA")
        page.get_by_label("B: source").select_option("H2O")
        page.get_by_role("button", name="Add it at the end").click()
        assert written(page) == text + CYCLE.removeprefix("\n")
        page.get_by_label("Cycle", exact=True).select_option("alumina, line 13")
        page.get_by_label("B: purge").fill("75 s")
        page.get_by_role("button", name="Change this cycle").click()
        assert written(page) == text + CYCLE.removeprefix("\n").replace("60 s", "75 s")
        page.get_by_label("Name", exact=True).fill("oxide")
        page.get_by_role("button", name="Change this cycle").click()
        assert written(page).count("name: oxide") == 1
        playwright.expect(page.get_by_role("button", name="Change this cycle")).to_be_enabled()  # it is the same cycle
        assert obstacles(page) == []


def test_versions_are_compared_and_brought_back(browser: Any, address: str) -> None:
    with opened(browser, address, "recipes/shipped/al2o3_on_lithium") as page:
        playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
        write(page, SHORT)
        page.get_by_label("Save as the lab's own").fill("twice")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(f"{address}recipes/own/twice")
        playwright.expect(page.locator(".cm-content")).to_be_visible(timeout=SOON)
        write(page, SHORT.replace("20 sccm", "25 sccm"))
        page.get_by_label("Why").fill(HOSTILE)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Version 1").click(timeout=SOON)
        changes = page.get_by_role("region", name="From version 1")
        playwright.expect(changes.locator("tr.added")).to_contain_text("25 sccm", timeout=SOON)
        playwright.expect(changes.locator("tr.taken")).to_contain_text("20 sccm")
        playwright.expect(page.get_by_text(HOSTILE)).to_be_visible()
        page.get_by_role("button", name="Bring version 1 back").click()
        assert written(page) == SHORT
        other = page.context.new_page()
        other.goto(f"{address}recipes/own/twice")
        playwright.expect(other.locator(".cm-content")).to_contain_text("25 sccm", timeout=SOON)
        page.get_by_role("button", name="Save").click()
        playwright.expect(page.get_by_text("Saved as version 3")).to_be_visible(timeout=SOON)
        write(other, SHORT.replace("20 sccm", "30 sccm"))
        other.get_by_role("button", name="Save").click()
        playwright.expect(other.get_by_text("look at the difference, then save again")).to_be_visible(timeout=SOON)
        assert "30 sccm" in written(other), "what was written stays"
        playwright.expect(other.get_by_role("button", name="Version 3")).to_be_visible(timeout=SOON)
        other.get_by_role("button", name="Save").click()
        playwright.expect(other.get_by_text("Saved as version 4")).to_be_visible(timeout=SOON)
