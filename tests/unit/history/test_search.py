"""Lists of runs are read from short rows: the long texts of others cost nothing; and they say what is there now."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.unit.history.conftest import of_the_file
from vapordep.errors import InputError, NotThere
from vapordep.history.catalogue import notebook
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.catalogue.search import Wanted, operators_of, samples_of
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.run import RunState

pytestmark = pytest.mark.usefixtures("catalogue")

RECIPE = "recipe: 1\nname: x\nprocess: ALD\nsubstrate: sodium\n"


@of_the_file
def test_a_list_and_a_search_read_long_rows_of_their_page_only(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    begin().abandon()
    asked: list[tuple[str, object]] = []
    with Catalogue.read(tmp_path / "history") as catalogue:

        @event.listens_for(catalogue._engine, "before_cursor_execute")
        def _keep(*given: object) -> None:
            asked.append((str(given[2]), given[3]))

        for wanted in (Wanted(), Wanted(words=("ada",), since="2026", state=RunState.RUNNING, labels=())):
            assert catalogue.search(wanted)[0] == 1
        told = [(text, values) for text, values in asked if "FROM runs" in text]
        with catalogue._engine.begin() as connection:
            plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in told]  # type: ignore[arg-type]
    assert len(plans) == 2
    for plan in plans:
        steps = [str(row[-1]) for row in plan]
        assert steps
        assert all(step.startswith("SEARCH") for step in steps), steps


def found(history: Path, **wanted: object) -> list[str]:
    return [run.run_id for run in History(history).search(Wanted(**wanted))[1]]  # type: ignore[arg-type]


def test_a_run_is_found_by_all_that_is_known_of_it(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    history = tmp_path / "history"
    begin("a", recipe_text=RECIPE, operator="Ärmel", started="2026-11-23T14:00:00+00:00").abandon()
    begin("b", started="2026-11-24T14:00:00+00:00", samples=()).finish(
        RunState.ABORTED, "somebody pressed it", ended=datetime(2026, 11, 24, tzinfo=UTC), simulated_s=1.0, wall_s=1.0
    )
    assert found(history) == ["b", "a"]
    for wanted in (
        {"process": "ald"}, {"substrate": "Sodium"}, {"substrate": "lithium"}, {"words": ("äRMEL", "li-1")},
        {"operator": "Ärmel"}, {"words": ("sodium",)}, {"state": RunState.RUNNING},
    ):  # fmt: skip
        assert found(history, **wanted) == ["a"], wanted
    assert found(history, words=("pressed", "aborted")) == ["b"]
    assert found(history, substrate="lith") == found(history, words=("%",)) == found(history, labels=("star",)) == []
    with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
        notebook.label(connection, "b", ["star", "paper-2"], [], "Ada")
        notebook.note(connection, "b", "A hair on the Foil", "Ada")
        assert [each["id"] for each in samples_of(connection, "si")] == ["Si-1"]
        assert [each["operator"] for each in operators_of(connection)] == ["Ada", "Ärmel"]
    assert found(history, labels=("star", "paper-2")) == found(history, words=("hair", "foil")) == ["b"]
    [brief] = History(history).search(Wanted(labels=("star",)))[1]
    assert brief.labels == ("paper-2", "star")
    with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
        assert notebook.label(connection, "b", [], ["star"], "Ada") == ["paper-2"]
    assert found(history, labels=("star",)) == found(history, words=("star",)) == []


@of_the_file
def test_runs_of_before_are_listed_by_the_migration(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    begin("a", recipe_text=RECIPE).abandon()
    path = tmp_path / "history" / "catalogue.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in ("listed", "labels", "notes", "measurements", "attachments", "calibrations", "idle_recordings"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("CREATE INDEX ix_runs_listed ON runs (started)")
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
    assert found(tmp_path / "history", process="ALD", words=("li-1",)) == ["a"]


def test_runs_that_are_added_meanwhile_move_no_page(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    """Three share an instant; one is added above and one below the page, and one of it comes to its end."""
    history = tmp_path / "history"
    for run_id in "acbd":
        begin(run_id, started="2026-11-23T14:00:00+00:00" if run_id != "d" else "2026-11-22T14:00:00+00:00").abandon()
    seen = found(history, most=2)
    assert seen == ["c", "b"]
    begin("e", started="2026-11-24T14:00:00+00:00").abandon()
    begin("f", started="2026-11-21T14:00:00+00:00").abandon()
    assert found(history, most=2, below=seen[-1]) == ["a", "d"]
    assert found(history, most=2, below="d") == ["f"]
    assert found(history, most=2, below="f") == []
    assert found(history, below="c", skip=1) == ["a", "d", "f"]
    assert History(history).search(Wanted(below="d"))[0] == 6
    assert [brief.run_id for brief in History(history).briefs(Wanted(most=2))] == list("ecbadf")
    assert [brief.run_id for brief in History(history).briefs(Wanted(most=2, skip=1))] == list("cbadf")
    with pytest.raises(NotThere, match="go on below"):
        found(history, below="x")


@pytest.mark.parametrize("wrong", [{"most": 0}, {"most": 1001}, {"skip": -1}])
def test_a_page_has_an_end(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="1 to 1000"):
        Wanted(**wrong)  # type: ignore[arg-type]
