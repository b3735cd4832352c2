"""The commands that look after the history as a whole: `history backup`, `check`, `salvage`, `import`, `prune` ..."""

# ruff: noqa: D301 - a backspace in a docstring keeps the lines after it as they are in --help

from pathlib import Path
from typing import Annotated

import typer

from vapordep.cli.commands.options import History, Json
from vapordep.cli.terminal.families import family

app = family("The history as a whole: copy, check, salvage, take in recordings, prune.")


@app.command("backup")
def backup(
    to: Annotated[Path, typer.Argument(help="A folder that is not there yet.", metavar="FOLDER")],
    history: History = None,
    json: Json = False,
) -> None:
    """Copy catalogue and recordings into a new folder, while runs may go on.

    It is there whole or not at all, and overwrites nothing. Accounts are not copied. Read the copy with --history, and
    check it with `vapordep history check --history FOLDER`.

    \b
    vapordep history backup /media/nas/vapordep-2026-11-26
    """
    from vapordep.cli.upkeep import upkeep as command

    command.backup(to, history, as_json=json)


@app.command("check")
def check(
    history: History = None,
    head: Annotated[
        str, typer.Option(help="A head of the record of accounts, as it was told before.", metavar="HEAD")
    ] = "",
    json: Json = False,
) -> None:
    """Check the whole history: the catalogue, every recording, and whether they know of each other.

    Where there are accounts, the record of what was done with them and by them as well. That its last entries were cut
    off shows only against a head of it, which this tells, and `vapordep serve` at its start and each day: keep one
    where nobody at this computer can change it.

    Reads everything, and changes nothing but to mark runs whose process went away. Exit status 1 when something is
    wrong.

    \b
    vapordep history check
    vapordep history check --history /media/nas/vapordep-2026-11-26 --json
    vapordep history check --head 57:3f0a...
    """
    from vapordep.cli.upkeep import upkeep as command

    command.check(history, head, as_json=json)


@app.command("salvage")
def salvage(
    names: Annotated[
        list[str] | None, typer.Argument(help="Runs, or recordings between them [all damaged].", metavar="[RUN...]")
    ] = None,
    history: History = None,
    json: Json = False,
) -> None:
    """Save what can be read of damaged recordings, and make a damaged catalogue anew.

    A new file takes the place of a damaged one, which is put aside into `damaged/`; nothing is overwritten. Its hashes
    stay as they were, so that `runs verify` goes on to tell what is lost: where there is a back-up, take that instead.
    A damaged catalogue is made anew as by `runs rebuild`. Exit status 1 when something could not be saved.

    \b
    vapordep history check
    vapordep history salvage
    vapordep history salvage 20261123-142530-9f3a1c
    """
    from vapordep.cli.upkeep import salvaging as command

    command.salvage_all(names or (), history, as_json=json)


@app.command("import")
def bring(
    files: Annotated[list[Path], typer.Argument(help="Recordings of runs, such as 2026...sqlite.", metavar="FILE...")],
    history: History = None,
    json: Json = False,
) -> None:
    """Take in recordings from another computer.

    Each is read and verified first. Refused are those that are damaged, not sealed, here already, or go on from a run
    that is not here. Labels, notes and files do not come with them. Exit status 2 when one is refused.

    \b
    vapordep history import /media/usb/recordings/20261123-142530-9f3a1c.sqlite
    """
    from vapordep.cli.upkeep import upkeep as command

    command.bring(files, history, as_json=json)


@app.command("move")
def move(
    to: Annotated[str, typer.Argument(help="The address of a PostgreSQL database.", metavar="URL")],
    history: History = None,
    json: Json = False,
) -> None:
    """Move the catalogue to PostgreSQL, where many reactors may share it.

    All rows are copied and compared, then `history.yaml` names the database; the file is kept under another name.
    Recordings, attached files and accounts stay in the folder. The database may hold the runs of others. Refused while
    a run is under way. Broken off, it may be given again: nothing comes twice. Needs pip install
    "vapordep[postgresql]"; keep the password in ~/.pgpass. Exit status 2 when there is nothing to move or that is no
    address, 1 when no server answers or it refuses; the file then counts as before.

    \b
    vapordep history move postgresql://vapordep@db.lab.example/vapordep
    """
    from vapordep.cli.upkeep.moving import move as command

    command(to, history, as_json=json)


@app.command("idle")
def idle(
    reactor: Annotated[str, typer.Option("--reactor", help="By the name in its file.", metavar="NAME")] = "",
    history: History = None,
    json: Json = False,
) -> None:
    """List the recordings of the time between runs, also those that were pruned.

    `vapordep serve` records tags and events when no run is under way too, at most a day in one file; they are no runs,
    and `runs list` does not show them. `history.yaml` in the history's folder says whether, and how long they are kept:

    \b
    record_idle: true
    keep_idle: 30 d

    \b
    vapordep history idle
    vapordep history idle --reactor glovebox-ald --json
    """
    from vapordep.cli.upkeep import pruning

    pruning.list_idle(reactor, history, as_json=json)


@app.command("prune")
def prune(
    keep: Annotated[
        str | None,
        typer.Option("--keep", help='Keep what ended within that time, such as "30 d" [history.yaml].', metavar="TIME"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    history: History = None,
    json: Json = False,
) -> None:
    """Delete old recordings of the time between runs. Runs are never deleted.

    What goes is listed first, with its bytes. The catalogue keeps when, by whom and how much went, and so does the
    record of accounts. A served engine does the same each hour, as `keep_idle` in `history.yaml` says; without that
    file it keeps 30 d.

    \b
    vapordep history prune --dry-run
    vapordep history prune --keep "7 d" --yes --json
    """
    from vapordep.cli.upkeep import pruning

    pruning.prune(keep, history, dry_run=dry_run, yes=yes, as_json=json)
