"""A list of 10 000 runs over the web: pages and searches, each by wall and CPU time; and every kind of transaction.

Run `python -m bench.catalogue [--runs N] [--json]`. Half of the runs have long recipes and reactor files, as real ones
have. Beside it stands the limit: SQLite reading all ids of as many rows; for what is entered, 4 KiB and `fdatasync`,
in turns with it. A transaction lasts from its BEGIN until its COMMIT is on the disk: as long as others who enter
something must wait.
"""

import argparse
import itertools
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, insert

from bench.overview import asker
from bench.storage import header, raw_write
from vapordep.history.catalogue import listing, notebook
from vapordep.history.catalogue.catalogue import Catalogue, Outcome
from vapordep.history.database import tables
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
SYNCS = 5
"""How often a transaction waits for the disk: journal, its count, its folder, the file itself, and the folder again."""
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


class Spent(NamedTuple):
    """ms: p50 and p95 by the wall, and of CPU; of the limit, in turns with it, p50 and p95 by the wall."""

    wall: tuple[float, float]
    cpu: tuple[float, float]
    limit: tuple[float, float] | None = None


def spent(work: Callable[[], object], times: int, limit: Callable[[], object] | None = None) -> Spent:
    """The limit takes turns with the work: a disk may be ten times as slow a minute later."""
    walls, cpus, limits = [], [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
        if limit is not None:
            wall = time.perf_counter()
            limit()
            limits.append((time.perf_counter() - wall) * 1e3)
    return Spent(quantiles(walls), quantiles(cpus), quantiles(limits) if limits else None)


def quantiles(taken: list[float]) -> tuple[float, float]:
    return sorted(taken)[len(taken) // 2], sorted(taken)[int(0.95 * len(taken))]


def opened(folder: Path) -> Callable[[], None]:
    """A note as the web enters it, the catalogue opened for it."""

    def enter() -> None:
        with Catalogue.open(folder) as catalogue, catalogue.entering() as connection:
            notebook.note(connection, OLD, "a note", "bench")

    return enter


def transactions(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
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
        found: dict[str, Spent] = {}
        totals = {}
        for what, query in ASKED.items():
            totals[what] = json.loads(ask(f"/api/runs?{query}"))["total"]
            found[what] = spent(lambda query=query: ask(f"/api/runs?{query}"), 40)  # type: ignore[misc]
        with Catalogue.open(folder) as catalogue, contextmanager(raw_write)(folder) as write:
            found["a note, and the catalogue opened"] = spent(opened(folder), 40, write)
            for what, enter in transactions(catalogue).items():
                found[what] = spent(enter, 40, write)
        found["limit: all ids by SQLite"] = spent(limit(folder), 40)
    if asked.json:
        told = {what: each._asdict() for what, each in found.items()}
        print(json.dumps({"goal_ms": GOAL, "goal_entered_ms": GOAL_ENTERED, "p50_p95_ms": told, "totals": totals}))
        return
    goals = f"goals for p95 by the wall: pages and searches {GOAL:g}, transactions {GOAL_ENTERED:g}"
    print(f"{asked.runs:,} runs; p50 and p95 of 40, ms ({goals})")
    print(f"  {'':32} {'by the wall':>15} {'of CPU':>15}   4 KiB and fdatasync in turns: a transaction has {SYNCS}")
    for what, each in found.items():
        beside = f"{each.limit[0]:7.1f} {each.limit[1]:7.1f}" if each.limit else ""
        count = f"{totals[what]:,} found" if what in totals else ""
        figures = " ".join(f"{value:7.1f}" for value in (*each.wall, *each.cpu))
        print(f"  {what:32} {figures}   {beside}{count}")


if __name__ == "__main__":
    main()
