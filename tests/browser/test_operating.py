"""A served reactor whose engine dies: the morning after in the browser, and control that goes from hand to hand."""

import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, obstacles
from tests.wall.killing import RECIPE, ramp, rig
from tests.wall.processes import answers, free_port, served, until
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.app.places import reactor_file

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    *MARKS,
    NEEDS_PAGES,
    pytest.mark.skipif(sys.platform == "win32", reason="the guardian's pipes as POSIX knows them"),
]
PASSWORD = "a few good words"  # noqa: S105 - of nobody
HEATING = RECIPE.replace("within: 50 K", "within: 1 K")
"""Minutes before its first cycle."""


@pytest.mark.timeout(300)
def test_the_morning_after_an_interrupted_run_goes_on_and_control_goes_from_hand_to_hand(
    browser: Any, tmp_path: Path
) -> None:
    port, accounts = free_port(), Accounts.of(tmp_path / "history")
    for name in ("ada", "bea"):
        accounts.people.add(name, Role.OPERATOR, PASSWORD)
    with (
        served(reactor_file("glovebox_ald"), tmp_path) as simulated,
        rig(simulated, tmp_path, port=port, recipe=HEATING) as serving,
        browser.new_context() as context,
        browser.new_context() as another,
    ):
        until(lambda: answers(port), serving.process)
        ramp(serving, random.Random(1))  # noqa: S311 - no secrets
        before = serving.shown
        assert before.run is not None
        os.kill(before.pid, signal.SIGKILL)
        serving.meet(before.pid)
        page, other = context.new_page(), another.new_page()
        opened(page, f"http://localhost:{port}/runs", "ada")
        page.get_by_role("link", name="look at it").click(timeout=SOON)
        left = page.locator("section.after")
        playwright.expect(left).to_contain_text("whole cycles", timeout=SOON)
        playwright.expect(left).to_contain_text("Al2O3 0 of 200")
        playwright.expect(left.get_by_role("radio", name="cap")).to_be_disabled()
        playwright.expect(left).to_contain_text("its recipe has no section")
        assert obstacles(page) == []
        opened(other, f"http://localhost:{port}/runs/{before.run.run_id}", "bea")
        theirs = other.get_by_label("Reactor and run")
        theirs.get_by_role("button", name="Take control").click(timeout=SOON)
        strip = page.get_by_label("Reactor and run")
        playwright.expect(strip).to_contain_text("bea has control", timeout=SOON)
        left.get_by_role("radio", name="continue").check()
        playwright.expect(left.get_by_role("button", name="Decide: continue")).to_be_disabled()
        strip.get_by_role("button", name="Take over").click()
        playwright.expect(theirs).to_contain_text("ada has control", timeout=SOON)
        serving.read()
        left.get_by_role("button", name="Decide: continue").click(timeout=SOON)
        page.get_by_role("link", name="look at the run that goes on").click(timeout=SOON)
        playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
        playwright.expect(page.get_by_role("link", name=before.run.run_id)).to_be_visible(timeout=SOON)


def opened(page: Any, address: str, name: str) -> None:
    """As that person."""
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
