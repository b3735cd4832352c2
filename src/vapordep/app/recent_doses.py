"""Recent doses: which sources a process that is gone had opened shortly before this one began, as the history tells."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.history.rows import PlannedPulse
from vapordep.model.pulses import PulseRecord
from vapordep.model.reactor import Reactor


def recent_doses(folder: Path, reactor: Reactor, now: datetime, within: float) -> dict[str, float]:
    """How long ago, in s and less than `within`, each source was last shut, or was to be: its gas may still be there.

    A pulse that was announced and not seen through may have lasted until now. So may one of every source where
    catalogue or recording cannot be read, and any when civil time (`now`, aware) has been set back meanwhile.
    """
    history, found = History(folder), dict[str, float]()
    try:
        runs = history.runs()
    except HistoryError:
        return dict.fromkeys(reactor.sources, 0.0)
    for run in runs:
        if run.header.reactor_name == reactor.name and _was_active(run, now - timedelta(seconds=within)):
            for source, ago in _doses(history, run, reactor.sources, now).items():
                found[source] = min(ago, found.get(source, within))
    return {source: ago for source, ago in found.items() if ago < within and source in reactor.sources}


def _was_active(run: CataloguedRun, since: datetime) -> bool:
    """Whether it may have dosed since then: not one that this process itself has under way."""
    if run.ended is None:
        return process.gone(run.process)
    return datetime.fromisoformat(run.ended) >= since


def _doses(history: History, run: CataloguedRun, sources: Iterable[str], now: datetime) -> Mapping[str, float]:
    try:
        with history.open_recording(run) as recording:
            pulses, t0 = recording.pulses(), recording.t0
    except HistoryError:
        return dict.fromkeys(sources, 0.0)
    since_start = (now - datetime.fromisoformat(run.header.started)).total_seconds() + t0
    return {source: max(since_start - shut, 0.0) for source, shut in map(_shut, pulses)}


def _shut(pulse: PlannedPulse | PulseRecord) -> tuple[str, float]:
    """A source, and when its valve shut, in s on the clock of its run: of a pulse cut short nobody knows."""
    if isinstance(pulse, PulseRecord):
        return pulse.intent.source, pulse.intent.planned_close
    return pulse.intent.source, inf
