"""A catalogue in PostgreSQL: frozen, in turns, sorted by letters, refused with what to do; the files stay here."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from tests.unit.history.conftest import TAGS, make_header
from tests.unit.history.server import Server
from tests.unit.history.test_ends import finish
from tests.unit.history.test_idle import STARTED, header, the_one
from vapordep.errors import HistoryError, InputError
from vapordep.history import whose
from vapordep.history.catalogue import listing
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.notebook import label, note
from vapordep.history.catalogue.search import Wanted, samples_of
from vapordep.history.chain import canonical
from vapordep.history.database import postgresql, schema
from vapordep.history.database.sqlite import may_pass
from vapordep.history.database.tables import FROZEN, runs
from vapordep.history.queries import History
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.settings import settings
from vapordep.history.upkeep import backup
from vapordep.history.upkeep.pruning import prune
from vapordep.history.upkeep.rebuild import rebuild
from vapordep.model.run import RunState

pytestmark = pytest.mark.xdist_group("postgresql")


@pytest.fixture
def history(server: Server, tmp_path: Path) -> Iterator[Path]:
    place, url = tmp_path / "history", server.url()
    place.mkdir()
    (place / "history.yaml").write_text(f'catalogue: "{url}"\n', encoding="utf-8")
    yield place
    postgresql.forget(url)
    schema.forget(url)


def test_a_run_from_its_start_to_a_verified_end(
    history: Path, begin: Callable[..., Recorder], play: Callable[..., None]
) -> None:  # fmt: skip
    recorder = begin(seed=2**40)
    play(recorder)
    finish(recorder)
    found = History(history).run("last")
    assert (found.state, found.header.seed) == (RunState.STOPPED, 2**40)
    assert History(history).verify(found).problems == ()
    assert not (history / "catalogue.sqlite").exists()
    assert backup.check(history).problems == ()


@pytest.mark.parametrize("column", [*FROZEN[:3], "chain_head"])
def test_what_was_given_is_frozen(history: Path, begin: Callable[..., Recorder], column: str) -> None:
    finish(begin())
    refused = pytest.raises((HistoryError, IntegrityError), match=r"frozen|only once")
    with Catalogue.open(history) as catalogue, refused, catalogue.entering() as connection:
        connection.execute(update(runs).values({column: "another"}))


@pytest.mark.parametrize("statement", ["DELETE FROM runs", "TRUNCATE runs CASCADE", "TRUNCATE run_samples"])
def test_runs_are_never_deleted(history: Path, begin: Callable[..., Recorder], statement: str) -> None:
    begin().abandon()
    refused = pytest.raises((HistoryError, IntegrityError), match=r"never deleted|only ever added")
    with Catalogue.open(history) as catalogue, refused, catalogue.entering() as connection:
        connection.execute(text(statement))
    assert len(History(history).runs()) == 1


def test_reading_cannot_write(history: Path, begin: Callable[..., Recorder]) -> None:
    begin().abandon()
    refused = pytest.raises(HistoryError, match="read-only")
    with Catalogue.read(history) as catalogue, refused, catalogue.entering() as connection:
        connection.execute(update(runs).values(reason="x"))


def test_writers_take_turns(history: Path, begin: Callable[..., Recorder]) -> None:
    """Each makes the row of the list anew; without turns one of two would meet the other's."""
    begin().abandon()
    wrong: list[BaseException] = []

    def enter(name: str) -> None:
        try:
            for number in range(20):
                with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
                    label(connection, "run-1", [f"{name}{number}"], (), name)
                    listing.refresh(connection, "run-1")
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=enter, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    total, [brief] = History(history).search(Wanted(words=("a19", "b19")))
    assert (total, len(brief.labels)) == (1, 40)


