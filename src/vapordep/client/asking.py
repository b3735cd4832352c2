"""Asking: one request to the API of a served reactor, with a token, and its answer or the error that was told."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from vapordep import errors
from vapordep.errors import InputError, LinkError, SafetyError, TooMany, VapordepError

Query = Mapping[str, object]


class Asking:
    """Requests to one address, with the rights of one token."""

    def __init__(self, url: str, token: str, within: float) -> None:
        """An answer may take `within` s. Raises InputError for an address or a token that cannot be one."""
        if not _is_page(url):
            raise InputError(f"{url!r} is no address of a page", remedy="such as http://localhost:8740")
        token = (token or "").strip()  # a file of it ends with a line
        if not token or not token.isascii() or not token.isprintable():
            raise InputError("this is no token", remedy="make one with `vapordep tokens add`")
        self._url = url.rstrip("/")
        self._token = token
        self._within = within
        self._opener = build_opener(_NoRedirect)

    def object(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """An answer that is one object; raises as `ask` does."""
        found: dict[str, Any] = self._told(self.ask(path, query))
        return found

    def rows(self, path: str, query: Query | None = None) -> list[dict[str, Any]]:
        """An answer that is a list of objects; raises as `ask` does."""
        found: list[dict[str, Any]] = self._told(self.ask(path, query))
        return found

    def change(self, path: str, given: Query, **headers: str) -> dict[str, Any]:
        """What came of a change; raises as `ask` does."""
        told: dict[str, Any] = self._told(self.ask(path, None, json.dumps(given).encode(), headers))
        return told

    def give(self, path: str, query: Query, content: bytes) -> dict[str, Any]:
        """What came of a file that was sent as it is; raises as `ask` does."""
        told: dict[str, Any] = self._told(self.ask(path, query, content, {"content-type": "application/octet-stream"}))
        return told

    def _told(self, answer: bytes) -> Any:
        """What an answer in JSON says. Raises LinkError where another program answers."""
        try:
            return json.loads(answer)
        except ValueError as error:
            what, remedy = "what answers there is no vapordep", "name the address that `vapordep serve` prints"
            raise LinkError(what, where=self._url, remedy=remedy) from error

    def ask(
        self, path: str, query: Query | None = None, body: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> bytes:
        """The bytes of an answer; with a `body`, JSON unless `more` headers name another kind, of a change.

        Raises LinkError when none comes, and the error that the server tells.
        """
        told = urlencode({name: value for name, value in (query or {}).items() if value not in ("", ())}, doseq=True)
        headers = {"authorization": f"Bearer {self._token}"} | (
            {} if body is None else {"content-type": "application/json"}
        )
        headers |= {name.replace("_", "-"): value for name, value in (more or {}).items()}
        request = Request(f"{self._url}{path}{f'?{told}' if told else ''}", body, headers)  # noqa: S310 - http(s) only
        try:
            with self._opener.open(request, timeout=self._within) as answer:
                read: bytes = answer.read()
                return read
        except HTTPError as error:
            with error:
                raise _refused(error.read(), error, self._url) from None
        except (URLError, OSError, HTTPException) as error:
            what = f"no answer: {getattr(error, 'reason', None) or error}"
            raise LinkError(what, where=self._url, remedy="is `vapordep serve` running there?") from error


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of a port that is no number, a bracket that does not close
        return False


class _NoRedirect(HTTPRedirectHandler):
    """A token is never carried on to another address."""

    def redirect_request(self, *_: object) -> None:
        return None


def part(name: str) -> str:
    """A name as one part of a path, whatever stands in it."""
    return quote(name, safe="")


def _refused(body: bytes, answer: HTTPError, url: str) -> VapordepError:
    """The error that was told, as it was raised there."""
    try:
        told: Mapping[str, Any] = json.loads(body)
        kind = getattr(errors, str(told["type"]), None)
        if isinstance(kind, type) and issubclass(kind, VapordepError):
            more: dict[str, Any] = {}
            if issubclass(kind, SafetyError):
                more["interlocks"] = told.get("interlocks", ())
            if issubclass(kind, TooMany):
                more["wait"] = float(answer.headers.get("retry-after", 0))
            return kind(str(told["message"]), where=str(told["where"]), remedy=str(told["remedy"]), **more)
        return LinkError(str(told["message"]), where=url, remedy=str(told["remedy"]))
    except (ValueError, KeyError, TypeError):
        return LinkError(
            f"an answer that is none of vapordep's, status {answer.code}", where=url, remedy="see the address"
        )
