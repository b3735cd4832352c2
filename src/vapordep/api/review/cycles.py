"""What a run did when; its cycles stacked on their own time; and several runs laid side by side."""

from collections.abc import Callable, Mapping, Sequence
from difflib import unified_diff
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import Field

from vapordep.analysis.stacking import stack
from vapordep.api.answers.answer import Answer, Civil, Instant, refuses
from vapordep.api.answers.plain import as_json
from vapordep.api.review.run_answers import FilmKept
from vapordep.api.review.runs import READ, Run
from vapordep.errors import InputError, NotThere
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording
from vapordep.history.recordings.windows import Window, cycles_of, instant, windows
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import Mode, RunState
from vapordep.model.tags import Quality

MOST_CELLS = 2_000_000
"""Values in one stack."""
FEWEST_RUNS, MOST_RUNS = 2, 6
MEASURED = {"width_s": "width", "peak_pa": "peak", "area_pa_s": "area", "baseline_pa": "baseline"}
"""Of each pulse what is compared, and its name in the record."""
Loop = Annotated[str, Query(max_length=200, description="A loop; without, the one with most cycles.")]
First = Annotated[int, Query(ge=1, le=10**6, description="From this cycle on.")]
Number = Annotated[int, Query(ge=1, le=10**6, description="Which time of that step, or which cycle.")]


Numbers = list[float | None]


class Cycles(Answer):
    """Cycles of one loop on their own time; SI, null where nothing is known."""

    loop: str
    numbers: list[int]
    begin_s: list[Instant]
    t_s: list[float] = Field(description="The grid, s since the beginning of each cycle.")
    values: list[Numbers] = Field(description="A row a cycle.")
    median: Numbers
    low: Numbers
    high: Numbers
    outliers: list[int] = Field(description="Numbers of cycles.")


class Spread(Answer):
    """What pulses had in the middle, and half of what lies between the quartiles; SI."""

    median: float | None
    scatter: float | None


class PulsesOfSource(Answer):
    """The pulses of one source: how many, and what they were like."""

    count: int
    width_s: Spread
    peak_pa: Spread
    area_pa_s: Spread
    baseline_pa: Spread


class SetOtherwise(Answer):
    """A parameter in the first run and in this one; null where a run has none of that name."""

    first: float | int | str | None
    this: float | int | str | None


class Side(Answer):
    """One run beside the first."""

    run_id: str
    mode: Mode
    recipe_name: str
    state: RunState
    started: Civil
    film: FilmKept | None
    recipe: list[str] = Field(description="A unified diff, from the first run's recipe to this one's.")
    parameters: dict[str, SetOtherwise]
    same_reactor: bool
    zero_s: Instant
    pulses: dict[str, PulsesOfSource]


class Comparison(Answer):
    """Several runs, the first one first."""

    align: str
    runs: list[Side]


class NotDone(Answer):
    """What every golden run did, and this one did not: a step or a loop, and the how manyth of it."""

    what: str
    number: int


class Outside(NotDone):
    """A value outside of its band; SI."""

    quantity: str
    value: float
    golden: float = Field(description="The middle of the band.")
    half_width: float
    change: float
    bands_away: float


class GoldenBand(NotDone):
    """The band of a tag in one step or cycle, with the times at which the first golden run did it; SI."""

    begin_s: Instant
    end_s: Instant
    low: float
    high: float


class BesideGolden(Answer):
    """A run beside golden ones."""

    run_id: str
    golden: list[str]
    missing: list[NotDone]
    deviations: list[Outside] = Field(description="The farthest first.")
    bands: list[GoldenBand] = Field(description="Of the tag that was asked for.")


BesideGoldenOf = Callable[[History, str, Sequence[str], str], Mapping[str, object]]


def add(app: FastAPI, history: History, beside: BesideGoldenOf) -> None:
    """Adds the routes."""
    _add_cycles(app, history)
    _add_comparison(app, history)
    _add_golden(app, history, beside)


def _add_cycles(app: FastAPI, history: History) -> None:
    @app.get("/api/runs/{run}/windows", response_model=list[Window], dependencies=READ)
    def what_when(run: Run) -> Response:
        """All steps and cycles of a run in their order: from when to when, s since its start."""
        with history.open_recording(run) as recording:
            return as_json(windows(recording.events(), recording.t0))

    @app.get("/api/runs/{run}/cycles", response_model=Cycles, dependencies=READ)
    def cycles(
        run: Run,
        tag: Annotated[str, Query(max_length=200, description="Whose values are stacked.")],
        loop: Loop = "",
        first: First = 1,
        last: Annotated[int | None, Query(ge=1, le=10**6, description="To the last one without.")] = None,
        points: Annotated[int, Query(ge=2, le=5000, description="Instants of the grid.")] = 400,
    ) -> Response:
        """One tag in the cycles of a loop, stacked on the cycle's own time; SI, null where nothing is known.

        `t_s` are s since each cycle's beginning, `values` one row a cycle, on that grid; a value holds until the next
        one. `median`, `low` and `high` (10 and 90 %) are over the cycles that were asked for; `outliers` are numbers of
        cycles that lie five times as far from the median as usual, or last more than three times as long: these are
        cut there.
        """
        with history.open_recording(run) as recording:
            found = cycles_of(windows(recording.events(), recording.t0), loop)
            found = [each for each in found if first <= each.number <= (last or each.number)]
            if not found:
                raise NotThere(f"no cycles from {first} to {last}", remedy="see the run's windows")
            if len(found) * points > MOST_CELLS:
                what = f"{len(found)} cycles of {points} points are too many"
                raise InputError(what, remedy=f"at most {MOST_CELLS} values: ask for fewer cycles, or points")
            if tag not in recording.tags():
                raise NotThere(f"no samples of {tag!r}", remedy="see the run's tags")
            times, values = _readings(recording, tag)
        made = stack(times, values, [(each.begin_s, each.end_s) for each in found], points)
        numbers = [each.number for each in found]
        return as_json({
            "loop": found[0].name, "numbers": numbers, "begin_s": [each.begin_s for each in found], "t_s": made.times,
            "values": made.values, "median": made.median, "low": made.low, "high": made.high,
            "outliers": [number for number, out in zip(numbers, made.outliers, strict=True) if out],
        })  # fmt: skip


