"""Samples of a run's tags: any tags, any span, few points of many with every extreme and gap kept, JSON or binary."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np
from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import Field

from vapordep.analysis.decimation import min_max
from vapordep.analysis.held import statistics
from vapordep.api.answers.answer import Answer, Instant
from vapordep.api.answers.plain import BYTES, OCTETS, as_json
from vapordep.api.review import columns
from vapordep.api.review.runs import READ, Run
from vapordep.errors import InputError
from vapordep.history.queries import History
from vapordep.history.recordings.codec import Chunk, Floats, to_nanoseconds
from vapordep.history.recordings.levels import of_samples
from vapordep.history.recordings.overview import Seen, points_of
from vapordep.history.recordings.recording import Recording
from vapordep.model.tags import Quality
from vapordep.units import Unit, si_unit

MOST_TAGS, MOST_POINTS = 64, 20_000
FAR = 0.01
"""Of a span: where the first sample lies so far behind its beginning, the value that held there is told too."""


class TagRecorded(Answer):
    """A tag that has samples: the unit in which a person reads it, and the SI unit of its samples."""

    tag: str
    unit: str | None
    si: str | None
    factor: float
    offset: float


class Points(Answer):
    """Instants and values of one tag; null where a value is missing."""

    t_s: list[Instant]
    value: list[float | None] = Field(description="SI.")


class Held(Answer):
    """One tag between two instants, SI; null where no value is known. A value counts for as long as it held."""

    count: int
    known_s: float
    missing_s: float = Field(description="For how long no value was known.")
    mean: float | None
    deviation: float | None = Field(description="The standard deviation over time.")
    low: float | None
    high: float | None


Tags = Annotated[list[str], Query(min_length=1, max_length=MOST_TAGS, description="Once for each tag.")]
FORMS = "How they come: JSON, or columns of numbers in bytes as told above."
Start = Annotated[float, Query(description="s since the run's start.", allow_inf_nan=False)]
Needed = Annotated[float, Query(description="The same.", allow_inf_nan=False)]
End = Annotated[float | None, Query(description="The same; until the end without.", allow_inf_nan=False)]


def add(app: FastAPI, history: History) -> None:
    """Adds the routes."""
    _add_tags(app, history)
    _add_samples(app, history)
    _add_statistics(app, history)


def _add_tags(app: FastAPI, history: History) -> None:
    @app.get("/api/runs/{run}/tags", response_model=list[TagRecorded], dependencies=READ)
    def tags(run: Run) -> Response:
        """Every tag that has samples: the unit in which a person reads it, and the SI unit of its samples.

        A sample is the person's number * `factor` + `offset`.
        """
        with history.open_recording(run) as recording:
            units = recording.units()
            found = {tag: units.get(tag) for tag in recording.tags()}
        return as_json([{"tag": tag, **_told(unit)} for tag, unit in found.items()])


def _add_samples(app: FastAPI, history: History) -> None:
    @app.get(
        "/api/runs/{run}/samples",
        response_model=dict[str, Points],
        dependencies=READ,
        responses={200: {"content": BYTES}},
    )
    def samples(
        run: Run,
        tag: Tags,
        start: Start = 0.0,
        end: End = None,
        points: Annotated[int, Query(ge=3, le=MOST_POINTS, description="At most so many of each tag.")] = 2000,
        form: Annotated[Literal["json", "binary", "columns"], Query(description=FORMS)] = "json",
    ) -> Response:
        """Samples in SI: of each tag at most `points`, the lowest, highest and first missing one of as many spans.

        A value that is BAD or missing is null, NaN in binary; `t_s` are s since the run's start. Of a tag with far more
        samples the points come from levels kept in the recording: values are exact, instants right to a span, and the
        first and last may lie outside of `start` and `end` by one. Where none comes as the span begins, the sample
        that holds there is the first, however long before it came.

        `binary` is a length (uint32), that many bytes of JSON, padded with spaces so that what follows begins at a
        multiple of 8, and then for each tag in its order `points` instants and as many values (float64); `si` is their
        unit.

        `columns` begins alike and is smaller. Where the JSON gives a tag `spans`, its values are float32: for each of
        so many equal spans from `start_s` to `end_s` `slots` values, the extremes in the order in which they came, and
        where there is a third slot NaN if a value is missing; +inf in a slot means nothing new, the line goes on. A
        tag with few samples has `points` instead, and columns as in `binary`. Each tag's columns begin at a multiple of
        8. All numbers are little-endian.
        """
        _in_order(start, end)
        names = list(dict.fromkeys(tag))
        with history.open_recording(run) as recording:
            t0, units = recording.t0, recording.si() if form == "binary" else {}
            until = np.inf if end is None else t0 + end
            seen = recording.look(names, t0 + start, until, max(points // 2, 1))
            seen += _held_before(recording, seen, names, t0 + start, until)
        if form == "columns":
            return Response(columns.of_spans(seen, names, t0, start, end, points), media_type=OCTETS)
        few = {name: _few(seen, name, points, t0) for name in names}
        if form == "binary":
            return Response(columns.packed(few, units), media_type=OCTETS)
        return as_json({name: {"t_s": times, "value": values} for name, (times, values) in few.items()})


def _few(seen: Sequence[Seen], tag: str, points: int, t0: float) -> tuple[Floats, Floats]:
    """At most so many points of a tag: s since the run's start, and values in SI."""
    times, values = min_max(*points_of(seen, tag), max(points // 3, 1))
    return times - t0, values


def _add_statistics(app: FastAPI, history: History) -> None:
    @app.get("/api/runs/{run}/statistics", response_model=dict[str, Held], dependencies=READ)
    def between(run: Run, tag: Tags, start: Start, end: Needed) -> Response:
        """Mean, standard deviation and extremes of tags between two instants, out of every sample there is; SI.

        A value holds until the next one, the last until the run is over.
        """
        _in_order(start, end)
        with history.open_recording(run) as recording:
            recording.require(tag)
            times = (recording.t0 + start, recording.t0 + end)
            found = {name: _between(recording, name, *times) for name in dict.fromkeys(tag)}
        return as_json(found)


def _held_before(
    recording: Recording, seen: Sequence[Seen], tags: Sequence[str], start: float, end: float
) -> Iterator[Seen]:
    """Of tags that are told seldom, as a limit is, what holds as a span begins: one sample from before it."""
    for tag in tags:
        firsts = [each.level.starts[0] / 1e9 for each in seen if tag in each.tags and len(each.level.starts)]
        if min(firsts, default=np.inf) - start <= FAR * (end - start):
            continue
        found = recording.held(tag, start)
        if len(found.times):
            chunk = Chunk(to_nanoseconds(found.times), found.values[None], found.quality[None])
            yield Seen((tag,), of_samples(chunk), whole=True)


def _between(recording: Recording, tag: str, start: float, end: float) -> dict[str, float]:
    before, within = recording.held(tag, start), recording.samples(tag, np.nextafter(start, np.inf), end)
    times, values = np.append(before.times, within.times), np.append(before.values, within.values)
    bad = np.append(before.quality, within.quality) == Quality.BAD
    made = statistics(*_until_over(recording, times, np.where(bad, np.nan, values)), start, end)
    return {name: getattr(made, name) for name in Held.model_fields}


def _until_over(recording: Recording, times: Floats, values: Floats) -> tuple[Floats, Floats]:
    """The samples, and that nothing is known any more once the run is over."""
    outcome = recording.outcome
    if outcome is None or not len(times):
        return times, values
    over = max(recording.t0 + outcome["simulated_s"], times[-1])
    return np.append(times, over), np.append(values, np.nan)


def _in_order(start: float, end: float | None) -> None:
    if end is not None and end < start:
        raise InputError(f"the span ends before it begins: {start:g} to {end:g} s", remedy="give start before end")


def _told(unit: Unit | None) -> dict[str, str | float | None]:
    if unit is None:
        return {"unit": None, "si": None, "factor": 1.0, "offset": 0.0}
    symbol = si_unit(unit.dimension).symbol
    return {"unit": unit.symbol, "si": symbol, "factor": unit.factor, "offset": unit.offset}
