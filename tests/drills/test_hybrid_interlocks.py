"""Drills: those interlocks of the shipped hybrid reactor that a chamber for one kind of film does not need."""

from functools import cache

import pytest

from tests.drills.test_icvd_interlocks import R8 as GROWING
from tests.drills.watch import STEP, Watch, celsius, flow
from tests.unit.reactor.files import ROOT
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor

POLYMER = {**GROWING, "EG.temperature": celsius(25)}
SHUT = {"DMAMS.valve": 0.0, "TBPO.valve": 0.0, "TBPO.flow": 0.0, "TBPO.flow_setpoint": 0.0}
LIT = {**POLYMER, **SHUT, "carrier.flow": flow(20), "carrier.flow_setpoint": flow(20)}
"""The filament under argon, before any vapour comes."""
DARK = {
    **LIT, "filament.on": 0.0, "filament.voltage": 0.0, "filament.current": 0.0, "filament.temperature": celsius(50),
    "lines.temperature": celsius(95), "EG.temperature": celsius(80),
}  # fmt: skip
PULSED = ("TMA.valve", "H2O.valve", "EG.valve")


@cache
def shipped() -> Reactor:
    return read_reactor(ROOT / "reactors" / "hybrid.yaml")


@pytest.mark.parametrize("values", [POLYMER, LIT, DARK])
def test_either_process_in_order_trips_nothing(values: dict[str, float]) -> None:
    watch = Watch(shipped(), values).go_on(60.0)
    assert watch.tripped == set()
    guarded = PULSED if values is DARK else ("DMAMS.valve", "TBPO.valve", "filament.on")
    refused = {output: watch.refusals(output) for output in guarded if watch.refusals(output)}
    assert refused == ({"H2O.valve": {"C3"}, "EG.valve": {"C3"}} if values is DARK else {}), "lithium is bare still"


@pytest.mark.parametrize("valve", PULSED)
def test_a_pulse_beside_the_lit_filament_makes_safe_at_once(valve: str) -> None:
    watch = Watch(shipped(), LIT).go_on(5.0)
    assert watch.tripped == set()
    assert "X5" in watch.go_on(STEP, **{valve.replace(".", "__"): 1.0}).tripped


@pytest.mark.parametrize(
    ("id", "changes", "lasting", "spared"),
    [
        ("P1", {"gauge__pressure[0]": 1301.0, "TMA__valve": 1.0}, 0.75, 0.25),
        ("P1.DMAMS", {"gauge__pressure[0]": 101.0, "DMAMS__valve": 1.0}, 0.75, 0.25),
        ("P1.TBPO", {"gauge__pressure[0]": 101.0, "TBPO__valve": 1.0}, 0.75, 0.25),
        ("F3", {"carrier__flow": flow(22.5)}, 10.5, 9.5),
    ],
)
def test_each_acts_after_its_time_and_not_before(
    id: str, changes: dict[str, float], lasting: float, spared: float
) -> None:
    watch = Watch(shipped(), DARK)
    assert id not in watch.go_on(spared, **changes).tripped
    assert id in watch.go_on(lasting - spared).tripped


@pytest.mark.parametrize(
    ("output", "changes", "ids"),
    [
        ("TMA.valve", {"filament__voltage": 2.0}, {"X5.pulse"}),
        ("H2O.valve", {"filament__temperature": celsius(151)}, {"X5.pulse", "C3"}),
        ("TMA.valve", {"carrier__flow": flow(15)}, {"F1"}),
        ("TMA.valve", {"gauge__pressure[0]": 1001.0}, {"P3"}),
        ("EG.valve", {"lines__temperature": celsius(89)}, {"T6.EG", "C3"}),
        ("DMAMS.valve", {"lines__temperature": celsius(59)}, {"T6.DMAMS"}),
        ("TBPO.valve", {"gauge__pressure[0]": 101.0}, {"P3.vapour"}),
    ],
)
def test_what_is_missing_is_named_before_a_valve_opens(output: str, changes: dict[str, float], ids: set[str]) -> None:
    assert Watch(shipped(), DARK).go_on(STEP, **changes).refusals(output) == ids


def test_a_pulse_keeps_the_filament_dark_until_it_is_purged_away() -> None:
    watch = Watch(shipped(), DARK).go_on(STEP, TMA__valve=1.0)
    gap = 9.2 * shipped().chamber.residence_time
    assert "X5.on" in watch.go_on(gap - 1.0, TMA__valve=0.0).refusals("filament.on")
    assert watch.go_on(2.0).refusals("filament.on") == set()
