"""A reactor's time across runs and the time between: recordings, samples and events of any span."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Literal

from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.analysis.decimation import min_max
from vapordep.api.access.doorkeeper import Needs
from vapordep.api.answers.answer import Answer, Civil, Plain, refuses
from vapordep.api.answers.plain import BYTES, OCTETS, as_json
from vapordep.api.review import columns
from vapordep.api.review.runs import Kinds
from vapordep.api.review.samples import FORMS, MOST_POINTS, MOST_TAGS
from vapordep.clock import utc_now
from vapordep.errors import InputError
from vapordep.history.catalogue.idle import utc
from vapordep.history.queries import History
from vapordep.history.spans import Piece, events, look, pieces
from vapordep.model.events import Event, Kind

Met = Callable[..., tuple[Piece, ...]]
"""The recordings of a reactor that meet a span. Raises NotThere for a reactor that nobody knows."""
Happened = Iterator[tuple[Piece, datetime, Event]]
READ = (Needs(Right.READ),)
MOST_EVENTS = 5000
A_DAY = timedelta(days=1)
Reactor = Annotated[str, Query(min_length=1, max_length=200, description="By the name in its file.")]
Since = Annotated[
    datetime | None, Query(description="ISO 8601, UTC where it does not say; a day before `until` without.")
]
Until = Annotated[datetime | None, Query(description="The same; now without.")]
Simulated = Annotated[bool, Query(description="The simulated twin of that name, not the real reactor.")]


class RecordingMet(Answer):
    """A recording that meets the span: of a run, or of the time between; `pruned` is when its file was deleted."""

    name: str
    run: bool
    started: Civil
    ended: Civil | None = Field(description="Null while it goes on.")
    pruned: Civil | None


class PointsOfSpan(Answer):
    """Instants and values of one tag; null where a value is missing, or nothing was recorded."""

    t_s: list[float] = Field(description="s since `since`.")
    value: list[float | None] = Field(description="SI.")


class SamplesOfSpan(Answer):
    """Samples of a span, and the recordings that were pruned or cannot be read, each with the reason."""

    since: Civil
    until: Civil
    tags: dict[str, PointsOfSpan]
    units: dict[str, str | None] = Field(description="Of each tag the SI unit; null where the recordings tell no one.")
    missing: dict[str, str]


class EventOfSpan(Answer):
    """One event: when, in which recording, and whether that is a run's."""

    time: Civil
    recording: str
    run: bool
    kind: str
    text: str
    data: Plain


def add(app: FastAPI, history: History, own: str) -> None:
    """Adds the routes; `own` is the reactor that is served, of which there may be nothing yet."""

    def met(reactor: str, begin: datetime, end: datetime, *, simulated: bool) -> tuple[Piece, ...]:
        return pieces(history, history.reactor(reactor, (own,)), begin, end, simulated=simulated)

    _add_recordings(app, met)
    _add_samples(app, history, met)
    _add_events(app, history, met)


def _add_recordings(app: FastAPI, met: Met) -> None:
    @app.get(
        "/api/history/recordings", response_model=list[RecordingMet], dependencies=READ, responses=refuses(404)
    )  # fmt: skip
    def recordings_met(
        reactor: Reactor, since: Since = None, until: Until = None, simulated: Simulated = False
    ) -> Response:  # fmt: skip
        """The recordings that meet a span, of runs and of the time between, the first of them first.

        Dry runs in virtual time are on no reactor's time, and are left out.
        """
        found = met(reactor, *span(since, until), simulated=simulated)
        names = tuple(RecordingMet.model_fields)
        return as_json([{name: getattr(piece, name) for name in names} for piece in found])


def _add_samples(app: FastAPI, history: History, met: Met) -> None:
    @app.get(
        "/api/history/samples",
        response_model=SamplesOfSpan,
        dependencies=READ,
        responses={200: {"content": BYTES}, **refuses(404)},
    )
    def samples_of_span(
        reactor: Reactor,
        tag: Annotated[list[str], Query(min_length=1, max_length=MOST_TAGS, description="Once for each tag.")],
        since: Since = None,
        until: Until = None,
        simulated: Simulated = False,
        points: Annotated[int, Query(ge=3, le=MOST_POINTS, description="At most so many of each tag.")] = 2000,
        form: Annotated[Literal["json", "binary"], Query(description=FORMS)] = "json",
    ) -> Response:
        """Samples in SI over any span, across runs and the time between.

        Of each tag at most `points`, every extreme and every gap among them, as of one run. Null, NaN in binary, is a
        bad value, or breaks the line where nothing was recorded. `binary` is as for a run.
        """
        begin, end = span(since, until)
        found = met(reactor, begin, end, simulated=simulated)
        seen = look(history, found, list(dict.fromkeys(tag)), begin, end, points)
        few = {name: min_max(*series, max(points // 3, 1)) for name, series in seen.tags.items()}
        if form == "binary":
            return Response(columns.packed(few, seen.units), media_type=OCTETS)
        told = {name: {"t_s": times, "value": values} for name, (times, values) in few.items()}
        whole = {"since": utc(begin), "until": utc(end), "tags": told, "units": seen.units, "missing": seen.missing}
        return as_json(whole)


def _add_events(app: FastAPI, history: History, met: Met) -> None:
    @app.get("/api/history/events", response_model=list[EventOfSpan], dependencies=READ, responses=refuses(404))
    def events_of_span(
        reactor: Reactor,
        since: Since = None,
        until: Until = None,
        simulated: Simulated = False,
        kind: Kinds = None,
    ) -> Response:
        """Every event of a span, or those of some kinds, in their order."""
        begin, end = span(since, until)
        found = met(reactor, begin, end, simulated=simulated)
        told = [
            {"time": utc(time), "recording": piece.name, "run": piece.run, "kind": event.kind, "text": event.text,
             "data": event.data}
            for piece, time, event in islice(_of_kinds(events(history, found, begin, end), kind), MOST_EVENTS + 1)
        ]  # fmt: skip
        if len(told) > MOST_EVENTS:
            raise InputError(f"more than {MOST_EVENTS} events", remedy="ask for a shorter span, or for some kinds")
        return as_json(told)


def _of_kinds(found: Happened, kinds: list[Kind] | None) -> Happened:
    return (each for each in found if not kinds or each[2].kind in kinds)


def span(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """The span in UTC. Raises InputError for a time that no clock shows."""
    try:
        end = _as_utc(until) if until is not None else utc_now()
        return (_as_utc(since) if since is not None else end - A_DAY), end
    except OverflowError:
        raise InputError("a time that no clock shows", remedy="such as 2026-11-27T08:00:00Z") from None


def _as_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
