"""What is exported opens alike in pandas and a spreadsheet, and runs nothing there."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.history.conftest import make_pulse
from vapordep.errors import FileError, InputError
from vapordep.history.export.export import Part, export_csv, safe
from vapordep.history.recordings import recording as recording_module
from vapordep.history.recordings import stretches
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseRecord


def table(path: Path) -> list[list[str]]:
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def files(begin: Callable[..., Recorder], pulse: Callable[..., PulseRecord], tmp_path: Path) -> list[list[list[str]]]:
    recorder = begin(t0=1000.0)
    for t, pressure in ((1000.0, 40.0), (1000.1, float("nan")), (1000.2, 133.32236842105263)):
        recorder.publish([Batch.one("chamber.pressure", t, pressure)])
    recorder.publish([Batch.one("foil.temperature", 1000.1, 373.15)])
    recorder.publish([Batch.one("=odd", 1000.2, -1.0)])
    recorder.event(Event(1000.1, Kind.ALARM, '=HYPERLINK("http://x")', {"p": 5.0}))
    recorder.event(Event(1000.2, Kind.STEP, "µ\x1b[31m\r\n, end"))
    recorder.pulse(pulse(1, at=1010.0))
    recorder.expect(pulse(2, at=1052.0).intent)
    recorder.tick(1001.0)
    recorder.commit()
    recorder.abandon()
    with Recording.open(recorder.path) as recording:
        paths = export_csv(recording, tmp_path / "out", "run-1")
    assert [path.name for path in paths] == ["run-1.csv", "run-1.pulses.csv", "run-1.events.csv"]
    return [table(path) for path in paths]


def test_samples_carry_units_and_leave_gaps_empty(files: list[list[list[str]]]) -> None:
    samples = files[0]
    assert samples == [
        ["t [s]", "time [ISO 8601]", "'=odd [SI]", "chamber.pressure [mTorr]", "foil.temperature [degC]"],
        ["0", "2026-11-23T14:25:30.000000+00:00", "", "300.024673082", ""],
        ["0.1", "2026-11-23T14:25:30.100000+00:00", "", "", "100"],
        ["0.2", "2026-11-23T14:25:30.200000+00:00", "-1", "1000", ""],
    ]


def test_pulses_count_from_the_start_of_the_run(files: list[list[list[str]]]) -> None:
    header, first, second = files[1]
    pulse = dict(zip(header, first, strict=True))
    assert (pulse["planned open [s]"], pulse["width [s]"], pulse["verdict"]) == ("10", "0.05", "good")
    planned = dict(zip(header, second, strict=True))
    assert (planned["planned open [s]"], planned["commanded open [s]"], planned["verdict"]) == ("52", "", "")


def test_events_cannot_be_taken_for_formulas_or_commands(files: list[list[list[str]]]) -> None:
    _, alarm, step = files[2]
    assert alarm[2:4] == ["alarm", '\'=HYPERLINK("http://x")']
    assert json.loads(alarm[4]) == {"p": 5.0}
    assert step[3] == "µ\\x1b[31m\\r\\n, end"


@given(st.text())
def test_no_cell_begins_a_formula_or_holds_a_control_character(text: str) -> None:
    cell = safe(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert all(letter.isprintable() for letter in cell)


def test_an_export_overwrites_nothing(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    recorder = begin()
    recorder.abandon()
    (tmp_path / "run-1.csv").write_text("mine")
    with Recording.open(recorder.path) as recording, pytest.raises(FileError, match="exists already"):
        export_csv(recording, tmp_path, "run-1")
    assert (tmp_path / "run-1.csv").read_text() == "mine"


def test_an_export_broken_off_leaves_no_half_file(
    begin: Callable[..., Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = begin(t0=1000.0)
    recorder.publish([Batch.one("chamber.pressure", 1000.0, 40.0)])
    recorder.tick(1001.0)
    recorder.commit()
    recorder.abandon()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with Recording.open(recorder.path) as recording:
        with monkeypatch.context() as patched:
            patched.setattr("vapordep.history.export.export._cells", interrupted)
            with pytest.raises(KeyboardInterrupt):
                export_csv(recording, tmp_path / "out", "run-1")
        assert not (tmp_path / "out").exists()
        assert len(export_csv(recording, tmp_path / "out", "run-1")) == 3


@pytest.fixture
def long(begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Three hours in chunks and half a minute in the tail, read in stretches of a thousand samples."""
    recorder = begin(t0=1000.0)
    times = 1000.0 + np.arange(10_800.0)
    for start in range(0, len(times), 900):
        part = times[start : start + 900]
        good = np.zeros(len(part), np.uint8)
        recorder.publish([Batch(tag, part, part * factor, good) for tag, factor in (("a", 1.0), ("b", -1.0))])
        recorder.publish([Batch("c", part[::7], part[::7], good[::7])])
        recorder.tick(float(part[-1]))
    recorder.save()
    for _ in recorder._compact():
        pass
    for t in range(11_800, 11_830):
        recorder.publish([Batch.one("a", t, t), Batch.one("b", t, -t)])
        recorder.event(Event(t, Kind.STEP, f"step {t}"))
        recorder.tick(t)
    recorder.pulse(make_pulse(1, 5000.0))
    recorder.commit()
    recorder.abandon()
    monkeypatch.setattr(recording_module, "stretches", lambda *asked: stretches.stretches(*asked[:-1], 1000))
    return recorder


