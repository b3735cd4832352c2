"""Bottles at the command line: entered and weighed, refused by the check when empty, and what runs take from them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import run
from tests.cli.test_continue import BREAKS
from vapordep.app.places import reactor_file
from vapordep.app.remembered.bottles import enter_use, used
from vapordep.app.remembered.continuing import take_up
from vapordep.history import bottles
from vapordep.history.queries import History
from vapordep.model.run import Mode
from vapordep.reactor import read_reactor

RECIPE = "short.yaml"
ALD = read_reactor(reactor_file(None))


def about_bottles() -> list[dict[str, Any]]:
    """What the check has to say of bottles."""
    return [found for found in run("check", RECIPE, "--json").json["findings"] if found["code"] == "R-BOTTLE"]


def test_an_empty_bottle_is_refused_by_check_and_run_until_another_stands_there(place: Path) -> None:
    assert run("bottles", "install", "glovebox_ald", "TMA", "25 g", "--lot", "4711").status == 0
    assert run("check", RECIPE).status == 0
    told = run("bottles", "weigh", "glovebox_ald", "TMA", "0 g", "--json").json
    assert (told["lot"], told["left_kg"], told["filled_kg"]) == ("4711", 0.0, 0.025)
    [finding] = about_bottles()
    assert finding["severity"] == "error"
    assert "TMA is empty (lot 4711" in finding["message"]
    refused = run("dry-run", RECIPE)
    assert (refused.status, "is empty" in refused.err) == (2, True)
    assert History(place / "history").runs() == ()
    assert run("bottles", "remove", "glovebox_ald", "TMA").status == 0
    assert run("bottles", "install", "glovebox_ald", "TMA", "1 mg").status == 0
    [finding] = about_bottles()
    assert "of what is left in the bottle of TMA" in finding["message"]
    assert finding["severity"] == "error", "two doses take more than a milligram"
    listed = run("bottles", "list", "glovebox_ald", "--all", "--json").json
    assert [bottle["removed"] != "" for bottle in listed["bottles"]] == [True, False]


def test_a_torn_line_is_told_by_list_and_check(place: Path) -> None:
    run("bottles", "install", "glovebox_ald", "TMA", "25 g")
    with bottles.file_of(place / "history", ALD.name).open("a") as file:
        file.write('{"entry"')
    told = run("bottles", "list", "glovebox_ald")
    assert (told.status, ":2 is not as it was written" in told.err) == (1, True)
    [finding] = about_bottles()
    assert (finding["severity"], finding["line"]) == ("warning", 2)


def test_bad_words_are_refused_with_what_to_do(place: Path) -> None:
    for words, told in {
        ("install", "glovebox_ald", "TMX", "25 g"): "its sources: TMA",
        ("install", "glovebox_ald", "TMA", "25"): "unit is missing",
        ("install", "glovebox_ald", "TMA", "25 nm"): "mass",
        ("weigh", "glovebox_ald", "TMA", "1 g"): "vapordep bottles install",
    }.items():
        ended = run("bottles", *words)
        assert (ended.status, told in ended.err) == (2, True), ended.err
    assert "they count as full" in run("bottles", "list", "glovebox_ald").out


def test_a_continued_dry_run_starts_with_what_is_left_and_takes_nothing_from_the_record(place: Path) -> None:
    (place / "breaks.yaml").write_text(BREAKS)
    assert run("bottles", "install", "glovebox_ald", "TMA", "2.6 mg").status == 0
    assert run("dry-run", "breaks.yaml", "--operator", "Ada").status == 1
    assert run("bottles", "list", "glovebox_ald", "--json").json["bottles"][0]["used_mol"] == 0.0
    history = History(place / "history")
    took = history.run("last").outcome["precursor_use_mol"]["TMA"]
    left = 2.6e-6 / 72.085e-3 - took
    assert took > 1e-5
    assert take_up(history, "last").reactor.sources["TMA"].content == pytest.approx(left)
    continued = ("dry-run", "--continue", "last", "--decision", "continue", "--operator", "Ada")
    assert run("bottles", "weigh", "glovebox_ald", "TMA", "1.3 mg").status == 0
    refused = run(*continued)
    assert (refused.status, "bottle of TMA is empty" in refused.err) == (2, True), (
        "it holds less than the first run took"
    )
    assert run("bottles", "weigh", "glovebox_ald", "TMA", "2.6 mg").status == 0
    assert "is empty" not in run(*continued).err
    assert len(history.runs()) == 2


def test_what_a_run_took_is_worked_out_of_its_readings_and_entered(place: Path) -> None:
    run("bottles", "install", "glovebox_ald", "TMA", "25 g")
    run("bottles", "install", "glovebox_ald", "H2O", "50 g")
    assert run("dry-run", RECIPE).status == 0
    history = History(place / "history")
    record = history.run("last")
    truth = record.outcome["precursor_use_mol"]
    with history.open_recording(record) as recording:
        told = used(recording, ALD)
    assert told == {name: pytest.approx(truth[name], rel=0.1) for name in ("TMA", "H2O")}
    enter_use(place / "history", record.header, ALD)
    assert run("bottles", "list", "glovebox_ald", "--json").json["bottles"][0]["used_mol"] == 0.0, "a dry run"
    for _ in range(2):
        enter_use(place / "history", replace(record.header, mode=Mode.RUN), ALD)
    listed = run("bottles", "list", "glovebox_ald", "--json").json["bottles"]
    assert {bottle["source"]: bottle["used_mol"] for bottle in listed} == told


def test_a_backup_has_the_bottles_too(place: Path) -> None:
    run("bottles", "install", "glovebox_ald", "TMA", "25 g")
    assert run("dry-run", RECIPE).status == 0
    assert run("history", "backup", "copy").status == 0
    copied = run("bottles", "list", "glovebox_ald", "--json", "--history", "copy").json
    assert copied["bottles"][0]["source"] == "TMA"
