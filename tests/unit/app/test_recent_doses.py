"""What a new process must know of the doses of one that is gone: when each source was shut, or that nobody knows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.rigs import glovebox
from tests.unit.history.conftest import TAGS, make_header, make_pulse
from tests.unit.history.test_idle import header
from vapordep.app.remembered.recent_doses import recent_doses
from vapordep.history import process
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseIntent
from vapordep.model.run import RunState
from vapordep.model.tags import Tag
from vapordep.safety.memory import Civil
from vapordep.units import state

START = datetime(2026, 11, 23, 14, 25, 30, tzinfo=UTC)
T0 = 1000.0
VALVES = (*TAGS, Tag("TMA.valve", state))


def at(seconds: float, *, stepped: float | None = None) -> Civil:
    """So long after the start; `stepped` when it is the same boot, whose time was set by so many s meanwhile."""
    if stepped is None:
        return Civil(5.0, START + timedelta(seconds=seconds))
    return Civil(T0 + seconds, START + timedelta(seconds=seconds + stepped), str(process.identity()["boot"]))


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A run of which two pulses of TMA were given, and one of water was begun when its process went away."""
    folder = tmp_path / "history"
    recorder = Recorder.open(folder, make_header(started=START.isoformat()), TAGS, t0=T0)
    for number, at in ((1, 10.0), (2, 40.0)):
        pulse = make_pulse(number, T0 + at)
        recorder.intent(pulse.intent).result()
        recorder.pulse(pulse)
    recorder.intent(PulseIntent(3, "H2O", "main[2].dose H2O", 2, T0 + 80.0, T0 + 80.03)).result()
    ended = START + timedelta(seconds=80.0)
    recorder.finish(RunState.INTERRUPTED, "its process went away", ended=ended, simulated_s=80.0, wall_s=80.0)
    return folder


def test_the_last_dose_of_a_source_counts_and_one_cut_short_may_have_lasted_until_now(history: Path) -> None:
    found = recent_doses(history, glovebox(), at(90.0), 600.0)
    assert found == {"TMA": pytest.approx(90.0 - 40.05), "H2O": 0.0}


def test_what_is_long_ago_or_of_another_reactor_does_not_count(history: Path) -> None:
    assert recent_doses(history, glovebox(), at(3600.0), 600.0) == {}
    assert recent_doses(history.parent / "none", glovebox(), at(0.0), 600.0) == {}


def test_a_clock_that_was_set_back_makes_nothing_long_ago(history: Path) -> None:
    assert recent_doses(history, glovebox(), at(-3600.0), 600.0) == {"TMA": 0.0, "H2O": 0.0}


def test_of_a_recording_that_cannot_be_read_every_source_may_have_been_open(history: Path) -> None:
    [recording] = (path for path in history.rglob("*") if path.is_file() and "run-1" in path.name)
    recording.write_bytes(b"no database")
    found = recent_doses(history, glovebox(), at(90.0), 600.0)
    assert found == dict.fromkeys(glovebox().sources, 0.0)


@pytest.mark.skipif(not process.identity()["boot"], reason="this system does not name its boots")
@pytest.mark.parametrize("stepped", [0.0, 7200.0, -7200.0, 86400.0 * 365])
def test_within_one_boot_it_does_not_matter_what_was_done_to_the_computers_time(history: Path, stepped: float) -> None:
    found = recent_doses(history, glovebox(), at(90.0, stepped=stepped), 600.0)
    assert found == {"TMA": pytest.approx(90.0 - 40.05), "H2O": 0.0}
    assert recent_doses(history, glovebox(), at(3600.0, stepped=stepped), 600.0) == {"H2O": 0.0}


def between(folder: Path, *, simulated: bool = False, ended: float | None = 80.0, due: float | None = None) -> None:
    """The time between runs: TMA was opened by hand from 20 to 30 s, a test pulse of water was due."""
    recorder = IdleRecorder.begin(folder, header("idle-a", START, simulated=simulated), VALVES, T0)
    opened = Batch.of("TMA.valve", [T0 + 10.0, T0 + 20.0, T0 + 30.0, T0 + 40.0], [0.0, 1.0, 0.0, 0.0])
    recorder.publish([opened])
    if due is not None:
        data = {"source": "H2O", "width_s": 0.05, "due_s": T0 + due}
        recorder.event(Event(T0 + due - 2.0, Kind.COMMAND, "a test pulse is due", data))
    recorder.tick(T0 + 60.0)
    if ended is not None:
        recorder.close(START + timedelta(seconds=ended))


def test_what_was_opened_between_runs_counts_too(tmp_path: Path) -> None:
    between(tmp_path, due=70.0)
    found = recent_doses(tmp_path, glovebox(), at(90.0), 600.0)
    assert found == {"TMA": pytest.approx(60.0), "H2O": pytest.approx(19.95)}, "also a pulse that nobody saw through"
    assert recent_doses(tmp_path, glovebox(), at(3600.0), 600.0) == {}


def test_what_a_twin_or_this_process_opened_between_runs_does_not_count(tmp_path: Path) -> None:
    between(tmp_path / "twin", simulated=True)
    assert recent_doses(tmp_path / "twin", glovebox(), at(90.0), 600.0) == {}
    between(tmp_path / "mine", ended=None)
    assert recent_doses(tmp_path / "mine", glovebox(), at(90.0), 600.0) == {}


def test_of_a_time_between_runs_that_cannot_be_read_every_source_may_have_been_open(tmp_path: Path) -> None:
    between(tmp_path)
    [recording] = (path for path in tmp_path.rglob("*") if path.is_file() and "idle-a" in path.name)
    recording.write_bytes(b"no database")
    assert recent_doses(tmp_path, glovebox(), at(90.0), 600.0) == dict.fromkeys(glovebox().sources, 0.0)
