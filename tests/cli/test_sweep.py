"""`sweep`: the twin's own constant is found again, each run is kept, and a point that is refused is told."""

import contextlib
import csv
import shlex
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ended, run
from vapordep.app import sweep as app
from vapordep.app.sweep.point_run import dry_point
from vapordep.chemistry import kinetics
from vapordep.history.queries import History
from vapordep.units import degC, to_si

HOT, FOIL_OFFSET = to_si(100.0, degC), 3.0
SATURATION = """\
recipe: 1
name: Saturation
process: ALD
substrate: silicon
status: unverified
parameters:
  water: {default: 30 ms, low: 5 ms, high: 1 s}
  purge: {default: 75 s, low: 1 s, high: 200 s}
steps:
  - pump: {to: 10 Pa, within: 10 min}
  - flow: {carrier: 20 sccm}
  - heat: {stage: 100 degC, walls: 100 degC, lines: 60 degC, rate: 5 K/min, within: 2 K}
  - repeat: 3
    name: main
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 40 s}
      - dose: {source: H2O, pulse: $water}
      - purge: {for: $purge}
finally:
  - purge: {for: 5 s}
"""


class Here(Executor):
    """Does the work in a thread of this process, as a cluster does, on a chamber that is evacuated and hot already."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        (work,) = args
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(dry_point, replace(work, request=replace(work.request, hot=HOT)))


@contextlib.contextmanager
def here(*_: object) -> Iterator[Executor]:
    yield Here()


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, Path]]:
    """Five pulses of water, one too short for its valve."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "recipe.yaml").write_text(SATURATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "on_cores", here)
        yield (
            run(
                "sweep", str(folder / "recipe.yaml"), "--set", "water=10ms,15ms,18ms,22ms,60ms", "--fit", "saturation",
                "--plot", str(folder / "curve.png"), "--history", str(folder / "history"), "--json",
            ),
            folder,
        )  # fmt: skip


def test_the_fit_finds_the_constant_of_the_twin(swept: tuple[Ended, Path]) -> None:
    found = swept[0].json["fit"]
    (constant,) = found["constants"]
    truth = kinetics("water").adsorption_constant(HOT + FOIL_OFFSET).value
    assert constant["determined"]
    assert constant["k_per_Pa_s"] == pytest.approx(truth, rel=0.10)
    assert found["growth_per_cycle_m"] == pytest.approx(0.11e-9, rel=0.02)


def test_a_pulse_and_purges_are_proposed(swept: tuple[Ended, Path]) -> None:
    proposed = {(each["what"], each["source"]): each["value_s"] for each in swept[0].json["proposed"]}
    assert 0.022 < proposed["pulse", "H2O"] < 0.035
    assert 30.0 < proposed["purge", "TMA"] < proposed["purge", "H2O"] < 90.0


def test_a_refused_point_is_told_and_not_run(swept: tuple[Ended, Path]) -> None:
    ended, folder = swept
    refused, *others = ended.json["points"]
    assert ended.status == 0
    assert (refused["run_id"], [finding["code"] for finding in refused["refused"]]) == (None, ["R-PULSE"])
    assert [point["state"] for point in others] == ["COMPLETE"] * 4
    growth = [point["growth_per_cycle_m"] for point in others]
    assert growth == sorted(growth)
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_each_run_is_kept_as_any_other(swept: tuple[Ended, Path]) -> None:
    ended, folder = swept
    history = History(folder / "history")
    runs = history.runs()
    assert {each.run_id for each in runs} == {point["run_id"] for point in ended.json["points"][1:]}
    assert {each.header.notes["sweep"] for each in runs} == {ended.json["sweep"]}
    verified = history.verify(runs[0])
    assert (verified.problems, verified.sealed) == ((), True)
    assert not list(folder.glob("**/vapordep-sweep-*"))


@pytest.mark.wall
def test_on_processes_for_people(place: Path) -> None:
    ended = run("sweep", "short.yaml", "--set", "cycles=1,2", "--jobs", "2")
    assert ended.status == 0, ended.err
    assert "2 dry runs of 2 points" in ended.err
    heading, *lines = ended.out.splitlines()
    assert heading.split()[:3] == ["cycles", "growth", "film"]
    assert [line.split()[0] for line in lines[:2]] == ["1", "2"]
    assert len(History(place / "history").runs()) == 2


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--set", "cycles=1"), "nothing is swept"),
        (("--set", "cycles=1..3/3", "--fit", "line"), "there is no such fit"),
        (("--set", "cycles=1..3/3", "--fit", "saturation"), "nothing to fit"),
        (("--set", "cycls=1..3/3"), "did you mean cycles"),
    ],
)
def test_what_is_refused_before_anything_is_written(place: Path, words: tuple[str, ...], what: str) -> None:
    ended = run("sweep", "short.yaml", *words)
    assert (ended.status, ended.out) == (2, "")
    assert what in ended.err
    assert not (place / "history").exists()


# --- runs that a lab does by hand ------------------------------------------------------------------------------------

SET = ("--set", "water=10ms,15ms,18ms,22ms,60ms", "--set", "purge=75s")
PULSES = {2: "15ms", 3: "18ms", 4: "22ms", 5: "60ms"}


