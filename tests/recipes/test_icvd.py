"""The recipe for pDMAMS: by thickness and by time, held and refused, and what the plant says is true of the film."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.recipes.dry import REACTOR, ROOT, dry, past_the_check, reactor_of
from tests.unit.reactor.files import changed, written
from vapordep.app.running.report import RunReport
from vapordep.app.verdict import verdict_on
from vapordep.history.queries import History
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe
from vapordep.recipe.findings import Severity
from vapordep.safety.monitors.grown import CLOSED
from vapordep.safety.monitors.ledger import PERIOD
from vapordep_simulators.instruments._crystal import Crystal

RECIPE = ROOT / "recipes" / "pdmams_on_lithium.yaml"
REFUSED = ROOT / "recipes" / "refused"
C = 273.15
WARM = {"stage": C + 35, "walls": C + 50, "lines": C + 70, "DMAMS": C + 50, "TBPO": C + 25}
both = pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(900)])])


def test_it_passes_the_check_which_notes_what_nobody_has_measured() -> None:
    examined = examine(RECIPE, read_reactor(reactor_of(RECIPE)))
    assert examined.ok
    [found] = examined.findings
    assert (found.code, found.severity) == ("R-DATA", Severity.NOTE)
    assert found.message == "how fast pDMAMS grows is assumed, not measured"


def in_its_window(report: RunReport, truth: Mapping[str, Any]) -> None:
    assert report.state is RunState.COMPLETE
    assert truth["condensed"] == {}
    assert truth["crowded"] < 0.65
    assert C + 20 < truth["foil_temperature_max"] < C + 50
    assert truth["filament_temperature_max"] < C + 260
    assert truth["driven"]["filament.on"] == truth["driven"]["DMAMS.valve"] == truth["driven"]["TBPO.valve"] == 0.0


COMPACT = """\
recipe: 1
name: a thin film at once
reactor: icvd
process: iCVD
substrate: lithium
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 50 degC, lines: 70 degC, stage: 35 degC, TBPO: 25 degC, rate: 2 K/min, within: 1 K}
  - heat: {DMAMS: 50 degC, rate: 5 K/min, within: 1 K}
  - vapour: {DMAMS: open}
  - flow: {carrier: 0 sccm}
  - vapour: {TBPO: 0.6 sccm}
  - throttle: {pressure: 20 Pa, steady: 60 s}
  - filament: {temperature: 250 degC, ramp: 2 s}
  - deposit: {until: 5 nm, for: 2 min, blind: stop}
finally:
  - filament: off
  - vapour: {TBPO: closed, DMAMS: closed}
