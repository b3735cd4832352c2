"""A recording that comes from another computer: verified, then taken in with its run; refused when damaged or here."""

import json
import shutil
from pathlib import Path

from vapordep.errors import FileError, HistoryError, InputError
from vapordep.history import folder
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.history.upkeep.adoption import adopt
from vapordep.history.upkeep.rebuild import header_of
from vapordep.lazy import dataclass
from vapordep.model.run import RunState


@dataclass(frozen=True, slots=True)
class Imported:
    """A run that was taken in; `vouched` says that the catalogue it came from knows the same end of its chain."""

    run_id: str
    vouched: bool


def bring_in(history: Path, file: Path) -> Imported:
    """Verifies a recording and takes it in; nothing is overwritten, and nothing is left of one that is refused.

    Where it still lies in a history, that one's catalogue has its say too. Raises InputError when the run is here, its
    parent is not, or the recording is not sealed or not as it was written; FileError when there is too little space.
    """
    run, content = _read(file)
    vouched = _vouched(file, run)
    records = History(history)
    known = {each.run_id for each in records.those([run.run_id, run.header.parent or ""])}
    if run.run_id in known:
        raise InputError(f"the run {run.run_id} is here already", where=str(file), remedy="see `vapordep runs show`")
    if run.header.parent is not None and run.header.parent not in known:
        what = f"it goes on from {run.header.parent}, which is not here"
        raise InputError(what, where=str(file), remedy="import that one first")
    if shutil.disk_usage(folder.nearest(history.absolute())).free < len(content) + folder.SPACE_FLOOR:
        what = f"too little space for {folder.sized(len(content))}"
        raise FileError(what, where=str(history), remedy="make room at the history folder")
    history.mkdir(parents=True, exist_ok=True)
    adopt(history, run, content)
    return Imported(run.run_id, vouched)


def _read(file: Path) -> tuple[CataloguedRun, bytes]:
    """The run as its recording tells it. Raises InputError unless that is sealed and as it was written."""
    try:
        with Recording.open(file) as recording:
            found = recording.verify()
            end, outcome = recording.end, recording.outcome
            header, process = header_of(recording.header), recording.process
        content = file.read_bytes()
    except (HistoryError, OSError, KeyError, TypeError, ValueError) as error:
        what = error.what if isinstance(error, HistoryError) else f"its header cannot be read ({error})"
        raise InputError(what, where=str(file), remedy="take the recording of a run; copy it again") from error
    if found.problems:
        more = f", and {len(found.problems) - 1} more" if len(found.problems) > 1 else ""
        what = f"it is not as it was written: {found.problems[0]}{more}"
        raise InputError(what, where=str(file), remedy="copy it again from where it was recorded")
    if end is None or outcome is None:
        what = "it was never sealed: its run goes on, or its process went away"
        raise InputError(what, where=str(file), remedy="open that history once with `vapordep runs list`, then copy it")
    run = CataloguedRun(
        header, RunState(outcome["state"]), str(outcome["reason"]), outcome["ended"], outcome["simulated_s"],
        outcome["wall_s"], json.loads(outcome["outcome"]), "", dict(process), end,
    )  # fmt: skip
    return run, content


def _vouched(file: Path, run: CataloguedRun) -> bool:
    """Whether the catalogue beside the file knows the run as it is. Raises InputError when it knows it otherwise."""
    there = History(file.absolute().parent.parent)
    if not there.is_there:
        return False
    try:
        [theirs] = there.those([run.run_id])
    except (HistoryError, ValueError):
        return False
    if theirs.chain != run.chain or theirs.header != run.header:
        what = "the catalogue where it lies knows this run otherwise"
        raise InputError(what, where=str(file), remedy="see `vapordep history check` there")
    return True
