"""A day in the laboratory, in Chromium over real processes: first login, a recipe, its runs, a trip and its reset."""

import csv
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.lab import COOL, HOT, Lab, lab
from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, obstacles
from tests.browser.test_recipes import write
from tests.wall.killing import TIGHT
from tests.wall.processes import PATIENCE, VAPORDEP
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.first_run import first_secret
from vapordep.history.queries import History
from vapordep.model.run import RunState

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [
    *MARKS,
    NEEDS_PAGES,
    pytest.mark.skipif(sys.platform == "win32", reason="the link's sockets lie in a folder"),
    pytest.mark.timeout(300),
]
PASSWORD = "a few good words"  # noqa: S105 - of nobody
MANY_TABS = 150
IN_DETAIL = re.compile(r"/samples\?.*&start=[\d.]+&end=")
TREND = '[data-thing="TMA.valve"] .spark'
OPENED = """trend => new MutationObserver(() => window.opened ||= /,1\\.0(L|$)/.test(trend.getAttribute("d")))
  .observe(trend, { attributes: true })"""
"""The small trend of a valve goes up to where it is open, however short that was; 10 s later it is out of sight."""
BEHIND_THE_FIRST = re.compile(r"cycle of alumina\s*([2-9]|\d\d+) of 2000")
"""A busy machine looks seldom, and may miss the second cycle."""
RECIPE = """recipe: 1
name: quick
process: ALD
substrate: silicon
status: unverified
parameters:
  cycles: {default: 2, low: 1, high: 2000}
steps:
  - pump: {to: 80 Pa, within: 5 min}
  - flow: {carrier: 20 sccm}
  - repeat: $cycles
    name: alumina
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 100 ms}
      - purge: {for: 10 s}
"""
REACHED = """(at, event) => addEventListener(
  event, ({ target }) => (window.reached = at.contains(target)), { capture: true, once: true }
)"""
FOCUSED = f"""() => {{
  const at = document.activeElement, shown = getComputedStyle(at);
  const name = at.ariaLabel || at.labels?.[0]?.innerText || at.innerText || "";
  window.reached = false;
  ({REACHED})(at, "keydown");
  const outlined = shown.outlineStyle !== "none" && parseFloat(shown.outlineWidth) > 1;
  return [name.trim(), outlined, at.ariaDisabled !== "true"];
}}"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def page(browser: Any, place: Lab) -> Iterator[Any]:
    """The page of the first person, by the link that is printed for them; it never complains, and asks nobody else."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        made = context.new_page()
        watched = Watched(made)
        made.goto(f"{place.address}first#{first_secret(Accounts.of(place.history).store)}")
        made.get_by_label("Name").fill("ada")
        made.get_by_label("Password").first.fill(PASSWORD)
        made.keyboard.press("Enter")
        playwright.expect(made.get_by_role("link", name="ada · admin")).to_be_visible(timeout=SOON)
        yield made
    watched.asks_nobody_but(place.address)
    assert watched.complaints == []


