"""The options that several commands share, each with its help."""

from pathlib import Path
from typing import Annotated

import typer

Recipe = Annotated[
    str,
    typer.Argument(
        help="A recipe file, or the name of a shipped one, such as al2o3_on_lithium; with --reactor also one of the "
        "reactor's sequences, such as line_purge.",
        metavar="RECIPE",
    ),
]
Reactor = Annotated[
    str | None,
    typer.Option(
        "--reactor",
        "-r",
        help="A reactor file, or the name of a shipped one [what the recipe names, else glovebox_ald].",
        metavar="REACTOR",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help='A parameter of the recipe: --set cycles=50, --set "stabilise=5 min".', metavar="NAME=VALUE"
    ),
]
Seed = Annotated[
    int, typer.Option(help="Seed of the instruments' noise: the same seed gives the same run.", metavar="N")
]
History = Annotated[
    Path | None,
    typer.Option(
        "--history", help="The history's folder [$VAPORDEP_HISTORY, else your data folder].", metavar="FOLDER"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value in SI units instead of text.")]
Operator = Annotated[
    str | None, typer.Option("--operator", "--by", help="Who runs it [your login name].", metavar="NAME")
]
Samples = Annotated[
    list[str] | None,
    typer.Option(
        "--sample", help="A sample on the stage, such as Li-042@centre; once for each.", metavar="ID[@POSITION]"
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot", help="Draw verdict, trends and pulses on one page: a .png, .pdf or .svg file.", metavar="FILE"
    ),
]
RunName = Annotated[str, typer.Argument(help="A run's id, or its beginning; `last` is the latest.", metavar="RUN")]
Decision = Annotated[
    str | None,
    typer.Option("--decision", help="continue, cap or discard; without it the state is shown.", metavar="DECISION"),
]
Served = Annotated[
    str | None,
    typer.Option(
        "--reactor", "-r", help="The served reactor, by its name or its file [the only one].", metavar="REACTOR"
    ),
]
By = Annotated[str | None, typer.Option("--by", help="Who asks for it [your login name].", metavar="NAME")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept in the record.", metavar="TEXT")]
ReactorFile = Annotated[
    str | None,
    typer.Argument(help="A reactor file, or the name of a shipped one [glovebox_ald].", metavar="REACTOR"),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.", metavar="TEXT")]
