"""Keeping the record: intents of doses wait for the next row where nobody looks on, and nowhere else."""

from pathlib import Path

import pytest

from tests.unit.history.conftest import make_header, make_pulse
from vapordep.app.running.keeping import Unhurried, book_of
from vapordep.clock import VirtualClock, WallClock, run_virtual
from vapordep.history.database.rows import PlannedPulse
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder.open(tmp_path, make_header())


def test_in_virtual_time_an_intent_waits_for_the_next_row(recorder: Recorder) -> None:
    async def dose(clock: VirtualClock) -> None:
        book, first = book_of(recorder, clock), make_pulse(1)
        assert book.intent(first.intent).done()
        with Recording.open(recorder.path) as recording:
            assert recording.pulses() == ()
            recorder.commit()
            assert recording.pulses() == (PlannedPulse(first.intent),)
            book.pulse(first)
            recorder.commit()
            assert recording.pulses() == (first,)

    run_virtual(dose)
    recorder.abandon()


@pytest.mark.parametrize("pace", [None, 20.0])
def test_only_a_run_at_which_nobody_looks_does_not_hurry(recorder: Recorder, pace: float | None) -> None:
    async def which(clock: VirtualClock) -> bool:
        return isinstance(book_of(recorder, clock), Unhurried)

    assert run_virtual(which, pace=pace) is (pace is None)
    assert book_of(recorder, WallClock()) is recorder
    recorder.abandon()
