"""Export of what was measured of a run later, as CSV: `<run>.measurements.csv`, in the form of the other tables."""

import csv
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from vapordep.history.catalogue.notebook import QUANTITIES, Measurement
from vapordep.history.export.export import cell, new_files
from vapordep.units import from_si, unit

COLUMNS = (
    "number", "sample", "position", "quantity", "of", "method", "value", "uncertainty", "unit", "value [SI]",
    "uncertainty [SI]", "measured", "person", "note",
)  # fmt: skip
"""Value and uncertainty (one standard deviation) as they were given, in `unit`, and in SI."""


def export_measurements(measured: Sequence[Measurement], folder: Path, name: str) -> tuple[Path, ...]:
    """Write the file into `folder` and return it; none where nothing was measured. Raises FileError as `export_csv`."""
    if not measured:
        return ()
    path = folder / f"{name}.measurements.csv"
    with new_files([path]) as (file,):
        text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([cell(value) for value in _row(each)] for each in measured)
        text.detach()
    return (path,)


def _row(each: Measurement) -> tuple[object, ...]:
    given = unit(each.unit, QUANTITIES[each.quantity])
    deviation = None if each.uncertainty is None else each.uncertainty / given.factor
    return (
        each.number, each.sample_id, each.position, each.quantity, each.of, each.method, from_si(each.value, given),
        deviation, each.unit, each.value, each.uncertainty, each.measured, each.person, each.note,
    )  # fmt: skip
