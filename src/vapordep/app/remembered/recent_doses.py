"""Recent doses: which sources a process that is gone had opened shortly before this one began, as the history tells.

By the doses of runs, and between runs by what the valves of sources read and by the test pulses that were due.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

import numpy as np

from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.catalogue.idle import IdleRecording
from vapordep.history.catalogue.search import MOST, Wanted
from vapordep.history.database.rows import PlannedPulse
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.model.pulses import PulseRecord
from vapordep.model.reactor import Reactor
from vapordep.safety.memory import Civil

LATEST = 3
"""So many runs of this boot are looked at whenever they ended by the computer's time."""


def recent_doses(folder: Path, reactor: Reactor, now: Civil, within: float) -> dict[str, float]:
    """How long ago, in s and less than `within`, each source was last shut, or was to be: its gas may still be there.

    A pulse that was announced and not seen through may have lasted until now. So may one of every source where
    catalogue or recording cannot be read, and any when civil time has been set back meanwhile. Of a process of the same
    boot the clock that never steps tells, whatever was done to the computer's time.
    """
    history, found = History(folder), dict[str, float]()
    try:
        mine = list(_looked_at(history, reactor.name, now, within))
        between = list(_between(history, reactor, now, within))
    except HistoryError:
        return dict.fromkeys(reactor.sources, 0.0)
    told = [
        _doses(history, run, reactor.sources, now)
        for number, run in mine
        if _may_have_dosed(run, number, now, within)
    ]  # fmt: skip
    told += [_openings(history, idle, reactor, now) for idle in between]
    for source, ago in (each for one in told for each in one.items()):
        found[source] = min(ago, found.get(source, within))
    return {source: ago for source, ago in found.items() if ago < within and source in reactor.sources}


def _looked_at(history: History, reactor: str, now: Civil, within: float) -> Iterator[tuple[int, CataloguedRun]]:
    """The runs that cannot be left out by their short rows, each with how many came after it."""
    since = now.civil - timedelta(seconds=within)
    for number, brief in enumerate(history.briefs(Wanted(reactor=reactor, most=MOST))):
        if number < LATEST or brief.ended is None or datetime.fromisoformat(brief.ended) >= since:
            for run in history.those([brief.run_id]):
                yield number, run


def _may_have_dosed(run: CataloguedRun, number: int, now: Civil, within: float) -> bool:
    """Whether it may have dosed in so many s: not one that this process itself has under way."""
    if run.ended is None:
        return process.gone(run.process)
    latest = number < LATEST and _same_boot(run, now)
    return latest or datetime.fromisoformat(run.ended) >= now.civil - timedelta(seconds=within)


def _between(history: History, reactor: Reactor, now: Civil, within: float) -> Iterator[IdleRecording]:
    """The recordings of the time between runs that reach into the last `within` s, and the latest of this boot."""
    since = now.civil - timedelta(seconds=within)
    mine = [each for each in history.idle(reactor.name) if each.simulated is reactor.simulated and not each.pruned]
    for number, each in enumerate(reversed(mine)):
        if each.ended is None:
            if process.gone(each.process):
                yield each
        elif (number < LATEST and _same_boot(each, now)) or datetime.fromisoformat(each.ended) >= since:
            yield each


def _openings(history: History, idle: IdleRecording, reactor: Reactor, now: Civil) -> Mapping[str, float]:
    """How long ago each source was shut that was opened by hand, or for a test pulse."""
    found: dict[str, float] = {}
    try:
        with history.open_idle(idle) as recording:
            today = now.now
            if not _same_boot(idle, now):
                today = (now.civil - datetime.fromisoformat(idle.started)).total_seconds() + recording.t0
            shut = list(_due(recording)) + [
                (name, _last_shut(recording, source.valve)) for name, source in reactor.sources.items()
            ]
    except HistoryError:
        return dict.fromkeys(reactor.sources, 0.0)
    for source, at in shut:
        if at is not None:
            found[source] = min(max(today - at, 0.0), found.get(source, inf))
    return found


def _due(recording: Recording) -> Iterator[tuple[str, float]]:
    """The sources of which a test pulse was due, and when it would end: the process may not have lived to record it."""
    for event in recording.events():
        source, at, width = (event.data.get(key) for key in ("source", "due_s", "width_s"))
        if isinstance(source, str) and isinstance(at, float) and isinstance(width, float):
            yield source, at + width


def _last_shut(recording: Recording, valve: str) -> float | None:
    """When a valve was last seen to shut, s on the recording's clock; infinity where it was open to the end."""
    if valve not in recording.tags():
        return None
    samples = recording.samples(valve)
    opened = np.flatnonzero(samples.values > 0.5)
    if not opened.size:
        return None
    after = opened[-1] + 1
    return float(samples.times[after]) if after < len(samples.times) else inf


def _same_boot(recorded: CataloguedRun | IdleRecording, now: Civil) -> bool:
    return bool(now.boot) and recorded.process.get("boot") == now.boot


def _doses(history: History, run: CataloguedRun, sources: Iterable[str], now: Civil) -> Mapping[str, float]:
    try:
        with history.open_recording(run) as recording:
            pulses, t0 = recording.pulses(), recording.t0
    except HistoryError:
        return dict.fromkeys(sources, 0.0)
    today = now.now
    if not _same_boot(run, now):
        today = (now.civil - datetime.fromisoformat(run.header.started)).total_seconds() + t0
    return {source: max(today - shut, 0.0) for source, shut in map(_shut, pulses)}


def _shut(pulse: PlannedPulse | PulseRecord) -> tuple[str, float]:
    """A source, and when its valve shut, in s on the clock of its run: of a pulse cut short nobody knows."""
    if isinstance(pulse, PulseRecord):
        return pulse.intent.source, pulse.intent.planned_close
    return pulse.intent.source, inf
