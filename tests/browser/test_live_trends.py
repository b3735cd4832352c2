"""The trends of a run that goes on, in Chromium: what comes is drawn and told at once, and what is drawn stays."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.storage import header
from tests.browser.served import MARKS, NEEDS_PAGES, SOON, logged_in, page_server
from tests.browser.silence import NOTED, NOW, is_told_in_time
from tests.unit.api.asking import PASSWORD, live
from tests.unit.link.test_codec import ENGINE, RUN
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.api.live.live import Live
from vapordep.history.recordings.recorder import Recorder
from vapordep.link.news import EngineChanged, News, Snapshot, TagShown, Value, ValuesRead
from vapordep.link.picture import Picture
from vapordep.model.batches import Batch
from vapordep.model.run import RunState
from vapordep.model.tags import Quality

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
TAGS = ("TMA.flow", "argon.flow")
LENGTH, HZ = 204.0, 10.0  # s; the axis ends at 208 s
DRAWN, NEWEST = "figure .u-wrap > canvas:first-of-type", "figure canvas.newest"
PICTURE = "canvas => canvas.toDataURL()"


class Told:
    """What an engine tells of a run that goes on."""

    def __init__(self, shown: Live) -> None:
        """Of its beginning."""
        self.shown, self.number = shown, 0
        engine = replace(ENGINE, run=replace(RUN, elapsed=LENGTH))
        self.snapshot = Snapshot(
            "e", 0, LENGTH, engine, tuple(TagShown(tag, "", "fraction", False, None) for tag in TAGS), ()
        )
        shown.picture = Picture(self.snapshot)
        shown.stream.take(self.snapshot)

    def tell(self, at: float, value: float) -> None:
        """Each tag's value at an instant of the run."""
        run = replace(RUN, elapsed=at)
        values = tuple(Value(tag, at, value, Quality.GOOD) for tag in TAGS)
        self.news(at, ValuesRead(values))
        self.news(at, EngineChanged(replace(ENGINE, run=run)))

    def news(self, at: float, body: ValuesRead | EngineChanged) -> None:
        """Anything else, at an instant of the run."""
        self.number += 1
        news = News("e", self.number, at, body)
        with self.shown.lock:
            assert self.shown.picture is not None
            self.shown.picture.take(news)
        self.shown.stream.take(news)


@contextmanager
def recording(folder: Path) -> Iterator[None]:
    """A run that has recorded both tags between -1 and 1."""
    recorder = Recorder.open(folder, replace(header(), run_id=RUN.run_id))
    times = np.arange(0.0, LENGTH, 1 / HZ)
    good = np.zeros(len(times), np.uint8)
    recorder.publish([Batch(tag, times, np.sin(times), good) for tag in TAGS])
    recorder.tick(LENGTH)
    recorder.commit()
    yield
    recorder.abandon()


@contextmanager
def told_page(browser: Any, folder: Path, script: str = "") -> Iterator[tuple[Any, str, Told]]:
    """Somebody who has logged in while that run goes on, the address, and who tells the page more."""
    accounts, shown = Accounts.of(folder), live()
    accounts.people.add("operator", Role.OPERATOR, PASSWORD)
    told = Told(shown)
    with recording(folder), page_server(shown, accounts) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(script)
        logged_in(page, address, "Operator")
        yield page, address, told


@pytest.fixture
def watched(browser: Any, tmp_path: Path) -> Iterator[tuple[Any, Told]]:
    """The run's page, of which one tag is chosen, and who tells it more."""
    with told_page(browser, tmp_path, NOTED) as (page, address, told):
        page.goto(f"{address}runs/{RUN.run_id}")
        playwright.expect(page.locator("figure .key")).to_have_count(2, timeout=SOON)
        page.get_by_text("Tags (2 of 2").click()
        page.get_by_label("argon.flow").click()
        playwright.expect(page.locator("figure .key")).to_have_count(1)
        told.tell(LENGTH + 0.2, 0.25)
        playwright.expect(page.locator("figure .value")).to_have_text("0.25", timeout=SOON)
        yield page, told


def settled(page: Any) -> str:
    """The lines as they are drawn once nothing is loaded any more."""
    before, now = "", str(page.locator(DRAWN).evaluate(PICTURE))
    for _ in range(20):
        if now == before:
            break
        page.wait_for_timeout(300)
        before, now = now, str(page.locator(DRAWN).evaluate(PICTURE))
    return now


