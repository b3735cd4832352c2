"""The Python client for notebooks: a served reactor and its runs over the web, with a token.

```python
import vapordep
lab = vapordep.connect("http://localhost:8740", token)
for run in lab.runs(search="lithium", state="COMPLETE"):
    print(run["run_id"], run["reason"])
pressure = lab.samples("last", "chamber.pressure")["chamber.pressure"]
pressure.times, pressure.values      # s since the run's start, and Pa, as numpy arrays
lab.table(search="lithium")          # a pandas table of runs
lab.cycles("last", "chamber.pressure").xarray()   # (cycle, time in the cycle)
with lab.control() as control:       # one person at a time
    run = control.start("shipped/al2o3_on_lithium", {"cycles": "50"})
for state in lab.follow():
    print(state["state"], state["step"], state["left_s"])
```

It needs nothing but numpy; `table`, `frame` and `xarray` need `pip install "vapordep[notebook]"`. Values are SI; what
is not known is None, in arrays NaN.
"""

import importlib
import json
import secrets
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from math import inf
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import numpy as np
from numpy.typing import NDArray

from vapordep import errors
from vapordep.clock import perf
from vapordep.errors import InputError, LinkError, NotInControl, RunError, VapordepError
from vapordep.lazy import dataclass
from vapordep.model.run import ENDED

