"""A deposition ends on thickness, and what grows on afterwards is learned: the next film is nearer. Both samplers."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.dry import dry
from tests.recipes.test_icvd import WARM, compact
from vapordep.app.twin import icvd_plant
from vapordep.history.queries import History
from vapordep.model.run import RunState

SHUT = "  - vapour: {TBPO: closed, DMAMS: closed}\n"
LIT = "{temperature: 250 degC, ramp: 2 s}"
DRIED = (
    f"{SHUT}  - throttle: {{position: open}}\n  - pump: {{to: 1 Pa, within: 10 min}}\n  - stabilise: {{for: 3 min}}\n"
)


CHANGES = {SHUT: DRIED, LIT: "{voltage: 38.4 V, ramp: 2 s}", "5 nm, for: 2 min": "10 nm, for: 10 min"}


@pytest.fixture
def _slow_wires(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thick wires, which stay hot for a while: the film grows on by what no recipe knows of."""
    original = icvd_plant._filament
    monkeypatch.setattr(icvd_plant, "_filament", lambda reactor: replace(original(reactor), time_constant=30.0))


def film(tmp_path: Path, changes: Mapping[str, str], *, wire: bool) -> tuple[float, list[Mapping[str, Any]]]:
    """Thickness in nm by the plant's truth, and what the run's events tell."""
    report, truth = dry(compact(tmp_path, changes), tmp_path, {}, WARM, wire=wire)
    assert report.state is RunState.COMPLETE
    history = History(tmp_path)
    with history.open_recording(history.run("last")) as recording:
        return 1e9 * truth["thickness"], [event.data for event in recording.events()]


def told(events: list[Mapping[str, Any]], key: str) -> list[Any]:
    return [data[key] for data in events if key in data]


@pytest.mark.usefixtures("_slow_wires")
@pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(900)])])
def test_the_second_film_is_nearer_than_the_first(tmp_path: Path, wire: bool) -> None:
    wanted = 10.0
    first, events = film(tmp_path, CHANGES, wire=wire)
    assert told(events, "early_m") == []
    [overshoot] = told(events, "overshoot_m")
    assert told(events, "wanted_m") == [10e-9]
    assert 1e9 * overshoot == pytest.approx(first - wanted, abs=0.25)
    second, events = film(tmp_path, CHANGES, wire=wire)
    [early] = told(events, "early_m")
    assert early == pytest.approx(min(overshoot, 1e-9))
    assert abs(second - wanted) < abs(first - wanted) - 0.08  # nearer by about the crystal's last digit, or more


PURGED = (
    f"{SHUT}  - throttle: {{position: open}}\n  - flow: {{carrier: 20 sccm}}\n  - purge: {{for: 5 min}}\n"
    "  - heat: {stage: 45 degC, rate: 3 K/min, within: 1 K}\n"
)


def test_a_film_that_a_purge_has_dried_is_looked_at_before_the_stage_is_heated(tmp_path: Path) -> None:
    """As in the recipe of the zwitterion: what comes next would make the crystal tell something else."""
    _, events = film(tmp_path, {SHUT: PURGED}, wire=False)
    assert len(told(events, "overshoot_m")) == 1
