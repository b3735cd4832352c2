"""Asks the web application as a server would hand requests in: who asks, with what, and what it answers."""

import asyncio
import atexit
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter
from starlette.routing import Match

from tests.unit.link.test_codec import ENGINE, SNAPSHOT
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Role
from vapordep.api.access.door import Door
from vapordep.api.answers.answer import Refusal
from vapordep.api.application import application
from vapordep.api.live.engine import Engine, Under
from vapordep.api.live.live import Live
from vapordep.api.live.served import Served
from vapordep.api.manual import described
from vapordep.app.coverage import coverage_of_file
from vapordep.app.foretold.check import checked, refused
from vapordep.app.review.beside_golden import beside_golden
from vapordep.errors import InputError, VapordepError
from vapordep.files import Document, data_folder
from vapordep.link.news import EngineShown
from vapordep.link.orders import Order
from vapordep.link.picture import Picture
from vapordep.link.replies import Done
from vapordep.model.tags import Quality
from vapordep.reactor import read_reactor

PORT = 8740
HERE = f"http://localhost:{PORT}"
JSON = {"content-type": "application/json"}
OCTETS = {"content-type": "application/octet-stream"}
PASSWORD = "a few good words"  # noqa: S105 - of nobody


@dataclass(frozen=True)
class Answer:
    """Status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class House:
    """Accounts with a person of each role, and of each a token with all rights, and a session."""

    folder: TemporaryDirectory[str]
    accounts: Accounts
    tokens: dict[Role, str]
    sessions: dict[Role, str]


@cache
def house() -> House:
    """Made once; tests that change accounts make their own."""
    folder = TemporaryDirectory()
    accounts = Accounts.of(Path(folder.name))
    tokens, sessions = {}, {}
    for role in Role:
        person = accounts.people.add(role.value, role, PASSWORD)
        tokens[role] = accounts.tokens.make(person, "tests", RIGHTS[role], 1.0)
        sessions[role] = accounts.sessions.begin(person)
    return House(folder, accounts, tokens, sessions)


@cache
def _runner() -> asyncio.Runner:
    """One loop with its threads for all requests: to make one costs more than to answer most of them."""
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


@cache
def served() -> Served:
    """A reactor that nobody serves."""
    reactor = read_reactor(data_folder("reactors") / "glovebox_ald.yaml")

    def check(source: Document, settings: Mapping[str, str]) -> Mapping[str, object]:
        return checked(source, reactor, settings, Path("/nowhere")).as_json()

    def sheet(bypassed: frozenset[str]) -> Mapping[str, object]:
        return coverage_of_file(reactor, guardian=True, bypassed=bypassed).as_json()

    def refuse(error: InputError) -> Mapping[str, object]:
        return refused(error).as_json()

    def broken_off(run: str) -> Mapping[str, object]:
        raise InputError(f"{run} is complete: nothing is left of its plan", remedy="make a new run")

    return Served(Path("/nowhere"), reactor, Path("/nowhere"), sheet, check, refuse, broken_off, beside_golden)


def live(engine: EngineShown | None = ENGINE) -> Live:
    """What the web process knows of the engine."""
    made = Live(served())
    if engine is not None:
        values = tuple(replace(value, quality=Quality.GOOD) for value in SNAPSHOT.values)
        made.picture, made.trouble = Picture(replace(SNAPSHOT, engine=engine, values=values)), ""
    return made


DONE = Done("", "done")


@dataclass
class FarEnd(Engine):
    """Takes the orders in the engine's place, keeps them, and answers as a test wants; what they do is tested there."""

    answer: Done | VapordepError = DONE
    orders: list[Order] = field(default_factory=list)
    under: list[Under | None] = field(default_factory=list)

    def call(self, order: Order, within: float = 5.0, under: Under | None = None) -> Done:
        self.orders.append(order)
        self.under.append(under)
        if isinstance(self.answer, VapordepError):
            raise self.answer
        return self.answer


