"""Ways out of a text, many, through fields, records and the stream: on no page one is more than text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.hostile import CORPUS, HARM, harm_of, shown
from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, page_server
from tests.browser.test_hostile import WITHIN, bodies, engine_of, header_of, opened
from tests.browser.test_reactor_page import Heard
from tests.unit.api.asking import PASSWORD, FarEnd
from tests.unit.api.test_runs import record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.history.catalogue.attachments import attach
from vapordep.link.news import EngineChanged, News
from vapordep.link.replies import Done
from vapordep.model.film import Film

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
TEXTS = list(CORPUS.values())
GO = "address => { history.pushState(null, '', address); dispatchEvent(new PopStateEvent('popstate')); }"
"""To a page without loading all anew: what ran before is still counted."""
KEPT = (
    "/api/runs/{run}/notes", "/api/runs/{run}/labels", "/api/runs/{run}/measurements", "/api/calibrations",
    "/api/recipes/own/{name}",
)  # fmt: skip
AT_ONCE = 6
"""Runs that are compared."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run and a file a text."""
    made = tmp_path_factory.mktemp("history")
    (file := made / "picture.html").write_text(TEXTS[0], encoding="utf-8")
    for n, text in enumerate(TEXTS):
        record(made, f"a-{n}", Film(), **header_of(text))
        attach(made, f"a-{n}", file, text, text)
    return made


@pytest.fixture(scope="module")
def page(browser: Any, history: Path) -> Iterator[Any]:
    """Of somebody who has entered every text wherever one may be entered."""
    heard, end = Heard(), FarEnd(answer=Done("", "done", token="1-a"))  # noqa: S106
    accounts = Accounts.of(history)
    accounts.people.add("admin", Role.ADMIN, PASSWORD)
    with (
        page_server(heard.live, accounts, engine=end) as (address, _),
        browser.new_context(viewport={"width": 1280, "height": 900}) as context,
    ):
        made = context.new_page()
        made.add_init_script(HARM)
        watched = Watched(made)
        logged_in(made, address, "Admin")
        made.heard, made.address = heard, address
        enter(made)
        yield made
        assert [said for said in watched.said if "Failed to load" not in said] == []
    watched.asks_nobody_but(address)


def enter(page: Any) -> None:
    """Each text into each field whose text is kept: taken, or refused with a reason."""
    told = page.request.get(f"{page.address}api/openapi.json").json()
    headers = {"origin": page.address.rstrip("/")}
    for n, text in enumerate(TEXTS):
        within = WITHIN | {"run": f"a-{n}", "name": f"harm-{n}"}
        for path, body in bodies(told, text):
            if path in KEPT:
                to = f"{page.address.rstrip('/')}{path.format_map(within)}"
                answer = page.request.post(to, data=body, headers=headers)
                if answer.status != 200:
                    assert "NUL" in answer.json()["message"] or "no label" in answer.json()["message"], (path, text)
    runs = page.request.get(f"{page.address}api/runs?most=100").json()["runs"]
    assert [run["run_id"] for run in runs if not run["labels"]] == [f"a-{TEXTS.index(CORPUS['nothing'])}"]


def tells(page: Any, *texts: str) -> None:
    """Each of them is on the page, and is only that."""
    for text in texts:
        playwright.expect(page.locator("body")).to_contain_text(shown(text), timeout=SOON)
    opened(page)
    assert harm_of(page) == (0, 0), (page.url, texts)
    assert not page.evaluate("window.turned()"), (page.url, texts)


def test_no_way_out_of_a_text_is_open(page: Any) -> None:
    for address in ("recipes", "runs"):
        page.goto(f"{page.address}{address}")
        tells(page, *TEXTS)
    for n, text in enumerate(TEXTS):
        page.evaluate(GO, f"/runs/a-{n}")
        tells(page, text)
        page.evaluate(GO, f"/recipes/own/harm-{n}")
        tells(page, text)
    for n in range(0, len(TEXTS), AT_ONCE):
        compared = range(len(TEXTS))[n : n + AT_ONCE]
        page.evaluate(GO, f"/compare?{'&'.join(f'run=a-{one}' for one in compared)}")
        tells(page, *(TEXTS[one] for one in compared))


def test_what_an_engine_tells_is_only_text(page: Any) -> None:
    for address in ("", "alarms", "plain"):
        page.goto(f"{page.address}{address}")
        for number, text in enumerate(TEXTS, page.heard.snapshot.number + 1):
            page.heard.take(News("e", number, 100.0, EngineChanged(engine_of(text))))
            if address == "plain":  # asks anew only each second
                page.reload()
            tells(page, text)
        page.heard.tell()


def test_this_would_see_what_gets_out(page: Any) -> None:
    """Most are more than text where they are written as HTML or as an address."""
    address, page = page.address, page.context.new_page()  # where the policy against scripts may complain
    page.goto(f"{address}settings")
    page.evaluate(HARM)
    seen = 0
    for text in TEXTS:
        before = harm_of(page)[1]
        page.evaluate(
            """text => {
              const place = document.body.appendChild(document.createElement("div"));
              place.innerHTML = `<a title="${text}" href='/'>${text}</a>`;
              place.append(Object.assign(document.createElement("a"), { href: text }));
            }""",
            text,
        )
        seen += harm_of(page)[1] > before
    assert seen > len(TEXTS) / 2
    assert page.evaluate("window.turned()")
