"""What can still be read of a damaged recording, in a new file under its name; the damaged one is kept aside.

Nothing is sealed anew and no hash is worked out again: what `runs verify` tells of the new file is what was lost.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from vapordep.errors import HistoryError, InputError, NotThere
from vapordep.history import folder, process
from vapordep.history.database import rows, schema, sqlite, tables
from vapordep.history.queries import History
from vapordep.history.recordings import codec, compaction, levels
from vapordep.history.recordings.readable import Readable
from vapordep.history.recordings.recording import Recording
from vapordep.history.recordings.tail import decode_tick
from vapordep.history.upkeep.put_aside import put_aside
from vapordep.lazy import dataclass

Fields = Mapping[str, Any]
DAMAGED = "damaged"
"""Folder, within that of the recordings, of files that something was saved from, as they were found."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of one: its new file, where the damaged one lies, rows kept by table, and tables that lost some."""

    path: Path
    aside: Path
    kept: Mapping[str, int]
    lost: tuple[str, ...]


def damaged(history: Path) -> list[str]:
    """The recordings, of runs and of the time between, that are not as they were written, by their own word."""
    found = []
    for within in (folder.RECORDINGS, folder.IDLE):
        for path in sorted((history / within).glob("*.sqlite")):
            try:
                with Recording.open(path) as recording:
                    whole = recording.verify().whole
            except HistoryError:
                whole = False
            if not whole:
                found.append(path.stem)
    return found


def salvaged(history: Path) -> set[str]:
    """The recordings from which something was saved before: the damaged file of each is kept aside."""
    folders = (history / within / DAMAGED for within in (folder.RECORDINGS, folder.IDLE))
    return {path.name.rpartition(f".{DAMAGED}-")[0] for each in folders for path in each.glob("*.sqlite")}


def salvage(history: Path, name: str) -> Salvaged:
    """Writes what can be read of a recording into a new file, and puts that in its place.

    Raises NotThere for a name of none, InputError where every row can be read, HistoryError when its process lives,
    when it does not tell what it is, or the disk refuses; then all is as it was.
    """
    path = _called(history, name)
    draft = path.with_name(f".{path.stem}.salvaging-{os.getpid()}")
    try:
        with sqlite.speaking_of("recording", path):
            kept, lost = _copied(path, draft)
            if not lost:
                remedy = "look with `vapordep runs verify` whether it was changed, and take it from a backup then"
                raise InputError(f"every row of {path.name} can be read: nothing is to be saved", remedy=remedy)
            aside = put_aside(path, DAMAGED, path.parent / DAMAGED) or path
            draft.replace(path)
    finally:
        sqlite.remove(draft)
    return Salvaged(path, aside, kept, tuple(lost))


def _called(history: Path, name: str) -> Path:
    for place in (folder.recording_path, folder.idle_path):
        try:
            if (path := place(history, name)).exists():
                return path
        except HistoryError:
            break
    path = history / History(history).run(name).recording
    if not path.exists():
        raise NotThere(f"no recording of {name[:80]!r}", where=str(path), remedy="take it from a backup")
    return path


def _copied(path: Path, draft: Path) -> tuple[dict[str, int], list[str]]:
    """How many rows of each table were copied, and which tables lost some."""
    kept, lost = dict[str, int](), list[str]()
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source:
        about = _about(source, path)
        with sqlite.disposing(sqlite.open_writer(draft, log=False)) as engine:
            schema.create(engine, schema.RECORDING)
            with engine.begin() as target:
                for table in (tables.meta, *GOOD):
                    found = _rows(source, table, lost)
                    kept[table.name] = len(found)
                    if found:
                        target.exec_driver_sql(sqlite.insertion(table), found)
                _add_levels(target, sealed="chain_head" in about)
    return kept, lost


def _about(source: sqlite3.Connection, path: Path) -> Mapping[str, str]:
    """What the recording says of itself."""
    told = {str(key): str(value) for key, value in Readable(source, tables.meta)}
    if not told.keys() >= {"header", "t0"}:
        what = "nothing can be saved: it does not tell any more which recording it is"
        raise HistoryError(what, where=str(path), remedy="it is left as it is: take it from a backup")
    by = _process(told.get("process", ""))
    if "chain_head" not in told and by and not process.gone(by):
        what = f"it is under way, by the process {by.get('pid')}"
        raise HistoryError(what, where=str(path), remedy="end that first")
    return told


def _process(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _rows(source: sqlite3.Connection, table: Table, lost: list[str]) -> list[tuple[object, ...]]:
    """The rows of a table that can be read and say something, each key once."""
    good, readable, names = GOOD.get(table), Readable(source, table), table.c.keys()
    keys = [names.index(column.name) for column in table.primary_key]
    found: dict[tuple[object, ...], tuple[object, ...]] = {}
    refused = False
    for row in readable:
        key = tuple(row[place] for place in keys)
        if key in found or (good is not None and not _says(good, dict(zip(names, row, strict=True)))):
            refused = True
        else:
            found[key] = row
    if refused or not readable.whole:
        lost.append(table.name)
    return list(found.values())


def _says(good: Callable[[Fields], object], row: Fields) -> bool:
    try:
        return good(row) is not False
    except (HistoryError, KeyError, TypeError, ValueError):
        return False


def _is_chunk(row: Fields) -> bool:
    chunk = codec.decode(row["blob"])
    return (row["first_ns"], row["last_ns"], row["samples"]) == (chunk.times[0], chunk.times[-1], chunk.values.size)


GOOD: Mapping[Table, Callable[[Fields], object]] = {
    tables.tags: rows.unit_from,
    tables.series: lambda row: isinstance(row["tag"], str),
    tables.chunks: _is_chunk,
    tables.tail: lambda row: list(decode_tick(row["blob"])),
    tables.events: rows.event_from,
    tables.pulses: rows.pulse_from,
    tables.film_layers: rows.layer_from,
}
"""What refuses a row that says nothing: what reads the row of each table. Levels follow from the chunks."""


def _add_levels(target: Connection, *, sealed: bool) -> None:
    """Of all chunks, as they were made when those were written; the coarser ones only once nothing more will come."""
    chunks = tables.chunks.c
    found = [
        compaction.level_row(series, levels.FINEST, (number, number), level, levels.encode(level))
        for number, series, blob in target.execute(select(chunks.chunk, chunks.series, chunks.blob))
        for level in _levels(codec.decode(blob))
    ]
    if found:
        target.execute(insert(tables.levels), found)
    if sealed:
        compaction.coarsen(target)


def _levels(chunk: codec.Chunk) -> Iterator[levels.Level]:
    if len(chunk.times) >= levels.FINEST * levels.FEWEST:
        yield levels.of_chunk(chunk)
