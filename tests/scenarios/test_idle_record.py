"""The time between runs on record: by turns with the runs, no second twice, first to stop when the disk gets full."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.scenarios.test_engine import Served, served
from tests.unit.history.conftest import TAGS
from tests.unit.history.test_idle import header
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.app.running.execute import at_once
from vapordep.app.served import disk as disk_module
from vapordep.app.served import idle_record
from vapordep.app.served.disk import DiskWatch
from vapordep.app.served.idle_record import AGAIN, IdleRecord
from vapordep.errors import HistoryError
from vapordep.history import folder
from vapordep.history.folder import MEBIBYTE
from vapordep.history.queries import History
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.recording import Recording
from vapordep.history.upkeep.backup import check
from vapordep.model.alarms import Priority
from vapordep.model.events import Event, Kind
from vapordep.safety.alarms.alarms import DISK

Scene = Callable[[Served, IdleRecord], Awaitable[None]]


class Span(NamedTuple):
    """What one recording holds of one tag, and its events."""

    first: float
    last: float
    samples: int
    texts: list[str]


def recorded(
    place: Path, scene: Scene, room: Callable[[], bool] = lambda: True, longest: float = 86400.0
) -> None:  # fmt: skip
    """Plays a scene with an engine that records the time between runs."""

    async def play(served: Served) -> None:
        record = IdleRecord(served.engine, served.engine._surroundings, room, longest)
        kept = asyncio.create_task(record.keep())
        await scene(served, record)
        kept.cancel()
        with suppress(asyncio.CancelledError):
            await kept

    served(place, play)


def spans(place: Path) -> list[Span]:
    history, found = History(place / "history"), list[Span]()
    files = [each.recording for each in history.idle()] + [run.recording for run in history.runs()]
    for file in files:
        with Recording.open(history.folder / file) as recording:
            times = recording.samples("chamber.pressure").times
            texts = [event.text for event in recording.events()]
            found.append(Span(float(times[0]), float(times[-1]), len(times), texts))
    return sorted(found)


def test_runs_and_the_time_between_take_turns(tmp_path: Path) -> None:
    async def scene(served: Served, record: IdleRecord) -> None:
        served.engine.note("before")
        await served.clock.sleep(5.0)
        await served.start()
        served.engine.note("within")
        await served.ended()
        served.engine.note("after")
        await served.clock.sleep(5.0)
        assert record.trouble == ""

    recorded(tmp_path, scene)
    before, run, after = spans(tmp_path)
    assert ["before" in before.texts, "within" in run.texts, "after" in after.texts] == [True] * 3
    assert sum(span.texts.count(word) for span in (before, run, after) for word in ("before", "within", "after")) == 3
    for one, other in pairwise((before, run, after)):
        assert one.last < other.first < one.last + 1.0, "no sample twice, none left out for long"
    assert after.samples == pytest.approx((after.last - after.first) / 0.2, abs=2), "read each 0.2 s"
    assert check(tmp_path / "history").problems == ()
    assert [run.state for run in History(tmp_path / "history").runs()] == ["COMPLETE"]


def test_a_recording_is_sealed_when_it_is_long_enough(tmp_path: Path) -> None:
    async def scene(served: Served, record: IdleRecord) -> None:
        for number in range(8):
            await served.clock.sleep(10.0)
            served.engine.note(f"number {number}")

    recorded(tmp_path, scene, longest=30.0)
    found = spans(tmp_path)
    assert len(found) == 3
    assert [text for span in found for text in span.texts if "number" in text] == [f"number {n}" for n in range(8)]
    for one, other in pairwise(found):
        assert one.last < other.first < one.last + 1.0


def test_it_stops_without_room_and_goes_on_with_it(tmp_path: Path) -> None:
    full: list[bool] = []

    async def scene(served: Served, record: IdleRecord) -> None:
        await served.clock.sleep(5.0)
        full.append(True)
        await served.clock.sleep(20.0)
        served.engine.note("told while the disk was full")
        full.clear()
        await served.clock.sleep(5.0)

    recorded(tmp_path, scene, lambda: not full)
    first, second = spans(tmp_path)
    assert second.first - first.last == pytest.approx(20.0, abs=2.0)
    assert "told while the disk was full" in second.texts


def test_a_disk_that_refuses_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(served: Served, record: IdleRecord) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(idle_record, "IdleRecorder", Refusing)
            await served.clock.sleep(5.0)
            assert "not recorded: no rights" in record.trouble
        await served.clock.sleep(AGAIN + 5.0)
        assert record.trouble == ""

    recorded(tmp_path, scene)
    assert len(spans(tmp_path)) == 1


class Refusing:
    @classmethod
    def begin(cls, *_: object) -> None:
        raise HistoryError("no rights")


def test_what_a_new_core_is_reminded_of_is_not_recorded_twice(tmp_path: Path) -> None:
    async def scene(served: Served, record: IdleRecord) -> None:
        await served.clock.sleep(5.0)
        served.engine.connection.protect(served.engine.connection.core.substrate)
        await served.clock.sleep(5.0)

    recorded(tmp_path, scene)
    history = History(tmp_path / "history")
    [idle] = history.idle()
    with history.open_idle(idle) as recording:
        times = recording.samples("chamber.pressure").times
        assert len(set(times.tolist())) == len(times)
        assert "substrate.trip" in recording.tags()


def watched(place: Path, scene: Callable[[Served, DiskWatch], Awaitable[None]]) -> None:
    async def play(served: Served) -> None:
        await scene(served, DiskWatch(served.engine, place / "history", at_once))

    served(place, play)


def with_free(patch: pytest.MonkeyPatch, free: int) -> None:
    patch.setattr(folder.shutil, "disk_usage", lambda _: folder.Space(free * MEBIBYTE))


def test_a_disk_that_gets_full_is_an_alarm_and_stops_what_need_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(served: Served, disk: DiskWatch) -> None:
        assert not disk.room, "before the first look"
        told = []
        for free in (1000, 400, 400, 50, 400, 1000):
            with_free(monkeypatch, free)
            await disk.look()
            view = next((view for view in served.engine.alarms.standing if view.id == DISK and view.present), None)
            told.append((disk.room, view and view.priority, disk.doubt.partition(":")[0]))
        few = "400 MiB free at the history folder"
        low, high = (False, Priority.LOW, few), (False, Priority.HIGH, "no run can begin")
        assert told == [(True, None, ""), low, low, high, low, (True, None, "")]
        raised = [event.text for event in served.events if event.kind is Kind.ALARM]
        assert len(raised) == 3
        assert "no longer recorded" in raised[0]
        assert "history prune" in raised[0]
        with_free(monkeypatch, 400)
        await disk.look()
        served.engine.connection.protect(served.engine.connection.core.substrate)
        await disk.look()
        assert served.engine.alarms[DISK].present, "a new core is told too"

    watched(tmp_path, scene)


def test_old_recordings_are_pruned_now_and_then_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_module, "PRUNE_EVERY", 5.0)
    place = tmp_path / "history"
    Accounts.of(place).people.add("anna", Role.VIEWER, "a few good words")
    (place / "history.yaml").write_text("keep_idle: 2 d\n", encoding="utf-8")

    async def scene(served: Served, disk: DiskWatch) -> None:
        now = served.clock.civil()
        for days in (5, 1):
            started = now - timedelta(days=days)
            recorder = IdleRecorder.begin(place, header(f"idle-{days}", started), TAGS, 0.0)
            recorder.event(Event(1.0, Kind.COMMAND, "a valve was opened"))
            recorder.close(started + timedelta(seconds=10))
        await disk.look()
        assert [path.stem for path in (place / "idle").iterdir()] == ["idle-1"]
        assert "pruned 1 recording of the time between runs" in served.events[-1].text
        assert "pruned" in Accounts.of(place).entries(1)[0].what
        await served.clock.sleep(5.0)
        await disk.look()
        assert [path.stem for path in (place / "idle").iterdir()] == ["idle-1"]
        (place / "history.yaml").write_text("keep_idle: 2\n", encoding="utf-8")
        await served.clock.sleep(5.0)
        await disk.look()
        assert "nothing is pruned" in disk.doubt
        assert "history.yaml:1" in disk.doubt

    watched(tmp_path, scene)
