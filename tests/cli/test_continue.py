"""`dry-run --continue` and `run continue`: the state of an ended run, decisions about it, and what is refused."""

from pathlib import Path

import pytest

from tests.cli.conftest import Ended, run
from vapordep.app.places import reactor_file
from vapordep.history.queries import History
from vapordep.model.run import RunState

BREAKS = """\
recipe: 1
name: Breaks off
process: ALD
substrate: silicon
parameters:
  cycles: {default: 2, low: 1, high: 500}
steps:
  - pump: {to: 10 Pa, within: 10 min, soft: true}
  - flow: {carrier: 20 sccm}
  - repeat: $cycles
    name: main
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 20 s}
      - dose: {source: H2O, pulse: 30 ms}
      - purge: {for: 20 s}
  - wait: {until: chamber.pressure > 1 kPa, within: 5 s}
  - repeat: 1
    name: rest
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 20 s}
      - dose: {source: H2O, pulse: 30 ms}
      - purge: {for: 20 s}
cap:
  - dose: {source: TMA, pulse: 50 ms}
  - purge: {for: 20 s}
finally:
  - purge: {for: 5 s}
"""


@pytest.fixture
def broken(place: Path) -> Path:
    """A folder in whose history lies a run that was aborted after its first layer, for nobody attended the hold."""
    (place / "breaks.yaml").write_text(BREAKS)
    assert run("dry-run", "breaks.yaml", "--operator", "Ada", "--sample", "Si-1@centre").status == 1
    return place


def taken_up(*words: str) -> Ended:
    return run("dry-run", "--continue", "last", *words)


def ids(place: Path) -> list[str]:
    return [found.run_id for found in History(place / "history").runs()]


def test_a_script_is_told_the_state_and_nothing_is_done(broken: Path) -> None:
    before = ids(broken)
    told = taken_up("--json")
    assert (told.status, ids(broken)) == (0, before)
    state = told.json
    assert (state["state"], state["place"], state["goes_on"]) == ("ABORTED", "3:0", "at step 4, wait")
    assert [(one["name"], one["whole_cycles"], one["planned_cycles"]) for one in state["layers"]] == [
        ("main", 2, 2), ("rest", 0, 1)
    ]  # fmt: skip
    assert (state["last_dose"]["source"], state["last_dose"]["half"]) == ("H2O", "dose 2 of 2")
    assert state["pressure_unattended_Pa"] is None
    assert state["choices"] == ["continue", "cap", "discard"]
    shown = taken_up()
    assert shown.status == 0
    for words in ("main 2 of 2, rest 0 of 1", "the pressure since then is not known", "to decide: continue, cap"):
        assert words in shown.out


def test_a_run_goes_on_and_its_chain_is_shown(broken: Path) -> None:
    (first,) = ids(broken)
    told = taken_up("--decision", "continue", "--by", "Bea", "--json")
    assert told.status == 1, "it breaks off again, as its recipe does"
    report = told.json
    assert report["doses"] == 0, "the first layer is done"
    child, _ = ids(broken)
    shown = run("runs", "show", child, "--json").json
    assert (shown["parents"], shown["children"]) == ([first], [])
    assert shown["operator"] == "Bea"
    assert shown["samples_on_stage"][0]["id"] == "Si-1"
    assert [event["text"] for event in shown["events"] if "place" in event["data"]][:3] == [
        "pump",
        "leak_check",
        "flow",
    ]
    text = run("runs", "show", first).out
    assert f"went on as {child}" in text
    assert "Bea decided to continue it" in text
    assert "film of all 2 runs:" in text

    again = run("dry-run", "--continue", first, "--decision", "continue")
    assert (again.status, len(ids(broken))) == (2, 2)
    assert "Bea decided on" in again.err
    assert taken_up("--json").json["layers"] == [{"name": "rest", "whole_cycles": 0, "planned_cycles": 1}]


def test_a_run_is_capped(broken: Path) -> None:
    report = taken_up("--decision", "cap", "--reason", "enough", "--json").json
    assert (report["state"], report["doses"]) == ("COMPLETE", 1)
    assert taken_up("--decision", "continue").status == 2, "the capped run is complete"