@dataclass
class Stage:
    """An application that shows whatever is put into it: to make one takes longer than a hundred answers."""

    live: Live
    end: FarEnd | None
    app: Door

    def showing(self, live: Live, end: FarEnd | None) -> Door:
        """The application with that before its eyes: what it changes is changed there."""
        self.live.__dict__ = live.__dict__
        if self.end is not None and end is not None:
            self.end.__dict__ = end.__dict__
        return self.app


_STAGES: dict[tuple[int, bool], Stage] = {}
"""By the reactor that is served, and whether with a far end; each keeps its reactor, so that no other gets its id."""


def staged(live: Live, end: FarEnd | None = None) -> Door:
    """An application of those accounts that shows this."""
    key = id(live.served), end is not None
    if key not in _STAGES:
        mine, far = Live(live.served), None if end is None else FarEnd()
        _STAGES[key] = Stage(mine, far, application(mine, PORT, house().accounts, engine=far))
    return _STAGES[key].showing(live, end)


CONTROL = {"control": "7-secret", "seen": "e:4", "idempotency-key": "k"}
"""What an order shows."""


def posted(
    path: str, body: object, role: Role, answer: Done | VapordepError = DONE, of: Live | None = None
) -> tuple["Answer", FarEnd]:
    """An order over the web, by a person of that role who has just logged in, and the far end that took it."""
    end = FarEnd(answer=answer)
    app = staged(of or live(), end)
    inside: Any = app._inside
    inside.state.doorkeeper.confirm(house().sessions[role])
    headers = JSON | CONTROL | {"origin": HERE, "cookie": f"vapordep_{PORT}={house().sessions[role]}"}
    return asked(path, None, method="POST", headers=headers, body=body, app=app), end


@cache
def shared() -> Door:
    """The application of those accounts, with a run under way."""
    return application(live(), PORT, house().accounts)


def asked(
    path: str,
    role: Role | None = Role.VIEWER,
    *,
    method: str = "GET",
    host: str | None = f"localhost:{PORT}",
    headers: dict[str, str] | None = None,
    body: bytes | object = b"",
    of: Live | None = None,
    app: Door | None = None,
    kind: str = "http",
) -> Answer:
    """One request, by a person of that role with a token, or by nobody."""
    given = {} if role is None else {"authorization": f"Bearer {house().tokens[role]}"}
    given |= ({} if host is None else {"host": host}) | (headers or {})
    path, _, query = path.partition("?")
    scope = {
        "type": kind, "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "", "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", PORT), "client": None,
    }  # fmt: skip
    left = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent: list[dict[str, Any]] = []

    given_all = False
    heard = asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal left, given_all
        if given_all:  # who asks stays and waits for the answer, of the stream for the beginning
            await heard.wait()
            return {"type": "http.disconnect"}
        given_all = len(left) <= 4096
        part, left = left[:4096], left[4096:]
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)
        if path == "/api/stream" and message.get("body"):
            heard.set()

    door = app or (shared() if of is None else staged(of))
    _runner().run(door(scope, receive, send))
    if kind != "http":
        return Answer(sent[0]["code"], {}, b"")
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    answer = Answer(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))
    _require_described(door, scope, answer)
    return answer


def _require_described(door: Door, scope: dict[str, Any], answer: Answer) -> None:
    """Every answer of every test is one that the description tells of."""
    inside: Any = door._inside
    found = (route for route in inside.routes if route.matches(scope)[0] is Match.FULL)
    route = next(found, None)
    if route is None or not route.include_in_schema:
        return
    told = _manual()["paths"][route.path][scope["method"].lower()]["responses"]
    what = f"{scope['method']} {scope['path']}: {answer.status} {answer.body[:300]!r}"
    assert str(answer.status) in told, what
    if answer.status != 200:
        assert answer.headers["content-type"] == "application/json", what
        Refusal.model_validate_json(answer.body)
        return
    assert answer.headers["content-type"].partition(";")[0] in told["200"]["content"], what
    if route.response_model is not None and answer.headers["content-type"] == "application/json":
        _validator(route.endpoint, route.response_model).validate_json(answer.body)


@cache
def _manual() -> dict[str, Any]:
    inside: Any = shared()._inside
    return described(inside)


@cache
def _validator(endpoint: object, model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)
