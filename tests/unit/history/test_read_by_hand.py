"""What docs/how-to/read-a-recording.md says of the file is all that it takes to read one: its program is run here."""

import re
import runpy
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.history.conftest import unprotected
from vapordep.history.folder import recording_path
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film, FilmLayer
from vapordep.model.pulses import PulseIntent
from vapordep.model.run import RunState
from vapordep.model.tags import Quality

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "read-a-recording.md"
TAGS = ("chamber.pressure", "foil.temperature", "TMA.valve")


@pytest.fixture
def program(tmp_path: Path) -> dict[str, Any]:
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "read_recording.py").write_text(code, encoding="utf-8")
    return runpy.run_path(str(tmp_path / "read_recording.py"))


def fill(recorder: Recorder) -> None:
    """Noise, steps below and above zero, bad and uncertain samples, uneven instants; read together and alone."""
    drawn = np.random.default_rng(7)
    times = 3.0 + np.cumsum(drawn.choice([0.1, 0.1, 0.1, 0.13, 7.0], 300))
    noise, steps = drawn.normal(size=300), np.round(drawn.normal(size=300), 1)
    quality = np.zeros(300, dtype=np.uint8)
    quality[[5, 7]], noise[5] = (Quality.BAD, Quality.UNCERTAIN), np.nan
    recorder.publish([Batch(TAGS[0], times, noise, quality), Batch(TAGS[1], times, steps, np.zeros(300, np.uint8))])
    recorder.publish([Batch.of(TAGS[2], times[::50].tolist(), [0.0, 1.0] * 3)])
    recorder.event(Event(4.5, Kind.COMMAND, "sight: 5 µm “foil”", {"b": 1e-7, "a": None}))
    recorder.tick(float(times[-1]))
    recorder.commit()


def end(recorder: Recorder, film: Film | None = None) -> None:
    ended = datetime(2026, 11, 28, tzinfo=UTC)
    recorder.finish(RunState.COMPLETE, "done", ended=ended, simulated_s=1e3, wall_s=1.0, film=film)


@pytest.mark.parametrize("sealed", [True, False])
def test_it_reads_what_vapordep_reads(
    program: dict[str, Any], begin: Callable[..., Recorder], tmp_path: Path, sealed: bool
) -> None:
    fill(recorder := begin(t0=2.5))
    if sealed:
        end(recorder)
    path = recording_path(tmp_path / "history", "run-1")
    with Recording.open(path) as recording, closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM tail").fetchone()[0] == (0 if sealed else 1)
        found = program["samples"](file)
        assert set(found) == set(TAGS)
        for tag in TAGS:
            told = recording.samples(tag)
            times, values, quality = (np.array(each) for each in zip(*found[tag], strict=True))
            np.testing.assert_allclose(times, told.times - 2.5, rtol=0.0, atol=1e-9)
            np.testing.assert_array_equal(values, told.values)
            np.testing.assert_array_equal(quality, told.quality)
        assert program["broken"](file) is None


def test_it_sees_an_event_that_was_changed_and_a_cut_end(
    program: dict[str, Any], begin: Callable[..., Recorder], tmp_path: Path
) -> None:
    fill(recorder := begin())
    end(recorder)
    path = recording_path(tmp_path / "history", "run-1")
    with unprotected(path) as file:
        assert program["broken"](file) is None
        file.execute("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")
        assert program["broken"](file) == "the end"
        file.execute("UPDATE events SET text = 'nothing' WHERE seq = 1")
        assert program["broken"](file) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tags SET factor = factor * 10",
        "UPDATE series SET tag = 'chamber.pressure' WHERE position = 1",
        "UPDATE pulses SET verdict = 'good', width_s = 0.03",
        "UPDATE film_layers SET thickness_m = 2e-9",
        "UPDATE chunks SET blob = zeroblob(length(blob))",
        "DELETE FROM chunks",
    ],
)
def test_it_sees_contents_that_were_changed(
    program: dict[str, Any], begin: Callable[..., Recorder], tmp_path: Path, change: str
) -> None:
    fill(recorder := begin())
    recorder.intent(PulseIntent(1, "TMA", "main[1].dose TMA", 1, 4.0, 4.05))
    end(recorder, Film((FilmLayer("Al₂O₃", 1.1e-9, 10, 1.1e-10, 3e-6),)))
    with unprotected(recording_path(tmp_path / "history", "run-1")) as file:
        assert program["broken"](file) is None
        assert file.execute(change).rowcount > 0
        assert program["broken"](file) == "the contents"


@pytest.mark.parametrize("key", ["outcome", "process", "t0"])
def test_it_sees_what_a_recording_says_of_itself_that_was_changed(
    program: dict[str, Any], begin: Callable[..., Recorder], tmp_path: Path, key: str
) -> None:
    fill(recorder := begin())
    end(recorder)
    path = recording_path(tmp_path / "history", "run-1")
    with unprotected(path) as file:
        file.execute("UPDATE meta SET value = value || ' ' WHERE key = ?", [key])
        assert program["broken"](file) == "what it says of itself"
    with Recording.open(path) as recording:
        assert any(problem.startswith("meta sha256: ") for problem in recording.verify().problems)
