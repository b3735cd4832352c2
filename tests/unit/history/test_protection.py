"""What was frozen stays so, whatever statement comes; and where the protection is taken off, the history tells."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.history.conftest import of_the_file, unprotected
from tests.unit.history.kinds import Tables, contents
from vapordep.errors import HistoryError
from vapordep.history.catalogue.catalogue import Catalogue, CataloguedRun, Outcome
from vapordep.history.chain import Head
from vapordep.history.database.tables import runs
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.recording import Recording
from vapordep.model.film import Film
from vapordep.model.run import Mode, RunState

pytestmark = pytest.mark.usefixtures("catalogue")
OUTCOME = Outcome(RunState.COMPLETE, "", datetime(2026, 11, 23, 15, tzinfo=UTC), 10.0, 0.5, {}, Film())
RUNS = [
    "UPDATE runs SET mode = 'run'",
    "UPDATE runs SET recipe_text = ''",
    "UPDATE runs SET notes = ''",
    "UPDATE runs SET recording = 'another'",
    "UPDATE runs SET chain_head = 'another'",
    "UPDATE runs SET chain_length = NULL",
    "DELETE FROM runs",
    "INSERT INTO runs SELECT {anew} FROM runs WHERE true ON CONFLICT (run_id) DO UPDATE SET mode = 'run'",
    "UPDATE run_samples SET sample_id = 'another'",
    "DELETE FROM run_samples",
]
REPLACING = [
    "UPDATE OR REPLACE runs SET rowid = 2 WHERE rowid = 1",
    "INSERT OR REPLACE INTO runs SELECT {anew} FROM runs",
    "REPLACE INTO runs (rowid, {columns}) SELECT rowid, {other} FROM runs WHERE run_id = 'run-1'",
    "REPLACE INTO run_samples SELECT run_id, number, 'another', substrate, area_m2, position, note FROM run_samples",
]
"""What only SQLite understands."""
RECORDING = [
    "UPDATE events SET text = ''",
    "DELETE FROM events",
    "REPLACE INTO events SELECT seq, t, kind, 'another', data, prev, hash FROM events WHERE seq = 2",
    "INSERT OR REPLACE INTO events (_rowid_, t, kind, text, data, prev, hash)"
    " SELECT seq, t, kind, 'another', data, prev, hash FROM events WHERE seq = 2",
    "UPDATE meta SET value = replace(value, 'dry_run', 'run') WHERE key = 'header'",
    "DELETE FROM meta",
    "REPLACE INTO meta SELECT key, replace(value, 'dry_run', 'run') FROM meta WHERE key = 'header'",
    "REPLACE INTO meta (rowid, key, value) SELECT rowid, 'another', '' FROM meta WHERE key = 'header'",
    "INSERT INTO meta VALUES ('header', '') ON CONFLICT DO UPDATE SET value = ''",
    "UPDATE OR REPLACE meta SET rowid = 1 WHERE rowid = 2",
]


@pytest.fixture
def ended(catalogue: Tables, begin: Callable[..., Recorder], play: Callable[..., None]) -> Recorder:
    """A run that was sealed, and a later one that is under way."""
    recorder = begin()
    play(recorder)
    recorder.finish(RunState.COMPLETE, "", ended=datetime(2026, 11, 23, 15, tzinfo=UTC), simulated_s=10.0, wall_s=0.5)
    begin("run-2", started="2026-11-24T00:00:00+00:00").abandon()
    return recorder


def spelt(statement: str) -> str:
    """A statement whose row of `runs` is another one with the same key, or with another key."""
    columns = [column.name for column in runs.columns]
    anew = ["'run'" if name == "mode" else name for name in columns]
    other = ["'another'" if name == "run_id" else name for name in columns]
    return statement.format(columns=", ".join(columns), anew=", ".join(anew), other=", ".join(other))


def refused() -> pytest.RaisesExc[Exception]:
    """By either database, each with errors of its own."""
    return pytest.raises(Exception, match=r"only ever added|frozen|only once|never deleted")


def unchanged(catalogue: Tables, statement: str) -> None:
    before = contents(catalogue)
    with catalogue.writing() as execute, refused():
        execute(spelt(statement))
    assert contents(catalogue) == before


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("statement", RUNS)
def test_what_is_frozen_cannot_be_changed_by_any_statement(catalogue: Tables, statement: str) -> None:
    unchanged(catalogue, statement)


@of_the_file
@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("statement", REPLACING)
def test_nor_can_it_be_replaced(catalogue: Tables, statement: str) -> None:
    unchanged(catalogue, statement)


@of_the_file
@pytest.mark.parametrize("statement", RECORDING)
def test_nor_what_a_recording_holds(ended: Recorder, statement: str) -> None:
    def dumped() -> list[str]:
        with closing(sqlite3.connect(ended.path)) as connection:
            return list(connection.iterdump())

    before = dumped()
    with closing(sqlite3.connect(ended.path)) as connection:
        with refused():
            connection.execute(statement)
        connection.commit()
    assert dumped() == before


def test_a_run_may_be_entered_as_ended_twice_alike_but_not_with_another_chain(ended: Recorder) -> None:
    history = History(ended.history)
    run = history.run("run-1")
    assert run.chain is not None
    with Catalogue.open(ended.history) as catalogue:
        catalogue.end("run-1", OUTCOME.row(), run.chain)
    with pytest.raises(HistoryError, match="only once"), Catalogue.open(ended.history) as catalogue:
        catalogue.end("run-1", OUTCOME.row(), Head("00" * 32, 1))
    assert history.run("run-1").chain == run.chain


def catalogued(recorder: Recorder, catalogue: Tables, change: str) -> tuple[History, CataloguedRun]:
    """The run after a change to its row."""
    with catalogue.unprotected() as execute:
        execute(change)
    history = History(recorder.history)
    return history, history.run("run-1")


def test_a_dry_run_that_the_catalogue_calls_a_run_counts_as_one_and_it_is_told(
    ended: Recorder, catalogue: Tables
) -> None:
    history, run = catalogued(ended, catalogue, "UPDATE runs SET mode = 'run' WHERE run_id = 'run-1'")
    assert run.header.mode is Mode.RUN
    told = "mode: the catalogue calls it a run, its recording a dry run; it counts as a dry run"
    assert history.mode(run) == (Mode.DRY_RUN, told)
    assert history.verify(run).problems == (told,)


def test_a_mode_without_its_recording_is_doubtful(ended: Recorder, catalogue: Tables) -> None:
    history, run = catalogued(ended, catalogue, "UPDATE runs SET mode = 'run' WHERE run_id = 'run-1'")
    ended.path.unlink()
    mode, doubt = history.mode(run)
    assert mode is Mode.RUN
    assert "known from the catalogue only" in doubt
    assert "No such file" in doubt


def test_a_true_run_is_not_doubted(begin: Callable[..., Recorder], tmp_path: Path) -> None:
    begin(mode=Mode.RUN).abandon()
    history = History(tmp_path / "history")
    assert history.mode(history.run("run-1")) == (Mode.RUN, "")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE runs SET operator = 'Eve'", 'operator: "Eve" in the catalogue, "Ada" in the recording'),
        ("UPDATE runs SET recipe_text = '0000000000000000000000000000000000000000000000000000'", 'recipe text: "000'),
        ("UPDATE run_samples SET sample_id = 'Li-7' WHERE number = 1", "samples: "),
        ("DELETE FROM run_samples", "samples: [] in the catalogue"),
        ("UPDATE runs SET chain_head = '00'", "the recording names another end of its chain than the catalogue"),
    ],
)
def test_what_the_catalogue_says_otherwise_than_the_recording_is_told(
    ended: Recorder, catalogue: Tables, change: str, told: str
) -> None:
    history, run = catalogued(ended, catalogue, change)
    assert any(problem.startswith(told) for problem in history.verify(run).problems)


def test_a_recording_that_was_cut_and_sealed_anew_is_told_by_the_catalogue(ended: Recorder) -> None:
    """Its own end says that nothing is missing."""
    with unprotected(ended.path) as connection:
        connection.execute("DELETE FROM events WHERE seq >= 5")
        (last,) = connection.execute("SELECT hash FROM events WHERE seq = 4").fetchone()
        connection.execute("UPDATE meta SET value = ? WHERE key = 'chain_head'", (last,))
        connection.execute("UPDATE meta SET value = '4' WHERE key = 'chain_length'")
    problems = History(ended.history).verify("run-1").problems
    assert "the recording names another end of its chain than the catalogue" in problems
    with Recording.open(ended.path) as recording:
        assert not any("chain" in problem for problem in recording.verify().problems), "told by the catalogue alone"


@of_the_file
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM meta",
        "UPDATE meta SET value = 'nonsense'",
        "UPDATE meta SET value = '[]' WHERE key = 'header'",
        "UPDATE events SET data = 'nonsense' WHERE seq = (SELECT max(seq) FROM events)",
        "UPDATE events SET data = '[]' WHERE seq = (SELECT max(seq) FROM events)",
        "UPDATE events SET kind = 'nonsense'",
        "UPDATE events SET t = 'nonsense'",
        "UPDATE chunks SET blob = 'nonsense'",
        "INSERT INTO tail VALUES (1, 0, 1, 'nonsense')",
        "INSERT INTO tail VALUES (1, 0, 1, x'00')",
        "DROP TABLE pulses",
        "DROP TABLE meta",
    ],
)
def test_nonsense_in_a_recording_is_a_problem_and_no_fault(ended: Recorder, change: str) -> None:
    with unprotected(ended.path) as connection:
        connection.execute(change)
    found = History(ended.history).verify("run-1")
    assert found.problems
    assert not found.whole


def test_a_lost_recording_is_a_problem(ended: Recorder) -> None:
    ended.path.unlink()
    [problem] = History(ended.history).verify("run-1").problems
    assert "No such file" in problem


def test_a_run_under_way_is_in_order_and_one_that_ended_unsealed_is_not(ended: Recorder) -> None:
    history = History(ended.history)
    found = history.verify("run-2")
    assert (found.sealed, found.problems) == (False, ())
    with Catalogue.open(ended.history) as catalogue:
        catalogue.end("run-2", OUTCOME.row(), None)
    assert history.verify("run-2").problems == ("the run has ended, but its recording was never sealed",)