def test_a_recipe_is_written_tried_and_run_held_gone_on_with_and_stopped(page: Any, place: Lab) -> None:
    strip = page.get_by_label("Reactor and run")
    playwright.expect(strip).to_contain_text("SIMULATION", timeout=SOON)
    page.get_by_role("link", name="Recipes").click()
    page.get_by_role("link", name="Al2O3 on lithium, 4 nm").click()
    playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
    write(page, RECIPE)
    page.get_by_label("Save as the lab's own").fill("quick")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{place.address}recipes/own/quick")
    page.get_by_role("button", name="Dry run on").click(timeout=SOON)
    playwright.expect(page.get_by_role("link", name="look at it")).to_be_visible(timeout=SOON)
    playwright.expect(page.get_by_text("fit to run").or_(page.get_by_text("fit with doubts"))).to_be_visible()
    page.get_by_label("cycles").fill("2000")
    must = page.get_by_role("list", name="What must be so")
    playwright.expect(must).to_contain_text("nobody has control", timeout=SOON)
    struck(page, strip.get_by_role("button", name="Take control"), "click")
    playwright.expect(must).to_contain_text("nothing stands against a run", timeout=SOON)
    page.get_by_label("Samples on the stage").fill("Si-1, Si-2")
    page.get_by_label("Note").fill("the first of its kind")
    playwright.expect(page.get_by_role("button", name="Start the run")).to_be_disabled()
    page.get_by_label("I have looked at the reactor").check()
    struck(page, page.get_by_role("button", name="Start the run"), "click")
    playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
    playwright.expect(strip).to_contain_text(BEHIND_THE_FIRST, timeout=SOON)
    for verb, state in (("hold", "HELD"), ("restart", "RUNNING"), ("stop", "STOPPED")):
        strip.get_by_role("button", name=verb).click(timeout=SOON)
        playwright.expect(strip).to_contain_text(state, timeout=SOON)
    last = next(iter(History(place.history).runs()))
    assert [sample.id for sample in last.header.samples] == ["Si-1", "Si-2"]
    assert last.header.notes["note"] == "the first of its kind"


def test_a_sequence_of_the_reactor_is_started_once_its_permissives_were_looked_at(page: Any, place: Lab) -> None:
    """By the keyboard alone; without control it is told why not."""
    page.goto(place.address)
    strip = page.get_by_label("Reactor and run")
    take_control(page)
    struck(page, strip.get_by_role("button", name="Give it back"))
    row = page.get_by_role("listitem").filter(has_text="dilutes what is left in chamber and foreline")
    row.locator("summary").press("Enter")
    playwright.expect(row).to_contain_text("nobody has control", timeout=SOON)
    playwright.expect(row).to_contain_text("pump_purge: {cycles: 5")
    start = row.get_by_role("button", name="Start line purge …")
    start.press("Enter")
    playwright.expect(page.get_by_role("dialog")).to_have_count(0)
    take_control(page)
    playwright.expect(row).to_contain_text("nothing stands against a start", timeout=SOON)
    struck(page, start)
    dialog = page.get_by_role("dialog", name="Start line purge")
    playwright.expect(dialog.get_by_role("list", name="Permissives")).to_contain_text("EG.valve", timeout=SOON)
    assert obstacles(page) == []
    page.keyboard.press("Escape")
    playwright.expect(start).to_be_focused()
    struck(page, start)
    playwright.expect(dialog.get_by_role("button", name="Start line purge")).to_be_disabled()
    pressed(page, "I have looked at the reactor", "Space")
    pressed(page, "Start line purge")
    playwright.expect(strip).to_contain_text("line_purge of glovebox-ald", timeout=SOON)
    playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
    pressed(page, "stop")
    playwright.expect(strip).to_contain_text("STOPPED", timeout=SOON)


def test_outputs_are_set_by_hand_and_what_stands_against_one_is_told_before(page: Any, place: Lab) -> None:
    """By the keyboard alone; then all is as it was."""
    page.goto(place.address)
    strip = page.get_by_label("Reactor and run")
    take_control(page)
    arm = page.get_by_role("button", name="Arm", exact=True)
    struck(page, arm)
    playwright.expect(page.get_by_role("button", name="Disarm")).to_be_enabled(timeout=SOON)
    page.get_by_role("button", name="carrier, flow").press("Enter")
    setting = page.get_by_label("Set carrier.flow_setpoint")
    setting.get_by_role("textbox").fill("2500")
    playwright.expect(setting).to_contain_text("RANGE", timeout=SOON)
    playwright.expect(setting.get_by_role("button", name="Apply")).to_be_disabled()
    setting.get_by_role("textbox").fill("25")
    apply = setting.get_by_role("button", name="Apply: 25")
    struck(page, apply)
    playwright.expect(page.locator("[data-thing='carrier.flow']")).to_contain_text("set 25", timeout=SOON)
    assert obstacles(page) == []
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_role("button", name="carrier, flow")).to_be_focused()
    page.get_by_role("button", name="H2O, valve").press("Enter")
    valve = page.get_by_label("Set H2O.valve")
    struck(page, valve.get_by_role("button", name="open"))
    playwright.expect(valve).to_contain_text("C3", timeout=SOON)
    playwright.expect(valve).to_contain_text("What to do")
    playwright.expect(valve.get_by_role("button", name="Apply")).to_be_disabled()
    page.keyboard.press("Escape")
    struck(page, page.get_by_role("button", name="Disarm"))
    playwright.expect(page.get_by_role("button", name="Arm", exact=True)).to_be_enabled(timeout=SOON)
    struck(page, strip.get_by_role("button", name="Give it back"))
    playwright.expect(strip).to_contain_text("Nobody has control")


