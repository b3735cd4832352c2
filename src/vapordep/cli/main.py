"""The commands and their options; each loads what it needs only when it is called, so that `--help` is quick."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

import atexit
import gc
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from vapordep.cli import (
    account_commands,
    bottle_commands,
    engine_commands,
    failures,
    history_commands,
    history_upkeep,
    notebook_commands,
    run_commands,
)
from vapordep.cli.options import (
    Decision,
    History,
    Json,
    Operator,
    Plot,
    Reactor,
    Reason,
    Recipe,
    Samples,
    Seed,
    Settings,
)

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
app.add_typer(history_commands.app, name="runs")
app.add_typer(history_upkeep.app, name="history")
app.add_typer(notebook_commands.calibrations, name="calibrations")
app.add_typer(run_commands.app, name="run")
app.add_typer(bottle_commands.app, name="bottles")
engine_commands.add(app, run_commands.app)
app.add_typer(account_commands.users, name="users")
app.add_typer(account_commands.tokens, name="tokens")


@app.command()
def demo(
    history: History = None,
    plot: Annotated[Path, typer.Option("--plot", help="Where the plot goes.", metavar="FILE")] = Path(
        "vapordep-demo.png"
    ),
    once: Annotated[
        bool, typer.Option("--once", help="End once the pages have answered, as without a terminal.")
    ] = False,
    json: Json = False,
) -> None:
    """Dry-run a short alumina recipe on lithium and draw it; then show a simulated reactor with a run under way.

    Takes less than a minute, needs no hardware, and changes nothing but the history and the plot. In a terminal it then
    prints a link to pages that operate a simulated reactor at 20 times the speed of a real one, until Ctrl-C.
    """
    from vapordep.cli import demo as command

    command.demo(history, plot, as_json=json, once=once)


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
    with _uncollected():
        from vapordep.app.request import request
        from vapordep.cli import check as command

        command.check(lambda: request(recipe, reactor, set_=settings or ()), as_json=json)


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
    progress: Annotated[
        bool, typer.Option("--progress", help="Tell where it is as JSON, a line at a time, on the error stream.")
    ] = False,
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
    command.dry_run(asked, plot, pace, wire=wire, as_json=json, progress=progress)


@app.command()
def sweep(
    recipe: Recipe,
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            help="A parameter with its values, FROM..TO/COUNT or a list; several make a grid.",
            metavar="NAME=VALUES",
        ),
    ],
    reactor: Reactor = None,
    fit: Annotated[
        str | None,
        typer.Option(help="`saturation`: growth against dose, or against purge; proposes both.", metavar="FIT"),
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes at once [all cores].", min=1, metavar="N")] = None,
    dask: Annotated[
        str | None, typer.Option(help="Instead: on the Dask cluster of that scheduler.", metavar="ADDRESS")
    ] = None,
    seed: Seed = 0,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw points and fit: a .png, .pdf or .svg file.", metavar="FILE")
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(help="Run nothing: write the list of runs to do by hand, as CSV.", metavar="FILE"),
    ] = None,
    measured: Annotated[
        Path | None,
        typer.Option(help="Run nothing: fit the thicknesses entered in that list.", metavar="FILE"),
    ] = None,
    operator: Operator = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Dry-run a recipe over a range of parameters, as one finds the dose and the purge of a new process.

    Every point is checked first; one that is refused is told and not run. The others run on all cores, and each is
    kept in the history as it ends. Ctrl-C finishes the points under way and shows what is done; twice gives them up.

    \b
    vapordep sweep al2o3_saturation_on_silicon --set water=15ms..60ms/8
    vapordep sweep my_recipe.yaml --set dose=15ms..80ms/8 --fit saturation
    vapordep sweep my_recipe.yaml --set "purge=20s,30s,60s" --plot curve.png
    vapordep sweep my_recipe.yaml --set dose=15ms..50ms/4 --set water=15ms,30ms

    On a real reactor the runs are done by hand: `--plan` writes their list and tells what to type, `--measured` fits
    the thicknesses that were entered in it, with the exposures that the gauge recorded.

    \b
    vapordep sweep my_recipe.yaml --set dose=15ms..80ms/8 --plan runs.csv
    vapordep sweep my_recipe.yaml --set dose=15ms..80ms/8 --measured runs.csv
    """
    from vapordep.app.request import request
    from vapordep.cli import sweep as command

    asked = command.Asked(fit, jobs, dask, plot, json, plan, measured)
    if plan is not None and measured is not None:
        raise typer.BadParameter("--plan is before the runs, --measured after them")
    if jobs is not None and dask is not None:
        raise typer.BadParameter("--jobs is for this computer, --dask for a cluster")
    command.sweep(request(recipe, reactor, history=history, operator=operator, seed=seed), settings, asked)


