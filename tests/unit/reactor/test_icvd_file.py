"""The parts of a reactor file for iCVD: throttle, filament, steady sources, and what is refused of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.reactor.files import ROOT, changed
from vapordep.app.twin.icvd_plant import describe_icvd
from vapordep.app.twin.plant import describe
from vapordep.errors import ReactorError
from vapordep.model.deliveries import Generator
from vapordep.model.outputs import LEAVE
from vapordep.model.sources import GENERATOR, SourceLine
from vapordep.reactor import read_reactor
from vapordep.safety.outputs.targets import Rank, Roles
from vapordep.simulation.description import Made, PlantDescription
from vapordep.simulation.icvd_description import IcvdDescription
from vapordep.units import sccm, to_si
from vapordep_simulators.plant import build
from vapordep_simulators.plant.hybrid.hybrid import Hybrid
from vapordep_simulators.plant.steady.icvd import Icvd

FILE = ROOT / "reactors" / "icvd.yaml"


def test_the_file_tells_throttle_filament_and_sources() -> None:
    reactor = read_reactor(FILE)
    assert reactor.throttle is not None
    assert reactor.filament is not None
    assert reactor.outputs["throttle.position_setpoint"].safe.value == 1.0
    assert reactor.outputs["throttle.pressure_setpoint"].safe == LEAVE
    assert reactor.outputs["filament.on"].safe.value == reactor.outputs["filament.voltage_setpoint"].safe.value == 0.0
    assert reactor.outputs["filament.voltage_setpoint"].high == 45.0
    assert (reactor.filament.temperature, reactor.filament.hot) == ("filament.temperature", (38.4, 523.15))
    needle, metered = reactor.sources["DMAMS"], reactor.sources["TBPO"]
    assert (needle.steady, needle.metered, metered.metered) == (True, False, True)
    assert needle.flow == pytest.approx(float(to_si(1.2, sccm)))
    assert needle.vapour_pressure is not None
    assert reactor.outputs["TBPO.flow_setpoint"].safe.value == 0.0
    assert reactor.gas_zone == "walls"
    assert reactor.zones["stage"].running == "chiller.running"
    assert reactor.outputs["chiller.running"].safe.value == 1.0
    assert "stage.rate" not in reactor.outputs
    assert reactor.microbalance is not None
    assert reactor.microbalance.thickness == "qcm.thickness"
    assert reactor.chamber.surfaces["window"].offset == -5.0


def test_the_filament_goes_off_first() -> None:
    reactor = read_reactor(FILE)
    roles = Roles.of(reactor)
    assert reactor.filament is not None
    assert {roles.rank(tag) for tag in reactor.filament.outputs} == {Rank.FILAMENT}
    assert min(Rank) is Rank.FILAMENT
    assert roles.rank("DMAMS.valve") is Rank.SOURCE_VALVE


def test_its_plant_is_the_one_for_icvd_with_every_wired_point() -> None:
    reactor = read_reactor(FILE)
    described = describe(reactor, "lithium")
    assert isinstance(described, IcvdDescription)
    assert described == describe_icvd(reactor, "lithium")
    plant = build(described)
    assert isinstance(plant, Icvd)
    points = plant.points | set(plant.defaults)
    wanted = {tag for tag in reactor.wiring.values() if tag.partition(".")[0] in ("throttle", "filament", "TBPO")}
    # what only the instruments know of themselves; rates and setpoints live in the controllers
    own = {f"throttle.{word}_setpoint" for word in ("position", "pressure")} | {"TBPO.setpoint", "TBPO.rate"}
    assert wanted - points <= own
    gives = described.sources["DMAMS"].conductance * (80.1 - 20.0) / (8.314 * 323.15)
    assert gives == pytest.approx(float(to_si(1.2, sccm)), rel=0.02)


def test_a_hybrid_has_a_plant_also_with_a_generator_whose_vapour_nobody_can_tell() -> None:
    hybrid = read_reactor(ROOT / "reactors" / "hybrid.yaml")
    made = Generator("carrier", 0.12, "O3.power", 120.0, "O3.ready")
    ozone = SourceLine("O3", "ozone", GENERATOR, "O3.valve", 0.05, 293.15, generator=made)
    plant = build(describe(replace(hybrid, sources={**hybrid.sources, "O3": ozone}), "silicon"))
    assert isinstance(plant, Hybrid)
    assert plant.pulsed.composition.chemistry.coreactants
    alone = replace(read_reactor(FILE), sources={"O3": ozone})
    delivered = describe_icvd(alone, "silicon").sources["O3"].delivery
    assert isinstance(delivered, Made), "there is no other plant that would make it"
    assert delivered.fraction == 0.12


def test_a_reactor_without_a_filament_keeps_its_plant() -> None:
    shipped = read_reactor(ROOT / "reactors" / "glovebox_ald.yaml")
    assert isinstance(describe(shipped, "lithium"), PlantDescription)


def test_a_doubtful_vapour_pressure_is_made_true(tmp_path: Path) -> None:
    path = changed(
        FILE, tmp_path, {"  valve_jitter: 0.2 ms": "  valve_jitter: 0.2 ms\n  vapour_pressure_factors: {DMAMS: 0.4}"}
    )
    described = describe_icvd(read_reactor(path), "lithium")
    assert described.pressure_factors["4-(dimethylaminomethyl)styrene"] == 0.4
    assert described.pressure_factors["di-tert-butyl peroxide"] == 1.0


REFUSED = {
    "throttle: {valve: throttle_valve, safe: open}": ("throttle: {valve: throttle_valve}", "no safe value"),
    "throttle: {valve: throttle_valve, ": ("throttle: {valve: gauge, ", "has no position"),
    "  max_current: 4.5 A\n  safe: off": ("  max_current: 4.5 A", "filament.on has no safe value"),
    "  supply: supply\n": ("  supply: wire_reader\n", "has no output"),
    "  thermometer: wire_reader": ("  thermometer: supply", "has no temperature"),
    "    flow: 1.2 sccm ": ("    # flow: 1.2 sccm ", "does not say its flow"),
    "    controller: TBPO_mfc\n": ("", "does not say its controller"),
    "    delivery: vapour_mfc": ("    delivery: vapour_draw", "does not say its shortest_pulse"),
    "    against: 20 Pa ": ("    shortest_pulse: 20 ms ", "shortest_pulse means nothing of DMAMS"),
    "    line: lines\n    content: 20 g": ("    line: pipes\n    content: 20 g", "no zone is called 'pipes'"),
    "    window: {zone: walls": ("    window: {zone: windows", "no zone is called 'windows'"),
    "  walls: walls ": ("  walls: oven ", "no zone is called 'oven'"),
    "temperature: 25 degC\n": ("temperature: 55 degC\n", "must stay below 50"),
    "  safe_running: on ": ("  # ", "chiller.running has no safe value"),
    "microbalance: {instrument: qcm}": ("microbalance: {instrument: gauge}", "has no thickness"),
    "    proven: 2026-10-01": ("    proven: last week", "is no day"),
    "  max_voltage: 45 V": ("  max_voltage: 45", "45"),
    "uncertainty: 10 %": ("uncertainty: 120 %", "uncertainty"),
}  # fmt: skip


@pytest.mark.parametrize("old", REFUSED)
def test_what_cannot_be_is_refused_with_its_line(old: str, tmp_path: Path) -> None:
    new, told = REFUSED[old]
    path = changed(FILE, tmp_path, {old: new})
    with pytest.raises(ReactorError, match=r"icvd.yaml:\d+") as refused:
        read_reactor(path)
    assert told in str(refused.value)
