"""A glimpse of each of several runs, for lists: the film that came of it, and its pressure as a small line."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import Field

from vapordep.analysis.decimation import min_max
from vapordep.api.answers.answer import Answer, Metres, refuses
from vapordep.api.answers.plain import as_json
from vapordep.api.review.runs import READ
from vapordep.errors import HistoryError, NotThere
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.database.sqlite import may_pass
from vapordep.history.queries import History
from vapordep.history.recordings.overview import points_of

MOST = 60
"""Runs of one request: more than a screen shows."""
COLUMNS = 40
"""Of each line; of each the lowest and the highest."""
SHOWN = "chamber.pressure"


class Glimpse(Answer):
    """The film of a run, and few points of `chamber.pressure`, none where none was recorded; s since its start."""

    film_m: Metres
    t_s: list[float]
    value: list[float | None] = Field(description="Pa; null where a value is missing.")
    problem: str = Field(description="What of it cannot be read, and why; empty where all can.")


def add(app: FastAPI, history: History) -> None:
    """Adds the route."""

    @app.get("/api/glimpses", response_model=dict[str, Glimpse], dependencies=READ, responses=refuses(404))
    def glimpses(
        run: Annotated[list[str], Query(min_length=1, max_length=MOST, description="Ids, once for each run.")],
    ) -> Response:
        """Of each run, by its id, what a list shows beside its words. A run that is not there is left out."""
        return as_json({name: _glimpse(history, each) for name, each in _found(history, list(dict.fromkeys(run)))})


def _found(history: History, ids: list[str]) -> Iterator[tuple[str, CataloguedRun | HistoryError]]:
    """Those that are there, or why the entry of one cannot be read: it costs the others nothing."""
    try:
        yield from [(each.run_id, each) for each in history.those(ids)]
    except HistoryError as error:
        if may_pass(error) or len(ids) == 1:
            raise
        yield from _one_by_one(history, ids)


def _one_by_one(history: History, ids: list[str]) -> Iterator[tuple[str, CataloguedRun | HistoryError]]:
    """Raises HistoryError when none can be read: then it is the catalogue that is damaged."""
    refused: list[HistoryError] = []
    for name in ids:
        try:
            yield from [(name, each) for each in history.those([name])]
        except HistoryError as error:
            refused.append(error)
            yield name, error
    if len(refused) == len(ids):
        raise refused[0]


def _glimpse(history: History, run: CataloguedRun | HistoryError) -> dict[str, object]:
    told: dict[str, object] = {"film_m": None, "t_s": [], "value": [], "problem": ""}
    if isinstance(run, HistoryError):
        return told | {"problem": run.what}
    try:
        told["film_m"] = _film(run)
        with history.open_recording(run) as recording:
            seen = recording.look([SHOWN], buckets=COLUMNS)
            times, values = min_max(*points_of(seen, SHOWN), COLUMNS)
            told |= {"t_s": times - recording.t0, "value": values}
    except NotThere:
        pass  # nothing was recorded
    except HistoryError as error:
        told["problem"] = error.what
    return told


def _film(run: CataloguedRun) -> object:
    """Its thickness, m; None where none came of it. Raises HistoryError where the entry tells it as nobody does."""
    try:
        film = run.outcome.get("film") or {}
        return film["thickness_m"] if film.get("layers") else None
    except (AttributeError, KeyError, TypeError) as error:
        raise HistoryError("how it ended cannot be read in the catalogue") from error
