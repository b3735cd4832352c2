"""The web application on a port of its own, as `vapordep web` serves it, and a person who logs in to it."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.unit.api.asking import PASSWORD, house
from vapordep.accounts.accounts import Accounts
from vapordep.api import built
from vapordep.api.application import application
from vapordep.api.live.engine import Engine
from vapordep.api.live.live import Live

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MARKS = [
    pytest.mark.browser,
    pytest.mark.wall,
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium here"),
]
NEEDS_PAGES = pytest.mark.skipif(
    not built._assets() and not os.environ.get("CI"), reason="the pages were not built: pip install -e ."
)
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = "only => axe.run(only ? {runOnly: [only]} : {}).then(told => told.violations)"
SOON = 60_000
"""ms in which the page must show what has changed, on a machine that is busy."""
ADVICE = "[DOM]", "Autofocus processing was blocked"
"""Of the browser's own; the second where somebody is in a field before the page has put them there."""
NOT_HEARD = "the server responded with a status of 503"
"""Of the web process, while it does not hear the engine."""


@contextmanager
def page_server(
    shown: Live, accounts: Accounts | None = None, port: int = 0, engine: Engine | None = None
) -> Iterator[tuple[str, uvicorn.Server]]:
    """Serves with those accounts, and the history beside them; what is put into `shown.stream` is sent.

    `engine` takes the orders in place of one that nobody serves.
    """
    ending = threading.Event()
    threading.Thread(target=shown.stream.send_for_ever, args=(ending,), daemon=True).start()
    with socket.create_server(("127.0.0.1", port)) as listening:
        port = listening.getsockname()[1]
        app = application(shown, port, accounts or house().accounts, engine=engine)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}/", server
        finally:
            server.should_exit = True
            thread.join(60)
            ending.set()


class Watched:
    """What a page asks for, and what it says on its console."""

    def __init__(self, page: Any) -> None:
        """From now on."""
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _hear(self, message: Any) -> None:
        if not message.text.startswith(ADVICE):
            self.said.append(f"{message.text} {message.location['url']}")

    @property
    def complaints(self) -> list[str]:
        """What it said, but for a busy engine that did not answer in time, whom the console tells of as well."""
        return [each for each in self.said if NOT_HEARD not in each]

    def asks_nobody_but(self, address: str) -> None:
        """Fails where another host was asked."""
        assert [url for url in self.asked if not url.startswith(address)] == []


def logged_in(page: Any, address: str, name: str = "Viewer") -> None:
    """Opens a page as that person, by the form it leads to."""
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(address)


def obstacles(page: Any, only: str = "") -> list[Any]:
    """What keeps somebody out, as far as axe-core tells: contrast, names, what no key reaches; by one rule or all."""
    if not AXE.exists() and not os.environ.get("CI"):
        return []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    told = page.evaluate(RULES, only)
    found = [(each["id"], each["impact"], [node["html"] for node in each["nodes"]]) for each in told]
    return [each for each in found if each[1] in ("serious", "critical")]