def exported(recorder: Recorder, folder: Path, part: Part) -> list[list[list[str]]]:
    with Recording.open(recorder.path) as recording:
        return [table(path) for path in export_csv(recording, folder, "run-1", part)]


def test_a_long_run_is_written_in_stretches_and_nothing_is_lost_or_doubled(long: Recorder, tmp_path: Path) -> None:
    with Recording.open(long.path) as recording:
        spans = recording.stretches(["a", "b", "c"], -np.inf, np.inf)
        held = [sum(len(recording.samples(tag, *span).times) for tag in "abc") for span in spans]
    assert len(spans) > 20
    assert max(held[:-1]) < 1500
    assert sum(held) == 2 * 10_830 + 12 * 129
    samples, _, events = exported(long, tmp_path, Part())
    assert [row[0] for row in samples[1:]] == [str(t) for t in range(10_830)]
    assert [float(row[2]) for row in samples[1:]] == [1000.0 + t for t in range(10_830)]
    assert len(events) == 31


def test_a_part_of_a_run(long: Recorder, tmp_path: Path) -> None:
    samples, pulses, events = exported(long, tmp_path / "1", Part(("b",), 4600.0, 8200.0))
    assert [samples[1][0], samples[-1][0], len(samples)] == ["3600", "7200", 3602]
    assert samples[0][2:] == ["b [SI]"]
    assert [len(pulses), len(events)] == [2, 1]
    samples, pulses, events = exported(long, tmp_path / "2", Part((), 11_825.0, np.inf))
    assert [row[0] for row in samples[1:]] == ["10825", "10826", "10827", "10828", "10829"]
    assert [len(pulses), len(events)] == [1, 6]
    samples, _, _ = exported(long, tmp_path / "3", Part(("b", "c"), 11_825.0, np.inf, held=True))
    assert [row[0] for row in samples[1:]] == ["10796", "10825", "10826", "10827", "10828", "10829"]
    assert samples[1][2] == "", "of b there is one in the span"
    assert samples[1][3] != "", "what holds of c came before"


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (Part(("pressure",)), "no samples of 'pressure'"),
        (Part(("a", "c"), 11_810.2, 11_810.8), "no samples in that span"),
        (Part(("c",), 11_810.0), "no samples in that span"),
        (Part((), 20_000.0, 30_000.0), "no samples in that span"),
        (Part((), 3000.0, 2000.0), "ends before it begins"),
    ],
)
def test_a_part_that_is_not_there_is_refused_and_nothing_is_left(
    long: Recorder, tmp_path: Path, part: Part, told: str
) -> None:
    with pytest.raises(InputError, match=told) as refused:
        exported(long, tmp_path / "out", part)
    assert refused.value.remedy
    assert not (tmp_path / "out").exists()


def test_all_files_or_none(long: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run-1.events.csv").write_text("mine")
    with pytest.raises(FileError, match="exists already"):
        exported(long, tmp_path, Part())
    assert [path.name for path in tmp_path.glob("run-1*")] == ["run-1.events.csv"]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Recording, "events", full)
    with pytest.raises(FileError, match="No space left"):
        exported(long, tmp_path / "new", Part())
    assert not (tmp_path / "new").exists()


def test_no_two_rows_of_a_long_run_share_an_instant(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    """After three days, when twelve digits end at the microsecond."""
    recorder = begin(t0=0.5)
    instants = [300_000.5, 300_000.500_000_1, 300_000.500_000_2]
    recorder.publish([Batch.of("chamber.pressure", instants, [1.0, 2.0, 3.0])])
    recorder.tick(300_001.0)
    recorder.commit()
    recorder.abandon()
    with Recording.open(recorder.path) as recording:
        samples, *_ = export_csv(recording, tmp_path / "out", "run-1")
    assert [row[0] for row in table(samples)[1:]] == ["300000", "300000.0000001", "300000.0000002"]
