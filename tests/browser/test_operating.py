"""A served reactor operated from the browser: outputs by hand, then a run, held and gone on with, a trip, its alarm."""

import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, obstacles
from tests.wall.killing import INTERLOCK, TIGHT, ramp, rig
from tests.wall.processes import answers, free_port, served, until
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.app.places import reactor_file
from vapordep.link.messages import ChangeLimit

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    *MARKS,
    NEEDS_PAGES,
    pytest.mark.skipif(sys.platform == "win32", reason="the guardian's pipes as POSIX knows them"),
]
PASSWORD = "a few good words"  # noqa: S105 - of nobody
SOON = 20_000
"""ms on a machine that is busy."""


def test_a_run_is_held_gone_on_with_and_tripped(browser: Any, tmp_path: Path) -> None:
    text = reactor_file("glovebox_ald").read_text(encoding="utf-8")
    file, port = tmp_path / "glovebox_ald.yaml", free_port()
    file.write_text(text.replace("\nsimulation:", INTERLOCK, 1), encoding="utf-8")
    Accounts.of(tmp_path / "history").people.add("ada", Role.OPERATOR, PASSWORD)
    with served(file, tmp_path) as simulated, rig(simulated, tmp_path, port=port) as serving:
        until(lambda: answers(port), serving.process)
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(f"http://localhost:{port}/")
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            strip = page.get_by_label("Reactor and run")
            playwright.expect(strip).to_contain_text("SIMULATION", timeout=SOON)
            by_hand(page, strip)
            ramp(serving, random.Random(1))  # noqa: S311 - no secrets
            page.get_by_role("link", name="Alarms").click()
            playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
            hold = strip.get_by_role("button", name="hold")
            playwright.expect(hold).to_be_disabled()
            playwright.expect(hold).to_have_attribute("title", "nobody has control: take it first")
            strip.get_by_role("button", name="Take control").click()
            playwright.expect(hold).to_be_enabled(timeout=SOON)
            hold.click()
            playwright.expect(strip).to_contain_text("HELD", timeout=SOON)
            strip.get_by_role("button", name="restart").click()
            playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
            serving.call(ChangeLimit(TIGHT, "walls.temperature", "40 degC", "Ada", "a test"))
            alarm = page.locator("article", has_text=TIGHT)
            playwright.expect(alarm).to_contain_text("not acknowledged", timeout=SOON)
            playwright.expect(strip).to_contain_text("ABORTED", timeout=SOON)
            assert simulated.is_safe()
            assert obstacles(page) == []
            alarm.get_by_role("button", name="Acknowledge").click()
            playwright.expect(alarm).to_contain_text("stands, acknowledged", timeout=SOON)
            playwright.expect(alarm.get_by_role("button", name="Reset")).to_be_disabled()


@pytest.mark.timeout(300)
def test_the_morning_after_an_interrupted_run_goes_on_and_control_goes_from_hand_to_hand(
    browser: Any, tmp_path: Path
) -> None:
    port, accounts = free_port(), Accounts.of(tmp_path / "history")
    for name in ("ada", "bea"):
        accounts.people.add(name, Role.OPERATOR, PASSWORD)
    with (
        served(reactor_file("glovebox_ald"), tmp_path) as simulated,
        rig(simulated, tmp_path, port=port) as serving,
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
        left.get_by_role("link", name="look at the run that goes on").click(timeout=SOON)
        playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
        playwright.expect(page.get_by_role("link", name=before.run.run_id)).to_be_visible(timeout=SOON)


def opened(page: Any, address: str, name: str) -> None:
    """As that person."""
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def by_hand(page: Any, strip: Any) -> None:
    """Arms, sets a flow and is refused a valve, by the keyboard alone; then all is as it was."""
    strip.get_by_role("button", name="Take control").press("Enter")
    arm = page.get_by_role("button", name="Arm", exact=True)
    playwright.expect(arm).to_be_enabled(timeout=SOON)  # once the page has heard who has control
    arm.press("Enter")
    playwright.expect(page.get_by_role("button", name="Disarm")).to_be_enabled(timeout=SOON)
    page.get_by_role("button", name="carrier, flow").press("Enter")
    setting = page.get_by_label("Set carrier.flow_setpoint")
    setting.get_by_role("textbox").fill("2500")
    playwright.expect(setting).to_contain_text("RANGE", timeout=SOON)
    playwright.expect(setting.get_by_role("button", name="Apply")).to_be_disabled()
    setting.get_by_role("textbox").fill("25")
    apply = setting.get_by_role("button", name="Apply: 25")
    playwright.expect(apply).to_be_enabled(timeout=SOON)
    apply.press("Enter")
    playwright.expect(page.locator("[data-thing='carrier.flow']")).to_contain_text("set 25", timeout=SOON)
    assert obstacles(page) == []
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_role("button", name="carrier, flow")).to_be_focused()
    page.get_by_role("button", name="H2O, valve").press("Enter")
    valve = page.get_by_label("Set H2O.valve")
    valve.get_by_role("button", name="open").press("Enter")
    playwright.expect(valve).to_contain_text("C3", timeout=SOON)
    playwright.expect(valve).to_contain_text("What to do")
    playwright.expect(valve.get_by_role("button", name="Apply")).to_be_disabled()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Disarm").press("Enter")
    playwright.expect(page.get_by_role("button", name="Arm", exact=True)).to_be_enabled(timeout=SOON)
    strip.get_by_role("button", name="Give it back").press("Enter")