def test_a_run_is_discarded_for_ever(broken: Path) -> None:
    refused = taken_up("--decision", "discard")
    assert refused.status == 2
    assert "not discarded without a reason" in refused.err
    assert taken_up("--decision", "discard", "--reason", "foil torn", "--operator", "Bea").status == 0
    for decision in ("continue", "cap", "discard"):
        after = taken_up("--decision", decision, "--reason", "changed my mind")
        assert after.status == 2
        assert "foil torn" in after.err
    assert len(ids(broken)) == 1
    assert "Bea decided to discard it: foil torn" in run("runs", "show").out


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("dry-run", "--continue", "last", "--decision", "go"), 2, "choose continue, cap or discard"),
        (("dry-run", "--continue", "20200101"), 2, "no run"),
        (("dry-run", "breaks.yaml", "--continue", "last"), 2, "are those of the run"),
        (("dry-run", "--continue", "last", "--decision", "continue", "--seed", "5"), 2, "from its beginning"),
        (("dry-run", "--continue", "last", "--decision", "continue", "--progress"), 2, "from its beginning"),
        (("dry-run", "breaks.yaml", "--decision", "cap"), 2, "name it with --continue"),
        (("dry-run",), 2, "name a recipe"),
        (("run", "continue", "last", "--decision", "continue"), 2, "was a dry run"),
        (("dry-run", "--continue", "last", "--decision", "continue", "--pace", "-1"), 2, "a pace of -1 is none"),
        (("dry-run", "--continue", "last", "--reactor", "no.yaml"), 2, "no such file"),
    ],
)
def test_wrong_input_does_nothing(broken: Path, words: tuple[str, ...], status: int, told: str) -> None:
    before = ids(broken)
    ended = run(*words)
    assert (ended.status, ids(broken)) == (status, before)
    assert told in ended.err


def test_the_last_run_is_that_of_the_reactor_that_is_named_and_of_several_it_is_asked_which(broken: Path) -> None:
    [mine] = ids(broken)
    text = reactor_file("glovebox_ald").read_text(encoding="utf-8").replace("reactor: glovebox-ald", "reactor: another")
    (broken / "another.yaml").write_text(text, encoding="utf-8")
    assert run("dry-run", "breaks.yaml", "--reactor", "another.yaml").status == 1
    other, _ = ids(broken)
    asked = taken_up("--json")
    assert asked.status == 2
    assert f"the last run of which reactor? {other} of another, {mine} of glovebox-ald" in asked.err
    assert taken_up("--reactor", "another.yaml", "--json").json["run_id"] == other
    assert taken_up("--reactor", "glovebox_ald", "--json").json["run_id"] == mine
    assert "there is no run of hybrid" in taken_up("--reactor", "hybrid").err


def test_a_run_that_broke_off_in_a_region_is_capped_or_discarded_but_never_continued(place: Path) -> None:
    wait = "  - wait: {until: chamber.pressure > 1 kPa, within: 5 s}\n"
    region = f"  - no_resume: half a film\n    steps:\n    {wait}"
    (place / "breaks.yaml").write_text(BREAKS.replace(wait, region))
    assert run("dry-run", "breaks.yaml").status == 1
    told = taken_up("--json").json
    assert (told["choices"], told["no_resume"]) == (["cap", "discard"], "half a film")
    refused = taken_up("--decision", "continue")
    assert refused.status == 2
    assert "a part that is not resumed (half a film)" in refused.err
    assert "cap or discard" in refused.err
    assert taken_up("--decision", "cap").status == 0


def test_a_complete_run_has_nothing_left(place: Path) -> None:
    assert run("dry-run", "short.yaml").status == 0
    ended = taken_up("--decision", "continue")
    assert ended.status == 2
    assert "is complete: nothing is left" in ended.err


def test_files_that_changed_since_are_told_and_the_runs_own_recipe_is_used(broken: Path) -> None:
    (broken / "breaks.yaml").write_text(BREAKS.replace("repeat: 1", "repeat: 7"))
    state = taken_up("--json").json
    assert state["layers"][1]["planned_cycles"] == 1
    assert any("breaks.yaml has changed since" in remark for remark in state["remarks"])


def test_a_reactor_that_changed_in_what_matters_must_be_named(place: Path) -> None:
    from tests.recipes.dry import REACTOR

    text = REACTOR.read_text(encoding="utf-8")
    (place / "breaks.yaml").write_text(BREAKS)
    (place / "mine.yaml").write_text(text)
    run("dry-run", "breaks.yaml", "--reactor", "mine.yaml")
    (place / "mine.yaml").write_text("# moved\n" + text)
    assert any("nothing that matters" in remark for remark in taken_up("--json").json["remarks"])
    (place / "mine.yaml").write_text(text.replace("volume: 1 L", "volume: 0.9 L"))
    refused = taken_up("--json")
    assert refused.status == 2
    assert "the reactor has changed since the run, in: chamber" in refused.err
    named = taken_up("--reactor", "mine.yaml", "--json").json
    assert any("differs from the run's own in: chamber" in remark for remark in named["remarks"])


def test_what_was_decided_survives_and_cannot_be_undone(broken: Path) -> None:
    taken_up("--decision", "discard", "--reason", "foil torn")
    (found,) = History(broken / "history").runs()
    assert found.state is RunState.ABORTED
    assert found.decided is not None
    assert (found.decided.decision, found.decided.reason) == ("discard", "foil torn")