def test_what_comes_is_told_and_drawn_beside_lines_that_stay(watched: tuple[Any, Told]) -> None:
    page, told = watched
    for n in range(6):  # again: each 20 s the lines take up what came
        before, strip, value = settled(page), page.locator(NEWEST).evaluate(PICTURE), f"{-0.5 - 0.05 * n:g}"
        told.tell(LENGTH + 2.6 + 0.2 * n, float(value))
        playwright.expect(page.locator("figure .value")).to_have_text(value.replace("-", "\u2212"), timeout=SOON)
        page.wait_for_function(f"before => ({PICTURE})(document.querySelector('{NEWEST}')) !== before", arg=strip)
        if page.locator(DRAWN).evaluate(PICTURE) == before:
            break
    else:
        pytest.fail("the lines are drawn anew with each value")
    plot, newest = page.locator(".u-over").bounding_box(), page.locator(NEWEST).bounding_box()
    assert newest["width"] < 0.05 * plot["width"], "what is drawn anew each time is narrow"
    assert newest["x"] + newest["width"] == pytest.approx(plot["x"] + plot["width"], abs=1)


def test_a_value_beyond_the_axis_moves_it(watched: tuple[Any, Told]) -> None:
    page, told = watched
    before = page.locator(DRAWN).evaluate(PICTURE)
    told.tell(LENGTH + 1.0, 40.0)
    playwright.expect(page.locator("figure .value")).to_have_text("40", timeout=SOON)
    page.wait_for_function(
        "before => document.querySelector('figure canvas').toDataURL() !== before", arg=before, timeout=SOON
    )


def test_the_crosshair_tells_what_came_since(watched: tuple[Any, Told]) -> None:
    page, told = watched
    for at, value in ((2.0, 0.5), (3.0, -0.5)):
        told.tell(LENGTH + at, value)
        playwright.expect(page.locator("figure .value")).to_have_text(f"{value}".replace("-", "\u2212"), timeout=SOON)
    page.locator(".u-over").scroll_into_view_if_needed()
    box = page.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * (LENGTH + 2.5) / 208, box["y"] + box["height"] / 2)
    playwright.expect(page.locator("figure .value")).to_have_text("0.5", timeout=SOON)


def test_a_silent_engine_is_told_within_three_seconds(watched: tuple[Any, Told]) -> None:
    page, told = watched
    before = page.evaluate(NOW)["at"]
    told.tell(LENGTH + 1.0, 0.5)
    page.wait_for_function("before => noted.news.at > before", arg=before, timeout=SOON)
    is_told_in_time(page, page.evaluate("noted.news"))
    playwright.expect(page.locator("#lost")).to_contain_text("engine is not heard")
    playwright.expect(page.get_by_label("Reactor and run")).to_contain_text("old")
    assert page.locator("#abort").is_enabled()
    before = page.evaluate(NOW)["at"]
    told.tell(LENGTH + 5.0, 0.75)
    page.wait_for_function("before => noted.back?.at > before", arg=before, timeout=SOON)


def test_what_was_chosen_stays_when_the_run_is_told_anew(watched: tuple[Any, Told]) -> None:
    page, told = watched
    with page.expect_response(f"**/api/runs/{RUN.run_id}", timeout=SOON):  # nobody tells of it: it is asked for
        with told.shown.lock:
            told.shown.picture = None
        told.number += 1
        told.shown.stream.take(News("e", told.number, LENGTH + 4, EngineChanged(replace(ENGINE, run=None))))
    time.sleep(0.3)  # the answer is taken
    assert page.locator("figure .key").count() == 1


def test_a_run_that_goes_on_is_told_as_it_is_now(
    browser: Any, tmp_path: Path
) -> None:  # fmt: skip
    """The history knows only how it ended: in the table and on its page it is called what the engine calls it."""
    with told_page(browser, tmp_path) as (page, address, told):
        held = replace(RUN, elapsed=LENGTH, state=RunState.HELD, reason="asked for by Ada")
        told.news(LENGTH, EngineChanged(replace(ENGINE, run=held)))
        page.goto(f"{address}runs")
        row = page.locator(f"a.row[href='/runs/{RUN.run_id}']")
        playwright.expect(row).to_contain_text("■ HELD asked for by Ada", timeout=SOON)
        row.click()
        playwright.expect(page.locator("main header")).to_contain_text("■ HELD", timeout=SOON)
        playwright.expect(page.locator("main")).to_contain_text("HELD, asked for by Ada")
