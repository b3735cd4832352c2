"""Bottles of a steady flow that run empty: that of a needle shows in the growth, that of a controller in its flow."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, UNATTENDED, past_the_check
from tests.recipes.test_icvd import WARM, compact
from tests.unit.reactor.files import changed
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.report import RunReport
from vapordep.history.queries import History
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState

ICVD = ROOT / "reactors" / "icvd.yaml"
LONG = {"5 nm, for: 2 min": "60 nm, for: 11 min"}
DMAMS, TBPO = "    content: 20 g", "    content: 50 g"
both = pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(900)])])


def run(folder: Path, contents: dict[str, str], *, wire: bool) -> tuple[RunReport, list[Event]]:
    file, recipe = changed(ICVD, folder, contents), compact(folder, LONG)
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)  # which refuses bottles that do not last
        report = dry_run(Request(recipe, file, folder, "test", {}, hot=WARM), UNATTENDED, wire=wire)
    history = History(folder)
    with history.open_recording(history.run("last")) as recording:
        return report, recording.events()


@both
def test_a_needle_s_bottle_that_runs_empty_shows_in_the_growth(tmp_path: Path, wire: bool) -> None:
    report, events = run(tmp_path, {DMAMS: "    content: 0.05 g"}, wire=wire)
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), "a warning, never a trip"
    [told] = [event for event in events if event.kind is Kind.ALARM]
    assert "grows more slowly" in told.text
    assert "runs empty" in str(told.data["cause"])
    [lit] = [event.time for event in events if event.text == "deposit"]
    assert 200.0 < told.time - lit < 500.0, "within three minutes of the last monomer"
    over = [event for event in events if event.data.get("id") == "drift.growth" and event.kind is Kind.ALARM_STATE]
    assert "the deposition is over" in over[-1].text


@both
def test_a_controller_whose_bottle_runs_empty_holds_the_run(tmp_path: Path, wire: bool) -> None:
    report, events = run(tmp_path, {TBPO: "    content: 0.02 g"}, wire=wire)
    assert report.state is RunState.ABORTED, "held, and nobody attends"
    assert "F2.TBPO" in report.reason
    [trip] = [event for event in events if event.kind is Kind.TRIP]
    [out] = [event for event in events if event.text.startswith("filament.on off")][:1]
    assert 0.0 <= out.time - trip.time < 2.0


def test_a_film_that_grows_as_it_should_is_not_told_of(tmp_path: Path) -> None:
    report, events = run(tmp_path, {}, wire=False)
    assert report.state is RunState.COMPLETE
    assert [event.text for event in events if event.kind is Kind.ALARM] == []
