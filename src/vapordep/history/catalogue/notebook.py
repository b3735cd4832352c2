"""What people enter about a run afterwards: labels, notes, measurements; and about a reactor, its calibrations."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy import Connection, Table, delete, insert, select

from vapordep.clock import utc_now
from vapordep.errors import InputError, NotThere
from vapordep.history import dates
from vapordep.history.catalogue import listing
from vapordep.history.database.entered_tables import calibrations, labels, measurements, notes
from vapordep.history.database.tables import run_samples
from vapordep.lazy import dataclass
from vapordep.units import Dimension, parse

STAR = "star"
"""The label of runs that somebody wants to find again."""
LONGEST_NOTE, MOST_LABELS = 10_000, 50
_LABEL = re.compile(r"[^\s\x00-\x1f]{1,64}")
QUANTITIES: Mapping[str, Dimension] = MappingProxyType({
    "thickness": Dimension.LENGTH, "roughness": Dimension.LENGTH, "growth_per_cycle": Dimension.GROWTH_PER_CYCLE,
    "density": Dimension.DENSITY, "mass_per_area": Dimension.MASS_PER_AREA, "refractive_index": Dimension.FRACTION,
    "composition": Dimension.FRACTION, "resistance": Dimension.RESISTANCE,
})  # fmt: skip
"""What may be measured of a film."""
SIGNED = frozenset({"growth_per_cycle", "mass_per_area"})
"""Of these, what may be below zero: a film may be lost."""
CALIBRATED: Mapping[str, Dimension] = MappingProxyType({
    "foil_offset": Dimension.TEMPERATURE_DIFFERENCE, "pulse_area": Dimension.EXPOSURE,
    "gauge_zero": Dimension.PRESSURE, "pumping_speed": Dimension.VOLUME_FLOW,
})  # fmt: skip
"""What may be calibrated: a stage's foil offset, a source's pulse area, a gauge's zero, a point of a pump's curve."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was written about a run; `at_s` is s since its start, None where it is about all of it."""

    number: int
    at_s: float | None
    text: str
    person: str
    entered: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something that was measured of a sample: value and uncertainty (one standard deviation) in SI.

    `unit` is what they were given in, `of` the layer or the element, `measured` a civil date.
    """

    number: int
    sample_id: str
    position: str
    quantity: str
    of: str
    method: str
    value: float
    uncertainty: float | None
    unit: str
    measured: str
    note: str
    person: str
    entered: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """Something that was found out about a reactor: value and uncertainty in SI, `at_pa` for a pump's curve."""

    number: int
    reactor: str
    kind: str
    subject: str
    value: float
    uncertainty: float | None
    unit: str
    at_pa: float | None
    method: str
    measured: str
    note: str
    person: str
    entered: str


E = TypeVar("E", Note, Measurement, Calibration)


def label(connection: Connection, run_id: str, add: Iterable[str], remove: Iterable[str], person: str) -> list[str]:
    """Gives labels to a run and takes some away; returns those that it then has. Raises InputError for what is none."""
    add, remove = list(dict.fromkeys(add)), set(remove)
    for each in add:
        if not _LABEL.fullmatch(each):
            raise InputError(f"{each[:80]!r} is no label", remedy="a label is one word of 1 to 64 letters")
    there = labels_of(connection, run_id)
    new = [each for each in add if each not in there and each not in remove]
    if len(there) + len(new) > MOST_LABELS:
        raise InputError(f"a run has at most {MOST_LABELS} labels", remedy="take some away first")
    connection.execute(delete(labels).where(labels.c.run_id == run_id, labels.c.label.in_(remove)))
    if new:
        connection.execute(insert(labels), [{"run_id": run_id, "label": each, **_by(person)} for each in new])
    listing.refresh(connection, run_id)
    return labels_of(connection, run_id)


def labels_of(connection: Connection, run_id: str) -> list[str]:
    """The labels of a run."""
    query = select(labels.c.label).where(labels.c.run_id == run_id).order_by(labels.c.label)
    return list(connection.execute(query).scalars())


def note(connection: Connection, run_id: str, text: str, person: str, at_s: float | None = None) -> int:
    """Writes a note about a run; returns its number. Raises InputError for an empty or an endless one."""
    if not text.strip() or len(text) > LONGEST_NOTE:
        raise InputError(
            f"a note has 1 to {LONGEST_NOTE} letters, this one {len(text.strip())}", remedy="attach a file"
        )
    number = _added(connection, notes, {"run_id": run_id, "at_s": at_s, "text": text.strip(), **_by(person)})
    listing.refresh(connection, run_id)
    return number


