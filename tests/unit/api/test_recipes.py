"""Recipes over the web: listed, read, checked with line and column, timed, saved with versions that stay."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.unit.api.asking import HERE, JSON, PORT, Answer, asked, house, live
from tests.unit.api.test_runs import record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.api.access.door import Door
from vapordep.api.application import application
from vapordep.api.recipes.versions import Versions
from vapordep.errors import HistoryError, NotThere, StaleOrder
from vapordep.files import data_folder

GOOD = (data_folder("recipes") / "al2o3_on_lithium.yaml").read_text(encoding="utf-8")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A history folder with the accounts of the house."""
    source = house().accounts.store.path
    (tmp_path / source.name).write_bytes(source.read_bytes())
    return tmp_path


@lru_cache(maxsize=1)
def door(folder: Path) -> Door:
    """One for all that a test asks."""
    return application(live(), PORT, Accounts.of(folder))


def posted(folder: Path, path: str, body: object, role: Role = Role.ENGINEER) -> Answer:
    return asked(path, role, method="POST", headers=JSON | {"origin": HERE}, body=body, app=door(folder))


def save(folder: Path, text: str, base: int, role: Role = Role.ENGINEER, name: str = "mine", note: str = "") -> Answer:
    return posted(folder, f"/api/recipes/own/{name}", {"text": text, "base": base, "note": note}, role)


def test_every_shipped_recipe_is_listed_and_read() -> None:
    told = {each["id"]: each for each in asked("/api/recipes").json if each["origin"] == "shipped"}
    assert set(told) == {f"shipped/{path.stem}" for path in data_folder("recipes").glob("*.yaml")}
    assert told["shipped/al2o3_on_lithium"]["substrate"] == "lithium"
    assert not [each for each in told.values() if each["trouble"]]
    whole = asked("/api/recipes/shipped/al2o3_on_lithium").json
    assert (whole["text"], whole["version"]) == (GOOD, 0)
    assert asked("/api/recipes/shipped/none").status == 404
    assert asked("/api/recipes/other/al2o3_on_lithium").status == 404


def test_a_recipe_is_listed_with_its_latest_run(lab: Path) -> None:
    record(lab, "a-1", recipe_name="Al2O3 on lithium, 4 nm", started="2026-11-23T14:00:00+00:00")
    record(lab, "a-2", recipe_name="Al2O3 on lithium, 4 nm", started="2026-11-24T14:00:00+00:00")
    record(lab, "b-1", recipe_name="another", started="2026-11-25T14:00:00+00:00")
    told = {each["id"]: each for each in asked("/api/recipes", app=door(lab)).json}
    latest = {"run_id": "a-2", "started": "2026-11-24T14:00:00+00:00", "mode": "dry_run", "state": "COMPLETE"}
    assert (told["shipped/al2o3_on_lithium"]["runs"], told["shipped/al2o3_on_lithium"]["latest"]) == (2, latest)
    assert [(each["runs"], each["latest"]) for each in told.values()].count((0, None)) == len(told) - 1


def test_a_check_tells_the_film_and_takes_parameters() -> None:
    few = asked("/api/recipes/shipped/al2o3_on_lithium/check?set=cycles=5").json
    assert (few["ok"], few["cycles"]) == (True, 5)
    assert few["expected_thickness_m"] > 0.0
    assert asked("/api/recipes/shipped/al2o3_on_lithium/check?set=cycles").status == 422
    beyond = asked("/api/recipes/shipped/al2o3_on_lithium/check?set=cycles=1000000").json
    assert not beyond["ok"]


def finding(text: str) -> Any:
    body = {"text": text}
    answer = asked("/api/recipes/check", method="POST", headers=JSON | {"origin": HERE}, body=body)
    assert answer.status == 200
    assert not answer.json["ok"]
    return answer.json["findings"][0]


def test_a_finding_has_line_and_column() -> None:
    lines = GOOD.splitlines()
    place = next(n for n, line in enumerate(lines) if line.strip().startswith("- dose:"))
    wrong = GOOD.replace("- dose:", "- doze:", 1)
    found = finding(wrong)
    assert found["line"] == place + 1
    assert found["column"] == len(lines[place]) - len(lines[place].lstrip()) + 1
    assert found["remedy"]


@pytest.mark.parametrize("text", ["", "[", "a: &x 1\nb: *x\n", "a: 1\na: 2\n", "recipe: 1\n", "\x00", "- " * 3000])
def test_a_text_that_is_no_recipe_is_a_finding_and_no_fault(text: str) -> None:
    assert finding(text)["severity"] == "error"


