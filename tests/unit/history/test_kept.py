"""What is kept of sealed recordings: bounded, never of another content, never of a run under way."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.unit.history.conftest import unprotected
from vapordep.errors import HistoryError
from vapordep.history.database import schema, sqlite
from vapordep.history.kept import Kept
from vapordep.history.recordings import levels, recording
from vapordep.history.recordings.overview import points_of
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.batches import Batch
from vapordep.model.run import RunState

COUNT = 20_000
Begin = Callable[..., Recorder]


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept()
    monkeypatch.setattr(recording, "KEPT", kept)
    return kept


def add(recorder: Recorder, value: float, start: float = 0.0, count: int = COUNT) -> None:
    times = start + np.arange(count) / 10.0
    values = np.full(count, value)
    recorder.publish([Batch.of(tag, times.tolist(), values.tolist()) for tag in ("a", "b")])
    recorder.tick(float(times[-1]))
    recorder.commit()


def seal(recorder: Recorder) -> Path:
    ended = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    recorder.finish(RunState.COMPLETE, "", ended=ended, simulated_s=1.0, wall_s=1.0)
    return recorder.path


def seen(path: Path, tag: str = "a", buckets: int = 100) -> np.ndarray:
    with Recording.open(path) as opened:
        assert opened.header["run_id"]
        return points_of(opened.look([tag], buckets=buckets), tag)[1]


def test_it_is_bounded_and_what_was_not_asked_for_longest_goes_first() -> None:
    kept, made = Kept(100), list[str]()

    def ask(key: str, size: int = 40) -> str:
        return kept.get(key, lambda: (made.append(key), key)[1], lambda _: size)

    assert [ask(key) for key in ("a", "b", "a", "c", "a", "b")] == ["a", "b", "a", "c", "a", "b"]
    assert made == ["a", "b", "c", "b"]
    assert [ask("large", 200), ask("a"), ask("b"), ask("large", 200)] == ["large", "a", "b", "large"]
    assert made[4:] == ["large", "large"], "what is larger than all the room is not kept, and nothing goes for it"


def test_a_sealed_recording_is_decoded_once(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = begin()
    add(recorder, 1.0)
    path = seal(recorder)
    first, counted, decode = seen(path), list[int](), levels.decode
    monkeypatch.setattr(levels, "decode", lambda *given: (counted.append(1), decode(*given))[1])
    assert seen(path).tolist() == first.tolist()
    assert not counted
    assert seen(path, "b").tolist() == first.tolist()
    assert counted, "other tags"
    with pytest.raises(ValueError, match="read-only"), Recording.open(path) as opened:
        opened.look(["a"], buckets=100)[0].level.lows[0, 0] = 7.0


@pytest.mark.parametrize("in_place", [True, False])
def test_another_file_of_that_name_is_read_anew(begin: Begin, in_place: bool) -> None:
    """Also where it has the same size and the same instants; in place as `cp` does, else as `mv` does."""
    paths = []
    for name, value in (("run-1", 1.0), ("run-2", 2.0)):
        recorder = begin(name)
        add(recorder, value)
        paths.append(seal(recorder))
    assert set(seen(paths[0])) == {1.0}
    times = paths[0].stat().st_atime_ns, paths[0].stat().st_mtime_ns
    if in_place:
        paths[0].write_bytes(paths[1].read_bytes())
    else:
        shutil.copyfile(paths[1], paths[0].with_suffix(".new"))
        paths[0].with_suffix(".new").replace(paths[0])
    os.utime(paths[0], ns=times)
    assert set(seen(paths[0])) == {2.0}


def test_a_change_in_place_is_seen(begin: Begin) -> None:
    recorder = begin()
    add(recorder, 1.0)
    path = seal(recorder)
    assert len(seen(path)) < COUNT
    with unprotected(path) as connection:
        connection.execute("DELETE FROM levels")
    assert len(seen(path)) == COUNT


def test_a_run_under_way_is_read_anew_until_it_is_sealed(begin: Begin, kept: Kept) -> None:
    recorder = begin()
    add(recorder, 1.0, 0.0, 10)
    recorder._compact_at = 0
    for number in range(2, 6):
        add(recorder, float(number), number * 100.0, 10)
        assert set(seen(recorder.path)) == set(range(1, number + 1))
    assert kept._size == 0
    assert set(seen(seal(recorder))) == set(range(1, 6))
    assert kept._size > 0


def test_what_lies_in_a_log_or_a_journal_has_no_content_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    file.write_bytes(b"x" * 100)
    assert sqlite.content(file) is not None
    for beside in ("wal", "journal"):
        other = tmp_path / f"x.sqlite-{beside}"
        other.touch()
        assert sqlite.content(file) is None
        other.unlink()


def test_the_version_of_a_file_that_was_changed_is_looked_at_again(begin: Begin) -> None:
    path = seal(begin())
    schema.require(path, schema.RECORDING)
    with unprotected(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(HistoryError, match="newer vapordep"):
        schema.require(path, schema.RECORDING)
