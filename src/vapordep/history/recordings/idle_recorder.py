"""The recorder of the time between runs: the same file and chain as a run's, entered beside the runs."""

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from vapordep.errors import HistoryError
from vapordep.history import folder, process, whose
from vapordep.history.catalogue import idle
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.idle import IdleRecording
from vapordep.history.chain import Head
from vapordep.history.database import sqlite
from vapordep.history.recordings import recording_file
from vapordep.history.recordings.recorder import Recorder, done
from vapordep.history.recordings.recording import Recording
from vapordep.model.events import DURABLE, Event, Kind
from vapordep.model.idle import IdleHeader
from vapordep.model.tags import Tag

GONE = "Record closed later: its process went away"


class IdleRecorder(Recorder):
    """Writes a recording of the time between runs; `close` in place of `finish`."""

    place = staticmethod(folder.idle_path)

    @classmethod
    def begin(cls, history: Path, header: IdleHeader, tags: Sequence[Tag], t0: float) -> Self:
        """Begin one, and enter it; `t0` is what the clock showed, in s, at `header.started`.

        Raises HistoryError when its files cannot be made; nothing is left of it then.
        """
        path = folder.idle_path(history, header.idle_id)
        with sqlite.speaking_of("recording", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = recording_file.create(path, header, tags, t0, patient=False)
            recorder = cls(history, header.idle_id, connection, DURABLE)
        recorder.last_time = t0
        try:
            with Catalogue.open(history) as catalogue, catalogue.entering() as entered:
                idle.begin(entered, header, path.relative_to(history).as_posix(), whose.identity(history))
        except HistoryError:
            recorder.abandon()
            sqlite.remove(path)
            raise
        return recorder

    def close(self, ended: datetime) -> Future[None]:
        """Seal it and enter its end; both are done when this returns. After a failure it may be called again."""
        self.tick(self.last_time)
        head = self.seal()
        with Catalogue.open(self.history) as catalogue, catalogue.entering() as entered:
            idle.end(entered, self.run_id, ended, head, self.path.stat().st_size)
        return done()


def close_left(history: Path) -> None:
    """Seals every one of this folder whose process went away.

    One that is lost or damaged is ended as it is. Raises HistoryError where the disk refuses, which may pass.
    """
    with Catalogue.read(history) as catalogue, catalogue.entering() as entered:
        left = [each for each in idle.of(entered) if each.ended is None and process.gone(each.process)]
    for each in left:
        if not whose.elsewhere(history, each.process, each.recording):
            _close(history, each)


def _close(history: Path, left: IdleRecording) -> None:
    try:
        ended, head = _sealed(history, left)
        size = (history / left.recording).stat().st_size
    except HistoryError as error:
        if sqlite.may_pass(error):
            raise
        ended, head, size = datetime.fromisoformat(left.started), None, None
    with Catalogue.open(history) as catalogue, catalogue.entering() as entered:
        idle.end(entered, left.idle_id, ended, head, size)


def _sealed(history: Path, left: IdleRecording) -> tuple[datetime, Head]:
    """When what a dead process left ended, and where its chain does; sealed now unless it was."""
    with Recording.open(history / left.recording) as recording:
        head, t0, started = recording.end, recording.t0, recording.started
        last = recording.events()[-1].time if head is not None else t0
    if head is None:
        recorder = IdleRecorder.reopen(history, left.idle_id)
        last = recorder.last_time
        recorder.add(Event(last, Kind.RECORD, GONE))
        head = recorder.seal()
    return started + timedelta(seconds=last - t0), head
