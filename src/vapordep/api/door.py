"""The door of the web process: who may ask, and what every answer tells the browser. Pure ASGI, before any route."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

METHODS = ("GET", "HEAD")
LOCAL = ("localhost", "127.0.0.1", "[::1]")
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


class Door:
    """Lets in only requests that read, and that were meant for this computer.

    A foreign page that makes its own name lead here (DNS rebinding) shows that name in `Host`.
    """

    def __init__(self, inside: Application, port: int, names: Iterable[str] = LOCAL) -> None:
        self._inside = inside
        self._hosts = frozenset(f"{name}{ending}".encode() for name in names for ending in ("", f":{port}"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or hands on."""
        if scope["type"] == "lifespan":
            return await self._inside(scope, receive, send)
        if scope["type"] != "http":  # there are no WebSockets here
            return await send({"type": "websocket.close", "code": 1008})
        hosts = [value.lower() for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return await _refuse(send, 400, "this page is for this computer only: use http://localhost")
        if scope["method"] not in METHODS:
            return await _refuse(send, 405, "this page only shows; orders go over the command line")
        await self._inside(scope, receive, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name: value for name, value in message.get("headers", ()) if name.decode() not in HEADERS}
            message["headers"] = [*own.items(), *((n.encode(), v.encode()) for n, v in HEADERS.items())]
        await send(message)

    return sending


async def _refuse(send: Send, status: int, why: str) -> None:
    kind = [(b"content-type", b"text/plain; charset=utf-8")]
    answer = _with_headers(send)
    await answer({"type": "http.response.start", "status": status, "headers": kind})
    await answer({"type": "http.response.body", "body": why.encode()})
