"""A catalogue moved to PostgreSQL: nothing lost, nothing twice wherever it broke off, all of it or nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import run as vapordep
from tests.unit.history.conftest import TAGS, make_header
from tests.unit.history.server import Server
from tests.unit.history.test_ends import finish
from tests.unit.history.test_idle import STARTED, header
from vapordep.errors import HistoryError, InputError
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.notebook import (
    calibrate,
    calibrations_of,
    label,
    measure,
    measurements_of,
    note,
    notes_of,
)
from vapordep.history.catalogue.search import Wanted
from vapordep.history.database import postgresql, schema
from vapordep.history.database.tables import CATALOGUE
from vapordep.history.folder import catalogue_path
from vapordep.history.queries import History
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.settings import settings
from vapordep.history.upkeep import backup, moving
from vapordep.history.upkeep.moving import move
from vapordep.model.run import Decided, Decision

pytestmark = pytest.mark.xdist_group("postgresql")
Begin = Callable[..., Recorder]


@pytest.fixture
def history(tmp_path: Path, begin: Begin) -> Path:
    """Three runs, one of which goes on from one that sorts behind it, and all that may be entered about them."""
    place = tmp_path / "history"
    finish(begin("run-9", seed=2**40))
    decided = Decided("run-9", Decision.CONTINUE, "Ada", "", "2026-11-24T07:00:00+00:00")
    finish(
        Recorder.open(place, make_header("run-1", parent="run-9", started=STARTED.isoformat()), TAGS, decided=decided)
    )
    finish(begin("run-5"))
    IdleRecorder.begin(place, header(), TAGS, 0.0).close(STARTED + timedelta(seconds=10))
    (place / "history.yaml").write_text("# ours\nkeep_idle: 60 d", encoding="utf-8")
    enter(place, "run-9", "Ada")
    return place


def enter(place: Path, run_id: str, person: str) -> None:
    with Catalogue.open(place) as catalogue, catalogue.entering() as connection:
        label(connection, run_id, ["star", "größe"], (), person)
        for words in ("twice", "twice", "pump"):
            note(connection, run_id, words, person)
        measure(connection, run_id, "thickness", "0.1 nm", person, method="XRR", sample="Li-1")
        calibrate(connection, "glovebox-ald", "foil_offset", "stage", "3.1 K", person, method="indium")


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    url = server.url()
    yield url
    postgresql.forget(url)
    schema.forget(url)


def told(place: Path) -> list[object]:
    """All that a history knows, but the numbers of what was entered."""
    records = History(place)
    with records.reading() as connection:
        entered = [
            [each.text for each in notes_of(connection, "run-9")],
            [(each.value, each.unit, each.sample_id) for each in measurements_of(connection, "run-9")],
            [(each.subject, each.value) for each in calibrations_of(connection, "glovebox-ald")],
        ]
    found = records.search(Wanted(words=("größe",)))
    return [records.runs(), records.idle(), records.search(Wanted()), found, *entered]


def test_all_of_it_comes_and_counts_from_then_on(history: Path, url: str, begin: Begin) -> None:
    before = told(history)
    done = move(history, url)
    assert told(history) == before
    assert (done.rows["runs"], done.rows["notes"], done.rows["decisions"], done.there) == (3, 3, 1, 0)
    assert done.rows.keys() == {table.name for table in CATALOGUE.sorted_tables}
    assert settings(history).catalogue == url
    assert settings(history).keep_idle == 60 * 86400.0
    assert (history / "history.yaml").read_text(encoding="utf-8").startswith("# ours\n")
    assert not catalogue_path(history).exists()
    finish(begin("run-new"))
    assert backup.check(history).problems == ()
    assert len(History(history).runs()) == 4
    with pytest.raises(InputError, match="no file is left"):
        move(history, url)


def test_who_waited_meanwhile_writes_nothing_into_the_file_that_was_left(history: Path, url: str) -> None:
    with Catalogue.open(history) as catalogue:
        with catalogue.entering() as connection:
            note(connection, "run-5", "in time", "Ada")
        move(history, url)
        with pytest.raises(HistoryError, match="was moved"), catalogue.entering() as connection:
            note(connection, "run-5", "late", "Ada")


@pytest.mark.parametrize("where", ["_compare", "name_catalogue", "put_aside"])
def test_broken_off_it_is_done_by_another_try(
    history: Path, url: str, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    before = told(history)
    with monkeypatch.context() as broken:
        broken.setattr(moving, where, killed)
        with pytest.raises(KeyboardInterrupt):
            move(history, url)
    assert told(history) == before
    done = move(history, url)
    assert (sum(done.rows.values()), done.there > 10) == (0, True)
    assert told(history) == before
    assert not catalogue_path(history).exists()
    assert done.aside.exists()


def test_it_comes_beside_what_others_entered(history: Path, url: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "history.yaml").write_text(f'catalogue: "{url}"\n', encoding="utf-8")
    finish(Recorder.open(other, make_header("run-b", operator="Bea"), TAGS))
    enter(other, "run-b", "Bea")
    before = told(history)
    move(history, url)
    assert {run.run_id for run in History(history).runs()} == {"run-1", "run-5", "run-9", "run-b"}
    with History(history).reading() as connection:
        assert [each.text for each in notes_of(connection, "run-9")] == before[4]
        assert [each.person for each in notes_of(connection, "run-b")] == ["Bea"] * 3
        assert len(calibrations_of(connection, "glovebox-ald")) == 2


def test_another_run_of_that_name_is_refused_and_nothing_comes(history: Path, url: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "history.yaml").write_text(f'catalogue: "{url}"\n', encoding="utf-8")
    finish(Recorder.open(other, make_header("run-5", operator="Bea"), TAGS))
    with pytest.raises(HistoryError, match="runs run-5: another operator"):
        move(history, url)
    assert len(History(other).runs()) == 1
    assert settings(history).catalogue == ""
    assert len(History(history).runs()) == 3


def test_what_did_not_arrive_is_told_and_the_file_counts(
    history: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = moving._copy
    monkeypatch.setattr(
        moving, "_copy", lambda *given: (0, 0) if given[2].name == "notes" else copy(*given)
    )  # as a server would that loses rows
    with pytest.raises(HistoryError, match="3 rows did not arrive, such as notes"):
        move(history, url)
    assert settings(history).catalogue == ""
    assert catalogue_path(history).exists()


def test_a_run_under_way_is_waited_for(history: Path, url: str, begin: Begin) -> None:
    recorder = begin("run-now")
    with pytest.raises(InputError, match="run-now is under way"):
        move(history, url)
    finish(recorder)
    assert move(history, url).rows["runs"] == 4


def test_the_command_tells_what_came(history: Path, url: str) -> None:
    refused = vapordep("history", "move", "mysql://x/y", "--history", str(history))
    assert (refused.status, "no database of PostgreSQL" in refused.err) == (2, True)
    done = vapordep("history", "move", url, "--history", str(history))
    assert (done.status, "3 runs" in done.out, "catalogue.moved-" in done.out) == (0, True, True)
