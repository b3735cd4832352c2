"""A metal precursor that gas carries or pushes covers bare lithium as long as its bottle is known not to be empty."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, UNATTENDED, past_the_check
from tests.unit.reactor.files import changed
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.report import RunReport
from vapordep.history.queries import History
from vapordep.model.events import Kind
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import examine
from vapordep.units import degC, to_si

FILE = ROOT / "reactors" / "glovebox_ald.yaml"
TMA = """\
    delivery: vapour_draw
    valve: "valves[0]"
    shortest_pulse: 15 ms              # the shortest for which this valve really opens
    temperature: 20 degC
    content: 25 g
"""
BUBBLED = """\
    delivery: bubbler
    through: push
    pressure: 5 kPa
    valve: "valves[0]"
    shortest_pulse: 15 ms
    temperature: TEMPERATURE
    content: CONTENT
"""
PUSHED = BUBBLED.replace("bubbler\n    through: push\n    pressure: 5 kPa", "boosted\n    boost: BOOST")
BOOST = 'boosted\n    boost: {valve: "valves[6]", gas: argon, pressure: 3 kPa}'
LINES = {
    "  gauge:        {driver": (
        '  push_mfc:     {driver: alicat, line: "TCPIP::192.168.0.32::4001::SOCKET", unit: A, full_scale: 100 sccm}\n'
        '  EG2_heater:   {driver: eurotherm, line: "ASRL/dev/ttyUSB1::INSTR", address: 5, decimals: 1}\n'
        "  gauge:        {driver"
    ),
    "purge: carrier  ": "  push: {gas: argon, flow: push_mfc, safe: {flow: 0 sccm}}\npurge: carrier  ",
    "  EG:    {heater": (
        "  TMA:   {heater: EG2_heater, max_rate: 5 K/min, max_temperature: 60 degC, safe: off}\n  EG:    {heater"
    ),
    "interlocks:\n": (
        "interlocks:\n  - id: B7\n    guards: [TMA.valve]\n    require: [push.flow_ratio > 80 %]\n"
        "    protects: The dose.\n    remedy: Look at the argon of push.\n"
        "  - id: T2t\n    require: [TMA.temperature > -20 degC, TMA.temperature < 100 degC]\n"
        "    trip_after: 2 samples\n    protects: The bottle.\n    remedy: Look at its thermocouple.\n"
    ),
}
RECIPE = """\
recipe: 1
name: behind gas
process: ALD
substrate: lithium
steps:
  - pump: {to: 1 Pa, within: 20 min, soft: true}
  - leak_check: {for: 5 min}
  - flow: {carrier: 20 sccm, push: 50 sccm}
  - heat: {stage: 100 degC, walls: 100 degC, TMA: 20 degC, lines: 60 degC, within: 2 K, timeout: 2 h}
  - purge: {for: 2 min}
  - repeat: 3
    steps:
      - dose: {source: TMA, pulse: 400 ms}
      - purge: {for: 60 s}
  - dose: {source: H2O, pulse: 30 ms}
  - purge: {for: 60 s}
