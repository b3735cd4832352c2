"""The coverage sheet says what the reactor file says, line by line, and nothing more."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, changed
from vapordep.app.coverage import coverage_of_file
from vapordep.errors import InputError
from vapordep.model.chamber import GasLine
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.outputs import LEAVE
from vapordep.model.protection import Failure, Hardware, Waiver
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.safety.coverage import NOTHING, Hazard, coverage

F = Failure
VACUUM, FLOW = ("trip P1", "permissive P3"), ("permissive F1", "hold F2")
SHIPPED = {
    "substrate too hot": (("stage.setpoint", "walls.setpoint"), ("trip T1",)),
    "heater walls runs away": (("walls.setpoint",), ("trip T2 at 450 degC",)),
    "heater lines runs away": (("lines.setpoint",), ("trip T2 at 450 degC",)),
    "heater EG runs away": (("EG.setpoint",), ("trip T2 at 450 degC",)),
    "heater stage runs away": (("stage.setpoint",), ("trip T2 at 450 degC",)),
    "TMA flows without vacuum": (("TMA.valve",), VACUUM),
    "H2O flows without vacuum": (("H2O.valve",), VACUUM),
    "EG flows without vacuum": (("EG.valve",), VACUUM),
    "TMA meets H2O": (("TMA.valve", "H2O.valve"), ("trip C1", "permissive C2.TMA", "permissive C2.H2O")),
    "TMA meets EG": (("TMA.valve", "EG.valve"), ("trip C1", "permissive C2.TMA", "permissive C2.EG")),
    "lithium, bare, is attacked": (("H2O.valve", "EG.valve"), ("permissive C3",)),
    "sodium, bare, is attacked": (("H2O.valve", "EG.valve"), ("permissive C3",)),
    "purge gas carrier fails": (("TMA.valve", "H2O.valve", "EG.valve"), FLOW),
    "pump or exhaust fails": (("TMA.valve", "H2O.valve", "EG.valve"), VACUUM),
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Reactor:
    return read_reactor(REACTOR)


def hazards(reactor: Reactor, *, guardian: bool = False) -> dict[str, Hazard]:
    return {hazard.name: hazard for hazard in coverage_of_file(reactor, guardian=guardian).hazards}


def test_the_shipped_reactor_without_a_guardian_line_by_line(shipped: Reactor) -> None:
    found = hazards(shipped)
    assert {name: (hazard.outputs, hazard.by[F.NONE]) for name, hazard in found.items()} == SHIPPED
    later = (F.ENGINE_DEAD, F.PC_DEAD, F.COMMUNICATION_LOST, F.STUCK)
    assert {name: hazard.gaps() for name, hazard in found.items()} == dict.fromkeys(SHIPPED, later)


def test_with_a_guardian_only_the_dead_engine_is_covered(shipped: Reactor) -> None:
    for hazard in hazards(shipped, guardian=True).values():
        assert hazard.by[F.ENGINE_DEAD] == ("guardian's tape",)
        assert hazard.gaps() == (F.PC_DEAD, F.COMMUNICATION_LOST, F.STUCK)


def test_a_line_that_the_guardian_cannot_take_is_a_gap(shipped: Reactor) -> None:
    valves = replace(shipped.instruments["valves"], line="USB0::0x1234::0x5678::1::INSTR")
    found = hazards(replace(shipped, instruments={**shipped.instruments, "valves": valves}), guardian=True)
    assert found["TMA flows without vacuum"].by[F.ENGINE_DEAD] == ()
    assert found["substrate too hot"].by[F.ENGINE_DEAD] == ("guardian's tape",)


def test_a_waiver_is_shown_with_its_name(shipped: Reactor) -> None:
    valves = replace(shipped.instruments["valves"], line="USB0::0x1234::0x5678::1::INSTR")
    waiver = Waiver("TMA.valve", "hand valve, shut at night", "Ada", "2026-10-01")
    reactor = replace(shipped, instruments={**shipped.instruments, "valves": valves}, waivers=(waiver,))
    found = hazards(reactor, guardian=True)
    assert found["TMA flows without vacuum"].by[F.ENGINE_DEAD] == ("waived by Ada: hand valve, shut at night",)
    assert found["TMA meets H2O"].by[F.ENGINE_DEAD] == (), "nobody has signed for the other valve"
    assert hazards(reactor)["TMA flows without vacuum"].by[F.ENGINE_DEAD] == (), "without a guardian nothing is waived"


def test_an_output_that_the_safe_state_leaves_is_a_gap(shipped: Reactor) -> None:
    lines = replace(shipped.outputs["lines.setpoint"], safe=LEAVE)
    found = hazards(replace(shipped, outputs={**shipped.outputs, "lines.setpoint": lines}), guardian=True)
    assert found["heater lines runs away"].by[F.ENGINE_DEAD] == ()


def test_a_watchdog_counts_where_every_output_of_the_hazard_has_one(tmp_path: Path) -> None:
    line = '  stage_heater: {driver: eurotherm, line: "ASRL/dev/ttyUSB1::INSTR", address: 1,'
    reactor = read_reactor(changed(REACTOR, tmp_path, {line: f"{line} watchdog: 5 s,"}))
    found = hazards(reactor)
    for failure in (F.ENGINE_DEAD, F.PC_DEAD, F.COMMUNICATION_LOST):
        assert found["heater stage runs away"].by[failure] == ("watchdog of stage_heater, 5 s",)
        assert found["substrate too hot"].by[failure] == (), "the walls heat the foil as well, and have none"
    assert found["heater stage runs away"].by[F.STUCK] == ()


HARDWARE = """\
hardware:
  - what: limiter with its own sensor and contactor
    outputs: [stage.setpoint, walls.setpoint]
    covers: [engine_dead, pc_dead, communication_lost, stuck]
    tested: 2026-10-01
