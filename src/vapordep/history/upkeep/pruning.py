"""Pruning: recordings of the time between runs go when they are old; runs never do. What went stays on record."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from vapordep.errors import HistoryError
from vapordep.history import folder
from vapordep.history.catalogue import idle
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.idle import IdleRecording
from vapordep.history.database import sqlite
from vapordep.history.queries import History
from vapordep.history.whose import elsewhere
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Prunable:
    """What would go: the recordings, the first of them first, and how many bytes they have together."""

    recordings: tuple[IdleRecording, ...]
    size: int


def prunable(history: Path, keep: float, now: datetime) -> Prunable:
    """This folder's recordings of the time between runs that ended more than `keep` s ago, or are half pruned."""
    try:
        before = idle.utc(now - timedelta(seconds=keep))
    except OverflowError:  # longer than there are dates: nothing is that old
        before = ""
    found = [each for each in History(history).idle() if _old(history, each, before)]
    return Prunable(tuple(found), sum(_size(history, each) for each in found))


def prune(history: Path, keep: float, now: datetime, by: str) -> Prunable:
    """Deletes them, and keeps in the catalogue when, by whom and how much; tells what went.

    First it is entered, then deleted: where this is killed between, or the disk refuses, the next time finds the file.
    Raises HistoryError when the catalogue cannot be written or a file not be deleted; what could be done is done then.
    """
    found = prunable(history, keep, now)
    fresh = [each.idle_id for each in found.recordings if each.pruned is None]
    if fresh:
        with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
            idle.prune(connection, fresh, now, by)
    refused: list[HistoryError] = []
    for each in found.recordings:
        try:
            _delete(folder.idle_path(history, each.idle_id))
        except HistoryError as error:
            refused.append(error)
    if refused:
        raise refused[0]
    return found


def _old(history: Path, each: IdleRecording, before: str) -> bool:
    if each.pruned is not None:
        return folder.idle_path(history, each.idle_id).exists()
    if elsewhere(history, each.process, each.recording):
        return False  # another folder's, which keeps its own as long as its own settings say
    return each.ended is not None and each.ended < before


def _size(history: Path, each: IdleRecording) -> int:
    with suppress(OSError):
        return folder.idle_path(history, each.idle_id).stat().st_size
    return 0


def _delete(path: Path) -> None:
    with sqlite.speaking_of("recording", path):
        for beside in ("", "-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
