"""The reactor's page in Chromium: drawn for every reactor, kept up by the stream, and honest when nobody is heard."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, obstacles, page_server
from tests.browser.silence import NOTED, NOW, is_told_in_time
from tests.unit.api.asking import live
from tests.unit.api.test_page import HOSTILE
from tests.unit.link.test_codec import ALARM, ENGINE, RUN
from tests.wall.processes import free_port
from vapordep.api.live.live import Live
from vapordep.api.operate.plumbing import plumbing
from vapordep.files import data_folder
from vapordep.link.news import EngineChanged, EngineShown, News, Snapshot, TagShown, Value
from vapordep.link.picture import Picture
from vapordep.model.alarms import AlarmState
from vapordep.model.interlocks import Bypass
from vapordep.model.run import RunState
from vapordep.model.tags import Quality
from vapordep.reactor import read_reactor, tag_table

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
REACTORS = sorted(path.stem for path in data_folder("reactors").glob("*.yaml"))
BOXES = "[...document.querySelectorAll('svg .thing .box')].map(box => box.getBoundingClientRect().toJSON())"
HOT_WIRE = re.compile("^filament, .*, on(, stale)?$")
SEEN = """() => {
  const [wire, box] = [".wire", ".box"].map(part => document.querySelector(`[data-thing='filament'] ${part}`));
  return getComputedStyle(wire).stroke !== getComputedStyle(box).fill;
}"""
BROKEN = re.compile("^M[^M]+M[^M]+$")
"""A line with a gap: what nobody heard is not drawn."""
DRAWN = re.compile("^M")
DECORATION = "getComputedStyle(document.querySelector('.thing .value')).textDecorationLine"


class Heard:
    """What a page hears: a reactor with a value for each of its tags, told over the stream."""

    def __init__(self, name: str = "glovebox_ald", engine: EngineShown = ENGINE) -> None:
        self._turn = threading.Lock()
        reactor = read_reactor(data_folder("reactors") / f"{name}.yaml")
        self.plumbing = json.dumps(plumbing(reactor))
        self.live: Live = live()
        known = {n: (t.unit.symbol, t.dimension.value) for n, t in tag_table(reactor).items()}
        known |= {n: (output.unit.symbol, output.unit.dimension.value) for n, output in reactor.outputs.items()}
        self.snapshot = Snapshot(
            "e", 4, 100.0, engine,
            tuple(TagShown(n, *known[n], n in reactor.outputs, 60.0) for n in known),
            tuple(Value(n, 100.0, 1.0, Quality.GOOD) for n in known),
        )  # fmt: skip
        self.take(self.snapshot)

    def take(self, told: Snapshot | News) -> None:
        if isinstance(told, Snapshot):
            self.snapshot, self.live.picture = told, Picture(told)
        elif self.live.picture is not None:
            self.live.picture.take(told)
        self.live.stream.take(told)

    def tell(self, **changes: Any) -> int:
        """The engine tells that something is different; gives the number of that news."""
        return self._tell(replace(ENGINE, **changes))

    def _tell(self, engine: EngineShown | None = None) -> int:
        with self._turn:
            engine = engine or self.snapshot.engine
            self.snapshot = replace(self.snapshot, number=self.snapshot.number + 1, engine=engine)
            self.take(News("e", self.snapshot.number, self.snapshot.now, EngineChanged(engine)))
            return self.snapshot.number

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Within it the engine tells of itself all the time, as real ones do: else all that is shown is old soon."""
        ending = threading.Event()

        def tell() -> None:
            while not ending.wait(0.3):
                self._tell()

        thread = threading.Thread(target=tell)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()


@contextmanager
def opened(browser: Any, heard: Heard, address: str, width: int = 1280, scheme: str = "light") -> Iterator[Any]:
    """The reactor's page of somebody who asks nobody else, and whose browser has nothing to complain of."""
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        watched = Watched(page)
        page.route("**/api/reactor/plumbing", lambda route: route.fulfill(body=heard.plumbing))
        page.said = watched.said
        logged_in(page, address)
        playwright.expect(page.locator("[data-thing]").first).to_be_visible(timeout=SOON)
        yield page
    watched.asks_nobody_but(address)


def test_every_reactor_is_drawn_with_nothing_upon_another(browser: Any) -> None:
    heard = Heard()
    with page_server(heard.live) as (address, _), opened(browser, heard, address) as page:
        for name in REACTORS:
            other = Heard(name)
            heard.plumbing = other.plumbing
            heard.take(replace(other.snapshot, epoch=name))
            page.reload()
            told = json.loads(heard.plumbing)
            for source in told["sources"]:
                valve = page.get_by_role("button", name=f"{source['name']}, valve, open")
                playwright.expect(valve).to_be_visible(timeout=SOON)
            if told["filament"]:
                playwright.expect(page.get_by_role("button", name=HOT_WIRE)).to_be_visible()
                assert page.evaluate(SEEN), "a wire that is on is drawn"
            boxes = page.evaluate(BOXES)
            assert len(boxes) > len(told["sources"]) + len(told["lines"]) + len(told["zones"])
            assert [pair for pair in combinations(boxes, 2) if on_another(*pair)] == []
            if name in (REACTORS[0], REACTORS[-1]):
                assert obstacles(page) == []
        assert page.said == []


