"""The pages that review the history, in Chromium: runs found, one looked at closely, no text of others run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, obstacles, page_server
from tests.browser.test_recipes import prefer
from tests.unit.api.asking import PASSWORD, live
from tests.unit.api.test_page import HOSTILE
from tests.unit.api.test_runs import SPIKE, record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.history.catalogue.attachments import attach
from vapordep.model.run import Mode, SampleOnStage

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
PICTURE = b"<svg onload='alert(1)'/>" + b" " * 1476
SCREENS = [(1280, "light"), (390, "dark")]
FRAME = """(({ borderLeftWidth, borderTopWidth }) => [borderLeftWidth, borderTopWidth].map(parseFloat))(
  getComputedStyle(document.documentElement, "::after"))"""
"""How wide the frame of a simulation is at the side and above, px."""


OTHERWISE = {
    "what": "main", "number": 7, "quantity": "TMA delay", "value": 0.4, "golden": 0.15, "half_width": 0.1,
    "change": 0.25, "bands_away": 2.5,
}  # fmt: skip
BESIDE = {
    "run_id": "b-2", "golden": ["a-1"], "missing": [{"what": "cool", "number": 1}], "deviations": [OTHERWISE],
    "bands": [{"what": "main", "number": 7, "begin_s": 0.0, "end_s": 3.0, "low": 30.0, "high": 50.0}],
}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose history has three runs, one of a person with a hostile name."""
    history = tmp_path_factory.mktemp("history")
    accounts = Accounts.of(history)
    accounts.people.add("viewer", Role.VIEWER, PASSWORD)
    accounts.people.add("operator", Role.OPERATOR, PASSWORD)
    record(history, "a-1", operator="Ada", started="2026-11-23T14:00:00+00:00")
    record(history, "b-1", operator=HOSTILE, started="2026-11-24T14:00:00+00:00", mode=Mode.RUN)
    record(history, "b-2", samples=(SampleOnStage("Li-9", "lithium"),), started="2026-11-25T14:00:00+00:00")
    (history / "edge of the foil.svg").write_bytes(PICTURE)
    attach(history, "a-1", history / "edge of the foil.svg", "Ada", "after 4 nm")
    with page_server(live(), accounts) as (served, _):
        yield served


@contextmanager
def opened(browser: Any, address: str, path: str, width: int = 1280, scheme: str = "light") -> Iterator[Any]:
    """A page that says nothing on its console and asks nobody else."""
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        watched = Watched(page)
        logged_in(page, f"{address}{path}")
        strip = page.get_by_label("Reactor and run")
        playwright.expect(strip).to_contain_text("RUNNING", timeout=SOON)  # it has its height: what is below stays
        yield page
    watched.asks_nobody_but(address)
    assert watched.said == []


@pytest.mark.parametrize(("width", "scheme"), SCREENS, ids=["a wide screen, light", "a phone, dark"])
def test_runs_are_found_and_one_is_opened_by_everybody(browser: Any, address: str, width: int, scheme: str) -> None:
    with opened(browser, address, "runs", width, scheme) as page:
        rows = page.locator("a.row")
        playwright.expect(rows).to_have_count(3, timeout=SOON)
        assert obstacles(page) == []
        page.get_by_label("Search").fill("ada")
        playwright.expect(rows).to_have_count(2)
        page.get_by_label("Search").fill("Li-9")
        playwright.expect(rows).to_have_count(1)
        page.get_by_label("Kind").select_option("run")
        playwright.expect(rows).to_have_count(0)
        page.go_back()
        playwright.expect(rows).to_have_count(1)
        playwright.expect(page.get_by_label("Kind")).to_have_value("")
        rows.click()
        playwright.expect(page.get_by_role("heading", level=1)).to_contain_text("Al2O3")
        playwright.expect(page.locator("figure canvas").first).to_be_visible(timeout=SOON)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert obstacles(page) == []
        page.go_back()
        playwright.expect(page.get_by_label("Search")).to_have_value("Li-9")


