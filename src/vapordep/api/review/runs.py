"""Runs of the history: found, read one by one, their events and pulses, and CSV. Times are s since the run's start."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, fields
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO, Annotated, Any, TextIO

import numpy as np
from fastapi import FastAPI, Path, Query
from fastapi.responses import Response, StreamingResponse

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.plain import as_json
from vapordep.api.review.run_answers import EventTold, PulseTold, RunWhole
from vapordep.errors import NotThere
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.catalogue.search import MOST, Wanted
from vapordep.history.database.rows import PlannedPulse, intent_row, pulse_row
from vapordep.history.export.export import Part, as_text, write_events, write_pulses, write_samples
from vapordep.history.export.parquet import TABLES as PARQUET_TABLES
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.model.events import Kind
from vapordep.model.run import Mode, RunState

Run = Annotated[str, Path(max_length=64, description="A run's id, its beginning where no other begins so, or `last`.")]
Tag = Annotated[list[str] | None, Query(max_length=64, description="Of samples: only those.")]
Start = Annotated[float | None, Query(description="Only what comes then or later, s.", allow_inf_nan=False)]
End = Annotated[float | None, Query(description="Only what comes up to then, s.", allow_inf_nan=False)]
Name = Annotated[str, Query(max_length=200, description="The whole name, as a run of the list has it.")]
Kinds = Annotated[list[Kind] | None, Query(description="Only these; all without.")]
Table = Annotated[str, Path(max_length=20, description="samples, pulses or events.")]
SINCE = "Started then or later: 2026, 2026-11, 2026-11-23 or 2026-11-23T15:00, UTC unless it ends in an offset."
READ = (Needs(Right.READ),)
PULSE_TIMES = ("planned_open_s", "planned_close_s", "commanded_open_s", "commanded_close_s",
               "acknowledged_open_s", "acknowledged_close_s")  # fmt: skip
TABLES: Mapping[str, Callable[[Recording, TextIO, Part], None]] = MappingProxyType(
    {"samples": write_samples, "pulses": write_pulses, "events": write_events}
)
"""What is exported as CSV, and how."""
CSV = {"text/csv": {"schema": {"type": "string"}}}
PARQUET = {"application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}}}
PIECE = 1 << 16
"""Bytes of a download sent at a time."""


class RunBriefly(Answer):
    """One run in a list; `samples` are ids of what lay on the stage."""

    run_id: str
    mode: str
    recipe: str
    reactor: str
    operator: str
    started: str
    ended: str | None
    state: str
    reason: str
    simulated_s: float | None
    parent: str | None
    samples: list[str]
    labels: list[str]
    process: str


class RunPage(Answer):
    """One page of runs, the latest first, and how many there are in all."""

    total: int
    runs: list[RunBriefly]


def add(app: FastAPI, history: History) -> None:
    """Adds the routes."""
    _add_found(app, history)
    _add_recorded(app, history)
    _add_tables(app, history)


def _add_found(app: FastAPI, history: History) -> None:
    @app.get("/api/runs", responses=refuses(404), dependencies=READ)
    def runs(
        search: Annotated[str, Query(max_length=200, description="Words; each must be found.")] = "",
        state: Annotated[RunState | None, Query(description="How it stands, or ended.")] = None,
        mode: Annotated[Mode | None, Query(description="On a reactor, or a dry run.")] = None,
        reactor: Name = "",
        recipe: Name = "",
        operator: Name = "",
        process: Annotated[str, Query(max_length=20, description="Such as ALD.")] = "",
        substrate: Annotated[str, Query(max_length=64, description="Such as lithium.")] = "",
        label: Annotated[
            list[str] | None, Query(max_length=20, description="Each must be there; `star` is one.")
        ] = None,
        since: Annotated[str, Query(max_length=40, description=SINCE, examples=["2026-11-23"])] = "",
        before: Annotated[str, Query(max_length=40, description="Started before that.", examples=["2026-12"])] = "",
        below: Annotated[str, Query(max_length=64, description="A run's id: only what follows it in the list.")] = "",
        most: Annotated[int, Query(ge=1, le=MOST, description="Runs on one page.")] = 50,
        skip: Annotated[int, Query(ge=0, le=10**9, description="How many of the latest to pass over.")] = 0,
    ) -> RunPage:
        """Find runs, the latest first.

        Words are looked for in id, recipe, reactor, operator, process, substrates, reason, state, samples, labels and
        notes. Ask for the next page with `below`, the last run of this one: unlike those of `skip`, such pages are not
        moved by what is added meanwhile. Behind the last run is an empty page; `total` counts the pages before, too.
        """
        wanted = Wanted(
            words=tuple(search.replace("\0", " ").split())[:10], state=state, mode=mode, reactor=reactor, recipe=recipe,
            operator=operator, process=process, substrate=substrate, labels=tuple(label or ()), since=since,
            before=before, below=below, most=most, skip=skip,
        )  # fmt: skip
        total, found = history.search(wanted)
        return RunPage(total=total, runs=[RunBriefly(**asdict(each)) for each in found])

    @app.get("/api/runs/{run}", response_model=RunWhole, dependencies=READ)
    def run(run: Run) -> Response:
        """All that the catalogue knows of a run: what was asked, with recipe and reactor as they were, and its end.

        `mode` is what it counts as; `doubt` says what is doubtful about that.
        """
        found = history.only(run)
        mode, doubt = history.mode(found)
        return as_json(_as_plain(found) | {"mode": mode, "doubt": doubt or None})


def _add_recorded(app: FastAPI, history: History) -> None:
    @app.get("/api/runs/{run}/events", response_model=list[EventTold], dependencies=READ)
    def events(run: Run, kind: Kinds = None) -> Response:
        """All events of a run, or those of some kinds."""
        with history.open_recording(run) as recording:
            t0 = recording.t0
            found = [event for event in recording.events() if not kind or event.kind in kind]
        return as_json([{"t_s": e.time - t0, "kind": e.kind, "text": e.text, "data": e.data} for e in found])

    @app.get("/api/runs/{run}/pulses", response_model=list[PulseTold], dependencies=READ)
    def pulses(run: Run) -> Response:
        """All pulses of a run, by number: planned, commanded and acknowledged instants, and what each gave."""
        with history.open_recording(run) as recording:
            t0 = recording.t0
            found = [intent_row(p.intent) if isinstance(p, PlannedPulse) else pulse_row(p) for p in recording.pulses()]
        return as_json([_pulse(row, t0) for row in found])


def _add_tables(app: FastAPI, history: History) -> None:
    @app.get(
        "/api/runs/{run}/csv/{table}", response_class=Response, responses={200: {"content": CSV}}, dependencies=READ
    )
    def csv(
        run: Run,
        table: Table,
        tag: Tag = None,
        start: Start = None,
        end: End = None,
        held: Annotated[bool, Query(description="Also the sample before, of a tag that has none within.")] = False,
    ) -> StreamingResponse:
        """One table of a run as CSV, as `vapordep runs export` writes it: `samples`, `pulses` or `events`.

        Also what lies between two instants only, and samples of some tags only.
        """
        return _table(history, run, table, CSV_TABLES, (tag, start, end, held), "csv", "text/csv; charset=utf-8")

    @app.get(
        "/api/runs/{run}/parquet/{table}", response_class=Response,
        responses={200: {"content": PARQUET}, **refuses(404)}, dependencies=READ,
    )  # fmt: skip
    def parquet(run: Run, table: Table, tag: Tag = None, start: Start = None, end: End = None) -> StreamingResponse:
        """The same as Parquet; units and run id are in the file's metadata.

        Refused (422) where pyarrow is not installed beside vapordep.
        """
        return _table(history, run, table, PARQUET_TABLES, (tag, start, end, False), "parquet", next(iter(PARQUET)))


def _part(recording: Recording, tags: list[str] | None, start: float | None, end: float | None, held: bool) -> Part:
    """Raises NotThere for a tag without samples."""
    recording.require(tags or ())
    first = -np.inf if start is None else recording.t0 + start
    return Part(tuple(tags or ()), first, np.inf if end is None else recording.t0 + end, held)


def _table(
    history: History, run: str, table: str, tables: Mapping[str, Callable[[Recording, IO[bytes], Part], None]],
    asked: tuple[list[str] | None, float | None, float | None, bool], form: str, media_type: str,
) -> StreamingResponse:  # fmt: skip
    if table not in tables:
        raise NotThere(f"there is no table {table!r}", remedy=f"one of {', '.join(tables)}")
    found = history.only(run)
    with history.open_recording(found) as recording, ExitStack() as closed:
        part, file = _part(recording, *asked), closed.enter_context(TemporaryFile())
        tables[table](recording, file, part)
        closed.pop_all()  # closed once it was sent
    size, name = file.tell(), f"{found.run_id}.{table}.{form}"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-length": str(size)}
    return StreamingResponse(_pieces(file), media_type=media_type, headers=headers)


CSV_TABLES = {name: as_text(write) for name, write in TABLES.items()}


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _as_plain(run: CataloguedRun) -> dict[str, Any]:
    told = {field.name: getattr(run, field.name) for field in fields(run) if field.name != "header"}
    return {field.name: getattr(run.header, field.name) for field in fields(run.header)} | told


def _pulse(row: Mapping[str, Any], t0: float) -> dict[str, Any]:
    """Instants since the start."""
    return {**row, **{name: row[name] - t0 for name in PULSE_TIMES if row[name] is not None}}
