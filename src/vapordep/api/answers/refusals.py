"""Every refusal of the web process has one form: its type, what is wrong, where, and what to do about it."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from math import ceil
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from vapordep import errors
from vapordep.errors import HistoryError, InputError, SafetyError, TooMany, VapordepError
from vapordep.history.database.sqlite import may_pass

STATUS: Mapping[type[VapordepError], int] = MappingProxyType({
    errors.NotLoggedIn: 401,
    errors.NotAllowed: 403,
    errors.TooManyTries: 429,
    errors.TooManyListeners: 503,
    errors.NotThere: 404,
    errors.TooLarge: 413,
    errors.NoEngine: 503,
    errors.LinkError: 502,
    errors.SafetyError: 409,
    errors.RunError: 409,
    errors.HistoryError: 503,
    errors.InputError: 422,
})  # fmt: skip
"""The status of each kind of error; the first that fits along its ancestors."""
AGAIN = 5
"""s after which to ask again for a history whose disk or database refuses, which may pass."""
LONGEST_PATH = 200
"""Letters of an address that are told again."""
NOWHERE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>No such page · vapordep</title><link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/style.css">
<main><h1>There is no such page</h1>
<section><p>The address is mistyped, or of another version. There are <a href="/">the reactor</a>,
<a href="/recipes">its recipes</a>, <a href="/runs">its runs</a> and <a href="/alarms">its alarms</a>.</p></section>
</main></html>
"""
"""What a person is shown who has opened an address that is none."""
OUT_OF_RANGE = "RANGE"
"""What the permit calls a value that an output cannot take."""


def add(app: FastAPI, is_page: Callable[[str], bool]) -> None:
    """Gives every error that form; who opens a page without a login is led to it, and back afterwards."""

    @app.exception_handler(VapordepError)
    def refused(request: Request, error: VapordepError) -> Response:
        if isinstance(error, errors.NotLoggedIn) and is_page(request.url.path):
            wanted = f"{request.url.path}?{request.url.query}".removesuffix("?")
            back = "" if wanted == "/" else f"?{urlencode({'to': wanted})}"
            return RedirectResponse(f"/login{back}", 303)
        more = _headers(error)
        ids = error.interlocks if isinstance(error, SafetyError) else ()
        what = str(error) if isinstance(error, InputError) and len(error.findings) > 1 else error.what
        return refusal(status_of(error), type(error).__name__, what, error.where, error.remedy, more, interlocks=ids)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        told = [_wrong(each) for each in error.errors()]
        remedy = "see /api/openapi.json for what it takes"
        return refusal(422, "InputError", "; ".join(told), request.url.path, remedy)

    @app.exception_handler(HTTPException)
    def missed(request: Request, error: HTTPException) -> Response:
        status, path, remedy = error.status_code, request.url.path[:LONGEST_PATH], "see /api/openapi.json"
        if status == HTTPStatus.NOT_FOUND:
            if "text/html" in request.headers.get("accept", "") and not path.startswith("/api"):
                return HTMLResponse(NOWHERE, status)
            return refusal(status, "NotThere", f"there is no address {path}", path, remedy)
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = _methods(request)
            what = f"{path} takes {allowed}, not {request.method[:20]}"
            return refusal(status, "MethodNotAllowed", what, path, remedy, {"allow": allowed})
        name = HTTPStatus(status).phrase.title().replace(" ", "")
        return refusal(status, name, str(error.detail), path, remedy)

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        what = f"internal error: {type(error).__name__}"
        return refusal(500, "InternalError", what, request.url.path, "report it, with what the process printed")


def _headers(error: VapordepError) -> dict[str, str]:
    """When to try again, where that is of use; and by what programs log in."""
    if isinstance(error, errors.NotLoggedIn):
        return {"www-authenticate": "Bearer"}
    if isinstance(error, TooMany):
        return {"retry-after": str(ceil(error.wait))}
    return {"retry-after": str(AGAIN)} if isinstance(error, HistoryError) and may_pass(error) else {}


def _wrong(each: Any) -> str:
    """What is wrong at one place of a request."""
    if each["type"] == "json_invalid":
        return f"the body is no JSON: {each['ctx']['error']}, at character {each['loc'][-1]}"
    return f"{'.'.join(map(str, each['loc']))}: {each['msg']}"


def _methods(request: Request) -> str:
    """All that this address takes, over all its routes; what is read may be asked for its head alone."""
    here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    found = {method for route in here for method in route.methods}
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


def status_of(error: VapordepError) -> int:
    """The HTTP status of an error of ours: a value that is out of its range will do in no state."""
    if isinstance(error, SafetyError) and OUT_OF_RANGE in error.interlocks:
        return 422
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def refusal(
    status: int, kind: str, message: str, where: str, remedy: str, headers: Mapping[str, str] | None = None,
    *, interlocks: Sequence[str] = (),
) -> JSONResponse:  # fmt: skip
    """A refusal as it goes out; `interlocks` only where some stand against it."""
    told: dict[str, Any] = {"type": kind, "message": message, "where": where, "remedy": remedy}
    if interlocks:
        told["interlocks"] = list(interlocks)
    return JSONResponse(told, status, dict(headers or {}))
