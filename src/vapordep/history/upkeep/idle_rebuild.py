"""Recordings of the time between runs, entered anew into a catalogue that is rebuilt."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from vapordep.errors import HistoryError
from vapordep.history import folder, whose
from vapordep.history.catalogue import idle
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.database.tables import idle_recordings
from vapordep.history.recordings.recording import Recording
from vapordep.model.idle import IdleHeader


def enter_idle(history: Path, new: Catalogue, dead: dict[str, str | int], lost: list[str]) -> None:
    """Enters those whose files are there, as they tell, and of the pruned what the old catalogue still tells."""
    for path in sorted((history / folder.IDLE).glob("*.sqlite")):
        try:
            with Recording.open(path) as recording, new.entering() as connection:
                _enter(connection, recording, path.relative_to(history).as_posix(), {**dead, **whose.place(history)})
        except (HistoryError, KeyError, TypeError, ValueError) as error:
            lost.append(f"{path.name} cannot be read, and is left as it is: {error}")
    _keep_pruned(history, new, lost)


def _enter(connection: Connection, recording: Recording, name: str, dead: dict[str, str | int]) -> None:
    header = IdleHeader(**recording.header)
    by = {**dead, **recording.process}
    idle.begin(connection, header, name, by)
    if recording.end is not None:
        last = recording.events()[-1].time
        ended = datetime.fromisoformat(header.started) + timedelta(seconds=last - recording.t0)
        idle.end(connection, header.idle_id, ended, recording.end, recording.path.stat().st_size)


def _keep_pruned(history: Path, new: Catalogue, lost: list[str]) -> None:
    if not folder.catalogue_path(history).exists():
        return
    pruned = select(idle_recordings).where(idle_recordings.c.pruned.is_not(None))
    try:
        with Catalogue.read(history) as old, old.entering() as connection:
            rows = [dict(row) for row in connection.execute(pruned).mappings()]
        with new.entering() as connection:
            there = set(connection.execute(select(idle_recordings.c.idle_id)).scalars())
            for row in rows:
                if row["idle_id"] not in there:
                    connection.execute(insert(idle_recordings), row)
    except (HistoryError, DBAPIError) as error:
        lost.append(f"what was pruned could not be read: {getattr(error, 'what', error)}")
