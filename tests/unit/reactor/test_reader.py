"""Reactor files: what the shipped one says, and how a wrong one is refused with file, line and advice."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, changed, place
from vapordep.chemistry import substrate
from vapordep.devices.device import Device, Identity
from vapordep.devices.framing import Framing
from vapordep.devices.framings.terminator import Terminator
from vapordep.devices.signals import readback, setpoint
from vapordep.errors import InputError, ReactorError
from vapordep.model.alarms import Priority
from vapordep.model.instruments import Cell
from vapordep.model.interlocks import Action
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor, reader
from vapordep.reactor.table import channel_tags, tag_table, with_derived
from vapordep.units import degC, sccm, state, to_si


@pytest.fixture(scope="module")
def shipped() -> Reactor:
    return read_reactor(REACTOR)


def test_quantities_of_the_shipped_file_are_si(shipped: Reactor) -> None:
    assert shipped.chamber.volume == pytest.approx(1e-3)
    assert shipped.chamber.residence_time == pytest.approx(2.06, rel=1e-2)
    assert shipped.sources["TMA"].content == pytest.approx(0.025 / 0.0720855, rel=1e-3)
    assert shipped.zones["stage"].max_rate == pytest.approx(10 / 60)
    assert (shipped.stage.foil_offset, shipped.stage.surrounded_by) == (3.0, "walls")


def test_substances_go_by_their_proper_names_whatever_the_file_calls_them(tmp_path: Path) -> None:
    path = changed(REACTOR, tmp_path, {"substance: trimethylaluminium": "substance: TMA", "gas: argon": "gas: Ar"})
    reactor = read_reactor(path)
    assert reactor.sources["TMA"].substance == "trimethylaluminium"
    assert reactor.lines["carrier"].gas == "argon"


def test_every_channel_is_known_by_one_tag(shipped: Reactor) -> None:
    assert shipped.wiring[Cell("valves", "valve", 0)] == "TMA.valve"
    assert shipped.wiring[Cell("gauge", "pressure", 2)] == "gauge.pressure[2]"
    assert shipped.wiring[Cell("carrier_mfc", "pressure")] == "carrier_mfc.pressure"
    assert len(set(shipped.wiring.values())) == len(shipped.wiring)
    assert channel_tags(shipped, "carrier_mfc")["flow"] == "carrier.flow"


def test_an_output_has_the_range_of_its_own_instrument_and_its_safe_value(shipped: Reactor) -> None:
    flow = shipped.outputs["carrier.flow_setpoint"]
    assert flow.high == pytest.approx(to_si(100.0, sccm)), "full scale of this controller, not of its family"
    assert flow.safe.value == pytest.approx(to_si(20.0, sccm))
    assert shipped.outputs["stage.setpoint"].safe.value == shipped.outputs["stage.setpoint"].off
    assert shipped.outputs["pump.valve"].safe.value == 1.0
    assert all(output.safe.value is not None for output in shipped.outputs.values() if output.hazardous)


def test_interlocks_keep_their_reason_and_persistence(shipped: Reactor) -> None:
    rules = {rule.id: rule for rule in shipped.interlocks}
    assert (rules["T2"].trip_after_samples, rules["P1"].trip_after_time) == (2, 0.5)
    assert rules["F2"].action is Action.HOLD
    alarm = rules["F3"]
    assert (alarm.priority, alarm.deadband, alarm.clear_after) == (Priority.LOW, "3 %", 5.0)
    assert alarm.silenced_by_design
    assert rules["T6"].guards == ("EG.valve",)
    assert not rules["P3"].trips


def test_the_tag_table_has_what_instruments_fill_and_what_follows_from_it(shipped: Reactor) -> None:
    assert tag_table(shipped)["stage.temperature"].unit is degC
    filled = tag_table(shipped)
    derived = with_derived(filled, shipped, substrate("lithium")).keys() - filled.keys()
    assert {"foil.maximum", "substrate.trip", "chamber.pressure", "lithium.covered"} <= derived


EVACUATED = "{open_if: chamber.evacuated, else: closed}"
PUMP_SAFE = f"{{valve: {EVACUATED}, soft_valve: closed}}"
TMA_SAFE = "content: 25 g\n    safe: closed"
STAGE_SAFE = "156.6 degC\n  safe: off"

# name: what stands in the shipped file, what a wrong one has, the line that is to be named, words of the message
# fmt: off
REFUSED = {
    "unknown driver": ("driver: mks946", "driver: mks947", "mks947", "'mks947'"),
    "option that no driver knows": ("full_scale: 100 sccm", "fullscale: 100 sccm", "fullscale", "fullscale"),
    "option of another unit": ("full_scale: 100 sccm", "full_scale: 100 mTorr", "100 mTorr", "gas flow"),
    "no line": ('"ASRL/dev/ttyUSB0::INSTR"', "COM3", "COM3", "names no line"),
    "same instrument twice": ("INSTR\", address: 4", "INSTR\", address: 3", "EG_heater: ", "the same instrument"),
    "same instrument by its usual address": ("INSTR\", address: 2", "INSTR\"", "wall_heater: ", "the same instrument"),
    "two languages on one wire": ("ASRL/dev/ttyUSB0", "ASRL/dev/ttyUSB1", "wall_heater: ", "speak differently"),
    "one wire at two speeds": ("address: 4,", "address: 4, baud: 19200,", "EG_heater: ", "share a wire"),
    "unknown instrument": ("heater: wall_heater", "heater: wall_heeter", "wall_heeter", "'wall_heeter'"),
    "instrument of another kind": ("flow: carrier_mfc", "flow: gauge", "flow: gauge", "has no flow"),
    "channel beyond the last": ('"valves[2]"', '"valves[8]"', "valves[8]", "0 to 7"),
    "channel without number": ('"valves[2]"', "valves", "valve: valves", "which channel"),
    "channel used twice": ('"valves[2]"', '"valves[0]"', "", "already is TMA.valve"),
    "instrument used twice": ("heater: EG_heater", "heater: wall_heater", "", "already is walls.temperature"),
    "turbo without safe value": ("soft_until: 1 kPa", "turbo: {power: 'valves[6]', spin_up: 1 h}", "turbo:", "no safe"),
    "unknown tag in a condition": ("[lines.temperature", "[line.temperature", "line.temperature", "'line.temperature'"),
    "unknown tag in when": ("when: sources.open", "when: source.open", "source.open", "'source.open'"),
    "condition without unit": ("pressure < 1 kPa", "pressure < 1", "pressure < 1]", "unit is missing"),
    "guard of no output": ("guards: [EG.valve]", "guards: [EG.power]", "EG.power", "no output"),
    "unknown unit": ("1.75 m3/h", "1.75 m3/hour", "m3/hour", "unknown unit"),
    "missing unit": ("soft_until: 1 kPa", "soft_until: 1000", "soft_until", "unit is missing"),
    "decimal comma": ("1.75 m3/h", "1,75 m3/h", "1,75 m3/h", "comma"),
    "not a number": ("1.75 m3/h", "nan m3/h", "nan m3/h", "not a finite number"),
    "unknown key": ("  wall_area:", "  wall_aria:", "wall_aria", "write wall_area"),
    "negative time": ("trip_after: 0.5 s", "trip_after: -0.5 s", "-0.5 s", "protects nothing"),
    "not a persistence": ("trip_after: 2 samples", "trip_after: 0 samples", "0 samples", "2 samples"),
    "negative volume": ("volume: 1 L", "volume: -1 L", "-1 L", "greater than 0"),
    "valve without safe value": (TMA_SAFE, "content: 25 g", "", "TMA.valve has no safe value"),
    "heater without safe value": ("max_temperature: 200 degC, safe: off}",
                                  "max_temperature: 200 degC}", "line_heater,", "lines.setpoint has no"),
    "stage without safe value": (STAGE_SAFE, "156.6 degC", "stage:", "stage.setpoint has no safe value"),
    "gas without safe value": (f", safe: {{flow: 20 sccm, valve: {EVACUATED}}}}}", "}", "gas: argon",
                               "carrier.flow_setpoint has"),
    "shut-off without safe value": (f"sccm, valve: {EVACUATED}}}", "sccm}", "gas: argon", "carrier.valve has no safe"),
    "pump without safe value": (PUMP_SAFE, "{soft_valve: closed}", 'valve: "valves[3]"', "pump.valve has no safe"),
    "safe value out of range": ("{flow: 20 sccm", "{flow: 200 sccm", "200 sccm", "out of its range"),
    "safe value beyond the zone": ("200 degC, safe: off", "200 degC, safe: 201 degC", "safe: 201", "out of its range"),
    "bottle that decomposes": ("substance: ethylene glycol", "substance: DEZ", "80 degC", "must stay below 60 degC"),
    "source that stays open": (TMA_SAFE, "content: 25 g\n    safe: leave", "safe: leave", "'closed'"),
    "nitrogen on lithium": ("gas: argon", "gas: nitrogen", "gas: nitrogen", "nitrogen attacks lithium"),
    "unknown gas": ("gas: argon", "gas: argonn", "argonn", "'argonn'"),
    "unknown substance": ("substance: water", "substance: waiter", "waiter", "'waiter'"),
    "no vapour pressure": ("substance: water", "substance: oxygen", "substance: oxygen", "no vapour pressure"),
    "unknown fit": ("    zone: EG ", "    pressure_set: nobody's\n    zone: EG ", "pressure_set", "nobody's"),
    "unknown substrate": ("[lithium, sodium", "[lithum, sodium", "lithum", "'lithum'"),
    "unknown purge line": ("purge: carrier ", "purge: carier ", "carier", "no line"),
    "unknown zone": ("surrounded_by: walls", "surrounded_by: wall", "surrounded_by: wall ", "no zone"),
    "stage that goes on heating": (STAGE_SAFE, "156.6 degC\n  safe: leave", "safe: leave", "stage.setpoint as it is"),
    "safe value that melts": (STAGE_SAFE, "156.6 degC\n  safe: 160 degC", "safe: 160", "could bring the foil"),
    "sensor that is too bad": ("sensor_error: 2.2 K", "sensor_error: 170 K", "[lithium, sodium", "could melt"),
    "built-in interlock": ("- id: T2", "- id: T1", "- id: T1", "built in"),
    "real lines called simulated": ("purge: carrier ", "simulated: true\npurge: carrier ", "simulated: true",
                                    "not simulated"),
    "unwatched zone": ("EG.temperature > -20 degC\n      - EG.temperature < 450", "lines.temperature < 449",
                       "EG:    {heater", "no interlock trips when EG.temperature"),
    "priority of a trip": ("action: hold", "action: hold\n    priority: low", "", "follows from its action"),
    "deadband without a unit": ("deadband: 3 %", "deadband: 3", "deadband: 3\n", "must be text"),
    "deadband of another kind": ("deadband: 3 %", "deadband: 3 K", "deadband: 3 K", "no deadband of carrier"),
    "deadband of nothing": ("deadband: 3 %", "deadband: 0 %", "deadband: 0 %", "is none"),
    "deadband of a permissive": ("guards: [EG.valve]", "guards: [EG.valve]\n    deadband: 1 K", "deadband: 1 K",
                                 "only refuses commands"),
    "interlock twice": ("- id: T6", "- id: P3", "", "two interlocks"),
    "dependent on nothing": (PUMP_SAFE, "{valve: {open_if: pump.runs, else: closed}, soft_valve: closed}",
                             'valve: "valves[3]"', "'pump.runs'"),
}
# fmt: on


@pytest.mark.parametrize(("old", "new", "line", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_file_is_refused_with_its_line(old: str, new: str, line: str, words: str, tmp_path: Path) -> None:
    path = changed(REACTOR, tmp_path, {old: new})
    with pytest.raises(InputError) as refusal:
        read_reactor(path)
    text = str(refusal.value)
    assert words in text
    assert refusal.value.exit_status == 2
    assert all(finding.where.startswith(f"{path}:") and finding.remedy for finding in refusal.value.findings)
    if line:
        assert f"{place(path, line)}:" in text


def test_all_findings_come_together(tmp_path: Path) -> None:
    wrong = {"substance: water": "substance: waiter", "heater: wall_heater": "heater: oven", "purge: c": "purge: k"}
    with pytest.raises(ReactorError) as refusal:
        read_reactor(changed(REACTOR, tmp_path, wrong))
    assert len(refusal.value.findings) == 3


class Panel(Device):
    """An instrument with inputs."""

    manual = "none: a test"
    input = readback(state, low=0.0, high=1.0, count=4)
    valve = setpoint(state, low=0.0, high=1.0, count=8)

    def make_framing(self) -> Framing:
        return Terminator(b"\r")

    async def identify(self) -> Identity:
        return Identity("Nobody", "Panel")


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver `modbus_relay` has inputs."""
    for module in ("vapordep.reactor.assembly", "vapordep.reactor.table"):
        known = __import__(module, fromlist=["driver"]).driver
        monkeypatch.setattr(
            f"{module}.driver",
            lambda name, where="", known=known: Panel if name == "modbus_relay" else known(name, where),
        )


