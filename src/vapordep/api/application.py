"""The web application: the pages, what they are made of, and what lies beneath `/api`, one file a resource."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right
from vapordep.api import about, built, units
from vapordep.api.access import login, own, users
from vapordep.api.access.door import LOCAL, Door
from vapordep.api.access.doorkeeper import Caller, Doorkeeper, Needs, require_rights
from vapordep.api.access.login_page import Entrance, login_page
from vapordep.api.answers import refusals
from vapordep.api.answers.answer import Plain
from vapordep.api.live import streaming
from vapordep.api.live.engine import Engine
from vapordep.api.live.live import Live
from vapordep.api.live.shown import LiveNow
from vapordep.api.manual import described
from vapordep.api.operate import (
    abort,
    alarms,
    bottles,
    commands,
    control,
    interlocks,
    reactor,
    sequences,
    starting,
    verbs,
)
from vapordep.api.operate.audited import Audited
from vapordep.api.page import page
from vapordep.api.recipes import dry_runs, recipes, words
from vapordep.api.recipes.library import Library
from vapordep.api.review import attachments, calibrations, cycles, glimpses, notebook, runs, samples, spans
from vapordep.history.queries import History
from vapordep.wire import as_plain

PARTS = {
    "style.css": "text/css", "live.js": "text/javascript", "login.js": "text/javascript", "icon.svg": "image/svg+xml",
}  # fmt: skip
"""The pages' own files, by name, with their types."""
PUBLIC = login.PUBLIC | built.PUBLIC | {"/login", "/first", "/enter", "/{name}"}
"""What is served to everybody: how to log in, and the pages' own files."""
TITLE = "vapordep"
ABOUT = """The reactor that `vapordep serve` serves, as the page shows it, for programs.

Send `Authorization: Bearer TOKEN`; `vapordep tokens add` makes one, or its owner by `POST /api/me/tokens`. Or log in
as a browser does: `POST /api/login` answers with a cookie, and every request that is no GET, that one too, carries
`Origin`, the address of this page such as `http://localhost:8765`. Bodies are JSON, as `Content-Type` says.

What is done to the reactor is done by who has control: `POST /api/control/take` gives a token, void once control is
taken again. An order carries it as `Control`; as `Seen` what it was decided on, `seen` of `GET /api/reactor` or the id
of the latest message of `GET /api/stream`; and as `Idempotency-Key` a word drawn anew for each decision, so that an
order whose answer was lost may be sent again. What has changed meanwhile, or is older than 5 s, is refused as
`StaleOrder`: look, and decide again. `POST /api/abort` needs nothing of it.

Values are SI, instants seconds on the clock of the engine, civil time ISO 8601 in UTC; null where nothing is known.
Every refusal is `{type, message, where, remedy}`: 401 nobody is logged in, 403 the right is lacking, 409 refused by
state or permissive, 415 no JSON, 422 the input will not do, 429 passwords were tried too often, 503 no engine, or the
history cannot be read.
"""


def application(
    live: Live, port: int, accounts: Accounts, names: tuple[str, ...] = LOCAL, *, secure: bool = False,
    engine: Engine | None = None, history: Path | None = None,
) -> Door:  # fmt: skip
    """The application behind its door; `names` are what browsers may call this computer, `secure` is with TLS.

    `engine` takes the orders; without, the one that serves the reactor. `history` is where the runs are; without, they
    lie beside the accounts.

    The pages that document it load from elsewhere and are left out; `/api/openapi.json` is there.
    """
    app = FastAPI(
        title=TITLE, description=ABOUT, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    doorkeeper = Doorkeeper(accounts, f"{'__Host-' if secure else ''}vapordep_{port}")
    app.state.doorkeeper = doorkeeper
    refusals.add(app, _is_page)
    login.add(app, doorkeeper, secure=secure)
    users.add(app, accounts)
    own.add(app, accounts)
    folder = history or accounts.store.path.parent
    past, library = History(folder), Library(folder)
    _add_past(app, live, past, accounts)
    abort.add(app, accounts, live.reactor, live.served.folder)
    engine = engine or Engine(live.reactor, live.served.folder, live.hear)
    _add_reactor(app, live, Audited(engine, accounts.note), past, library)
    words.add(app, live)
    recipes.add(app, live, library, past)
    dry_runs.add(app, live, library, live.trials)
    units.add(app)
    about.add(app)
    _add_live(app, live)
    built.add(app)
    _add_pages(app, live, accounts)
    require_rights(app, PUBLIC)
    return Door(app, port, names, secure=secure)


def _add_past(app: FastAPI, live: Live, past: History, accounts: Accounts) -> None:
    """What was, and what people enter about it."""
    runs.add(app, past)
    samples.add(app, past)
    spans.add(app, past, live.reactor)
    cycles.add(app, past, live.served.beside_golden)
    glimpses.add(app, past)
    notebook.add(app, past, accounts)
    attachments.add(app, past, accounts)
    calibrations.add(app, past, accounts, live.reactor)
    bottles.add(app, live.served.reactor, past, accounts)


def _add_reactor(app: FastAPI, live: Live, engine: Audited, past: History, library: Library) -> None:
    """What is now, and what may be ordered."""
    reactor.add(app, live)
    interlocks.add(app, engine)
    alarms.add(app, live, engine, past)
    control.add(app, live, engine)
    verbs.add(app, live, engine)
    starting.add(app, live, engine, library)
    sequences.add(app, live, engine)
    commands.add(app, live, engine)
    streaming.add(app, live)


def _is_page(path: str) -> bool:
    """Who opens it without a login is led to the login, and back."""
    return path == "/plain" or built.is_one(path)


def _add_live(app: FastAPI, live: Live) -> None:
    @app.get("/live.json", response_model=LiveNow, dependencies=[Needs(Right.READ)])
    def tell() -> JSONResponse:
        """Engine, run, alarms and values at once: what the page shows; SI. 503 before the engine was heard."""
        with live.lock:
            picture = live.heard()
            silent = round(picture.silence, 3)
            return JSONResponse({**as_plain(picture), "silent_for_s": silent, "link": live.trouble or None})

    @app.get("/api/openapi.json", response_model=Plain, dependencies=[Needs(Right.READ)])
    def describe() -> JSONResponse:
        """This description, OpenAPI 3.1."""
        return JSONResponse(described(app))


def _add_entrance(app: FastAPI, entrance: Entrance, reactor: str, accounts: Accounts) -> None:
    @app.get(f"/{entrance}", include_in_schema=False)
    def enter() -> Response:
        anybody = any(accounts.people.all())
        if anybody and entrance is Entrance.FIRST:  # the link was used before
            return RedirectResponse("/login", 303)
        return HTMLResponse(login_page(reactor, entrance, anybody=anybody))


def _add_pages(app: FastAPI, live: Live, accounts: Accounts) -> None:
    loaded = {name: (files("vapordep.api") / "parts" / name).read_bytes() for name in PARTS}

    @app.get("/plain", include_in_schema=False)
    def show(caller: Annotated[Caller, Needs(Right.READ)]) -> HTMLResponse:
        with live.lock:
            return HTMLResponse(page(live.reactor, live.picture, live.trouble, caller.person))

    for entrance in Entrance:
        _add_entrance(app, entrance, live.reactor, accounts)

    @app.get("/{name}", include_in_schema=False)
    def part(name: str) -> Response:
        if name not in loaded:
            raise HTTPException(404)
        return Response(loaded[name], media_type=PARTS[name])