def measure(
    connection: Connection, run_id: str, quantity: str, value: str, person: str, *, method: str, sample: str = "",
    uncertainty: str = "", position: str = "", of: str = "", measured: str = "", text: str = "",
) -> Measurement:  # fmt: skip
    """Enters a measurement of a sample of the run; without a name it is the run's only one.

    `value` and `uncertainty` carry their unit, "12.3 nm". Raises InputError, UnitError.
    """
    dimension = _known(quantity, QUANTITIES, "quantity")
    si, deviation, spelt = _value(value, uncertainty, dimension)
    if si < 0.0 and quantity not in SIGNED:
        raise InputError(f"a {quantity.replace('_', ' ')} of {value} is below zero", remedy="look at its sign")
    row = {
        "run_id": run_id, "sample_id": _sample(connection, run_id, sample), "position": position, "quantity": quantity,
        "of": of, "method": _given(method, "the method, such as ellipsometry, XRR or XPS"), "value": si,
        "uncertainty": deviation, "unit": spelt, "measured": dates.day(measured), "note": text, **_by(person),
    }  # fmt: skip
    number = _added(connection, measurements, row)
    return next(each for each in measurements_of(connection, run_id) if each.number == number)


def calibrate(
    connection: Connection, reactor: str, kind: str, subject: str, value: str, person: str, *, method: str,
    uncertainty: str = "", at: str = "", measured: str = "", text: str = "",
) -> int:  # fmt: skip
    """Enters a calibration of a reactor; returns its number. Raises InputError, UnitError."""
    dimension = _known(kind, CALIBRATED, "kind of calibration")
    if (kind == "pumping_speed") != bool(at):
        what = "needs the pressure it holds at" if not at else "is not for one pressure"
        raise InputError(f"{kind} {what}", remedy="give `at` with pumping_speed, such as 10 Pa, and only there")
    si, deviation, spelt = _value(value, uncertainty, dimension)
    row = {
        "reactor": _given(reactor, "the reactor"), "kind": kind, "subject": _given(subject, "what was calibrated"),
        "value": si, "uncertainty": deviation, "unit": spelt, "at_pa": parse(at, Dimension.PRESSURE) if at else None,
        "method": _given(method, "the method"), "measured": dates.day(measured), "note": text, **_by(person),
    }  # fmt: skip
    return _added(connection, calibrations, row)


def notes_of(connection: Connection, run_id: str) -> list[Note]:
    """The notes of a run, in the order in which they were written."""
    return _all(connection, notes, Note, notes.c.run_id == run_id)


def measurements_of(connection: Connection, run_id: str) -> list[Measurement]:
    """The measurements of a run's samples, in the order in which they were entered."""
    return _all(connection, measurements, Measurement, measurements.c.run_id == run_id)


def calibrations_of(connection: Connection, reactor: str = "") -> list[Calibration]:
    """The calibrations of a reactor, or of all, by the day on which they were made."""
    holds = [calibrations.c.reactor == reactor] if reactor else []
    found = _all(connection, calibrations, Calibration, *holds)
    return sorted(found, key=lambda each: (each.measured, each.number))


def _all(connection: Connection, table: Table, kind: type[E], *holds: object) -> list[E]:
    columns = [table.c[field.name] for field in fields(kind)]
    query = select(*columns).where(*holds).order_by(table.c.number)  # type: ignore[arg-type]
    return [kind(*row) for row in connection.execute(query)]


def as_plain(entry: E) -> dict[str, object]:
    """An entry as plain data."""
    return asdict(entry)


def _added(connection: Connection, table: Table, row: Mapping[str, object]) -> int:
    if any(isinstance(value, str) and "\0" in value for value in row.values()):
        raise InputError("a text with a NUL in it", remedy="leave it out: it is no letter")
    key = connection.execute(insert(table), row).inserted_primary_key
    return int(key[0]) if key else 0


def _by(person: str) -> dict[str, str]:
    return {"person": person, "entered": utc_now().isoformat(timespec="seconds")}


def _known(name: str, known: Mapping[str, Dimension], what: str) -> Dimension:
    if name not in known:
        raise InputError(f"there is no {what} {name[:80]!r}", remedy=f"one of {', '.join(known)}")
    return known[name]


def _value(value: str, uncertainty: str, dimension: Dimension) -> tuple[float, float | None, str]:
    """Value and uncertainty in SI, and the unit that the value was given in."""
    spelt = value.strip().lstrip("+-.0123456789eE").strip()
    deviation = parse(uncertainty, dimension) if uncertainty else None
    if deviation is not None and deviation < 0.0:
        raise InputError(f"an uncertainty of {uncertainty} is below zero", remedy="give one standard deviation")
    return parse(value, dimension), deviation, spelt


def _sample(connection: Connection, run_id: str, name: str) -> str:
    query = select(run_samples.c.sample_id).where(run_samples.c.run_id == run_id).order_by(run_samples.c.number)
    there = list(connection.execute(query).scalars())
    if name in there or (not name and len(there) == 1):
        return name or there[0]
    known = ", ".join(there) or "none"
    if name and there:
        raise NotThere(f"the run coated no sample {name[:80]!r}", remedy=f"its samples: {known}")
    if name or not there:
        return name  # a run without named samples: what lay there is known afterwards
    raise InputError("the run coated several samples", remedy=f"say which: {known}")


def _given(text: str, what: str) -> str:
    if not text.strip() or len(text) > 200:
        raise InputError(f"{what} is missing, or too long", remedy="1 to 200 letters")
    return text.strip()
