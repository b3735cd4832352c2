"""What is exported opens alike in pandas and a spreadsheet, and runs nothing there."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.errors import FileError
from vapordep.history.export import export_csv, safe
from vapordep.history.recorder import Recorder
from vapordep.history.recording import Recording
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
            patched.setattr("vapordep.history.export._cells", interrupted)
            with pytest.raises(KeyboardInterrupt):
                export_csv(recording, tmp_path / "out", "run-1")
        assert list((tmp_path / "out").iterdir()) == []
        assert len(export_csv(recording, tmp_path / "out", "run-1")) == 3
