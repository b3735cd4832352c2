"""A reactor's time across runs and the time between: which recordings hold it, their samples and events in one row."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import ceil

import numpy as np
from sqlalchemy import Connection, or_, select

from vapordep.errors import HistoryError, InputError, NotThere
from vapordep.history.catalogue import idle
from vapordep.history.database.entered_tables import listed
from vapordep.history.database.tables import runs
from vapordep.history.queries import History
from vapordep.history.recordings.codec import Floats
from vapordep.history.recordings.overview import points_of
from vapordep.history.recordings.recording import Recording
from vapordep.lazy import dataclass
from vapordep.model.events import Event
from vapordep.model.run import Mode

MOST = 500
"""Recordings that are read for one answer."""
FEWEST = 16
"""Buckets that the shortest recording gives to a look."""
GAP = 5.0
"""s between two recordings from which on nothing was recorded: a line breaks there."""
AS_LONG = 0.9
"""A dry run whose wall time is less than this share of its own took place in virtual time, and on no reactor's time."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A recording that meets a span: of a run or of the time between; times are civil, UTC; `file` in the history.

    `ended` is None while it goes on, `pruned` as long as its file is there.
    """

    name: str
    run: bool
    file: str
    started: str
    ended: str | None
    pruned: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Samples of a span, and which recordings could not be read, and why."""

    tags: dict[str, tuple[Floats, Floats]]
    """Instants, s since the beginning of the span, and SI values; NaN where one is missing or nothing was recorded."""
    units: dict[str, str | None]
    """The SI unit of each tag; None where the recordings tell none, or not the same."""
    missing: dict[str, str]


def pieces(
    history: History, reactor: str, since: datetime, until: datetime, *, simulated: bool = False
) -> tuple[Piece, ...]:  # fmt: skip
    """The recordings of a real reactor, or of its simulated twin, that meet a span, the first of them first.

    Raises InputError for a span that ends before it begins, or that too many meet.
    """
    if until < since:
        raise InputError("the span ends before it begins", remedy="give `since` before `until`")
    begin, end = idle.utc(since), idle.utc(until)
    found = [
        Piece(each.idle_id, False, each.recording, each.started, each.ended, each.pruned)
        for each in history.idle(reactor, begin, end)
        if each.simulated is simulated
    ]
    if history.is_there:
        with history.reading() as connection:
            found += _runs(connection, reactor, begin, end, simulated=simulated)
    if len(found) > MOST:
        raise InputError(f"{len(found)} recordings meet the span, more than {MOST}", remedy="ask for a shorter one")
    return tuple(sorted(found, key=lambda piece: datetime.fromisoformat(piece.started)))


def look(
    history: History, found: Sequence[Piece], tags: Sequence[str], since: datetime, until: datetime, points: int
) -> Seen:  # fmt: skip
    """Samples of some tags over a span, as fine as so many points ask for.

    Raises NotThere for a tag that none of the recordings has. Where they hold nothing at all, or there is none, each
    tag is empty: nobody knows then which ones there are.
    """
    parts: dict[str, list[tuple[Floats, Floats]]] = {tag: [] for tag in tags}
    missing: dict[str, str] = {}
    units: dict[str, set[str | None]] = {}
    for piece in found:
        try:
            with Recording.open(history.folder / piece.file) as recording:
                told = recording.si()
                for tag in recording.tags():
                    units.setdefault(tag, set()).add(told.get(tag))
                buckets = max(ceil(points / 2 * _share(piece, since, until)), FEWEST)
                _look(recording, parts, _within(recording, since, until), buckets)
        except HistoryError as error:
            pruned = piece.pruned or _pruned_since(history, piece)
            missing[piece.name] = f"pruned {pruned}" if pruned else error.what
    if units and (lost := [tag for tag in tags if tag not in units]):
        raise NotThere(f"no samples of {', '.join(lost)} in that span", remedy="see its recordings, and their tags")
    told_in = {tag: _only(units.get(tag, set())) for tag in tags}
    return Seen({tag: _joined(each) for tag, each in parts.items()}, told_in, missing)


def events(
    history: History, found: Sequence[Piece], since: datetime, until: datetime
) -> Iterator[tuple[Piece, datetime, Event]]:  # fmt: skip
    """Every event of a span with its civil time; recordings that were pruned tell nothing.

    Raises HistoryError for one that is lost.
    """
    for piece in found:
        if piece.pruned is not None:
            continue
        try:
            with Recording.open(history.folder / piece.file) as recording:
                begin, end, _ = _within(recording, since, until)
                for event in recording.events():
                    if begin <= event.time <= end:
                        yield piece, recording.civil(event.time), event
        except HistoryError:
            if not _pruned_since(history, piece):
                raise


def _pruned_since(history: History, piece: Piece) -> str | None:
    """When a recording was pruned that was there as it was looked up; None where it was not."""
    if piece.run:
        return None
    with history.reading() as connection:
        return idle.named(connection, piece.name).pruned


def _runs(connection: Connection, reactor: str, begin: str, end: str, *, simulated: bool) -> Iterator[Piece]:
    columns = (runs.c.run_id, runs.c.recording, runs.c.started, runs.c.ended, runs.c.simulated_s, runs.c.wall_s)
    query = select(*columns).join(listed, listed.c.run_id == runs.c.run_id)
    mode = Mode.DRY_RUN if simulated else Mode.RUN
    query = query.where(listed.c.reactor == reactor, listed.c.mode == str(mode), listed.c.started <= end)
    for row in connection.execute(query.where(or_(runs.c.ended.is_(None), runs.c.ended >= begin))):
        virtual = simulated and row.wall_s is not None and row.wall_s < AS_LONG * (row.simulated_s or 0.0)
        if not virtual:
            yield Piece(row.run_id, True, row.recording, row.started, row.ended)


def _within(recording: Recording, since: datetime, until: datetime) -> tuple[float, float, float]:
    """The span on the recording's own clock, s, and the instant of the span's beginning on it."""
    start = recording.t0 + (since - recording.started.astimezone(UTC)).total_seconds()
    return max(start, recording.t0), start + (until - since).total_seconds(), start


def _share(piece: Piece, since: datetime, until: datetime) -> float:
    """How much of a span a recording is, 0 to 1."""
    ended = datetime.fromisoformat(piece.ended) if piece.ended else until
    met = min(ended, until) - max(datetime.fromisoformat(piece.started), since)
    return min(max(met.total_seconds() / max((until - since).total_seconds(), 1e-9), 0.0), 1.0)


def _look(
    recording: Recording, parts: dict[str, list[tuple[Floats, Floats]]], span: tuple[float, float, float], buckets: int
) -> None:  # fmt: skip
    begin, end, start = span
    there = set(recording.tags())
    wanted = [tag for tag in parts if tag in there]
    if not wanted:
        return
    seen = recording.look(wanted, begin, end, buckets)
    for tag in wanted:
        times, values = points_of(seen, tag)
        if len(times):
            parts[tag].append((times - start, values))


def _only(told: set[str | None]) -> str | None:
    return next(iter(told)) if len(told) == 1 else None


def _joined(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """All parts in a row, with a missing value where nothing was recorded between two."""
    times, values = [np.empty(0)], [np.empty(0)]
    for part in parts:
        if len(times[-1]) and part[0][0] - times[-1][-1] > GAP:
            times.append(times[-1][-1:])
            values.append(np.array([np.nan]))
        times.append(part[0])
        values.append(part[1])
    found = np.concatenate(times)
    order = np.argsort(found, kind="stable")  # buckets may reach beyond the end of a recording
    return found[order], np.concatenate(values)[order]
