"""Cycles and comparisons over the web: what a run did when, one tag stacked by cycles, several runs side by side."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.unit.api.test_runs import Get, get  # noqa: F401 - a fixture
from tests.unit.history.conftest import TAGS, make_header, make_pulse, unprotected
from vapordep.history.folder import catalogue_path, recording_path
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

T0 = 50.0


def record(history: Path, run_id: str, peak: float, late: float = 0.0, **changes: object) -> None:
    """Heats, then six cycles of 10 s with a pulse each; the fourth has none."""
    recorder = Recorder.open(history, make_header(run_id, **changes), TAGS, t0=T0)
    recorder.event(Event(T0 + 1.0, Kind.STEP, "heat", {"where": "x.yaml:3"}))
    times = T0 + np.arange(700) / 10
    values = np.full(700, 40.0)
    for cycle in range(6):
        begin = T0 + 5.0 + late + 10.0 * cycle
        recorder.event(Event(begin, Kind.CYCLE, f"main {cycle + 1} of 6", {"block": "main", "cycle": cycle + 1}))
        if cycle != 3:
            values[(times >= begin + 0.95) & (times < begin + 2.0)] = peak
        recorder.intent(make_pulse(cycle + 1, begin + 1.0).intent)
        recorder.pulse(make_pulse(cycle + 1, begin + 1.0))
    recorder.event(Event(T0 + 65.0 + late, Kind.STEP, "cool", {"where": "x.yaml:9"}))
    recorder.publish([Batch.of("chamber.pressure", times.tolist(), values.tolist())])
    recorder.event(Event(T0 + 70.0, Kind.RUN, "done"))
    ended = datetime(2026, 11, 23, 15, tzinfo=UTC)
    recorder.finish(RunState.COMPLETE, "all done", ended=ended, simulated_s=70.0, wall_s=0.5)


def test_cycles_are_stacked_on_their_own_time(get: Get, tmp_path: Path) -> None:  # noqa: F811
    record(tmp_path, "run-1", 50.0)
    told = get("/api/runs/last/windows").json
    assert [(each["name"], each["number"]) for each in told] == [
        ("heat", 1), *(("main", n) for n in range(1, 7)), ("cool", 1)
    ]  # fmt: skip
    assert told[1]["begin_s"] == pytest.approx(5.0)
    made = get("/api/runs/last/cycles?tag=chamber.pressure&points=101").json
    assert (made["loop"], made["numbers"], made["outliers"]) == ("main", [1, 2, 3, 4, 5, 6], [4])
    assert len(made["values"]) == 6
    assert made["values"][0][15] == made["median"][15] == 50.0
    assert made["values"][3][15] == made["median"][50] == 40.0
    part = get("/api/runs/last/cycles?tag=chamber.pressure&loop=main&first=2&last=3&points=11").json
    assert (part["numbers"], len(part["t_s"])) == ([2, 3], 11)


def test_runs_are_laid_side_by_side(get: Get, tmp_path: Path) -> None:  # noqa: F811
    record(tmp_path, "a", 50.0)
    record(tmp_path, "b", 60.0, late=2.5, recipe_text="recipe: 1\nname: y\n", parameters={"cycles": 40, "new": 1})
    told = get("/api/comparison?run=a&run=b&align=cycle&name=main&number=2").json["runs"]
    assert [each["zero_s"] for each in told] == [pytest.approx(15.0), pytest.approx(17.5)]
    assert (told[0]["recipe"], told[0]["parameters"]) == ([], {})
    assert "+name: y" in told[1]["recipe"]
    assert told[1]["parameters"] == {"cycles": {"first": 36, "this": 40}, "new": {"first": None, "this": 1}}
    assert told[0]["pulses"]["TMA"]["count"] == 6
    assert told[0]["pulses"]["TMA"]["area_pa_s"] == {"median": 1.5, "scatter": 0.0}
    assert get("/api/comparison?run=a&run=b&align=step&name=cool").json["runs"][1]["zero_s"] == pytest.approx(67.5)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("runs/last/cycles", 422), ("runs/last/cycles?tag=x", 404),
        ("runs/last/cycles?tag=chamber.pressure&loop=y", 404),
        ("runs/last/cycles?tag=chamber.pressure&first=9", 404), ("runs/last/cycles?tag=chamber.pressure&points=1", 422),
        ("comparison?run=a", 422), ("comparison?run=a&run=a", 422), ("comparison?run=a&run=none", 404),
        ("comparison?run=a&run=b&align=end", 422), ("comparison?run=a&run=b&align=cycle&number=7", 404),
        ("comparison?" + "&".join(f"run={n}" for n in range(7)), 422),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(get: Get, tmp_path: Path, path: str, status: int) -> None:  # noqa: F811
    record(tmp_path, "a", 50.0)
    record(tmp_path, "b", 50.0)
    answer = get(f"/api/{path}")
    assert (answer.status, set(answer.json)) == (status, {"type", "message", "where", "remedy"})


def test_a_run_is_seen_beside_the_bands_of_golden_ones(get: Get, tmp_path: Path) -> None:  # noqa: F811
    for run, peak in (("a", 50.0), ("b", 50.0), ("c", 500.0)):
        record(tmp_path, run, peak)
    as_they_were = get("/api/runs/b/golden?golden=a").json
    assert (as_they_were["deviations"], as_they_were["missing"], as_they_were["golden"]) == ([], [], ["a"])
    [heat, *cycles, _] = as_they_were["bands"]
    assert (heat["what"], heat["begin_s"], heat["end_s"]) == ("heat", pytest.approx(1.0), pytest.approx(5.0))
    assert all(each["low"] < 40.0 < each["high"] for each in cycles)
    found = get("/api/runs/c/golden?golden=a&golden=b&tag=foil.temperature").json
    assert found["bands"] == []
    assert get("/api/runs/a/golden?golden=a").status == 422
    assert get("/api/runs/a/golden?golden=none").status == 404


def test_a_list_shows_film_and_pressure_of_each_run(get: Get, tmp_path: Path) -> None:  # noqa: F811
    record(tmp_path, "a", 50.0)
    told = get("/api/glimpses?run=a&run=none").json
    assert list(told) == ["a"]
    assert (min(told["a"]["value"]), max(told["a"]["value"])) == (40.0, 50.0)
    assert len(told["a"]["t_s"]) <= 120
    assert told["a"]["film_m"] is None
    assert told["a"]["problem"] == ""


def test_what_is_damaged_of_one_run_costs_the_others_nothing(get: Get, tmp_path: Path) -> None:  # noqa: F811
    for name in ("whole", "lost", "changed", "odd"):
        record(tmp_path, name, 50.0)
    recording_path(tmp_path, "lost").unlink()
    with unprotected(catalogue_path(tmp_path)) as file:
        file.execute("UPDATE runs SET parameters = 'nonsense' WHERE run_id = 'changed'")
        file.execute("""UPDATE runs SET outcome = '{"film": [1]}' WHERE run_id = 'odd'""")
    answer = get("/api/glimpses?run=whole&run=lost&run=changed&run=odd&run=none")
    assert (answer.status, list(answer.json)) == (200, ["changed", "lost", "odd", "whole"])
    problems = {name: each["problem"] for name, each in answer.json.items()}
    assert problems.pop("whole") == ""
    assert answer.json["whole"]["value"]
    assert problems == {
        "lost": "the recording cannot be used: No such file or directory",
        "changed": "the entry of changed cannot be read (Expecting value: line 1 column 1 (char 0))",
        "odd": "how it ended cannot be read in the catalogue",
    }
    with unprotected(catalogue_path(tmp_path)) as file:
        file.execute("UPDATE runs SET parameters = 'nonsense'")
    assert get("/api/glimpses?run=whole&run=lost").status == 503, "it is the catalogue then"
