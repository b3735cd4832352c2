"""The pages in Chromium: how long it takes until a zoom into a long run is drawn, and what a live run's 32 series cost.

Run `python -m bench.pages [--samples N] [--json]`. Zooms go by the wheel and by dragging into a run of 1e7 samples of
32 tags; *moved* is when what was there is drawn anew, *drawn* when the detail is. Live, 32 series of 2 000 points each
get a value ten times a second for 20 s, and all are in one plot; the share of a core is that of the processes that draw
the page and put its pictures together, by the browser's own count. Without a graphics processor they also fill every
pixel. Beside it stand how often a second the newest value was shown, and what the same page takes while nothing comes.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from bench.overview import TAGS, record
from bench.storage import header, signals
from tests.browser.conftest import FLAGS
from tests.browser.served import CHROMIUM, logged_in, page_server
from tests.unit.api.asking import PASSWORD, live
from tests.unit.link.test_codec import ENGINE, RUN
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.api.live.live import Live
from vapordep.history.recordings.recorder import Recorder
from vapordep.link.news import EngineChanged, News, Snapshot, TagShown, Value, ValuesRead
from vapordep.link.picture import Picture
from vapordep.model.batches import Batch
from vapordep.model.tags import Quality

POINTS, HZ, LASTING, ZOOMS = 2000, 10.0, 20.0, 12
GOALS = {"zoom_ms": 150.0, "live_share": 0.25}
LOADED = "section[aria-busy=false]"
WATCH = """kind => {
  const section = document.querySelector(".u-over").closest("section");
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  window.took = new Promise(done => addEventListener(kind, async () => {
    const begun = performance.now();
    await frame();
    const moved = performance.now() - begun;
    while (section.getAttribute("aria-busy") === "true") await new Promise(again => setTimeout(again));
    await frame();
    done([moved, performance.now() - begun]);
  }, {once: true, capture: true}));
}"""
"""From a wheel's turn, or the end of a drag, on."""
SHOWN = """() => {
  const value = document.querySelector("figure .value");
  window.shown = 0;
  new MutationObserver(() => window.shown++).observe(value, {characterData: true, childList: true, subtree: true});
}"""
"""Counts how often the newest value of the first line is another."""
CHOOSE = "for (const each of document.querySelectorAll('fieldset input[type=checkbox]')) each.checked || each.click()"


@contextmanager
def page_on(browser: Any, folder: Path, shown: Live) -> Iterator[tuple[Any, str]]:
    """A page of somebody who is logged in to a server with that history."""
    accounts = Accounts.of(folder)
    accounts.people.add("viewer", Role.VIEWER, PASSWORD)
    with page_server(shown, accounts) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 900})
        logged_in(page, address, "Viewer")
        yield page, address


def all_chosen(page: Any, address: str, run: str) -> None:
    """Every tag of the run in its plots."""
    page.goto(f"{address}runs/{run}")
    page.get_by_text(f" of {TAGS}; at most").click()
    page.evaluate(CHOOSE)
    page.get_by_text(f"Tags ({TAGS} of {TAGS}").wait_for()
    page.locator(LOADED).first.wait_for()
    page.locator("figure canvas").first.wait_for()


