"""The morning after, in Chromium over real processes: engine and guardian are killed, served again, and decided on."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, Watched, logged_in, obstacles
from tests.unit.api.asking import PASSWORD
from tests.wall.processes import FLOODED, PATIENCE, Served, answers, free_port, served, signalled, started, until
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.app.places import reactor_file
from vapordep.errors import NoEngine
from vapordep.history.queries import History
from vapordep.link.client import Client, found
from vapordep.link.news import EngineShown
from vapordep.link.orders import AcknowledgeAlarm, Order, ResetAlarm, StartRun
from vapordep.model.alarms import STANDING, UNANSWERED
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import Decision, RunState
from vapordep.reactor import read_reactor

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    *MARKS,
    NEEDS_PAGES,
    pytest.mark.skipif(sys.platform == "win32", reason="kill as POSIX knows it"),
    pytest.mark.timeout(600),
]
SOON = 90_000
"""ms on a machine that is busy."""
CYCLES = 40
RECIPE = f"""recipe: 1
name: overnight
process: ALD
substrate: silicon
status: unverified
steps:
  - pump: {{to: 80 Pa, within: 2 min}}
  - flow: {{carrier: 20 sccm}}
  - repeat: {CYCLES}
    name: alumina
    layer: Al2O3
    steps:
      - dose: {{source: TMA, pulse: 300 ms}}
      - purge: {{for: 3 s}}
cap:
  - repeat: 20
    name: closing
    steps:
      - dose: {{source: TMA, pulse: 300 ms}}
      - purge: {{for: 3 s}}
"""


@dataclass
class Night:
    """A simulated reactor that stays, whatever becomes of the processes that serve it."""

    simulated: Served
    history: Path
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}/"

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """`vapordep serve`, once it is heard and its page answers."""
        while engine() is not None:  # that of a guardian killed a moment ago sees it, and makes all safe before it goes
            time.sleep(0.1)
        options = [str(self.simulated.file), "--history", str(self.history), "--port", str(self.port)]
        with started("serve", *options, into=self.folder / "serve.log") as process:
            until(lambda: engine() is not None and answers(self.port), process, FLOODED)
            yield process

    def breaks_off(self) -> str:
        """A run whose engine and guardian are killed in its third cycle."""
        recipe = self.folder / "overnight.yaml"
        recipe.write_text(RECIPE, encoding="utf-8")
        with self.serving() as process:
            until(lambda: not answered(), process, FLOODED)
            order(StartRun(str(recipe), read_reactor(self.simulated.file).sha256, "ada"))
            until(lambda: cycle() >= 3, process, FLOODED)
            now = engine()
            assert now is not None
            assert now.run is not None
            signalled(signal.SIGKILL, process.pid, now.pid)
            process.wait(PATIENCE)
        return now.run.run_id


def engine() -> EngineShown | None:
    """What the engine of the time tells; None where there is none."""
    try:
        with closing(Client(found())) as client:
            return client.snapshot(PATIENCE).engine
    except NoEngine:
        return None


def cycle() -> int:
    """In which the run is."""
    now = engine()
    return now.run.cycle if now is not None and now.run is not None else 0


def order(wanted: Order) -> None:
    with closing(Client(found())) as client:
        client.call(wanted, PATIENCE)


def answered() -> bool:
    """Answers what stands from before; whether something did."""
    now = engine()
    standing = [alarm for alarm in (now.alarms if now else ()) if alarm.state in STANDING and alarm.latching]
    for alarm in standing:
        if alarm.state in UNANSWERED:
            order(AcknowledgeAlarm(alarm.id, "ada"))
        if not alarm.present:
            order(ResetAlarm(alarm.id, "ada"))
    return bool(standing) or now is None


def whole_cycles(night: Night, run: str) -> re.Pattern[str]:
    """As the page must tell them: of the last one that was begun nobody knows whether its purge was over."""
    with History(night.history).open_recording(run) as recording:
        given = sum(isinstance(pulse, PulseRecord) for pulse in recording.pulses())
    assert given >= 2
    return re.compile(rf"alumina ({given - 1}|{given}) of {CYCLES}")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    with served(reactor_file("glovebox_ald"), folder, lasting=3000.0) as simulated:
        made = Night(simulated, folder / "history", folder, free_port())
        Accounts.of(made.history).people.add("ada", Role.OPERATOR, PASSWORD)
        yield made


@pytest.mark.parametrize("decision", list(Decision))
def test_a_run_that_was_killed_is_decided_upon(browser: Any, night: Night, decision: Decision) -> None:
    run = night.breaks_off()
    with (
        night.serving() as process,
        browser.new_context(viewport={"width": 1280, "height": 900}) as context,
    ):
        page = context.new_page()
        watched = Watched(page)
        logged_in(page, night.address, "ada")
        strip = page.get_by_label("Reactor and run")
        playwright.expect(strip).to_contain_text("A run was interrupted", timeout=SOON)
        strip.get_by_role("link", name="look at it").click()
        page.wait_for_url(f"{night.address}runs/{run}")
        after = page.locator("section", has=page.get_by_role("heading", name="The run ended before its plan"))
        playwright.expect(after).to_contain_text(whole_cycles(night, run), timeout=SOON)
        playwright.expect(after).to_contain_text("dose TMA 300 ms, alumina")
        for name in ("foil at most", "exposure since", "it would go on"):
            playwright.expect(after.locator("dt", has_text=name)).to_be_visible()
        assert obstacles(page) == []
        until(lambda: not answered(), process, FLOODED)
        decide = after.get_by_role("button", name="Decide")
        playwright.expect(decide).to_be_disabled()
        strip.get_by_role("button", name="Take control").click(timeout=SOON)
        after.get_by_role("radio", name=decision.value).check(timeout=SOON)
        after.get_by_label("Why").fill("the power was cut")
        after.get_by_role("button", name=f"Decide: {decision}").click(timeout=SOON)
        playwright.expect(page.get_by_text(f"ada decided to {decision} it")).to_be_visible(timeout=SOON)
        playwright.expect(after).to_have_count(0)
        _is_so(page, night, run, decision)
        assert watched.complaints == []


def _is_so(page: Any, night: Night, run: str, decision: Decision) -> None:
    """In the history, and on the page."""
    history = History(night.history)
    made = history.only(run).decided
    assert made is not None
    assert (made.decision, made.person, made.reason) == (decision, "ada", "the power was cut")
    newest = next(iter(history.runs()))
    if decision is Decision.DISCARD:
        assert newest.run_id == run
        playwright.expect(page.get_by_label("Reactor and run")).not_to_contain_text("interrupted", timeout=SOON)
        return
    assert newest.header.parent == run
    page.get_by_role("link", name="look at the run that goes on").click(timeout=SOON)
    page.wait_for_url(f"{night.address}runs/{newest.run_id}")
    playwright.expect(page.get_by_role("link", name=run)).to_be_visible(timeout=SOON)
    strip = page.get_by_label("Reactor and run")
    playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
    assert newest.state is not RunState.INTERRUPTED