interlocks:
"""


def test_hardware_counts_as_the_file_claims_it(tmp_path: Path) -> None:
    found = hazards(read_reactor(changed(REACTOR, tmp_path, {"\ninterlocks:\n": f"\n{HARDWARE}"})))
    told = "limiter with its own sensor and contactor (tested 2026-10-01)"
    assert found["substrate too hot"].by[F.STUCK] == (told,)
    assert found["substrate too hot"].gaps() == ()
    assert found["heater lines runs away"].by[F.STUCK] == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[stage.setpoint, walls.setpoint]\n", "[stage.setpint]\n", "no output is called 'stage.setpint'"),
        ("communication_lost, stuck]", "everything]", "covers"),
        ("    tested: 2026-10-01\n", "", "tested"),
        ("tested: 2026-10-01", "tested: last year", "'last year' is no day"),
    ],
)
def test_hardware_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in HARDWARE
    with pytest.raises(InputError, match=words):
        read_reactor(changed(REACTOR, tmp_path, {"\ninterlocks:\n": f"\n{HARDWARE.replace(old, new)}"}))


def test_hardware_at_one_of_two_outputs_covers_no_hazard_of_both(shipped: Reactor) -> None:
    valves = Hardware("vacuum switch", ("TMA.valve",), (F.PC_DEAD,), "2026-10-01")
    found = hazards(replace(shipped, hardware=(valves,)))
    assert found["TMA flows without vacuum"].by[F.PC_DEAD] == ("vacuum switch (tested 2026-10-01)",)
    assert found["TMA meets H2O"].by[F.PC_DEAD] == ()


def test_hardware_is_named_only_where_it_stands(shipped: Reactor) -> None:
    valves = Hardware("vacuum switch", ("TMA.valve",), (F.PC_DEAD,), "2026-10-01")
    limiter = Hardware("limiter", ("stage.setpoint", "walls.setpoint"), (F.PC_DEAD,), "2026-10-01")
    found = hazards(replace(shipped, hardware=(valves, limiter)))
    assert found["TMA flows without vacuum"].by[F.PC_DEAD] == ("vacuum switch (tested 2026-10-01)",)
    hot = found["substrate too hot"]
    assert hot.by[F.PC_DEAD] == ("limiter (tested 2026-10-01)",)
    plain = hot.as_json()
    assert (plain["hazard"], plain["outputs"]) == ("substrate too hot", list(hot.outputs))
    assert plain["pc_dead"] == {"covered": True, "by": ["limiter (tested 2026-10-01)"]}


def test_a_warning_stops_nothing(shipped: Reactor) -> None:
    rules = [replace(rule, action=Action.WARN, guards=()) for rule in shipped.interlocks]
    sheet = coverage(shipped, rules, guardian=True)
    assert all(hazard.by[F.NONE] == () for hazard in sheet.hazards)
    assert len(sheet.gaps(F.NONE)) == len(sheet.hazards)


def test_a_lower_limit_stops_no_heater(shipped: Reactor) -> None:
    low = InterlockRule("LOW", ("stage.temperature > -20 degC",), "p", trip_after_samples=2)
    sheet = coverage(shipped, [low], guardian=False)
    assert {hazard.name: hazard.by[F.NONE] for hazard in sheet.hazards}["heater stage runs away"] == ()


def test_interlocks_without_their_sensor_are_listed(shipped: Reactor) -> None:
    water = InterlockRule("W1", ("cooling.flow > 1 L/min",), "The stage.")
    plain = coverage(shipped, shipped.interlocks, guardian=False, not_covered=[water]).as_json()
    assert plain["interlocks_not_covered"] == [
        {"id": "W1", "require": ["cooling.flow > 1 L/min"], "protects": "The stage."}
    ]


def test_the_sheet_as_plain_data_says_of_whom_it_is(shipped: Reactor) -> None:
    sheet = coverage(shipped, shipped.interlocks, guardian=True)
    plain = sheet.as_json()
    assert (plain["reactor"], plain["guardian"]) == (shipped.name, True)
    assert plain["hazards"] == [hazard.as_json() for hazard in sheet.hazards]


def test_an_empty_cell_says_so_in_a_word() -> None:
    assert NOTHING == "nothing"


@pytest.mark.parametrize(
    ("tag", "hazard"),
    [
        *((tag, "pump or exhaust fails") for tag in ("pump.running", "exhaust.flow", "abatement.ready")),
        *((tag, "TMA flows without vacuum") for tag in ("chamber.evacuated", "foreline.pressure[2]")),
    ],
)
def test_what_an_interlock_reads_says_what_it_stands_against(shipped: Reactor, tag: str, hazard: str) -> None:
    sheet = coverage(shipped, [InterlockRule("X1", (tag,), "p", trip_after_samples=1)], guardian=False)
    assert {found.name: found.by[F.NONE] for found in sheet.hazards}[hazard] == ("trip X1",)


def test_a_hard_rule_that_asks_for_cover_among_other_things_covers_a_bare_substrate(shipped: Reactor) -> None:
    rule = InterlockRule("C9", ("lithium.covered", "chamber.pressure < 1 kPa"), "p", guards=("H2O.valve",), hard=True)
    names = [hazard.name for hazard in coverage(shipped, [rule], guardian=False).hazards]
    assert "lithium, bare, is attacked" in names


def test_another_gas_is_a_hazard_that_only_its_own_interlocks_stand_against(shipped: Reactor) -> None:
    flow = replace(shipped.outputs["carrier.flow_setpoint"], tag="ozone.flow_setpoint")
    valve = replace(shipped.outputs["carrier.valve"], tag="ozone.valve")
    line = GasLine("ozone", "ozone", "ozone.valve")
    reactor = replace(
        shipped,
        outputs={**shipped.outputs, "ozone.flow_setpoint": flow, "ozone.valve": valve},
        lines={**shipped.lines, "ozone": line},
    )
    guard = InterlockRule("O1", ("chamber.pressure < 1 kPa",), "p", guards=("ozone.valve",))
    high = InterlockRule("O2", ("ozone.flow < 50 sccm",), "p", trip_after_samples=2, action=Action.HOLD)
    sheet = coverage(reactor, [*shipped.interlocks, guard, high], guardian=False)
    found = {hazard.name: hazard for hazard in sheet.hazards}["gas ozone flows unwanted"]
    assert (found.outputs, found.by[F.NONE]) == (("ozone.flow_setpoint", "ozone.valve"), ("permissive O1", "hold O2"))


def test_a_filament_is_a_hazard_of_its_own(shipped: Reactor) -> None:
    current = replace(shipped.outputs["lines.setpoint"], tag="filament.current")
    rule = InterlockRule("I1", ("chamber.pressure < 133 Pa",), "p", when="filament.on", trip_after_samples=1)
    reactor = replace(shipped, outputs={**shipped.outputs, "filament.current": current})
    sheet = coverage(reactor, [*shipped.interlocks, rule], guardian=False)
    found = {hazard.name: hazard for hazard in sheet.hazards}["filament on without vacuum, flow or cooling"]
    assert (found.outputs, found.by[F.NONE]) == (("filament.current",), ("trip I1",))
