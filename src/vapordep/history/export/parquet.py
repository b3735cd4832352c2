"""Export of one run as Parquet: `<run>.parquet` with all samples, `<run>.pulses.parquet`, `<run>.events.parquet`.

Samples are in long format, a row a sample: tag, `t_s` since the start, civil time, value in the unit in which a person
reads the tag, quality; a bad value is null. The rows of a tag stand together, in the order of time. A file's metadata
hold `vapordep.run_id`, `vapordep.units` (JSON, the unit of each tag or column), `vapordep.header` (JSON, all that was
frozen at the start) and, once the recording is sealed, `vapordep.chain`, the hash that its events end with.

pyarrow, 170 MB, is not among what vapordep needs: `pip install "vapordep[parquet]"`.
"""

import importlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from vapordep.errors import InputError
from vapordep.history.chain import canonical
from vapordep.history.export.export import PULSE_COLUMNS, WHOLE, Part, events_of, new_files, pulse_rows, shown
from vapordep.history.recordings.recording import Recording
from vapordep.model.tags import Quality

INSTALL = 'pip install "vapordep[parquet]"'
QUALITIES = tuple(quality.name for quality in sorted(Quality))
MOST = 100_000
"""Samples in a group of rows, about: so many are in memory at once, however long the run."""
ENCODING = {"t_s": "BYTE_STREAM_SPLIT", "value": "BYTE_STREAM_SPLIT", "time": "DELTA_BINARY_PACKED"}
"""Of columns that hardly ever repeat a value: half the size of a dictionary of them, in less time."""
INSTANTS = ("open_s", "close_s")
"""Columns of pulses that end so are instants."""
Write = Callable[[Recording, IO[bytes], Part], None]


def export_parquet(recording: Recording, folder: Path, name: str, part: Part = WHOLE) -> tuple[Path, ...]:
    """Write the three files of one run into `folder` and return them: samples, pulses, events; all or none.

    Raises FileError when one exists already or cannot be written, InputError without pyarrow, as `Part.require` for
    what is not there.
    """
    arrow("pyarrow.parquet")
    part.require(recording)
    files = tuple(folder / f"{name}{'' if table == 'samples' else f'.{table}'}.parquet" for table in TABLES)
    with new_files(files) as opened:
        for write, file in zip(TABLES.values(), opened, strict=True):
            write(recording, file, part)
    return files


def write_samples(recording: Recording, file: IO[bytes], part: Part = WHOLE) -> None:
    """Some groups of rows a tag, so that no more than one is in memory."""
    pa, parquet = arrow("pyarrow"), arrow("pyarrow.parquet")
    units = recording.units()
    told = {tag: units[tag].symbol if tag in units else "SI" for tag in part.tags or recording.tags()}
    names = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [("tag", names), ("t_s", pa.float64()), ("time", pa.timestamp("us", "UTC")), ("value", pa.float64()),
         ("quality", pa.dictionary(pa.int8(), pa.string()))],
        metadata=_metadata(recording, told),
    )  # fmt: skip
    how = {"compression": "zstd", "use_dictionary": ["tag", "quality"], "column_encoding": ENCODING}
    with parquet.ParquetWriter(file, schema, **how) as writer:
        pieces = [(tag, *span) for tag in told for span in recording.stretches([tag], part.start, part.end, MOST)]
        for tag, start, end in pieces:
            samples = shown(recording.samples(tag, start, end), units.get(tag))
            since = samples.times - recording.t0
            columns = [
                pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(since), np.int32)), pa.array([tag])),
                pa.array(since),
                pa.array(_microseconds(recording, since), pa.timestamp("us", "UTC")),
                pa.array(samples.values, mask=~np.isfinite(samples.values)),
                pa.DictionaryArray.from_arrays(pa.array(samples.quality.astype(np.int8)), pa.array(QUALITIES)),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def write_pulses(recording: Recording, file: IO[bytes], part: Part = WHOLE) -> None:
    """One row a pulse; instants in s since the start, all else in SI as its column is named."""
    pa = arrow("pyarrow")
    rows = [{name: _since(recording, name, row[name]) for name in PULSE_COLUMNS} for row in pulse_rows(recording, part)]
    kinds = {"number": pa.int64(), "cycle": pa.int64(), "source": pa.string(), "step": pa.string()}
    kinds |= {"verdict": pa.string()}
    units = {"baseline_pa": "Pa", "peak_pa": "Pa", "area_pa_s": "Pa s"}
    units |= {name: "s" for name in PULSE_COLUMNS if name.endswith("_s") and name not in units}
    fields = [(name, kinds.get(name, pa.float64())) for name in PULSE_COLUMNS]
    _write(recording, file, rows, fields, units)


def write_events(recording: Recording, file: IO[bytes], part: Part = WHOLE) -> None:
    """One row an event, in their order; `data` is JSON with numbers in SI."""
    pa = arrow("pyarrow")
    rows = [
        {"t_s": event.time - recording.t0, "time": recording.civil(event.time), "kind": str(event.kind),
         "text": event.text, "data": canonical(event.data)}
        for event in events_of(recording, part)
    ]  # fmt: skip
    text = pa.string()
    fields = [("t_s", pa.float64()), ("time", pa.timestamp("us", "UTC")), ("kind", text), ("text", text)]
    _write(recording, file, rows, [*fields, ("data", text)], {"t_s": "s"})


TABLES: Mapping[str, Write] = {"samples": write_samples, "pulses": write_pulses, "events": write_events}
"""What is exported, and how."""


def arrow(name: str) -> Any:
    """pyarrow, or a part of it. Raises InputError with what to do where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError("pyarrow is not installed, which writes Parquet", remedy=f"{INSTALL}, or take CSV") from None


def _write(
    recording: Recording, file: IO[bytes], rows: list[dict[str, Any]], fields: list[tuple[str, Any]],
    units: Mapping[str, str],
) -> None:  # fmt: skip
    pa, parquet = arrow("pyarrow"), arrow("pyarrow.parquet")
    schema = pa.schema(fields, metadata=_metadata(recording, units))
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), file, compression="zstd")


def _metadata(recording: Recording, units: Mapping[str, str]) -> dict[str, str]:
    header, end = recording.header, recording.end
    told = {
        "vapordep.run_id": str(header.get("run_id", header.get("idle_id", ""))),
        "vapordep.units": json.dumps(units),
        "vapordep.header": canonical(header),
    }
    return told | ({"vapordep.chain": end.hash} if end is not None else {})


def _microseconds(recording: Recording, since: np.ndarray[Any, np.dtype[np.float64]]) -> Any:
    start = round(recording.started.timestamp() * 1e6)
    return start + np.round(since * 1e6).astype(np.int64)


def _since(recording: Recording, name: str, value: Any) -> Any:
    return value - recording.t0 if value is not None and name.endswith(INSTANTS) else value
