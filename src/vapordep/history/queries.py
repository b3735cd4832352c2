"""The history of one folder: all runs, one of them by name or by the beginning of its name, and its recording."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from vapordep.errors import HistoryError, InputError
from vapordep.history import folder, process, sqlite
from vapordep.history.catalogue import Catalogue, CataloguedRun, Outcome
from vapordep.history.chain import Head
from vapordep.history.recorder import Recorder
from vapordep.history.recording import Recording, Verification
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film
from vapordep.model.run import RunState

INTERRUPTED = "its process went away"


class History:
    """Reads what lies in a history folder; a folder that is not there yet has no runs."""

    def __init__(self, path: Path | None = None) -> None:
        self.folder = path or folder.default_folder()

    def runs(self) -> tuple[CataloguedRun, ...]:
        """All runs, the latest first."""
        path = folder.catalogue_path(self.folder)
        if not path.exists():
            return ()
        with sqlite.speaking_of("catalogue", path):
            sqlite.roll_back(path)
            if path.stat().st_size == 0:  # killed while it was made
                return ()
        with Catalogue.read(self.folder) as catalogue:
            return catalogue.runs()

    def run(self, name: str) -> CataloguedRun:
        """The run of that name, or the only one whose name begins so; `last` is the latest.

        Raises InputError when there is none, or more than one.
        """
        runs = self.runs()
        found = [run for run in runs if run.run_id == name] or [run for run in runs if run.run_id.startswith(name)]
        if name == "last":
            found = list(runs[:1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise InputError(
                f"no run {name!r}", where=str(self.folder), remedy="see them all with `vapordep runs list`"
            )
        names = ", ".join(run.run_id for run in found[:5])
        raise InputError(f"{name!r} may be any of {len(found)} runs: {names}", remedy="give more of the name")

    @contextmanager
    def open_recording(self, run: str | CataloguedRun) -> Iterator[Recording]:
        """Open what was recorded of a run. Raises HistoryError when the file is missing or damaged."""
        found = self.run(run) if isinstance(run, str) else run
        with Recording.open(self.folder / found.recording) as recording:
            yield recording

    def verify(self, run: str | CataloguedRun) -> Verification:
        """Read a whole recording and compare it with the end of its chain that the catalogue keeps."""
        found = self.run(run) if isinstance(run, str) else run
        with self.open_recording(found) as recording:
            return recording.verify(found.chain)

    def mark_interrupted(self) -> tuple[CataloguedRun, ...]:
        """Seal and mark INTERRUPTED every run that has not ended though its process is gone; returns those runs.

        Also folds into one file each recording that a reader held open when it was sealed.
        """
        runs = self.runs()
        gone = [run for run in runs if run.ended is None and process.gone(run.process)]
        for run in gone:
            self._interrupt(run)
        for run in runs:
            path = self.folder / run.recording
            if run.chain is not None and sqlite.has_log(path):
                with sqlite.speaking_of("recording", path), sqlite.disposing(sqlite.open_writer(path)) as engine:
                    sqlite.single_file(engine)
        return tuple(self.run(run.run_id) for run in gone)

    def _interrupt(self, run: CataloguedRun) -> None:
        reason, seconds, head = INTERRUPTED, 0.0, None
        try:
            seconds, head = self._close(run)
        except HistoryError as error:
            if self.run(run.run_id).ended is not None:  # another process was first
                return
            reason += f"; {error.what}"
        ended = datetime.fromisoformat(run.header.started) + timedelta(seconds=seconds)
        outcome = Outcome(RunState.INTERRUPTED, reason, ended, seconds, math.nan, {}, Film())
        with Catalogue.open(self.folder) as catalogue:
            catalogue.end(run.run_id, outcome, head)

    def _close(self, run: CataloguedRun) -> tuple[float, Head]:
        """Seal what a dead process left; returns how long it had run, in s, and where its chain ends."""
        with self.open_recording(run) as recording:
            t0, head = recording.t0, recording.end
            if head is not None:
                return recording.events()[-1].time - t0, head
        recorder = Recorder.reopen(self.folder, run.run_id)
        last = recorder.last_time
        recorder.add(Event(last, Kind.RUN, f"Run interrupted: {INTERRUPTED}", {"state": str(RunState.INTERRUPTED)}))
        return last - t0, recorder.seal()