def test_a_run_is_begun_trips_and_is_reset_by_the_keyboard_alone(page: Any, place: Lab) -> None:
    strip = page.get_by_label("Reactor and run")
    page.goto(f"{place.address}recipes/own/quick?cycles=2000")
    playwright.expect(page.get_by_text("● passes")).to_be_visible(timeout=SOON)
    take_control(page)
    must = page.get_by_role("list", name="What must be so")
    playwright.expect(must).to_contain_text("nothing stands against a run", timeout=SOON)
    pressed(page, "I have looked at the reactor", "Space")
    pressed(page, "Start the run")
    playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
    place.limit(COOL)
    playwright.expect(strip).to_contain_text("ABORTED", timeout=SOON)
    pressed(page, "See and acknowledge")
    alarm = page.locator("article", has_text=TIGHT)
    playwright.expect(alarm).to_contain_text("stands, not acknowledged", timeout=SOON)
    pressed(page, "Acknowledge")
    playwright.expect(alarm).to_contain_text("stands, acknowledged", timeout=SOON)
    playwright.expect(alarm.get_by_role("button", name="Reset")).to_be_disabled()
    place.limit(HOT)
    playwright.expect(alarm).to_contain_text("gone, to be reset", timeout=SOON)
    pressed(page, "Reset")
    playwright.expect(alarm).to_have_count(0, timeout=SOON)
    pressed(page, "reset")
    playwright.expect(strip).to_contain_text("no run", timeout=SOON)
    page.go_back()
    playwright.expect(must).to_contain_text("nothing stands against a run", timeout=SOON)


def take_control(page: Any) -> None:
    """By the keyboard, unless this page has it still."""
    playwright.expect(page.get_by_label("Reactor and run")).to_contain_text("control", timeout=SOON)
    if page.get_by_role("button", name="Take control").is_visible():
        pressed(page, "Take control")


def struck(page: Any, button: Any, event: str = "keydown") -> None:
    """By Enter, or clicked, as soon as it may be: for moments it is off, as a busy engine is not heard for some."""
    page.evaluate("window.reached = false")
    while not page.evaluate("reached"):
        playwright.expect(button).to_be_enabled()
        button.evaluate(REACHED, event)
        if event == "click":
            button.click()
        else:
            button.press("Enter")


def pressed(page: Any, name: str, key: str = "Enter") -> None:
    """Goes there by the Tab key, as somebody without a mouse does, sees that it may be pressed, and presses a key."""
    give_up, tabs = time.monotonic() + SOON / 1000, 0
    while tabs < MANY_TABS or time.monotonic() < give_up:
        tabs += 1
        page.keyboard.press("Tab")
        told, outlined, may_be = page.evaluate(FOCUSED)
        if told.startswith(name) and may_be:
            assert outlined, f"nothing shows that {name} has the focus"
            page.keyboard.press(key)
            if page.evaluate("reached"):  # else it was off for a moment, and lost the focus
                return
    pytest.fail(f"no Tab leads to {name}, or it may not be pressed")


