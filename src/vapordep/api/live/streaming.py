"""Listening to the live stream: who may, how many at once, and for how long."""

import threading
from typing import Annotated

from fastapi import FastAPI, Header, Request

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Doorkeeper, Needs
from vapordep.api.live.listeners import Listener, Listening
from vapordep.api.live.live import Live
from vapordep.clock import perf
from vapordep.errors import HistoryError, NotLoggedIn, TooManyListeners
from vapordep.link.news import Snapshot

MOST = 64
"""Listeners at once: requests, and ABORT among them, must find room beside them."""
ROOM_AFTER = 10.0
"""s after which whoever found no room may come again."""
ASKED_AGAIN = 30.0
"""s: whether a listener is still logged in is asked so often."""

TOLD = {
    "type": "object",
    "properties": {
        "now_s": {"type": "number", "description": "s on the clock of the engine."},
        "values": {
            "type": "object",
            "description": "By tag: instant in s on the clock of the engine, value in SI or null, quality.",
            "additionalProperties": {
                "type": "array", "minItems": 3, "maxItems": 3, "items": {"type": ["number", "null", "string"]},
            },
        },
        "edges": {
            "type": "object",
            "description": "Of `news`, by tag: where a state changed since the last message, each as in `values`; "
            "also what was over again before its newest value, such as a short pulse.",
            "additionalProperties": {"type": "array", "items": {"type": "array", "minItems": 3, "maxItems": 3}},
        },
        "engine": {"type": "object", "description": "As /live.json tells it."},
        "tags": {"type": "array", "items": {"type": "object", "required": ["tag", "unit", "dimension", "output"]}},
        "events": {
            "type": "array",
            "description": "Of `news` and `gap` with `number`, that of the ids; in a `gap` without, where the engine "
            "told it before it came up anew.",
            "items": {"type": "object", "required": ["time_s", "kind", "text", "data"]},
        },
        "trouble": {"type": "string", "description": "Of `lost`: why the engine is not heard."},
        "after": {"type": "string", "description": "Of `gap`: the id after which something is missing."},
        "why": {"type": "string"},
        "samples": {"type": "string", "description": "Of `gap`: at which addresses what is missing is found."},
        "id": {"type": "string", "description": "Of `dry-run`: which, as /api/dry-runs names it."},
        "state": {"type": "string", "description": "Of `dry-run`: running, done, cancelled, failed."},
        "progress": {"type": ["object", "null"], "description": "Of `dry-run`: as /api/dry-runs tells it."},
        "events_complete": {"type": "boolean", "description": "Of `gap`: whether `events` are all that were missed."},
    },
    "additionalProperties": False,
}  # fmt: skip
MESSAGE = {
    "type": "object",
    "properties": {
        "event": {"enum": ["snapshot", "news", "gap", "lost", "beat", "dry-run"]},
        "id": {"type": "string", "description": "`epoch:number` of the newest news in it, of `snapshot` and `news`."},
        "retry": {"type": "integer", "description": "After how many ms to come back."},
        "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": TOLD},
    },
    "additionalProperties": False,
}
"""One message: OpenAPI 3.1 has no word for a stream, and tools take its schema for that of each event."""


def add(app: FastAPI, live: Live) -> None:
    """Adds the route."""

    def known() -> Snapshot | None:
        with live.lock:
            return None if live.picture is None else live.picture.snapshot

    @app.get(
        "/api/stream",
        response_class=Listening,
        status_code=200,
        responses={200: {"content": {"text/event-stream": {"schema": MESSAGE}}}},
    )
    async def stream(
        request: Request,
        caller: Annotated[Caller, Needs(Right.READ)],
        last: Annotated[str, Header(alias="Last-Event-ID", max_length=100, description="As browsers send it.")] = "",
    ) -> Listening:
        """The live stream, as server-sent events, at most ten a second; ids are `epoch:number`.

        `snapshot` comes first: engine, tags, values `[instant, SI or null, quality]`, the latest events. `news` hold
        what is new of these. Who comes back with `Last-Event-ID` goes on where they were; after too long a `gap` tells
        that samples are lost and gives the events again that are known (`events_complete`), and a new snapshot follows.
        `lost` tells that the engine is not heard. `dry-run` tells where a dry run is that was begun over the web:
        whoever lost one asks `/api/dry-runs/ID`.
        """
        if live.stream.listeners >= MOST:
            remedy = "close a page, or ask /live.json now and then"
            raise TooManyListeners(f"{MOST} listen already", wait=ROOM_AFTER, remedy=remedy)
        still = _Still(request.app.state.doorkeeper, request)
        return Listening(live.stream, Listener(live.stream, known, last), still)


class _Still:
    """Whether the listener is still logged in; asked not on the loop that serves all.

    Asked once this process has changed anything about accounts, and now and then: the command line changes them too.
    """

    def __init__(self, doorkeeper: Doorkeeper, request: Request) -> None:
        self._doorkeeper = doorkeeper
        self._request = request
        self._due = perf() + ASKED_AGAIN
        self._changes = doorkeeper.accounts.store.changes
        self._is = True

    def __call__(self) -> bool:
        changes = self._doorkeeper.accounts.store.changes
        if changes != self._changes or perf() > self._due:
            self._changes, self._due = changes, perf() + ASKED_AGAIN
            threading.Thread(target=self._ask, daemon=True).start()
        return self._is

    def _ask(self) -> None:
        try:
            self._is = Right.READ in self._doorkeeper.caller(self._request).rights
        except NotLoggedIn:
            self._is = False
        except HistoryError:
            pass  # who was let in may look on while the accounts cannot be read
