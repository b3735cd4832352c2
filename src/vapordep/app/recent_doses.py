"""Recent doses: which sources a process that is gone had opened shortly before this one began, as the history tells."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from math import inf
from pathlib import Path

from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.history.rows import PlannedPulse
from vapordep.history.search import MOST, Wanted
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
    except HistoryError:
        return dict.fromkeys(reactor.sources, 0.0)
    for number, run in mine:
        if _may_have_dosed(run, number, now, within):
            for source, ago in _doses(history, run, reactor.sources, now).items():
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


def _same_boot(run: CataloguedRun, now: Civil) -> bool:
    return bool(now.boot) and run.process.get("boot") == now.boot


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