def test_cycles_are_laid_over_each_other_runs_compared_and_their_files_opened(page: Any, place: Lab) -> None:
    ended = [run for run in History(place.history).runs() if run.state in (RunState.STOPPED, RunState.COMPLETE)]
    ids = [run.run_id for run in ended if run.header.recipe_name == "quick"]  # a sequence has no cycles
    page.goto(f"{place.address}runs/{ids[0]}")
    cycles = page.locator("section", has=page.get_by_role("heading", name="Cycles of alumina"))
    playwright.expect(cycles.locator("figure canvas")).to_be_visible(timeout=SOON)
    cycles.get_by_role("slider").fill("1")
    playwright.expect(cycles.locator("figcaption")).to_contain_text("cycle 2")
    with page.expect_download() as given:
        page.get_by_role("link", name="All pulses as CSV").click()
    with given.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with History(place.history).open_recording(History(place.history).only(ids[0])) as recording:
        pulses = recording.pulses()
    assert len(rows) == len(pulses) > 1
    assert {row["source"] for row in rows} == {"TMA"}
    page.goto(f"{place.address}compare?run={ids[0]}&run={ids[1]}&align=cycle")
    playwright.expect(page.locator("figure canvas")).to_be_visible(timeout=SOON)
    with page.expect_request(IN_DETAIL, timeout=SOON):
        page.get_by_role("button", name="closer").press("Enter")
    playwright.expect(page.get_by_role("row", name="TMA: pulses")).to_contain_text(str(len(pulses)))
    playwright.expect(page.get_by_text("the same text as the first")).to_be_visible()
    assert obstacles(page) == []


def test_hand_valves_are_proven_by_a_test_pulse_before_a_run(page: Any, place: Lab) -> None:
    """By the keyboard alone, and from the command line; water is not let onto bare lithium for that."""
    page.goto(f"{place.address}recipes/own/quick")
    must = page.get_by_role("list", name="What must be so")
    playwright.expect(must).to_contain_text("the gauge saw its latest dose", timeout=SOON)
    take_control(page)
    playwright.expect(must).to_contain_text("None now: arm the reactor first", timeout=SOON)
    playwright.expect(page.get_by_role("button", name="Test pulse of TMA")).to_be_disabled()
    pressed(page, "on the reactor's page")
    arm = page.get_by_role("button", name="Arm", exact=True)
    struck(page, arm)
    playwright.expect(page.get_by_role("button", name="Disarm")).to_be_enabled(timeout=SOON)
    while not _steady(place):
        pass
    told = subprocess.run([*VAPORDEP, "prove", "H2O", "--json"], capture_output=True, timeout=PATIENCE, check=False)
    [found] = json.loads(told.stdout)["hand_valves"]
    assert (told.returncode, found["shown"]) == (1, "refused"), told.stderr
    assert "C3" in found["done"]
    page.go_back()
    beside = page.context.new_page()
    beside.goto(place.address)
    beside.locator(TREND).evaluate(OPENED)
    playwright.expect(page.get_by_role("button", name="Test pulse of TMA")).to_be_enabled(timeout=SOON)
    pressed(page, "Test pulse of TMA")
    playwright.expect(must).to_contain_text("hand valve open, by the test pulse of", timeout=SOON)
    playwright.expect(must.get_by_role("status")).to_contain_text("its hand valve is open")
    assert obstacles(page) == []
    assert [each.source for each in place.shown.hand_valves] == ["TMA"]
    page.get_by_role("link", name="Reactor", exact=True).click()
    beside.wait_for_function("window.opened", timeout=SOON)
    beside.close()
    struck(page, page.get_by_role("button", name="Disarm"))
    playwright.expect(page.get_by_role("button", name="Arm", exact=True)).to_be_enabled(timeout=SOON)


def _steady(place: Lab) -> bool:
    """Whether the safe flow of the carrier has filled the chamber."""
    first, second = (place.value("chamber.pressure") for _ in range(2))
    return abs(first - second) < 0.2 and second > 50.0
