"""Bad input: a clear error on the error stream, exit status 2, and nothing written."""

import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, SHORT, Ended, files_in, run

RECIPES = {
    "missing unit": ("pulse: 50 ms", "pulse: 50", "unit is missing"),
    "decimal comma": ("pulse: 50 ms", 'pulse: "0,05 s"', "comma"),
    "unknown key": ("pulse: 50 ms}", "pulse: 50 ms, pusle: 1 s}", "pusle"),
    "NaN": ("pulse: 50 ms", "pulse: .nan", "not a number"),
    "NaN with a unit": ("pulse: 50 ms", "pulse: nan ms", "not a finite number"),
    "negative time": ("pulse: 50 ms", "pulse: -50 ms", "too low"),
    "endless loop": ("repeat: $cycles", "repeat: 1000000000000", "1000000000000"),
    "missing source": ("source: TMA", "source: TiCl4", "TiCl4"),
    "unknown substrate": ("substrate: silicon", "substrate: unobtainium", "unobtainium"),
    "unknown parameter": ("repeat: $cycles", "repeat: $circles", "circles"),
    "anchor": ("name: Short", "name: &a Short", "anchors"),
    "tag": ("name: Short", "name: !!python/object:os.system x", "short.yaml:2"),
}


def refused(ended: Ended, hint: str) -> bool:
    return (
        ended.status == 2
        and hint in ended.err
        and "Traceback" not in ended.err
        and not ended.out
        and "Do:" in ended.err
    )


@pytest.mark.parametrize("case", RECIPES)
def test_a_bad_recipe_is_refused_with_its_line_and_leaves_nothing(place: Path, case: str) -> None:
    good, bad, hint = RECIPES[case]
    (place / "short.yaml").write_text(SHORT.replace(good, bad))
    before = files_in(place)
    ended = run("dry-run", "short.yaml", "--plot", "run.png")
    assert refused(ended, hint), ended
    assert "short.yaml:" in ended.err
    assert files_in(place) == before


def test_a_file_of_ten_mebibytes_is_not_read(place: Path) -> None:
    (place / "short.yaml").write_text(SHORT + "#" * (10 << 20))
    assert refused(run("dry-run", "short.yaml"), "10.0 MiB")
    assert not (place / "history").exists()


