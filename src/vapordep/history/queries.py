"""The history of one folder: all runs, one of them by name or by the beginning of its name, and its recording."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from vapordep.errors import HistoryError, NotThere
from vapordep.history import folder
from vapordep.history.catalogue import idle
from vapordep.history.catalogue.catalogue import Catalogue, CataloguedRun, Located
from vapordep.history.catalogue.catalogue_place import place_of
from vapordep.history.catalogue.idle import IdleRecording
from vapordep.history.catalogue.search import RunBrief, Wanted, latest_of_reactors, latest_of_recipes, reactors_of
from vapordep.history.chain import canonical
from vapordep.history.database import sqlite
from vapordep.history.database.rows import Row
from vapordep.history.ends import missing_end
from vapordep.history.recordings.idle_recorder import close_left
from vapordep.history.recordings.recording import Recording, Verification
from vapordep.history.whose import elsewhere
from vapordep.model.run import Decided, Mode

DISPUTED = "mode: the catalogue calls it a {}, its recording a {}; it counts as a dry run"
PAGE = 20
"""Runs whose long rows are read at a time."""
LONGEST_VALUE = 40
"""Characters of a value in a sentence."""


class History:
    """Reads what lies in a history folder; a folder that is not there yet has no runs."""

    def __init__(self, path: Path | None = None) -> None:
        self.folder = path or folder.default_folder()

    def runs(self) -> tuple[CataloguedRun, ...]:
        """All runs, the latest first."""
        if not self.is_there:
            return ()
        with Catalogue.read(self.folder) as catalogue:
            return catalogue.runs()

    def briefs(self, wanted: Wanted) -> Iterator[RunBrief]:
        """All runs that are like that, the latest first, by their short rows; `most` is how many are read at a time."""
        found = self.search(wanted)[1]
        while found:
            yield from found
            following = replace(wanted, skip=0, below=found[-1].run_id)
            found = self.search(following)[1] if len(found) == wanted.most else ()

    def latest(self, reactor: str = "", recipe: str = "", mode: Mode | None = None) -> Iterator[CataloguedRun]:
        """The runs of a reactor, a recipe, a mode, or all, the latest first; each page is read when it is wanted."""
        page: list[str] = []
        for brief in self.briefs(Wanted(reactor=reactor, recipe=recipe, mode=mode, most=PAGE)):
            page.append(brief.run_id)
            if len(page) == PAGE:
                yield from self.those(page)
                page = []
        yield from self.those(page)

    def search(self, wanted: Wanted) -> tuple[int, tuple[RunBrief, ...]]:
        """How many runs are like that, and one page of them, the latest first; quick among many."""
        if not self.is_there:
            return 0, ()
        with Catalogue.read(self.folder) as catalogue:
            return catalogue.search(wanted)

    def latest_of_reactors(self) -> dict[str, str]:
        """The id of the latest run of each reactor, the latest of all first; none where no history is."""
        if not self.is_there:
            return {}
        with self.reading() as connection:
            return latest_of_reactors(connection)

    def latest_of_recipes(self) -> dict[str, tuple[int, Row]]:
        """Of each recipe how many runs there are, and the latest of them; none where no history is."""
        if not self.is_there:
            return {}
        with self.reading() as connection:
            return latest_of_recipes(connection)

    def reactor(self, name: str, besides: Iterable[str] = ()) -> str:
        """The name of a reactor of which something was recorded, or of one of some others.

        Raises NotThere for another: a name misspelt finds nothing, and what is entered under it is never found again.
        """
        known = set(besides)
        if name not in known and self.is_there:
            with self.reading() as connection:
                known |= reactors_of(connection)
        if name not in known:
            raise NotThere(f"no reactor {name[:80]!r} is known", remedy=f"name one of {', '.join(sorted(known))}")
        return name

    def only(self, name: str) -> CataloguedRun:
        """As `run`; raises NotThere when there is none."""
        with self._looking_for(name) as catalogue:
            return catalogue.run(name)

    @contextmanager
    def _looking_for(self, name: str) -> Iterator[Catalogue]:
        if not self.is_there:
            what = f"no run {name[:80]!r}: there are none yet"
            raise NotThere(what, where=str(self.folder), remedy="make one with `vapordep demo`, or name its history")
        with Catalogue.read(self.folder) as catalogue:
            yield catalogue

    def those(self, ids: Sequence[str]) -> tuple[CataloguedRun, ...]:
        """Those of some runs that the catalogue knows."""
        if not self.is_there:
            return ()
        with Catalogue.read(self.folder) as catalogue:
            return catalogue.those(ids)

    @property
    def is_there(self) -> bool:
        """Whether anything was ever entered."""
        return place_of(self.folder).is_there

    def run(self, name: str) -> CataloguedRun:
        """The run of that name, or the only one whose name begins so; `last` is the latest.

        Raises InputError when there is none, or more than one.
        """
        return self.only(name)

    def parents(self, run: CataloguedRun) -> tuple[CataloguedRun, ...]:
        """The runs that this one goes on from, the first of the chain first."""
        if run.header.parent is None:
            return ()
        parent = self.run(run.header.parent)
        return (*self.parents(parent), parent)

    def children(self, run: CataloguedRun) -> tuple[CataloguedRun, ...]:
        """The runs that go on from this one, each from the one before it."""
        with Catalogue.read(self.folder) as catalogue:
            found = catalogue.children(run.run_id)
        return tuple(other for child in found for other in (child, *self.children(child)))

    def decide(self, decided: Decided) -> None:
        """Enters a decision that makes no run; raises HistoryError when something was decided before."""
        with Catalogue.open(self.folder) as catalogue:
            catalogue.decide(decided)

    @contextmanager
    def open_recording(self, run: str | CataloguedRun) -> Iterator[Recording]:
        """Open what was recorded of a run. Raises as `run`, and HistoryError when the file is missing or damaged."""
        found = run if isinstance(run, CataloguedRun) else self._located(run)
        with Recording.open(self._file(found)) as recording:
            yield recording

    def _file(self, found: CataloguedRun | Located | IdleRecording) -> Path:
        """The file of a recording. Raises HistoryError for one that is not of this folder."""
        path = self.folder / found.recording
        if there := elsewhere(self.folder, found.process, found.recording):
            remedy = "look at it there, or take its file in from there"
            raise HistoryError(f"it was recorded {there}", where=str(path), remedy=remedy)
        return path

    def _located(self, name: str) -> Located:
        with self._looking_for(name) as catalogue:
            return catalogue.located(name)

    def verify(self, run: str | CataloguedRun) -> Verification:
        """Read a whole recording and compare it with what the catalogue keeps of it: its header, the end of its chain.

        A recording that is missing or damaged beyond reading is a problem like the others, and raises nothing.
        """
        found = self.run(run) if isinstance(run, str) else run
        try:
            with self.open_recording(found) as recording:
                given = recording.verify(found.chain)
                told = {**recording.header, **(recording.outcome or {})}
                problems = [*_disputes(found, told), *given.problems]
        except HistoryError as error:
            return Verification(0, 0, 0, False, (str(error),))
        if found.ended is not None and not given.sealed:
            problems.append("the run has ended, but its recording was never sealed")
        return replace(given, problems=tuple(problems))

    @contextmanager
    def open_idle(self, idle: IdleRecording) -> Iterator[Recording]:
        """Open a recording of the time between runs. Raises HistoryError when the file is missing or damaged."""
        with Recording.open(self._file(idle)) as recording:
            yield recording

    def verify_idle(self, idle: IdleRecording) -> Verification:
        """The same of a recording of the time between runs."""
        try:
            with self.open_idle(idle) as recording:
                given = recording.verify(idle.chain)
        except HistoryError as error:
            return Verification(0, 0, 0, False, (str(error),))
        unsealed = idle.ended is not None and not given.sealed
        return replace(given, problems=(*given.problems, *(["it has ended, but was never sealed"] * unsealed)))

    def mode(self, run: CataloguedRun) -> tuple[Mode, str]:
        """What a run counts as, and what is doubtful about that: a dry run where catalogue or recording calls it so."""
        if run.header.mode is Mode.DRY_RUN:
            return Mode.DRY_RUN, ""
        try:
            with self.open_recording(run) as recording:
                recorded = recording.header.get("mode")
        except HistoryError as error:
            return run.header.mode, f"mode: known from the catalogue only; {error}"
        if recorded == run.header.mode:
            return run.header.mode, ""
        return Mode.DRY_RUN, DISPUTED.format(_spelt(run.header.mode), _spelt(recorded))

    def mark_interrupted(self) -> tuple[CataloguedRun, ...]:
        """Seal and mark INTERRUPTED every run of this folder that goes on though its process is gone; returns those.

        A run that came to its end when the catalogue could not be written counts as what its recording tells. Also
        folds into one file each recording that a reader held open when it was sealed, and seals recordings of the time
        between runs that a dead process left. Raises HistoryError when the catalogue cannot be read, or when the disk
        refuses; what could be done is done then.
        """
        refused, found = list[HistoryError](), list[CataloguedRun]()
        for run in self._unended():
            try:
                found += [run] * self._ended(run)
            except HistoryError as error:
                if self.run(run.run_id).ended is None:  # else another process was first
                    refused.append(error)
        if refused:
            raise refused[0]
        if self.is_there:
            close_left(self.folder)
        for log in sorted((self.folder / folder.RECORDINGS).glob("*.sqlite-wal")):
            path = log.with_name(log.name.removesuffix("-wal"))
            if any(run.chain is not None for run in self.those([path.stem])):
                with sqlite.speaking_of("recording", path), sqlite.disposing(sqlite.open_writer(path)) as engine:
                    sqlite.single_file(engine)
        return tuple(self.run(run.run_id) for run in found)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One look at the catalogue, for what is read by itself; nothing can be changed by it."""
        with Catalogue.read(self.folder) as catalogue, catalogue.entering() as connection:
            yield connection

    def idle(self, reactor: str = "", since: str = "", until: str = "") -> tuple[IdleRecording, ...]:
        """Recordings of the time between runs, also pruned ones, the first of them first; as `history.idle.of`."""
        if not self.is_there:
            return ()
        with self.reading() as connection:
            return idle.of(connection, reactor, since, until)

    def _unended(self) -> tuple[CataloguedRun, ...]:
        if not self.is_there:
            return ()
        with Catalogue.read(self.folder) as catalogue:
            going = catalogue.unended()
        return tuple(run for run in going if not elsewhere(self.folder, run.process, run.recording))

    def _ended(self, run: CataloguedRun) -> bool:
        """Enters how a run ended, if it did and the catalogue does not know."""
        end = missing_end(self.folder, run)
        if end is None:
            return False
        with Catalogue.open(self.folder) as catalogue:
            catalogue.end(run.run_id, end.outcome, end.head)
        return True


def _disputes(run: CataloguedRun, recorded: Mapping[str, Any]) -> Iterator[str]:
    """In what the catalogue and the recording's own word differ; fields that only one of them knows are left out."""
    ends = {"state": str(run.state), "reason": run.reason, "ended": run.ended}
    catalogued = {**json.loads(canonical(run.header)), **(ends if run.ended else {})}
    for name in [name for name in recorded if name in catalogued and recorded[name] != catalogued[name]]:
        here, there = catalogued[name], recorded[name]
        if name == "mode":
            yield DISPUTED.format(_spelt(here), _spelt(there))
        else:
            yield f"{_spelt(name)}: {_brief(here)} in the catalogue, {_brief(there)} in the recording"


def _spelt(name: object) -> str:
    return str(name).replace("_", " ")


def _brief(value: object) -> str:
    text = canonical(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
