"""What condenses in the copolymer reactor, by the truth of its plant, and who is before it: check, gate, interlocks."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, dry, past_the_check, reactor_of
from tests.recipes.test_copolymer import COMPACT, WARM
from tests.unit.plant.icvd_chamber import PressureLoop
from tests.unit.reactor.files import changed
from vapordep.app.twin.icvd_plant import describe_icvd
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import Severity, examine
from vapordep.units import sccm, to_si
from vapordep_simulators.plant.steady.icvd import Icvd

C = 273.15
REACTOR = ROOT / "reactors" / "icvd_copolymer.yaml"
LEG = "flows: {DMAMS: 0.1 sccm, PFDA: 0.6 sccm}"


def condensed(flows: Mapping[str, float], zones: Mapping[str, float], pressure: float) -> Mapping[str, float]:
    """What lies where, in mol, after 200 s of these flows (sccm), with `zones` in K and nothing that watches."""
    plant = Icvd(describe_icvd(read_reactor(REACTOR), "lithium"))
    warm = {**WARM, "V4D4": C + 75, **zones}
    start = plant.initial(0.0, pressure=0.5, temperatures=warm)
    held = {f"{name}.power": (warm[name] - zone.ambient) / zone.gain for name, zone in plant.description.zones.items()}
    driven = {
        "pump.valve": 1.0, "throttle.controller": PressureLoop(pressure), "stage.setpoint": warm["stage"],
        "chiller.running": 1.0, "chiller.external": 1.0, **held,
        **{f"{name}.valve": 1.0 for name in flows},
        **{f"{name}.flow_setpoint": float(to_si(flow, sccm)) for name, flow in flows.items()},
    }  # fmt: skip
    end = plant.solve(start, driven, 0.0, 200.0).state_at(200.0)
    found: Mapping[str, float] = plant.truth(end)["condensed"]
    return found


DRY = ({"DMAMS": 0.1, "PFDA": 0.6, "TBPO": 0.6}, {}, 20.0)
WET = {
    "too much of both": ({"DMAMS": 1.2, "PFDA": 1.2, "TBPO": 0.1}, {}, 60.0, "stage"),
    "a cold stage": ({"DMAMS": 0.1, "PFDA": 0.6, "TBPO": 0.6}, {"stage": C + 15}, 20.0, "stage"),
    "a cold line": ({"DMAMS": 0.1, "PFDA": 0.6, "TBPO": 0.6}, {"hot_lines": C + 30}, 20.0, "line of PFDA"),
    "siloxane on a cold stage": ({"V4D4": 0.6, "TBPO": 0.6}, {"stage": C + 15}, 13.3, "stage"),
    "siloxane in a cold line": ({"V4D4": 0.6, "TBPO": 0.6}, {"hot_lines": C + 30}, 13.3, "line of V4D4"),
}  # fmt: skip


def test_what_the_recipes_let_in_stays_dry() -> None:
    assert condensed(*DRY) == {}
    assert condensed({"V4D4": 0.6, "TBPO": 0.6}, {}, 13.3) == {}


@pytest.mark.parametrize("name", WET)
def test_too_much_vapour_and_cold_places_are_wet_in_truth(name: str) -> None:
    flows, zones, pressure, where = WET[name]
    found = condensed(flows, zones, pressure)
    assert found[where] > 0.0, found


COLD = {
    "supersaturated": ("throttle: {pressure: 20 Pa, steady: 60 s}", "throttle: {pressure: 60 Pa, steady: 60 s}", "I5"),
    "a cold line": ("hot_lines: 100 degC, stage", "hot_lines: 40 degC, stage", "T6"),
}  # fmt: skip


@pytest.mark.parametrize("name", ["supersaturated", pytest.param("a cold line", marks=pytest.mark.many)])
def test_such_recipes_are_refused_and_past_the_check_ended_before_anything_stays_wet(name: str, tmp_path: Path) -> None:
    old, new, code = COLD[name]
    recipe = tmp_path / "wet.yaml"
    text = COMPACT.replace("LEG", LEG)
    assert text.count(old) == 1
    recipe.write_text(text.replace(old, new), encoding="utf-8")
    refusals = {
        finding.code for finding in examine(recipe, read_reactor(reactor_of(recipe))).findings if finding.refuses
    }
    assert code in refusals
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        report, truth = dry(recipe, tmp_path, {}, {**WARM, "hot_lines": C + 40} if code == "T6" else WARM)
    assert report.state is RunState.ABORTED
    assert code in report.reason
    assert truth["condensed"] == {}
    assert truth["thickness"] == 0.0


def test_of_a_vapour_pressure_that_nobody_measured_the_lowest_counts(tmp_path: Path) -> None:
    """DMAMS at 0.44 of a guess that is good to 60 %: 1.1 at the worst."""
    guessed = changed(
        ROOT / "reactors" / "icvd.yaml", tmp_path,
        {"    vapour_pressure: {factor: 1.0, uncertainty: 10 %, measured: 2026-10-01}\n": ""},
    )  # fmt: skip
    found = examine(ROOT / "recipes" / "pdmams_on_lithium.yaml", read_reactor(guessed))
    refused = [finding for finding in found.findings if finding.refuses]
    assert refused
    assert {finding.code for finding in refused} == {"I5"}
    assert all("measure the vapour pressure of DMAMS, of which the lowest counts" in str(each) for each in refused)
    unsure = changed(ROOT / "reactors" / "icvd.yaml", tmp_path, {"uncertainty: 10 %": "uncertainty: 45 %"})
    doubted = examine(ROOT / "recipes" / "pdmams_on_lithium.yaml", read_reactor(unsure)).findings
    assert {finding.code for finding in doubted if finding.severity is not Severity.NOTE} == {"I5"}


PULSES = """\
recipe: 1
name: Glycol through a line
process: MLD
substrate: silicon
steps:
  - pump: {to: 10 Pa, within: 10 min, soft: true}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 100 degC, lines: 95 degC, rate: 5 K/min, within: 1 K}
  - heat: {EG: 80 degC, rate: 5 K/min, within: 1 K}
  - stabilise: {for: 10 min, within: 1 K}
  - repeat: 2
    layer: alucone
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 60 s}
      - dose: {source: EG, pulse: 500 ms}
      - purge: {for: 90 s}
"""


@pytest.mark.parametrize("line", [95, 60])
def test_a_cold_line_of_a_bottle_that_gives_pulses_is_wet_and_nothing_is_dosed_through_it(
    line: int, tmp_path: Path
) -> None:
    recipe = tmp_path / "glycol.yaml"
    recipe.write_text(PULSES.replace("lines: 95 degC", f"lines: {line} degC"), encoding="utf-8")
    refusals = {one.code for one in examine(recipe, read_reactor(reactor_of(recipe))).findings if one.refuses}
    warm = {"walls": C + 100, "stage": C + 100, "lines": C + line, "EG": C + 80}
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        report, truth = dry(recipe, tmp_path, {}, warm)
    if line == 95:
        assert (refusals, report.state, truth["condensed"]) == (set(), RunState.COMPLETE, {})
        return
    assert refusals == {"T6"}
    assert report.state is RunState.ABORTED
    assert "T6" in report.reason
    assert truth["condensed"]["line of EG"] > 1e-4, "the bottle has been warmer for minutes"
    assert truth["layers"].get("alucone", {"thickness": 0.0})["thickness"] < 0.2e-9, "one dose of TMA at most"
