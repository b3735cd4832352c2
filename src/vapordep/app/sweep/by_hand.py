"""A sweep on a real reactor: the list of runs to do by hand, and the thicknesses that were measured afterwards."""

import csv
import io
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vapordep.app.request import Request
from vapordep.app.sweep.point_run import Gave, Measured, measured
from vapordep.app.sweep.points import Point
from vapordep.app.sweep.values import same
from vapordep.errors import FileError, InputError
from vapordep.files import atomic_write
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunState

Written = float | int | str
"""The value of a parameter as a recipe or a person wrote it."""
NUMBER, RUN, THICKNESS, REMARK = "point", "run", "thickness_nm", "remark"
"""The columns beside those of the parameters."""
LONGEST = 1_000_000
"""Characters of a file; a thousand points have a tenth of that."""


def commands(points: Sequence[Point]) -> Iterator[str]:
    """What to type for each point that may run."""
    for point in points:
        if point.recipe is not None:
            asked = point.request
            words = ["vapordep", "run", "start", str(asked.recipe), "--reactor", str(asked.reactor)]
            for name, value in asked.settings.items():
                words += ["--set", f"{name}={value}"]
            yield shlex.join(words)


def write_plan(file: Path, points: Sequence[Point], names: Sequence[str]) -> int:
    """The list as CSV, a row for each point that may run, its last columns empty; returns how many.

    Raises FileError for a file that is there already: somebody may have entered what they measured.
    """
    if file.exists():
        raise FileError("the file is there already", where=str(file), remedy="give another name, or move it away")
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([NUMBER, *names, RUN, THICKNESS, REMARK])
    todo = [point for point in points if point.recipe is not None]
    for point in todo:
        rows.writerow([point.number, *(point.request.settings[name] for name in names), "", "", ""])
    atomic_write(file, text.getvalue())
    return len(todo)


def entered(
    file: Path, points: Sequence[Point], names: Sequence[str], asked: Request, reactor: Reactor
) -> dict[int, Gave]:
    """What came of each point for which a thickness was entered, by its number.

    A row that names no run is that of the latest run of this recipe with these parameters on this reactor, one with
    real gas before a dry one. Raises InputError with file:line for a row that is none, of another sweep, or whose run
    the history does not have.
    """
    history = History(asked.history)
    found: dict[int, Gave] = {}
    for line, row in _rows(file, names):
        where = f"{file}:{line}"
        point = _point(row, points, names, where)
        if point.number in found:
            raise InputError(f"point {point.number} stands there twice", where=where, remedy="leave one of them out")
        thickness = _thickness(row[THICKNESS], where)
        if thickness is not None:
            found[point.number] = _gave(point, row[RUN].strip(), thickness, history, reactor, where)
    if not found:
        raise InputError(f"no {THICKNESS} is entered", where=str(file), remedy="measure, and enter it in nm")
    return found


def _rows(file: Path, names: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with the number of its line."""
    try:
        if file.stat().st_size > LONGEST:
            raise FileError("the file is too long to be a list of points", where=str(file))
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot be read: {error}", where=str(file), remedy="save it as CSV in UTF-8") from None
    heading, _, _ = text.partition("\n")
    between = ";" if heading.count(";") > heading.count(",") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=between, restval="")
    missing = [name for name in (NUMBER, *names, RUN, THICKNESS) if name not in (rows.fieldnames or ())]
    if missing:
        what = f"the heading has no {', '.join(missing)}"
        raise InputError(what, where=f"{file}:1", remedy="begin with the file that --plan wrote, with the same --set")
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise InputError(f"no CSV: {error}", where=f"{file}:{rows.line_num}", remedy="save it as CSV") from None


def _point(row: Mapping[str, str], points: Sequence[Point], names: Sequence[str], where: str) -> Point:
    point = next((one for one in points if str(one.number) == row[NUMBER].strip()), None)
    if point is None or point.recipe is None:
        raise InputError(f"{row[NUMBER]!r} is no point that may run", where=where, remedy="see what --plan wrote")
    for name in names:
        if row[name].strip() != point.request.settings[name]:
            what = (
                f"{name} is {row[name]!r} there; point {point.number} of this sweep has {point.request.settings[name]}"
            )
            raise InputError(what, where=where, remedy="give the same --set as with --plan")
    return point


def _thickness(written: str, where: str) -> float | None:
    """In m; None where nothing is entered."""
    if not written.strip():
        return None
    try:
        value = float(written)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and 0.0 <= value < 1e6):
        remedy = "a number of nanometres, with a decimal point and without its unit"
        raise InputError(f"{THICKNESS} is {written!r}", where=where, remedy=f"enter {remedy}")
    return value * 1e-9


def _gave(point: Point, name: str, thickness: float, history: History, reactor: Reactor, where: str) -> Gave:
    try:
        run = history.run(name) if name else _of(point, history, reactor)
    except InputError as error:
        raise InputError(error.what, where=where, remedy=error.remedy) from None
    if run is None:
        what = f"the history has no complete run of point {point.number}"
        raise InputError(what, where=where, remedy=f"do it, or name its run under `{RUN}`; see `vapordep runs list`")
    with history.open_recording(run) as recording:
        given = measured(recording, reactor, recording.film())
        cycles = sum(layer.cycles for layer in recording.film().layers if layer.name in point.planned.layers)
    growth = thickness / cycles if cycles else math.nan
    return Gave(point.number, run=run, measured=_with(given, thickness, growth, cycles))


def _with(given: Measured, thickness: float, growth: float, cycles: int) -> Measured:
    return replace(given, thickness=thickness, growth=growth, cycles=cycles)


def _of(point: Point, history: History, reactor: Reactor) -> CataloguedRun | None:
    """The latest complete run of a point."""
    recipe = point.recipe
    assert recipe is not None  # noqa: S101 - such a point is refused before
    runs = [
        run
        for run in history.latest(reactor.name, recipe.name)
        if run.state is RunState.COMPLETE
        and run.header.recipe_sha256 == recipe.sha256
        and run.header.reactor_name == reactor.name
        and _alike(run.header.parameters, recipe.parameters)
    ]
    return next((run for run in runs if run.header.mode is Mode.RUN), runs[0] if runs else None)


def _alike(given: Mapping[str, Written], wanted: Mapping[str, Written]) -> bool:
    return given.keys() == wanted.keys() and all(same(name, given[name], wanted[name]) for name in given)
