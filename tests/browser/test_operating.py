"""A run operated from the browser, in front of a served reactor: control, hold, restart, a trip and its alarm."""

import random
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
        ramp(serving, random.Random(1))  # noqa: S311 - no secrets
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(f"http://localhost:{port}/alarms")
            page.get_by_label("Name").fill("ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            strip = page.get_by_label("Reactor and run")
            playwright.expect(strip).to_contain_text("SIMULATION", timeout=SOON)
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
