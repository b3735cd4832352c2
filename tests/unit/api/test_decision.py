"""What is left of a run that ended before its plan, over the web: as the command tells it, or why nothing is."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.api.asking import asked, live
from tests.wall.test_continue import RECIPE, killed
from vapordep.app.remembered.continuing import take_up
from vapordep.app.remembered.taken_up import as_json
from vapordep.history.queries import History


def test_a_run_of_which_nothing_is_left_says_so() -> None:
    answer = asked("/api/runs/a-1/decision")
    assert (answer.status, "nothing is left" in answer.json["message"]) == (422, True)


@pytest.mark.wall
def test_a_killed_run_tells_its_whole_cycles_and_what_may_be_decided(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    killed(tmp_path, 7, "durable")
    shown = live()
    history = History(tmp_path / "history")
    shown.served = replace(shown.served, broken_off=lambda run: as_json(take_up(history, run)))
    told = asked("/api/runs/last/decision", of=shown).json
    assert {"name": "main", "whole_cycles": 2, "planned_cycles": 6} in told["layers"]
    assert told["choices"] == ["continue", "discard"]
    assert told["why_not"] == {"cap": "its recipe has no section `cap`"}
    assert told["perhaps_given"]["source"] == "H2O"
