"""The command `dry-run`."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vapordep.app.plots import check_plot, plot_run
from vapordep.app.request import Request
from vapordep.app.running import dry_run as app
from vapordep.app.running.outside import Ask, Outside, assumed
from vapordep.app.running.report import RunReport
from vapordep.app.verdict import RunVerdict
from vapordep.app.verdict import as_json as verdict_as_json
from vapordep.cli.terminal.keyboard import Keyboard
from vapordep.cli.terminal.output import tell, write_json
from vapordep.cli.terminal.progress import Progress
from vapordep.cli.terminal.progress_lines import ProgressLines
from vapordep.cli.terminal.summary import print_plot, print_report
from vapordep.cli.terminal.verdict import verdict_or_none
from vapordep.errors import InputError, VapordepError
from vapordep.history.folder import check_folder
from vapordep.history.queries import History
from vapordep.model.run import RunState

UNFINISHED = 1
"""Exit status of a run that did not complete."""


def dry_run(
    asked: Request, plot: Path | None, pace: float | None = None, *, wire: bool = False, as_json: bool = False,
    progress: bool = False,
) -> None:  # fmt: skip
    """Runs it, prints the report, writes the plot; exit status 1 when the run did not complete.

    With `progress` it is told as JSON lines on the error stream.

    Raises InputError before anything is written.
    """
    check_pace(pace)
    check_places(asked, plot)
    with outside(asked.recipe.stem, quiet=as_json or progress, person=asked.operator) as told:
        if progress:
            told = replace(told, show=ProgressLines().show)
        report = app.dry_run(asked, told, pace, wire=wire)
    finish(report, asked.history, plot, as_json=as_json)


def check_pace(pace: float | None) -> None:
    """Raises InputError for a pace that is none."""
    if pace is not None and not 0.0 < pace < math.inf:
        raise InputError(f"a pace of {pace:g} is none", remedy="give simulated seconds a second, such as --pace 20")


def check_places(asked: Request, plot: Path | None) -> None:
    """Raises FileError when history or plot could not be written; a warning about space is told."""
    if plot is not None:
        check_plot(plot)
    space = check_folder(asked.history)
    if space.warning:
        tell(f"warning: {space.warning}")


def finish(report: RunReport, history: Path, plot: Path | None, *, as_json: bool) -> None:
    """Prints verdict and report of a run and writes its plot; ends with exit status 1 when it did not complete."""
    verdict, drawn = (None, False) if report.unfinished else _judged(report, history, plot)
    if as_json:
        write_json({**report.as_json(), "verdict": None if verdict is None else verdict_as_json(verdict)})
    else:
        print_report(report, verdict)
    if drawn and plot is not None and not as_json:
        print_plot(plot)
    if report.unfinished:
        tell(f"error: {report.unfinished}")
    if report.state is not RunState.COMPLETE or not drawn:
        sys.exit(UNFINISHED)


def _judged(report: RunReport, history: Path, plot: Path | None) -> tuple[RunVerdict | None, bool]:
    """The verdict, and whether the plot was written, if one is wanted; the run is safe in the history either way."""
    verdict = None
    try:
        runs = History(history)
        run = runs.run(report.run_id)
        with runs.open_recording(run) as recording:
            verdict = verdict_or_none(recording, run)
            if plot is not None:
                plot_run(recording, run, plot, verdict)
    except VapordepError as error:
        tell(f"error: {error}")
        return verdict, False
    return verdict, True


@contextmanager
def outside(
    title: str, *, quiet: bool, otherwise: Ask = assumed, confirm: bool = False, person: str = ""
) -> Iterator[Outside]:
    """The terminal as the outside of a run: progress, keys, and questions.

    Those wait for a person if `confirm` and one is there; `otherwise` answers else.
    """
    keyboard = Keyboard(wanted=not quiet)
    with keyboard.listening(), Progress(title, quiet=quiet, keyboard=keyboard) as progress:
        ask = progress.ask if confirm and keyboard.attended else otherwise
        yield Outside(progress.show, progress.verb, ask, keyboard.attended, progress.warn, person)
