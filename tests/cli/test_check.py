"""The command `check`: a verdict for people and one for programs, with exit status 2 when a file is refused."""

from pathlib import Path

import pytest

from tests.cli.conftest import SHORT, files_in, run
from tests.unit.reactor.files import REACTOR, ROOT, changed
from vapordep.cli.recipes.findings import sentence

PROMISED = {"ok", "findings", "duration_s", "cycles", "expected_thickness_m"}
FINDING = {"severity", "code", "file", "line", "message", "remedy"}
REFUSED = {"water_first_on_lithium": "C3", "hot_lithium": "T1", "short_purge": "C2"}


def test_an_accepted_recipe_is_told_with_its_film(place: Path) -> None:
    ended = run("check", "al2o3_on_lithium", "--json")
    assert (ended.status, ended.out.count("\n")) == (0, 1)
    assert set(ended.json) >= PROMISED
    assert (ended.json["ok"], ended.json["findings"], ended.json["cycles"]) == (True, [], 36)
    assert ended.json["expected_thickness_m"] == pytest.approx(4.25e-9, rel=0.01)
    assert 7000 < ended.json["duration_s"] < 10000
    assert files_in(place).keys() == {"short.yaml"}, "nothing is written"


def test_a_reactor_by_itself_is_told_with_its_coverage(place: Path) -> None:
    ended = run("check", str(REACTOR), "--json")
    sheet = ended.json["coverage"]
    assert (sheet["reactor"], sheet["guardian"]) == ("glovebox-ald", False)
    hot = sheet["hazards"][0]
    assert hot["vapordep_lives"] == {"covered": True, "by": ["trip T1"]}
    assert hot["engine_dead"] == hot["pc_dead"] == hot["stuck"] == {"covered": False, "by": []}
    guarded = ended.json["coverage_guarded"]["hazards"][0]
    assert guarded["engine_dead"] == {"covered": True, "by": ["guardian's tape"]}
    assert guarded["pc_dead"] == hot["pc_dead"]
    text = run("check", str(REACTOR)).out
    for wanted in ("coverage of glovebox-ald", "PC dead", "nothing", "guardian's"):
        assert wanted in text


def test_a_shipped_reactor_goes_by_its_name_and_is_no_recipe(place: Path) -> None:
    assert run("check", "glovebox_ald", "--json").json["coverage"]["reactor"] == "glovebox-ald"
    ended = run("dry-run", "glovebox_ald")
    assert (ended.status, ended.out) == (2, "")
    assert "this file describes a reactor, not a recipe. Do: name a recipe" in ended.err
    [finding] = run(
        "check", "al2o3_on_lithium", "--reactor", str(ROOT / "recipes" / "al2o3_on_lithium.yaml"), "--json"
    ).json["findings"]
    assert finding["message"] == "this file describes a recipe, not a reactor"


def test_a_name_that_is_nearly_a_recipe_is_told_which(place: Path) -> None:
    assert "Do: name a file; did you mean al2o3_on_lithium?" in run("check", "al2o3_on_lithum").err
    assert "one of the shipped recipes: al2o3_alucone_dual_layer, " in run("check", "nothing_like_it").err


def test_what_flows_steadily_is_told_as_use_too(place: Path) -> None:
    told = run("check", "pdmams_on_lithium").out
    [line] = [line for line in told.splitlines() if line.startswith("precursor use")]
    assert "DMAMS 1.4" in line
    assert "mmol" in line
    assert "TBPO" in line