def test_a_text_of_others_is_shown_and_not_run(browser: Any, address: str) -> None:
    with opened(browser, address, "runs/b-1") as page:
        playwright.expect(page.locator("main")).to_contain_text(f"by {HOSTILE}", timeout=SOON)
        playwright.expect(page.locator("main")).to_contain_text("real run")
        playwright.expect(page.locator("li.trip")).to_contain_text("=trip")


def test_a_span_that_is_dragged_is_loaded_anew(browser: Any, address: str) -> None:
    with opened(browser, address, "runs/a-1") as page:
        page.locator("section[aria-busy=false]").wait_for(timeout=SOON)
        plot = page.locator("figure .u-over").first
        plot.scroll_into_view_if_needed()
        whole = page.get_by_role("button", name="Whole run")
        playwright.expect(whole).to_be_disabled()
        box = plot.bounding_box()
        with page.expect_request(lambda request: "start=" in request.url) as asked:
            page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2, steps=4)
            page.mouse.up()
        wanted = {name: value for name, _, value in (each.partition("=") for each in asked.value.url.split("&"))}
        assert (float(wanted["start"]), float(wanted["end"])) == pytest.approx((20.0, 80.0), abs=2.0), "and a margin"
        playwright.expect(whole).to_be_enabled()
        whole.click()
        playwright.expect(whole).to_be_disabled()


def test_keys_move_in_a_plot_and_cursors_tell_what_lies_between(browser: Any, address: str) -> None:
    with opened(browser, address, "runs/a-1") as page:
        plot = page.get_by_role("application", name="Pressure")
        plot.focus(timeout=SOON)
        for key in ("+", "+", "ArrowRight"):
            page.keyboard.press(key)
        playwright.expect(page.get_by_text("0:00:24 to 0:01:28")).to_be_visible(timeout=SOON)
        seen = page.get_by_role("link", name="What is seen as CSV").get_attribute("href")
        assert "tag=chamber.pressure&start=24.4" in seen
        page.keyboard.press("Home")
        playwright.expect(page.get_by_text("the whole run", exact=True)).to_be_visible(timeout=SOON)
        page.get_by_label("Cursor A").fill("0:00:50")
        page.get_by_label("Cursor B").fill("0:01:10")
        page.get_by_label("Cursor B").press("Enter")
        told = page.get_by_role("region", name="At the cursors").get_by_role("row").nth(1)
        playwright.expect(told).to_contain_text("chamber.pressure", timeout=SOON)
        playwright.expect(told).not_to_contain_text("–", timeout=SOON)
        values = [
            101325 / 760e3 * float(each.replace("\u202f", "")) for each in told.get_by_role("cell").all_inner_texts()
        ]
        assert values[:3] == pytest.approx([40.0, 40.0, 0.0], rel=1e-4)  # told in mTorr
        assert values[3] == pytest.approx(40 + (SPIKE - 40) * 0.1 / 20, rel=1e-3), "a spike of 0.1 s among 20 s"
        assert values[6] == pytest.approx(SPIKE, rel=1e-3)
        plot.focus()
        page.keyboard.press("Shift+ArrowLeft")
        playwright.expect(page.get_by_label("Cursor B")).to_have_value("0:01:09.500")
        assert obstacles(page) == []


def test_two_fingers_look_closer(browser: Any, address: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True) as context:
        page = context.new_page()
        logged_in(page, f"{address}runs/a-1")
        playwright.expect(page.get_by_label("Reactor and run")).to_contain_text("RUNNING", timeout=SOON)
        page.locator("section[aria-busy=false]").wait_for(timeout=SOON)
        plot = page.locator("figure .u-over").first
        plot.evaluate("each => each.scrollIntoView({block: 'center'})")
        box = plot.bounding_box()
        finger = context.new_cdp_session(page)

        def touch(kind: str, *shares: float) -> None:
            places = [box["x"] + box["width"] * each for each in shares]
            points = [{"x": x, "y": box["y"] + box["height"] / 2, "id": n} for n, x in enumerate(places)]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 0.4, 0.6)
        touch("touchMove", 0.3, 0.7)
        touch("touchMove", 0.2, 0.8)
        touch("touchEnd")
        playwright.expect(page.get_by_text("0:00:33 to 0:01:07")).to_be_visible(timeout=SOON)


