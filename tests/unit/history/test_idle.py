"""The time between runs: recorded, sealed and chained like a run, none of the runs, pruned when it is old."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from tests.cli.conftest import run
from tests.unit.history.conftest import TAGS, of_the_file, unprotected
from tests.unit.history.test_ends import finish
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.errors import HistoryError
from vapordep.history import process
from vapordep.history.catalogue import idle
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.idle import IdleRecording
from vapordep.history.database.tables import idle_recordings
from vapordep.history.folder import catalogue_path, idle_path
from vapordep.history.queries import History
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.upkeep.backup import back_up, check
from vapordep.history.upkeep.pruning import prunable, prune
from vapordep.history.upkeep.rebuild import rebuild
from vapordep.model.idle import IdleHeader

Play = Callable[..., None]
pytestmark = pytest.mark.usefixtures("catalogue")
STARTED = datetime(2026, 11, 23, 14, tzinfo=UTC)
DAY = 86400.0


def header(name: str = "idle-1", started: datetime = STARTED, *, simulated: bool = False) -> IdleHeader:
    text = "reactor: glovebox-ald\n"
    return IdleHeader(name, "glovebox-ald", text, "cd" * 32, simulated, {"vapordep": "0.1.0"}, started.isoformat())


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history"


@pytest.fixture
def between(history: Path, play: Play) -> Callable[..., None]:
    """Records ten seconds, and closes."""

    def between(name: str = "idle-1", started: datetime = STARTED) -> None:
        recorder = IdleRecorder.begin(history, header(name, started), TAGS, 0.0)
        play(recorder)
        recorder.close(started + timedelta(seconds=10)).result()

    return between


def the_one(history: Path) -> IdleRecording:
    [found] = History(history).idle()
    return found


def test_it_is_sealed_verified_and_no_run(history: Path, between: Callable[..., None]) -> None:
    between()
    found = the_one(history)
    path = history / found.recording
    assert (found.reactor, found.ended) == ("glovebox-ald", "2026-11-23T14:00:10.000000+00:00")
    assert found.size == path.stat().st_size
    verified = History(history).verify_idle(found)
    assert (verified.whole, verified.sealed, verified.samples) == (True, True, 210)
    assert History(history).runs() == ()
    assert check(history) == check(history).__class__(0, 1, ())
    with unprotected(path) as file:
        file.execute("UPDATE events SET text = 'another' WHERE seq = 3")
    assert check(history).problems == ("idle-1: event 3 was changed",)


def test_by_its_own_thread(history: Path, play: Play) -> None:
    recorder = IdleRecorder.begin(history, header(), TAGS, 0.0)
    thread = RecorderThread(recorder)
    play_on(thread, play)
    thread.close(lambda: recorder.close(STARTED)).result(10)
    assert History(history).verify_idle(the_one(history)).samples == 210


def play_on(thread: RecorderThread, play: Play) -> None:
    class Ticking:
        def __getattr__(self, name: str) -> object:
            return (lambda: None) if name == "commit" else getattr(thread, name)

    play(Ticking())


def test_what_a_dead_process_left_is_sealed(history: Path, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = IdleRecorder.begin(history, header(), TAGS, 0.0)
    play(recorder)
    recorder.abandon()
    History(history).mark_interrupted()
    assert the_one(history).ended is None, "its process lives"
    monkeypatch.setattr(process, "gone", lambda _: True)
    History(history).mark_interrupted()
    found = the_one(history)
    assert found.ended == "2026-11-23T14:00:10.000000+00:00"
    assert History(history).verify_idle(found).samples == 210
    with History(history).open_idle(found) as recording:
        assert "its process went away" in recording.events()[-2].text


def test_sealed_but_not_entered_is_entered_later(
    history: Path, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    recorder = IdleRecorder.begin(history, header(), TAGS, 0.0)
    play(recorder)
    head = recorder.seal()
    monkeypatch.setattr(process, "gone", lambda _: True)
    History(history).mark_interrupted()
    assert the_one(history).chain == head


def test_one_that_is_lost_is_ended_all_the_same(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    IdleRecorder.begin(history, header(), TAGS, 0.0).abandon()
    for path in (history / "idle").iterdir():
        path.unlink()
    monkeypatch.setattr(process, "gone", lambda _: True)
    History(history).mark_interrupted()
    assert (the_one(history).ended, the_one(history).chain) == ("2026-11-23T14:00:00.000000+00:00", None)
    assert [text.partition(":")[0] for text in check(history).problems] == ["idle-1"]


@pytest.mark.parametrize("column", ["reactor", "started", "ended", "chain_head", "size"])
def test_what_was_entered_stays(history: Path, between: Callable[..., None], column: str) -> None:
    between()
    change = update(idle_recordings).values({column: "7"})
    refused = pytest.raises((HistoryError, DBAPIError), match=r"frozen|only once")
    with Catalogue.open(history) as catalogue, refused, catalogue.entering() as connection:
        connection.execute(change)


def test_those_of_a_span(history: Path, between: Callable[..., None]) -> None:
    for number in range(3):
        between(f"idle-{number}", STARTED + timedelta(hours=number))
    found = History(history).idle(
        "glovebox-ald", idle.utc(STARTED + timedelta(minutes=1)), idle.utc(STARTED + timedelta(hours=1))
    )
    assert [each.idle_id for each in found] == ["idle-1"]
    assert History(history).idle("another") == ()


@of_the_file
def test_only_old_ones_go_and_stay_on_record(history: Path, begin: Callable[..., Recorder], between: Play) -> None:
    finish(begin(started="2020-01-01T00:00:00+00:00"))
    between("idle-old", STARTED)
    between("idle-new", STARTED + timedelta(days=2))
    now = STARTED + timedelta(days=3)
    size = idle_path(history, "idle-old").stat().st_size
    told = prunable(history, 2 * DAY, now)
    assert ([each.idle_id for each in told.recordings], told.size) == (["idle-old"], size)
    gone = prune(history, 2 * DAY, now, "Ada")
    assert gone.size == size
    assert sorted(path.name for path in history.rglob("*.sqlite")) == [
        "catalogue.sqlite", "idle-new.sqlite", "run-1.sqlite",
    ]  # fmt: skip
    old, new = History(history).idle()
    assert (old.pruned, old.pruned_by, old.size) == ("2026-11-26T14:00:00.000000+00:00", "Ada", size)
    assert new.pruned is None
    assert check(history).problems == ()
    assert prune(history, 2 * DAY, now, "Ada").recordings == ()


def test_one_under_way_is_never_pruned(history: Path) -> None:
    recorder = IdleRecorder.begin(history, header(), TAGS, 0.0)
    assert prune(history, 0.0, STARTED + timedelta(days=999), "Ada").recordings == ()
    recorder.abandon()


def test_half_a_pruning_is_ended_by_the_next(
    history: Path, between: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    between()
    now = STARTED + timedelta(days=40)
    with monkeypatch.context() as patch:

        def refuse(self: Path, missing_ok: bool = False) -> None:
            raise PermissionError(13, "Permission denied")

        patch.setattr(Path, "unlink", refuse)
        with pytest.raises(HistoryError, match="Permission denied"):
            prune(history, 30 * DAY, now, "Ada")
    assert idle_path(history, "idle-1").exists()
    assert len(prune(history, 30 * DAY, now, "Bob").recordings) == 1
    assert not idle_path(history, "idle-1").exists()
    assert the_one(history).pruned_by == "Ada"


def test_a_back_up_leaves_out_what_was_pruned_and_only_waits_to_be_deleted(
    history: Path, between: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    between()
    monkeypatch.setattr("vapordep.history.upkeep.pruning._delete", lambda path: None)
    prune(history, 0.0, STARTED + timedelta(days=1), "Ada")
    assert back_up(history, history.parent / "copy").recordings == 0
    assert check(history.parent / "copy").problems == ()
    assert idle_path(history, "idle-1").exists()


@of_the_file
def test_a_back_up_and_a_rebuilt_catalogue_have_them(history: Path, between: Callable[..., None]) -> None:
    between("idle-old")
    between("idle-new", STARTED + timedelta(days=40))
    prune(history, 30 * DAY, STARTED + timedelta(days=41), "Ada")
    before = History(history).idle()
    back_up(history, history.parent / "copy")
    assert History(history.parent / "copy").idle() == before
    assert check(history.parent / "copy").problems == ()
    with unprotected(catalogue_path(history)) as file:
        file.execute("UPDATE runs SET mode = 'nonsense'")
        file.execute("DROP TABLE labels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vapordep.history.upkeep.rebuild._refuse_what_is_in_order", lambda *_: None)
        rebuild(history)
    assert History(history).idle() == before
    assert check(history).problems == ()


def test_at_the_computer(history: Path, between: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    between()
    Accounts.of(history).people.add("anna", Role.VIEWER, "a few good words")
    at = ("--history", str(history))
    assert [each["idle_id"] for each in run("history", "idle", *at, "--json").json] == ["idle-1"]
    assert "idle-1" in run("history", "idle", *at).out
    told = run("history", "prune", "--keep", "0 s", "--dry-run", "--json", *at).json
    size = idle_path(history, "idle-1").stat().st_size
    assert told == {"pruned": False, "keep_s": 0.0, "bytes": size, "recordings": ["idle-1"]}
    refused = run("history", "prune", "--keep", "0 s", *at)
    assert (refused.status, "--yes" in refused.err) == (2, True)
    assert idle_path(history, "idle-1").exists()
    assert run("history", "prune", "--keep", "30", *at).status == 2, "no unit"
    done = run("history", "prune", "--keep", "0 s", "--yes", *at)
    assert (done.status, "they are deleted" in done.out) == (0, True)
    assert not idle_path(history, "idle-1").exists()
    assert "pruned 1 recording of the time between runs" in Accounts.of(history).entries(1)[0].what
    assert "pruned" in run("history", "idle", *at).out


@of_the_file
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keep_idle: 30\n", "history.yaml:1"),
        ("keep_idle: 1 h\n", "too low"),
        ("keep: 30 d\n", "keep"),
        ("record_idle: perhaps\n", "history.yaml:1"),
    ],
)
def test_settings_are_refused_by_line(history: Path, text: str, told: str) -> None:
    history.mkdir()
    (history / "history.yaml").write_text(text, encoding="utf-8")
    refused = run("history", "prune", "--history", str(history))
    assert (refused.status, told in refused.err) == (2, True), refused.err


@of_the_file
def test_the_settings_say_how_long(history: Path, between: Callable[..., None]) -> None:
    between(started=datetime.now(UTC) - timedelta(days=10))
    (history / "history.yaml").write_text("keep_idle: 7 d\n", encoding="utf-8")
    assert run("history", "prune", "--dry-run", "--json", "--history", str(history)).json["recordings"] == ["idle-1"]
    (history / "history.yaml").write_text("keep_idle: 14 d\n", encoding="utf-8")
    assert run("history", "prune", "--dry-run", "--json", "--history", str(history)).json["recordings"] == []