@pytest.fixture(scope="module")
def planned(swept: tuple[Ended, Path]) -> tuple[Path, list[str]]:
    """The folder of the sweep, as if its runs had been done by hand, with their list; and what to type for each."""
    _, folder = swept
    before = len(History(folder / "history").runs())
    ended = run(
        "sweep",
        str(folder / "recipe.yaml"),
        *SET,
        "--plan",
        str(folder / "runs.csv"),
        "--history",
        str(folder / "history"),
    )
    assert ended.status == 0, ended.err
    assert "4 runs of 5 points" in ended.err
    assert "R-PULSE" in ended.err
    assert len(History(folder / "history").runs()) == before, "nothing was run"
    return folder, [line for line in ended.out.splitlines() if line.startswith("vapordep run start")]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measured(folder: Path, name: str, thickness: dict[int, str], between: str = ",") -> Path:
    """The list with thicknesses entered, as a spreadsheet saves it."""
    path, told = folder / name, rows(folder)
    for row in told:
        row["thickness_nm"] = thickness.get(int(row["point"]), "")
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(told[0]), delimiter=between)
        writer.writeheader()
        writer.writerows(told)
    return path


def test_the_list_has_what_may_run_and_how_to_start_it(planned: tuple[Path, list[str]]) -> None:
    folder, typed = planned
    assert [(int(row["point"]), row["water"]) for row in rows(folder)] == list(PULSES.items())
    words = [shlex.split(command) for command in typed]
    assert [each[each.index("--set") + 1] for each in words] == [f"water={pulse}" for pulse in PULSES.values()]
    assert all("purge=75s" in each for each in words)


def test_a_list_that_is_there_is_not_written_over(planned: tuple[Path, list[str]]) -> None:
    folder, _ = planned
    ended = run("sweep", str(folder / "recipe.yaml"), *SET, "--plan", str(folder / "runs.csv"))
    assert ended.status == 2
    assert "there already" in ended.err


def test_measured_thicknesses_are_fitted_with_the_exposures_of_their_runs(planned: tuple[Path, list[str]]) -> None:
    """What an ellipsometer would say of the twin's own constant."""
    folder, _ = planned
    truth = kinetics("water").adsorption_constant(HOT + FOIL_OFFSET).value
    grown = {2: "0.3054", 3: "0.3165", 4: "0.3249", 5: "0.3300"}
    file = measured(folder, "filled.csv", grown, between=";")
    ended = run(
        "sweep", str(folder / "recipe.yaml"), *SET, "--measured", str(file), "--fit", "saturation",
        "--history", str(folder / "history"), "--plot", str(folder / "measured.png"), "--json",
    )  # fmt: skip
    assert ended.status == 0, ended.err
    points = ended.json["points"][1:]
    assert [point["growth_per_cycle_m"] for point in points] == pytest.approx(
        [float(nm) / 3.0 * 1e-9 for nm in grown.values()]
    )
    assert all(point["run_id"] for point in points)
    (constant,) = ended.json["fit"]["constants"]
    assert constant["k_per_Pa_s"] == pytest.approx(truth, rel=0.15)
    assert (folder / "measured.png").exists()


WRONG = {
    "no thickness_nm is entered": {},
    "'0,11'": {2: "0,11"},
    "'-1'": {2: "-1"},
    "'nan'": {3: "nan"},
    "'0.1 nm'": {5: "0.1 nm"},
}  # fmt: skip


@pytest.mark.parametrize("told", WRONG)
def test_what_is_entered_wrongly_is_told_with_its_line(planned: tuple[Path, list[str]], told: str) -> None:
    folder, _ = planned
    file = measured(folder, "wrong.csv", WRONG[told])
    words = ("sweep", str(folder / "recipe.yaml"), *SET, "--measured", str(file), "--history", str(folder / "history"))
    ended = run(*words)
    assert ended.status == 2
    assert told in ended.err
    assert "wrong.csv" in ended.err


CHANGED = {
    "the heading has no run": ("run,", "runs,"),
    "'99' is no point": ("5,60ms", "99,60ms"),
    "water is '61ms'": ("5,60ms", "5,61ms"),
    "point 4 stands there twice": ("5,60ms", "4,22ms"),
    "no run 'x7'": ("60ms,", "60ms,x7"),
}  # fmt: skip


@pytest.mark.parametrize("told", CHANGED)
def test_a_list_of_another_sweep_is_refused(planned: tuple[Path, list[str]], told: str) -> None:
    folder, _ = planned
    file = measured(folder, "changed.csv", dict.fromkeys(PULSES, "0.1"))
    old, new = CHANGED[told]
    text = file.read_text(encoding="utf-8-sig")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    words = ("sweep", str(folder / "recipe.yaml"), *SET, "--measured", str(file), "--history", str(folder / "history"))
    ended = run(*words)
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err


def test_a_point_that_nobody_ran_is_told(planned: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, _ = planned
    file = measured(folder, "unrun.csv", {2: "0.1"})
    words = ("sweep", str(folder / "recipe.yaml"), *SET, "--measured", str(file), "--history", str(tmp_path / "empty"))
    ended = run(*words)
    assert ended.status == 2
    assert "no complete run of point 2" in ended.err
    both = run(*words, "--plan", str(tmp_path / "p.csv"))
    assert both.status == 2
