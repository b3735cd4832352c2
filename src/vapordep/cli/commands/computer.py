"""The commands that need nothing but this computer: `demo`, `simulate`, `doctor`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli.commands.options import History, Json, ReactorFile, Seed
from vapordep.cli.terminal.loading import loading


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
    from vapordep.cli.operate import demo as command

    command.demo(history, plot, as_json=json, once=once)


def simulate(
    reactor: ReactorFile = None,
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
    with loading():
        from vapordep.cli.operate import simulate as command

    command.simulate(reactor, state, stage, zone or (), substrate, seed, output, lasting, as_json=json)


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
    from vapordep.cli.upkeep import doctor as command
    from vapordep.history.folder import default_folder

    command.doctor(history or default_folder(), pulses, as_json=json)
