"""Ends that the catalogue lacks: of runs whose process went away, or could not write; told from what they recorded."""

import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.catalogue.catalogue import CataloguedRun, Outcome
from vapordep.history.chain import Head
from vapordep.history.database import sqlite
from vapordep.history.database.rows import Row
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film
from vapordep.model.run import ENDED, RunState

GONE = "its process went away"
UNSEALED = f"{GONE} before its record was whole"


class End(NamedTuple):
    """How a run ended, as the catalogue keeps it, and where its chain of events does."""

    outcome: Row
    head: Head | None


class _Last(NamedTuple):
    """What a recording without an outcome tells of its end: the state, why, how long it ran in s, its chain's end."""

    state: RunState
    reason: str
    seconds: float
    head: Head


def missing_end(folder: Path, run: CataloguedRun) -> End | None:
    """The end of a run that the catalogue counts as going on; None while it does go on.

    Seals what a dead process left; a recording that is lost or damaged is told in the reason. Raises HistoryError
    where the disk refuses, which may pass.
    """
    gone = process.gone(run.process)
    try:
        with Recording.open(folder / run.recording) as recording:
            if (outcome := recording.outcome) is not None:
                return End(outcome, recording.end)
        return _end(run, _sealed(folder, run)) if gone else None
    except HistoryError as error:
        if not gone:
            return None
        if sqlite.may_pass(error):
            raise
        return _end(run, _Last(RunState.INTERRUPTED, f"{GONE}; {error.what}", 0.0, Head("", 0)))


def _end(run: CataloguedRun, last: _Last) -> End:
    ended = datetime.fromisoformat(run.header.started) + timedelta(seconds=last.seconds)
    outcome = Outcome(last.state, last.reason, ended, last.seconds, math.nan, {}, Film())
    return End(outcome.row(), last.head if last.head.length else None)


def _sealed(folder: Path, run: CataloguedRun) -> _Last:
    """What a dead process left, sealed now unless it was."""
    with Recording.open(folder / run.recording) as recording:
        t0, head, events = recording.t0, recording.end, recording.events()
    if head is not None:
        return _Last(RunState.INTERRUPTED, GONE, events[-1].time - t0, head)
    state, reason = _state(events)
    recorder = Recorder.reopen(folder, run.run_id)
    last = recorder.last_time
    told = f"Run interrupted: {GONE}" if state is RunState.INTERRUPTED else f"Record closed later: {UNSEALED}"
    kind = Kind.RUN if state is RunState.INTERRUPTED else Kind.RECORD
    recorder.add(Event(last, kind, told, {"state": str(state)}))
    return _Last(state, reason, last - t0, recorder.seal())


def _state(events: tuple[Event, ...]) -> tuple[RunState, str]:
    """The state that a run had come to, and why; INTERRUPTED unless its end was on record."""
    last = next((event for event in reversed(events) if event.kind is Kind.RUN), None)
    state = None if last is None else last.data.get("state")
    if last is None or state not in ENDED:
        return RunState.INTERRUPTED, GONE
    return RunState(str(state)), f"{last.text.partition(': ')[2]}; {UNSEALED}"
