"""A list of 10 000 runs over the web: pages and searches, each by wall and CPU time; and every kind of transaction.

Run `python -m bench.catalogue [--runs N] [--json]`. Half of the runs have long recipes and reactor files, as real ones
have. Beside it stands the limit: SQLite reading all ids of as many rows; for what is entered, 4 KiB and `fdatasync`.
A transaction lasts from its BEGIN until its COMMIT is on the disk: as long as others who enter something must wait.
"""

import argparse
import itertools
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert

from bench.overview import asker
from bench.storage import header, raw_write
from vapordep.history import listing, notebook, tables
from vapordep.history.catalogue import Catalogue, Outcome
from vapordep.model.film import Film
from vapordep.model.run import RunHeader, RunState, SampleOnStage

OPERATORS = ("anna.berg", "ben.ode", "chi.wu", "dana.ek")
RECIPES = (("al2o3_on_lithium", "ALD", "lithium"), ("alucone", "MLD", "sodium"), ("ppfda", "iCVD", "silicon"))
ASKED = {
    "first page": "most=50",
    "page 150": "most=50&skip=7500",
    "a word that is rare": "search=li-4711",
    "two words that are common": "search=lithium+anna",
    "no such word": "search=xyzzy",
    "process, substrate, state": "process=ALD&substrate=lithium&state=ABORTED",
    "label": "label=star",
    "operator and a month": "operator=chi.wu&since=2025-03&before=2025-04",
}
GOAL, GOAL_ENTERED = 50.0, 10.0
"""ms, p95: of a page or a search, and of a transaction."""
OLD = "20200101-000000-abcdef"


def fill(folder: Path, count: int) -> None:
    with Catalogue.open(folder) as catalogue, catalogue.entering() as connection:
        rows, coated = [], []
        for number in range(count):
            recipe, process, substrate = RECIPES[number % 3]
            day = f"20{20 + number // 1700}-{1 + number // 141 % 12:02}-{1 + number % 28:02}"
            run_id = f"{day.replace('-', '')}-{number:06}-abcdef"
            text = f"recipe: 1\nname: {recipe}\nprocess: {process}\nsubstrate: {substrate}\n" + "# step\n" * 800
            rows.append({
                "run_id": run_id, "mode": ("run", "dry_run")[number % 2], "recipe_name": recipe, "recipe_text": text,
                "recipe_sha256": "", "parameters": "{}", "reactor_name": f"reactor-{number % 4}",
                "reactor_text": "reactor: x\n" * 800, "reactor_sha256": "", "versions": "{}",
                "operator": OPERATORS[number % 4], "notes": "{}", "called": "[]",
                "recording": f"recordings/{run_id}.sqlite", "process": "{}", "started": f"{day}T10:00:00+00:00",
                "ended": f"{day}T12:00:00+00:00", "simulated_s": 7200.0, "wall_s": 1.0,
                "state": ("COMPLETE", "ABORTED", "STOPPED")[number % 3], "reason": "all steps done", "outcome": "{}",
            })  # fmt: skip
            coated.append({"run_id": run_id, "number": 1, "sample_id": f"Li-{number}", "substrate": substrate,
                           "area_m2": 1e-4, "position": "centre", "note": ""})  # fmt: skip
        connection.execute(insert(tables.runs), rows)
        connection.execute(insert(tables.run_samples), coated)
        for number, row in enumerate(rows):
            listing.refresh(connection, row["run_id"])
            if number % 50 == 0:
                notebook.label(connection, row["run_id"], ["star"], [], "bench")


def quantile(work: Callable[[], object], times: int) -> tuple[float, float]:
    """p95 by the wall and of CPU, ms."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    return sorted(walls)[int(0.95 * times)], sorted(cpus)[int(0.95 * times)]


def opened(folder: Path) -> Callable[[], None]:
    """A note as the web enters it, the catalogue opened for it."""

    def enter() -> None:
        with Catalogue.open(folder) as catalogue, catalogue.entering() as connection:
            notebook.note(connection, OLD, "a note", "bench")

    return enter


def transactions(folder: Path, catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    """One transaction of each kind, in a catalogue that is open, as who records has it."""
    number = itertools.count()
    begun: list[RunHeader] = []

    def entered(work: Callable[[Connection], object]) -> Callable[[], None]:
        def enter() -> None:
            with catalogue.entering() as connection:
                work(connection)

        return enter

    def begin() -> None:
        run_id, text = f"20270101-{next(number):06}-abcdef", "# step\n" * 800
        sample = SampleOnStage(f"Li-{run_id}", "lithium")
        begun.append(replace(header(), run_id=run_id, recipe_text=text, reactor_text=text, samples=(sample,)))
        catalogue.begin(begun[-1], f"recordings/{run_id}.sqlite")

    def end() -> None:
        over = Outcome(RunState.COMPLETE, "all steps done", datetime.now(UTC), 1.0, 1.0, {}, Film())
        catalogue.end(begun.pop(0).run_id, over.row(), None)

    measured = {"method": "ellipsometry", "sample": "Li-0"}
    return {
        "a run begins": begin,
        "a run ends": end,
        "a note": entered(lambda c: notebook.note(c, OLD, "a note", "bench")),
        "a label": entered(lambda c: notebook.label(c, OLD, [f"label-{next(number)}"], [], "bench")),
        "a measurement": entered(lambda c: notebook.measure(c, OLD, "thickness", "12.3 nm", "bench", **measured)),
        "a calibration": entered(
            lambda c: notebook.calibrate(c, "x", "foil_offset", "stage", "3 K", "bench", method="indium")
        ),
        "limit: 4 KiB, fdatasync": next(raw_write(folder)),
    }


def limit(folder: Path) -> Callable[[], object]:
    def read() -> object:
        with closing(sqlite3.connect(folder / "catalogue.sqlite")) as connection:
            return connection.execute("SELECT run_id FROM listed ORDER BY started DESC").fetchall()

    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, asked.runs)
        ask = asker(folder)
        found: dict[str, tuple[float, float]] = {}
        totals = {}
        for what, query in ASKED.items():
            totals[what] = json.loads(ask(f"/api/runs?{query}"))["total"]
            found[what] = quantile(lambda query=query: ask(f"/api/runs?{query}"), 40)  # type: ignore[misc]
        found["a note, and the catalogue opened"] = quantile(opened(folder), 40)
        with Catalogue.open(folder) as catalogue:
            for what, enter in transactions(folder, catalogue).items():
                found[what] = quantile(enter, 40)
        found["limit: all ids by SQLite"] = quantile(limit(folder), 40)
    if asked.json:
        print(json.dumps({"goal_ms": GOAL, "goal_entered_ms": GOAL_ENTERED, "p95_ms": found, "totals": totals}))
        return
    goals = f"goals: pages and searches {GOAL:g}, transactions {GOAL_ENTERED:g}"
    print(f"{asked.runs:,} runs; p95 of 40, ms by the wall and of CPU ({goals})")
    for what, (wall, cpu) in found.items():
        print(f"  {what:32} {wall:7.1f} {cpu:7.1f}   {f'{totals[what]:,} found' if what in totals else ''}")


if __name__ == "__main__":
    main()
