"""Deliveries in a chamber for iCVD alone: a bubbler that flows steadily, a bottle that gas pushes, a generator."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, UNATTENDED, past_the_check
from tests.unit.reactor.files import changed
from vapordep.app.foretold.expected import expect
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.report import RunReport
from vapordep.errors import ReactorError, RecipeError
from vapordep.history.queries import History
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import examine, read_recipe
from vapordep.safety.vapour import vapour_ratio
from vapordep.units import GAS_CONSTANT, degC, sccm, to_si

ICVD, ZWITTERION = ROOT / "reactors" / "icvd.yaml", ROOT / "reactors" / "icvd_zwitterion.yaml"
BUBBLER = {
    "    delivery: vapour_mfc\n    controller: TBPO_mfc\n": (
        "    delivery: bubbler\n    through: push\n    pressure: 20 kPa\n"
    ),
    "  TBPO_mfc:       {driver": "  push_mfc:       {driver",
    "purge: carrier  ": "  push: {gas: argon, flow: push_mfc, safe: {flow: 0 sccm}}\npurge: carrier  ",
    "  - id: F2.TBPO\n    when: TBPO.commanded\n    require: [TBPO.flow_ratio > 50 %]\n": (
        "  - id: F2.push\n    when: push.commanded\n    require: [push.flow_ratio > 50 %]\n"
    ),
    "interlocks:\n": (
        "interlocks:\n  - id: B8\n    guards: [TBPO.valve]\n    require: [push.flow_ratio > 80 %]\n"
        "    protects: The film; a bubbler without its carrier gives next to nothing.\n    remedy: Look at push.\n"
    ),
}
PUSHED = {
    "    delivery: vapour_draw              # doses into the shut chamber: nothing flows steadily at 8 Pa\n": (
        '    delivery: boosted\n    boost: {valve: "valves[2]", gas: argon, pressure: 100 Pa}\n'
    )
}
MADE = {
    "substrates: [lithium, sodium, copper, silicon]": "substrates: [copper, silicon]",
    "  TBPO_mfc:       {driver": (
        '  oxygen_mfc:     {driver: alicat, line: "TCPIP::192.168.0.43::4001::SOCKET", unit: A, full_scale: 100 sccm}\n'
        "  TBPO_mfc:       {driver"
    ),
    "purge: carrier  ": "  oxygen: {gas: oxygen, flow: oxygen_mfc, safe: {flow: 0 sccm}}\npurge: carrier  ",
    "\nzones:\n": (
        "  O3:\n    substance: ozone\n    delivery: generator\n    through: oxygen\n    fraction: 10 %\n"
        '    power: "valves[6]"\n    warm_up: 2 min\n    valve: "valves[7]"\n    shortest_pulse: 1 s\n'
        "    temperature: 20 degC\n    safe: closed\n\nzones:\n"
    ),
    "interlocks:\n": (
        "interlocks:\n  - id: G1\n    guards: [O3.valve]\n    require: [O3.ready]\n"
        "    protects: The dose.\n    remedy: Wait for O3.ready.\n"
    ),
}
HEAD = "recipe: 1\nname: delivered\nprocess: iCVD\nsubstrate: silicon\nsteps:\n  - pump: {to: 1.3 Pa}\n"
BUBBLED = """\
  - flow: {carrier: 20 sccm}
  - heat: {walls: 50 degC, lines: 70 degC, stage: 35 degC, TBPO: 25 degC, rate: 2 K/min, within: 1 K}
  - heat: {DMAMS: 50 degC, rate: 5 K/min, within: 1 K}
  - throttle: {pressure: 20 Pa}
  - vapour: {DMAMS: open}
  - flow: {carrier: 0 sccm, push: 3 sccm}
  - vapour: {TBPO: open}
  - throttle: {pressure: 20 Pa, steady: 60 s, timeout: 15 min}
  - filament: {temperature: 250 degC, ramp: 10 s}
  - repeat: 1
    layer: pDMAMS
    steps:
      - deposit: {for: 4 min}
  - vapour: {TBPO: closed, DMAMS: closed}