"""
HOT = {zone: to_si(value, degC) for zone, value in {"stage": 100.0, "walls": 100.0, "lines": 60.0, "TMA": 20.0}.items()}


def reactor(folder: Path, delivery: str, content: str = "25 g", temperature: str = "20 degC") -> Path:
    text = delivery.replace("CONTENT", content).replace("TEMPERATURE", temperature)
    if not content:
        text = text.replace("    content: \n", "")
    made = text.replace("    shortest_pulse: 15 ms\n", "    shortest_pulse: 15 ms\n    zone: TMA\n")
    lines = {old: new for old, new in LINES.items() if delivery is BUBBLED or "push" not in new}
    if delivery is not BUBBLED:
        lines["interlocks:\n"] = LINES["interlocks:\n"].replace("push.flow_ratio > 80 %", "carrier.flow_ratio > 80 %")
        lines["  gauge:        {driver"] = LINES["  gauge:        {driver"].partition("\n")[2]
        made = made.replace("boosted\n    boost: BOOST", BOOST)
    return changed(FILE, folder, {TMA: made, **lines})


def recipe(folder: Path, delivery: str, warm: str = "20 degC") -> Path:
    text = RECIPE.replace("TMA: 20 degC", f"TMA: {warm}")
    if delivery is not BUBBLED:
        text = text.replace(", push: 50 sccm", "").replace("400 ms}", "200 ms, boost: 500 ms}")
    path = folder / "behind_gas.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(file: Path, text: Path) -> dict[str, str]:
    findings = examine(text, read_reactor(file)).findings
    return {f.code: f"{f.message}; {f.remedy}" for f in findings if f.refuses}


def run(folder: Path, file: Path, text: Path, warm: float = 20.0) -> RunReport:
    hot = {**HOT, "TMA": to_si(warm, degC)}
    with pytest.MonkeyPatch.context() as patch:
        past_the_check(patch)
        return dry_run(Request(text, file, folder, "test", {}, hot=hot), UNATTENDED)


@pytest.mark.parametrize("delivery", [BUBBLED, PUSHED], ids=["bubbler", "boosted"])
def test_a_bottle_that_is_known_to_hold_some_covers_lithium(delivery: str, tmp_path: Path) -> None:
    file, text = reactor(tmp_path, delivery), recipe(tmp_path, delivery)
    assert refused(file, text) == {}
    report = run(tmp_path, file, text)
    assert (report.state, report.trips) == (RunState.COMPLETE, ()), report.reason
    assert report.precursor_use["H2O"] > 1e-8
    with History(tmp_path).open_recording(report.run_id) as recording:
        left = recording.samples("TMA.left").values
    taken = report.precursor_use["TMA"] * 72.09e-3
    told = left[left > 0.0]
    assert told[0] == pytest.approx(25e-3, rel=1e-6)
    assert told[0] - told[-1] == pytest.approx(1.1 * taken, rel=0.15), "what was taken, and a tenth of it as a doubt"


@pytest.mark.parametrize("delivery", [BUBBLED, PUSHED], ids=["bubbler", "boosted"])
def test_gas_out_of_an_empty_bottle_covers_nothing(delivery: str, tmp_path: Path) -> None:
    """The gauge sees the argon alone, and it looks like a dose."""
    file, text = reactor(tmp_path, delivery, content="1 ng"), recipe(tmp_path, delivery)
    report = run(tmp_path, file, text)
    assert report.state is RunState.ABORTED
    assert "C3" in report.reason
    assert report.precursor_use["H2O"] < 1e-12


@pytest.mark.parametrize("delivery", [BUBBLED, PUSHED], ids=["bubbler", "boosted"])
def test_a_bottle_of_which_nobody_knows_what_it_holds_is_refused_with_what_to_do(delivery: str, tmp_path: Path) -> None:
    file, text = reactor(tmp_path, delivery, content=""), recipe(tmp_path, delivery)
    assert "vapordep bottles install" in refused(file, text)["C3"]
    report = run(tmp_path, file, text)
    assert (report.state, "C3" in report.reason) == (RunState.ABORTED, True)


def test_a_bottle_counts_by_its_own_temperature_not_by_what_the_file_says(tmp_path: Path) -> None:
    """At 40 degC three pulses fill the surface, at 0 degC none does; the file says the former."""
    warm, text = reactor(tmp_path, BUBBLED, temperature="40 degC"), recipe(tmp_path, BUBBLED, "40 degC")
    text.write_text(text.read_text().replace("400 ms", "40 ms"), encoding="utf-8")
    assert refused(warm, text) == {}
    assert run(tmp_path, warm, text, warm=40.0).state is RunState.COMPLETE
    text.write_text(
        text.read_text().replace(
            "  - heat: {stage: 100 degC, walls: 100 degC, TMA: 40 degC, lines: 60 degC, within: 2 K, timeout: 2 h}\n",
            "",
        )
    )
    report = run(tmp_path, warm, text, warm=20.0)
    assert report.state is RunState.ABORTED
    assert "C3" in report.reason


@pytest.mark.parametrize("delivery", [BUBBLED, PUSHED], ids=["bubbler", "boosted"])
def test_its_bottle_is_named_twenty_doses_before_it_is_empty(delivery: str, tmp_path: Path) -> None:
    file, text = reactor(tmp_path, delivery, content="CONTENT"), recipe(tmp_path, delivery)
    each = run(tmp_path / "one", changed(file, _made(tmp_path / "one"), {"CONTENT": "25 g"}), text)
    grams = each.precursor_use["TMA"] / 3.0 * 72.09 * 45.0
    text.write_text(text.read_text().replace("repeat: 3", "repeat: 60").replace("for: 60 s", "for: 15 s"))
    folder = _made(tmp_path / "many")
    report = run(folder, changed(file, folder, {"CONTENT": f"{grams:.6f} g"}), text)
    with History(folder).open_recording(report.run_id) as recording:
        [named] = [e for e in recording.events() if e.kind is Kind.ALARM and e.data.get("id") == "bottle.TMA"]
        before = [p for p in recording.pulses() if p.intent.planned_close <= named.time]
    assert 20 <= 45 - len(before) <= 32
    assert "runs empty" in named.text


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_cylinder_is_named_twenty_doses_before_it_is_empty(tmp_path: Path) -> None:
    text = tmp_path / "cylinder.yaml"
    text.write_text(
        "recipe: 1\nname: cylinder\nprocess: ALD\nsubstrate: silicon\nsteps:\n"
        "  - pump: {to: 5 Pa, within: 20 min, soft: true}\n  - flow: {carrier: 20 sccm}\n  - purge: {for: 1 min}\n"
        "  - repeat: 50\n    steps:\n      - dose: {source: NH3, pulse: 50 ms}\n      - purge: {for: 15 s}\n"
    )
    held = "    pressure: 2 kPa                    # behind regulator"
    file = changed(
        ROOT / "reactors" / "thermal_ald.yaml", _made(tmp_path / "few"), {held: f"    content: 13 mg\n{held}"}
    )
    report = run(tmp_path, file, text)
    with History(tmp_path).open_recording(report.run_id) as recording:
        [named] = [e for e in recording.events() if e.kind is Kind.ALARM and e.data.get("id") == "bottle.NH3"]
        pulses = recording.pulses()
    whole = [pulse.area for pulse in pulses if pulse.area > 0.95 * pulses[0].area]
    assert 20 < len(whole) < 50, "it runs empty"
    assert len(whole) - sum(pulse.intent.planned_close <= named.time for pulse in pulses) >= 20
