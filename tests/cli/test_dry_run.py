"""A dry run through the real command: the object it prints, what it keeps to the error stream, and its plot."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import SHORT, Done, run

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {
    "run_id", "recipe", "reactor", "state", "reason", "simulated_s", "wall_s", "steps", "doses", "dose_width_error_s",
    "peak", "film", "trips", "alarms", "samples", "precursor_use_mol",
}  # fmt: skip


def test_json_is_one_object_with_all_that_is_promised(done: Done) -> None:
    assert done.ended.status == 0
    assert done.ended.out.count("\n") == 1
    found = done.ended.json
    assert set(found) >= PROMISED
    assert (found["state"], found["doses"], found["reactor"]) == ("COMPLETE", 4, "glovebox-ald")
    assert found["trips"] == found["alarms"] == []
    assert found["samples"] > 1000


def test_json_is_in_si(done: Done) -> None:
    found = done.ended.json
    assert 290 < found["peak"]["stage.temperature"] < 300
    assert 1e4 < found["peak"]["chamber.pressure"] < 2e5
    assert 120 < found["simulated_s"] < 300
    assert 0 < found["dose_width_error_s"] < 1e-3
    assert 1e-6 < found["precursor_use_mol"]["TMA"] < 1e-3
    [layer] = (layer for layer in found["film"]["layers"] if layer["name"] == "Al2O3")
    assert {"name", "thickness_m", "cycles", "growth_per_cycle_m"} <= set(layer)
    assert layer["cycles"] == 2
    assert math.isclose(layer["growth_per_cycle_m"] * 2, layer["thickness_m"])
    assert 0 < found["film"]["thickness_m"] < 1e-9


def test_with_json_the_error_stream_has_warnings_only(done: Done) -> None:
    assert all(line.startswith("warning: ") for line in done.ended.err.splitlines())


def test_the_plot_is_a_picture(done: Done) -> None:
    assert (done.folder / "run.png").read_bytes().startswith(b"\x89PNG")


def test_text_tells_a_person_what_came_of_it(place: Path) -> None:
    ended = run("dry-run", "short.yaml", "--set", "cycles=1")
    assert ended.status == 0
    for wanted in ("Short on glovebox-ald, dry run", "COMPLETE: the plan is done", "2 pulses", "Al2O3", "history"):
        assert wanted in ended.out
    assert "\x1b" not in ended.out + ended.err, "no colours where no terminal is"


def test_the_readme_shows_what_a_dry_run_prints_today(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows and columns; the numbers hang on how many cycles there are."""

    def labels(text: str) -> list[str]:
        found = set(re.findall(r"^(\S+(?: \S+)*)(?:  |$)", text.partition("\n\nrun ")[0], flags=re.MULTILINE))
        return sorted(label for label in found if not label.startswith("FIT TO RUN"))

    monkeypatch.setenv("COLUMNS", "80")
    shown = re.search(r"```text\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert shown is not None
    assert labels(shown[1]) == labels(run("dry-run", "al2o3_on_lithium", "--set", "cycles=2").out)


def test_a_run_that_does_not_complete_ends_with_status_1_and_is_kept(place: Path) -> None:
    (place / "short.yaml").write_text(SHORT.replace("to: 10 Pa, within: 10 min", "to: 10 Pa, within: 5 s"))
    ended = run("dry-run", "short.yaml", "--json", "--plot", "run.png")
    assert (ended.status, ended.json["state"]) == (1, "ABORTED")
    assert ended.json["dose_width_error_s"] is None, "there was no pulse"
    assert run("runs", "list", "--json").json[0]["state"] == "ABORTED"
    assert (place / "run.png").exists()


def test_the_same_seed_gives_the_same_run(place: Path) -> None:
    def told(seed: str) -> Any:
        ended = run("dry-run", "short.yaml", "--set", "cycles=1", "--json", "--progress", "--seed", seed)
        progress = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
        assert progress[-1]["simulated_s"] <= ended.json["simulated_s"] + 1.0
        assert {"state", "step", "cycle", "cycles", "left_s"} <= set(progress[0])
        found = ended.json
        return {key: found[key] for key in PROMISED - {"run_id", "wall_s"}}

    first = told("7")
    assert told("7") == first
    assert told("-8") != first


def test_check_tells_without_running(place: Path) -> None:
    found = run("check", "short.yaml", "--set", "cycles=3", "--json").json
    assert (found["ok"], found["pulses"]) == (True, {"TMA": 3, "H2O": 3})
    assert 200 < found["duration_s"] < 400
    ended = run("check", "short.yaml")
    assert "accepted" in ended.out
    assert not (place / "history").exists()


def test_a_warning_is_told_before_the_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vapordep.app.running import dry_run
    from vapordep.recipe import Finding, Severity, read_recipe

    def doubtful(*args: Any) -> Any:
        from dataclasses import replace

        warning = Finding("odd", "this is odd", "short.yaml:4", "look at it", Severity.WARNING)
        return replace(read_recipe(*args), warnings=(warning,))

    monkeypatch.setattr(dry_run, "read_recipe", doubtful)
    ended = run("dry-run", "short.yaml", "--set", "cycles=1", "--json")
    assert "warning: short.yaml:4: this is odd" in ended.err
    assert ended.json["state"] == "COMPLETE"
