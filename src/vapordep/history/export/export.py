"""Export of one run, or part of it, as CSV: `<run>.csv` with samples, `<run>.pulses.csv` and `<run>.events.csv`.

UTF-8, a point as the decimal sign, no comment lines, so that spreadsheets and pandas agree. Column names carry the
unit, `chamber.pressure [mTorr]`. Each instant has `t [s]` since the start and civil time `time [ISO 8601]`; where a tag
has no sample, or a bad one, its cell is empty. Text that could be taken for a formula begins with an apostrophe.
"""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, NamedTuple, TextIO

import numpy as np

from vapordep.errors import FileError, InputError
from vapordep.history.chain import canonical
from vapordep.history.database.rows import PlannedPulse, intent_row, pulse_row
from vapordep.history.recordings.codec import Floats
from vapordep.history.recordings.recording import Recording, Samples
from vapordep.model.events import Event
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


class Part(NamedTuple):
    """What of a run is meant: all tags where none is named; `start` to `end`, s on the clock, both included.

    With `held`, of a tag that has no sample within also the one before, which holds all through the span.
    """

    tags: tuple[str, ...] = ()
    start: float = -np.inf
    end: float = np.inf
    held: bool = False

    def require(self, recording: Recording) -> None:
        """Raises NotThere for a tag that has no samples, InputError for a span in which there are none."""
        recording.require(self.tags)
        if self.start > self.end:
            raise InputError("the span ends before it begins", remedy="give the earlier instant first")
        if self[1:3] != WHOLE[1:3] and not self._has_samples(recording):
            over = max([event.time for event in recording.events()], default=recording.t0) - recording.t0
            raise InputError(
                "no samples in that span", remedy=f"the record goes from 0 to {over:.6g} s since the start"
            )

    def _has_samples(self, recording: Recording) -> bool:
        tags = self.tags or recording.tags()
        each = ((tag, *span) for span in recording.stretches(tags, self.start, self.end) for tag in tags)
        return any(len(recording.samples(*one).times) for one in each)


WHOLE = Part()
NO_SAMPLES = Samples(np.empty(0), np.empty(0), np.empty(0, np.uint8))


def export_csv(recording: Recording, folder: Path, name: str, part: Part = WHOLE) -> tuple[Path, Path, Path]:
    """Write the three files of one run into `folder` and return them: samples, pulses, events; all or none.

    Raises FileError when one exists already or cannot be written, as `Part.require` for what is not there.
    """
    part.require(recording)
    files = (folder / f"{name}.csv", folder / f"{name}.pulses.csv", folder / f"{name}.events.csv")
    with new_files(files) as opened:
        for write, file in zip((write_samples, write_pulses, write_events), opened, strict=True):
            as_text(write)(recording, file, part)
    return files


def as_text(write: Callable[[Recording, TextIO, Part], None]) -> Callable[[Recording, IO[bytes], Part], None]:
    """The same into a file of bytes, which stays open."""

    def written(recording: Recording, file: IO[bytes], part: Part) -> None:
        text = TextIOWrapper(file, encoding="utf-8", newline="")
        try:
            write(recording, text, part)
            text.flush()
        finally:
            with suppress(OSError):  # it was told; what is left of it goes nowhere
                text.detach()

    return written


def write_samples(recording: Recording, file: TextIO, part: Part = WHOLE) -> None:
    """One row for each instant at which any tag has a sample; values in the unit in which a person reads the tag."""
    tags, units = part.tags or recording.tags(), recording.units()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*_TIME, *(safe(_titled(tag, units.get(tag))) for tag in tags)])

    def write(samples: Sequence[Samples]) -> None:
        columns = [shown(each, units.get(tag)) for tag, each in zip(tags, samples, strict=True)]
        instants = np.unique(np.concatenate([column.times for column in columns])) if columns else np.empty(0)
        for row in range(0, len(instants), _BLOCK):
            block = instants[row : row + _BLOCK]
            cells = [_cells(column, block) for column in columns]
            writer.writerows(zip(*_times(recording, block), *cells, strict=True))

    if part.held:
        write([_held(recording, tag, part) for tag in tags])
    for start, end in recording.stretches(tags, part.start, part.end):
        write([recording.samples(tag, start, end) for tag in tags])


