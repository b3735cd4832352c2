"""Dry runs over the web: each a process, followed, cancelled, so many at once; the program is a stand-in here."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.api.asking import HERE, JSON, PORT, Answer, asked, house, live
from vapordep.accounts.roles import Role
from vapordep.api.access.door import Door
from vapordep.api.application import application
from vapordep.api.live.trials import KEPT, MOST, NICE, Trial, Trials
from vapordep.errors import NotThere, RunError

PROGRAM = """
import json, os, sys, threading
print("warning: doubtful", file=sys.stderr)
where = {"state": "RUNNING", "step": "", "block": None, "cycle": 3, "cycles": 5, "simulated_s": 1.5, "left_s": None}
print(json.dumps({**where, "words": sys.argv[1:], "nice": os.nice(0)}), file=sys.stderr)
sys.stderr.flush()
if "wait" in sys.argv:
    threading.Event().wait(60)
if "fail" in sys.argv:
    sys.exit("error: refused")
print(json.dumps({"state": "COMPLETE", "verdict": {"fitness": "fit"}}))
"""
WITHIN = 60.0


@pytest.fixture
def trials(tmp_path: Path) -> Iterator[Trials]:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    made = Trials((sys.executable, str(file)))
    yield made
    made.close()
    for trial in made.all():
        trial.wait(WITHIN)


def test_one_is_followed_to_its_verdict(trials: Trials) -> None:
    trial = trials.start("ada", "shipped/x", ["/x.yaml", "--set=cycles=5"])
    trial.wait(WITHIN)
    assert trial.state == "done"
    assert trial.report == {"state": "COMPLETE", "verdict": {"fitness": "fit"}}
    assert trial.notes == ["warning: doubtful"]
    assert trial.progress is not None
    assert trial.progress["words"] == [
        "dry-run", "/x.yaml", "--set=cycles=5", "--operator", "ada", "--json", "--progress",
    ]  # fmt: skip
    assert trial.progress["nice"] in (os.nice(0), NICE), "it may have told before it was made to yield"
    assert trials.named(trial.id) is trial


def test_one_that_fails_says_why(trials: Trials) -> None:
    trial = trials.start("ada", "shipped/x", ["fail"])
    trial.wait(WITHIN)
    assert (trial.state, trial.report) == ("failed", None)
    assert "error: refused" in trial.notes


def test_so_many_go_on_at_once_and_each_may_be_cancelled(trials: Trials) -> None:
    begun = [trials.start("ada", "shipped/x", ["wait"]) for _ in range(MOST)]
    with pytest.raises(RunError, match="go on already"):
        trials.start("ben", "shipped/x", [])
    assert {trial.state for trial in begun} == {"running"}
    begun[0].cancel()
    begun[0].wait(WITHIN)
    assert begun[0].state == "cancelled"
    trials.start("ben", "shipped/x", ["wait"])
    trials.close()
    for trial in trials.all():
        trial.wait(WITHIN)
        assert trial.state == "cancelled"
    assert KEPT > MOST
    with pytest.raises(NotThere):
        trials.named("none")


def test_over_the_web_in_ones_own_name(trials: Trials) -> None:
    of = live()
    of.trials = trials
    app: Door = application(of, PORT, house().accounts)

    def post(path: str, body: object, role: Role) -> Answer:
        return asked(path, role, method="POST", headers=JSON | {"origin": HERE}, body=body, app=app)

    body = {"recipe": "shipped/al2o3_on_lithium", "parameters": {"cycles": "5", "x": "wait"}, "seed": 3}
    assert post("/api/dry-runs", body, Role.VIEWER).status == 403
    assert post("/api/dry-runs", {"recipe": "shipped/none"}, Role.TRAINEE).status == 404
    begun = post("/api/dry-runs", body, Role.TRAINEE)
    assert (begun.status, begun.json["person"]) == (200, "trainee")
    trials.named(begun.json["id"]).wait(WITHIN)
    told: Any = asked(f"/api/dry-runs/{begun.json['id']}", app=app).json
    assert told["state"] == "done"
    assert (told["progress"]["cycle"], told["report"]["state"]) == (3, "COMPLETE")
    words = (trials.named(told["id"]).progress or {})["words"]
    assert words[1].endswith("al2o3_on_lithium.yaml")
    assert "--set=cycles=5" in words
    assert words[words.index("--seed") + 1] == "3"
    assert [each["report"] for each in asked("/api/dry-runs", app=app).json] == [None]
    waiting = trials.start("operator", "shipped/x", ["wait"])
    assert post(f"/api/dry-runs/{waiting.id}/cancel", {}, Role.TRAINEE).status == 403
    assert post(f"/api/dry-runs/{waiting.id}/cancel", {}, Role.ENGINEER).status == 200
    assert asked("/api/dry-runs/none", app=app).status == 404


STEADY = """
import json, sys, time
for n in range(4):
    told = {"state": "RUNNING", "step": "", "block": None, "cycle": 0, "cycles": 0}
    told |= {"simulated_s": 10.0 * n, "left_s": 40.0}
    print(json.dumps(told), file=sys.stderr, flush=True)
    time.sleep(0.05)
print(json.dumps({"state": "COMPLETE"}))
"""


def test_each_step_is_told_of_with_the_time_that_it_still_takes_and_so_is_the_end(tmp_path: Path) -> None:
    file = tmp_path / "steady.py"
    file.write_text(STEADY, encoding="utf-8")
    told: list[dict[str, Any]] = []
    over = threading.Event()

    def hear(trial: Trial) -> None:
        told.append(trial.where)
        if trial.state != "running":
            over.set()

    trial = Trials((sys.executable, str(file)), hear).start("ada", "shipped/x", [])
    assert over.wait(WITHIN)
    assert {each["id"] for each in told} == {trial.id}
    assert [each["state"] for each in told] == [*["running"] * 4, "done"]
    assert told[0]["progress"]["ends_in_s"] is None, "nobody knows its pace yet"
    ends = [each["progress"]["ends_in_s"] for each in told[1:4]]
    assert all(0.0 < each < 20.0 for each in ends), "10 s in some 0.05 s, and 40 s are left"
