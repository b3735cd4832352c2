"""The commands `runs verify` and `runs rebuild`: whether recordings are as they were written."""

import sys
from pathlib import Path
from typing import Any

from rich.text import Text

from vapordep.app.words import count
from vapordep.cli.terminal.output import LOUD, console, plain, tell, write_json
from vapordep.cli.terminal.past import history_in, none_yet, run_called
from vapordep.errors import HistoryError, InputError
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Verification
from vapordep.history.upkeep.rebuild import rebuild

WRONG = 1
"""Exit status when a recording is not as it was written."""


def verify(name: str | None, folder: Path | None, *, every: bool, as_json: bool) -> None:
    """Whether recordings are as they were written; exit status 1 when one is not."""
    if every and name is not None:
        raise InputError(f"either the run {name!r} or all of them", remedy="leave out the name, or --all")
    history = history_in(folder)
    runs = history.runs() if every else (run_called(history, name or "last"),)
    found = []
    for run in runs:
        found.append(history.verify(run))
        if not as_json:
            _print_verified(run, found[-1])
    wrong = sum(not each.whole for each in found)
    if as_json:
        told = [{"run_id": run.run_id, **verified_as_json(each)} for run, each in zip(runs, found, strict=True)]
        write_json(told if every else told[0])
    elif every:
        summary = f"{count(len(runs), 'run')}, {f'{wrong} of them NOT in order' if wrong else 'all in order'}"
        console().print(plain(summary, LOUD if wrong else "") if runs else none_yet(history), soft_wrap=not runs)
    if wrong:
        sys.exit(WRONG)


def rebuild_catalogue(folder: Path | None, *, as_json: bool) -> None:
    """A new catalogue of the recordings, and what is not in it."""
    history = History(folder)
    made = rebuild(history.folder)
    try:
        history.mark_interrupted()
    except HistoryError as error:
        tell(f"warning: {error}")
    if as_json:
        write_json({"runs": made.runs, "kept_aside": made.aside and str(made.aside), "lost": list(made.lost)})
        return
    aside = f"; the damaged one is kept as {made.aside}" if made.aside else ""
    console().print(plain(f"a new catalogue of {count(made.runs, 'run')}{aside}"), soft_wrap=True)
    for line in made.lost:
        console().print(plain(f"- {line}", LOUD), soft_wrap=True)


def _print_verified(run: CataloguedRun, found: Verification) -> None:
    out = console()
    out.print(verified_line(run.run_id, found))
    for problem in found.problems:
        out.print(plain(f"- {problem}"))


def verified_line(what: str, found: Verification) -> Text:
    """In one line whether a recording is sealed and as it was written."""
    if not found.whole:
        return plain(f"{what}: NOT in order, {count(len(found.problems), 'problem')}", LOUD)
    state = "sealed and verified" if found.sealed else "not sealed yet, in order so far"
    return plain(f"{what}: {state}; {count(found.events, 'event')}, {count(found.samples, 'sample')}")


def verified_as_json(found: Verification) -> dict[str, Any]:
    """What was found of a recording."""
    return {
        "verified": found.whole,
        "sealed": found.sealed,
        "events": found.events,
        "samples": found.samples,
        "chunks": found.chunks,
        "problems": list(found.problems),
    }