Query = Mapping[str, object]
WITHIN = 30.0
"""How long an answer may take, in s."""
PAGE = 200
"""Runs that are asked for at a time."""
COLUMNS = (
    "run_id", "mode", "recipe", "reactor", "operator", "started", "ended", "state", "reason", "simulated_s", "parent",
    "samples", "labels", "process",
)  # fmt: skip
"""Of a table of runs, also of none; a test compares them with what the server tells."""
PATIENCE = 60.0
"""How long a server that had answered may be silent, in s, before who follows a run is told."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of one tag: s since the run's start, and SI values, NaN where one is bad; two arrays of one length."""

    tag: str
    times: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cycles:
    """One tag in the cycles of a loop: `values` (n, m) of n cycles at m instants since each one's beginning, s and SI.

    `median`, `low` and `high` (m,) are over the cycles; `outliers` are numbers of cycles far from the median.
    """

    tag: str
    loop: str
    numbers: list[int]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    outliers: list[int]

    def xarray(self) -> Any:
        """As an xarray.DataArray with the dimensions `cycle` and `t_in_cycle`. Raises InputError without xarray."""
        coordinates = {"cycle": self.numbers, "t_in_cycle": self.times}
        return _library("xarray").DataArray(self.values, coordinates, ("cycle", "t_in_cycle"), name=self.tag)


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

    def verbs(self) -> dict[str, Any]:
        """Which verbs the run knows now, why others are refused, and what this was seen at."""
        return self._object("/api/run/verbs")

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

    def span(
        self, reactor: str, *tags: str, since: str = "", until: str = "", points: int = 2000, simulated: bool = False
    ) -> dict[str, Samples]:
        """Samples over any span of a reactor's time, across runs and the time between: times in s since `since`.

        `since` and `until` are civil, ISO 8601; the last day without them. NaN where nothing was recorded.
        """
        query = {"reactor": reactor, "tag": tags, "since": since, "until": until, "points": points, "form": "binary"}
        return dict(_unpacked(self._ask("/api/history/samples", query | ({"simulated": "true"} if simulated else {}))))

    def windows(self, run: str = "last") -> list[dict[str, Any]]:
        """Steps and cycles of a run: from when to when, s since its start."""
        return self._rows(f"/api/runs/{_part(run)}/windows")

    def cycles(
        self, run: str, tag: str, loop: str = "", first: int = 1, last: int | None = None, points: int = 400
    ) -> Cycles:
        """A tag in the cycles of a loop on the cycle's own time; without a name the loop with most cycles."""
        until = () if last is None else last
        query = {"tag": tag, "loop": loop, "first": first, "last": until, "points": points}
        told = self._object(f"/api/runs/{_part(run)}/cycles", query)
        names = ("t_s", "values", "median", "low", "high")
        times, values, median, low, high = (np.array(told[each], dtype=np.float64) for each in names)
        return Cycles(tag, told["loop"], told["numbers"], times, values, median, low, high, told["outliers"])

    def compare(self, *runs: str, align: str = "start", name: str = "", number: int = 1) -> list[dict[str, Any]]:
        """Two to six runs beside the first, laid over each other at start, or at the beginning of a step or a cycle."""
        query = {"run": runs, "align": align, "name": name, "number": number}
        found: list[dict[str, Any]] = self._object("/api/comparison", query)["runs"]
        return found

    def table(self, search: str = "", **wanted: str) -> Any:
        """Runs as a pandas.DataFrame, by id; `wanted` as for `runs`. Raises InputError without pandas."""
        pandas = _library("pandas")
        found = pandas.DataFrame(list(self.runs(search, **wanted)), columns=COLUMNS)
        for column in ("started", "ended"):
            found[column] = pandas.to_datetime(found[column])
        return found.set_index("run_id")

    def frame(self, run: str, *tags: str, start: float = 0.0, end: float | None = None, points: int = 2000) -> Any:
        """Samples as a pandas.DataFrame: a row an instant, a column a tag, empty where a tag has no sample then."""
        pandas = _library("pandas")
        found = self.samples(run, *tags, start=start, end=end, points=points)
        columns = [
            pandas.Series(each.values, pandas.Index(each.times, name="t_s"), name=tag) for tag, each in found.items()
        ]
        return pandas.concat([each[~each.index.duplicated()] for each in columns], axis=1).sort_index()

    def dry_run(
        self, recipe: str, parameters: Mapping[str, str] | None = None, every: float = 0.5
    ) -> dict[str, Any]:  # fmt: skip
        """Runs a recipe on simulated instruments, and waits: what it found, with `run_id` and the verdict.

        Raises RunError with what it said when nothing came of it.
        """
        begun = self._told("/api/dry-runs", {"recipe": recipe, "parameters": dict(parameters or {})})
        waiting = threading.Event()
        while (told := self._object(f"/api/dry-runs/{_part(begun['id'])}"))["state"] == "running":
            waiting.wait(every)
        if told["report"] is None:
            raise RunError("; ".join(told["notes"]) or told["state"], where=recipe, remedy="see /api/recipes")
        report: dict[str, Any] = told["report"]
        return report

    def note(self, run: str, text: str, at_s: float | None = None) -> int:
        """Writes a note about a run, or about one instant of it; returns its number. Needs the right to run."""
        told = self._told(f"/api/runs/{_part(run)}/notes", {"text": text, "at_s": at_s})
        return int(told["number"])

    def label(self, run: str, *add: str, remove: tuple[str, ...] = ()) -> list[str]:
        """Gives labels to a run and takes some away; returns those that it then has. `star` is one."""
        told = self._told(f"/api/runs/{_part(run)}/labels", {"add": list(add), "remove": list(remove)})
        return list(told["labels"])

    def measure(self, run: str, quantity: str, value: str, method: str, **more: str) -> dict[str, Any]:
        """Enters a measurement: `lab.measure("last", "thickness", "4.1 nm", "XRR", uncertainty="1 angstrom")`."""
        given = {"quantity": quantity, "value": value, "method": method, **more}
        return self._told(f"/api/runs/{_part(run)}/measurements", given)

    def film(self, run: str = "last") -> dict[str, Any]:
        """The film as it was foretold, and what was measured of it."""
        return self._object(f"/api/runs/{_part(run)}/film")

    @contextmanager
    def control(self, *, force: bool = False) -> Iterator["Control"]:
        """Control over the reactor, for as long as it is needed; one person has it at a time.

        It lapses when nothing is heard for 60 s; a run goes on without. Raises NotInControl while another has it.
        """
        taken = Control(self, self._told("/api/control/take", {"force": force})["token"])
        try:
            yield taken
        finally:
            taken.release()

    def follow(self, every: float = 1.0, patience: float = PATIENCE) -> Iterator[dict[str, Any]]:
        """The run under way, each `every` s until it has ended: state, step, cycle, time left.

        Once it has answered, a server that is silent, such as one that is restarted, is waited for `patience` s. Raises
        LinkError after that.
        """
        waiting, heard = threading.Event(), -inf
        while True:
            try:
                run = json.loads(self._ask("/api/run"))
            except LinkError:
                if perf() - heard > patience:
                    raise
            else:
                heard = perf()
                if run is None:
                    return
                yield run
                if run["state"] in ENDED:
                    return
            waiting.wait(every)

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

    def _told(self, path: str, given: Query, **headers: str) -> dict[str, Any]:
        """What came of a change."""
        told: dict[str, Any] = json.loads(self._ask(path, None, json.dumps(given).encode(), headers))
        return told

    def _ask(
        self, path: str, query: Query | None = None, body: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> bytes:
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


class Control:
    """Orders to the reactor, each under this control and decided on what the engine shows then."""

    def __init__(self, lab: Lab, token: str) -> None:
        self._lab = lab
        self._token = token

    def start(
        self, recipe: str, parameters: Mapping[str, str] | None = None, samples: Iterable[Mapping[str, object]] = (),
        note: str = "",
    ) -> str:  # fmt: skip
        """Starts a run and returns its id: `start("shipped/al2o3_on_lithium", {"cycles": "50"}, [{"id": "Li-1"}])`."""
        given = {
            "recipe": recipe,
            "parameters": dict(parameters or {}),
            "samples": list(map(dict, samples)),
            "note": note,
        }
        return str(self._order("/api/runs", given)["run_id"])

    def ask(self, verb: str, reason: str = "", amendment: str = "") -> str:
        """Asks the run for a verb: pause, resume, hold, restart, stop, skip, amend, reset."""
        return str(self._order("/api/run/verbs", {"verb": verb, "reason": reason, "amendment": amendment})["done"])

    def answer(self, text: str = "") -> str:
        """Answers what the recipe asks a person."""
        return str(self._order("/api/run/answer", {"text": text})["done"])

    def keep(self) -> None:
        """Says that one is still there; every order says so too."""
        self._order("/api/control/keep", {})

    def release(self) -> None:
        """Gives control back; what has lapsed, or was taken over, is no error."""
        with suppress(NotInControl):
            self._order("/api/control/release", {})

    def _order(self, path: str, given: Query) -> dict[str, Any]:
        seen = self._lab.verbs()["seen"]
        key = secrets.token_hex(16)
        return self._lab._told(path, given, control=self._token, seen=seen, idempotency_key=key)  # noqa: SLF001


class _NoRedirect(HTTPRedirectHandler):
    """A token is never carried on to another address."""

    def redirect_request(self, *_: object) -> None:
        return None


def connect(url: str, token: str) -> Lab:
    """A lab at the address of its page. Raises as `Lab` and `Lab.me` do: NotLoggedIn for a token that does not hold."""
    lab = Lab(url, token)
    lab.me()
    return lab


def _library(name: str) -> Any:
    """A library that only notebooks need. Raises InputError with what to do where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(f"{name} is not installed", remedy='pip install "vapordep[notebook]"') from None


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
