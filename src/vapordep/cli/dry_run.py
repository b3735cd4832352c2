"""The commands `dry-run` and `demo`."""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from vapordep.app import dry_run as app
from vapordep.app.outside import Outside
from vapordep.app.places import reactor_file, recipe_file
from vapordep.app.plots import plot_run
from vapordep.app.report import RunReport
from vapordep.app.request import Request, samples, settings
from vapordep.cli.keyboard import Keyboard
from vapordep.cli.progress import Progress
from vapordep.cli.summary import print_report
from vapordep.history.folder import check_folder, default_folder
from vapordep.history.queries import History
from vapordep.model.run import RunState

DEMO_RECIPE = "al2o3_on_lithium"
DEMO_SETTINGS = ("cycles=4", "stabilise=2 min")
UNFINISHED = 1
"""Exit status of a run that did not complete."""


def dry_run(
    recipe: str, reactor: str | None, set_: list[str], seed: int, plot: Path | None, operator: str | None,
    sample: list[str], history: Path | None, pace: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Runs it, prints the report, writes the plot; exit status 1 when the run did not complete."""
    request = Request(
        recipe=recipe_file(recipe),
        reactor=reactor_file(reactor),
        settings=settings(set_),
        history=history or default_folder(),
        operator=operator or getpass.getuser(),
        samples=samples(sample),
        seed=seed,
    )
    report = _run(request, pace, quiet=as_json)
    finish(report, request.history, plot, as_json)


def demo(history: Path | None, plot: Path, as_json: bool) -> None:
    """A short version of alumina on lithium, with its plot."""
    if not as_json:
        Console(stderr=True).print(
            "A dry run of alumina on lithium with 4 cycles instead of 36, on a simulated glovebox reactor.\n"
            "The same drivers, interlocks and sequencer will run the real one.", highlight=False,
        )  # fmt: skip
    dry_run(DEMO_RECIPE, None, list(DEMO_SETTINGS), 0, plot, None, [], history, None, as_json)
    if not as_json:
        Console(stderr=True).print(
            "Next: vapordep runs show, vapordep runs export, "
            "or the whole recipe with vapordep dry-run al2o3_on_lithium", highlight=False,
        )  # fmt: skip


def finish(report: RunReport, history: Path, plot: Path | None, as_json: bool) -> None:
    """Prints what a run gave and writes its plot; ends with exit status 1 when it did not complete."""
    if plot is not None:
        with History(history).open_recording(report.run_id) as recording:
            plot_run(recording, f"{report.recipe} on {report.reactor}: {report.state}, run {report.run_id}", plot)
    if as_json:
        sys.stdout.write(json.dumps(report.as_json()) + "\n")
    else:
        print_report(report, plot)
    if report.state is not RunState.COMPLETE:
        sys.exit(UNFINISHED)


def _run(request: Request, pace: float | None, *, quiet: bool) -> RunReport:
    space = check_folder(request.history)
    if space.warning and not quiet:
        sys.stderr.write(f"warning: {space.warning}\n")
    with outside(request.recipe.stem, quiet=quiet) as told:
        return app.dry_run(request, told, pace)


@contextmanager
def outside(title: str, *, quiet: bool, confirm: bool = False) -> Iterator[Outside]:
    """The terminal as the outside of a run: progress, keys, and prompts; those are confirmed by a key if `confirm`."""
    keyboard = Keyboard()
    with keyboard.listening(), Progress(title, quiet=quiet, keyboard=keyboard) as progress:
        ask = progress.ask if confirm and keyboard.attended else _confirmed
        yield Outside(progress.show, progress.verb, ask, keyboard.attended)


async def _confirmed(text: str) -> None:
    """Where nobody has to do anything, every prompt counts as confirmed; it is an event all the same."""