def ten_thousand(route: Any) -> None:
    """Answers as a history of so many runs would, a hundred at a time."""
    run = {
        "mode": "run", "recipe": "R", "reactor": "x", "operator": "", "started": "2026-11-23T14:00:00+00:00",
        "ended": None, "state": "COMPLETE", "reason": "", "simulated_s": 1.0, "parent": None, "samples": [],
        "labels": [],
    }  # fmt: skip
    skip = int(route.request.url.split("skip=")[1])
    runs = [run | {"run_id": f"r-{n}", "operator": f"no {n}"} for n in range(skip, skip + 100)]
    route.fulfill(body=json.dumps({"total": 10_000, "runs": runs}), content_type="application/json")


def test_of_ten_thousand_runs_only_those_in_sight_are_there(browser: Any, address: str) -> None:
    with opened(browser, address, "runs") as page:
        page.route("**/api/runs?*", ten_thousand)
        page.reload()
        playwright.expect(page.locator("a.row").first).to_contain_text("no 0", timeout=SOON)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        playwright.expect(page.get_by_text("no 9999")).to_be_visible(timeout=SOON)
        assert page.locator("ol > li").count() < 60


def test_back_comes_to_the_rows_one_left_whatever_was_told_meanwhile(browser: Any, address: str) -> None:
    untold: list[Any] = []
    with opened(browser, address, "runs") as page:
        page.route("**/api/runs?*", ten_thousand)
        page.route("**/api/stream", lambda route: untold.append(route))
        page.reload()
        playwright.expect(page.locator("a.row").first).to_contain_text("no 0", timeout=SOON)
        page.evaluate("scrollTo(0, 200_000)")
        row = page.locator("a.row", has_text="no 4540")
        playwright.expect(row).to_be_attached(timeout=SOON)
        left = row.bounding_box()["y"]
        page.get_by_role("link", name="viewer").click()
        playwright.expect(page.get_by_role("heading", name="Settings")).to_be_visible(timeout=SOON)
        for request in untold:
            request.continue_()
        playwright.expect(page.get_by_role("button", name="hold")).to_be_visible(timeout=SOON)  # above every page
        page.go_back()
        playwright.expect(row).to_be_attached(timeout=SOON)
        assert row.bounding_box()["y"] == pytest.approx(left, abs=2)


def test_a_run_goes_to_paper_light_and_whole(browser: Any, address: str) -> None:
    with opened(browser, address, "runs/a-1", scheme="dark") as page:
        plot = page.locator("figure canvas").first
        plot.wait_for(timeout=SOON)
        playwright.expect(page.locator("figure .uplot").first).not_to_have_css("width", "640px")
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        playwright.expect(page.locator("figure .uplot").first).to_have_css("width", "640px")
        playwright.expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        playwright.expect(page.get_by_role("button", name="ABORT")).to_be_hidden()
        page.evaluate("document.documentElement.classList.add('simulated')")
        side, top = page.evaluate(FRAME)
        assert (0 < side <= page.locator("main h1").bounding_box()["x"], top) == (True, 0), "the frame is on no letter"
        playwright.expect(page.get_by_label("Note")).to_be_hidden()
        playwright.expect(page.get_by_role("heading", name="Events")).to_be_visible()
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        playwright.expect(page.locator("figure .uplot").first).not_to_have_css("width", "640px")


