"""The leak checks of a reactor, run after run, as the history holds them."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from vapordep.analysis.leak_trend import LeakTrend, leak_trend
from vapordep.errors import HistoryError, InputError
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.lazy import dataclass
from vapordep.model.run import Mode

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """One check: its run, when (civil time in s since 1970), leak and detection limit in Pa m3/s, in words."""

    run_id: str
    time: float
    leak: float
    limit: float
    text: str


@dataclass(frozen=True, slots=True)
class Leaks:
    """The checks of one reactor, the first of them first; `unread` are runs whose recording cannot be read."""

    reactor: str
    mode: Mode
    checks: tuple[LeakCheck, ...]
    trend: LeakTrend | None
    unread: tuple[str, ...]


def leaks(history: History, reactor: str | None, most: int) -> Leaks:
    """Of the latest `most` runs of a reactor, that of the latest run without a name; InputError when it has none.

    Dry runs and real ones are never mixed: those of the kind of the latest count.
    """
    first = next(history.latest(reactor or ""), None)
    if first is None:
        raise InputError(
            f"no run of {reactor or 'any reactor'}", where=str(history.folder), remedy="see `vapordep runs list`"
        )
    latest = first.header
    mine = list(islice(history.latest(latest.reactor_name, mode=latest.mode), most))
    checks: list[LeakCheck] = []
    unread: list[str] = []
    for run in reversed(mine):
        try:
            checks += _checks(history, run)
        except HistoryError:
            unread.append(run.run_id)
    columns = np.array([(check.time, check.leak, check.limit) for check in checks]).reshape(-1, 3).T
    return Leaks(latest.reactor_name, latest.mode, tuple(checks), leak_trend(*columns), tuple(unread))


def _checks(history: History, run: CataloguedRun) -> Iterator[LeakCheck]:
    with history.open_recording(run) as recording:
        for event in recording.events():
            if "leak_Pa_m3_s" in event.data:
                leak, limit = (float(event.data[key] or 0.0) for key in ("leak_Pa_m3_s", "detection_limit_Pa_m3_s"))
                yield LeakCheck(run.run_id, recording.civil(event.time).timestamp(), leak, limit, event.text)
