"""The commands that try a recipe before any gas flows: `check`, `dry-run`, `sweep`, `gradient`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli.commands.options import (
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

RecipeUnlessContinued = Annotated[
    str | None,
    typer.Argument(help="A recipe file, or the name of a shipped one, such as al2o3_on_lithium.", metavar="RECIPE"),
]
Pace = Annotated[
    float | None, typer.Option(help="Simulated seconds a second, to watch it [as fast as it goes].", metavar="X")
]
Wire = Annotated[bool, typer.Option("--wire", help="Ask for every reading in bytes; slower, and always so at a pace.")]
Continued = Annotated[
    str | None,
    typer.Option("--continue", help="Instead of a recipe: a dry run that ended before its plan.", metavar="RUN"),
]
Progress = Annotated[
    bool, typer.Option("--progress", help="Tell where it is as JSON, a line at a time, on the error stream.")
]
Values = Annotated[
    list[str],
    typer.Option(
        "--set",
        help="A parameter with its values, FROM..TO/COUNT or a list; several make a grid.",
        metavar="NAME=VALUES",
    ),
]
Fit = Annotated[
    str | None, typer.Option(help="`saturation`: growth against dose, or against purge; proposes both.", metavar="FIT")
]
Jobs = Annotated[int | None, typer.Option(help="Processes at once [all cores].", min=1, metavar="N")]
Dask = Annotated[str | None, typer.Option(help="Instead: on the Dask cluster of that scheduler.", metavar="ADDRESS")]
Curve = Annotated[
    Path | None, typer.Option("--plot", help="Draw points and fit: a .png, .pdf or .svg file.", metavar="FILE")
]
RunsToDo = Annotated[
    Path | None, typer.Option(help="Run nothing: write the list of runs to do by hand, as CSV.", metavar="FILE")
]
RunsDone = Annotated[
    Path | None, typer.Option(help="Run nothing: fit the thicknesses entered in that list.", metavar="FILE")
]
First = Annotated[str, typer.Argument(help="The film whose share is given, such as zincone.", metavar="FIRST")]
Second = Annotated[str, typer.Argument(help="The film that takes its place, such as alucone.", metavar="SECOND")]
Profile = Annotated[
    str,
    typer.Option(
        help="Depth from the substrate and share of the first film, straight between.", metavar="DEPTH:SHARE,..."
    ),
]
StageTemperature = Annotated[
    str, typer.Option(help="Of the stage: growth a cycle depends on it.", metavar="TEMPERATURE")
]
SubCycles = Annotated[int, typer.Option(help="Cycles in each supercycle.", min=1, max=1000, metavar="N")]
FlowReactor = Annotated[
    str | None,
    typer.Option(
        "--reactor", "-r", help="An iCVD reactor: flows of two of its sources instead of cycles.", metavar="REACTOR"
    ),
]
TotalFlow = Annotated[str, typer.Option(help="With --reactor: both flows together.", metavar="FLOW")]
FilmTime = Annotated[str, typer.Option(help="With --reactor: of the whole film.", metavar="TIME")]
GradientPlot = Annotated[
    Path | None,
    typer.Option(
        "--plot", help="Draw wanted and given composition against depth: a .png, .pdf or .svg file.", metavar="FILE"
    ),
]
Legs = Annotated[int, typer.Option(help="With --reactor: so many legs.", min=1, max=100, metavar="N")]


def add(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(check)
    app.command("dry-run")(dry_run)
    app.command()(sweep)
    app.command()(gradient)


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
        from vapordep.cli.recipes import check as command

        command.check(lambda: request(recipe, reactor, set_=settings or ()), as_json=json)


def dry_run(
    recipe: RecipeUnlessContinued = None,
    reactor: Reactor = None,
    settings: Settings = None,
    seed: Seed = 0,
    plot: Plot = None,
    operator: Operator = None,
    sample: Samples = None,
    history: History = None,
    pace: Pace = None,
    wire: Wire = False,
    continued: Continued = None,
    decision: Decision = None,
    reason: Reason = "",
    progress: Progress = False,
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
        if seed or progress:
            raise typer.BadParameter("--seed and --progress are for a run from its beginning, not for --continue")
        from vapordep.cli.operate import continuing

        taking_up = continuing.Asked(continued, decision, reason, reactor, operator, history, plot, json)
        return continuing.continue_dry(taking_up, pace, wire=wire)
    if recipe is None:
        raise typer.BadParameter("name a recipe, or a run with --continue")
    if decision or reason:
        raise typer.BadParameter("--decision and --reason are for a run that broke off: name it with --continue")
    from vapordep.app.request import request
    from vapordep.cli.recipes import dry_run as command

    asked = request(
        recipe, reactor, history=history, operator=operator, set_=settings or (), sample=sample or (), seed=seed
    )
    command.dry_run(asked, plot, pace, wire=wire, as_json=json, progress=progress)


def sweep(
    recipe: Recipe,
    settings: Values,
    reactor: Reactor = None,
    fit: Fit = None,
    jobs: Jobs = None,
    dask: Dask = None,
    seed: Seed = 0,
    plot: Curve = None,
    plan: RunsToDo = None,
    measured: RunsDone = None,
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
    from vapordep.cli.recipes import sweep as command

    asked = command.Asked(fit, jobs, dask, plot, json, plan, measured)
    if plan is not None and measured is not None:
        raise typer.BadParameter("--plan is before the runs, --measured after them")
    if jobs is not None and dask is not None:
        raise typer.BadParameter("--jobs is for this computer, --dask for a cluster")
    command.sweep(request(recipe, reactor, history=history, operator=operator, seed=seed), settings, asked)


def gradient(
    first: First,
    second: Second,
    profile: Profile,
    temperature: StageTemperature = "120 degC",
    sub_cycles: SubCycles = 5,
    reactor: FlowReactor = None,
    total: TotalFlow = "1.3 sccm",
    time: FilmTime = "24 min",
    legs: Legs = 6,
    plot: GradientPlot = None,
    json: Json = False,
) -> None:
    """Make cycles or flows out of a wanted composition, and show what whole numbers or straight ramps make of it.

    Growth a cycle is that of chemistry's films; look at its marks. Prints what to write under `vary`, or with
    --reactor under the `legs` of a `deposit`.

    \b
    vapordep gradient zincone alucone --profile "0 nm: 100 %, 7.5 nm: 20 %" \\
      --plot gradient.png
    vapordep gradient ZnEG alucone --profile "0 nm: 1, 10 nm: 0" --sub-cycles 8
    vapordep gradient DMAMS PFDA -r icvd_copolymer --temperature "40 degC" \\
      --profile "0 nm: 95 %, 120 nm: 15 %"
    """
    if reactor is not None:
        from vapordep.cli.recipes import flow_gradient

        asked = flow_gradient.Asked((first, second), profile, temperature, total, time, legs)
        flow_gradient.flow_gradient(reactor, asked, as_json=json, plot=plot)
        return
    from vapordep.cli.recipes import gradient as command

    command.gradient(first, second, profile, temperature, sub_cycles, as_json=json, plot=plot)


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
