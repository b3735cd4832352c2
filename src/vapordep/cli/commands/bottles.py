"""The commands about bottles: `bottles list | install | weigh | remove`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from typing import Annotated

import typer

from vapordep.cli.commands.options import History, Json
from vapordep.cli.terminal.families import family

app = family("What stands at a reactor's sources: enter bottles, and see how much is left in them.")
ReactorName = Annotated[
    str, typer.Argument(help="A reactor file, or the name of a shipped one, such as glovebox_ald.", metavar="REACTOR")
]
Source = Annotated[str, typer.Argument(help="A source of the reactor file, such as TMA.", metavar="SOURCE")]
Mass = Annotated[
    str, typer.Argument(help='What it holds, without the bottle\'s own mass: "25 g".', metavar="MASS")
]  # fmt: skip
Day = Annotated[str, typer.Option("--day", help="When: 2026-11-27 [today].", metavar="DAY")]
Person = Annotated[str | None, typer.Option("--person", help="Who did it [your login name].", metavar="NAME")]


@app.command("list")
def show(
    reactor: ReactorName,
    every: Annotated[bool, typer.Option("--all", help="Those that were taken away, too.")] = False,
    history: History = None,
    json: Json = False,
) -> None:
    """List what stands at a reactor's sources, and how much is left.

    What is left is what was installed or weighed last, less what runs took since: of a run on a real reactor worked out
    from its pulses and flows. Dry runs take nothing. Exit status 1 when a line of the record is not whole.

    \b
    vapordep bottles list glovebox_ald
    vapordep bottles list glovebox_ald --all --json
    """
    from vapordep.cli.operate import bottles as command

    command.list_bottles(reactor, history, every=every, as_json=json)


@app.command("install")
def install(
    reactor: ReactorName,
    source: Source,
    mass: Mass,
    lot: Annotated[str, typer.Option("--lot", help="Lot or serial number.", metavar="TEXT")] = "",
    day: Day = "",
    person: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter a bottle that was put at a source.

    From then on the check compares with what is left in it, and the simulated reactor starts with that.

    \b
    vapordep bottles install glovebox_ald TMA "25 g" --lot 4711
    """
    from vapordep.cli.operate import bottles as command

    command.install(reactor, source, mass, lot, day, person, history, as_json=json)


@app.command("weigh")
def weigh(
    reactor: ReactorName,
    source: Source,
    mass: Mass,
    day: Day = "",
    person: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter what a bottle holds now; "0 g" says that it is empty, and the check refuses it.

    \b
    vapordep bottles weigh glovebox_ald TMA "18.2 g"
    """
    from vapordep.cli.operate import bottles as command

    command.weigh(reactor, source, mass, day, person, history, as_json=json)


@app.command("remove")
def remove(
    reactor: ReactorName,
    source: Source,
    day: Day = "",
    person: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter that the bottle of a source was taken away.

    \b
    vapordep bottles remove glovebox_ald TMA
    """
    from vapordep.cli.operate import bottles as command

    command.remove(reactor, source, day, person, history, as_json=json)