def on_another(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes lie upon each other."""
    across = one["left"] < other["right"] and other["left"] < one["right"]
    return across and one["top"] < other["bottom"] and other["top"] < one["bottom"]


@pytest.mark.parametrize(("width", "scheme"), [(1920, "dark"), (390, "dark"), (768, "light")])
def test_it_follows_the_stream_and_shows_no_text_of_others_as_its_own(browser: Any, width: int, scheme: str) -> None:
    heard = Heard()
    with (
        heard.going_on(),
        page_server(heard.live) as (address, _),
        opened(browser, heard, address, width, scheme) as page,
    ):
        strip = page.get_by_label("Reactor and run")
        playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)
        playwright.expect(strip.get_by_title("estimated")).to_contain_text("0.25 of 4")
        alarm = replace(ALARM, state=AlarmState.UNACK_ACTIVE, text=f"carrier.flow {HOSTILE}")
        trend = page.locator("[data-thing='carrier.flow'] .spark")
        playwright.expect(trend).to_have_attribute("d", DRAWN, timeout=SOON)
        run = replace(RUN, state=RunState.HELD, step=HOSTILE, waiting_for=HOSTILE, waiting=90.0, prompt="look")
        heard.tell(run=run, alarms=(alarm,), simulated=False)  # of a simulated one nobody knows the pace yet
        playwright.expect(strip).to_contain_text("HELD", timeout=SOON)
        playwright.expect(strip).to_contain_text(f"waiting for {HOSTILE} since")
        playwright.expect(strip.get_by_role("button", name="Take")).to_have_count(0)  # a viewer may not
        strip.get_by_role("button", name="Done").press("Enter")
        playwright.expect(strip).to_contain_text("may not answer")
        heard.tell(run=replace(run, cycle=4), alarms=(alarm,), simulated=False)
        playwright.expect(strip).to_contain_text("4 of 36", timeout=SOON)
        playwright.expect(strip).to_contain_text("may not answer")  # news of the same run leave it there
        playwright.expect(page.get_by_role("alert").filter(has_text=HOSTILE)).to_be_visible()
        playwright.expect(page.get_by_role("link", name="Alarms ▲ 1")).to_be_visible()
        page.get_by_role("button", name="carrier").first.press("Enter")
        playwright.expect(page.get_by_label("Faceplate of carrier")).to_contain_text(HOSTILE)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert obstacles(page) == []


def test_a_server_that_is_gone_is_told_within_3_s_and_every_value_struck_until_it_is_back(browser: Any) -> None:
    heard = Heard()
    port = free_port()
    with heard.going_on(), page_server(heard.live, port=port) as (address, _):
        page = browser.new_context().new_page()
        page.add_init_script(NOTED)
        logged_in(page, address, "Operator")
        value = page.locator("[data-thing='carrier.flow']")
        playwright.expect(value).to_have_class("thing good operable", timeout=SOON)
        playwright.expect(page.locator("#lost")).to_have_count(0)
        take = page.get_by_role("button", name="Take control")
        playwright.expect(take).to_be_enabled()
        before = page.evaluate(NOW)
    is_told_in_time(page, before | {"at": time.time() * 1000})
    assert page.evaluate(DECORATION) == "line-through"
    playwright.expect(value).to_contain_text(" s")
    playwright.expect(take).to_be_disabled()
    playwright.expect(page.get_by_role("button", name="Arm", exact=False).first).to_be_disabled()
    page.keyboard.press("Control+F8")
    playwright.expect(page.locator("#said")).to_contain_text("DID NOT GET THROUGH", timeout=SOON)
    heard.take(replace(heard.snapshot, number=heard.snapshot.number + 1, now=150.0))
    with heard.going_on(), page_server(heard.live, port=port):
        playwright.expect(page.locator("#lost")).to_have_count(0, timeout=SOON)
        playwright.expect(value).to_have_class("thing good operable", timeout=SOON)
        playwright.expect(take).to_be_enabled()
        playwright.expect(value.locator(".spark")).to_have_attribute("d", BROKEN, timeout=SOON)
    page.context.close()


def test_a_verdict_on_its_way_is_none_on_what_is_written_meanwhile(browser: Any) -> None:
    heard, asked = Heard(), []
    verdict = json.dumps({"tag": "carrier.flow_setpoint", "value": 1e-6, "allowed": True, "against": []})
    with heard.going_on(), page_server(heard.live) as (address, _), opened(browser, heard, address) as page:
        page.route("**/judge", lambda route: asked.append(route))
        page.get_by_role("button", name="carrier, flow").click()
        form = page.get_by_role("form", name="Set carrier.flow_setpoint")
        value = form.get_by_label("Value with unit")
        with page.expect_request("**/judge", timeout=SOON):
            value.fill("5 sccm")
        with page.expect_request("**/judge", timeout=SOON):
            value.fill("50 sccm")
            asked[0].fulfill(body=verdict, content_type="application/json")
        playwright.expect(form.locator(".verdict")).to_have_text("")
        asked[-1].fulfill(body=verdict, content_type="application/json")
        playwright.expect(form.locator(".verdict")).to_contain_text("would be let through", timeout=SOON)


def test_a_bypass_tells_on_every_page_how_long_it_still_lasts(browser: Any) -> None:
    heard = Heard(engine=replace(ENGINE, simulated=False, bypasses=(Bypass("F3", "Ada", "a flow meter", 90.0, 700.0),)))
    with page_server(heard.live) as (address, _):
        page = browser.new_context().new_page()
        logged_in(page, f"{address}runs")
        told = page.get_by_role("status").filter(has_text="BYPASS of F3 by Ada")
        playwright.expect(told).to_contain_text(re.compile(r"0:(10:00|09:\d\d) left: a flow meter"), timeout=SOON)
        first = told.inner_text()
        playwright.expect(told).not_to_have_text(first, timeout=SOON)
        page.context.close()
