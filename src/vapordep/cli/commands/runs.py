"""The commands of the history: `runs list`, `show`, `verdict`, `analyse`, `leaks`, `verify`, `rebuild`, `export`."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli.commands.options import History, Json, Plot, RunName
from vapordep.cli.terminal.families import family

app = family("The history: every run, also those that were stopped, aborted or interrupted.")


@app.command("list")
def runs_list(
    history: History = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many of the latest runs.", metavar="N")] = 20,
    search: Annotated[
        str, typer.Option("--search", help="Words that must stand in names, reason, labels or notes.", metavar="WORDS")
    ] = "",
    label: Annotated[
        list[str] | None, typer.Option("--label", help="With that label; several times for several.", metavar="LABEL")
    ] = None,
    star: Annotated[bool, typer.Option("--star", help="Only those with a star.")] = False,
    process: Annotated[str, typer.Option("--process", help="Such as ALD.", metavar="NAME")] = "",
    recipe: Annotated[str, typer.Option("--recipe", help="By the name in the recipe.", metavar="NAME")] = "",
    reactor: Annotated[str, typer.Option("--reactor", help="By the name in its file.", metavar="NAME")] = "",
    substrate: Annotated[str, typer.Option("--substrate", help="Such as lithium.", metavar="NAME")] = "",
    operator: Annotated[str, typer.Option("--operator", help="Who ran it.", metavar="NAME")] = "",
    state: Annotated[str, typer.Option("--state", help="Such as COMPLETE or ABORTED.", metavar="STATE")] = "",
    since: Annotated[str, typer.Option("--since", help="Started then or later: 2026-11, UTC.", metavar="DATE")] = "",
    before: Annotated[str, typer.Option("--before", help="Started earlier than that.", metavar="DATE")] = "",
    json: Json = False,
) -> None:
    """List runs: what was run, how it ended, its film.

    One line a run, the latest first; a run whose process went away is sealed and marked as INTERRUPTED. Names are those
    that `runs show` tells, exactly.

    \b
    vapordep runs list
    vapordep runs list --search "anna scratch" --substrate lithium --since 2026-11
    vapordep runs list --star -n 100 --json
    """
    from vapordep.cli.review import run_list as command
    from vapordep.history.catalogue.search import Wanted

    wanted = Wanted(
        words=tuple(search.split()), state=command.state_called(state), reactor=reactor, recipe=recipe,
        operator=operator, process=process, substrate=substrate,
        labels=(*(label or ()), *(("star",) if star else ())), since=since, before=before,
    )  # fmt: skip
    command.list_runs(history, limit, wanted, as_json=json)


@app.command("show")
def runs_show(run: RunName = "last", history: History = None, plot: Plot = None, json: Json = False) -> None:
    """Show one run: its outcome, film, pulses and events.

    It also says whether the recording is sealed and as it was written, and why the run ended.

    \b
    vapordep runs show
    vapordep runs show 20261123-142530 --plot page.png
    """
    from vapordep.cli.review import runs as command

    command.show(run, history, plot, as_json=json)


@app.command("verdict")
def runs_verdict(run: RunName = "last", history: History = None, json: Json = False) -> None:
    """Judge one run: fit to run, fit with doubts, or not fit, and why.

    Worked out of the recording and its frozen copy: the foil against its substrate's limits, how near every interlock
    came, the purges between incompatible sources, what each dose filled of the surface, the film beside the one that
    was expected, what was used up. A dry run ends with the same; `runs show RUN --plot page.png` draws it. Exit
    status 1 when it is not fit.

    \b
    vapordep runs verdict
    vapordep runs verdict 20261123-142530 --json
    """
    from vapordep.cli.terminal import verdict as command

    command.verdict(run, history, as_data=json)


@app.command("analyse")
def runs_analyse(
    run: RunName = "last",
    history: History = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", help="Draw all pulses by number: a .png, .pdf or .svg file.", metavar="FILE"),
    ] = None,
    golden: Annotated[
        list[str] | None,
        typer.Option(
            "--golden", help="Instead: compare with a run that was good; several times for several.", metavar="RUN"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Put one run into numbers, and tell what drifted.

    A row a pulse and a row a cycle; of each pulse delay, baseline, peak, area and decay on the gauge, and what of it is
    left when the next one comes. A drift is told, with its likely cause, where the moving average of a source leaves
    the limits of its first 20 pulses and stays away.

    With --golden each tag, step by step and cycle by cycle, and each pulse is compared with those of one or more good
    runs of the same recipe: what left their bands, where and by how much. Exit status 1 when anything did.

    \b
    vapordep runs analyse
    vapordep runs analyse last --golden 20261123-142530 --plot beside.png
    vapordep runs analyse 20261123-142530 --plot drift.png --json
    """
    if golden:
        from vapordep.cli.review.golden import compare_runs

        compare_runs(run, golden, history, plot, as_json=json)
        return
    from vapordep.cli.review import analyse as command

    command.analyse_run(run, history, plot, as_json=json)


