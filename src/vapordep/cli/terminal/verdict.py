"""The command `runs verdict`, and the verdict on a run as it stands at the end of a dry run: compact, 80 columns."""

import sys
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from vapordep.app.verdict import Fitness, RunVerdict, as_json, verdict_on
from vapordep.app.verdict import tables as told
from vapordep.cli.terminal.output import LOUD, console, listing, plain, state_text, tell, write_json
from vapordep.cli.terminal.past import counted, history_in, run_called
from vapordep.errors import VapordepError
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.recordings.recording import Recording
from vapordep.model.run import Mode

STYLES = {Fitness.FIT: "bold green", Fitness.DOUBTFUL: "bold yellow", Fitness.UNFIT: LOUD}
"""The words say the same."""
UNFIT = 1
"""Exit status of a run that is not fit."""
GAP = 2
"""Columns between two columns."""


def verdict(name: str, folder: Path | None, *, as_data: bool) -> None:
    """The verdict on one run of the history; exit status 1 when it is not fit."""
    history = history_in(folder)
    run, _ = counted(history, run_called(history, name))
    with history.open_recording(run) as recording:
        found = verdict_on(recording, run)
    if as_data:
        write_json({"run_id": run.run_id, **as_json(found)})
    else:
        print_verdict(found)
    if found.fitness is Fitness.UNFIT:
        sys.exit(UNFIT)


def verdict_or_none(recording: Recording, run: CataloguedRun) -> RunVerdict | None:
    """The verdict beside other things; None when there can be none, which is told."""
    try:
        return verdict_on(recording, run)
    except VapordepError as error:
        tell(f"error: no verdict on this run: {error}")
        return None


def print_verdict(verdict: RunVerdict, more: Iterable[tuple[str, str]] = ()) -> None:
    """Prints a verdict for a person; `more` are facts that no recording holds, each with its name."""
    out = console()
    out.print(headline(verdict))
    for reason in verdict.reasons[1:]:
        out.print(plain(f"- {reason.text}"))
    header = verdict.run.header
    kind = "dry run" if header.mode is Mode.DRY_RUN else "run"
    out.print()
    out.print(plain(f"{header.recipe_name} on {header.reactor_name}, {kind}", "bold"))
    out.print(state_text(verdict.run.state).append(plain(f": {verdict.run.reason}", "default")))
    out.print()
    facts = Grid.grid(padding=(0, GAP, 0, 0))
    for label, value in (*told.facts(verdict), *more):
        facts.add_row(plain(label), plain(value))
    out.print(facts)
    for table in (
        told.film(verdict),
        told.composition(verdict),
        told.doses(verdict),
        told.purges(verdict),
        told.rules(verdict),
    ):
        if table is not None:
            _print_table(out, table)
    for note in told.notes(verdict):
        out.print()
        out.print(plain(note))


def headline(verdict: RunVerdict) -> Text:
    """The one line to act upon."""
    word, why = told.headline(verdict)
    return plain(word, STYLES[verdict.fitness]).append(plain(f": {why}", "default"))


def _print_table(out: Console, table: told.Table) -> None:
    """Where a table is too wide, its cells go on in further lines; what stands first in each row and numbers do not."""
    columns = list(zip(table.headings, *table.rows, strict=True))
    wide = sum(max(len(cell) for cell in column) + GAP for column in columns) > out.width + GAP
    grid = listing(*table.headings)
    for column in grid.columns[1:]:
        column.no_wrap = not wide or column.justify == "right"
    for row in table.rows:
        grid.add_row(*(plain(cell) for cell in row))
    out.print()
    out.print(grid)