def _add_comparison(app: FastAPI, history: History) -> None:
    @app.get("/api/comparison", response_model=Comparison, dependencies=READ, responses=refuses(404))
    def compare(
        run: Annotated[list[str], Query(min_length=1, max_length=MOST_RUNS, description="Two to six runs.")],
        align: Annotated[str, Query(max_length=10, description="At start, step or cycle.")] = "start",
        name: Annotated[str, Query(max_length=200, description="Of the step or the loop.")] = "",
        number: Number = 1,
    ) -> Response:
        """Several runs side by side, each beside the first.

        `zero_s` is the instant, s since that run's start, at which they are laid over each other: ask for samples
        from there on. `recipe` is the difference of the recipe to the first run's, line by line, `parameters` what was
        set otherwise; `pulses` tells of each source how many, and median and scatter (half of what lies between the
        quartiles) of what was measured.
        """
        if len(set(run)) < FEWEST_RUNS:
            raise InputError("one run is not compared with itself", remedy=f"name {FEWEST_RUNS} to {MOST_RUNS} runs")
        found = [history.only(each) for each in dict.fromkeys(run)]
        told = []
        for each in found:
            with history.open_recording(each) as recording:
                zero = instant(windows(recording.events(), recording.t0), align, name, number)
                told.append({**_about(each, found[0]), "zero_s": zero, "pulses": _pulses(recording)})
        return as_json({"align": align, "runs": told})


def _add_golden(app: FastAPI, history: History, beside: BesideGoldenOf) -> None:
    @app.get("/api/runs/{run}/golden", response_model=BesideGolden, dependencies=READ, responses=refuses(404))
    def golden(
        run: Run,
        golden: Annotated[list[str], Query(min_length=1, max_length=MOST_RUNS - 1, description="Runs that were good.")],
        tag: Annotated[str, Query(max_length=200, description="Whose bands are to be drawn.")] = "chamber.pressure",
    ) -> Response:
        """Where a run left the bands of golden ones: each tag by step and cycle, each duration, each pulse.

        A band is the median of the golden runs and about it the largest of a floor, three standard deviations of what
        is alike within them, and half of their range.
        """
        ids = [history.only(each).run_id for each in (run, *dict.fromkeys(golden))]
        return as_json(beside(history, ids[0], ids[1:], tag))


def _readings(recording: Recording, tag: str) -> tuple[np.ndarray, np.ndarray]:
    found = recording.samples(tag)
    return found.times - recording.t0, np.where(found.quality == Quality.BAD, np.nan, found.values)


def _about(run: CataloguedRun, first: CataloguedRun) -> dict[str, Any]:
    mine, theirs = run.header, first.header
    names = [name for name in {**theirs.parameters, **mine.parameters} if _of(mine, name) != _of(theirs, name)]
    lines = unified_diff(
        theirs.recipe_text.splitlines(), mine.recipe_text.splitlines(), theirs.run_id, mine.run_id, lineterm="", n=2
    )
    return {
        "run_id": run.run_id, "mode": mine.mode, "recipe_name": mine.recipe_name, "state": run.state,
        "started": mine.started, "film": run.outcome.get("film"), "recipe": list(lines),
        "parameters": {name: {"first": _of(theirs, name), "this": _of(mine, name)} for name in names},
        "same_reactor": mine.reactor_sha256 == theirs.reactor_sha256,
    }  # fmt: skip


def _of(header: Any, name: str) -> object:
    parameters: Mapping[str, object] = header.parameters
    return parameters.get(name)


def _pulses(recording: Recording) -> dict[str, dict[str, Any]]:
    """Of each source what its pulses were like."""
    given: dict[str, list[PulseRecord]] = {}
    for pulse in recording.pulses():
        if isinstance(pulse, PulseRecord):
            given.setdefault(pulse.intent.source, []).append(pulse)
    return {
        source: {
            "count": len(pulses),
            **{column: _spread([getattr(pulse, name) for pulse in pulses]) for column, name in MEASURED.items()},
        }
        for source, pulses in given.items()
    }


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    known = np.array([value for value in values if np.isfinite(value)])
    if not len(known):
        return {"median": None, "scatter": None}
    quarter, median, three = np.percentile(known, (25, 50, 75)).tolist()
    return {"median": median, "scatter": (three - quarter) / 2}
