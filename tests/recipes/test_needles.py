"""Steady sources: a needle proven by a flow check, one that a motor moves, and a gas with a flow controller."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.recipes.dry import ROOT, past_the_check, truths
from tests.recipes.test_icvd import WARM, both
from tests.unit.reactor.files import changed
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.outside import Outside, assumed
from vapordep.app.running.report import RunReport
from vapordep.errors import ReactorError, RecipeError
from vapordep.history.queries import History
from vapordep.model.run import RunState
from vapordep.model.sources import SourceLine
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe
from vapordep.units import sccm, to_si

FILE = ROOT / "reactors" / "icvd.yaml"
MOTOR = {
    "  supply:         {driver: genesys": (
        '  needle_valve:   {driver: vat_throttle, line: "ASRL/dev/ttyUSB6::INSTR", full_scale: 133.322 Pa}\n'
        "  supply:         {driver: genesys"
    ),
    "    delivery: needle ": "    delivery: motor_needle\n    motor: needle_valve\n    at: 50 %  ",
}
GAS = {
    "    substance: TBPO\n    delivery: vapour_mfc": "    substance: ammonia\n    delivery: gas",
    "substrates: [lithium, sodium, copper, silicon]": "substrates: [silicon]",
    "zone: TBPO\n": "line: lines\n",
    "    line: lines\n    content: 50 g": "    content: 50 g",
}
HEAD = """\
recipe: 1
name: needles
process: iCVD
substrate: silicon
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 50 degC, lines: 70 degC, stage: 35 degC, TBPO: 25 degC, rate: 2 K/min, within: 1 K}
  - heat: {DMAMS: 50 degC, rate: 5 K/min, within: 1 K}