@app.command()
def gradient(
    first: Annotated[str, typer.Argument(help="The film whose share is given, such as zincone.", metavar="FIRST")],
    second: Annotated[str, typer.Argument(help="The film that takes its place, such as alucone.", metavar="SECOND")],
    profile: Annotated[
        str,
        typer.Option(
            help="Depth from the substrate and share of the first film, straight between.", metavar="DEPTH:SHARE,..."
        ),
    ],
    temperature: Annotated[
        str, typer.Option(help="Of the stage: growth a cycle depends on it.", metavar="TEMPERATURE")
    ] = "120 degC",
    sub_cycles: Annotated[int, typer.Option(help="Cycles in each supercycle.", min=1, max=1000, metavar="N")] = 5,
    reactor: Annotated[
        str | None,
        typer.Option(
            "--reactor", "-r", help="An iCVD reactor: flows of two of its sources instead of cycles.", metavar="REACTOR"
        ),
    ] = None,
    total: Annotated[str, typer.Option(help="With --reactor: both flows together.", metavar="FLOW")] = "1.3 sccm",
    time: Annotated[str, typer.Option(help="With --reactor: of the whole film.", metavar="TIME")] = "24 min",
    legs: Annotated[int, typer.Option(help="With --reactor: so many legs.", min=1, max=100, metavar="N")] = 6,
    json: Json = False,
) -> None:
    """Make cycles or flows out of a wanted composition, and show what whole numbers or straight ramps make of it.

    Growth a cycle is that of chemistry's films; look at its marks. Prints what to write under `vary`, or with
    --reactor under the `legs` of a `deposit`.

    \b
    vapordep gradient zincone alucone --profile "0 nm: 100 %, 7.5 nm: 20 %"
    vapordep gradient ZnEG alucone --profile "0 nm: 1, 10 nm: 0" --sub-cycles 8
    vapordep gradient DMAMS PFDA -r icvd_copolymer --temperature "40 degC" \\
      --profile "0 nm: 95 %, 120 nm: 15 %"
    """
    if reactor is not None:
        from vapordep.cli import flow_gradient

        asked = flow_gradient.Asked((first, second), profile, temperature, total, time, legs)
        flow_gradient.flow_gradient(reactor, asked, as_json=json)
        return
    from vapordep.cli import gradient as command

    command.gradient(first, second, profile, temperature, sub_cycles, as_json=json)


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
    zone: Annotated[
        list[str] | None,
        typer.Option(help="Another zone's temperature in the hot state.", metavar="NAME=TEMPERATURE"),
    ] = None,
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
    vapordep simulate icvd --state hot --stage "35 degC" --zone "walls=50 degC"
    """
    from vapordep.cli import simulate as command

    command.simulate(reactor, state, stage, zone or (), substrate, seed, output, lasting, as_json=json)


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


@contextmanager
def _uncollected() -> Iterator[None]:
    """For what ends soon and is mostly loading: no look for garbage, which takes a tenth of a second and finds none.

    Nor as the process ends, when Python looks through all that was loaded once more.
    """
    gc.disable()
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        gc.enable()


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
