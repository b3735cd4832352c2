"""Texts that would be scripts or elements, through every field of the API and every reply: they stay texts."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest

from tests.browser.hostile import HARM, HOSTILE, harm_of
from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, obstacles, page_server
from tests.browser.test_reactor_page import Heard
from tests.unit.api.asking import PASSWORD, FarEnd
from tests.unit.api.test_runs import record
from tests.unit.link.test_codec import ALARM, ENGINE, EVENT, RUN
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.history.catalogue.attachments import attach
from vapordep.link.authority import ControlShown
from vapordep.link.judged import InterlockShown, InterlockState, Objection, TermShown, VerdictShown
from vapordep.link.news import EngineShown, EventTold, Interrupted, News
from vapordep.link.replies import Done
from vapordep.model.alarms import AlarmState
from vapordep.model.film import Film
from vapordep.model.interlocks import Action, Bypass
from vapordep.model.run import SampleOnStage

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
EXAMPLES: dict[str, dict[str, object]] = {
    "/api/runs/{run}/measurements": {
        "quantity": "thickness",
        "value": "12 nm",
        "uncertainty": "",
        "sample": "Li-1",
        "measured": "",
    },
    "/api/calibrations": {
        "reactor": "glovebox-ald",
        "kind": "gauge_zero",
        "value": "1 Pa",
        "uncertainty": "",
        "at": "",
        "measured": "",
    },
    "/api/interlocks/{interlock}/bypass": {"duration": "30 min"},
    "/api/alarms/{alarm}/shelve": {"duration": "30 min"},
    "/api/run/verbs": {"verb": "hold"},
    "/api/runs/{run}/decision": {"decision": "continue"},
    "/api/commands": {"tag": "TMA.valve", "value": "open"},
    "/api/control/take": {},
}
"""What a body needs that is no free text; what it does not name is hostile."""


def recipe(text: str) -> str:
    """A recipe with that name; a comment has what a comment may have."""
    comment = "".join(letter for letter in text if letter.isprintable())
    return f"""recipe: 1
name: {json.dumps(text)}
process: ALD
substrate: silicon
status: unverified
steps:
  - pump: {{to: 80 Pa, within: 5 min}}  # {comment}
  - prompt: {json.dumps(text)}
