"""The Python client for notebooks: a served reactor and its runs over the web, with a token.

```python
import vapordep
lab = vapordep.connect("http://localhost:8740", token)
for run in lab.runs(search="lithium", state="COMPLETE"):
    print(run["run_id"], run["reason"])
pressure = lab.samples("last", "chamber.pressure")["chamber.pressure"]
pressure.times, pressure.values      # s since the run's start, and Pa, as numpy arrays
```

It needs nothing but numpy. Values are SI; what is not known is None, in arrays NaN.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import numpy as np
from numpy.typing import NDArray

from vapordep import errors
from vapordep.errors import InputError, LinkError, VapordepError
from vapordep.lazy import dataclass

Query = Mapping[str, object]
WITHIN = 30.0
"""How long an answer may take, in s."""
PAGE = 200
"""Runs that are asked for at a time."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one tag: s since the run's start, and SI values, NaN where one is bad; two arrays of one length."""

    tag: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]


class Lab:
    """One served reactor and its history, with the rights of one token."""

    def __init__(self, url: str, token: str, within: float = WITHIN) -> None:
        """Raises InputError for an address or a token that cannot be one."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"{url!r} is no address of a page", remedy="such as http://localhost:8740")
        if not token or not token.isascii() or not token.isprintable():
            raise InputError("this is no token", remedy="make one with `vapordep tokens add`")
        self._url = url.rstrip("/")
        self._token = token
        self._within = within
        self._opener = build_opener(_NoRedirect)

    def me(self) -> dict[str, Any]:
        """Whose token this is, and what it may do."""
        return self._object("/api/me")

    def now(self) -> dict[str, Any]:
        """All that the page shows: run, alarms, values with their ages. Raises NoEngine when none is heard."""
        return self._object("/live.json")

    def runs(self, search: str = "", **wanted: str) -> Iterator[dict[str, Any]]:
        """Runs, the latest first; `wanted` are state, mode, reactor, since and before, as `/api/runs` takes them."""
        skip, total = 0, 1
        while skip < total:
            page = self._object("/api/runs", {"search": search, "most": PAGE, "skip": skip, **wanted})
            total, skip = page["total"], skip + PAGE
            yield from page["runs"]

    def run(self, run: str = "last") -> dict[str, Any]:
        """All that the catalogue knows of a run: its id, the beginning of it, or `last`. Raises NotThere."""
        return self._object(f"/api/runs/{_part(run)}")

    def events(self, run: str = "last", *kinds: str) -> list[dict[str, Any]]:
        """The events of a run, or those of some kinds."""
        return self._rows(f"/api/runs/{_part(run)}/events", {"kind": kinds})

    def pulses(self, run: str = "last") -> list[dict[str, Any]]:
        """The pulses of a run; `pandas.DataFrame(lab.pulses())` is a table of them."""
        return self._rows(f"/api/runs/{_part(run)}/pulses")

    def tags(self, run: str = "last") -> list[dict[str, Any]]:
        """The tags that have samples in a run, with their units."""
        return self._rows(f"/api/runs/{_part(run)}/tags")

    def samples(
        self, run: str, *tags: str, start: float = 0.0, end: float | None = None, points: int = 2000
    ) -> dict[str, Samples]:
        """Samples of some tags from `start` to `end` (s): at most `points` of each, every extreme and gap among them.

        Raises NotThere for a run or a tag that is not there.
        """
        until = () if end is None else end
        query = {"tag": tags, "start": start, "end": until, "points": points, "form": "binary"}
        return dict(_unpacked(self._ask(f"/api/runs/{_part(run)}/samples", query)))

    def abort(self) -> str:
        """Drives the safe state now, and tells who has heard it. The token needs the right to abort."""
        told = json.loads(self._ask("/api/abort", body=b"{}"))
        return str(told["done"])

    def _object(self, path: str, query: Query | None = None) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._ask(path, query))
        return found

    def _rows(self, path: str, query: Query | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._ask(path, query))
        return found

    def _ask(self, path: str, query: Query | None = None, body: bytes | None = None) -> bytes:
        told = urlencode({name: value for name, value in (query or {}).items() if value not in ("", ())}, doseq=True)
        headers = {"authorization": f"Bearer {self._token}"} | (
            {} if body is None else {"content-type": "application/json"}
        )
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


def connect(url: str, token: str) -> Lab:
    """A lab at the address of its page. Raises as `Lab` and `Lab.me` do: NotLoggedIn for a token that does not hold."""
    lab = Lab(url, token)
    lab.me()
    return lab


def _part(name: str) -> str:
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


def _unpacked(body: bytes) -> Iterator[tuple[str, Samples]]:
    try:
        (length,) = struct.unpack_from("<I", body)
        place = 4 + length
        for column in json.loads(body[4:place])["tags"]:
            count = column["points"]
            times, values = np.frombuffer(body, "<f8", 2 * count, place).reshape(2, count).astype(np.float64)
            place += 16 * count
            yield column["tag"], Samples(column["tag"], times, values)
    except (struct.error, ValueError, KeyError) as error:
        raise LinkError(f"samples that cannot be read: {error}", remedy="use a client of the same version") from error
