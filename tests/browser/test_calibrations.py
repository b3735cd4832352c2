"""The calibrations of a reactor on its page, in Chromium: each of the four kinds is entered and found again."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, logged_in, obstacles, page_server
from tests.unit.api.asking import PASSWORD, live
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
ENTERED = [
    ("foil offset", "stage", "-3.2 K", "0.5 K", "", "−3.2 K"), ("pulse area", "TMA", "64 Pa s", "", "", "64 Pa s"),
    ("zero", "gauge.pressure", "3 mTorr", "", "", "0.4 Pa"), ("pumping speed", "pump", "12 m3/h", "", "10 Pa", "12 m"),
]  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_each_kind_is_entered_and_found(browser: Any, tmp_path: Path, width: int, scheme: str) -> None:
    accounts = Accounts.of(tmp_path)
    accounts.people.add("operator", Role.OPERATOR, PASSWORD)
    accounts.people.add("viewer", Role.VIEWER, PASSWORD)
    with (
        page_server(live(), accounts) as (address, _),
        browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context,
    ):
        page = context.new_page()
        logged_in(page, address, "operator")
        section = page.locator("section", has=page.get_by_role("heading", name="Calibrations"))
        section.get_by_text("Enter a calibration").click(timeout=SOON)
        for name, subject, value, uncertainty, at, shown in ENTERED:
            section.get_by_role("combobox").select_option(name)
            section.get_by_label("Of which").fill(subject)
            section.get_by_label("Value with its unit").fill(value)
            section.get_by_label("Uncertainty").fill(uncertainty)
            if at:
                section.get_by_label("At the pressure").fill(at)
            section.get_by_label("Method").fill("by hand")
            section.get_by_role("button", name="Enter it").click()
            row = section.get_by_role("row", name=f"{name} of {subject}")
            playwright.expect(row).to_contain_text(shown.replace(" ", "\u202f"), timeout=SOON)
        playwright.expect(section.get_by_role("row", name="pumping speed")).to_contain_text("10\u202fPa")
        section.get_by_label("Of which").fill("pump")
        section.get_by_label("Value with its unit").fill("12 K")
        section.get_by_label("At the pressure").fill("10 Pa")
        section.get_by_label("Method").fill("by hand")
        section.get_by_role("button", name="Enter it").click()
        playwright.expect(section.get_by_role("alert")).to_contain_text("pumping speed", timeout=SOON)
        assert section.get_by_label("Value with its unit").input_value() == "12 K", "what was written stays"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert obstacles(page) == []
    with page_server(live(), accounts) as (address, _), browser.new_context() as context:
        page = context.new_page()
        logged_in(page, address, "viewer")
        section = page.locator("section", has=page.get_by_role("heading", name="Calibrations"))
        playwright.expect(section.get_by_role("row")).to_have_count(5, timeout=SOON)
        playwright.expect(section.get_by_text("Enter a calibration")).to_have_count(0)
