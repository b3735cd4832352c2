"""The commands and their options; each loads what it needs only when it is called, so that `--help` is quick."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli import failures

app = typer.Typer(
    name="vapordep",
    help="Process control for laboratory vapour-phase coating: ALD, MLD and iCVD on lithium and other delicate foils.",
    epilog="Try it: vapordep demo. Then: vapordep dry-run recipes/al2o3_on_lithium.yaml",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
runs_app = typer.Typer(help="The history: every run, also those that were stopped or aborted.", no_args_is_help=True)
app.add_typer(runs_app, name="runs")
run_app = typer.Typer(help="Runs on a real reactor, or on one served by `vapordep simulate`.", no_args_is_help=True)
app.add_typer(run_app, name="run")

Recipe = Annotated[str, typer.Argument(help="A recipe file, or the name of a shipped one.", metavar="RECIPE")]
Reactor = Annotated[
    str | None, typer.Option("--reactor", "-r", help="A reactor file, or the name of a shipped one [glovebox_ald].")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="A parameter of the recipe, such as --set cycles=50; may be repeated.")
]
History = Annotated[
    Path | None, typer.Option("--history", help="The history's folder [your data folder, or $VAPORDEP_HISTORY].")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object (SI units) instead of text.")]
Operator = Annotated[str | None, typer.Option("--operator", help="Who runs it [your login name].")]
Samples = Annotated[
    list[str] | None,
    typer.Option("--sample", help="A sample on the stage: ID or ID@POSITION, such as Li-042@centre; may be repeated."),
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Write a plot of the run and of its pulses to this PNG file.")]


@app.command("dry-run")
def dry_run(
    recipe: Recipe,
    reactor: Reactor = None,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(help="Seed of the instruments' noise; the same seed gives the same run.")] = 0,
    plot: Plot = None,
    operator: Operator = None,
    sample: Samples = None,
    history: History = None,
    pace: Annotated[
        float | None, typer.Option(help="Simulated seconds a second at most, to watch it [as fast as it goes].")
    ] = None,
    json: Json = False,
) -> None:
    """Run a recipe through the real drivers and interlocks on simulated instruments, and record what happens.

    Keys while it runs: h hold, r restart, p pause, u resume, s stop, a abort. Ctrl-C once stops at the end of the
    cycle, twice aborts into the safe state.
    """
    from vapordep.cli import dry_run as command

    command.dry_run(recipe, reactor, settings or [], seed, plot, operator, sample or [], history, pace, json)


@app.command()
def demo(
    history: History = None,
    plot: Annotated[Path, typer.Option("--plot", help="Where the plot goes.")] = Path("vapordep-demo.png"),
    json: Json = False,
) -> None:
    """Dry-run a short version of alumina on lithium on the shipped reactor, and show what it gave."""
    from vapordep.cli import dry_run as command

    command.demo(history, plot, json)


@app.command()
def simulate(
    reactor: Annotated[str | None, typer.Argument(help="A reactor file [glovebox_ald].", metavar="REACTOR")] = None,
    state: Annotated[
        str, typer.Option(help="How the plant starts: `cold` (air, room temperature) or `hot` (evacuated and heated).")
    ] = "cold",
    stage: Annotated[str, typer.Option(help="Temperature of stage and walls in the hot state.")] = "100 degC",
    substrate: Annotated[str, typer.Option(help="What lies on the stage.")] = "lithium",
    seed: Annotated[int, typer.Option(help="Seed of the instruments' noise.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the reactor file there instead of printing it.")
    ] = None,
    lasting: Annotated[float | None, typer.Option("--for", help="End by itself after so many seconds.")] = None,
) -> None:
    """Serve a reactor's instruments on loopback ports in real time, and print a reactor file that points at them."""
    from vapordep.cli import simulate as command

    command.simulate(reactor, state, stage, substrate, seed, output, lasting)


@run_app.command("start")
def run_start(
    recipe: Recipe,
    reactor: Annotated[str, typer.Option("--reactor", "-r", help="The reactor file.")],
    settings: Settings = None,
    plot: Plot = None,
    operator: Operator = None,
    sample: Samples = None,
    history: History = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the outputs are armed.")] = False,
    json: Json = False,
) -> None:
    """Run a recipe on the wall clock through a reactor's instruments; this process is the engine until it ends."""
    from vapordep.cli import live_run as command

    command.start(recipe, reactor, settings or [], plot, operator, sample or [], history, yes, json)


@runs_app.command("list")
def runs_list(
    history: History = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many of the latest runs.")] = 20,
    json: Json = False,
) -> None:
    """List the latest runs: what was run, how it ended, what film it gave."""
    from vapordep.cli import runs as command

    command.list_runs(history, limit, json)


@runs_app.command("show")
def runs_show(
    run: Annotated[str, typer.Argument(help="A run's id or its beginning; `last` is the latest.")] = "last",
    history: History = None,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Show one run: outcome and why, film, pulses, events."""
    from vapordep.cli import runs as command

    command.show(run, history, plot, json)


@runs_app.command("export")
def runs_export(
    run: Annotated[str, typer.Argument(help="A run's id or its beginning; `last` is the latest.")] = "last",
    form: Annotated[str, typer.Option("--format", help="csv")] = "csv",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the files [the run's id].")] = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Export one run's samples, pulses and events as CSV files."""
    from vapordep.cli import runs as command

    command.export(run, form, output, history, json)


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


def main() -> None:
    """The `vapordep` command: exit status 0, or 2 for input that is refused, 1 for what went wrong later."""
    sys.exit(failures.told(app))
