"""Runs over the web: found, read, and their samples decimated without losing an extreme; nothing outside of them."""

import csv
import io
import json
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from tests.unit.api.asking import PORT, Answer, asked, live
from tests.unit.history.conftest import TAGS, make_header, make_pulse, unprotected
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Role
from vapordep.api.application import application
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film
from vapordep.model.run import Mode, RunState, SampleOnStage

T0 = 50.0
SPIKE = 1e4
Get = Callable[[str], Answer]


def record(history: Path, run_id: str, film: Film | None = None, **changes: object) -> None:
    """A thousand readings with one spike and one reading that failed, an event, a pulse."""
    recorder = Recorder.open(history, make_header(run_id, **changes), TAGS, t0=T0)
    values = np.full(1000, 40.0)
    values[617], values[300] = SPIKE, np.nan
    times = T0 + np.arange(1000) / 10
    recorder.publish([Batch.of("chamber.pressure", times.tolist(), values.tolist())])
    recorder.event(Event(T0 + 5.0, Kind.TRIP, "=trip", {"value": float("nan")}))
    recorder.intent(make_pulse(1, T0 + 10.0).intent)
    recorder.pulse(make_pulse(1, T0 + 10.0))
    ended = datetime(2026, 11, 23, 15, tzinfo=UTC)
    recorder.finish(RunState.COMPLETE, "all done", ended=ended, simulated_s=100.0, wall_s=0.5, film=film)


@pytest.fixture
def get(tmp_path: Path) -> Get:
    """Asks as a viewer."""
    accounts = Accounts.of(tmp_path)
    person = accounts.people.add("anna", Role.VIEWER, "a few good words")
    headers = {"authorization": f"Bearer {accounts.tokens.make(person, 'x', RIGHTS[Role.VIEWER], 1.0)}"}
    door = application(live(), PORT, accounts)
    return lambda path: asked(path, None, headers=headers, app=door)


def test_without_a_history_there_are_no_runs(get: Get) -> None:
    assert get("/api/runs").json == {"total": 0, "runs": []}
    assert (get("/api/runs/last").status, get("/api/runs/last").json["type"]) == (404, "NotThere")


def test_runs_are_found_by_words_state_mode_and_time(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "a-1", operator="Ada", started="2026-11-23T14:00:00+00:00")
    record(tmp_path, "b-1", operator="Ben_1", started="2026-11-24T14:00:00+00:00", mode=Mode.RUN)
    record(tmp_path, "b-2", samples=(SampleOnStage("Li%9", "lithium"),), started="2026-11-25T14:00:00+00:00")

    def found(query: str) -> list[str]:
        answer = get(f"/api/runs?{query}")
        assert answer.status == 200
        return [run["run_id"] for run in answer.json["runs"]]

    assert found("") == ["b-2", "b-1", "a-1"]
    assert found("search=ada") == ["b-2", "a-1"]
    assert found("search=ben+glovebox") == ["b-1"]
    assert found("search=Li-1") == ["b-1", "a-1"]
    assert found("search=i%259") == ["b-2"]
    assert found("search=ben%251") == []  # not any letters between
    assert found("search=n_1") == ["b-1"]
    assert found("mode=run") == ["b-1"]
    assert found("state=COMPLETE&since=2026-11-24&before=2026-11-25") == ["b-1"]
    assert found("state=ABORTED") == []
    page = get("/api/runs?most=1&skip=1").json
    assert (page["total"], [run["run_id"] for run in page["runs"]]) == (3, ["b-1"])
    assert found("below=b-1") == ["a-1"]
    assert get("/api/runs?below=b").status == 404
    for wrong in ("most=0", "most=1001", "skip=-1", "state=DONE", "mode=wet", "most=x"):
        assert get(f"/api/runs?{wrong}").status == 422, wrong


