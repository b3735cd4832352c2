"""What was frozen stays so, whatever statement comes; and where the protection is taken off, the history tells."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.history.conftest import unprotected
from vapordep.errors import HistoryError
from vapordep.history.catalogue import Catalogue, CataloguedRun, Outcome
from vapordep.history.chain import Head
from vapordep.history.queries import History
from vapordep.history.recorder import Recorder
from vapordep.model.film import Film
from vapordep.model.run import Mode, RunState

OUTCOME = Outcome(RunState.COMPLETE, "", datetime(2026, 11, 23, 15, tzinfo=UTC), 10.0, 0.5, {}, Film())
RUNS = [
    "UPDATE runs SET mode = 'run'",
    "UPDATE runs SET recipe_text = ''",
    "UPDATE runs SET notes = ''",
    "UPDATE runs SET recording = 'another'",
    "UPDATE runs SET chain_head = 'another'",
    "UPDATE runs SET chain_length = NULL",
    "UPDATE OR REPLACE runs SET rowid = 2 WHERE rowid = 1",
    "DELETE FROM runs",
    "INSERT OR REPLACE INTO runs SELECT {anew} FROM runs",
    "REPLACE INTO runs (rowid, {columns}) SELECT rowid, {other} FROM runs WHERE run_id = 'run-1'",
    "INSERT INTO runs SELECT {anew} FROM runs WHERE true ON CONFLICT DO UPDATE SET mode = 'run'",
    "UPDATE run_samples SET sample_id = 'another'",
    "DELETE FROM run_samples",
    "REPLACE INTO run_samples SELECT run_id, number, 'another', substrate, area_m2, position, note FROM run_samples",
]
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
def ended(begin: Callable[..., Recorder], play: Callable[..., None]) -> Recorder:
    """A run that was sealed, and a later one that is under way."""
    recorder = begin()
    play(recorder)
    recorder.finish(RunState.COMPLETE, "", ended=datetime(2026, 11, 23, 15, tzinfo=UTC), simulated_s=10.0, wall_s=0.5)
    begin("run-2", started="2026-11-24T00:00:00+00:00").abandon()
    return recorder


def contents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def spelt(connection: sqlite3.Connection, statement: str) -> str:
    """A statement whose row of `runs` is another one with the same key, or with another key."""
    columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(runs)")]
    anew = ["'run'" if name == "mode" else name for name in columns]
    other = ["'another'" if name == "run_id" else name for name in columns]
    return statement.format(columns=", ".join(columns), anew=", ".join(anew), other=", ".join(other))


@pytest.mark.parametrize(
    ("file", "statement"), [("catalogue", s) for s in RUNS] + [("recording", s) for s in RECORDING]
)
def test_what_is_frozen_cannot_be_changed_by_any_statement(ended: Recorder, file: str, statement: str) -> None:
    path = ended.path if file == "recording" else ended.history / "catalogue.sqlite"
    before = contents(path)
    with closing(sqlite3.connect(path)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match=r"only ever added|frozen|only once|never deleted"):
            connection.execute(spelt(connection, statement))
        connection.commit()
    assert contents(path) == before


def test_a_run_may_be_entered_as_ended_twice_alike_but_not_with_another_chain(ended: Recorder) -> None:
    history = History(ended.history)
    run = history.run("run-1")
    assert run.chain is not None
    with Catalogue.open(ended.history) as catalogue:
        catalogue.end("run-1", OUTCOME.row(), run.chain)
    with pytest.raises(HistoryError, match="only once"), Catalogue.open(ended.history) as catalogue:
        catalogue.end("run-1", OUTCOME.row(), Head("00" * 32, 1))
    assert history.run("run-1").chain == run.chain


def catalogued(recorder: Recorder, change: str) -> tuple[History, CataloguedRun]:
    """The run after a change to its row."""
    with unprotected(recorder.history / "catalogue.sqlite") as connection:
        connection.execute(change)
    history = History(recorder.history)
    return history, history.run("run-1")


def test_a_dry_run_that_the_catalogue_calls_a_run_counts_as_one_and_it_is_told(ended: Recorder) -> None:
    history, run = catalogued(ended, "UPDATE runs SET mode = 'run' WHERE run_id = 'run-1'")
    assert run.header.mode is Mode.RUN
    told = "mode: the catalogue calls it a run, its recording a dry run; it counts as a dry run"
    assert history.mode(run) == (Mode.DRY_RUN, told)
    assert history.verify(run).problems == (told,)


def test_a_mode_without_its_recording_is_doubtful(ended: Recorder) -> None:
    history, run = catalogued(ended, "UPDATE runs SET mode = 'run' WHERE run_id = 'run-1'")
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
        ("UPDATE runs SET recipe_text = hex(zeroblob(99))", 'recipe text: "000'),
        ("UPDATE run_samples SET sample_id = 'Li-7' WHERE number = 1", "samples: "),
        ("DELETE FROM run_samples", "samples: [] in the catalogue"),
        ("UPDATE runs SET chain_head = '00'", "the recording names another end of its chain than the catalogue"),
    ],
)
def test_what_the_catalogue_says_otherwise_than_the_recording_is_told(ended: Recorder, change: str, told: str) -> None:
    history, run = catalogued(ended, change)
    assert any(problem.startswith(told) for problem in history.verify(run).problems)


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
