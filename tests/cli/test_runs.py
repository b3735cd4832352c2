"""The history in the terminal: lists that fit, one run, its export; for people and as JSON."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, SHORT, Done, run
from vapordep.history.queries import History


@pytest.mark.parametrize("columns", [80, 200])
def test_a_list_has_one_line_a_run_and_fits(done: Done, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    heading, line = run("runs", "list", "--history", done.history).out.splitlines()
    assert max(len(heading), len(line)) <= columns
    assert line.startswith(done.ended.json["run_id"][:15])
    for wanted in ("dry run", "Short", "COMPLETE", "nm"):
        assert wanted in line


def test_a_run_is_found_by_what_a_narrow_list_shows(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    name = run("runs", "list", "--history", done.history).out.splitlines()[1].split()[0]
    found = run("runs", "show", name, "--history", done.history, "--json").json
    assert found["run_id"] == done.ended.json["run_id"]


def test_show_tells_outcome_film_pulses_and_events(done: Done) -> None:
    text = run("runs", "show", "--history", done.history).out
    for wanted in ("COMPLETE: the plan is done", "by Ada", "cycles = 2", "sample Li-042 of silicon at centre", "50 ms"):
        assert wanted in text
    assert "RUNNING: started" in text


def test_what_a_recipe_is_called_steers_no_terminal(done: Done) -> None:
    shown = run("runs", "show", "--history", done.history).out + run("runs", "list", "--history", done.history).out
    assert "\x1b" not in shown
    assert r"Short \x1b[31m[red]$x" in shown


def test_show_as_json_counts_from_the_start(done: Done) -> None:
    found = run("runs", "show", "last", "--history", done.history, "--json").json
    assert (found["state"], found["mode"], found["operator"]) == ("COMPLETE", "dry_run", "Ada")
    assert [pulse["source"] for pulse in found["pulses"]] == ["TMA", "H2O", "TMA", "H2O"]
    first = found["pulses"][0]
    assert 0 < first["commanded_open_s"] < found["simulated_s"]
    assert abs(first["commanded_close_s"] - first["commanded_open_s"] - 0.05) < 1e-3
    assert found["events"][-1]["kind"] == "record"


def test_export_writes_three_files_and_names_them(done: Done, tmp_path: Path) -> None:
    ended = run("runs", "export", "--history", done.history, "-o", str(tmp_path / "out"))
    files = [Path(line) for line in ended.out.splitlines()]
    assert len(files) == 3
    assert all(file.stat().st_size > 100 for file in files)
    again = run("runs", "export", "--history", done.history, "-o", str(tmp_path / "out"))
    assert again.status == 2, "nothing is written over"


def test_an_empty_history_says_how_to_begin(place: Path) -> None:
    assert "vapordep demo" in run("runs", "list").out
    assert run("runs", "list", "--json").json == []
    assert not (place / "history").exists()


@pytest.mark.wall
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_run_is_interrupted_at_the_next_look(place: Path) -> None:
    (place / "short.yaml").write_text(SHORT)
    process = subprocess.Popen(
        [*PROGRAM, "dry-run", "short.yaml", "--set", "cycles=500", "--pace", "40"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _until_running(place / "history", process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)
    [found] = run("runs", "list", "--json").json
    assert (found["state"], found["reason"]) == ("INTERRUPTED", "its process went away")
    history = History(place / "history")
    assert history.verify("last").whole
    assert run("runs", "show").status == 0


def _until_running(history: Path, process: "subprocess.Popen[bytes]") -> None:
    """Waits until the recording has samples; asks the process itself for the pauses between two looks."""
    for _ in range(300):
        if any(file.stat().st_size > 40_000 for file in history.glob("recordings/*")):
            return
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the run ended by itself: {process.returncode}")
    raise AssertionError("the run never began")
