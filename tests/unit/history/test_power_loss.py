"""A power cut at any instant: what had not reached the disk is lost or torn, and what was durable is whole.

Between two commits the bytes of the recording and of its log are compared. An image has any of the sectors that
changed, some of them half, as a disk may leave them; where the log was folded in meanwhile, its own writes were
synchronised before, so that there only the recording is torn.
"""

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.history.torn import torn
from vapordep.history import process
from vapordep.history.queries import History
from vapordep.history.recordings import recorder as module
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseIntent
from vapordep.model.run import Mode, RunState

COMMITS = 60


class Disk(NamedTuple):
    """The recording and its log as they lie on the disk after so many commits."""

    commits: int
    file: bytes
    log: bytes


def written(recorder: Recorder) -> Iterator[Disk]:
    """Commits an event, samples and a pulse at a time; what is committed is synchronised. Folds and compacts often."""
    recorder._connection.exec_driver_sql("PRAGMA wal_autocheckpoint=24")
    synchronised = recorder._connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    recorder._connection.commit()
    assert synchronised == 2, "FULL: a commit returns when it is on the disk"
    for n in range(1, COMMITS + 1):
        t = n / 10
        recorder.publish([Batch.one("a", t, n), Batch.one("b", t, -n)])
        recorder.tick(t)
        recorder.expect(PulseIntent(n, "TMA", "main", n, t, t))
        recorder.event(Event(t, Kind.TRIP, str(n)))
        log = recorder.path.with_name(f"{recorder.path.name}-wal")
        yield Disk(n, recorder.path.read_bytes(), log.read_bytes() if log.exists() else b"")
    recorder.abandon()


def image(one: Disk, other: Disk, rng: random.Random) -> Disk:
    """What a power cut between two commits may leave."""
    if one.file == other.file:
        return Disk(one.commits, one.file, torn(one.log, other.log, rng))
    return Disk(one.commits, torn(one.file, other.file, rng), other.log)


@pytest.fixture
def cut(begin: Callable[..., Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[range], None]:
    monkeypatch.setattr(module, "COMPACT_AT", 40)

    def cut(images: range) -> None:
        recorder = begin(mode=Mode.RUN)
        recorder._compact_at = 40
        disks = list(written(recorder))
        assert any(one.file != other.file for one, other in pairwise(disks)), "folded in"
        history, path = tmp_path / "history", recorder.path
        catalogue = history / "catalogue.sqlite"
        running = catalogue.read_bytes()
        monkeypatch.setattr(process, "gone", lambda by: True)
        for number in images:
            rng = random.Random(number)  # noqa: S311 - which sectors survive
            at = rng.randrange(len(disks) - 1)
            left = image(disks[at], disks[at + 1], rng)
            for beside in ("-shm", "-journal"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            catalogue.write_bytes(running)
            path.write_bytes(left.file)
            path.with_name(f"{path.name}-wal").write_bytes(left.log)
            check(history, left.commits, number)

    return cut


def check(history: Path, commits: int, number: int) -> None:
    [marked] = History(history).mark_interrupted()
    assert marked.state is RunState.INTERRUPTED, number
    assert History(history).verify(marked).problems == (), number
    with History(history).open_recording(marked) as recording:
        texts = [event.text for event in recording.events() if event.kind is Kind.TRIP]
        samples, pulses = recording.samples("b"), recording.pulses()
    assert len(texts) in (commits, commits + 1), number
    assert texts == [str(n) for n in range(1, len(texts) + 1)], number
    assert samples.values.tolist() == [-float(n) for n in range(1, len(texts) + 1)], number
    assert len(pulses) == len(texts), number


def test_nothing_durable_is_lost_and_nothing_is_half(cut: Callable[[range], None]) -> None:
    cut(range(20))


@pytest.mark.many
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_nothing_durable_is_lost_in_200_images(cut: Callable[[range], None], first: int) -> None:
    cut(range(first, first + 20))