@app.command("leaks")
def runs_leaks(
    reactor: Annotated[
        str | None, typer.Argument(help="A reactor's name [that of the latest run].", metavar="REACTOR")
    ] = None,
    history: History = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Its latest runs.", metavar="N")] = 100,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw leak against time: a .png, .pdf or .svg file.", metavar="FILE")
    ] = None,
    json: Json = False,
) -> None:
    """Tell whether a reactor's leak rises, check by check.

    Each leak check of its runs, and a straight line through them: a rise counts from three standard errors on. Dry runs
    and real ones are never mixed.

    \b
    vapordep runs leaks
    vapordep runs leaks glovebox-ald -n 30 --plot leaks.png
    """
    from vapordep.cli.review.leaks import show_leaks

    show_leaks(reactor, history, limit, plot, as_json=json)


@app.command("verify")
def runs_verify(
    run: Annotated[
        str | None,
        typer.Argument(help="A run's id, or its beginning [last, which is the latest].", metavar="RUN"),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every run in the history.")] = False,
    history: History = None,
    json: Json = False,
) -> None:
    """Verify that a recording is as it was written.

    Reads all of it, works out the hash chain of its events and the digest of its samples, pulses and film again, and
    compares them, and what the run was given, with the catalogue. It shows what was changed, added, lost or damaged;
    it cannot show that somebody rewrote recording and catalogue together. Exit status 1 when something is wrong.

    \b
    vapordep runs verify
    vapordep runs verify 20261123-142530
    vapordep runs verify --all --json
    """
    from vapordep.cli.review import verifying as command

    command.verify(run, history, every=every, as_json=json)


@app.command("rebuild")
def runs_rebuild(history: History = None, json: Json = False) -> None:
    """Make a damaged catalogue anew, of the recordings.

    The damaged file is kept aside under another name. What is not in the new one is told: recordings that cannot be
    read, and decisions to discard a run that only the old file knew. Refused while the catalogue is in order, or a run
    is under way.

    \b
    vapordep runs rebuild
    """
    from vapordep.cli.review import verifying as command

    command.rebuild_catalogue(history, as_json=json)


@app.command("export")
def runs_export(
    run: RunName = "last",
    form: Annotated[str, typer.Option("--format", help="csv or parquet.", metavar="FORMAT")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the files [the run's id].", metavar="FOLDER")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Samples of that tag; several times for several.", metavar="TAG")
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help='Only what comes then or later, since the start: "83 min".', metavar="TIME")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Only what comes up to then.", metavar="TIME")] = "",
    history: History = None,
    json: Json = False,
) -> None:
    """Export a run, or a part of it, as CSV or Parquet.

    Samples, pulses and events, a file each. A CSV file has a row an instant and a column a tag; Parquet a row a sample,
    with units and run in the metadata (pip install "vapordep[parquet]"). What was measured of the run later comes
    beside them, as CSV. Nothing is overwritten, and no half file left.
    Exit status 2 for a tag that has no samples, a span that has none, or a file that cannot be written.

    \b
    vapordep runs export
    vapordep runs export 20261123-142530 --format csv --output exported
    vapordep runs export last --format parquet
    vapordep runs export last --tag chamber.pressure --from "83 min" --to "2 h"
    """
    from vapordep.cli.review import runs as command

    command.export(run, form, output, history, tag or (), since, until, as_json=json)
