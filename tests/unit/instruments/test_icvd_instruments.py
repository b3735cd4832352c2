"""Throttle valve, supply, chiller and crystal monitor on the one iCVD plant: what one does, the others feel."""

from dataclasses import dataclass

import numpy as np
import pytest

from tests.unit.instruments.fake_world import said
from tests.unit.plant.icvd_chamber import CELSIUS, inputs, warm
from vapordep.simulation.instrument import SimInstrument
from vapordep.simulation.world import World
from vapordep.units import angstrom, degC, from_si
from vapordep_simulators.instruments.genesys import Genesys
from vapordep_simulators.instruments.julabo import Julabo
from vapordep_simulators.instruments.sqm160 import Sqm160
from vapordep_simulators.instruments.vat_throttle import VatThrottle

SUPPLY = ("voltage", "current", "voltage_setpoint", "current_setpoint")


@dataclass
class Bench:
    world: World
    valve: VatThrottle
    supply: Genesys
    chiller: Julabo
    monitor: Sqm160

    def tell(self, instrument: SimInstrument, text: str, now: float) -> str:
        return said(instrument.feed(text.encode(), now)).decode()

    def thickness(self, now: float) -> float:
        """What the monitor tells, in angstrom."""
        shown = self.monitor.readings({"thickness"}, np.array([now]))
        return from_si(float(shown["thickness"].values[0]), angstrom)


def bench() -> Bench:
    """R8's chamber with DMAMS and peroxide flowing, chilled to 35 degC, and nothing else done."""
    plant, state = warm()
    held = {point: value for point, value in inputs(plant).items() if point != "throttle.controller"}
    world = World(plant, 1, inputs={**held, "DMAMS.valve": 1.0, "TBPO.valve": 1.0}, state=state)
    valve = VatThrottle("valve", world, {p: f"throttle.{p}" for p in ("position", "pressure")}, {}, 1)
    wiring = {**{point: f"filament.{point}" for point in SUPPLY}, "output": "filament.on"}
    supply = Genesys("supply", world, wiring, {}, 1)
    chiller = Julabo(
        "chiller",
        world,
        {
            "temperature": "chiller.temperature", "external_temperature": "stage.temperature",
            "setpoint": "stage.setpoint", "running": "chiller.running",
        },
        {"control": "external"},
        1,
    )  # fmt: skip
    monitor = Sqm160("qcm", world, {"frequency": "qcm.frequency"}, {"density": "1.1 g/cm3"}, 1)
    made = Bench(world, valve, supply, chiller, monitor)
    for instrument in (valve, supply, chiller, monitor):
        instrument.power_up(0.0)
    made.tell(chiller, "out_sp_00 35\rout_mode_05 1\r", 0.1)
    made.tell(valve, "S:00015001\r\n", 0.2)  # 20 Pa of 10 Torr
    return made


def test_the_valve_holds_the_pressure_of_r8_and_the_filament_makes_the_film() -> None:
    on = bench()
    times = np.arange(80.0, 110.0, 1.0)
    held = on.valve.readings({"pressure"}, times)
    assert held is not None
    assert held["pressure"].values == pytest.approx([20.0] * len(times), rel=0.01)
    on.tell(on.supply, "ADR 6\rPV 40\rPC 10\rOUT 1\r", 120.0)
    assert on.tell(on.supply, "MODE?\r", 150.0) == "CV\r"
    assert on.world.read("filament.temperature", 150.0) > CELSIUS + 200.0
    begun, ended = on.thickness(200.0), on.thickness(500.0)
    grown = on.world.read("film.thickness", 500.0) - on.world.read("film.thickness", 200.0)
    assert from_si(grown, angstrom) > 100.0
    assert ended - begun == pytest.approx(from_si(grown, angstrom), rel=0.2), "but for what temperature feigns"
    assert abs(from_si(on.world.read("stage.temperature", 500.0), degC) - 35.0) < 1.0