def zooms(browser: Any, samples: int) -> dict[str, Any]:
    """Of each kind of zoom, ms until what was there is drawn anew, and until the detail is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record(folder, samples)
        with page_on(browser, folder, live()) as (page, address):
            all_chosen(page, address, "last")
            found: dict[str, Any] = {}
            plot = page.locator(".u-over").first
            plot.scroll_into_view_if_needed()
            box = plot.bounding_box()
            for kind, turn in (("wheel", wheel), ("drag", drag)):
                took = []
                for _ in range(ZOOMS):
                    turn(page, box)
                    took.append(page.evaluate("window.took"))
                found[kind] = [statistics.median(each) for each in zip(*took, strict=True)]
            return found


def wheel(page: Any, box: dict[str, float]) -> None:
    """One turn of the wheel with Ctrl, closer."""
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 50)
    page.evaluate(WATCH, "wheel")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")


def drag(page: Any, box: dict[str, float]) -> None:
    """Out of the whole run a tenth."""
    page.get_by_role("button", name="Whole run").click()
    page.locator(LOADED).first.wait_for()
    page.mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 50, steps=3)
    page.evaluate(WATCH, "mouseup")
    page.mouse.up()


def live_share(browser: Any) -> dict[str, float]:
    """The share of a core of the processes that draw the page, while values come and while none do."""
    with tempfile.TemporaryDirectory() as name:
        folder, rng = Path(name), np.random.default_rng(1)
        tags = [tag for tag, _ in signals(POINTS, rng)[::4]]
        recorder = Recorder.open(folder, replace(header(), run_id=RUN.run_id))
        times = np.arange(POINTS) / HZ
        recorder.publish([Batch(tag, times, rng.normal(size=POINTS), np.zeros(POINTS, np.uint8)) for tag in tags])
        recorder.tick(float(times[-1]))
        recorder.commit()
        shown, ending = live(), threading.Event()
        now = float(times[-1])
        engine = replace(ENGINE, run=replace(RUN, elapsed=now))
        snapshot = Snapshot("e", 4, now, engine, tuple(TagShown(t, "", "fraction", False, None) for t in tags), ())
        shown.picture = Picture(snapshot)
        shown.stream.take(snapshot)
        with page_on(browser, folder, shown) as (page, address):
            all_chosen(page, address, RUN.run_id)
            idle = share_of(browser, LASTING / 4)
            threading.Thread(target=told, args=(shown, snapshot, tags, ending), daemon=True).start()
            page.wait_for_timeout(1000)
            page.evaluate(SHOWN)
            busy = share_of(browser, LASTING)
            often = page.evaluate("window.shown") / LASTING
            page.get_by_text(f"Tags ({TAGS} of {TAGS}").wait_for()
            ending.set()
        recorder.abandon()
        return {"live_share": busy, "idle_share": idle, "shown_hz": often}


def told(shown: Live, snapshot: Snapshot, tags: list[str], ending: threading.Event) -> None:
    """What an engine tells of that run, ten times a second."""
    number, begun, rng = snapshot.number, time.monotonic(), np.random.default_rng(2)
    while not ending.wait(1.0 / HZ):
        now = snapshot.now + time.monotonic() - begun
        values = tuple(Value(tag, now, float(rng.normal()), Quality.GOOD) for tag in tags)
        engine = replace(snapshot.engine, run=replace(RUN, elapsed=now))
        for body in (ValuesRead(values), EngineChanged(engine)):
            number += 1
            news = News("e", number, now, body)
            with shown.lock:
                if shown.picture is not None:
                    shown.picture.take(news)
                shown.stream.take(news)


def share_of(browser: Any, seconds: float) -> float:
    """CPU of the processes that draw pages and put them together, as a share of a core."""
    session = browser.new_browser_cdp_session()

    def spent() -> float:
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        return float(sum(each["cpuTime"] for each in processes if each["type"] in ("renderer", "GPU")))

    before, begun = spent(), time.monotonic()
    time.sleep(seconds)
    return (spent() - before) / (time.monotonic() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found: dict[str, Any] = {"zoom_ms": zooms(browser, asked.samples), **live_share(browser)}
        browser.close()
    if asked.json:
        print(json.dumps({"goals": GOALS, "found": found}))
        return
    for kind, (moved, drawn) in found["zoom_ms"].items():
        print(f"{kind:<6} moved {moved:.0f} ms, drawn {drawn:.0f} ms (goal {GOALS['zoom_ms']:.0f})")
    share, rest = found["live_share"], found["idle_share"]
    print(
        f"live   {share:.1%} of a core (goal {GOALS['live_share']:.0%}); {rest:.1%} at rest; "
        f"the newest value {found['shown_hz']:.1f} times a second"
    )


if __name__ == "__main__":
    main()
