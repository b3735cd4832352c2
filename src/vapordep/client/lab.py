"""A lab: one served reactor and its history, as a notebook sees them."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from vapordep.client.arrays import Cycles, Samples, library, unpacked
from vapordep.client.asking import Asking, part
from vapordep.client.control import Control
from vapordep.clock import perf
from vapordep.errors import FileError, LinkError, RunError
from vapordep.model.run import ENDED

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


class Lab:
    """One served reactor and its history, with the rights of one token."""

    def __init__(self, url: str, token: str, within: float = WITHIN) -> None:
        """Raises InputError for an address or a token that cannot be one."""
        self._asking = Asking(url, token, within)

    def me(self) -> dict[str, Any]:
        """Whose token this is, and what it may do."""
        return self._asking.object("/api/me")

    def verbs(self) -> dict[str, Any]:
        """Which verbs the run knows now, why others are refused, and what this was seen at."""
        return self._asking.object("/api/run/verbs")

    def now(self) -> dict[str, Any]:
        """All that the page shows: run, alarms, values with their ages. Raises NoEngine when none is heard."""
        return self._asking.object("/live.json")

    def runs(self, search: str = "", **wanted: str) -> Iterator[dict[str, Any]]:
        """Runs, the latest first; `wanted` are state, mode, reactor, since and before, as `/api/runs` takes them."""
        below: str | None = ""
        while below is not None:
            page = self._asking.object("/api/runs", {"search": search, "most": PAGE, "below": below, **wanted})["runs"]
            yield from page
            below = page[-1]["run_id"] if len(page) == PAGE else None

    def run(self, run: str = "last") -> dict[str, Any]:
        """All that the catalogue knows of a run: its id, the beginning of it, or `last`. Raises NotThere."""
        return self._asking.object(f"/api/runs/{part(run)}")

    def events(self, run: str = "last", *kinds: str) -> list[dict[str, Any]]:
        """The events of a run, or those of some kinds."""
        return self._asking.rows(f"/api/runs/{part(run)}/events", {"kind": kinds})

    def pulses(self, run: str = "last") -> list[dict[str, Any]]:
        """The pulses of a run; `pandas.DataFrame(lab.pulses())` is a table of them."""
        return self._asking.rows(f"/api/runs/{part(run)}/pulses")

    def tags(self, run: str = "last") -> list[dict[str, Any]]:
        """The tags that have samples in a run, with their units."""
        return self._asking.rows(f"/api/runs/{part(run)}/tags")

    def samples(
        self, run: str, *tags: str, start: float = 0.0, end: float | None = None, points: int = 2000
    ) -> dict[str, Samples]:
        """Samples of some tags from `start` to `end` (s): at most `points` of each, every extreme and gap among them.

        Raises NotThere for a run or a tag that is not there.
        """
        until = () if end is None else end
        query = {"tag": tags, "start": start, "end": until, "points": points, "form": "binary"}
        return dict(unpacked(self._asking.ask(f"/api/runs/{part(run)}/samples", query)))

    def span(
        self, reactor: str, *tags: str, since: str = "", until: str = "", points: int = 2000, simulated: bool = False
    ) -> dict[str, Samples]:
        """Samples over any span of a reactor's time, across runs and the time between: times in s since `since`.

        `since` and `until` are civil, ISO 8601; the last day without them. NaN where nothing was recorded.
        """
        query: dict[str, object] = {"reactor": reactor, "tag": tags, "since": since, "until": until, "points": points}
        query |= {"form": "binary", "simulated": "true" if simulated else "false"}
        return dict(unpacked(self._asking.ask("/api/history/samples", query)))

    def windows(self, run: str = "last") -> list[dict[str, Any]]:
        """Steps and cycles of a run: from when to when, s since its start."""
        return self._asking.rows(f"/api/runs/{part(run)}/windows")

    def cycles(
        self, run: str, tag: str, loop: str = "", first: int = 1, last: int | None = None, points: int = 400
    ) -> Cycles:
        """A tag in the cycles of a loop on the cycle's own time; without a name the loop with most cycles."""
        until = () if last is None else last
        query = {"tag": tag, "loop": loop, "first": first, "last": until, "points": points}
        told = self._asking.object(f"/api/runs/{part(run)}/cycles", query)
        names = ("t_s", "values", "median", "low", "high")
        times, values, median, low, high = (np.array(told[each], dtype=np.float64) for each in names)
        unit = next((each["si"] or "" for each in self.tags(run) if each["tag"] == tag), "")
        return Cycles(tag, told["loop"], told["numbers"], times, values, median, low, high, told["outliers"], unit)

    def compare(self, *runs: str, align: str = "start", name: str = "", number: int = 1) -> list[dict[str, Any]]:
        """Two to six runs beside the first, laid over each other at start, or at the beginning of a step or a cycle."""
        query = {"run": runs, "align": align, "name": name, "number": number}
        found: list[dict[str, Any]] = self._asking.object("/api/comparison", query)["runs"]
        return found

    def table(self, search: str = "", **wanted: str) -> Any:
        """Runs as a pandas.DataFrame, by id; `wanted` as for `runs`. Raises InputError without pandas."""
        pandas = library("pandas")
        found = pandas.DataFrame(list(self.runs(search, **wanted)), columns=COLUMNS)
        for column in ("started", "ended"):
            found[column] = pandas.to_datetime(found[column])
        return found.set_index("run_id")

    def frame(self, run: str, *tags: str, start: float = 0.0, end: float | None = None, points: int = 2000) -> Any:
        """Samples as a pandas.DataFrame: a row an instant, a column a tag, empty where a tag has no sample then.

        SI; `frame.attrs["units"]` tells of each tag which.
        """
        pandas = library("pandas")
        found = self.samples(run, *tags, start=start, end=end, points=points)
        columns = [
            pandas.Series(each.values, pandas.Index(each.times, name="t_s"), name=tag) for tag, each in found.items()
        ]
        made = pandas.concat([each[~each.index.duplicated()] for each in columns], axis=1).sort_index()
        made.attrs["units"] = {tag: samples.unit for tag, samples in found.items()}
        return made

    def dry_run(
        self, recipe: str, parameters: Mapping[str, str] | None = None, every: float = 0.5
    ) -> dict[str, Any]:  # fmt: skip
        """Runs a recipe on simulated instruments, and waits: what it found, with `run_id` and the verdict.

        Raises RunError with what it said when nothing came of it.
        """
        begun = self._asking.change("/api/dry-runs", {"recipe": recipe, "parameters": dict(parameters or {})})
        waiting = threading.Event()
        while (told := self._asking.object(f"/api/dry-runs/{part(begun['id'])}"))["state"] == "running":
            waiting.wait(every)
        if told["report"] is None:
            raise RunError("; ".join(told["notes"]) or told["state"], where=recipe, remedy="see /api/recipes")
        report: dict[str, Any] = told["report"]
        return report

    def note(self, run: str, text: str, at_s: float | None = None) -> int:
        """Writes a note about a run, or about one instant of it; returns its number. Needs the right to run."""
        told = self._asking.change(f"/api/runs/{part(run)}/notes", {"text": text, "at_s": at_s})
        return int(told["number"])

    def label(self, run: str, *add: str, remove: tuple[str, ...] = ()) -> list[str]:
        """Gives labels to a run and takes some away; returns those that it then has. `star` is one."""
        told = self._asking.change(f"/api/runs/{part(run)}/labels", {"add": list(add), "remove": list(remove)})
        return list(told["labels"])

    def measure(self, run: str, quantity: str, value: str, method: str, **more: str) -> dict[str, Any]:
        """Enters a measurement: `lab.measure("last", "thickness", "4.1 nm", "XRR", uncertainty="1 angstrom")`."""
        given = {"quantity": quantity, "value": value, "method": method, **more}
        return self._asking.change(f"/api/runs/{part(run)}/measurements", given)

    def attach(self, run: str, file: Path | str, note: str = "") -> dict[str, Any]:
        """Keeps a copy of a file of this computer with a run: a photo, a spectrum; at most 50 MiB."""
        try:
            name, content = Path(file).name, Path(file).read_bytes()
        except OSError as error:
            what = f"it cannot be read: {error.strerror}"
            raise FileError(what, where=str(file), remedy="see its name and rights") from error
        return self._asking.give(f"/api/runs/{part(run)}/attachments", {"name": name, "note": note}, content)

    def files(self, run: str = "last") -> list[dict[str, Any]]:
        """The files that belong to a run: number, name, size, SHA-256, and what was said of each."""
        return self._asking.rows(f"/api/runs/{part(run)}/attachments")

    def file(self, run: str, number: int) -> bytes:
        """What one of them holds."""
        return self._asking.ask(f"/api/runs/{part(run)}/attachments/{number}")

    def film(self, run: str = "last") -> dict[str, Any]:
        """The film as it was foretold, and what was measured of it."""
        return self._asking.object(f"/api/runs/{part(run)}/film")

    @contextmanager
    def control(self, *, force: bool = False) -> Iterator[Control]:
        """Control over the reactor, for as long as it is needed; one person has it at a time.

        It lapses when nothing is heard for 60 s; a run goes on without. Raises NotInControl while another has it.
        """
        taken = Control(self._asking, self._asking.change("/api/control/take", {"force": force})["token"])
        try:
            yield taken
        finally:
            taken.release()

    def follow(self, every: float = 1.0, patience: float = PATIENCE) -> Iterator[dict[str, Any]]:
        """The run under way, each `every` s until it has ended: state, step, cycle, time left.

        It is that one run: where another has taken its place meanwhile, it has ended too, and `run` tells how.
        Once it has answered, a server that is silent, such as one that is restarted, is waited for `patience` s. Raises
        LinkError after that.
        """
        waiting, heard, followed = threading.Event(), -inf, None
        while True:
            try:
                run = json.loads(self._asking.ask("/api/run"))
            except LinkError:
                if perf() - heard > patience:
                    raise
            else:
                heard = perf()
                if run is None or run["run_id"] != (followed := followed or run["run_id"]):
                    return
                yield run
                if run["state"] in ENDED:
                    return
            waiting.wait(every)

    def abort(self) -> str:
        """Drives the safe state now, and tells who has heard it. The token needs the right to abort."""
        told = json.loads(self._asking.ask("/api/abort", body=b"{}"))
        return str(told["done"])


def connect(url: str, token: str) -> Lab:
    """A lab at the address of its page. Raises as `Lab` and `Lab.me` do: NotLoggedIn for a token that does not hold."""
    lab = Lab(url, token)
    lab.me()
    return lab
