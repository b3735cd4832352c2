"""The server of the catalogue goes away while a run is recorded: nothing of the run is lost, and its end is entered."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.history.conftest import TAGS, make_header
from tests.unit.history.server import Server
from vapordep.errors import HistoryError
from vapordep.history.database import postgresql, schema
from vapordep.history.folder import recording_path
from vapordep.history.queries import History
from vapordep.history.recordings import live
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

pytestmark = [pytest.mark.wall, pytest.mark.xdist_group("postgresql")]
PATIENCE = 60.0


@pytest.fixture
def history(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """With a catalogue in a database of its own; of what cannot be closed it is told sooner."""
    monkeypatch.setattr(live, "TELL_AFTER", 0.2)
    url = server.url()
    (tmp_path / "history.yaml").write_text(f'catalogue: "{url}"\n', encoding="utf-8")
    yield tmp_path
    postgresql.forget(url)
    schema.forget(url)


def told(book: RecorderThread, first: int) -> None:
    for n in range(first, first + 20):
        book.publish([Batch.one(TAGS[0].name, n / 10, n)])
        book.event(Event(n / 10, Kind.STEP, str(n)))
        book.tick(n / 10)


def test_a_run_goes_on_without_its_server_and_is_entered_once_that_is_back(history: Path, server: Server) -> None:
    book = RecorderThread(Recorder.open(history, make_header("run-1"), TAGS))
    told(book, 0)
    with server.away():
        told(book, 20)
        ended = book.finish(RunState.COMPLETE, "", ended=datetime.now(UTC), simulated_s=4.0, wall_s=4.0)
        with pytest.raises(HistoryError, match="cannot be used"):
            ended.result(PATIENCE)
        with pytest.raises(HistoryError, match="cannot be used"):
            Recorder.open(history, make_header("run-2"), TAGS)
        assert not recording_path(history, "run-2").exists()
    book._thread.join(PATIENCE)
    assert not book._thread.is_alive(), "it tries until the server is back"
    [run] = History(history).latest()
    assert run.state is RunState.COMPLETE
    assert History(history).verify(run).problems == ()
    with History(history).open_recording(run) as recording:
        assert recording.samples(TAGS[0].name).values.tolist() == list(range(40))
        assert [event.text for event in recording.events() if event.kind is Kind.STEP] == [str(n) for n in range(40)]
