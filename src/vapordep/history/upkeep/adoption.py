"""Adoption: a run that ended in another history folder, with its sealed recording, taken into this one."""

from pathlib import Path

from vapordep.errors import FileError, HistoryError
from vapordep.files.atomic import atomic_write_bytes
from vapordep.history import folder
from vapordep.history.catalogue.catalogue import Catalogue, CataloguedRun
from vapordep.history.chain import canonical


def adopt(history: Path, run: CataloguedRun, recording: bytes) -> None:
    """Writes the recording's file, then the run into the catalogue, as that other folder's knows it.

    Raises HistoryError when the run is here already, has not ended, or the disk refuses; then nothing is left of it.
    """
    path = folder.recording_path(history, run.run_id)
    if run.ended is None or path.exists():
        what = "has not ended" if run.ended is None else "exists already"
        raise HistoryError(f"the run {run.run_id} {what}", where=str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_bytes(path, recording)
    except (OSError, FileError) as error:
        what = f"a recording cannot be written: {error}"
        raise HistoryError(what, where=str(path), remedy="check the folder, its rights and its space") from error
    outcome = {
        "state": str(run.state),
        "reason": run.reason,
        "ended": run.ended,
        "simulated_s": run.simulated_s,
        "wall_s": run.wall_s,
        "outcome": canonical(run.outcome),
    }
    try:
        with Catalogue.open(history) as catalogue:
            catalogue.begin(run.header, path.relative_to(history).as_posix(), None, run.process)
            catalogue.end(run.run_id, outcome, run.chain)
    except HistoryError:  # a recording that no catalogue knows would lie there for ever
        path.unlink(missing_ok=True)
        raise
