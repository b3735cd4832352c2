"""The commands that add to a run: `runs label`, `star`, `note`, `measure`, `attach`, `entered`; and `calibrations`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli.commands.options import History, Json
from vapordep.cli.terminal.families import family

Run = Annotated[str, typer.Argument(help="A run's id, or its beginning; `last` is the latest.", metavar="RUN")]
Person = Annotated[str | None, typer.Option("--by", help="Who says so [your login name].", metavar="NAME")]
Remove = Annotated[bool, typer.Option("--remove", help="Take away instead.")]
Uncertainty = Annotated[str, typer.Option("--uncertainty", help="One standard deviation, with its unit.", metavar="U")]
Method = Annotated[str, typer.Option("--method", help="How it was measured.", metavar="TEXT")]
Measured = Annotated[str, typer.Option("--measured", help="On which day [today].", metavar="DATE")]
Text = Annotated[str, typer.Option("--note", help="What else is to be said.", metavar="TEXT")]

BELOW_ZERO = {"ignore_unknown_options": True}
"""So that `-3.2 K` is a value and no option."""

calibrations = family("What was found out about a reactor, and when.")


def add(app: typer.Typer) -> None:
    """Adds the commands to those of `runs`."""
    for name, command in (
        ("label", label), ("star", star), ("note", note), ("measure", measure), ("attach", attach), ("entered", entered)
    ):  # fmt: skip
        app.command(name, context_settings=BELOW_ZERO if command is measure else None)(command)


def label(
    run: Run,
    labels: Annotated[list[str], typer.Argument(help="Words without spaces.", metavar="LABEL...")],
    remove: Remove = False,
    by: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Give labels to a run, to find it by, or take them away.

    \b
    vapordep runs label last paper-2 foil-batch-7
    vapordep runs list --label paper-2
    """
    from vapordep.cli.review import notebook as command

    command.label(run, labels, history, by, remove=remove, as_json=json)


def star(
    run: Run = "last", remove: Remove = False, by: Person = None, history: History = None, json: Json = False
) -> None:
    """Give a run a star: the label `star`.

    \b
    vapordep runs star 20261123-142530
    """
    from vapordep.cli.review import notebook as command

    command.label(run, [command.STAR], history, by, remove=remove, as_json=json)


def note(
    run: Run,
    text: Annotated[str, typer.Argument(help="What is to be said; it stays.", metavar="TEXT")],
    at: Annotated[
        str, typer.Option("--at", help="The instant it is about, since the run's start.", metavar="DURATION")
    ] = "",
    by: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Write a note about a run, or about one instant of it.

    Notes stay: what was wrong is put right by another one.

    \b
    vapordep runs note last "the foil had a scratch"
    vapordep runs note last "pump changed its sound" --at "83 min"
    """
    from vapordep.cli.review import notebook as command

    command.note(run, text, at, history, by, as_json=json)


def measure(
    run: Run,
    quantity: Annotated[str, typer.Argument(help="thickness, refractive_index, composition, ...", metavar="QUANTITY")],
    value: Annotated[str, typer.Argument(help='With its unit, such as "12.5 nm".', metavar="VALUE")],
    method: Method,
    uncertainty: Uncertainty = "",
    sample: Annotated[str, typer.Option("--sample", help="Of which sample, where there were several.")] = "",
    position: Annotated[str, typer.Option("--position", help="Where on it.", metavar="TEXT")] = "",
    of: Annotated[str, typer.Option("--of", help="Of which layer or element.", metavar="NAME")] = "",
    measured: Measured = "",
    text: Text = "",
    by: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter what was measured of a sample afterwards.

    It stands beside the film that was foretold.

    \b
    vapordep runs measure last thickness "4.1 nm" --method XRR --sample Si-1
    """
    from vapordep.cli.review import notebook as command

    told = {"uncertainty": uncertainty, "sample": sample, "position": position, "of": of, "measured": measured}
    command.measure(run, quantity, value, history, by, as_json=json, method=method, text=text, **told)


def attach(
    run: Run,
    file: Annotated[Path, typer.Argument(help="At most 50 MiB.", metavar="FILE")],
    text: Text = "",
    by: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Keep a copy of a file with a run: a photo, a spectrum, a report.

    \b
    vapordep runs attach last foil.jpg --note "after the run"
    """
    from vapordep.cli.review import notebook as command

    command.attach(run, file, text, history, by, as_json=json)


def entered(run: Run = "last", history: History = None, json: Json = False) -> None:
    """Show what people entered about a run.

    Labels, notes, measurements, files.

    \b
    vapordep runs entered 20261123-142530
    """
    from vapordep.cli.review import notebook as command

    command.entered(run, history, as_json=json)


@calibrations.command("add", context_settings=BELOW_ZERO)
def calibrations_add(
    reactor: Annotated[str, typer.Argument(help="The reactor's name, or its file.", metavar="REACTOR")],
    kind: Annotated[str, typer.Argument(help="foil_offset, pulse_area, gauge_zero or pumping_speed.", metavar="KIND")],
    subject: Annotated[str, typer.Argument(help="The stage, the source, the gauge, the pump.", metavar="SUBJECT")],
    value: Annotated[str, typer.Argument(help='With its unit, such as "3.1 K".', metavar="VALUE")],
    method: Method,
    uncertainty: Uncertainty = "",
    at: Annotated[str, typer.Option("--at", help="The pressure, for pumping_speed.", metavar="PRESSURE")] = "",
    measured: Measured = "",
    text: Text = "",
    by: Person = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Enter a calibration.

    It is the record behind a number; the reactor file, which counts, is not changed.

    \b
    vapordep calibrations add glovebox-ald foil_offset stage "-3.2 K" \\
      --method "indium 156.6 degC"
    """
    from vapordep.cli.review import notebook as command

    told = {"uncertainty": uncertainty, "at": at, "measured": measured, "text": text}
    command.calibrate(reactor, kind, subject, value, history, by, as_json=json, method=method, **told)


@calibrations.command("list")
def calibrations_list(
    reactor: Annotated[str, typer.Argument(help="A reactor's name [all].", metavar="REACTOR")] = "",
    history: History = None,
    json: Json = False,
) -> None:
    """List calibrations by the day on which they were made.

    \b
    vapordep calibrations list glovebox-ald
    """
    from vapordep.cli.review import notebook as command

    command.list_calibrations(reactor, history, as_json=json)