"""


def compact(folder: Path, changes: Mapping[str, str]) -> Path:
    """The compact recipe with a few words changed."""
    text = COMPACT
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "compact.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@both
def test_it_stops_at_its_thickness_by_the_crystal(tmp_path: Path, wire: bool) -> None:
    """The crystal loses some adsorbed monomer as the film warms under the filament: a third of a nanometre."""
    changes = {
        "  - filament: {temperature": "  - zero: crystal\n  - filament: {temperature",
        "5 nm": "25 nm",
        "2 min": "8 min",
    }
    report, truth = dry(compact(tmp_path, changes), tmp_path, {}, WARM, wire=wire)
    in_its_window(report, truth)
    assert truth["thickness"] == pytest.approx(25e-9, abs=0.7e-9)
    assert truth["layers"].keys() == {"pDMAMS"}
    history = History(tmp_path)
    with history.open_recording(history.run("last")) as recording:
        film, zero = (recording.samples(tag).values for tag in ("crystal.film", "crystal.zero"))
        grown, seen = recording.samples("bare.film"), recording.samples("bare.H2O")
    assert film.max() == pytest.approx(25e-9, abs=0.4e-9)
    assert (zero[0], len(zero)) == (0.0, 2)
    closed = grown.times[grown.values >= CLOSED][0]
    assert seen.times[-1] < closed + PERIOD, "bare lithium is bare until the polymer closes, and no longer"
    assert seen.times[-1] > closed - 2.0 * PERIOD


@both
def test_a_wild_reading_of_the_crystal_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: bool
) -> None:
    """Every twentieth reading of its frequency says 20 nm too much, also as the filament is lit."""
    original = Crystal.measured

    def wild(self: Crystal, when: Any) -> Any:
        frequency = original(self, when)
        found = np.where(np.floor(np.asarray(when) / 0.5) % 20 == 0, frequency - 200.0, frequency)
        return found if isinstance(when, np.ndarray) else float(found)

    monkeypatch.setattr(Crystal, "measured", wild)
    report, truth = dry(compact(tmp_path, {"5 nm, for: 2 min": "10 nm, for: 4 min"}), tmp_path, {}, WARM, wire=wire)
    assert report.state is RunState.COMPLETE
    history = History(tmp_path)
    with history.open_recording(history.run("last")) as recording:
        [ended] = [event.data for event in recording.events() if "ended" in event.data]
    assert ended["ended"] == "by thickness"
    assert ended["thickness_m"] == pytest.approx(10e-9, abs=0.1e-9)
    assert 1e9 * truth["thickness"] == pytest.approx(10.0, abs=0.5)


def test_it_stops_by_time_where_the_crystal_is_too_slow(tmp_path: Path) -> None:
    report, truth = dry(compact(tmp_path, {"5 nm, for: 2 min": "50 nm, for: 30 s"}), tmp_path, {}, WARM)
    in_its_window(report, truth)
    assert 2e-9 < truth["thickness"] < 6e-9
    history = History(tmp_path)
    run = history.run("last")
    with history.open_recording(run) as recording:
        assert any("grow, not 50 nm" in reason.text for reason in verdict_on(recording, run).reasons)


def test_a_lit_filament_goes_to_another_temperature_without_going_out(tmp_path: Path) -> None:
    cooler = "  - filament: {temperature: 220 degC, ramp: 10 s}\n  - deposit: {for: 10 s}"
    recipe = compact(tmp_path, {"  - deposit: {until: 5 nm, for: 2 min, blind: stop}": cooler})
    report, truth = dry(recipe, tmp_path, {}, WARM)
    assert report.state is RunState.COMPLETE, report.reason
    history = History(tmp_path)
    with history.open_recording(history.run("last")) as recording:
        volts, lit = recording.samples("filament.voltage_setpoint"), recording.samples("filament.on")
    hot, out = volts.times[volts.values > 35.0][0], lit.times[lit.values == 1.0][-1]
    between = volts.values[(volts.times >= hot) & (volts.times <= out)]
    assert 30.0 < between.min() < 36.0, "down to what 220 degC want, and never to nothing"
    assert truth["driven"]["filament.on"] == 0.0


def test_a_hold_puts_the_filament_out_and_shuts_every_source(tmp_path: Path) -> None:
    """I5h: the stage becomes too cold for the monomer, and nobody attends."""
    colder = "  - set: {output: stage.setpoint, value: 5 degC}\n  - deposit: {until: 90 nm, for: 15 min"
    recipe = compact(tmp_path, {"  - deposit: {until: 5 nm, for: 2 min": colder})
    assert "I5" in {found.code for found in examine(recipe, read_reactor(reactor_of(recipe))).findings if found.refuses}
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        report, truth = dry(recipe, tmp_path, {}, WARM)
    assert "I5h" in report.reason
    assert report.state is not RunState.COMPLETE
    assert truth["thickness"] < 80e-9
    assert truth["condensed"] == {}
    assert truth["driven"]["filament.on"] == truth["driven"]["DMAMS.valve"] == truth["driven"]["TBPO.valve"] == 0.0


@pytest.mark.many
@pytest.mark.timeout(900)
@pytest.mark.parametrize("by", ["crystal", "time"])
def test_100_nm_within_2_per_cent_by_the_crystal_and_within_20_by_time(tmp_path: Path, by: str) -> None:
    settings = {} if by == "crystal" else {"thickness": "500 nm", "longest": "20 min"}
    report, truth = dry(RECIPE, tmp_path, settings)
    in_its_window(report, truth)
    assert truth["thickness"] == pytest.approx(100e-9, rel=0.02 if by == "crystal" else 0.2), by


ZERO = "  - filament: {temperature: 250 degC, ramp: 2 s}\n"


@pytest.mark.parametrize(
    ("changes", "code", "refuses"),
    [
        ({ZERO: f"  - zero: stage\n{ZERO}"}, "R-FORM", True),
        ({ZERO: f"{ZERO}  - zero: crystal\n"}, "R-DEPOSIT", False),
        ({ZERO: f"  - zero: crystal\n{ZERO}"}, "", False),
    ],
)
def test_what_may_be_zeroed_and_when(tmp_path: Path, changes: dict[str, str], code: str, refuses: bool) -> None:
    found = examine(compact(tmp_path, changes), read_reactor(reactor_of(RECIPE))).findings
    judged = {(finding.code, finding.refuses) for finding in found if finding.severity is not Severity.NOTE}
    assert judged == ({(code, refuses)} if code else set())


def test_a_reactor_without_a_crystal_zeroes_none(tmp_path: Path) -> None:
    [finding] = examine(written(tmp_path, "- zero: crystal"), read_reactor(REACTOR)).findings
    assert "has no microbalance" in finding.message


def short(tmp_path: Path, changes: Mapping[str, str]) -> Path:
    return changed(RECIPE, tmp_path, changes)


TOLD = {
    "vapour: {DMAMS: open}": ("vapour: {DMAMS: 1.2 sccm}", "R-FORM", "has no flow controller"),
    "vapour: {TBPO: 0.6 sccm}": ("vapour: {TBPO: open}", "R-FORM", "has a flow controller"),
    "vapour: {TBPO: 0.6 sccm}\n": ("vapour: {TBPO: 60 sccm}\n", "R-RANGE", "cannot flow so much"),
    "throttle: {pressure: 20 Pa, steady: 120 s": ("throttle: {pressure: 40 Pa, steady: 120 s", "I5", "saturation"),
    "throttle: {position: open}": ("throttle: {position: open, pressure: 1 Pa}", "R-FORM", "one of them"),
    "  - filament: {temperature: 250 degC, ramp: 10 s}\n  - repeat": ("  - repeat", "R-DEPOSIT", "filament is out"),
    "filament: {temperature: 250 degC, ramp: 10 s}             #": ("filament: {voltage: 60 V} #", "R-RANGE", "60 V"),
    "blind: stop": ("blind: never", "R-FORM", "blind"),
}  # fmt: skip


@pytest.mark.parametrize("old", TOLD)
def test_what_cannot_be_is_told_with_its_line(old: str, tmp_path: Path) -> None:
    new, code, told = TOLD[old]
    examined = examine(short(tmp_path, {old: new}), read_reactor(reactor_of(RECIPE)))
    findings = [finding for finding in examined.findings if told in finding.message or told in str(finding)]
    assert findings, examined.findings
    assert all(finding.line for finding in findings)
    assert code in {finding.code for finding in findings}


def test_a_steady_source_is_not_dosed(tmp_path: Path) -> None:
    path = short(tmp_path, {"  - vapour: {DMAMS: open} ": "  - dose: {source: DMAMS, pulse: 50 ms} "})
    examined = examine(path, read_reactor(reactor_of(RECIPE)))
    assert "R-PULSE" in {finding.code for finding in examined.findings if finding.refuses}


@pytest.mark.parametrize(("name", "code"), [("icvd_supersaturated", "I5"), ("icvd_filament_without_vacuum", "I1")])
def test_n4_and_n5_are_refused_by_the_check(name: str, code: str) -> None:
    examined = examine(REFUSED / f"{name}.yaml", read_reactor(reactor_of(RECIPE)))
    assert {finding.code for finding in examined.findings if finding.refuses} == {code}


def past(name: str, tmp_path: Path) -> tuple[RunReport, Any]:
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        return dry(REFUSED / f"{name}.yaml", tmp_path, {}, {**WARM, "stage": C + 20})


def test_n4_past_the_check_is_ended_before_anything_stays_wet(tmp_path: Path) -> None:
    """I5 waits for 5 s, in which the pressure goes on rising: a trace condenses, and evaporates again."""
    report, truth = past("icvd_supersaturated", tmp_path)
    assert report.state is RunState.ABORTED
    assert "I5" in report.reason
    assert truth["condensed"] == {}
    assert truth["crowded"] < 1.15
    assert truth["driven"]["DMAMS.valve"] == 0.0


def test_n5_past_the_check_gate_lights_nothing_in_air(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        report, truth = dry(REFUSED / "icvd_filament_without_vacuum.yaml", tmp_path, {})
    assert report.state is not RunState.COMPLETE
    assert truth["driven"]["filament.voltage_setpoint"] == 0.0
    assert truth["filament_temperature_max"] < C + 60


def test_the_plan_says_its_words() -> None:
    plan = read_recipe(RECIPE, read_reactor(reactor_of(RECIPE))).plan
    words = [step.word for step in plan.steps]
    assert words[-2:] == ["filament", "repeat"]
    assert [step.word for step in plan.finally_steps][:3] == ["filament", "vapour", "vapour"]
