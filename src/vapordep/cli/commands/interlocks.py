"""The commands about interlocks of a served reactor: `bypass list | add | lift`, and `limit`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from typing import Annotated

import typer

from vapordep.cli.commands.options import By, Json, Served, Why
from vapordep.cli.terminal.families import family

bypasses = family("Interlocks that are set aside on a served reactor.")
InterlockName = Annotated[str, typer.Argument(help="The interlock's id in the reactor file.", metavar="INTERLOCK")]


@bypasses.command("list")
def bypass_list(reactor: Served = None, json: Json = False) -> None:
    """List the interlocks that are set aside, by whom, why, and how much longer."""
    from vapordep.cli.operate import status as command

    command.bypasses(reactor, as_json=json)


@bypasses.command("add")
def bypass_add(
    interlock: InterlockName,
    lasting: Annotated[str, typer.Option("--for", help="How long: 30 min, 2 h; 8 h at most.", metavar="TIME")],
    reason: Why,
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Set one interlock aside for a while; it comes back by itself, also over a restart.

    The substrate's over-temperature, incompatible sources and bare metal have no bypass, nor has what the reactor file
    calls hard.

    \b
    vapordep bypass add F2 --for "30 min" --reason "flow meter is being exchanged"
    """
    from vapordep.cli.operate import orders as command

    command.bypass(reactor, interlock, lasting, reason, by, as_json=json)


@bypasses.command("lift")
def bypass_lift(interlock: InterlockName, reactor: Served = None, by: By = None, json: Json = False) -> None:
    """End a bypass before its time."""
    from vapordep.cli.operate import orders as command

    command.lift(reactor, interlock, by, as_json=json)


def limit(
    interlock: InterlockName,
    tag: Annotated[str, typer.Argument(help="The tag whose limit it is.", metavar="TAG")],
    to: Annotated[
        str,
        typer.Argument(
            help='The new limit with its unit, such as "900 Pa"; where there are two, "< 900 Pa".', metavar="LIMIT"
        ),
    ],
    reason: Why,
    reactor: Served = None,
    by: By = None,
    json: Json = False,
) -> None:
    """Change a limit of an interlock as long as the engine runs: tighter at any time, looser only when disarmed.

    \b
    vapordep limit P3 chamber.pressure "500 Pa" --reason "a fragile foil"
    vapordep limit T2 walls.temperature "< 140 degC" --reason "new seals"
    """
    from vapordep.cli.operate import orders as command

    command.limit(reactor, interlock, tag, to, reason, by, as_json=json)