"""
CHECK = "  - flow_check: {source: DMAMS, for: 15 s}\n"
SHUT = "finally:\n  - vapour: {TBPO: closed, DMAMS: closed}\n"
ALONE = Outside(lambda snapshot: None, lambda: None, assumed, attended=False)


def written(folder: Path, steps: str) -> Path:
    path = folder / "needles.yaml"
    path.write_text(HEAD + steps + SHUT, encoding="utf-8")
    return path


def run(folder: Path, steps: str, reactor: Path = FILE, *, wire: bool = False) -> tuple[RunReport, Any, list[str]]:
    """The report, the truth at the end, and what was noted."""
    with truths() as told:
        report = dry_run(Request(written(folder, steps), reactor, folder, "test", {}, hot=WARM), ALONE, wire=wire)
    with History(folder).open_recording(report.run_id) as recording:
        notes = [event.text for event in recording.events()]
    return report, told[-1], notes


@both
def test_a_needle_is_proven_by_the_rate_of_rise(wire: bool, tmp_path: Path) -> None:
    report, truth, notes = run(
        tmp_path, CHECK + "  - flow_check: {source: TBPO, flow: 0.6 sccm, for: 20 s}\n", wire=wire
    )
    assert report.state is RunState.COMPLETE, report.reason
    [needle, metered] = [note for note in notes if "the rate of rise gives" in note]
    assert needle.startswith("DMAMS: its proof gives 1.")
    assert metered.startswith("TBPO: the controller reads 0.")
    assert truth["driven"]["DMAMS.valve"] == truth["driven"]["TBPO.valve"] == 0.0
    assert truth["driven"]["pump.valve"] == 1.0


def test_a_needle_that_is_clogged_holds_the_run_and_says_what_to_look_at(tmp_path: Path) -> None:
    clogged = changed(
        FILE, tmp_path, {"  valve_jitter: 0.2 ms": "  valve_jitter: 0.2 ms\n  vapour_pressure_factors: {DMAMS: 0.6}"}
    )
    report, truth, _ = run(tmp_path, CHECK, clogged)
    assert report.state is RunState.ABORTED
    assert "DMAMS: its proof gives" in report.reason
    assert "allowed are 10 %" in report.reason
    assert truth["driven"]["DMAMS.valve"] == 0.0


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ("  - flow_check: {for: 15 s}\n", "of one line, or of one source"),
        ("  - flow_check: {line: carrier, source: DMAMS, for: 15 s}\n", "of one line, or of one source"),
        ("  - flow_check: {line: carrier, for: 15 s}\n", "the flow of carrier is not said"),
        ("  - flow_check: {source: DMAMS, flow: 1 sccm, for: 15 s}\n", "is a needle, and has no setpoint"),
        ("  - flow_check: {source: TBPO, for: 15 s}\n", "TBPO has a flow controller"),
        ("  - flow_check: {source: EG, for: 15 s}\n", "EG"),
        ("  - vapour: {DMAMS: 40 %}\n", "no flow controller, but a needle"),
    ],
)
def test_what_is_no_such_check_is_refused(steps: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"needles.yaml:10") as refused:
        read_recipe(written(tmp_path, steps), read_reactor(FILE))
    assert told in str(refused.value)


def codes(folder: Path, steps: str, reactor: Path = FILE) -> list[tuple[str, str]]:
    return [(f.code, f.message) for f in examine(written(folder, steps), read_reactor(reactor)).findings if f.refuses]


def test_a_check_that_would_condense_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path, CHECK) == []
    [(code, told)] = codes(tmp_path, "  - flow_check: {source: DMAMS, for: 80 s}\n")
    assert (code, "of its saturation in the shut chamber" in told) == ("I5", True)


def motor_file(folder: Path) -> Path:
    return changed(FILE, folder, MOTOR)


@both
def test_a_motor_needle_gives_in_proportion_to_its_place(wire: bool, tmp_path: Path) -> None:
    file = motor_file(tmp_path)
    source: SourceLine = read_reactor(file).sources["DMAMS"]
    assert source.steady
    assert not source.metered
    steps = (
        CHECK
        + "  - flow: {carrier: 5 sccm}\n  - throttle: {pressure: 20 Pa}\n"
        + "  - vapour: {DMAMS: open}\n  - purge: {for: 60 s}\n"
        + "  - vapour: {DMAMS: 25 %}\n  - purge: {for: 120 s}\n"
        + "  - ramp: {output: DMAMS_needle.position_setpoint, to: 50 %, over: 60 s}\n  - purge: {for: 60 s}\n"
    )
    report, truth, notes = run(tmp_path, steps, file, wire=wire)
    assert report.state is RunState.COMPLETE, report.reason
    assert any(note.startswith("DMAMS: its proof gives 1.") for note in notes)
    assert truth["driven"]["DMAMS.valve"] == 0.0
    with History(tmp_path).open_recording(report.run_id) as recording:
        flow = recording.samples("chamber.flow")
        place = recording.samples("DMAMS_needle.position")
    sc = float(to_si(1.0, sccm))
    told = {round(value / sc, 1) for value in flow.values if value == value}
    assert {6.2, 5.6} <= told, "5 sccm of argon, and what the needle gives at its proven place, and at half of it"
    assert {round(100 * value) for value in place.values if value == value} >= {0, 25, 50}
    assert place.values[-1] < 0.1, "on its way to its shut end, in the safe state"


@pytest.mark.parametrize("place", ["0 %", "120 %", "40", "1.2 sccm"])
def test_what_is_no_place_of_a_motor_is_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"needles.yaml:10"):
        read_recipe(written(tmp_path, f"  - vapour: {{DMAMS: {place}}}\n"), read_reactor(motor_file(tmp_path)))


def test_half_of_its_way_counts_half_of_its_proof_in_the_check(tmp_path: Path) -> None:
    file = motor_file(tmp_path)
    full = "  - flow: {carrier: 0 sccm}\n  - vapour: {DMAMS: 100 %}\n  - throttle: {pressure: 40 Pa}\n"
    thinned = full.replace("carrier: 0 sccm", "carrier: 5 sccm")
    assert [code for code, _ in codes(tmp_path, full, file)] == ["I5"]
    assert codes(tmp_path, thinned, file) == []


REFUSED = {
    "    motor: needle_valve\n": ("", "does not say its motor"),
    "    motor: needle_valve": ("    motor: qcm", "has no position"),
    "    motor: needle_valve\n    at": ("    motor: throttle_valve\n    at", "already is DMAMS_needle.position"),
    "    at: 50 %": ("    # ", "does not say its at"),
    "    at: 50 %  ": ("    at: 0 %  ", "greater than 0"),
    "    at: 50 % ": ("    at: 150 % ", "too high"),
    "    delivery: motor_needle": ("    delivery: needle", "motor means nothing of DMAMS, a source of the kind needle"),
}


@pytest.mark.parametrize("old", REFUSED)
def test_a_motor_that_cannot_be_is_refused_with_its_line(old: str, tmp_path: Path) -> None:
    (tmp_path / "twice").mkdir()
    with pytest.raises(ReactorError, match=r"icvd.yaml:\d+") as refused:
        read_reactor(changed(motor_file(tmp_path), tmp_path / "twice", {old: REFUSED[old][0]}))
    assert REFUSED[old][1] in str(refused.value)


def gas_file(folder: Path) -> Path:
    text = FILE.read_text(encoding="utf-8").replace(
        "substrates: [lithium, sodium, copper, silicon]", "substrates: [silicon]"
    )
    begin, end = text.index("  TBPO:\n    substance"), text.index("zones:\n")
    gas = (
        '  NH3:\n    substance: ammonia\n    delivery: gas\n    controller: TBPO_mfc\n    valve: "valves[1]"\n'
        "    temperature: 20 degC\n    safe: closed\n\n"
    )
    path = folder / "gas.yaml"
    text = text[:begin] + gas + text[end:]
    path.write_text(re.sub(r"TBPO\.(?=valve|commanded|flow)", "NH3.", text), encoding="utf-8")
    return path


def test_a_gas_with_a_flow_controller_flows_as_it_is_told(tmp_path: Path) -> None:
    file = gas_file(tmp_path)
    source = read_reactor(file).sources["NH3"]
    assert source.steady
    assert source.metered
    steps = "  - vapour: {NH3: 2 sccm}\n  - purge: {for: 60 s}\n"
    path = written(tmp_path, steps)
    path.write_text(path.read_text().replace("TBPO: closed", "NH3: closed"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        warm = {**WARM, "TBPO": WARM["TBPO"]}
        report = dry_run(Request(path, file, tmp_path, "test", {}, hot=warm), ALONE)
    assert report.state is RunState.COMPLETE, report.reason
    with History(tmp_path).open_recording(report.run_id) as recording:
        flow = recording.samples("NH3.flow")
    assert max(flow.values) == pytest.approx(float(to_si(2.0, sccm)), rel=0.05)


@pytest.mark.parametrize(("lines", "refused"), [("lines: 70 degC, ", []), ("", ["T6"]), ("lines: 55 degC, ", ["T6"])])
def test_a_line_too_cold_for_its_permissive_refuses_a_steady_source_as_well(
    lines: str, refused: list[str], tmp_path: Path
) -> None:
    """The gate would: before, the run was held when its source was due."""
    recipe = tmp_path / "cold.yaml"
    cold = HEAD.replace("lines: 70 degC, ", lines).replace(
        "  - heat: {DMAMS: 50 degC, rate: 5 K/min, within: 1 K}\n", ""
    )
    recipe.write_text(cold + "  - vapour: {DMAMS: open}\n" + SHUT, encoding="utf-8")
    found = [one for one in examine(recipe, read_reactor(FILE)).findings if one.refuses]
    assert [one.code for one in found] == refused
    assert all("would refuse to open DMAMS.valve: lines.temperature is" in one.message for one in found)
