"""Asking: one request to the API of a served reactor, with a token, and its answer or the error that was told."""

import json
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from vapordep import errors
from vapordep.errors import InputError, LinkError, VapordepError

Query = Mapping[str, object]


class Asking:
    """Requests to one address, with the rights of one token."""

    def __init__(self, url: str, token: str, within: float) -> None:
        """An answer may take `within` s. Raises InputError for an address or a token that cannot be one."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{url!r} is no address of a page", remedy="such as http://localhost:8740")
        if not token or not token.isascii() or not token.isprintable():
            raise InputError("this is no token", remedy="make one with `vapordep tokens add`")
        self._url = url.rstrip("/")
        self._token = token
        self._within = within
        self._opener = build_opener(_NoRedirect)

    def object(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """An answer that is one object; raises as `ask` does."""
        found: dict[str, Any] = json.loads(self.ask(path, query))
        return found

    def rows(self, path: str, query: Query | None = None) -> list[dict[str, Any]]:
        """An answer that is a list of objects; raises as `ask` does."""
        found: list[dict[str, Any]] = json.loads(self.ask(path, query))
        return found

    def change(self, path: str, given: Query, **headers: str) -> dict[str, Any]:
        """What came of a change; raises as `ask` does."""
        told: dict[str, Any] = json.loads(self.ask(path, None, json.dumps(given).encode(), headers))
        return told

    def give(self, path: str, query: Query, content: bytes) -> dict[str, Any]:
        """What came of a file that was sent as it is; raises as `ask` does."""
        told: dict[str, Any] = json.loads(self.ask(path, query, content, {"content-type": "application/octet-stream"}))
        return told

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
                raise _refused(error.read(), error.code, self._url) from None
        except (URLError, OSError, HTTPException) as error:
            what = f"no answer: {getattr(error, 'reason', None) or error}"
            raise LinkError(what, where=self._url, remedy="is `vapordep serve` running there?") from error


class _NoRedirect(HTTPRedirectHandler):
    """A token is never carried on to another address."""

    def redirect_request(self, *_: object) -> None:
        return None


def part(name: str) -> str:
    """A name as one part of a path, whatever stands in it."""
    return quote(name, safe="")


def _refused(body: bytes, status: int, url: str) -> VapordepError:
    """The error that was told, as it was raised there."""
    try:
        told: Mapping[str, Any] = json.loads(body)
        kind = getattr(errors, str(told["type"]), None)
        if isinstance(kind, type) and issubclass(kind, VapordepError):
            return kind(str(told["message"]), where=str(told["where"]), remedy=str(told["remedy"]))
        return LinkError(str(told["message"]), where=url, remedy=str(told["remedy"]))
    except (ValueError, KeyError, TypeError):
        return LinkError(f"an answer that is none of vapordep's, status {status}", where=url, remedy="see the address")
