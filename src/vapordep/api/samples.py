"""Samples of a run's tags: any tags, any span, few points of many with every extreme and gap kept, JSON or binary."""

import json
import struct
from typing import Annotated, Literal

import numpy as np
from fastapi import FastAPI, Query
from fastapi.responses import Response

from vapordep.accounts.roles import Right
from vapordep.analysis.decimation import Floats, min_max
from vapordep.api.doorkeeper import Needs
from vapordep.api.plain import as_json
from vapordep.api.runs import Run
from vapordep.errors import InputError, NotThere
from vapordep.history.queries import History
from vapordep.history.recording import Recording
from vapordep.model.tags import Quality
from vapordep.units import si_unit

MOST_TAGS, MOST_POINTS = 64, 20_000
BINARY = "application/octet-stream"


def add(app: FastAPI, history: History) -> None:
    """Adds the routes."""
    read = [Needs(Right.READ)]

    @app.get("/api/runs/{run}/tags", dependencies=read)
    def tags(run: Run) -> Response:
        """Every tag that has samples, with the unit in which a person reads it, and the SI unit of its samples."""
        with history.open_recording(history.only(run)) as recording:
            units = recording.units()
            found = {tag: units.get(tag) for tag in recording.tags()}
        return as_json([
            {"tag": tag, "unit": unit and unit.symbol, "si": unit and si_unit(unit.dimension).symbol}
            for tag, unit in found.items()
        ])  # fmt: skip

    @app.get(
        "/api/runs/{run}/samples",
        dependencies=read,
        responses={200: {"content": {"application/json": {}, BINARY: {}}}},
    )
    def samples(
        run: Run,
        tag: Annotated[list[str], Query(min_length=1, max_length=MOST_TAGS, description="Once for each tag.")],
        start: Annotated[float, Query(description="s since the run's start.", allow_inf_nan=False)] = 0.0,
        end: Annotated[float | None, Query(description="The same; until the end without.", allow_inf_nan=False)] = None,
        points: Annotated[int, Query(ge=3, le=MOST_POINTS, description="At most so many of each tag.")] = 2000,
        form: Annotated[Literal["json", "binary"], Query()] = "json",
    ) -> Response:
        """Samples in SI: of each tag at most `points`, the lowest, highest and first missing one of as many spans.

        A value that is BAD or missing is null, NaN in binary; `t_s` are s since the run's start. `binary` is a length
        (uint32), that many bytes of JSON, padded with spaces so that what follows begins at a multiple of 8, and then
        for each tag in its order `points` instants and as many values (float64); all little-endian.
        """
        if end is not None and end < start:
            raise InputError(f"the span ends before it begins: {start:g} to {end:g} s", remedy="give start before end")
        with history.open_recording(history.only(run)) as recording:
            columns = {name: _column(recording, name, start, end, points) for name in dict.fromkeys(tag)}
        if form == "binary":
            return Response(_packed(columns), media_type=BINARY)
        return as_json({name: {"t_s": times, "value": values} for name, (times, values) in columns.items()})


def _column(recording: Recording, tag: str, start: float, end: float | None, points: int) -> tuple[Floats, Floats]:
    if tag not in recording.tags():
        raise NotThere(f"no samples of {tag[:200]!r}", remedy="see the run's /tags")
    t0 = recording.t0
    found = recording.samples(tag, t0 + start, np.inf if end is None else t0 + end)
    values = np.where(found.quality == Quality.BAD, np.nan, found.values)
    times, values = min_max(found.times, values, max(points // 3, 1))
    return times - t0, values


def _packed(columns: dict[str, tuple[Floats, Floats]]) -> bytes:
    told = {"tags": [{"tag": name, "points": len(times)} for name, (times, _) in columns.items()]}
    head = json.dumps(told).encode()
    head += b" " * (-(4 + len(head)) % 8)
    arrays = [part.astype("<f8").tobytes() for column in columns.values() for part in column]
    return b"".join((struct.pack("<I", len(head)), head, *arrays))
