"""While a recording is compacted, whoever reads it, or finds it after a kill, misses no sample."""

from collections.abc import Callable

from sqlalchemy import Connection, event

from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch


def test_between_any_two_transactions_every_sample_is_there(begin: Callable[..., Recorder]) -> None:
    recorder = begin()
    for n in range(100):
        recorder.publish([Batch.one("a", n / 10, n)])
        recorder.tick(n / 10)
    recorder.save()
    seen: list[list[float]] = []

    def look(_connection: Connection) -> None:
        with Recording.open(recorder.path) as recording:
            seen.append(recording.samples("a").values.tolist())

    event.listen(recorder._connection.engine, "commit", look)
    for _ in recorder._compact():
        look(recorder._connection)
    look(recorder._connection)
    with Recording.open(recorder.path) as recording:
        assert recording.verify().chunks == 1
    recorder.abandon()
    assert seen == [list(range(100))] * len(seen)
    assert len(seen) > 3
