"""Export of one run as CSV: `<run>.csv` with all samples, `<run>.pulses.csv` and `<run>.events.csv`.

UTF-8, a point as the decimal sign, no comment lines, so that spreadsheets and pandas agree. Column names carry the
unit, `chamber.pressure [mTorr]`. Each instant has `t [s]` since the start and civil time `time [ISO 8601]`; where a tag
has no sample, or a bad one, its cell is empty. Text that could be taken for a formula begins with an apostrophe.
"""

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TextIO

import numpy as np

from vapordep.errors import FileError
from vapordep.history.chain import canonical
from vapordep.history.codec import Floats
from vapordep.history.recording import Recording, Samples
from vapordep.history.rows import PlannedPulse, intent_row, pulse_row
from vapordep.units import Unit, from_si

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BLOCK = 8192
"""Rows turned into text at a time."""
PULSE_COLUMNS = {
    "number": "number",
    "cycle": "cycle",
    "source": "source",
    "step": "step",
    "planned_open_s": "planned open [s]",
    "planned_close_s": "planned close [s]",
    "commanded_open_s": "commanded open [s]",
    "commanded_close_s": "commanded close [s]",
    "acknowledged_open_s": "acknowledged open [s]",
    "acknowledged_close_s": "acknowledged close [s]",
    "width_s": "width [s]",
    "baseline_pa": "baseline [Pa]",
    "peak_pa": "peak [Pa]",
    "area_pa_s": "area [Pa s]",
    "verdict": "verdict",
}


def export_csv(recording: Recording, folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Write the three files of one run into `folder` and return them: samples, pulses, events.

    Raises FileError when one exists already or cannot be written.
    """
    files = (folder / f"{name}.csv", folder / f"{name}.pulses.csv", folder / f"{name}.events.csv")
    with _new(files[0]) as file:
        write_samples(recording, file)
    with _new(files[1]) as file:
        write_pulses(recording, file)
    with _new(files[2]) as file:
        write_events(recording, file)
    return files


def write_samples(
    recording: Recording, file: TextIO, tags: Sequence[str] = (), start: float = -np.inf, end: float = np.inf
) -> None:
    """One row for each instant at which any tag has a sample; values in the unit in which a person reads the tag.

    All tags where none is named; from `start` to `end`, s on the clock of the recording.
    """
    tags, units = tags or recording.tags(), recording.units()
    columns = [shown(recording.samples(tag, start, end), units.get(tag)) for tag in tags]
    instants = np.unique(np.concatenate([column.times for column in columns])) if columns else np.empty(0)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*_TIME, *(safe(_titled(tag, units.get(tag))) for tag in tags)])
    for start in range(0, len(instants), _BLOCK):
        block = instants[start : start + _BLOCK]
        cells = [_cells(column, block) for column in columns]
        writer.writerows(zip(*_times(recording, block), *cells, strict=True))


def write_pulses(recording: Recording, file: TextIO) -> None:
    """One row a pulse; instants in s since the start."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PULSE_COLUMNS.values())
    for pulse in recording.pulses():
        row = intent_row(pulse.intent) if isinstance(pulse, PlannedPulse) else pulse_row(pulse)
        for name in PULSE_COLUMNS:
            if name.endswith(("open_s", "close_s")) and row[name] is not None:
                row[name] -= recording.t0
        writer.writerow([_cell(row[name]) for name in PULSE_COLUMNS])


def write_events(recording: Recording, file: TextIO) -> None:
    """One row an event, in their order; `data` is JSON with numbers in SI."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*_TIME, "kind", "text", "data"])
    for event in recording.events():
        (seconds,), (civil,) = _times(recording, [event.time])
        data = canonical(event.data) if event.data else ""
        writer.writerow([seconds, civil, str(event.kind), safe(event.text), safe(data)])


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula, and no terminal for a command."""
    shown = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    return f"'{shown}" if text.startswith(_FORMULA) else shown


_TIME = ("t [s]", "time [ISO 8601]")


@contextmanager
def _new(path: Path) -> Iterator[TextIO]:
    with new_file(path) as file, TextIOWrapper(file, encoding="utf-8", newline="") as text:
        yield text


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that was not there, whole or not at all. Raises FileError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file, _whole_or_none(path):
            yield file
    except FileExistsError as error:
        raise FileError("the file exists already", where=str(path), remedy="move it or name another folder") from error
    except OSError as error:
        raise FileError(f"the export cannot be written: {error.strerror}", where=str(path)) from error


@contextmanager
def _whole_or_none(path: Path) -> Iterator[None]:
    """Half an export looks like a whole one, and the next would be refused because of it."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _titled(tag: str, unit: Unit | None) -> str:
    if unit is None:
        return f"{tag} [SI]"
    return f"{tag} [{unit.symbol}]" if unit.symbol else tag


def shown(samples: Samples, unit: Unit | None) -> Samples:
    """Samples in the unit in which a person reads the tag, in SI where none was told."""
    return samples if unit is None else samples._replace(values=from_si(samples.values, unit))


def _times(recording: Recording, instants: Iterable[float]) -> tuple[list[str], list[str]]:
    """Instants as seconds since the start and as civil time."""
    seconds = [_cell(instant - recording.t0) for instant in instants]
    return seconds, [recording.civil(instant).isoformat(timespec="microseconds") for instant in instants]


def _cells(samples: Samples, instants: Floats) -> list[str]:
    """The sample of each instant as text; of several at one instant the last.

    Most instants are those of other tags: only what is there is turned into text.
    """
    cells = [""] * len(instants)
    if len(samples.times):
        places = np.searchsorted(samples.times, instants, side="right") - 1
        [there] = np.nonzero((places >= 0) & (samples.times[places] == instants))
        for row, value in zip(there.tolist(), samples.values[places[there]].tolist(), strict=True):
            cells[row] = _cell(value)
    return cells


def _cell(value: object) -> str:
    """Twelve digits: more than any instrument has, fewer than a float's own noise."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.12g}" if isinstance(value, float | int) else safe(str(value))
