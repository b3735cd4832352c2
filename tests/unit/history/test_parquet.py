"""Parquet holds what CSV holds, to the last bit, with units and run in the metadata; without pyarrow it says so."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import run
from tests.unit.history.conftest import make_pulse
from tests.unit.history.test_ends import finish
from vapordep.errors import FileError, NotThere
from vapordep.history.export.export import Part
from vapordep.history.export.parquet import export_parquet
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind

parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def recording_path(begin: Callable[..., Recorder], play: Callable[..., None]) -> Path:
    recorder = begin(t0=1000.0)
    play(recorder, 1000.0)
    recorder.publish([Batch.one("no.unit", 1010.0, 7.0)])
    recorder.event(Event(1010.0, Kind.ALARM, "=µ", {"p": float("nan")}))
    recorder.pulse(make_pulse(1, 1005.0))
    recorder.expect(make_pulse(2, 1052.0).intent)
    finish(recorder)
    return recorder.path


@pytest.fixture
def tables(recording_path: Path, tmp_path: Path) -> list[Any]:
    with Recording.open(recording_path) as recording:
        files = export_parquet(recording, tmp_path / "out", "run-1")
    assert [file.name for file in files] == ["run-1.parquet", "run-1.pulses.parquet", "run-1.events.parquet"]
    return [parquet.read_table(file) for file in files]


def test_samples_are_there_to_the_last_bit(tables: list[Any], recording_path: Path) -> None:
    rows = tables[0].to_pydict()
    with Recording.open(recording_path) as recording:
        for tag in recording.tags():
            here = [place for place, name in enumerate(rows["tag"]) if name == tag]
            samples = recording.samples(tag)
            assert [rows["t_s"][place] for place in here] == (samples.times - 1000.0).tolist()
            told = [rows["value"][place] for place in here]
            assert len(told) == len(samples.values)
            if tag == "carrier.flow":
                assert told == samples.values.tolist(), "SI where no unit was told"
            if tag == "foil.temperature":
                assert told[5] is None, "a value that is missing"
                assert told[0] == pytest.approx(100.0), "degC"
                assert [rows["quality"][place] for place in here] == ["GOOD"] * 5 + ["BAD"] + ["GOOD"] * 4
    assert rows["time"][0].isoformat() == "2026-11-23T14:25:30+00:00"


def test_units_and_run_are_in_the_metadata(tables: list[Any], recording_path: Path) -> None:
    metadata = tables[0].schema.metadata
    assert metadata[b"vapordep.run_id"] == b"run-1"
    units = json.loads(metadata[b"vapordep.units"])
    assert units == {
        "carrier.flow": "SI", "chamber.pressure": "mTorr", "foil.temperature": "degC", "no.unit": "SI",
    }  # fmt: skip
    assert json.loads(metadata[b"vapordep.header"])["recipe_name"] == "Al2O3 on lithium"
    with Recording.open(recording_path) as recording:
        assert metadata[b"vapordep.chain"].decode() == recording.end.hash  # type: ignore[union-attr]
    assert json.loads(tables[1].schema.metadata[b"vapordep.units"])["area_pa_s"] == "Pa s"


def test_pulses_and_events(tables: list[Any]) -> None:
    given, planned = tables[1].to_pylist()
    assert (given["source"], given["planned_open_s"], given["area_pa_s"]) == ("TMA", 5.0, 1.5)
    assert given["acknowledged_close_s"] == pytest.approx(5.0512)
    assert (planned["verdict"], planned["commanded_open_s"]) == (None, None)
    events = tables[2].to_pylist()
    alarm = next(event for event in events if event["kind"] == "alarm")
    assert (alarm["t_s"], alarm["text"], alarm["data"]) == (10.0, "=µ", '{"p":null}')
    assert events[-1]["text"] == "Recording sealed"


def test_nothing_is_overwritten_and_nothing_half_is_left(
    recording_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run-1.parquet").write_text("mine")
    with Recording.open(recording_path) as recording, pytest.raises(FileError, match="exists already"):
        export_parquet(recording, tmp_path / "out", "run-1")
    assert (tmp_path / "out" / "run-1.parquet").read_text() == "mine"

    def broken(self: Recording, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Recording, "samples", broken)
    with Recording.open(recording_path) as recording, pytest.raises(FileError, match="No space"):
        export_parquet(recording, tmp_path / "full", "run-1")
    assert not (tmp_path / "full").exists()


def test_a_part_of_a_run(recording_path: Path, tmp_path: Path) -> None:
    with Recording.open(recording_path) as recording:
        part = Part(("chamber.pressure", "foil.temperature"), 1002.0, 1005.0)
        files = export_parquet(recording, tmp_path / "out", "run-1", part)
        with pytest.raises(NotThere, match=r"no samples of 'x'"):
            export_parquet(recording, tmp_path / "none", "run-1", Part(("x",)))
    samples, pulses, events = (parquet.read_table(file).to_pydict() for file in files)
    assert samples["tag"] == ["chamber.pressure"] * 31 + ["foil.temperature"] * 4
    assert samples["t_s"][31:] == [2.0, 3.0, 4.0, 5.0]
    assert (pulses["number"], events["t_s"]) == ([1], [2.0, 3.0, 4.0, 5.0])


def test_by_the_command_line(recording_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = recording_path.parent.parent
    words = ("runs", "export", "run-1", "--history", str(history), "--output", str(tmp_path / "out"))
    files = run(*words, "--format", "parquet", "--json").json
    assert len(files) == 3
    assert parquet.read_table(files[0]).num_rows == History(history).verify("run-1").samples
    assert run(*words, "--format", "hdf5").status == 2
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    missing = run(*words[:-1], str(tmp_path / "none"), "--format", "parquet")
    assert (missing.status, 'pip install "vapordep[parquet]"' in missing.err) == (2, True)
    assert not list((tmp_path / "none").glob("*"))


def test_an_infinite_value_is_none(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    recorder = begin()
    recorder.publish([Batch.of("chamber.pressure", [0.0, 1.0], [np.inf, 1.0])])
    finish(recorder)
    with Recording.open(recorder.path) as recording:
        files = export_parquet(recording, tmp_path / "out", "run-1")
    assert parquet.read_table(files[0])["value"].to_pylist()[0] is None


def test_a_long_run_is_written_in_groups_of_rows_of_which_one_is_in_memory(
    begin: Callable[..., Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each tag is read and written piece by piece, and a sample stands in one of them."""
    recorder = begin(t0=0.0)
    times = np.arange(1, 5001) / 10.0
    for start in range(0, 5000, 500):
        part = times[start : start + 500]
        recorder.publish([Batch.of(tag, part.tolist(), part.tolist()) for tag in ("a", "b")])
        recorder.tick(float(part[-1]))
        recorder.save()
    finish(recorder)
    monkeypatch.setattr("vapordep.history.export.parquet.MOST", 1000)
    with Recording.open(recorder.path) as recording:
        file, *_ = export_parquet(recording, tmp_path / "out", "run-1")
    written = parquet.ParquetFile(file).metadata
    groups = [written.row_group(place).num_rows for place in range(written.num_row_groups)]
    assert sum(groups) == 10_000
    assert max(groups) <= 1500
    assert {row["t_s"] for row in parquet.read_table(file).to_pylist()} == set(times.tolist())
    column = written.row_group(0).column(written.schema.names.index("value"))
    assert "BYTE_STREAM_SPLIT" in column.encodings