DEPENDENT = {
    PUMP_SAFE: "{valve: {open_if: pump.running, else: closed}, soft_valve: closed}",
    "interlocks:": 'inputs: {pump.running: "valves[1]"}\ninterlocks:',
    'modbus+tcp://192.168.0.200:4196", address: 1': 'modbus+tcp://192.168.0.200:4196"',
}


@pytest.mark.usefixtures("panel")
def test_a_safe_value_may_depend_on_one_input(tmp_path: Path) -> None:
    reactor = read_reactor(changed(REACTOR, tmp_path, DEPENDENT))
    safe = reactor.outputs["pump.valve"].safe
    assert (safe.value, safe.depends_on, safe.otherwise) == (1.0, ("pump.running",), 0.0)
    assert reactor.wiring[Cell("valves", "input", 1)] == "pump.running"


PURE = "\nimpurities: {carrier: {H2O: 20 ppb}, leak: 5e-8 Pa m3/s}\n"


def test_what_a_file_says_of_impurities_counts_beside_what_is_assumed(shipped: Reactor, tmp_path: Path) -> None:
    path = tmp_path / "pure.yaml"
    path.write_text(REACTOR.read_text(encoding="utf-8") + PURE, encoding="utf-8")
    pure = read_reactor(path).impurities
    assert (pure.carrier, pure.leak) == ({"H2O": pytest.approx(2e-8), "O2": 2e-6, "N2": 5e-6}, 5e-8)
    assert (shipped.impurities.carrier["H2O"], shipped.impurities.leak) == (3e-6, None)


