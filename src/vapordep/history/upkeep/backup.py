"""Back-ups: a history copied while it is in use, whole or not at all, and a look at whether all of one is in order."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import ColumnElement, insert, select

from vapordep.errors import FileError, HistoryError, InputError
from vapordep.history import bottles, folder
from vapordep.history.catalogue import attachments
from vapordep.history.catalogue.catalogue import Catalogue, CataloguedRun
from vapordep.history.catalogue.idle import IdleRecording
from vapordep.history.database import sqlite
from vapordep.history.database.tables import CATALOGUE, idle_recordings, runs
from vapordep.history.folder import IDLE, RECORDINGS
from vapordep.history.queries import History
from vapordep.history.settings import NAME as SETTINGS
from vapordep.history.settings import exposed, settings
from vapordep.history.upkeep.salvage import DAMAGED, salvaged
from vapordep.history.whose import elsewhere
from vapordep.lazy import dataclass

AS_THEY_ARE = (
    attachments.FOLDER, bottles.FOLDER, "recipes", "sequences", f"{RECORDINGS}/{DAMAGED}", f"{IDLE}/{DAMAGED}",
)  # fmt: skip
"""Folders of files that are copied as they are: what people entered and wrote, and what something was saved from."""
ROOM = 1.1
"""So many times the size of what is copied must be free."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: where to, how many recordings of runs and of the time between, bytes with the catalogue's."""

    to: Path
    recordings: int
    size: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How many runs and recordings between them were looked at, and a sentence for each thing that is wrong."""

    runs: int
    idle: int
    problems: tuple[str, ...]
    salvaged: tuple[str, ...] = ()
    """Runs and recordings with a problem from which all that could be read was saved before."""

    @property
    def damaged(self) -> bool:
        """Whether something is wrong with any other."""
        return any(problem.partition(": ")[0] not in self.salvaged for problem in self.problems)


def back_up(history: Path, to: Path) -> Copied:
    """Copies catalogue, recordings, attachments, bottles and the lab's recipes into a new folder; runs may go on.

    The catalogue is copied first: of a run that begins or ends meanwhile the copy has what was known then. Accounts are
    not copied. Raises InputError when there is no history, or the folder is there already or within the history,
    FileError when the disk refuses.
    """
    catalogue = folder.catalogue_path(history)
    shared = bool(settings(history).catalogue)
    if not shared and not catalogue.exists():
        raise InputError("there is no history to copy", where=str(history), remedy="name its folder with --history")
    _require_apart(history, to)
    recordings, files = _recordings(history), list(_files(history))
    draft = to.with_name(f".{to.name}.part")
    try:
        size = sum(path.stat().st_size for path in (*([] if shared else [catalogue]), *recordings, *files))
        _require_room(to, size)
        shutil.rmtree(draft, ignore_errors=True)  # of a back-up that was broken off
        for within in (RECORDINGS, IDLE):
            (draft / within).mkdir(parents=True)
        if shared:
            _write_down(history, draft)
        else:
            sqlite.back_up(catalogue, folder.catalogue_path(draft))
        made = _copy_recordings(history, draft, recordings)
        if (history / SETTINGS).exists() and not shared:
            _copy_file(history / SETTINGS, draft / SETTINGS)
        for path in files:
            _copy_file(path, draft / path.relative_to(history))
        draft.rename(to)
    except FileNotFoundError as error:
        what = f"{error.filename} went while it was copied: was it pruned?"
        raise FileError(what, where=str(to), remedy="do it again") from error
    except OSError as error:
        what = f"the back-up could not be made: {error}"
        raise FileError(what, where=str(to), remedy="look at the disk: its space and its rights") from error
    except HistoryError as error:
        raise FileError(f"the back-up could not be made: {error.told}", where=str(to), remedy=error.remedy) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # also where somebody broke it off
    return Copied(to, made, size)


def check(history: Path) -> Checked:
    """Reads the whole catalogue and every recording of this folder, and compares them.

    Raises HistoryError without a catalogue.
    """

    def mine(each: CataloguedRun | IdleRecording) -> bool:
        return not elsewhere(history, each.process, each.recording)

    records = History(history)
    between = [each for each in records.idle() if each.pruned is None and mine(each)]
    problems = list(_of_catalogue(history)) if records.is_there else []
    known = {idle.recording for idle in between}
    looked_at = 0
    for run in records.latest():
        if mine(run):
            problems += [f"{run.run_id}: {problem}" for problem in records.verify(run).problems]
            known.add(run.recording)
            looked_at += 1
    for idle in between:
        problems += [f"{idle.idle_id}: {problem}" for problem in records.verify_idle(idle).problems]
    for within in (RECORDINGS, IDLE):
        for path in sorted((history / within).glob("*.sqlite")):
            name = path.relative_to(history).as_posix()
            if name not in known:
                problems.append(f"{name}: the catalogue does not know this recording")
    saved = sorted(salvaged(history) & {problem.partition(": ")[0] for problem in problems})
    return Checked(looked_at, len(between), (*exposed(history), *problems), tuple(saved))


def _files(history: Path) -> Iterator[Path]:
    """All that is copied as it is; catalogues that were put aside among it."""
    for within in AS_THEY_ARE:
        yield from (path for path in sorted((history / within).rglob("*")) if path.is_file() and not path.is_symlink())
    yield from sorted(history.glob(f"{folder.catalogue_path(history).stem}.*-*.sqlite*"))


def _copy_file(path: Path, to: Path) -> None:
    """A file; one that has been renamed meanwhile was a draft."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        shutil.copyfile(path, to)
        with to.open("rb+") as copy:
            os.fsync(copy.fileno())  # it is on the disk before anybody is told so


