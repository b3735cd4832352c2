"""The ledger of bare lithium in a run: told by both samplers alike and as the verdict tells it, and its limits act."""

from pathlib import Path

import pytest

from tests.recipes.dry import REACTOR, ROOT, UNATTENDED
from tests.unit.reactor.files import changed
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.report import RunReport
from vapordep.app.verdict.verdict import verdict_on
from vapordep.history.queries import History
from vapordep.model.impurities import GASES
from vapordep.model.run import RunState

RECIPE = ROOT / "recipes" / "al2o3_on_lithium.yaml"
HOT = 373.15


def run(tmp_path: Path, reactor: Path, *, wire: bool = False) -> RunReport:
    return dry_run(Request(RECIPE, reactor, tmp_path, "test", {"cycles": "1"}, hot=HOT), UNATTENDED, wire=wire)


@pytest.mark.parametrize("wire", [False, pytest.param(True, marks=pytest.mark.many)])
def test_the_live_ledger_is_the_verdicts(tmp_path: Path, wire: bool) -> None:
    assert run(tmp_path, REACTOR, wire=wire).state is RunState.COMPLETE
    history = History(tmp_path)
    with history.open_recording(history.run("last")) as recording:
        bare = verdict_on(recording, history.run("last")).bare
        assert bare is not None
        live = {gas: recording.samples(f"bare.{gas}").values[-1] for gas in (*GASES, "base")}
        assert recording.samples("chamber.leak").values[-1] == pytest.approx(bare.leak)
    for gas in GASES:
        assert live[gas] == pytest.approx(bare.seen.leak[gas] + bare.seen.carrier[gas], rel=0.05)
    assert live["base"] == pytest.approx(bare.seen.base, rel=0.3)  # while the pressure falls, 5 s make a difference


def test_bare_metal_that_saw_too_much_is_told_and_not_coated(tmp_path: Path) -> None:
    limits = {
        "bare.H2O < 2e4 L, bare.O2 < 2e4 L": "bare.H2O < 500 L",
        "bare.H2O < 1e5 L, bare.O2 < 1e5 L": "bare.H2O < 1000 L",
    }
    report = run(tmp_path, changed(REACTOR, tmp_path, limits))
    assert report.state is RunState.ABORTED
    assert report.doses == 0
    assert "B1" in report.reason
    assert any("B1w" in alarm for alarm in report.alarms)