def _held(recording: Recording, tag: str, part: Part) -> Samples:
    """The sample before a span that holds all through it, of a tag that has none within; else none."""
    spans = recording.stretches([tag], part.start, part.end)
    some = any(len(recording.samples(tag, *span).times) for span in spans)
    return NO_SAMPLES if some else recording.held(tag, part.start)


def pulse_rows(recording: Recording, part: Part) -> Iterator[dict[str, Any]]:
    """The pulses that were planned to begin within a span."""
    for pulse in recording.pulses():
        if part.start <= pulse.intent.planned_open <= part.end:
            yield intent_row(pulse.intent) if isinstance(pulse, PlannedPulse) else pulse_row(pulse)


def events_of(recording: Recording, part: Part) -> Iterator[Event]:
    """The events of a span."""
    return (event for event in recording.events() if part.start <= event.time <= part.end)


def write_pulses(recording: Recording, file: TextIO, part: Part = WHOLE) -> None:
    """One row a pulse; instants in s since the start."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PULSE_COLUMNS.values())
    for row in pulse_rows(recording, part):
        writer.writerow([_pulse_cell(name, row[name], recording.t0) for name in PULSE_COLUMNS])


def _pulse_cell(name: str, value: object, t0: float) -> str:
    if isinstance(value, float) and name.endswith(("open_s", "close_s")):
        return _seconds(value - t0)
    return cell(value)


def write_events(recording: Recording, file: TextIO, part: Part = WHOLE) -> None:
    """One row an event, in their order; `data` is JSON with numbers in SI."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*_TIME, "kind", "text", "data"])
    for event in events_of(recording, part):
        (seconds,), (civil,) = _times(recording, [event.time])
        data = canonical(event.data) if event.data else ""
        writer.writerow([seconds, civil, str(event.kind), safe(event.text), safe(data)])


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula, and no terminal for a command."""
    shown = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    return f"'{shown}" if text.startswith(_FORMULA) else shown


_TIME = ("t [s]", "time [ISO 8601]")


@contextmanager
def new_files(paths: Iterable[Path]) -> Iterator[list[IO[bytes]]]:
    """Files of one folder that were not there: all of them whole, or none, for half an export looks like a whole one.

    Raises FileError.
    """
    paths = list(paths)
    folder, made = paths[0].parent, not paths[0].parent.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undone:
            if made:
                undone.callback(folder.rmdir)
            with ExitStack() as opened:
                files: list[IO[bytes]] = []
                for path in paths:
                    files.append(opened.enter_context(path.open("xb")))
                    undone.callback(path.unlink)
                yield files
            undone.pop_all()
    except FileExistsError as error:
        where = str(error.filename or folder)
        raise FileError("the file exists already", where=where, remedy="move it or name another folder") from error
    except OSError as error:
        remedy = "look at that folder, its space and its rights, or name another"
        raise FileError(f"the export cannot be written: {error.strerror}", where=str(folder), remedy=remedy) from error


@contextmanager
def taken_back(folder: Path) -> Iterator[list[Path]]:
    """Within it what was written is listed, and away again when the rest cannot be; with the folder, if it is new."""
    written, made = list[Path](), not folder.exists()
    try:
        yield written
    except FileError:
        for path in written:
            path.unlink(missing_ok=True)
        if made:
            with suppress(OSError):
                folder.rmdir()
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
    seconds = [_seconds(instant - recording.t0) for instant in instants]
    return seconds, [recording.civil(instant).isoformat(timespec="microseconds") for instant in instants]


def _seconds(since: float) -> str:
    """To the nanosecond, as they are kept: with fewer digits two rows of a long run would share an instant."""
    return f"{since:.9f}".rstrip("0").rstrip(".")


def _cells(samples: Samples, instants: Floats) -> list[str]:
    """The sample of each instant as text; of several at one instant the last.

    Most instants are those of other tags: only what is there is turned into text.
    """
    cells = [""] * len(instants)
    if len(samples.times):
        places = np.searchsorted(samples.times, instants, side="right") - 1
        [there] = np.nonzero((places >= 0) & (samples.times[places] == instants))
        for row, value in zip(there.tolist(), samples.values[places[there]].tolist(), strict=True):
            cells[row] = cell(value)
    return cells


def cell(value: object) -> str:
    """Twelve digits: more than any instrument has, fewer than a float's own noise."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return f"{value:.12g}" if isinstance(value, float | int) else safe(str(value))