def _write_down(history: Path, draft: Path) -> None:
    """The tables of a server as a file: a copy needs no server to be read."""
    with Catalogue.open(draft):
        pass
    with (
        Catalogue.read(history) as shared, shared.entering() as source,
        sqlite.disposing(sqlite.open_mover(folder.catalogue_path(draft))) as engine, engine.begin() as target,
    ):  # fmt: skip
        for table in CATALOGUE.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                target.execute(insert(table), rows)


def _of_catalogue(history: Path) -> Iterator[str]:
    with Catalogue.read(history) as catalogue:
        for problem in catalogue.damage():
            yield f"catalogue: {problem}"
        with catalogue.entering() as connection:
            yield from attachments.damaged(history, connection)


def _require_apart(history: Path, to: Path) -> None:
    if to.exists():
        raise InputError("a back-up never overwrites anything", where=str(to), remedy="name a folder that is not there")
    if to.resolve().is_relative_to(history.resolve()):
        what = "a back-up within the history is lost with it"
        raise InputError(what, where=str(to), remedy=f"name a folder outside of {history}, best on another disk")


def _require_room(to: Path, size: int) -> None:
    free = shutil.disk_usage(folder.nearest(to.absolute().parent)).free
    if free < ROOM * size:
        what = f"the copy needs {folder.sized(size)}, and {folder.sized(free)} are free"
        raise FileError(what, where=str(to), remedy="make room, or name a folder on another disk")


def _recordings(history: Path) -> list[Path]:
    return [path for within in (RECORDINGS, IDLE) for path in sorted((history / within).glob("*.sqlite"))]


def _copy_recordings(history: Path, draft: Path, known: Iterable[Path]) -> int:
    """Those that were known, and what came since; tells how many.

    Not those that the catalogue knows and its copy does not: their runs have begun since it was copied, or they were
    pruned before and only wait to be deleted.
    """
    for path in dict.fromkeys((*known, *_recordings(history))):
        _copy_recording(path, draft / path.relative_to(history))
    with suppress(HistoryError):  # a catalogue that cannot be read keeps no recording from being copied
        for name in _entered(history) - _entered(draft, idle_recordings.c.pruned.is_(None)):
            (draft / name).unlink(missing_ok=True)
    return len(_recordings(draft))


def _entered(history: Path, *which: ColumnElement[bool]) -> set[str]:
    """The recordings that a catalogue knows, runs' and such of the time between."""
    of_runs, between = select(runs.c.recording), select(idle_recordings.c.recording).where(*which)
    with History(history).reading() as connection:
        return set(connection.scalars(of_runs.union(between)))


def _copy_recording(path: Path, to: Path) -> None:
    """A copy that is one file, also of a recording under way; one that is damaged is copied as it is."""
    try:
        sqlite.back_up(path, to)
    except HistoryError:
        to.unlink(missing_ok=True)
        path.stat()  # the catalogue was copied before: it would tell of a file that is nowhere
        _copy_file(path, to)
