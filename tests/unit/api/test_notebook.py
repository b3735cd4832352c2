"""Labels, notes, measurements, calibrations over the web: with the right for it, on record, beside the run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.api.asking import JSON, PORT, Answer, asked, live
from tests.unit.api.test_runs import record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Role
from vapordep.api.application import application
from vapordep.model.film import Film, FilmLayer
from vapordep.model.run import SampleOnStage

Ask = Callable[..., Answer]
FILM = Film((FilmLayer("Al2O3", 3.9e-9, 36, 1.08e-10, 1e-5),))


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Asks as a person of some role; with a body, a change."""
    accounts = Accounts.of(tmp_path)
    tokens = {}
    for role in (Role.VIEWER, Role.TRAINEE, Role.OPERATOR, Role.ADMIN):
        person = accounts.people.add(f"{role}.x", role, "a few good words")
        tokens[role] = accounts.tokens.make(person, "x", RIGHTS[role], 1.0)
    door = application(live(), PORT, accounts)

    def ask(path: str, role: Role = Role.VIEWER, body: Any = None) -> Answer:
        headers = {"authorization": f"Bearer {tokens[role]}"} | ({} if body is None else JSON)
        if body is None:
            return asked(path, None, headers=headers, app=door)
        return asked(path, None, method="POST", headers=headers, body=body, app=door)

    return ask


def test_a_trainee_marks_and_measures_and_a_viewer_only_reads(ask: Ask, tmp_path: Path) -> None:
    record(tmp_path, "run-1", film=FILM, samples=(SampleOnStage("Li-1", "lithium"),))
    thickness = {"quantity": "thickness", "value": "4.1 nm", "uncertainty": "0.1 nm", "method": "ellipsometry"}
    changes = {
        "labels": {"add": ["star", "paper-2"]}, "notes": {"text": "<b>hair</b>", "at_s": 12.5},
        "measurements": thickness,
    }  # fmt: skip
    for what, body in changes.items():
        assert ask(f"/api/runs/last/{what}", Role.VIEWER, body).status == 403
        assert ask(f"/api/runs/last/{what}", Role.TRAINEE, body).status == 200, what
    [note] = ask("/api/runs/last/notes").json
    assert (note["text"], note["at_s"], note["person"]) == ("<b>hair</b>", 12.5, "trainee.x")
    film = ask("/api/runs/last/film").json
    assert film["layers"][0]["thickness_m"] == 3.9e-9
    [measured] = film["measurements"]
    assert measured["difference_m"] == pytest.approx(0.2e-9)
    assert measured["sample_id"] == "Li-1"
    assert ask("/api/runs?label=star&search=hair").json["runs"][0]["labels"] == ["paper-2", "star"]
    assert ask("/api/runs/last/labels", Role.TRAINEE, {"remove": ["star"]}).json == {"labels": ["paper-2"]}
    told = [entry["what"] for entry in ask("/api/audit", Role.ADMIN).json]
    assert told[:4] == ["labels of run-1: -star", "a measurement of run-1", "a note about run-1",
                        "labels of run-1: +star +paper-2"]  # fmt: skip


WRONG = [
    ("runs/last/labels", {"add": ["two words"]}, 422), ("runs/last/labels", {"add": "star"}, 422),
    ("runs/last/notes", {"text": ""}, 422), ("runs/last/notes", {"text": "x", "at": 3}, 422),
    ("runs/last/measurements", {"quantity": "thickness", "value": "4.1", "method": "XRR", "sample": "Li-1"}, 422),
    ("runs/last/measurements", {"quantity": "thickness", "value": "4.1 nm", "method": "XRR", "sample": "No"}, 404),
    ("runs/none/notes", {"text": "x"}, 404),
    ("calibrations", {"reactor": "glovebox-ald", "kind": "mood", "subject": "s", "value": "1 K", "method": "m"}, 422),
    ("calibrations", {"reactor": "glovebox-aLd", "kind": "foil_offset", "subject": "stage", "value": "1 K",
                      "method": "m"}, 404),
]  # fmt: skip


def test_what_will_not_do_is_refused_and_nothing_is_entered(ask: Ask, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    for path, body, status in WRONG:
        answer = ask(f"/api/{path}", Role.OPERATOR, body)
        assert (answer.status, set(answer.json)) == (status, {"type", "message", "where", "remedy"}), path
    assert ask("/api/runs/last/notes").json == ask("/api/calibrations").json == []


def test_calibrations_samples_and_operators(ask: Ask, tmp_path: Path) -> None:
    for path in ("calibrations", "samples", "operators"):
        assert ask(f"/api/{path}").json == []
    record(tmp_path, "run-1")
    offset = {
        "reactor": "glovebox-ald",
        "kind": "foil_offset",
        "subject": "stage",
        "value": "3.1 K",
        "method": "indium",
    }
    assert ask("/api/calibrations", Role.TRAINEE, offset).status == 403
    assert ask("/api/calibrations", Role.OPERATOR, offset).json == {"number": 1}
    assert ask("/api/calibrations?reactor=glovebox-ald").json[0]["value"] == pytest.approx(3.1)
    assert ask("/api/calibrations?reactor=other").json == []
    [sample] = ask("/api/samples?search=li").json
    assert (sample["id"], sample["runs"][0]["run_id"]) == ("Li-1", "run-1")
    assert ask("/api/operators").json == [{"operator": "Ada", "runs": 1, "latest": "2026-11-23T14:25:30+00:00"}]


def test_letters_of_a_sample_are_letters_and_no_pattern(ask: Ask, tmp_path: Path) -> None:
    record(tmp_path, "run-1", samples=(SampleOnStage("Li-1", "lithium"),))
    assert [each["id"] for each in ask("/api/samples?search=i-1").json] == ["Li-1"]
    assert [ask(f"/api/samples?search={letters}").json for letters in ("%25", "_", "L%25", "%5C")] == [[], [], [], []]