def test_a_yaml_bomb_does_nothing(place: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (place / "short.yaml").write_text("\n".join(lines))
    assert refused(run("dry-run", "short.yaml"), "aliases")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["dry-run", "no_such_recipe"], "al2o3_on_lithium"),
        (["dry-run", "short.yaml", "--reactor", "no_such_reactor"], "glovebox_ald"),
        (["dry-run", "."], "folder"),
        (["dry-run", "short.yaml", "--set", "circles=3"], "circles"),
        (["dry-run", "short.yaml", "--set", "cycles=0"], "from 1 to 500"),
        (["dry-run", "short.yaml", "--set", "cycles=501"], "from 1 to 500"),
        (["dry-run", "short.yaml", "--set", "cycles=1,5"], "whole number"),
        (["dry-run", "short.yaml", "--set", "cycles"], "name=value"),
        (["dry-run", "short.yaml", "--plot", "nowhere/run.png"], "plot cannot be written"),
        (["dry-run", "short.yaml", "--plot", "run.txt"], ".png"),
        (["dry-run", "short.yaml", "--plot", "folder.png"], "folder"),
        (["dry-run", "short.yaml", "--pace", "0"], "pace"),
        (["dry-run", "short.yaml", "--pace", "nan"], "pace"),
        (["dry-run", "short.yaml", "--sample", "a", "--sample", "a@edge"], "twice"),
        (["dry-run", "short.yaml", "--history", "short.yaml"], "history"),
        (["dry-run", "short.yaml", "--history", "short.yaml/below"], "history"),
        (["demo", "--plot", "nowhere/demo.png"], "plot"),
        (["check", "no_such_recipe"], "al2o3_on_lithium"),
        (["run", "start", "short.yaml", "--reactor", "glovebox_ald", "--plot", "nowhere/run.png"], "plot"),
        (["runs", "list", "--history", "short.yaml"], "no folder"),
        (["history", "check", "--history", "misspelt"], "there is no history"),
        (["history", "prune", "--history", "misspelt"], "there is no history"),
        (["history", "salvage", "--history", "misspelt"], "there is no history"),
        (["runs", "show"], "no runs yet"),
        (["runs", "show", "20260101-000000-abcdef"], "no run"),
        (["runs", "verify"], "no runs yet"),
        (["runs", "verify", "20260101-000000-abcdef"], "no run"),
        (["runs", "verify", "last", "--all"], "all of them"),
        (["runs", "export", "20260101-000000-abcdef"], "no run"),
        (["runs", "export", "--format", "xls"], "csv"),
        (["simulate", "--state", "tepid"], "hot"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_happens(place: Path, words: list[str], hint: str) -> None:
    (place / "folder.png").mkdir()
    before = files_in(place)
    ended = run(*words)
    assert refused(ended, hint), ended
    assert files_in(place) == before


@pytest.mark.parametrize("words", [["dry-run"], ["dry-run", "short.yaml", "--nonsense"], ["runs", "list", "-n", "0"]])
def test_a_wrong_command_line_shows_how_it_is_used(place: Path, words: list[str]) -> None:
    ended = run(*words)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("Usage: vapordep")


def test_a_history_without_space_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 40, (1 << 40) - (5 << 20), 5 << 20))
    assert refused(run("dry-run", "short.yaml"), "5 MiB free")
    assert not (place / "history").exists()


def test_several_findings_are_told_at_once(place: Path) -> None:
    (place / "short.yaml").write_text(SHORT.replace("50 ms", "50").replace("30 ms", "30"))
    ended = run("dry-run", "short.yaml")
    assert ended.err.count("unit is missing") == 2


@pytest.mark.parametrize("words", [["dry-run", "no_such_recipe"], ["runs", "show", "x"], ["dry-run", "--nonsense"]])
def test_with_json_an_error_is_an_object_too(place: Path, words: list[str]) -> None:
    ended = run(*words, "--json")
    [finding] = ended.json["error"]["findings"]
    assert ended.status == 2
    assert finding["message"]
    assert finding["remedy"]
    assert finding["message"].split(":")[0] in ended.err, "people see it as well"


def test_an_escape_sequence_in_a_file_does_not_reach_the_terminal(place: Path) -> None:
    (place / "short.yaml").write_text(SHORT.replace("source: TMA", r'source: "\e[2J\e]0;x\a"'))
    ended = run("dry-run", "short.yaml")
    assert ended.status == 2
    assert "\x1b" not in ended.err
    assert r"\x1b[2J" in ended.err


@pytest.mark.wall
@pytest.mark.parametrize("bad", [SHORT.replace("50 ms", "50"), "a: &a [1]\nb: *a\n", ""])
def test_the_real_process_refuses_and_leaves_nothing(place: Path, bad: str) -> None:
    (place / "short.yaml").write_text(bad)
    before = files_in(place)
    ended = subprocess.run([*PROGRAM, "dry-run", "short.yaml"], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: ")
    assert files_in(place) == before


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--zone", "walls=50 degC"), "--zone says nothing of a cold plant"),
        (("--state", "hot", "--zone", "wals=50 degC"), "no zone is called 'wals'"),
        (("--state", "hot", "--zone", "walls"), "--zone 'walls' is no setting"),
        (("--state", "hot", "--zone", "walls=50"), "50"),
    ],
)
def test_zones_of_a_simulated_plant_that_cannot_be(words: tuple[str, ...], what: str) -> None:
    ended = run("simulate", "icvd", *words)
    assert (ended.status, ended.out) == (2, "")
    assert what in ended.err
