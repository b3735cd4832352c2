"""The door of the web process: which requests come in, and what every answer tells the browser. Pure ASGI."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

READING = ("GET", "HEAD")
METHODS = (*READING, "POST")
LOCAL = ("localhost", "127.0.0.1", "[::1]")
LONGEST_BODY = 64 * 1024
"""Bytes."""
BODY_WITHIN = 10.0
"""s; who sends one byte now and then would keep room from others."""
FILES = re.compile(r"/api/runs/[^/]+/attachments")
"""Where a file comes in as it is. Its route takes the body, once it knows who sends it."""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), usb=(), serial=()",
    "cache-control": "no-store",
}
"""What every answer carries: no script, style or frame of anybody else, and nothing is kept."""


ONLY_JSON = 415, "only JSON is taken", "send `Content-Type: application/json`"
ONLY_BYTES = 415, "a file is taken as it is", "send `Content-Type: application/octet-stream`, and its name in the query"


class Door:
    """Lets in only requests that were meant for this computer, and changes only from its own pages or with a token.

    A foreign page that makes its own name lead here (DNS rebinding) shows that name in `Host`. One that asks in the
    name of who looks at it shows itself in `Origin`, or shows none, and can send neither JSON nor a token of its own.
    """

    def __init__(self, inside: Application, port: int, names: Iterable[str] = LOCAL, *, secure: bool = False) -> None:
        """`names` are what browsers may call this computer; `secure` says that they come by TLS."""
        self._inside = inside
        hosts = {f"{name.lower()}{ending}" for name in names for ending in ("", f":{port}")}
        self._hosts = frozenset(host.encode() for host in hosts)
        scheme = "https" if secure else "http"
        self._origins = frozenset(f"{scheme}://{host}".encode() for host in hosts)
        self._page = f"{scheme}://{next(iter(names), 'localhost')}:{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or hands on."""
        if scope["type"] == "lifespan":
            return await self._inside(scope, receive, send)
        if scope["type"] != "http":  # there are no WebSockets here
            return await send({"type": "websocket.close", "code": 1008})
        if (refusal := self._refusal(scope)) is not None:
            return await _refuse(send, *refusal)
        if scope["method"] == "HEAD":
            return await _head(self._inside, scope, receive, _with_headers(send))
        if scope["method"] in READING:
            return await self._inside(scope, receive, _with_headers(send))
        if _is_file(scope):
            return await self._inside(scope, *_heard_out(scope, receive, _with_headers(send)))
        await self._with_body(scope, receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands on a change with all of its body, which is JSON that all read alike."""
        try:
            async with asyncio.timeout(BODY_WITHIN):
                body = await _body(receive)
        except TimeoutError:
            return await _refuse(send, 408, "the request came too slowly", f"send all of it within {BODY_WITHIN:g} s")
        if body is None:
            return await _refuse(send, 413, "the request is too long", f"send at most {LONGEST_BODY} bytes")
        if body and not _values(scope, b"content-type"):
            return await _refuse(send, *ONLY_JSON)
        if (fault := _fault(body)) is not None:
            return await _refuse(send, 400, f"the request is no JSON that all read alike: {fault}", "see RFC 8259")
        await self._inside(scope, _given(body, receive), _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        """Status, what is wrong and what to do; None for a request that may come in."""
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 400, "this page is known by other names", "use http://localhost, or name it with `serve --name`"
        if scope["method"] in READING or scope["method"] not in METHODS:
            return None  # no route has another method: the application refuses it, and says which it has
        origins = _values(scope, b"origin")
        if any(origin.lower() not in self._origins for origin in origins) or len(origins) > 1:
            return 403, "another page asks in the name of this one", "use the page itself, or a token"
        if not origins and not _values(scope, b"authorization"):
            own = f"send `Authorization: Bearer TOKEN`, or to log in `Origin: {self._page}`"
            return 403, "a change needs `Origin`, as browsers send it, or a token", own
        kinds = [kind.partition(b";")[0].strip().lower() for kind in _values(scope, b"content-type")]
        if _is_file(scope):
            return None if kinds == [b"application/octet-stream"] else ONLY_BYTES
        return None if kinds in ([], [b"application/json"]) else ONLY_JSON  # none will do where nothing follows


def _is_file(scope: Scope) -> bool:
    return scope["method"] not in READING and FILES.fullmatch(scope["path"]) is not None


def _values(scope: Scope, wanted: bytes) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == wanted]


def _heard_out(scope: Scope, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Lets the rest of a file go before it is refused: many programs hear no answer until all is sent.

    Who waits to be asked for it (`Expect: 100-continue`) is answered at once.
    """
    left = not _values(scope, b"expect")

    async def receiving() -> Message:
        nonlocal left
        message = await receive()
        left = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def sending(message: Message) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(BODY_WITHIN):
                while left:
                    await receiving()
        await send(message)

    return receiving, sending


async def _body(receive: Receive) -> bytes | None:
    """All of the request's body; None when it is too long."""
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > LONGEST_BODY:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return body


def _fault(body: bytes) -> str | None:
    """What is ambiguous in JSON that Python would take: one reader takes the first of two keys, another the last."""
    try:
        json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError:
        return None  # none at all: the application says where
    except UnicodeDecodeError as error:
        return f"byte {error.start} is no UTF-8"
    except RecursionError:
        return "it is nested too deeply"
    except (_AmbiguousError, ValueError) as error:  # such as a whole number of thousands of digits
        return str(error).partition(";")[0]
    return None


class _AmbiguousError(Exception):
    """JSON that is not read alike by all."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _AmbiguousError(f"{key[:60]!r} is there twice")
        found[key] = value
    return found


def _no_constant(text: str) -> object:
    raise _AmbiguousError(f"{text} is no number")


def _given(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read already, then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return left.pop() if left else await receive()

    return receiving


async def _head(inside: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers as to GET, with the head alone; what would go on for ever is told that nobody listens."""
    told = asyncio.Event()

    async def receiving() -> Message:
        await told.wait()
        return {"type": "http.disconnect"}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            told.set()

    await inside({**scope, "method": "GET", "extensions": {}}, receiving, sending)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name, value) for name, value in message.get("headers", ()) if name.decode() not in HEADERS]
            message["headers"] = [*own, *((n.encode(), v.encode()) for n, v in HEADERS.items())]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, what: str, remedy: str) -> None:
    told = {"type": "NotAllowed", "message": what, "where": "the door", "remedy": remedy}
    kind = [(b"content-type", b"application/json")]
    answer = _with_headers(send)
    await answer({"type": "http.response.start", "status": status, "headers": kind})
    await answer({"type": "http.response.body", "body": json.dumps(told).encode()})