def test_hand_valves_of_the_simulated_reactor_that_are_shut_belong_to_sources(tmp_path: Path) -> None:
    found = changed(REACTOR, tmp_path, {"simulation:": "simulation:\n  shut: [H2O]"})
    assert read_reactor(found).simulation.shut == ("H2O",)
    refused = changed(REACTOR, tmp_path, {"simulation:": "simulation:\n  shut: [H3O]"})
    with pytest.raises(InputError, match="H3O"):
        read_reactor(refused)


def test_slow_sites_of_the_simulated_surface_belong_to_sources(tmp_path: Path) -> None:
    slow = "simulation:\n  slow_sites: {H2O: {share: 30 %, speed: 10 %}}"
    found = read_reactor(changed(REACTOR, tmp_path, {"simulation:": slow})).simulation
    assert found.slow_sites == {"H2O": (pytest.approx(0.3), pytest.approx(0.1))}
    for wrong in ("H2O: {share: 130 %, speed: 10 %}", "DEZ: {share: 30 %, speed: 10 %}", "H2O: {share: 30 %}"):
        refused = changed(REACTOR, tmp_path, {"simulation:": f"simulation:\n  slow_sites: {{{wrong}}}"})
        with pytest.raises(InputError, match=r":\d+"):
            read_reactor(refused)


@pytest.mark.parametrize("wrong", ["{H2O: 20}", "{H2O: 120 %}", "{CO2: 1 ppm}", "{O2: -1 ppm}", "{N2: 1 Pa}"])
def test_impurities_that_cannot_be_are_refused(wrong: str, tmp_path: Path) -> None:
    path = tmp_path / "impure.yaml"
    path.write_text(REACTOR.read_text(encoding="utf-8") + f"\nimpurities: {{carrier: {wrong}}}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"impure\.yaml:\d+"):
        read_reactor(path)


@pytest.mark.usefixtures("panel")
def test_an_input_has_a_tag_of_its_own(tmp_path: Path) -> None:
    path = changed(REACTOR, tmp_path, {**DEPENDENT, "interlocks:": 'inputs: {TMA.valve: "valves[1]"}\ninterlocks:'})
    with pytest.raises(ReactorError, match=r"TMA\.valve is there twice"):
        read_reactor(path)


def test_reading_a_reactor_connects_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("connected"))
    assert isinstance(reader.read_reactor(REACTOR), Reactor)