def test_a_run_with_its_events_and_pulses(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    run = get("/api/runs/last").json
    assert (run["run_id"], run["state"], run["recipe_text"], run["mode"]) == (
        "run-1",
        "COMPLETE",
        "recipe: 1\n",
        "dry_run",
    )
    assert run["samples"][0]["id"] == "Li-1"
    trip = get("/api/runs/run/events?kind=trip").json
    assert trip == [{"t_s": 5.0, "kind": "trip", "text": "=trip", "data": {"value": None}}]
    assert len(get("/api/runs/run-1/events").json) > 1
    (pulse,) = get("/api/runs/run-1/pulses").json
    assert pulse["commanded_open_s"] == pytest.approx(10.0)
    assert pulse["width_s"] == pytest.approx(0.05)


def test_few_points_keep_every_extreme_and_what_is_missing(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    factor = pytest.approx(101325.0 / 760e3)
    told = {"tag": "chamber.pressure", "unit": "mTorr", "si": "Pa", "factor": factor, "offset": 0.0}
    assert get("/api/runs/last/tags").json == [told]
    whole = get("/api/runs/last/samples?tag=chamber.pressure").json["chamber.pressure"]
    few = get("/api/runs/last/samples?tag=chamber.pressure&points=30").json["chamber.pressure"]
    assert len(whole["t_s"]) == 1000
    assert len(few["t_s"]) <= 30
    for told in (whole, few):
        assert max(value for value in told["value"] if value is not None) == SPIKE
        assert told["t_s"][told["value"].index(SPIKE)] == pytest.approx(61.7)
        assert told["t_s"][told["value"].index(None)] == pytest.approx(30.0)
    part = get("/api/runs/last/samples?tag=chamber.pressure&start=10&end=20").json["chamber.pressure"]
    assert (part["t_s"][0], part["t_s"][-1]) == (pytest.approx(10.0), pytest.approx(20.0))


def test_the_same_in_binary(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    query = "/api/runs/last/samples?tag=chamber.pressure&points=60&form="
    told, body = get(f"{query}json").json["chamber.pressure"], get(f"{query}binary").body
    (length,) = struct.unpack_from("<I", body)
    assert (4 + length) % 8 == 0
    (column,) = json.loads(body[4 : 4 + length])["tags"]
    times, values = np.frombuffer(body[4 + length :], "<f8").reshape(2, column["points"])
    assert times.tolist() == told["t_s"]
    assert [None if np.isnan(value) else value for value in values] == told["value"]


def columns_of(body: bytes) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What a program makes of `form=columns`: instants and values of each tag."""
    (length,) = struct.unpack_from("<I", body)
    head, place, found = json.loads(body[4 : 4 + length]), 4 + length, {}
    for tag in head["tags"]:
        if "points" in tag:
            count = tag["points"]
            found[tag["tag"]] = tuple(np.frombuffer(body, "<f8", 2 * count, place).reshape(2, count))
            place += 16 * count
            continue
        count = tag["spans"] * tag["slots"]
        edges = np.linspace(head["start_s"], head["end_s"], tag["spans"], endpoint=False)
        found[tag["tag"]] = np.repeat(edges, tag["slots"]), np.frombuffer(body, "<f4", count, place)
        place += -(-4 * count // 8) * 8
    assert place == len(body)
    return found


def test_columns_are_spans_of_equal_time_or_all_samples(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    query = "/api/runs/last/samples?tag=chamber.pressure&form=columns&points="
    times, values = columns_of(get(f"{query}1000").body)["chamber.pressure"]
    assert (len(times), times[-1]) == (1000, pytest.approx(99.9))
    assert int(np.isnan(values).sum()) == 1
    times, values = columns_of(get(f"{query}60").body)["chamber.pressure"]
    assert len(values) == 60
    at = int(np.nanargmax(np.where(np.isinf(values), np.nan, values)))
    assert (values[at], times[at]) == (np.float32(SPIKE), pytest.approx(61.7, abs=5.0))
    assert times[np.isnan(values)] == pytest.approx([30.0], abs=5.0)
    assert values[:2].tolist() == [40.0, 40.0]
    late = columns_of(get(f"{query}60&start=200").body)["chamber.pressure"]
    assert len(late[0]) == 0


SQL = (
    "' OR '1'='1", '" OR ""="', "'; DROP TABLE runs; --", "x' UNION SELECT recipe_text FROM runs --", "%", "_", "\\",
    "') OR 1=1 --", "*", "0x27", "ada'--", "\u02bc OR 1=1",
)  # fmt: skip


@pytest.mark.parametrize("text", SQL)
def test_sql_in_a_question_is_a_text_that_no_run_has(get: Get, tmp_path: Path, text: str) -> None:
    record(tmp_path, "a-1", operator="Ada")
    spelt = quote(text)
    for name in ("search", "operator", "recipe", "reactor", "label", "substrate", "process"):
        answer = get(f"/api/runs?{name}={spelt}")
        assert (answer.status, answer.json["total"] if answer.status == 200 else 0) in ((200, 0), (422, 0)), name
    for path in (f"/api/runs/{spelt}", f"/api/runs/{spelt}/events", f"/api/runs/a-1/csv/samples?tag={spelt}"):
        assert get(path).status in (400, 404, 422), path
    assert [run["run_id"] for run in get("/api/runs").json["runs"]] == ["a-1"]


def test_csv_is_what_the_export_writes(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    for table, rows in (("samples", 1000), ("pulses", 1), ("events", None)):
        answer = get(f"/api/runs/last/csv/{table}")
        assert answer.headers["content-disposition"] == f'attachment; filename="run-1.{table}.csv"'
        assert int(answer.headers["content-length"]) == len(answer.body)
        read = list(csv.reader(io.StringIO(answer.body.decode())))
        assert rows is None or len(read) == rows + 1
    assert b"'=trip" in get("/api/runs/last/csv/events").body


def test_csv_of_what_is_seen_has_those_tags_and_that_span(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    answer = get("/api/runs/last/csv/samples?tag=chamber.pressure&start=10&end=20")
    head, *rows = csv.reader(io.StringIO(answer.body.decode()))
    assert (len(rows), head[2].split()[0]) == (101, "chamber.pressure")
    assert (float(rows[0][0]), float(rows[-1][0])) == (pytest.approx(10.0), pytest.approx(20.0))
    for span, samples in (("start=1e300", 0), ("end=-1e300", 0), ("start=-1e300&end=1e300", 1000)):
        every = get(f"/api/runs/last/csv/samples?tag=chamber.pressure&{span}").body.decode()
        assert len(every.splitlines()) == samples + 1


def test_statistics_between_two_instants_are_of_every_sample(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    quiet = get("/api/runs/last/statistics?tag=chamber.pressure&start=1.05&end=2").json["chamber.pressure"]
    assert (quiet["count"], quiet["mean"], quiet["deviation"], quiet["known_s"]) == (10, 40.0, 0.0, pytest.approx(0.95))
    told = get("/api/runs/last/statistics?tag=chamber.pressure&start=0&end=99.9").json["chamber.pressure"]
    assert (told["low"], told["high"], told["missing_s"]) == (40.0, SPIKE, pytest.approx(0.1))
    assert told["mean"] == pytest.approx(40 + (SPIKE - 40) * 0.1 / 99.8)
    late = get("/api/runs/last/statistics?tag=chamber.pressure&start=500&end=501").json["chamber.pressure"]
    assert (late["count"], late["mean"], late["known_s"], late["missing_s"]) == (0, None, 0.0, 1.0), "the run is over"
    beyond = get("/api/runs/last/statistics?tag=chamber.pressure&start=50&end=500").json["chamber.pressure"]
    assert (beyond["known_s"], beyond["missing_s"]) == (pytest.approx(50.0), pytest.approx(400.0))


REFUSED = {
    "none": 404, "..": 404, "%2e%2e": 404, "%": 404, "_": 404, "a\x00b": 404, "x" * 65: 422, "r": 422,
    "run-1/statistics?tag=x&start=0&end=1": 404, "run-1/statistics?tag=chamber.pressure&start=2&end=1": 422,
    "run-1/csv/samples?tag=x": 404, "run-1/csv/samples?start=nan": 422,
    "run-1/samples": 422, "run-1/samples?tag=x": 404, "run-1/csv/film": 404, "run-1/events?kind=x": 422,
} | {
    f"run-1/samples?tag=chamber.pressure&{wrong}": 422
    for wrong in ("points=1", "points=20001", "start=2&end=1", "start=nan", "end=inf", "form=xml")
}  # fmt: skip


def test_what_is_not_there_or_will_not_do_is_refused(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    record(tmp_path, "run-2")
    for path, status in REFUSED.items():
        answer = get(f"/api/runs/{path}")
        assert answer.status == status, path
        assert set(answer.json) == {"type", "message", "where", "remedy"}, path


def test_a_recording_that_is_lost_is_told(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    (tmp_path / "recordings" / "run-1.sqlite").unlink()
    answer = get("/api/runs/last/events")
    assert (answer.status, answer.json["type"]) == (503, "HistoryError")
    assert "retry-after" not in answer.headers, "it stays so until somebody mends it"
    assert get("/api/runs/last").json["state"] == "COMPLETE"


CHANGES = {
    "UPDATE meta SET value = '{}' WHERE key = 'header'": "csv/samples",
    "UPDATE meta SET value = 'nan' WHERE key = 't0'": "samples?tag=chamber.pressure",
    "UPDATE meta SET value = '{\"started\": \"yesterday\"}' WHERE key = 'header'": "parquet/samples",
    "UPDATE events SET data = '[]'": "windows",
    "UPDATE events SET t = 'x'": "csv/events",
    "UPDATE events SET text = x'ff'": "events",
    "UPDATE pulses SET planned_open_s = 'x'": "csv/pulses",
    "UPDATE tags SET factor = 'x'": "csv/samples",
    "UPDATE tags SET dimension = 'nonsense'": "tags",
    "UPDATE chunks SET first_ns = 'x'": "samples?tag=chamber.pressure",
}
"""What somebody did to a recording, and what cannot be told of it then."""


def test_what_cannot_be_read_of_a_recording_is_its_damage(get: Get, tmp_path: Path) -> None:
    """And no fault of the program, which would say that it should be reported."""
    record(tmp_path, "run-1")
    path = tmp_path / "recordings" / "run-1.sqlite"
    whole = path.read_bytes()
    for change, asked_for in CHANGES.items():
        path.write_bytes(whole)
        with unprotected(path) as file:
            file.execute(change)
        answer = get(f"/api/runs/last/{asked_for}")
        assert (answer.status, answer.json["type"]) == (503, "HistoryError"), change
        assert answer.json["where"] == str(path), change
        assert "backup" in answer.json["remedy"], change
        assert get("/api/glimpses?run=run-1").status == 200, change


def test_what_cannot_be_read_of_an_entry_is_its_damage(get: Get, tmp_path: Path) -> None:
    record(tmp_path, "run-1")
    for column in ("parameters", "versions", "notes", "outcome", "process"):
        with unprotected(tmp_path / "catalogue.sqlite") as file:
            (before,) = file.execute(f"SELECT {column} FROM runs").fetchone()  # noqa: S608 - our own names
            file.execute(f"UPDATE runs SET {column} = '[3]'")  # noqa: S608 - our own names
            answer = get("/api/runs/last")
            file.execute(f"UPDATE runs SET {column} = ?", (before,))  # noqa: S608 - our own names
        assert answer.status == 503, column
        assert "run-1 cannot be read ([3] is no object)" in answer.json["message"], column
    assert get("/api/runs/last").status == 200


def test_a_server_that_is_away_may_come_back(get: Get, tmp_path: Path) -> None:
    (tmp_path / "history.yaml").write_text("catalogue: postgresql://lab@127.0.0.1:1/lab\n", encoding="utf-8")
    answer = get("/api/runs")
    assert (answer.status, answer.json["type"], answer.headers["retry-after"]) == (503, "HistoryError", "5")


def test_tables_as_parquet(tmp_path: Path, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    record(tmp_path, "run-1")
    answer = get("/api/runs/last/parquet/samples")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="run-1.samples.parquet"'
    table = parquet.read_table(io.BytesIO(answer.body))
    assert (table.num_rows, table.schema.metadata[b"vapordep.run_id"]) == (1000, b"run-1")
    assert parquet.read_table(io.BytesIO(get("/api/runs/last/parquet/pulses").body)).num_rows == 1
    assert get("/api/runs/last/parquet/none").status == 404
    part = get("/api/runs/last/parquet/samples?tag=chamber.pressure&start=2&end=3").body
    told = parquet.read_table(io.BytesIO(part)).to_pydict()
    assert (set(told["tag"]), min(told["t_s"]) >= 2.0, max(told["t_s"]) <= 3.0) == ({"chamber.pressure"}, True, True)
    assert get("/api/runs/last/parquet/samples?tag=x").status == 404
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused = get("/api/runs/last/parquet/samples")
    assert (refused.status, "vapordep[parquet]" in refused.json["remedy"]) == (422, True)
