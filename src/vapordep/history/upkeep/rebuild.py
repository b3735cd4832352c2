"""A catalogue made anew of the recordings, when the old one is damaged; that one is kept aside, never overwritten."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from vapordep.errors import HistoryError, InputError
from vapordep.history import folder, process, whose
from vapordep.history.catalogue import listing
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.database import sqlite
from vapordep.history.database.entered_tables import OF_RUNS, calibrations
from vapordep.history.database.tables import runs
from vapordep.history.folder import catalogue_path
from vapordep.history.recordings.recording import Recording
from vapordep.history.settings import NAME, settings
from vapordep.history.upkeep.idle_rebuild import enter_idle
from vapordep.history.upkeep.put_aside import put_aside
from vapordep.lazy import dataclass
from vapordep.model.run import CalledRecipe, Decided, Decision, Mode, RunHeader, SampleOnStage

DEAD: dict[str, str | int] = {"host": "", "boot": "gone", "pid": 0, "start": ""}
"""Stands for a process of which the recording does not tell."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it: how many runs, where the old catalogue lies, and a sentence for all that is not in the new."""

    runs: int
    aside: Path | None
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What one recording tells of its run."""

    header: RunHeader
    recording: str
    by: Mapping[str, str | int]
    outcome: Mapping[str, Any] | None
    head: Any


def rebuild(history: Path) -> Rebuilt:
    """Make a new catalogue of what the recordings hold; the old one is renamed.

    Raises InputError when the old one is in order, HistoryError when a run is under way or the disk refuses.
    """
    path = catalogue_path(history)
    if settings(history).catalogue:
        remedy = "restore it from the server's own back-up"
        raise InputError("the catalogue is in PostgreSQL", where=str(history / NAME), remedy=remedy)
    _refuse_what_is_in_order(history, path)
    lost: list[str] = []
    kept = _in_order(list(_recordings(history, lost)))
    for each in kept:
        if each.outcome is None and not process.gone(each.by):
            what = f"the run {each.header.run_id} is under way, by the process {each.by.get('pid')}"
            raise HistoryError(what, where=str(path), remedy="end it first")
    draft = history / f"catalogue.rebuilding-{os.getpid()}"
    draft.mkdir()
    try:
        _write(draft, kept, _decisions(history, kept, lost), lost)
        _keep_entered(history, draft, lost)
        with Catalogue.open(draft) as new:
            enter_idle(history, new, DEAD, lost)
        aside = put_aside(path, "damaged")
        catalogue_path(draft).replace(path)
    finally:
        sqlite.remove(catalogue_path(draft))
        draft.rmdir()
    return Rebuilt(len(kept), aside, tuple(lost))


def _refuse_what_is_in_order(history: Path, path: Path) -> None:
    if not path.exists():
        return
    try:
        with Catalogue.read(history) as catalogue:
            catalogue.runs()
            whole = not catalogue.damage()
    except HistoryError as error:
        if sqlite.may_pass(error):
            raise
        return
    if whole:
        raise InputError("the catalogue is in order", where=str(path), remedy="see `vapordep runs list`")


def _recordings(history: Path, lost: list[str]) -> Iterator[_Kept]:
    for path in sorted((history / folder.RECORDINGS).glob("*.sqlite")):
        try:
            with Recording.open(path) as recording:
                by = {**DEAD, **whose.place(history), **recording.process}
                name = path.relative_to(history).as_posix()
                yield _Kept(header_of(recording.header), name, by, recording.outcome, recording.end)
        except (HistoryError, KeyError, TypeError, ValueError) as error:
            lost.append(f"{path.name} cannot be read, and is left as it is: {error}")


def header_of(plain: Mapping[str, Any]) -> RunHeader:
    """The header of a run as its recording keeps it. Raises KeyError, TypeError or ValueError when it is none."""
    samples = tuple(SampleOnStage(**sample) for sample in plain["samples"])
    called = tuple(CalledRecipe(**recipe) for recipe in plain["called"])
    return RunHeader(**{**plain, "mode": Mode(plain["mode"]), "samples": samples, "called": called})


def _in_order(kept: list[_Kept]) -> list[_Kept]:
    """By their start; a run stands after the one that it goes on from, whatever the clock showed."""
    by_id = {each.header.run_id: each for each in sorted(kept, key=lambda each: each.header.started)}
    placed: dict[str, _Kept] = {}

    def place(each: _Kept) -> None:
        parent = by_id.get(each.header.parent or "")
        if parent is not None and parent.header.run_id not in placed and parent is not each:
            place(parent)
        placed[each.header.run_id] = each

    for each in by_id.values():
        if each.header.run_id not in placed:
            place(each)
    return list(placed.values())


def _decisions(history: Path, kept: list[_Kept], lost: list[str]) -> list[Decided]:
    """What was decided about ended runs: as the old catalogue tells, else as the runs that came of it do."""
    found: dict[str, Decided] = {}
    for each in kept:
        header = each.header
        if header.parent is not None and header.notes.get("decision") in list(Decision):
            why, what = header.notes.get("reason", ""), Decision(header.notes["decision"])
            found[header.parent] = Decided(header.parent, what, header.operator, why, header.started)
    try:
        with Catalogue.read(history) as catalogue:
            found |= {decided.run_id: decided for decided in catalogue.decisions()}
    except (HistoryError, DBAPIError) as error:
        lost.append(f"decisions to discard a run could not be read: {getattr(error, 'what', error)}")
    known = {each.header.run_id for each in kept}
    return [decided for decided in found.values() if decided.run_id in known]


def _write(draft: Path, kept: list[_Kept], decided: list[Decided], lost: list[str]) -> None:
    with Catalogue.open(draft) as catalogue:
        for each in kept:
            header = _orphaned(each.header, kept, lost)
            _told(partial(catalogue.begin, header, each.recording, None, each.by), each, lost)
            if each.outcome is not None:
                _told(partial(catalogue.end, header.run_id, each.outcome, each.head), each, lost)
        for decision in decided:
            catalogue.decide(decision)


def _keep_entered(history: Path, draft: Path, lost: list[str]) -> None:
    """What people entered goes over from the old catalogue, as far as that can be read."""
    if not catalogue_path(history).exists():
        return
    with Catalogue.open(draft) as new:
        for table in (*OF_RUNS, calibrations):
            try:
                with Catalogue.read(history) as old, old.entering() as connection:
                    rows = [dict(row) for row in connection.execute(select(table)).mappings()]
                with new.entering() as connection:
                    taken = set(connection.execute(select(runs.c.run_id)).scalars())
                    mine = [row for row in rows if row.get("run_id") is None or row["run_id"] in taken]
                    if mine:
                        connection.execute(insert(table), mine)
            except (HistoryError, DBAPIError) as error:
                lost.append(f"{table.name} could not be read: {getattr(error, 'what', error)}")
        with new.entering() as connection:
            for run_id in connection.execute(select(runs.c.run_id)).scalars().all():
                listing.refresh(connection, run_id)


def _orphaned(header: RunHeader, kept: list[_Kept], lost: list[str]) -> RunHeader:
    """The header of a run, without a parent that is not there any more."""
    if header.parent is None or header.parent in {each.header.run_id for each in kept}:
        return header
    lost.append(f"{header.run_id} goes on from {header.parent}, which is not there any more")
    return replace(header, parent=None)


def _told(enter: Callable[[], None], each: _Kept, lost: list[str]) -> None:
    """Enters something; one run that cannot be entered costs the others nothing."""
    try:
        enter()
    except (HistoryError, DBAPIError) as error:
        lost.append(f"{each.header.run_id} could not be entered: {getattr(error, 'orig', error)}")
