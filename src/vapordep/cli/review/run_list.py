"""The command `runs list`: runs that are like what was asked for, newest first."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rich.table import Table
from rich.text import Text

from vapordep.app.words import clock_time, nanometres
from vapordep.cli.review.chain import thickness
from vapordep.cli.review.runs_as_json import run_as_json
from vapordep.cli.terminal.output import LOUD, console, listing, local_time, plain, state_text, write_json
from vapordep.cli.terminal.past import counted, history_in, none_yet
from vapordep.errors import InputError
from vapordep.history.catalogue.catalogue import Catalogue, CataloguedRun
from vapordep.history.catalogue.search import MOST, Wanted
from vapordep.history.queries import History
from vapordep.model.run import RunState

WIDE = 120
"""From so many columns on, a list tells all that there is."""
GAP = 2
"""Columns between two columns."""
SHORT_ID = len("20261123-142530")
"""A run's id without its end; with it wherever two would look alike."""


def state_called(text: str) -> RunState | None:
    """The state of that name in any letters, None for none; raises InputError for one that there is not."""
    states = {str(state): state for state in RunState}
    if text and text.upper() not in states:
        raise InputError(f"there is no state {text!r}", where="--state", remedy=f"one of {', '.join(states)}")
    return states.get(text.upper())


def _listed(history: History, limit: int, wanted: Wanted) -> list[CataloguedRun]:
    """The latest runs like that."""
    briefs = history.briefs(replace(wanted, most=min(limit, MOST)))
    found = [brief.run_id for brief in islice(briefs, limit)]
    if not found:
        return []
    with Catalogue.read(history.folder) as catalogue:
        return [catalogue.run(run_id) for run_id in found]


def list_runs(folder: Path | None, limit: int, wanted: Wanted, *, as_json: bool) -> None:
    """The latest runs, newest first."""
    history = history_in(folder)
    found = [counted(history, run) for run in _listed(history, limit, wanted)]
    runs = [run for run, _ in found]
    if as_json:
        write_json([{**run_as_json(run), "doubt": doubt or None} for run, doubt in found])
        return
    out = console()
    if not runs:
        out.print(plain("no run is like that") if wanted != Wanted() else none_yet(history), soft_wrap=True)
        return
    out.print(_wide(runs) if out.width >= WIDE else _narrow(runs, out.width))
    for run, doubt in found:
        if doubt:
            out.print(plain(f"{run.run_id}: {doubt}", style=LOUD))


def _narrow(runs: Sequence[CataloguedRun], width: int) -> Table:
    """What fits 80 columns; of long recipe names only the beginning."""
    rows = [
        (name, mode_of(run), f"{local_time(run.header.started):%d %b %H:%M}", nanometres(thickness(run)))
        for run, name in zip(runs, _short([run.run_id for run in runs]), strict=True)
    ]
    taken = sum(max(len(cell) + GAP for cell in column) for column in zip(*rows, strict=True))
    room = width - taken - max(len(run.state) for run in runs) - GAP
    table = listing("run", "mode", "started", "recipe", "state", "film>")
    for run, (name, mode, started, film) in zip(runs, rows, strict=True):
        table.add_row(name, mode, started, _clipped(run.header.recipe_name, room), state_text(run.state), film)
    return table


def _clipped(text: str, length: int) -> Text:
    shown = plain(text)
    shown.truncate(max(length, 8), overflow="ellipsis")
    return shown


def _wide(runs: Sequence[CataloguedRun]) -> Table:
    table = listing("run", "mode", "started", "recipe", "reactor", "state", "time>", "film>", "samples", "operator")
    for run in runs:
        header = run.header
        table.add_row(
            run.run_id, mode_of(run), f"{local_time(header.started):%Y-%m-%d %H:%M}", plain(header.recipe_name),
            plain(header.reactor_name), state_text(run.state), clock_time(run.simulated_s),
            nanometres(thickness(run)), plain(", ".join(sample.id for sample in header.samples) or "-"),
            plain(header.operator),
        )  # fmt: skip
    return table


def _short(ids: Sequence[str]) -> list[str]:
    """Each id as short as one may type it, which is its beginning, where no other one begins so."""
    beginnings = [name[:SHORT_ID] for name in ids]
    return [
        name if beginnings.count(short) > 1 else short for name, short in zip(ids, beginnings, strict=True)
    ]  # fmt: skip


def mode_of(run: CataloguedRun) -> str:
    """Live or a dry run, in words."""
    return run.header.mode.value.replace("_", " ")