def test_people_read_film_time_and_pulses(place: Path) -> None:
    ended = run("check", "al2o3_alucone_dual_layer")
    assert ended.status == 0
    for wanted in ("accepted, 1 note", "about 3:", "173 (TMA 89, H2O 50, EG 34)", "umol", "nucleation", "alucone"):
        assert wanted in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_a_refused_recipe_ends_with_status_2(name: str, code: str, place: Path) -> None:
    recipe = str(ROOT / "recipes" / "refused" / f"{name}.yaml")
    told = run("check", recipe)
    assert told.status == 2
    assert ": refused, " in told.out
    assert f"error {code}  {recipe}:" in told.out
    assert "Do: " in told.out
    ended = run("check", recipe, "--json")
    assert (ended.status, ended.json["ok"], ended.json["expected_thickness_m"]) == (2, False, None)
    assert all(set(finding) == FINDING for finding in ended.json["findings"])
    assert code in {finding["code"] for finding in ended.json["findings"] if finding["severity"] == "error"}


def test_the_place_of_a_finding_is_whole_in_a_narrow_window(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    deep = place / ("far" * 20) / "hot_lithium.yaml"
    deep.parent.mkdir()
    deep.write_text((ROOT / "recipes" / "refused" / "hot_lithium.yaml").read_text())
    told = run("check", str(deep))
    assert f"error T1  {deep}:" in told.out
    others = [line for line in told.out.splitlines() if str(deep) not in line]
    assert max(map(len, others)) <= 60


def test_what_cannot_be_read_is_a_verdict_too(place: Path) -> None:
    (place / "short.yaml").write_text(SHORT.replace("for: 5 s", "for: 5"))
    ended = run("check", "short.yaml", "--json")
    assert ended.status == 2
    [finding] = ended.json["findings"]
    assert (finding["code"], finding["file"], finding["line"]) == ("R-UNIT", "short.yaml", 20)
    assert ended.json["duration_s"] is ended.json["cycles"] is ended.json["expected_thickness_m"] is None
    assert run("check", "short.yaml").status == 2


def test_a_reactor_that_cannot_be_read_refuses_every_recipe(place: Path) -> None:
    broken = changed(REACTOR, place, {"volume: 1 L": "volume: 1"})
    ended = run("check", "short.yaml", "--reactor", str(broken), "--json")
    assert (ended.status, ended.json["ok"]) == (2, False)
    assert {Path(finding["file"]).name for finding in ended.json["findings"]} == {"glovebox_ald.yaml"}


def test_a_reactor_file_is_checked_by_itself(place: Path) -> None:
    accepted = run("check", str(REACTOR))
    assert (accepted.status, accepted.out.splitlines()[0]) == (0, "glovebox-ald: accepted")
    broken = changed(REACTOR, place, {"volume: 1 L": "volume: 1"})
    refused = run("check", str(broken), "--json")
    assert (refused.status, refused.json["ok"]) == (2, False)
    assert [finding["code"] for finding in refused.json["findings"]] == ["R-UNIT"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nobody looked for leaks", "Nobody looked for leaks."),
        ("cycles = 'many' is not a whole number", "cycles = 'many' is not a whole number."),
        ("steps[8].dose.pulse: the unit is missing", "steps[8].dose.pulse: the unit is missing."),
        ("did you mean cycles?", "Did you mean cycles?"),
        ("30 s of purge leave some TMA.", "30 s of purge leave some TMA."),
    ],
)
def test_a_sentence_keeps_the_names_that_stand_in_the_file(text: str, told: str) -> None:
    assert sentence(text) == told


@pytest.mark.parametrize(
    ("words", "file", "told"),
    [
        (("no_such_recipe",), "no_such_recipe", "no such file"),
        (("short.yaml", "--reactor", "no_such_reactor"), "no_such_reactor", "no such file"),
        (("short.yaml", "--set", "cycles"), "", "cycles"),
        ((".",), ".", ""),
    ],
)
def test_what_cannot_be_read_is_a_finding_for_programs(
    place: Path, words: tuple[str, ...], file: str, told: str
) -> None:
    ended = run("check", *words, "--json")
    assert (ended.status, ended.json["ok"]) == (2, False)
    [finding] = ended.json["findings"]
    assert set(finding) == FINDING
    assert (finding["file"], finding["line"]) == (file, None)
    assert told in finding["message"]
    assert finding["remedy"]
