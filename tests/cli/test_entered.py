"""What people add to a run by the command line: found again by it, in units, and refused with what to do."""

import csv
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Ended, run


@pytest.fixture
def history(done: Done, tmp_path: Path) -> str:
    return str(shutil.copytree(done.history, tmp_path / "copied"))


def test_a_run_is_marked_measured_and_found_again(history: str, tmp_path: Path) -> None:
    photo = tmp_path / "foil.jpg"
    photo.write_bytes(b"\xff\xd8")
    at = ("--history", history)
    for words in (
        ("label", "last", "paper-2"), ("star", "last"), ("note", "last", "a [red]scratch", "--at", "83 min"),
        ("measure", "last", "thickness", "4.1 nm", "--uncertainty", "1 angstrom", "--method", "XRR", "--by", "Ben"),
        ("attach", "last", str(photo), "--note", "after"),
    ):  # fmt: skip
        done = run("runs", *words, *at)
        assert (done.status, done.err) == (0, ""), words
    told = run("runs", "entered", *at).out
    for line in ("labels: paper-2, star", "at 1:23:00, ", "a [red]scratch", "thickness 4.1 ± 0.1 nm by XRR on Li-042",
                 "Ben", "file 1: foil.jpg, 2 bytes"):  # fmt: skip
        assert line in told
    name = run("runs", "entered", *at, "--json").json["run_id"]
    for words in (("--star",), ("--label", "paper-2", "--search", "SCRATCH"), ("--state", "complete")):
        assert [each["run_id"] for each in run("runs", "list", *words, *at, "--json").json] == [name]
    run("runs", "star", "last", "--remove", *at)
    assert run("runs", "list", "--star", *at).out == "no run is like that\n"
    assert run("history", "check", *at).status == 0
    assert run("history", "backup", str(tmp_path / "copy"), *at).status == 0
    assert run("runs", "entered", "--history", str(tmp_path / "copy")).out == run("runs", "entered", *at).out
    assert run("history", "check", "--history", str(tmp_path / "copy")).status == 0
    next((tmp_path / "copy" / "attachments").iterdir()).write_bytes(b"other")
    assert "'foil.jpg' was changed" in run("history", "check", "--history", str(tmp_path / "copy")).out


def test_what_was_measured_is_exported_beside_the_run(history: str, tmp_path: Path) -> None:
    at = ("--history", history)
    words = ("runs", "measure", "last", "thickness", "41 angstrom", "--uncertainty", "0.1 nm", "--method", "=XRR")
    assert run(*words, *at).status == 0
    told = run("runs", "export", "last", "-o", str(tmp_path / "out"), *at)
    [file] = (tmp_path / "out").glob("*.measurements.csv")
    assert str(file) in told.out
    with file.open(encoding="utf-8", newline="") as text:
        [row] = csv.DictReader(text)
    assert (row["quantity"], row["value"], row["uncertainty"], row["unit"]) == ("thickness", "41", "1", "angstrom")
    assert (float(row["value [SI]"]), float(row["uncertainty [SI]"])) == pytest.approx((4.1e-9, 1e-10))
    assert row["method"] == "'=XRR", "no spreadsheet takes it for a formula"
    assert run("runs", "export", "last", "-o", str(tmp_path / "out"), *at).status == 2


def test_half_an_export_is_taken_back(history: str, tmp_path: Path) -> None:
    at = ("--history", history)
    assert run("runs", "measure", "last", "thickness", "4 nm", "--method", "XRR", *at).status == 0
    name = run("runs", "entered", *at, "--json").json["run_id"]
    out = tmp_path / "out"
    out.mkdir()
    before = out / f"{name}.measurements.csv"
    before.write_text("of an export before\n", encoding="utf-8")
    refused = run("runs", "export", "last", "-o", str(out), *at)
    assert (refused.status, "exists already" in refused.err) == (2, True)
    assert list(out.iterdir()) == [before]
    assert before.read_text(encoding="utf-8") == "of an export before\n"


def test_calibrations_are_listed_in_their_unit(history: str) -> None:
    given = ("calibrations", "add", "glovebox-ald", "foil_offset", "stage", "3.1 K", "--method", "indium")
    assert run(*given, "--history", history).status == 0
    assert "3.1 K" in run("calibrations", "list", "--history", history).out
    below = ("calibrations", "add", "glovebox-ald", "foil_offset", "stage", "-3.2 K", "--method", "indium")
    assert run(*below, "--history", history).status == 0
    assert "-3.2 K" in run("calibrations", "list", "--history", history).out
    assert run(*below, "--uncertanty", "1 K", "--history", history).status == 2, "a word misspelt is no value"
    assert run("calibrations", "list", "other", "--history", history).out == "no calibrations yet\n"


def test_a_calibration_is_of_a_reactor_that_is_known(history: str, tmp_path: Path) -> None:
    def add(reactor: str) -> Ended:
        given = ("foil_offset", "stage", "3.1 K", "--method", "indium")
        return run("calibrations", "add", reactor, *given, "--history", history)

    (tmp_path / "ours.yaml").write_text("reactor: ours\n", encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text("recipe: 1\nreactor: ours\n", encoding="utf-8")
    for reactor in ("glovebox-ald", "glovebox_ald", str(tmp_path / "ours.yaml")):
        assert add(reactor).status == 0, reactor
    for reactor in ("glovbox-ald", "ours", "", str(tmp_path / "recipe.yaml"), str(tmp_path)):
        refused = add(reactor)
        assert refused.status == 2, reactor
        assert "glovebox-ald" in refused.err, "the list of what is known"
    told = run("calibrations", "list", "--history", history, "--json").json
    assert [each["reactor"] for each in told] == ["glovebox-ald", "glovebox-ald", "ours"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("label", "last", "two words"), "one word"), (("note", "last", " "), "1 to 10000"),
        (("note", "last", "x", "--at", "83"), "unit"), (("note", "none", "x"), "runs list"),
        (("measure", "last", "thickness", "4.1", "--method", "XRR"), "unit of length"),
        (("measure", "last", "mood", "4 nm", "--method", "XRR"), "thickness"),
        (("measure", "last", "thickness", "-4 nm", "--method", "XRR"), "below zero"),
        (("measure", "last", "thickness", "4 nm", "--method", "XRR", "--measured", "2999-01-01"), "still to come"),
        (("attach", "last", "/no/such/file"), "name and rights"), (("list", "--state", "DONE"), "COMPLETE"),
    ],
)  # fmt: skip
def test_what_will_not_do_is_refused(history: str, words: tuple[str, ...], told: str) -> None:
    ended = run("runs", *words, "--history", history)
    assert ended.status == 2
    assert told in ended.err
    assert run("runs", "entered", "--history", history, "--json").json["notes"] == []
