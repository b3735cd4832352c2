"""The command line as a whole: its families of commands, and how it ends."""

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from vapordep.cli.commands import (
    accounts,
    alarms,
    arming,
    bottles,
    computer,
    interlocks,
    notebook,
    recipes,
    run,
    runs,
    serving,
    upkeep,
    verbs,
)
from vapordep.cli.terminal import failures
from vapordep.cli.terminal.families import Family

app = typer.Typer(
    name="vapordep",
    cls=Family,
    help="Process control for laboratory vapour-phase coating: ALD, MLD and iCVD on lithium and other delicate foils.",
    epilog=(
        "Begin with `vapordep demo`, then `vapordep dry-run al2o3_on_lithium`. "
        "Exit status: 0 done, 1 went wrong or did not complete, 2 refused before anything was done, 3 another process "
        "has the reactor."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(computer.demo)
recipes.add(app)
serving.add(app)
arming.add(app)
app.command()(interlocks.limit)
app.command()(computer.simulate)
app.command()(computer.doctor)
verbs.add(run.app)
notebook.add(runs.app)
app.add_typer(run.app, name="run")
app.add_typer(alarms.app, name="alarms")
app.add_typer(interlocks.bypasses, name="bypass")
app.add_typer(runs.app, name="runs")
app.add_typer(upkeep.app, name="history")
app.add_typer(bottles.app, name="bottles")
app.add_typer(notebook.calibrations, name="calibrations")
app.add_typer(accounts.users, name="users")
app.add_typer(accounts.tokens, name="tokens")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"vapordep {version('vapordep')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def main(words: Sequence[str] | None = None) -> NoReturn:
    """The `vapordep` command: exit status 0, or 2 for input that is refused, 1 for what went wrong later."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # none is wanted, and to look for one takes 15 ms
    given = list(sys.argv[1:] if words is None else words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console that lacks a letter shows its code instead
    sys.exit(failures.told(lambda: app(given, prog_name="vapordep", standalone_mode=False), as_json="--json" in given))