"""


def examples(text: str) -> dict[str, dict[str, object]]:
    """The same where that text is a part of something."""
    sample = {"id": text[:60], "substrate": text[:60], "note": text[:60]}
    return EXAMPLES | {
        "/api/runs": {"recipe": "shipped/al2o3_on_lithium", "samples": [sample]},
        "/api/runs/{run}/labels": {"add": [text[:64]], "remove": []},
        "/api/recipes/own/{name}": {"text": recipe(text), "base": 0},
    }


WITHIN = defaultdict(lambda: "none", run="a-1", name="harm", interlock="F2", alarm="F3")
ENDS_SESSION = {"/api/logout", "/api/login", "/api/first", "/api/enter", "/api/password"}
"""These take names and secrets that nothing shows, and end or begin the session that this test asks with."""
FREE = (
    "/api/runs/{run}/notes", "/api/runs/{run}/labels", "/api/runs/{run}/measurements", "/api/recipes/own/{name}",
    "/api/interlocks/{interlock}/bypass", "/api/alarms/{alarm}/shelve", "/api/runs", "/api/calibrations",
)  # fmt: skip
"""Here what is hostile must be taken: it is only text."""
PAGES = ("", "recipes", "recipes/own/harm", "runs", f"runs?search={quote(HOSTILE)}", "runs/a-1",
         "compare?run=a-1&run=a-2", "alarms", "settings", "plain")  # fmt: skip
MOVING = """() => document.getAnimations().length + [...document.querySelectorAll("*")].filter(
  each => parseFloat(getComputedStyle(each).transitionDuration) > 0).length"""
TERM = TermShown("a", (), "false", "a")


def spoilt(told: Any, *keep: str, text: str = HOSTILE) -> Any:
    """The same with every text in it hostile, but for the fields that are kept."""
    if isinstance(told, Enum) or (not isinstance(told, str | tuple) and not dataclasses.is_dataclass(told)):
        return told
    if isinstance(told, str):
        return text
    if isinstance(told, tuple):
        return tuple(spoilt(each, *keep, text=text) for each in told)
    names = [field.name for field in dataclasses.fields(told) if field.name not in keep]
    return replace(told, **{name: spoilt(getattr(told, name), *keep, text=text) for name in names})


def engine_of(text: str) -> EngineShown:
    """An engine all of whose texts are hostile."""
    alarms = tuple(replace(ALARM, id=f"A{n}", state=state, by="a", reason="a", cause="a", consequence="a", remedy="a")
                   for n, state in enumerate(AlarmState))  # fmt: skip
    engine = replace(
        ENGINE, run=replace(RUN, block="a", prompt="a", waiting_for="a"), alarms=alarms, silent=("a",), trouble="a",
        bypasses=(Bypass("F2", "a", "a", 1.0, 1e9),), interrupted=Interrupted("a", "a", "a", "a"),
        control=ControlShown("a", "a", 1),
    )  # fmt: skip
    return cast(EngineShown, spoilt(engine, "run_id", "id", text=text))


def header_of(text: str) -> dict[str, Any]:
    """What the header of a run tells that others wrote."""
    return {
        "recipe_name": text, "recipe_text": recipe(text), "reactor_text": text, "operator": text,
        "parameters": {text: text}, "versions": {text: text}, "notes": {"note": text},
        "samples": (SampleOnStage("Li-1", text, text, None, text),),
    }  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where the pages are, who hears what, and what was ordered."""

    address: str
    heard: Heard
    end: FarEnd


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An engine and a history all of whose texts are hostile; what a test adds is gone with it."""
    history = tmp_path / "history"
    history.mkdir()
    heard = Heard(engine=engine_of(HOSTILE))
    tags = tuple(replace(tag, unit=HOSTILE) for tag in heard.snapshot.tags)
    heard.take(replace(heard.snapshot, tags=tags, events=(spoilt(EVENT, "data"),), epoch="harm"))
    one = InterlockShown("F", InterlockState.UNMET, Action.WARN, False, True, ("a",), "a", True, (TERM,), "a", "a")
    interlocks = tuple(replace(spoilt(one, "truth"), id=f"F{n}", state=each) for n, each in enumerate(InterlockState))
    verdict = VerdictShown(False, (Objection(*5 * [HOSTILE]),))
    end = FarEnd(answer=Done("", HOSTILE, run_id="a-1", interlocks=interlocks, verdict=verdict, token="1-a"))  # noqa: S106
    accounts = Accounts.of(history)
    accounts.people.add("admin", Role.ADMIN, PASSWORD)
    for run_id in ("a-1", "a-2"):
        record(history, run_id, Film(), **header_of(HOSTILE))
    file = history / HOSTILE.replace("/", "_")
    file.write_text(HOSTILE, encoding="utf-8")
    attach(history, "a-1", file, HOSTILE, HOSTILE)
    with page_server(heard.live, accounts, engine=end) as (address, _):
        yield Place(address, heard, end)


def keeps_the_file(page: Any) -> None:
    """A file of any name and content is kept, and never shown or run."""
    file = page.locator("section", has=page.get_by_role("heading", name="Files")).get_by_role("link")
    playwright.expect(file).to_have_text(HOSTILE.replace("/", "_"))
    page.evaluate("document.querySelectorAll('a[download]').forEach(each => each.removeAttribute('download'))")
    with page.expect_download() as given:
        file.click()
    assert given.value.path().read_text(encoding="utf-8") == HOSTILE


def bodies(told: Any, text: str = HOSTILE) -> Iterator[tuple[str, dict[str, object]]]:
    """Each address that takes a body, by the API's description, with every text of it hostile that may be."""
    for path, methods in told["paths"].items():
        if "post" not in methods or path in ENDS_SESSION:
            continue
        body = methods["post"].get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        kind = told["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
        free = {name: filled(each, text) for name, each in kind.get("properties", {}).items()}
        yield path, free | examples(text).get(path, {})


def filled(kind: dict[str, Any], text: str) -> object:
    """Something of that kind, hostile where it is text."""
    match kind.get("type") or kind.get("anyOf", [{}])[0].get("type"):
        case "string":
            return text[: kind.get("maxLength", 1000)]
        case "array":
            return [filled(kind["items"], text)]
        case "object":
            return {text[:60]: text[:60]}
        case "integer" | "number":
            return 1
        case "boolean":
            return False
    return text


def test_no_text_of_others_becomes_more_than_text(browser: Any, place: Place) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(HARM)
        watched = Watched(page)
        logged_in(page, place.address, "Admin")
        headers = {"origin": place.address.rstrip("/"), "control": "1-a", "seen": "harm:4"}
        for path, body in bodies(context.request.get(f"{place.address}api/openapi.json").json()):
            to = f"{place.address.rstrip('/')}{path.format_map(WITHIN)}"
            answer = context.request.post(to, data=body, headers=headers)
            assert answer.status == 200 if path in FREE else answer.status != 500, (path, answer.status, answer.text())
        ordered = " ".join(map(str, place.end.orders))
        assert ordered.count(HOSTILE) > 8
        place.heard.take(News("harm", 5, 1.0, EventTold(spoilt(EVENT, "data"))))
        for address in PAGES:
            page.goto(f"{place.address}{address}")
            playwright.expect(page.locator("body")).to_contain_text("<svg/onload=harm()>", timeout=SOON)
            if address == "runs/a-1":
                keeps_the_file(page)
            opened(page)
            assert harm_of(page) == (0, 0), address
        assert [said for said in watched.said if "Failed to load" not in said] == []
        page.goto(f"{place.address}runs/{quote(HOSTILE.replace('/', ' '))}")
        refused = page.get_by_role("alert").filter(has_text="no run").filter(has_text="onload")  # not the alarms above
        playwright.expect(refused).to_be_visible(timeout=SOON)
        assert harm_of(page) == (0, 0)
        page.evaluate("text => document.body.insertAdjacentHTML('beforeend', text)", HOSTILE)
        assert harm_of(page)[1] > 0, "this test would not see an element"
    watched.asks_nobody_but(place.address)


def test_every_page_keeps_nobody_out_in_both_themes_and_nothing_moves(browser: Any, place: Place) -> None:
    """All unfolded, with a faceplate and a dialog open, for somebody who wants things to keep still."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        page = context.new_page()
        logged_in(page, place.address, "Admin")
        for address in PAGES:
            page.goto(f"{place.address}{address}")
            page.locator("h1").first.wait_for(state="attached")
            opened(page)
            fit_for_all(page)
        page.goto(place.address)
        page.get_by_role("button", name="carrier, flow").click(timeout=SOON)
        playwright.expect(page.get_by_label("Faceplate of carrier")).to_contain_text("safe state", timeout=SOON)
        fit_for_all(page)
        refused = json.dumps({"type": "NotConfirmed", "message": "not confirmed", "where": "", "remedy": "confirm"})
        page.route("**/bypass", lambda route: route.fulfill(status=403, body=refused, content_type="application/json"))
        page.goto(f"{place.address}alarms")
        page.locator("form button", has_text="Bypass F0").wait_for(state="attached", timeout=SOON)
        opened(page)
        page.locator("form", has=page.get_by_role("button", name="Bypass F0")).get_by_label("Why").fill("a test")
        page.get_by_role("button", name="Bypass F0").click()
        dialog = page.get_by_role("dialog")
        playwright.expect(dialog).to_be_visible(timeout=SOON)
        fit_for_all(page)
        page.keyboard.press("Escape")
        playwright.expect(dialog).to_have_count(0)


def fit_for_all(page: Any) -> None:
    """In light and in dark, where only contrast can differ."""
    for scheme, rules in (("light", ""), ("dark", "color-contrast")):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert obstacles(page, rules) == [], (page.url, scheme)
    assert page.evaluate(MOVING) == 0, page.url


def opened(page: Any) -> None:
    """Looks into all that can be unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.wait_for_load_state()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
