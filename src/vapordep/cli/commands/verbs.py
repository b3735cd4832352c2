"""The commands about the run of a served reactor: `run status`, `run follow`, and its verbs."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from collections.abc import Callable
from typing import Annotated

import typer

from vapordep.cli.commands.options import By, Json, Served, Why
from vapordep.model.run import Verb

VERBS = {
    Verb.PAUSE: "Pause the run at the end of its cycle.",
    Verb.RESUME: "Let a paused run go on.",
    Verb.HOLD: "Hold the run now: sources shut, purging as the substrate allows, heat kept.",
    Verb.RESTART: "Let a held run go on, from the first half of the cycle it was in.",
    Verb.STOP: "Stop the run: it finishes the innermost cycle, then does `finally`.",
    Verb.CAP: "End the run with the cap of its recipe: the innermost cycle, the cap, then `finally`.",
    Verb.SKIP: "Skip the step under way, unless it protects something.",
    Verb.RESET: "Put a run that has ended aside, having looked at the reactor, so that the next may start.",
}
"""The verbs that are nothing but an order, and what each does."""


def add(app: typer.Typer) -> None:
    """Adds the commands to those of `run`."""
    app.command("status")(run_status)
    app.command("follow")(run_follow)
    for verb, told in VERBS.items():
        app.command(verb.value, help=told)(_verb_command(verb))
    app.command("abort")(run_abort)
    app.command("amend")(run_amend)
    app.command("answer")(run_answer)


def run_status(
    reactor: Served = None,
    every: Annotated[bool, typer.Option("--all", help="Every tag, not only the chief ones.")] = False,
    json: Json = False,
) -> None:
    """Show a served reactor: its run, its alarms, and its values with their ages."""
    from vapordep.cli.operate import status as command

    command.status(reactor, every=every, as_json=json)


def run_follow(reactor: Served = None, json: Json = False) -> None:
    """Follow the run of a served reactor until it ends: cycle, step, what it waits for, time left.

    Ctrl-C stops looking; the run goes on. With --json one object a change. Exit status 1 when the run did not complete.
    """
    from vapordep.cli.operate import follow as command

    command.follow(reactor, as_json=json)


def run_amend(
    change: Annotated[str, typer.Argument(help="`main +20`, `main -5`, `TMA +20 s`, `TMA x1.5`.", metavar="CHANGE")],
    reactor: Served = None,
    by: By = None,
    reason: Why = "",
    json: Json = False,
) -> None:
    """Amend what is still to be done: more or fewer cycles of a loop, longer purges after a source.

    The plan is checked anew before it counts.

    \b
    vapordep run amend "main +20" --reason "film too thin"
    vapordep run amend "TMA x1.5"
    """
    from vapordep.cli.operate import orders as command

    command.amend(reactor, change, by, reason, as_json=json)


def run_abort(reactor: Served = None, by: By = None, reason: Why = "", json: Json = False) -> None:
    """Abort: every output to its safe value, now.

    It goes to the guardian's own socket: when the engine does not obey within 3 s, the guardian does it.
    """
    from vapordep.cli.operate import abort as command

    command.abort(reactor, by, reason, as_json=json)


def run_answer(
    text: Annotated[str, typer.Argument(help="What the recipe wants to know, if anything.", metavar="TEXT")] = "",
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Answer what the recipe asks: that something is done, or what it wants to know."""
    from vapordep.cli.operate import orders as command

    command.answer(reactor, text, by, as_json=json)


def _verb_command(verb: Verb) -> Callable[..., None]:
    def command(reactor: Served = None, by: By = None, reason: Why = "", json: Json = False) -> None:
        from vapordep.cli.operate import orders

        orders.ask(verb, reactor, by, reason, as_json=json)

    return command
