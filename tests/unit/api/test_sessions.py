"""Sessions over the web, from the login to every end that they have; what is written here is the promise, in hours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.api.asking import PORT, Answer
from tests.unit.api.lobby import DAY, HOUR, OTHERS, WORDS, Lobby, lobby
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role

FOR_EVER = 20.0
"""s, of the wall: nothing here takes so long."""
BEGINNING = 2
"""Of what is sent to who listens: head, and when to come back; then comes the snapshot."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lobby:
    return lobby(tmp_path, monkeypatch, {"ada": Role.ADMIN, "vera": Role.VIEWER})


def test_who_does_not_come_for_twelve_hours_is_logged_in_no_more(place: Lobby) -> None:
    vera = place.log_in("vera")
    place.clock.now = 12 * HOUR - 1.0
    assert place.ask("/api/me", vera).status == 200
    place.clock.now += 12 * HOUR - 1.0
    assert place.ask("/api/me", vera).status == 200, "it was used meanwhile"
    place.clock.now += 12 * HOUR
    late = place.ask("/api/me", vera)
    assert (late.status, late.json["message"]) == (401, "this session is over")
    assert "/login" in late.json["remedy"]
    assert place.ask("/", vera).headers["location"] == "/login"
    assert place.get("/api/me/sessions", place.log_in("vera"))[0]["here"] is True
    assert len(place.accounts.sessions.all("vera")) == 1, "what is over is not kept"


def test_who_comes_twice_a_day_logs_in_again_after_a_week(place: Lobby) -> None:
    vera = place.log_in("vera")
    for place.clock.now in (*range(11 * 3600, 7 * 86400, 11 * 3600), 7 * 86400 - 1):
        assert place.ask("/api/me", vera).status == 200
    place.clock.now += 1.0
    assert place.ask("/api/me", vera).status == 401


def test_a_browser_keeps_its_cookie_no_longer_than_the_session_may_last(place: Lobby) -> None:
    answer = place.post("/api/login", "", {"name": "vera", "password": WORDS})
    parts = answer.headers["set-cookie"].lower().split("; ")
    assert "max-age=604800" in parts
    assert {"httponly", "samesite=strict", "path=/"} <= set(parts)


def test_who_logs_out_here_is_out_here_and_not_elsewhere(place: Lobby) -> None:
    here, there = place.log_in("vera"), place.log_in("vera")
    out = place.post("/api/logout", here)
    assert out.json["rights"] == []
    assert "max-age=0" in out.headers["set-cookie"].lower()
    assert [place.ask("/api/me", each).status for each in (here, there)] == [401, 200]
    assert place.post("/api/logout", here).status == 401, "once is enough"


# --- pages that are open ---------------------------------------------------------------------------------------------


@dataclass
class Page:
    """A page that is open: it listens to the stream until it is hung up on, or closed."""

    task: asyncio.Task[None]
    sent: list[Any]

    @property
    def is_open(self) -> bool:
        return not self.task.done()


@asynccontextmanager
async def opened(place: Lobby, *cookies: str) -> AsyncIterator[list[Page]]:
    """Pages of these sessions, each of which has heard the beginning."""
    gone = asyncio.Event()
    pages = [_open(place, cookie, gone) for cookie in cookies]
    async with asyncio.timeout(FOR_EVER):
        await heard(place, lambda: all(len(page.sent) > BEGINNING for page in pages))
        yield pages
        gone.set()
        await asyncio.gather(*(page.task for page in pages))


def _open(place: Lobby, cookie: str, gone: asyncio.Event) -> Page:
    sent: list[Any] = []
    asks = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if asks:
            return asks.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/api/stream", "raw_path": b"/api/stream", "query_string": b"",
        "root_path": "", "headers": [(b"host", f"localhost:{PORT}".encode()), (b"cookie", cookie.encode())],
        "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", PORT), "client": None,
    }  # fmt: skip
    return Page(asyncio.ensure_future(place.door(scope, receive, send)), sent)


async def heard(place: Lobby, holds: Callable[[], bool]) -> None:
    """The stream tells on until `holds()`."""
    while not holds():
        place.of.stream.send()
        await asyncio.sleep(0.01)


Ending = Callable[[Lobby, dict[str, str]], Answer]
ENDINGS: dict[str, Ending] = {
    "disabled": lambda place, cookies: place.post("/api/users/vera/disable", cookies["ada"]),
    "another role": lambda place, cookies: place.post("/api/users/vera/role", cookies["ada"], {"role": "trainee"}),
    "another password": lambda place, cookies: place.post(
        "/api/users/vera/password", cookies["ada"], {"password": OTHERS}
    ),
    "logged out": lambda place, cookies: place.post("/api/logout", cookies["vera"]),
    "ended from another computer": lambda place, cookies: place.post(
        f"/api/me/sessions/{elsewhere(place, cookies['there'])}/end", cookies["there"]
    ),
}


def elsewhere(place: Lobby, cookie: str) -> str:
    """The one session of the same person that is not this one."""
    [other] = [each["id"] for each in place.get("/api/me/sessions", cookie) if not each["here"]]
    return str(other)


@pytest.mark.parametrize("how", ENDINGS)
def test_the_pages_of_a_session_end_with_it_at_once_and_no_others(how: str, place: Lobby) -> None:
    cookies = {name: place.log_in(name) for name in ("vera", "ada")} | {"there": place.log_in("vera")}
    alone = how in ("logged out", "ended from another computer")
    others = [cookies["ada"], *([cookies["there"]] if alone else [])]

    async def scene() -> None:
        async with opened(place, cookies["vera"], cookies["vera"], *others) as (page, tab, *stay):
            answer = await asyncio.to_thread(ENDINGS[how], place, cookies)
            assert answer.status == 200
            await heard(place, lambda: not page.is_open and not tab.is_open)
            assert all(each.is_open for each in stay)

    asyncio.run(scene())
    assert place.ask("/api/me", cookies["vera"]).status == 401
    assert place.ask("/api/me", cookies["there"]).status == (200 if alone else 401)
    assert (place.log_in("vera") == "") == (how in ("disabled", "another password"))


def test_who_is_disabled_at_the_computer_is_hung_up_on_within_half_a_minute(place: Lobby, tmp_path: Path) -> None:
    vera, ada = place.log_in("vera"), place.log_in("ada")

    async def scene() -> None:
        async with opened(place, vera, ada) as (page, other):
            Accounts.of(tmp_path).people.change("vera", by="at the computer", disabled=True)
            place.clock.now += 30.1
            await heard(place, lambda: not page.is_open)
            assert other.is_open

    asyncio.run(scene())


def test_a_page_that_is_open_is_in_use_and_ends_with_its_week(place: Lobby) -> None:
    """Who looks on through a night and a day is still shown the reactor; nobody is for longer than a week."""
    vera = place.log_in("vera")

    def seen() -> float:
        [session] = place.accounts.sessions.all("vera")
        return session.seen

    async def scene() -> None:
        async with opened(place, vera) as (page,):
            for _ in range(15):
                before, place.clock.now = seen(), place.clock.now + 11 * HOUR
                await heard(place, lambda then=before: seen() > then)  # type: ignore[misc]
                assert page.is_open
            place.clock.now = 7 * DAY
            await heard(place, lambda: not page.is_open)

    asyncio.run(scene())
    assert place.ask("/api/me", vera).status == 401