def test_a_writer_that_does_not_end_is_not_waited_for_long(
    history: Path, begin: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin().abandon()
    monkeypatch.setattr(postgresql, "WAITS", 50)
    waiting = pytest.raises(HistoryError, match="lock timeout")
    with (
        Catalogue.open(history) as one, one.entering(), Catalogue.open(history) as other, waiting as refused,
        other.entering(),
    ):  # fmt: skip
        pass
    assert may_pass(refused.value)


def test_texts_are_sorted_by_their_letters(history: Path, begin: Callable[..., Recorder]) -> None:
    for run_id in ("B", "a", "A-b", "Aa", "b"):
        begin(run_id).abandon()
    with Catalogue.read(history) as catalogue, catalogue.entering() as connection:
        told = connection.execute(select(runs.c.run_id).order_by(runs.c.run_id)).scalars().all()
    assert told == sorted(told)


def test_the_time_between_runs_is_entered_and_pruned(history: Path, play: Callable[..., None]) -> None:
    recorder = IdleRecorder.begin(history, header(), TAGS, 0.0)
    play(recorder)
    recorder.close(STARTED + timedelta(seconds=10))
    assert len(prune(history, 86400.0, datetime(2027, 1, 1, tzinfo=UTC), "Ada").recordings) == 1
    [idle] = History(history).idle()
    assert idle.pruned_by == "Ada"


def test_text_that_no_server_keeps_is_refused(history: Path, begin: Callable[..., Recorder]) -> None:
    begin().abandon()
    with Catalogue.open(history) as catalogue, pytest.raises(InputError, match="NUL"), catalogue.entering() as entered:
        note(entered, "run-1", "a\0b", "Ada")


def test_text_that_no_server_keeps_is_not_looked_for(history: Path, begin: Callable[..., Recorder]) -> None:
    """It is the asker's matter, and no fault of the server."""
    begin().abandon()
    for wanted in (Wanted(operator="a\0"), Wanted(labels=("\0",)), Wanted(below="run-1\0")):
        with pytest.raises(InputError, match="NUL"):
            History(history).search(wanted)
    with pytest.raises(InputError, match="NUL"):
        History(history).only("run\0")
    with (
        pytest.raises(InputError, match="NUL"),
        Catalogue.read(history) as catalogue,
        catalogue.entering() as connection,
    ):
        samples_of(connection, "\0")


def test_a_newer_catalogue_is_refused_and_left_alone(history: Path, begin: Callable[..., Recorder]) -> None:
    begin().abandon()
    with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    schema.forget(settings(history).catalogue)
    with pytest.raises(HistoryError, match="newer vapordep"):
        History(history).runs()


def test_a_back_up_has_a_file_again(history: Path, begin: Callable[..., Recorder], tmp_path: Path) -> None:
    finish(begin())
    begin("run-2", parent="run-1", started="2026-11-24T08:00:00+00:00").abandon()
    backup.back_up(history, tmp_path / "copy")
    copy = History(tmp_path / "copy")
    assert (tmp_path / "copy" / "catalogue.sqlite").exists()
    assert copy.runs() == History(history).runs()
    assert backup.check(tmp_path / "copy").problems == ()


def test_a_server_is_not_rebuilt_from_here(history: Path) -> None:
    with pytest.raises(InputError, match="PostgreSQL"):
        rebuild(history)


def test_runs_of_other_computers_are_listed_and_their_files_are_there(
    history: Path, begin: Callable[..., Recorder]
) -> None:
    finish(begin())
    elsewhere = {"host": "pc7", "boot": "x", "pid": 1, "start": "1"}
    with Catalogue.open(history) as catalogue:
        catalogue.begin(make_header("run-pc7"), "recordings/run-pc7.sqlite", None, elsewhere)
    assert History(history).mark_interrupted() == ()
    assert {run.run_id for run in History(history).runs()} == {"run-1", "run-pc7"}
    with pytest.raises(HistoryError, match="pc7"), History(history).open_recording("run-pc7"):
        pass
    assert backup.check(history).problems == (), "each computer checks its own"


def test_two_folders_of_one_computer_leave_each_other_alone(
    history: Path, begin: Callable[..., Recorder], play: Callable[..., None], tmp_path: Path
) -> None:  # fmt: skip
    """Each checks, ends and prunes what it recorded itself; of the other's it tells where that lies."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "history.yaml").write_text((history / "history.yaml").read_text("utf-8"), "utf-8")
    finish(begin())
    recorder = IdleRecorder.begin(history, header(), TAGS, 0.0)
    play(recorder)
    recorder.close(STARTED + timedelta(seconds=10))
    left = begin("run-2")
    left.commit()
    left.abandon()
    with Catalogue.open(history) as catalogue, catalogue.entering() as entered:
        dead = canonical({**whose.identity(history), "boot": "an earlier one"})
        entered.execute(text("SET session_replication_role = replica"))
        entered.execute(update(runs).where(runs.c.run_id == "run-2").values(process=dead))
    assert History(other).mark_interrupted() == ()
    assert prune(other, 86400.0, datetime(2027, 1, 1, tzinfo=UTC), "Ada").recordings == ()
    assert backup.check(other).problems == ()
    for open_it in (lambda: History(other).open_recording("run-1"), lambda: History(other).open_idle(the_one(other))):
        with pytest.raises(HistoryError, match=rf"recorded in {history}, another history"), open_it():
            pass
    assert [run.run_id for run in History(history).mark_interrupted()] == ["run-2"]
    assert backup.check(history).problems == ()
    (history / the_one(history).recording).unlink()
    assert backup.check(other).problems == ()
    assert [each.partition(": ")[0] for each in backup.check(history).problems] == ["idle-1"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://x/y", "no database of PostgreSQL"),
        ("postgresql://u:secret@127.0.0.1:1/db", "127.0.0.1"),
        ("nonsense", "no database of PostgreSQL"),
        ("postgresql://u:secret@host", "no database of PostgreSQL"),
    ],
)
def test_an_address_that_will_not_do(tmp_path: Path, url: str, told: str) -> None:
    (tmp_path / "history.yaml").write_text(f'catalogue: "{url}"\n', encoding="utf-8")
    with pytest.raises(HistoryError, match=told) as refused:
        History(tmp_path).runs()
    assert "secret" not in str(refused.value)