def test_two_runs_are_laid_side_by_side(browser: Any, address: str) -> None:
    with opened(browser, address, "runs") as page:
        for run in ("a-1", "b-2"):
            page.get_by_label(f"compare {run}").check(timeout=SOON)
        playwright.expect(page.get_by_label("pressure over the run").first).to_be_visible(timeout=SOON)
        page.get_by_role("link", name="Compare them").click()
        playwright.expect(page.locator("figure canvas")).to_be_visible(timeout=SOON)
        playwright.expect(page.get_by_role("link", name="b-2")).to_be_visible()
        page.route("**/api/runs/b-2/golden?*", lambda route: route.fulfill(json=BESIDE))
        page.get_by_label("Golden run").select_option("a-1")
        golden = page.locator("section", has_text="Beside the golden run a-1").last
        outside = golden.get_by_role("row", name="TMA delay main 7 1 400 ms 150 ms ± 100 ms")
        playwright.expect(outside).to_be_visible(timeout=SOON)
        playwright.expect(golden).to_contain_text("not done: cool 1")
        assert obstacles(page) == []


def test_runs_are_laid_over_each_other_at_a_step_or_cycle_that_is_chosen(browser: Any, address: str) -> None:
    names = (("step", "heat"), ("cycle", "main"), ("cycle", "main"))
    places = [{"kind": kind, "name": name, "number": 1, "begin_s": 0.0, "end_s": 1.0} for kind, name in names]
    with opened(browser, address, "runs") as page:
        page.route("**/api/runs/a-1/windows", lambda route: route.fulfill(json=places))
        told = page.request.get(f"{address}api/comparison?run=a-1&run=b-2").json()  # their records have no steps
        page.route("**/api/comparison?*", lambda route: route.fulfill(json=told))
        page.goto(f"{address}compare?run=a-1&run=b-2")
        laid = page.get_by_label("Laid over each other")
        playwright.expect(laid.get_by_role("option", name="main")).to_have_count(1, timeout=SOON)
        with page.expect_request("**/api/comparison?*align=cycle&name=main&number=1"):
            laid.select_option("main")
        playwright.expect(laid).to_have_value("cycle main")
        with page.expect_request("**/api/comparison?*align=cycle&name=main&number=3"):
            page.get_by_label("Which").fill("3")
            page.get_by_label("Which").press("Enter")
        with page.expect_request("**/api/comparison?*align=step&name=heat&number=1"):
            laid.select_option("heat")


def test_what_is_learnt_later_is_written_down(browser: Any, tmp_path: Path) -> None:
    accounts = Accounts.of(tmp_path)
    accounts.people.add("operator", Role.OPERATOR, PASSWORD)
    record(tmp_path, "a-1")
    with page_server(live(), accounts) as (address, _), browser.new_context() as context:
        page = context.new_page()
        logged_in(page, f"{address}runs/a-1", "operator")
        page.get_by_role("button", name="☆ star").click()
        playwright.expect(page.get_by_role("button", name="starred")).to_be_visible(timeout=SOON)
        page.get_by_label("Note", exact=True).fill(HOSTILE)
        page.get_by_label("Pinned to").fill("0:00:50")
        page.get_by_role("button", name="Write it down").click()
        note = page.locator("li", has_text="at 0:00:50, operator")
        playwright.expect(note).to_contain_text(HOSTILE, timeout=SOON)
        page.get_by_text("Enter a measurement").click()
        page.locator("input[list=samples]").fill("Si-1")
        page.get_by_label("Value with its unit").fill("12.3")
        page.get_by_role("button", name="Enter it").click()
        playwright.expect(page.get_by_role("alert").filter(has_text="unit")).to_be_visible(timeout=SOON)
        page.get_by_label("Value with its unit").fill("12.3 nm")
        page.get_by_role("button", name="Enter it").click()
        playwright.expect(page.get_by_role("cell", name="12.3 nm")).to_be_visible(timeout=SOON)
        page.get_by_label("Quantity").select_option("growth_per_cycle")
        page.locator("input[list=samples]").fill("Si-1")
        page.get_by_label("Value with its unit").fill("1.12 angstrom/cycle")
        page.get_by_role("button", name="Enter it").click()
        playwright.expect(page.get_by_role("cell", name="0.112 nm/cycle")).to_be_visible(timeout=SOON)
        page.goto(f"{address}runs?label=star")
        playwright.expect(page.locator("a.row")).to_have_count(1, timeout=SOON)


