"""The commands of a run on a reactor whose engine is this process: `run start`, `run continue`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

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
    Settings,
)
from vapordep.cli.terminal.families import family

app = family("Run on a real reactor, or on one served by `vapordep simulate`.")


@app.command("start")
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
    from vapordep.cli.operate import live_run as command

    asked = request(recipe, reactor, history=history, operator=operator, set_=settings or (), sample=sample or ())
    command.start(asked, plot, yes=yes, as_json=json)


@app.command("continue")
def run_continue(
    run: Annotated[
        str, typer.Argument(help="A run's id, or its beginning; `last` is the latest of its reactor.", metavar="RUN")
    ],
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
    from vapordep.cli.operate import continuing as command

    asked = command.Asked(run, decision, reason, reactor, operator, history, plot, json)
    command.continue_live(asked, yes=yes)
