"""Walls have a history: which sources have coated them since they were last cleaned, as the recordings tell (C5)."""

from datetime import datetime
from math import inf
from pathlib import Path

from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.model.events import WALLS_BARE
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunHeader, RunState
from vapordep.safety.memory import Civil
from vapordep.safety.substances import wall_coaters

CHANGEOVER = "changeover"
"""The note of a run after which walls count as bare."""


def coating(reactor: Reactor) -> frozenset[str]:
    """The sources whose doses on the walls matter to others; none in a reactor for one kind of process."""
    return frozenset(other for name in reactor.sources for other in wall_coaters(reactor, name))


def cleans(header: RunHeader) -> bool:
    """Whether the walls count as bare once this run is complete."""
    return CHANGEOVER in header.notes


def coated(folder: Path, reactor: Reactor, now: Civil) -> dict[str, float]:
    """How long ago, in s, each source was last seen open that has coated the walls since the last changeover.

    Every one of them counts, as of now, where no changeover is on record or a recording cannot be read: then nobody
    knows what the walls hold. A run of this very process that is still under way is left out.
    """
    sources = coating(reactor)
    if not sources:
        return {}
    history, found = History(folder), dict[str, float]()
    mode = Mode.DRY_RUN if reactor.simulated else Mode.RUN
    try:
        for run in history.latest(reactor.name, mode=mode):
            if cleans(run.header) and run.state is RunState.COMPLETE:
                return found
            opened, changed = _opened(history, run, reactor, sources)
            for source in opened:
                found[source] = min(_ago(run, now), found.get(source, inf))
            if changed:
                return found
    except HistoryError:
        pass
    return dict.fromkeys(sources, 0.0)


def _opened(
    history: History, run: CataloguedRun, reactor: Reactor, sources: frozenset[str]
) -> tuple[frozenset[str], bool]:
    """The sources that a run opened since it changed the walls, announced ones too; and whether it did."""
    if run.ended is None and not process.gone(run.process):
        return frozenset(), False
    with history.open_recording(run) as recording:
        changes = [event.time for event in recording.events() if event.data.get(WALLS_BARE)]
        since = max(changes, default=-inf)
        announced = {given.intent.source for given in recording.pulses() if given.intent.planned_open >= since}
        tags = frozenset(recording.tags())
        seen = {
            name for name in sources
            if (valve := reactor.sources[name].valve) in tags and (recording.samples(valve, since).values > 0.0).any()
        }  # fmt: skip
    return frozenset((announced & sources) | seen), bool(changes)


def _ago(run: CataloguedRun, now: Civil) -> float:
    """How long ago a run ended, at most; one that broke off may have ended just now."""
    if run.ended is None:
        return 0.0
    return max((now.civil - datetime.fromisoformat(run.ended)).total_seconds(), 0.0)
