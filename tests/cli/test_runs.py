"""The history in the terminal: lists that fit, one run, its export; for people and as JSON."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, SHORT, Done, run
from vapordep.app.plots.page import title
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
    assert ", 2 cycles\n" in text, "of the cycles of a loop only their beginning is told"
    [line] = [line for line in text.splitlines() if line.startswith("recording: ")]
    assert line.startswith("recording: sealed and verified; ")


def test_a_run_keeps_the_coverage_sheet_of_its_start(done: Done) -> None:
    found = run("runs", "show", "last", "--history", done.history, "--json").json
    hazards = len(found["coverage"]["hazards"])
    assert hazards >= 12
    assert f"coverage, without a guardian: of {hazards} hazards, not covered with engine dead {hazards}" in (
        run("runs", "show", "--history", done.history).out
    )


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


def changed(done: Done, place: Path, file: str, *statements: str) -> None:
    """A copy of the history as the one of `place`, in which somebody has changed a file past its protection."""
    shutil.copytree(done.history, place / "history")
    [path] = (place / "history").glob(file)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


def test_verify_says_that_a_recording_is_in_order(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    one, every = (run("runs", "verify", *words, "--history", done.history) for words in ((), ("--all",)))
    assert (one.status, every.status) == (0, 0)
    [line] = one.out.splitlines()
    assert line.startswith(f"{done.ended.json['run_id']}: sealed and verified; ")
    assert len(line) <= 80
    assert every.out.splitlines() == [line, "1 run, all in order"]


def test_verify_tells_each_problem_and_fails(done: Done, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    changed(
        done, place, "recordings/*", "UPDATE events SET text = 'x' WHERE seq = 2", "DELETE FROM pulses WHERE number = 1"
    )
    ended = run("runs", "verify")
    assert ended.status == 1
    first, *problems = ended.out.splitlines()
    assert "NOT in order, 3 problems" in first
    assert problems[:2] == ["- event 2 was changed", "- pulses: 3, but 4 was sealed"]
    assert max(map(len, problems)) <= 80
    shown = run("runs", "show").out
    assert "recording: NOT in order, 3 problems" in shown
    assert "- event 2 was changed" in shown
    assert run("runs", "verify", "--all").out.splitlines()[-1] == "1 run, 1 of them NOT in order"


def test_verify_as_json_is_an_object_and_with_all_a_list(done: Done, place: Path) -> None:
    changed(done, place, "recordings/*", "UPDATE events SET text = 'x' WHERE seq = 2")
    one, every = run("runs", "verify", "--json"), run("runs", "verify", "--all", "--json")
    assert (one.status, every.status) == (1, 1)
    assert [one.json] == every.json
    assert (one.json["verified"], one.json["sealed"]) == (False, True)
    assert one.json["problems"] == ["event 2 was changed"]
    recorded = run("runs", "show", "--json").json["recording"]
    assert recorded == {name: value for name, value in one.json.items() if name != "run_id"}
    true = run("runs", "verify", "--json", "--history", done.history)
    assert (true.status, true.json["verified"], true.json["problems"]) == (0, True, [])


def test_a_dry_run_that_the_catalogue_calls_a_run_is_shown_as_one_loudly(
    done: Done, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(done, place, "catalogue.sqlite", "UPDATE runs SET mode = 'run'")
    told = "mode: the catalogue calls it a run, its recording a dry run; it counts as a dry run"
    for columns in ("80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        _, line, *doubts = run("runs", "list").out.splitlines()
        assert "  dry run  " in line
        assert " ".join(" ".join(doubts).split()) == f"{done.ended.json['run_id']}: {told}"
    titles: list[str] = []
    monkeypatch.setattr("vapordep.cli.review.runs.plot_run", lambda _, plotted, *__: titles.extend(title(plotted)))
    shown = run("runs", "show", "--plot", "run.png").out
    assert titles[1].startswith("dry run 2")
    assert ", dry run 2" in shown.splitlines()[0]
    assert f"- {told}" in shown
    [listed] = run("runs", "list", "--json").json
    found = run("runs", "show", "--json").json
    assert (listed["mode"], listed["doubt"]) == (found["mode"], found["doubt"]) == ("dry_run", told)
    assert run("runs", "verify").status == 1


def test_a_lost_recording_is_told_by_verify_and_stops_nothing(done: Done, place: Path) -> None:
    changed(done, place, "catalogue.sqlite")
    shutil.rmtree(place / "history" / "recordings")
    ended = run("runs", "verify", "--all")
    assert ended.status == 1
    assert "No such file" in ended.out
    assert "1 of them NOT in order" in ended.out


def test_a_changed_event_that_cannot_be_read_is_no_fault(done: Done, place: Path) -> None:
    changed(done, place, "recordings/*", "UPDATE events SET kind = 'x' WHERE seq = 2")
    ended = run("runs", "show")
    assert ended.status == 1
    assert "NOT in order" in ended.out
    assert "runs verify" in ended.err
    assert "Traceback" not in ended.err


def test_export_writes_three_files_and_names_them(done: Done, tmp_path: Path) -> None:
    ended = run("runs", "export", "--history", done.history, "-o", str(tmp_path / "out"))
    files = [Path(line) for line in ended.out.splitlines()]
    assert len(files) == 3
    assert all(file.stat().st_size > 100 for file in files)
    again = run("runs", "export", "--history", done.history, "-o", str(tmp_path / "out"))
    assert again.status == 2, "nothing is written over"


def test_export_of_a_part(done: Done, tmp_path: Path) -> None:
    words = ("runs", "export", "--history", done.history, "-o", str(tmp_path / "part"), "--tag", "chamber.pressure")
    ended = run(*words, "--from", "1 min", "--to", "2 min", "--json")
    samples = Path(ended.json[0]).read_text().splitlines()
    assert samples[0].startswith("t [s],time [ISO 8601],chamber.pressure [")
    assert all(60.0 <= float(line.split(",")[0]) <= 120.0 for line in samples[1:])
    assert len(samples) > 50


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--tag", "chamber.presure"), "such as chamber.pressure"),
        (("--from", "90 d"), "no samples in that span"),
        (("--from", "2 min", "--to", "1 min"), "ends before it begins"),
        (("--from", "2"), "unit is missing"),
    ],
)
def test_a_part_that_is_not_there_is_refused(done: Done, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    ended = run("runs", "export", "--history", done.history, "-o", str(tmp_path / "out"), *words)
    assert (ended.status, told in ended.err) == (2, True), ended.err
    assert not (tmp_path / "out").exists()


def test_an_empty_history_says_how_to_begin(place: Path) -> None:
    assert "vapordep demo" in run("runs", "list").out
    assert run("runs", "list", "--json").json == []
    assert "vapordep demo" in run("runs", "verify", "--all").out
    assert run("runs", "verify", "--all", "--json").json == []
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
        process.wait(timeout=60)
    [found] = run("runs", "list", "--json").json
    assert (found["state"], found["reason"]) == ("INTERRUPTED", "its process went away")
    history = History(place / "history")
    assert history.verify("last").whole
    assert run("runs", "show").status == 0


def _until_running(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Waits until the recording has samples; asks the process itself for the pauses between two looks."""
    for _ in range(600):
        if _has_samples(History(folder)):
            return
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the run ended by itself: {process.returncode}")
    raise AssertionError("the run never began")


def _has_samples(history: History) -> bool:
    if not history.runs():
        return False
    with history.open_recording("last") as recording:
        return bool(recording.tags())
