"""A reactor's time over the web: samples and events of any span, across runs and the time between, gaps kept."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from tests.unit.api.test_runs import Get, get
from tests.unit.history.conftest import TAGS, make_header
from tests.unit.history.test_idle import header
from vapordep.client.arrays import unpacked
from vapordep.errors import HistoryError
from vapordep.history.folder import idle_path
from vapordep.history.queries import History
from vapordep.history.recordings.idle_recorder import IdleRecorder
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.spans import events, look, pieces
from vapordep.history.upkeep.pruning import prunable, prune
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.run import Mode, RunState

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
__all__ = ["get"]


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fill(recorder: Recorder, t0: float, level: float, seconds: float = 598.0) -> None:
    """A sample a second at that level with one spike in the middle, and an event of the same name."""
    times = t0 + np.arange(seconds)
    values = np.full(len(times), level)
    values[len(values) // 2] = 100.0 * level
    recorder.publish([Batch.of("chamber.pressure", times.tolist(), values.tolist())])
    recorder.event(Event(t0 + 5.0, Kind.COMMAND, f"level {level:g}", {"level": level}))
    recorder.tick(float(times[-1]))


def idle(place: Path, name: str, seconds: float, level: float, *, simulated: bool = False) -> None:
    recorder = IdleRecorder.begin(place, header(name, at(seconds), simulated=simulated), TAGS, 7.0)
    fill(recorder, 7.0, level)
    recorder.close(at(seconds + 598.0))


def run(place: Path, name: str, seconds: float, level: float, mode: Mode = Mode.RUN, wall: float = 598.0) -> None:
    recorder = Recorder.open(place, make_header(name, mode=mode, started=at(seconds).isoformat()), TAGS, t0=50.0)
    fill(recorder, 50.0, level)
    recorder.finish(RunState.COMPLETE, "done", ended=at(seconds + 598.0), simulated_s=598.0, wall_s=wall)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """By turns: idle, a run, idle; then an hour of nothing, and idle again. Beside them, what is on another time."""
    idle(tmp_path, "idle-a", 0.0, 1.0)
    run(tmp_path, "run-b", 600.0, 2.0)
    idle(tmp_path, "idle-c", 1200.0, 3.0)
    idle(tmp_path, "idle-d", 5400.0, 4.0)
    idle(tmp_path, "idle-twin", 600.0, 7.0, simulated=True)
    run(tmp_path, "dry-served", 1200.0, 8.0, Mode.DRY_RUN)
    run(tmp_path, "dry-virtual", 600.0, 9.0, Mode.DRY_RUN, wall=2.0)
    return tmp_path


def query(since: float, until: float, more: str = "") -> str:
    begin, end = (quote(at(seconds).isoformat()) for seconds in (since, until))
    return f"?reactor=glovebox-ald&since={begin}&until={end}{more}"


def test_recordings_that_meet_a_span(place: Path, get: Get) -> None:
    met = get("/api/history/recordings" + query(700.0, 1300.0)).json
    assert [(each["name"], each["run"]) for each in met] == [("run-b", True), ("idle-c", False)]
    twins = get("/api/history/recordings" + query(0.0, 7200.0, "&simulated=true")).json
    assert [each["name"] for each in twins] == ["idle-twin", "dry-served"], "virtual time is on no reactor's time"
    assert get("/api/history/recordings" + query(9000.0, 9100.0)).json == []


@pytest.mark.parametrize("what", ["recordings", "samples", "events"])
def test_a_reactor_that_nobody_knows_is_told_beside_those_that_are(place: Path, get: Get, what: str) -> None:
    recorder = IdleRecorder.begin(place, replace(header("idle-old", at(0.0)), reactor_name="sold-last-year"), TAGS, 7.0)
    fill(recorder, 7.0, 1.0)
    recorder.close(at(598.0))
    tag = "&tag=chamber.pressure" if what == "samples" else ""
    refused = get(f"/api/history/{what}?reactor=glovebox-aLd{tag}")
    assert (refused.status, refused.json["type"]) == (404, "NotThere")
    assert refused.json["remedy"] == "name one of glovebox-ald, sold-last-year"
    old = get(f"/api/history/{what}" + query(0.0, 100.0, tag).replace("glovebox-ald", "sold-last-year"))
    assert old.status == 200, "its file may be gone: what was recorded stays"
    assert "chamber.pressure" in old.json["tags"] if what == "samples" else old.json


def test_samples_across_runs_and_the_time_between(place: Path, get: Get) -> None:
    told = get("/api/history/samples" + query(0.0, 7200.0, "&tag=chamber.pressure&points=20000")).json
    points = told["tags"]["chamber.pressure"]
    times, values = np.array(points["t_s"]), np.array(points["value"], dtype=float)
    assert told["missing"] == {}
    assert told["units"] == {"chamber.pressure": "Pa"}
    assert (np.diff(times) >= 0.0).all()
    assert np.isfinite(values).sum() == 4 * 598
    assert times[np.isnan(values)].tolist() == [1797.0], "the hour of nothing breaks the line, turns of seconds do not"
    for seconds, level in ((0.0, 1.0), (600.0, 2.0), (1200.0, 3.0), (5400.0, 4.0)):
        within = values[(times >= seconds) & (times < seconds + 598.0)]
        assert (np.nanmin(within), np.nanmax(within)) == (level, 100.0 * level)


def test_few_points_keep_every_extreme(place: Path, get: Get) -> None:
    few = get("/api/history/samples" + query(0.0, 7200.0, "&tag=chamber.pressure&points=60")).json
    values = [value for value in few["tags"]["chamber.pressure"]["value"] if value is not None]
    assert len(values) <= 60
    assert {100.0, 200.0, 300.0, 400.0} <= set(values)


def test_a_part_of_one_recording(place: Path, get: Get) -> None:
    told = get("/api/history/samples" + query(610.0, 620.0, "&tag=chamber.pressure")).json
    assert told["tags"]["chamber.pressure"] == {"t_s": [float(n) for n in range(11)], "value": [2.0] * 11}
    binary = get("/api/history/samples" + query(610.0, 620.0, "&tag=chamber.pressure&form=binary"))
    assert binary.body[-88:] == np.full(11, 2.0).tobytes()
    assert dict(unpacked(binary.body))["chamber.pressure"].unit == "Pa", "as the client reads it"


def test_events_across_runs_and_the_time_between(place: Path, get: Get) -> None:
    told = get("/api/history/events" + query(0.0, 7200.0, "&kind=command")).json
    assert [(each["recording"], each["text"]) for each in told] == [
        ("idle-a", "level 1"), ("run-b", "level 2"), ("idle-c", "level 3"), ("idle-d", "level 4"),
    ]  # fmt: skip
    assert told[1]["time"] == "2026-11-23T12:10:05.000000+00:00"
    few = get("/api/history/events" + query(0.0, 100.0)).json
    assert {each["recording"] for each in few} == {"idle-a"}


def test_what_was_pruned_or_is_lost_is_told(place: Path, get: Get) -> None:
    prune(place, 0.0, at(1000.0), "Ada")
    idle_path(place, "idle-c").unlink()
    told = get("/api/history/samples" + query(0.0, 7200.0, "&tag=chamber.pressure")).json
    assert told["missing"].keys() == {"idle-a", "idle-c"}
    assert told["missing"]["idle-a"] == "pruned 2026-11-23T12:16:40.000000+00:00"
    met = get("/api/history/recordings" + query(0.0, 100.0)).json
    assert met[0]["pruned"] == "2026-11-23T12:16:40.000000+00:00"
    told = get("/api/history/events" + query(0.0, 700.0, "&kind=command")).json
    assert [each["recording"] for each in told] == ["run-b"]


def test_nothing_is_older_than_there_are_dates(place: Path) -> None:
    assert prunable(place, 1e15, at(0.0)).recordings == prunable(place, 1e11, at(0.0)).recordings == ()


def test_what_is_pruned_while_it_is_read_is_told_as_pruned(place: Path) -> None:
    history, begin, end = History(place), at(0.0), at(7200.0)
    found = pieces(history, "glovebox-ald", begin, end)
    prune(place, 0.0, at(1000.0), "Ada")
    assert {piece.name for piece, _, _ in events(history, found, begin, end)} == {"run-b", "idle-c", "idle-d"}
    assert look(history, found, ["chamber.pressure"], begin, end, 100).missing == {
        "idle-a": "pruned 2026-11-23T12:16:40.000000+00:00"
    }
    idle_path(place, "idle-c").unlink()
    with pytest.raises(HistoryError, match="idle-c"):
        list(events(history, found, begin, end))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/history/samples" + query(0.0, 100.0, "&tag=no.such"), 404),
        ("/api/history/samples" + query(100.0, 0.0, "&tag=chamber.pressure"), 422),
        ("/api/history/recordings", 422),
        ("/api/history/recordings?reactor=glovebox-ald&since=0001-01-01T00:00:00%2B14:00", 422),
        ("/api/history/recordings?reactor=glovebox-ald&until=0001-01-01T00:00:00Z", 422),
        ("/api/history/events?reactor=glovebox-ald&since=yesterday", 422),
    ],
)
def test_refusals(place: Path, get: Get, path: str, status: int) -> None:
    assert get(path).status == status


def test_without_a_history_nothing_is_there(get: Get) -> None:
    assert get("/api/history/recordings?reactor=glovebox-ald").json == [], "it is the one that is served"
    assert get("/api/history/events?reactor=glovebox-ald").json == []
    assert get("/api/history/events?reactor=x").status == 404
    told = get("/api/history/samples?reactor=glovebox-ald&tag=chamber.pressure").json
    assert told["tags"] == {"chamber.pressure": {"t_s": [], "value": []}}
    assert (told["units"], told["missing"]) == ({"chamber.pressure": None}, {})


def test_a_span_of_which_nothing_was_recorded_is_empty(place: Path, get: Get) -> None:
    """As the page of a run asks that broke off before its first sample, where nobody listened since."""
    told = get("/api/history/samples" + query(9000.0, 9100.0, "&tag=chamber.pressure&form=json"))
    assert (told.status, told.json["tags"]["chamber.pressure"]["t_s"]) == (200, [])
    packed = get("/api/history/samples" + query(9000.0, 9100.0, "&tag=chamber.pressure&form=binary"))
    [(tag, samples)] = unpacked(packed.body)
    assert (tag, len(samples.times), samples.unit) == ("chamber.pressure", 0, "")
