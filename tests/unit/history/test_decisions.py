"""Decisions about a run: once, for ever, and together with the run that they make."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from tests.unit.history.conftest import make_header
from tests.unit.history.kinds import Tables
from vapordep.errors import HistoryError
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.run import Decided, Decision

pytestmark = pytest.mark.usefixtures("catalogue")

DISCARDED = Decided("run-1", Decision.DISCARD, "Bea", "foil torn", "2026-11-24T08:00:00+00:00")
CONTINUED = Decided("run-1", Decision.CONTINUE, "Ada", "", "2026-11-24T08:01:00+00:00")

REPLACED = "REPLACE INTO decisions SELECT run_id, 'cap', person, reason, decided FROM decisions"
UPSERTED = (
    "INSERT INTO decisions SELECT run_id, 'cap', person, reason, decided FROM decisions "
    "ON CONFLICT (run_id) DO UPDATE SET decision = 'cap'"
)
ONLY = {REPLACED: "sqlite", UPSERTED: "postgresql", "TRUNCATE decisions": "postgresql"}


@pytest.fixture
def history(begin: Callable[..., Recorder], tmp_path: Path) -> History:
    begin().abandon()
    return History(tmp_path / "history")


def test_a_run_is_decided_on_once(history: History) -> None:
    history.decide(DISCARDED)
    assert history.run("run-1").decided == DISCARDED
    with pytest.raises(HistoryError, match="Bea decided before: discard run-1"):
        history.decide(CONTINUED)
    assert history.run("run-1").decided == DISCARDED


def test_a_run_that_goes_on_is_entered_with_its_decision_or_not_at_all(history: History) -> None:
    child = make_header("run-2", parent="run-1", started="2026-11-24T08:01:00+00:00")
    Recorder.open(history.folder, child, decided=CONTINUED).abandon()
    parent, found = history.run("run-1"), history.run("run-2")
    assert parent.decided == CONTINUED
    assert (history.parents(found), history.children(parent)) == ((parent,), (found,))
    with pytest.raises(HistoryError, match="decided before"):
        Recorder.open(history.folder, make_header("run-3", parent="run-1"), decided=CONTINUED)
    assert [run.run_id for run in history.runs()] == ["run-2", "run-1"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET decision = 'continue'", "DELETE FROM decisions", REPLACED, UPSERTED,
        "TRUNCATE decisions",
    ],
)  # fmt: skip
def test_a_decision_cannot_be_changed_by_any_statement(history: History, statement: str, catalogue: Tables) -> None:
    if statement in ONLY and ONLY[statement] != catalogue.kind:
        return
    history.decide(DISCARDED)
    with (
        Catalogue.open(history.folder) as opened,
        pytest.raises((HistoryError, IntegrityError), match="only ever added"),
        opened.entering() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert history.run("run-1").decided == DISCARDED
