"""Recordings of the time between runs, at the computer: listed, and pruned when they are old."""

import sys
from collections.abc import Iterable
from pathlib import Path

import typer

from vapordep.app.request import login_name
from vapordep.app.served.disk import audit, lasting_text, pruned_text
from vapordep.app.words import count
from vapordep.cli.terminal.output import console, listing, local_time, plain, tell, write_json
from vapordep.cli.terminal.past import folder_there, history_in
from vapordep.clock import utc_now
from vapordep.errors import HistoryError, InputError
from vapordep.history.catalogue.idle import IdleRecording
from vapordep.history.folder import MEBIBYTE
from vapordep.history.settings import settings
from vapordep.history.upkeep.pruning import prunable
from vapordep.history.upkeep.pruning import prune as delete
from vapordep.units import Dimension, parse


def list_idle(reactor: str, folder: Path | None, *, as_json: bool) -> None:
    """Lists them, the latest last."""
    history = history_in(folder)
    found = history.idle(reactor)
    if as_json:
        write_json([_as_plain(each) for each in found])
    elif found:
        _print(found)
    else:
        console().print(plain(f"no recordings of the time between runs in {history.folder}"), soft_wrap=True)


def prune(keep: str | None, folder: Path | None, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Tells what would go, asks, and deletes it. Raises InputError where nobody can be asked."""
    history = history_in(folder_there(folder))
    lasting = settings(history.folder).keep_idle if keep is None else parse(keep, Dimension.TIME)
    if lasting < 0.0:
        raise InputError(f"--keep {keep} is below zero", remedy='such as --keep "30 d"')
    now = utc_now()
    found = prunable(history.folder, lasting, now)
    if not as_json:
        _print(found.recordings)
        told = f"{count(len(found.recordings), 'recording')}, {found.size / MEBIBYTE:.1f} MiB, ended more than "
        console().print(plain(f"{told}{lasting_text(lasting)} ago"))
    going = bool(found.recordings) and not dry_run
    if going and not yes:
        _confirm()
    if going:
        by = login_name()
        found = delete(history.folder, lasting, now, by)
        note(history.folder, by, pruned_text(len(found.recordings), found.size, lasting))
    if as_json:
        rows = [each.idle_id for each in found.recordings]
        write_json({"pruned": going, "keep_s": lasting, "bytes": found.size, "recordings": rows})
    elif going:
        console().print(plain("they are deleted"))


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise InputError("nobody is there to confirm it", remedy="look with --dry-run, then say --yes")
    if not typer.confirm("Delete them for ever?", err=True):
        raise typer.Abort


def note(history: Path, by: str, what: str) -> None:
    """Into the record of accounts; what was deleted stays in the catalogue whatever comes of this."""
    try:
        audit(history, by, what)
    except HistoryError as error:
        tell(f"warning: not in the record of accounts: {error}")


def _print(found: Iterable[IdleRecording]) -> None:
    table = listing("recording", "reactor", "from", "to", "MiB>", "")
    for each in found:
        size = f"{each.size / MEBIBYTE:.1f}" if each.size is not None else ""
        ended = f"{local_time(each.ended):%Y-%m-%d %H:%M}" if each.ended else "under way"
        gone = f"pruned {local_time(each.pruned):%Y-%m-%d} by {each.pruned_by}" if each.pruned else ""
        started = f"{local_time(each.started):%Y-%m-%d %H:%M}"
        table.add_row(plain(each.idle_id), plain(each.reactor), started, ended, size, plain(gone))
    if table.row_count:
        console().print(table)


def _as_plain(each: IdleRecording) -> dict[str, object]:
    names = ("idle_id", "reactor", "simulated", "recording", "started", "ended", "size", "pruned", "pruned_by")
    return {name: getattr(each, name) for name in names}
