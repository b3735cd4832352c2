"""What the commands do that add to runs and reactors: enter it into the catalogue, and tell what is there then."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from vapordep.app.places import find, named_in
from vapordep.app.request import login_name
from vapordep.app.words import clock_time
from vapordep.cli.terminal.output import console, listing, local_time, plain, write_json
from vapordep.cli.terminal.past import history_in, run_called
from vapordep.errors import FileError, InputError, NotThere
from vapordep.files import data_folder
from vapordep.history.catalogue import notebook
from vapordep.history.catalogue.attachments import Attachment, attachments_of
from vapordep.history.catalogue.attachments import attach as keep
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.notebook import STAR, Measurement
from vapordep.history.folder import sized
from vapordep.history.queries import History
from vapordep.units import Dimension, from_si, parse, unit

__all__ = ["STAR", "attach", "calibrate", "entered", "label", "list_calibrations", "measure", "note"]


def label(run: str, words: list[str], folder: Path | None, by: str | None, *, remove: bool, as_json: bool) -> None:
    """Labels given or taken away, and those that the run then has."""
    with _entering(run, folder) as (_, connection, run_id):
        now = notebook.label(connection, run_id, [] if remove else words, words if remove else [], _person(by))
    if as_json:
        write_json({"run_id": run_id, "labels": now})
    else:
        console().print(plain(f"{run_id}: {', '.join(now) or 'no label'}"))


def note(run: str, text: str, at: str, folder: Path | None, by: str | None, *, as_json: bool) -> None:
    """A note."""
    at_s = parse(at, Dimension.TIME) if at else None
    with _entering(run, folder) as (_, connection, run_id):
        number = notebook.note(connection, run_id, text, _person(by), at_s)
    _told(as_json, {"run_id": run_id, "note": number}, f"{run_id}: note {number} is kept")


def measure(
    run: str,
    quantity: str,
    value: str,
    folder: Path | None,
    by: str | None,
    *,
    as_json: bool,
    method: str,
    **given: str,
) -> None:
    """A measurement."""
    with _entering(run, folder) as (_, connection, run_id):
        made = notebook.measure(connection, run_id, quantity, value, _person(by), method=method, **given)
    _told(as_json, notebook.as_plain(made), f"{run_id}: {_measured(made)}")


def attach(run: str, file: Path, text: str, folder: Path | None, by: str | None, *, as_json: bool) -> None:
    """A file."""
    history = history_in(folder)
    run_id = run_called(history, run).run_id
    kept = keep(history.folder, run_id, file, _person(by), text)
    _told(as_json, {"run_id": run_id, "number": kept.number, "sha256": kept.sha256}, f"{run_id}: {_attached(kept)}")


def entered(run: str, folder: Path | None, *, as_json: bool) -> None:
    """All that people entered about a run."""
    history = history_in(folder)
    run_id = run_called(history, run).run_id
    with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
        labels, notes = notebook.labels_of(connection, run_id), notebook.notes_of(connection, run_id)
        measured, files = notebook.measurements_of(connection, run_id), attachments_of(connection, run_id)
    if as_json:
        write_json({
            "run_id": run_id, "labels": labels, "notes": [notebook.as_plain(each) for each in notes],
            "measurements": [notebook.as_plain(each) for each in measured],
            "attachments": [{"number": f.number, "name": f.name, "size": f.size, "sha256": f.sha256} for f in files],
        })  # fmt: skip
        return
    lines = [f"labels: {', '.join(labels)}"] if labels else []
    for each in notes:
        at = f"at {clock_time(each.at_s)}, " if each.at_s is not None else ""
        lines.append(f"{at}{each.person}, {local_time(each.entered):%Y-%m-%d %H:%M}: {each.text}")
    lines += [*map(_measured, measured), *map(_attached, files)]
    _print(lines or [f"{run_id}: nothing was entered; see `vapordep runs note --help`"])


def calibrate(
    reactor: str, kind: str, subject: str, value: str, folder: Path | None, by: str | None, *,
    as_json: bool, method: str, **given: str,
) -> None:  # fmt: skip
    """A calibration."""
    history = History(folder)
    reactor = _reactor(history, reactor)
    with Catalogue.open(history.folder) as catalogue, catalogue.entering() as connection:
        number = notebook.calibrate(connection, reactor, kind, subject, value, _person(by), method=method, **given)
    _told(as_json, {"number": number}, f"calibration {number} of {reactor} is kept")


def _reactor(history: History, name: str) -> str:
    """The name of the reactor that is meant: one of the history, a shipped one, or that of a file.

    Raises InputError for one that nobody knows.
    """
    shipped = {named_in(file) for file in sorted(data_folder("reactors").glob("*.yaml"))}
    try:
        return history.reactor(name, shipped)
    except NotThere as unknown:
        try:
            return named_in(find("reactors", name))
        except FileError:
            remedy = f"{unknown.remedy}, or its file"
            raise InputError(unknown.what, where="REACTOR", remedy=remedy) from None


def list_calibrations(reactor: str, folder: Path | None, *, as_json: bool) -> None:
    """Calibrations by their day."""
    history = history_in(folder)
    found = []
    if history.is_there:
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            found = notebook.calibrations_of(connection, reactor)
    if as_json:
        write_json([notebook.as_plain(each) for each in found])
        return
    table = listing("measured", "reactor", "kind", "subject", "value>", "at>", "method", "by")
    for each in found:
        at = f"{each.at_pa:g} Pa" if each.at_pa is not None else ""
        value = _quantity(each.value, each.uncertainty, each.unit, notebook.CALIBRATED[each.kind])
        cells = (each.reactor, each.kind, each.subject, value, at, each.method, each.person)
        table.add_row(each.measured, *map(plain, cells))
    console().print(table if found else plain("no calibrations yet"))


@contextmanager
def _entering(run: str, folder: Path | None) -> Iterator[tuple[History, Connection, str]]:
    """A transaction about the run that is meant."""
    history = history_in(folder)
    run_id = run_called(history, run).run_id
    with Catalogue.open(history.folder) as catalogue, catalogue.entering() as connection:
        yield history, connection, run_id


def _person(by: str | None) -> str:
    person = (by or "").strip() or login_name()
    if len(person) > 200:
        raise InputError("the name is too long", where="--by", remedy="at most 200 letters")
    return person


def _told(as_json: bool, told: dict[str, object], line: str) -> None:
    if as_json:
        write_json(told)
    else:
        _print([line])


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        console().print(plain(line), soft_wrap=True)


def _measured(each: Measurement) -> str:
    of = f" of {each.of}" if each.of else ""
    where = " at ".join(part for part in (each.sample_id, each.position) if part)
    value = _quantity(each.value, each.uncertainty, each.unit, notebook.QUANTITIES[each.quantity])
    told = f"{each.quantity.replace('_', ' ')}{of} {value} by {each.method}{f' on {where}' if where else ''}"
    return f"{told}, {each.measured}, {each.person}{f': {each.note}' if each.note else ''}"


def _quantity(value: float, uncertainty: float | None, symbol: str, dimension: Dimension) -> str:
    """In the unit in which it was given."""
    given = unit(symbol, dimension)
    deviation = f" ± {uncertainty / given.factor:.3g}" if uncertainty is not None else ""
    return f"{from_si(value, given):.6g}{deviation} {symbol}".rstrip()


def _attached(each: Attachment) -> str:
    return f"file {each.number}: {each.name}, {sized(each.size)}, {each.person}{f': {each.note}' if each.note else ''}"
