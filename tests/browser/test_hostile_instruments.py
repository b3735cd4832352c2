"""Bytes of instruments that would be scripts or elements: through driver, engine and link onto the pages, as text."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser.hostile import CORPUS, HARM, HOSTILE, harm_of, shown
from tests.browser.served import MARKS, NEEDS_PAGES, SOON, Watched, logged_in, page_server
from tests.browser.test_reactor_page import Heard
from tests.scenarios.test_engine import Served, served
from tests.unit.link.test_codec import ENGINE
from vapordep.lazy import dataclass
from vapordep.link.codec import decode, encode
from vapordep.link.news import Snapshot
from vapordep.model.events import Event
from vapordep.simulation.faults import Fault, Notes
from vapordep.simulation.instrument import Replies

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = [*MARKS, NEEDS_PAGES]
WORDS = {"carrier_mfc": (b"SCCM", b"10v20.0-R24"), "gauge": (b"CM",)}
"""What they say where a unit, a firmware, the modules of a gauge stand."""
TEXTS = (HOSTILE, *CORPUS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tainted(Fault):
    """Says something hostile in place of a word of its replies: somebody else has its firmware or its cable in hand."""

    word: bytes
    text: bytes

    def say(self, replies: Replies, heard: bytes, now: float, notes: Notes) -> Replies:
        """With the hostile text where the word stood."""
        return [(delay, said.replace(self.word, self.text)) for delay, said in replies]


def heard_from(folder: Path, number: int) -> tuple[dict[str, str], tuple[Event, ...]]:
    """What an engine tells of instruments that say that text: which are silent and why, and the events."""
    told: tuple[dict[str, str], tuple[Event, ...]] = {}, ()
    text = TEXTS[number].encode()
    faults: dict[str, list[Fault]] = {
        name: [Tainted(word=words[number % len(words)], text=text)] for name, words in WORDS.items()
    }

    async def scene(here: Served) -> None:
        nonlocal told
        await here.clock.sleep(20.0)
        told = dict(here.engine.connection.silent), tuple(here.events)

    folder.mkdir()
    served(folder, scene, faults)
    return told


def test_no_reply_of_an_instrument_becomes_more_than_text(browser: Any, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as aside:  # the browser's driver has a loop of its own in this thread
        found = list(aside.map(lambda number: heard_from(tmp_path / str(number), number), range(len(TEXTS))))
    silent = [f"{number} {name}: {why}" for number, (told, _) in enumerate(found) for name, why in told.items()]
    assert all(told.keys() == WORDS.keys() for told, _ in found), "a reply is told, for who looks for the cause"
    events = tuple(event for _, told in found for event in told)
    heard = Heard(engine=replace(ENGINE, run=None, silent=tuple(silent)))
    heard.take(decode(encode(replace(heard.snapshot, events=events)), Snapshot))
    with page_server(heard.live) as (address, _), browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(HARM)
        watched = Watched(page)
        logged_in(page, address)
        for path in ("", "alarms", "recipes/shipped/al2o3_on_lithium", "plain"):
            page.goto(f"{address}{path}")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            for each in silent if path != "alarms" else ():
                playwright.expect(page.locator("body")).to_contain_text(shown(each), timeout=SOON)
            assert harm_of(page) == (0, 0), path
    watched.asks_nobody_but(address)
    assert [said for said in watched.said if "Failed to load" not in said] == []