@pytest.mark.parametrize(("width", "scheme"), SCREENS, ids=["a wide screen, light", "a phone, dark"])
def test_files_of_a_run_are_listed_and_kept(browser: Any, address: str, width: int, scheme: str) -> None:
    with opened(browser, address, "runs/a-1", width, scheme) as page:
        files = page.locator("section", has=page.get_by_role("heading", name="Files"))
        playwright.expect(files.get_by_role("listitem")).to_contain_text("1.5 kB, Ada", timeout=SOON)
        with page.expect_download() as given:
            files.get_by_role("link", name="edge of the foil.svg").press("Enter")
        assert given.value.suggested_filename == "edge of the foil.svg"
        assert given.value.path().read_bytes() == PICTURE
        fits = "width => document.documentElement.scrollWidth <= width"  # once the plots have taken their width
        page.wait_for_function(fits, arg=width, timeout=SOON)
        assert obstacles(page) == []


def test_a_file_is_attached_on_the_page_and_kept_as_it_is(browser: Any, address: str, tmp_path: Path) -> None:
    (tmp_path / "raman of Li.txt").write_bytes(PICTURE)
    (tmp_path / "nothing.txt").write_bytes(b"")
    with browser.new_context(color_scheme="dark", viewport={"width": 390, "height": 800}) as context:
        page = context.new_page()
        logged_in(page, f"{address}runs/b-2", "operator")
        files = page.locator("section", has=page.get_by_role("heading", name="Files"))
        files.get_by_text("Attach a file").click(timeout=SOON)
        files.get_by_label("File, at most 50 MiB").set_input_files(tmp_path / "nothing.txt")
        files.get_by_role("button", name="Attach it").click()
        playwright.expect(files.get_by_role("alert")).to_contain_text("the file is empty", timeout=SOON)
        files.get_by_label("File, at most 50 MiB").set_input_files(tmp_path / "raman of Li.txt")
        files.get_by_label("What it shows").fill("before the run")
        files.get_by_role("button", name="Attach it").click()
        playwright.expect(files.get_by_role("listitem")).to_contain_text("before the run", timeout=SOON)
        playwright.expect(files.get_by_role("alert")).to_have_count(0)
        with page.expect_download() as given:
            files.get_by_role("link", name="raman of Li.txt").click()
        assert given.value.path().read_bytes() == PICTURE
        assert obstacles(page) == []


def test_a_person_reads_runs_in_the_units_that_they_prefer(browser: Any, address: str) -> None:
    with opened(browser, address, "runs/a-1") as page:
        trend = page.locator("section", has=page.get_by_role("heading", name="Trends")).locator("figcaption").first
        playwright.expect(trend).to_contain_text("mTorr", timeout=SOON)
        prefer(page, address, {"pressure": "mbar"})
        playwright.expect(trend).to_contain_text("mbar", timeout=SOON)
        page.get_by_label("Cursor A").fill("0:00:50")
        page.get_by_label("Cursor A").press("Enter")
        told = page.get_by_role("region", name="At the cursors").get_by_role("row").nth(1)
        playwright.expect(told).to_contain_text("chamber.pressure [mbar]", timeout=SOON)
        playwright.expect(told.get_by_role("cell").first).to_have_text("0.4")  # 40 Pa
        page.goto(f"{address}compare?run=a-1&run=b-2")
        playwright.expect(page.locator("figcaption").filter(has_text="mbar")).to_be_visible(timeout=SOON)
        prefer(page, address, {})


def test_a_server_that_goes_away_is_told(browser: Any) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        with page_server(live()) as (served, _):
            logged_in(page, f"{served}runs")
            playwright.expect(page.locator("main")).to_contain_text("No run yet", timeout=SOON)
        playwright.expect(page.locator("#lost")).to_be_visible(timeout=SOON)
        playwright.expect(page.get_by_label("Kind")).to_be_disabled()


def test_a_run_that_is_not_there_is_told(browser: Any, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        logged_in(page, f"{address}runs/never")
        playwright.expect(page.get_by_role("alert").filter(has_text="no run 'never'")).to_be_visible(timeout=SOON)
