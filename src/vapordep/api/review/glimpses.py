"""A glimpse of each of several runs, for lists: the film that came of it, and its pressure as a small line."""

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


def add(app: FastAPI, history: History) -> None:
    """Adds the route."""

    @app.get("/api/glimpses", response_model=dict[str, Glimpse], dependencies=READ, responses=refuses(404))
    def glimpses(
        run: Annotated[list[str], Query(min_length=1, max_length=MOST, description="Ids, once for each run.")],
    ) -> Response:
        """Of each run, by its id, what a list shows beside its words. A run that is not there is left out."""
        return as_json({each.run_id: _glimpse(history, each) for each in history.those(list(dict.fromkeys(run)))})


def _glimpse(history: History, run: CataloguedRun) -> dict[str, object]:
    film = run.outcome.get("film") or {}
    told: dict[str, object] = {"film_m": film["thickness_m"] if film.get("layers") else None, "t_s": [], "value": []}
    try:
        with history.open_recording(run) as recording:
            seen = recording.look([SHOWN], buckets=COLUMNS)
            times, values = min_max(*points_of(seen, SHOWN), COLUMNS)
            told |= {"t_s": times - recording.t0, "value": values}
    except (NotThere, HistoryError):
        pass  # nothing was recorded, or the file is gone: the run's own page says so
    return told
