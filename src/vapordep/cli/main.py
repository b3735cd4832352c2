"""The commands and their options; each loads what it needs only when it is called, so that `--help` is quick."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from vapordep.cli import engine_commands, failures
from vapordep.cli.options import History, Json, Operator, Plot, Reactor, Recipe, RunName, Samples, Seed, Settings

app = typer.Typer(
    name="vapordep",
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
runs_app = typer.Typer(
    help="The history: every run, also those that were stopped, aborted or interrupted.", no_args_is_help=True
)
app.add_typer(runs_app, name="runs")
run_app = typer.Typer(help="Run on a real reactor, or on one served by `vapordep simulate`.", no_args_is_help=True)
app.add_typer(run_app, name="run")
engine_commands.add(app, run_app)


@app.command()
def demo(
    history: History = None,
    plot: Annotated[Path, typer.Option("--plot", help="Where the plot goes.", metavar="FILE")] = Path(
        "vapordep-demo.png"
    ),
    json: Json = False,
) -> None:
    """Dry-run a short alumina recipe on lithium, draw it, and say what to do next.

    Takes less than a minute, needs no hardware, and changes nothing but the history and the plot.
    """
    from vapordep.cli import dry_run as command

    command.demo(history, plot, as_json=json)


@app.command()
def check(recipe: Recipe, reactor: Reactor = None, settings: Settings = None, json: Json = False) -> None:
    """Check a recipe against reactor, substrate and chemistry; nothing is executed.

    Every step, ramp and loop is judged as a run would judge it; each finding says file and line, what is wrong, and
    what to do. Then: the film to expect, how long it takes, what it uses. Exit status 2 when it is refused.

    \b
    vapordep check al2o3_on_lithium
    vapordep check my_recipe.yaml --reactor my_reactor.yaml --set cycles=100
    vapordep check my_reactor.yaml     (a reactor file, by itself)
    """
    from vapordep.app.request import request
    from vapordep.cli import check as command

    command.check(request(recipe, reactor, set_=settings or ()), as_json=json)


Decision = Annotated[
    str | None,
    typer.Option("--decision", help="continue, cap or discard; without it the state is shown.", metavar="DECISION"),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.", metavar="TEXT")]


@app.command("dry-run")
def dry_run(
    recipe: Annotated[
        str | None,
        typer.Argument(help="A recipe file, or the name of a shipped one, such as al2o3_on_lithium.", metavar="RECIPE"),
    ] = None,
    reactor: Reactor = None,
    settings: Settings = None,
    seed: Seed = 0,
    plot: Plot = None,
    operator: Operator = None,
    sample: Samples = None,
    history: History = None,
    pace: Annotated[
        float | None, typer.Option(help="Simulated seconds a second, to watch it [as fast as it goes].", metavar="X")
    ] = None,
    wire: Annotated[
        bool, typer.Option("--wire", help="Ask for every reading in bytes; slower, and always so at a pace.")
    ] = False,
    continued: Annotated[
        str | None,
        typer.Option("--continue", help="Instead of a recipe: a dry run that ended before its plan.", metavar="RUN"),
    ] = None,
    decision: Decision = None,
    reason: Reason = "",
    json: Json = False,
) -> None:
    """Run a recipe on simulated instruments, through the real drivers and interlocks.

    It ends with a verdict: fit to run, fit with doubts, or not fit, why, and how near every rule came. Everything is
    recorded in the history, marked as a dry run for ever.

    \b
    vapordep dry-run al2o3_on_lithium
    vapordep dry-run al2o3_on_lithium --set cycles=5 --plot page.png
    vapordep dry-run my_recipe.yaml --reactor my_reactor.yaml --json
    vapordep dry-run al2o3_on_lithium --pace 20
    vapordep dry-run --continue last --decision continue

    Keys while it runs: h hold, r restart, p pause, u resume, s stop, c cap, a abort, k skip the step, m amend (such as
    `main +20`). Ctrl-C once stops at the end of the cycle, twice aborts into the safe state.
    """
    if continued is not None:
        if recipe or settings or sample:
            raise typer.BadParameter("with --continue, recipe, parameters and samples are those of the run")
        from vapordep.cli import continuing

        taking_up = continuing.Asked(continued, decision, reason, reactor, operator, history, plot, json)
        continuing.continue_dry(taking_up, pace, wire=wire)
        return
    if recipe is None:
        raise typer.BadParameter("name a recipe, or a run with --continue")
    from vapordep.app.request import request
    from vapordep.cli import dry_run as command

    asked = request(
        recipe, reactor, history=history, operator=operator, set_=settings or (), sample=sample or (), seed=seed
    )
    command.dry_run(asked, plot, pace, wire=wire, as_json=json)


@run_app.command("start")
def run_start(
    recipe: Recipe,
    reactor: Annotated[str, typer.Option("--reactor", "-r", help="The reactor file.", metavar="REACTOR")],
    settings: Settings = None,
    plot: Plot = None,
    operator: Operator = None,
    sample: Samples = None,
    history: History = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the outputs are armed.")] = False,
    json: Json = False,
) -> None:
    """Run a recipe in real time through a reactor's instruments.

    Where `vapordep serve` serves the reactor, its engine is given the run, and this returns: see `vapordep run
    status`. Else this process is the engine until the run ends. Arming asks for the reactor's name, unless --yes is
    given.

    \b
    vapordep run start al2o3_on_lithium --reactor my_reactor.yaml --sample Li-042

    Keys while it runs: h hold, r restart, p pause, u resume, s stop, c cap, a abort, k skip the step, m amend (such as
    `main +20`). Ctrl-C once stops at the end of the cycle, twice aborts into the safe state.
    """
    from vapordep.app.request import request
    from vapordep.cli import live_run as command

    asked = request(recipe, reactor, history=history, operator=operator, set_=settings or (), sample=sample or ())
    command.start(asked, plot, yes=yes, as_json=json)


@run_app.command("continue")
def run_continue(
    run: Annotated[str, typer.Argument(help="A run's id, or its beginning; `last` is the latest.", metavar="RUN")],
    decision: Decision = None,
    reason: Reason = "",
    reactor: Reactor = None,
    operator: Operator = None,
    history: History = None,
    plot: Plot = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the outputs are armed.")] = False,
    json: Json = False,
) -> None:
    """Take up a run that ended before its plan: show its state, then continue, cap or discard it.

    Without --decision a terminal is asked, and a script only told. `continue` makes a new run, linked to this one: it
    prepares the reactor again with a leak check, primes, and goes on after the last whole cycle. `cap` prepares and
    does the recipe's section `cap`. `discard` only marks the run. Recipe, parameters and reactor are those of the run.

    \b
    vapordep run continue last
    vapordep run continue last --decision continue --reactor my_reactor.yaml
    vapordep run continue 20261123-142530 --decision discard --reason "foil torn"
    """
    from vapordep.cli import continuing as command

    asked = command.Asked(run, decision, reason, reactor, operator, history, plot, json)
    command.continue_live(asked, yes=yes)


@app.command()
def simulate(
    reactor: Annotated[
        str | None,
        typer.Argument(help="A reactor file, or the name of a shipped one [glovebox_ald].", metavar="REACTOR"),
    ] = None,
    state: Annotated[
        str,
        typer.Option(
            help="How the plant starts: `cold` (air, room temperature) or `hot` (evacuated, heated).", metavar="STATE"
        ),
    ] = "cold",
    stage: Annotated[
        str, typer.Option(help="Temperature of stage and walls in the hot state.", metavar="TEMPERATURE")
    ] = "100 degC",
    substrate: Annotated[str, typer.Option(help="What lies on the stage.", metavar="NAME")] = "lithium",
    seed: Seed = 0,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the reactor file there instead of printing it.", metavar="FILE"),
    ] = None,
    lasting: Annotated[
        float | None, typer.Option("--for", help="End by itself after so many seconds.", metavar="S")
    ] = None,
    json: Json = False,
) -> None:
    """Serve a reactor's simulated instruments on loopback ports in real time.

    Prints a reactor file that leads to them; `vapordep run start` and your own programs may use it.

    \b
    vapordep simulate glovebox_ald --state hot -o simulated.yaml
    vapordep run start al2o3_on_lithium --reactor simulated.yaml
    """
    from vapordep.cli import simulate as command

    command.simulate(reactor, state, stage, substrate, seed, output, lasting, as_json=json)


@app.command()
def doctor(
    history: History = None,
    pulses: Annotated[
        int, typer.Option(help="Pulses that are timed, twice 50 ms each.", min=4, max=400, metavar="N")
    ] = 100,
    json: Json = False,
) -> None:
    """Examine this computer: dose timing, interlock reaction, disk, clock, SQLite, VISA.

    Times pulses and the answer to a violating sample beside a bare loop on the same computer, in about 15 s, and says
    of each line whether it is OK, in doubt or bad, and what to do. No instrument is touched. Exit status 1 when
    something is bad.

    \b
    vapordep doctor
    vapordep doctor --json
    """
    from vapordep.cli import doctor as command
    from vapordep.history.folder import default_folder

    command.doctor(history or default_folder(), pulses, as_json=json)


@runs_app.command("list")
def runs_list(
    history: History = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many of the latest runs.", metavar="N")] = 20,
    json: Json = False,
) -> None:
    """List the latest runs: what was run, how it ended, its film.

    One line a run, the latest first; a run whose process went away is sealed and marked as INTERRUPTED.

    \b
    vapordep runs list
    vapordep runs list -n 100 --json
    """
    from vapordep.cli import runs as command

    command.list_runs(history, limit, as_json=json)


@runs_app.command("show")
def runs_show(run: RunName = "last", history: History = None, plot: Plot = None, json: Json = False) -> None:
    """Show one run: its outcome, film, pulses and events.

    It also says whether the recording is sealed and as it was written, and why the run ended.

    \b
    vapordep runs show
    vapordep runs show 20261123-142530 --plot page.png
    """
    from vapordep.cli import runs as command

    command.show(run, history, plot, as_json=json)


@runs_app.command("verdict")
def runs_verdict(run: RunName = "last", history: History = None, json: Json = False) -> None:
    """Judge one run: fit to run, fit with doubts, or not fit, and why.

    Worked out of the recording and its frozen copy: the foil against its substrate's limits, how near every interlock
    came, the purges between incompatible sources, what each dose filled of the surface, the film beside the one that
    was expected, what was used up. A dry run ends with the same; `runs show RUN --plot page.png` draws it. Exit
    status 1 when it is not fit.

    \b
    vapordep runs verdict
    vapordep runs verdict 20261123-142530 --json
    """
    from vapordep.cli import verdict as command

    command.verdict(run, history, as_data=json)


@runs_app.command("verify")
def runs_verify(
    run: Annotated[
        str | None,
        typer.Argument(help="A run's id, or its beginning [last, which is the latest].", metavar="RUN"),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every run in the history.")] = False,
    history: History = None,
    json: Json = False,
) -> None:
    """Verify that a recording is as it was written.

    Reads all of it, works out the hash chain of its events and the digest of its samples, pulses and film again, and
    compares them, and what the run was given, with the catalogue. It shows what was changed, added, lost or damaged;
    it cannot show that somebody rewrote recording and catalogue together. Exit status 1 when something is wrong.

    \b
    vapordep runs verify
    vapordep runs verify 20261123-142530
    vapordep runs verify --all --json
    """
    from vapordep.cli import runs as command

    command.verify(run, history, every=every, as_json=json)


@runs_app.command("export")
def runs_export(
    run: RunName = "last",
    form: Annotated[str, typer.Option("--format", help="csv is what there is.", metavar="FORMAT")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the files [the run's id].", metavar="FOLDER")
    ] = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Export one run as CSV: samples, pulses and events, a file each.

    \b
    vapordep runs export
    vapordep runs export 20261123-142530 --format csv --output exported
    """
    from vapordep.cli import runs as command

    command.export(run, form, output, history, as_json=json)


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
    given = list(sys.argv[1:] if words is None else words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console that lacks a letter shows its code instead
    sys.exit(failures.told(lambda: app(given, prog_name="vapordep", standalone_mode=False), as_json="--json" in given))