"""
WARM = {zone: float(to_si(value, degC)) for zone, value in
        {"stage": 35.0, "walls": 50.0, "lines": 70.0, "DMAMS": 50.0, "TBPO": 25.0}.items()}  # fmt: skip


def written(folder: Path, steps: str) -> Path:
    path = folder / "delivered.yaml"
    path.write_text(HEAD + steps, encoding="utf-8")
    return path


def run(folder: Path, file: Path, steps: str, hot: dict[str, float], *, wire: bool = False) -> RunReport:
    return dry_run(Request(written(folder, steps), file, folder, "test", {}, hot=hot), UNATTENDED, wire=wire)


@pytest.mark.parametrize("wire", [False, pytest.param(True, marks=[pytest.mark.many, pytest.mark.timeout(900)])])
def test_a_bubbler_flows_for_as_long_as_its_valve_is_open(wire: bool, tmp_path: Path) -> None:
    file = changed(ICVD, tmp_path, BUBBLER)
    reactor = read_reactor(file)
    source = reactor.sources["TBPO"]
    assert source.steady
    report = run(tmp_path, file, BUBBLED, WARM, wire=wire)
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
    carrier = float(to_si(3.0, sccm))
    carried = carrier * vapour_ratio(source, source.temperature)
    assert to_si(0.7, sccm) < carried < to_si(0.9, sccm)
    expected = expect(read_recipe(written(tmp_path, BUBBLED), reactor).plan, reactor)
    assert report.film.thickness == pytest.approx(expected.film.thickness, rel=0.1)
    assert report.film.thickness > 4e-9
    with History(tmp_path).open_recording(report.run_id) as recording:
        is_open, flow = recording.samples("TBPO.valve"), recording.samples("chamber.flow")
        needle = reactor.sources["DMAMS"].flow or 0.0
    opened, shut = is_open.times[is_open.values == 1.0][[0, -1]]
    assert report.precursor_use["TBPO"] == pytest.approx(carried * (shut - opened), rel=0.03)
    settled = flow.values[(flow.times > opened + 60.0) & (flow.times < shut - 1.0)]
    assert settled.mean() == pytest.approx(carrier + carried + needle, rel=0.02), "the monitor counts all three"


def codes(folder: Path, file: Path, steps: str) -> dict[str, str]:
    findings = examine(written(folder, steps), read_reactor(file)).findings
    return {f.code: f"{f.message}; {f.remedy}" for f in findings if f.refuses}


def test_what_a_bubbler_lacks_is_told(tmp_path: Path) -> None:
    file = changed(ICVD, tmp_path, BUBBLER)
    assert codes(tmp_path, file, BUBBLED) == {}
    dry = codes(tmp_path, file, BUBBLED.replace(", push: 3 sccm", ""))
    assert dry.keys() == {"R-SOURCE"}
    assert "no gas flows through push" in dry["R-SOURCE"]
    for old, new, told in (
        ("TBPO: open", "TBPO: 0.6 sccm", "`flow: {push: 5 sccm}` sets how much"),
        ("{for: 4 min}", "{legs: [{for: 4 min, flows: {TBPO: 0.3 sccm}}]}", "but the carrier push"),
        ("  - throttle: {pressure: 20 Pa}\n", "  - flow_check: {source: TBPO, for: 15 s}\n", "weigh the bottle"),
    ):
        with pytest.raises(RecipeError) as refused:
            read_recipe(written(tmp_path, BUBBLED.replace(old, new)), read_reactor(file))
        assert told in str(refused.value), (old, new)
    unguarded = {**BUBBLER, "interlocks:\n": "interlocks:\n"}
    with pytest.raises(ReactorError, match=r"no interlock keeps TBPO\.valve shut"):
        read_reactor(changed(ICVD, tmp_path, unguarded))


def test_more_carrier_thins_the_monomer_in_the_check(tmp_path: Path) -> None:
    """1.2 sccm of DMAMS alone would have 40 Pa at 40 Pa; with 6 sccm of argon behind an open valve a sixth of it."""
    file = changed(ICVD, tmp_path, BUBBLER)
    crowded = BUBBLED.replace("pressure: 20 Pa, steady", "pressure: 45 Pa, steady")
    assert set(codes(tmp_path, file, crowded.replace("push: 3 sccm", "push: 0.1 sccm"))) == {"I5"}
    assert codes(tmp_path, file, crowded.replace("push: 3 sccm", "push: 8 sccm")) == {}


def test_gas_pushes_vapour_out_of_a_bottle(tmp_path: Path) -> None:
    zones = "walls: 70 degC, hot_lines: 80 degC, lines: 60 degC, stage: 45 degC, sultone: 65 degC"
    heat = f"  - heat: {{{zones}, rate: 2 K/min}}\n"
    dose = "  - dose: {source: sultone, pulse: 1 s, boost: 1 s}\n  - purge: {for: 3 min}\n"
    steps = "  - flow: {carrier: 20 sccm}\n" + heat + dose
    hot = {"stage": 318.15, "walls": 343.15, "hot_lines": 353.15, "lines": 333.15, "sultone": 338.15}
    used = {}
    for name, changes, given in (("pushed", PUSHED, steps), ("alone", {}, steps.replace(", boost: 1 s", ""))):
        folder = tmp_path / name
        folder.mkdir()
        report = run(folder, changed(ZWITTERION, folder, changes), given, hot)
        assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
        used[name] = report.precursor_use["sultone"]
    # by itself its 8 Pa are less than the argon's in the chamber; pushed it goes out at 100 Pa at first
    assert used["alone"] < 1e-8
    most = 5e-4 * 100.0 / (GAS_CONSTANT * 338.15) * 0.09
    assert 0.2 * most < used["pushed"] < most


def test_a_generator_makes_ozone_of_its_oxygen(tmp_path: Path) -> None:
    file = changed(ICVD, tmp_path, MADE)
    steps = (
        "  - flow: {carrier: 20 sccm, oxygen: 50 sccm}\n"
        '  - set: {output: O3.power, value: "on"}\n  - wait: {until: O3.ready, within: 10 min}\n'
        "  - dose: {source: O3, pulse: 4 s}\n  - purge: {for: 3 min}\n"
    )
    report = run(tmp_path, file, steps, {"stage": 308.15})
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
    oxygen = float(to_si(50.0, sccm))
    assert report.precursor_use["O3"] == pytest.approx(oxygen * 4.0 * 0.1 * 2.0 / 3.0, rel=0.03)
    off = steps.replace('  - set: {output: O3.power, value: "on"}\n', "").replace(
        "  - wait: {until: O3.ready, within: 10 min}\n", ""
    )
    assert "is off" in codes(tmp_path, file, off)["R-SOURCE"]


def test_in_a_hybrid_its_carrier_goes_past_the_chamber_until_it_is_let_in(tmp_path: Path) -> None:
    """Between pulses as well as before them, and while a polymer grows."""
    file = changed(ROOT / "reactors" / "hybrid.yaml", tmp_path, BUBBLER)
    steps = (
        "  - flow: {carrier: 20 sccm}\n  - purge: {for: 30 s}\n  - dose: {source: TMA, pulse: 50 ms}\n"
        "  - purge: {for: 30 s}\n  - flow: {push: 9 sccm}\n  - purge: {for: 30 s}\n"
    )
    path = written(tmp_path, steps)
    path.write_text(path.read_text().replace("process: iCVD", "process: ALD + iCVD"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        report = dry_run(Request(path, file, tmp_path, "test", {}, hot={"stage": 308.15}), UNATTENDED)
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
    with History(tmp_path).open_recording(report.run_id) as recording:
        pressure, push = recording.samples("chamber.pressure"), recording.samples("push.flow")
    flowing = push.times[push.values > to_si(8.9, sccm)][0]
    before = pressure.values[(pressure.times > flowing - 10.0) & (pressure.times < flowing - 5.0)].mean()
    assert pressure.values[-20:].mean() == pytest.approx(before, rel=0.02)
