"""The commands that arm and disarm a served reactor, and prove its hand valves: `arm`, `disarm`, `prove`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from typing import Annotated

import typer

from vapordep.cli.commands.options import By, Json, Served


def add(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(arm)
    app.command()(disarm)
    app.command()(prove)


def arm(
    reactor: Served = None,
    substrate: Annotated[
        str, typer.Option(help="What lies on the stage [the reactor's first substrate].", metavar="NAME")
    ] = "",
    by: By = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the outputs are armed.")] = False,
    json: Json = False,
) -> None:
    """Arm a served reactor: every output goes to its safe value, and may leave it from then on.

    It shows what stands against each hazard and asks for the reactor's name, unless --yes is given. A run arms by
    itself.
    """
    from vapordep.cli.operate import orders as command

    command.arm(reactor, substrate, by, yes=yes, as_json=json)


def disarm(reactor: Served = None, by: By = None, json: Json = False) -> None:
    """Disarm a served reactor: every output goes to its safe value and stays there."""
    from vapordep.cli.operate import orders as command

    command.disarm(reactor, by, as_json=json)


def prove(
    sources: Annotated[list[str], typer.Argument(help="Sources of the reactor file, such as TMA.", metavar="SOURCE")],
    width: Annotated[
        str, typer.Option("--pulse", help="How long each is opened: 50 ms [50 ms, or its shortest].", metavar="TIME")
    ] = "",
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Prove that the hand valves of sources are open: give each one test pulse, and look whether the pressure rises.

    The reactor must be armed and evacuated with its carrier flowing, as it is after `vapordep arm` on a chamber under
    vacuum, and no run under way. What comes lands on what lies on the stage; the interlocks judge it as any dose.
    What was found is kept in the record. Exit status 1 when a hand valve is not proven open.

    \b
    vapordep prove TMA
    vapordep prove TMA H2O --pulse "20 ms" --json
    """
    from vapordep.cli.operate import proving as command

    command.prove(sources, width, reactor, by, as_json=json)