def test_the_timeline_has_every_step_and_one_cycle_of_a_loop() -> None:
    told = asked("/api/recipes/shipped/al2o3_on_lithium/timeline").json
    steps = told["steps"]
    for one, following in pairwise(steps):
        assert one["start_s"] + one["duration_s"] == pytest.approx(following["start_s"])
    assert told["finally"][0]["start_s"] == pytest.approx(steps[-1]["start_s"] + steps[-1]["duration_s"])
    loops = [step for step in steps if step["kind"] == "block" and step["count"] > 1]
    kinds = {step["kind"] for step in (loops[0]["again"] or loops[0]["first"])}
    assert {"dose", "purge"} <= kinds
    assert asked("/api/recipes/shipped/al2o3_on_lithium/timeline?set=cycles=0").status == 422


def test_versions_stay_and_tell_who_changed_what(lab: Path) -> None:
    assert save(lab, GOOD, 0, Role.OPERATOR).status == 403
    first = save(lab, GOOD, 0, note=" begun ")
    assert (first.json["number"], first.json["person"], first.json["note"]) == (1, "engineer", "begun")
    assert save(lab, GOOD.replace("36", "40"), 1, Role.ADMIN).json["number"] == 2
    late = save(lab, GOOD, 1)
    assert (late.status, late.json["type"]) == (409, "StaleOrder")
    assert "admin saved version 2" in late.json["message"]
    app = door(lab)
    assert [each["number"] for each in asked("/api/recipes/own/mine/versions", app=app).json] == [1, 2]
    assert asked("/api/recipes/own/mine/versions/1", app=app).json["text"] == GOOD
    changed = asked("/api/recipes/own/mine/versions/1/diff/2", app=app).json["diff"]
    assert "\n-" in changed
    assert "40" in changed
    whole = asked("/api/recipes/own/mine", app=app).json
    assert (whole["version"], "40" in whole["text"]) == (2, True)
    assert asked("/api/recipes/own/mine/versions/3", app=app).status == 404
    assert asked("/api/recipes/own/mine/check", app=app).json["ok"]
    assert {each["id"]: each["version"] for each in asked("/api/recipes", app=app).json}["own/mine"] == 2


@pytest.mark.parametrize("name", ["..", "a.b", "A", "-a", ".versions", "a" * 65, "a%2fb", "é", "a b"])
def test_a_name_that_could_be_a_path_is_refused(name: str, lab: Path) -> None:
    answer = save(lab, GOOD, 0, name=name)
    assert answer.status in (404, 422)
    assert not (lab / "recipes").exists()


@pytest.mark.parametrize("text", ["a: 1\na: 2\n", "[", "\x00", "x: \ud800"])
def test_what_is_no_yaml_of_ours_is_not_saved(text: str, lab: Path) -> None:
    assert save(lab, text, 0).status == 422
    assert not (lab / "recipes").exists()


def test_a_recipe_that_cannot_be_read_is_listed_with_why(lab: Path) -> None:
    (lab / "recipes").mkdir()
    (lab / "recipes" / "broken.yaml").write_bytes(b"\xff")
    [told] = [each for each in asked("/api/recipes", app=door(lab)).json if each["origin"] == "own"]
    assert told["title"] is None
    assert told["trouble"]


def test_a_version_that_cannot_be_written_or_read_says_so(tmp_path: Path) -> None:
    versions = Versions(tmp_path / "recipes")
    (tmp_path / "recipes").write_text("a file", encoding="utf-8")
    with pytest.raises(HistoryError, match="cannot be saved"):
        versions.save("mine", GOOD, "ada", "", 0)
    (tmp_path / "recipes").unlink()
    made = versions.save("mine", GOOD, "ada", "", 0)
    with pytest.raises(StaleOrder, match="goes back to 0"):
        versions.save("mine", GOOD, "ben", "", 0)
    with pytest.raises(NotThere):
        versions.text("../mine", 1)
    (tmp_path / "recipes" / ".versions" / "mine" / "00001.json").write_text("{", encoding="utf-8")
    with pytest.raises(HistoryError, match="cannot be read"):
        versions.all("mine")
    assert made.number == 1


def test_a_text_that_is_not_saved_has_a_timeline_or_its_findings() -> None:
    def timed(text: str, **parameters: str) -> Answer:
        body = {"text": text, "parameters": parameters}
        return asked("/api/recipes/timeline", method="POST", headers=JSON | {"origin": HERE}, body=body)

    told = timed(GOOD, cycles="7").json
    assert next(step["count"] for step in told["steps"] if step["kind"] == "block" and step["count"] > 5) == 7
    assert {step["label"] for step in told["steps"]} >= {"pump", "heat"}
    refused = timed(GOOD.replace("- dose:", "- doze:", 1))
    assert (refused.status, "doze" in refused.json["message"]) == (422, True)
