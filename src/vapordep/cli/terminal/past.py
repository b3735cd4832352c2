"""Finding runs for the commands about the history: the folder, the run that is meant, the mode it counts as."""

from dataclasses import replace
from pathlib import Path

from rich.text import Text

from vapordep.cli.terminal.output import plain, tell
from vapordep.errors import HistoryError, InputError
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.catalogue.search import Wanted
from vapordep.history.queries import History
from vapordep.history.settings import settings


def folder_there(folder: Path | None) -> Path:
    """The history's folder; raises InputError where there is none: what a name misspelt leads to is not in order."""
    found = History(folder).folder.absolute()
    if not found.exists():
        raise InputError("there is no history", where=str(found), remedy="name its folder with --history")
    return found


def history_in(folder: Path | None) -> History:
    """The history, with those runs marked whose process went away; where that cannot be written, it is told.

    Raises InputError for a folder that is none or settings that cannot be followed, HistoryError when the catalogue
    cannot be read.
    """
    history = History(folder)
    if history.folder.exists() and not history.folder.is_dir():
        raise InputError("the history is no folder", where=str(history.folder), remedy="name another with --history")
    settings(history.folder)
    try:
        history.mark_interrupted()
    except HistoryError as error:
        history.runs()  # what cannot be read at all stops here
        tell(f"warning: {error}")
    return history


def run_called(history: History, name: str) -> CataloguedRun:
    """The run of that name; raises InputError."""
    if name == "last" and not history.search(Wanted(most=1))[0]:
        raise InputError("there are no runs yet", where=str(history.folder), remedy="begin with `vapordep demo`")
    return history.run(name)


def counted(history: History, run: CataloguedRun) -> tuple[CataloguedRun, str]:
    """The run in the mode that it counts as, and what is doubtful about that."""
    mode, doubt = history.mode(run)
    return replace(run, header=replace(run.header, mode=mode)), doubt


def none_yet(history: History) -> Text:
    """What to tell where there is no run."""
    return plain(f"no runs yet in {history.folder}; begin with: vapordep demo")
