"""The iCVD chamber that tests of its plant start from: warm, evacuated, its throttle in a loop of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from vapordep.simulation.description import GasFeed, Gauge, HeatedZone, Inflow, Microbalance
from vapordep.simulation.icvd_description import IcvdDescription, Surface, VapourFeed
from vapordep.simulation.plant import Value
from vapordep_simulators.plant.steady.icvd import Icvd
from vapordep_simulators.plant.steady.segment import IcvdSegment
from vapordep_simulators.plant.steady.state import IcvdState

CELSIUS = 273.15
WARM = {"walls": CELSIUS + 50, "lines": CELSIUS + 70, "DMAMS": CELSIUS + 50, "stage": CELSIUS + 35}
DMAMS, TBPO = "4-(dimethylaminomethyl)styrene", "di-tert-butyl peroxide"


@dataclass(frozen=True)
class PressureLoop:
    """PI from Pa to the blade's place, as a valve would hand it to the plant; its memory is the integral."""

    setpoint: float
    gain: float = 0.002
    integral: float = 20.0
    period: float = 0.25

    def initial(self, measured: float) -> float:
        return 0.05

    def step(self, memory: float, measured: float, t: float) -> tuple[float, float]:
        error = measured - self.setpoint
        memory = min(max(memory + self.gain * error * self.period / self.integral, 0.0), 1.0)
        return memory, min(max(memory + self.gain * error, 0.0), 1.0)

    def timeless(self, since: float, until: float) -> bool:
        return True


def reference_icvd() -> IcvdDescription:
    """A chamber of 6.25 L for 1.2 sccm of DMAMS at 50 degC and 0.6 sccm of TBPO at 25 degC, walls at 50 degC."""
    return IcvdDescription(
        feeds={"carrier": GasFeed()},
        sources={
            "DMAMS": VapourFeed(
                substance="4-(dimethylaminomethyl)styrene", zone="DMAMS", line="lines", conductance=3.9e-5
            ),
            "TBPO": VapourFeed(substance="di-tert-butyl peroxide", temperature=298.15, conductance=2.71e-7),
        },
        zones={
            "walls": HeatedZone(gain=100.0, time_constant=600.0, dead_time=15.0),
            "lines": HeatedZone(gain=150.0, time_constant=250.0, dead_time=10.0),
            "DMAMS": HeatedZone(gain=150.0, time_constant=250.0, dead_time=10.0),
        },
        gauges={"chamber.pressure": Gauge()},
        inflows=(Inflow(gas="air", throughput=3e-8),),
        surfaces={
            "walls": Surface(area=0.12, zone="walls"),
            "window": Surface(area=0.005, zone="walls", offset=-5.0),
        },
        microbalance=Microbalance(),
    )


def warm(description: IcvdDescription | None = None, **changes: float) -> tuple[Icvd, IcvdState]:
    """A plant, evacuated to 0.5 Pa and as warm as R8 wants it; `changes` in K by zone."""
    plant = Icvd(description or reference_icvd())
    return plant, plant.initial(0.0, pressure=0.5, temperatures={**WARM, **changes})


def inputs(plant: Icvd, pressure: float = 20.0, stage: float = WARM["stage"]) -> dict[str, Value]:
    """Pumped through the throttle's loop, zones held warm, chiller on the stage's sensor."""
    zones = plant.description.zones
    held = {f"{name}.power": (WARM[name] - zone.ambient) / zone.gain for name, zone in zones.items()}
    return {
        "pump.valve": 1.0, "throttle.controller": PressureLoop(pressure),
        "stage.setpoint": stage, "chiller.running": 1.0, "chiller.external": 1.0, **held,
    }  # fmt: skip


FLOWING: Mapping[str, Value] = {"DMAMS.valve": 1.0, "TBPO.valve": 1.0}


def hot(plant: Icvd, kelvin: float = 523.15, pressure: float = 20.0) -> dict[str, Value]:
    """The filament's supply set to the power that ends near `kelvin`."""
    wires, walls = plant.march.wires, WARM["walls"]
    balance = wires.after(kelvin, 0.0, walls, pressure, 1e9)
    slope = (
        4.0 * wires.radiant * kelvin**3
        + wires.ends
        + wires.gas * (1 + wires.filament.half_pressure / 20.0) * (pressure / (pressure + wires.filament.half_pressure))
    )
    power = (kelvin - balance) * slope
    volts = sqrt(power * wires.resistance(kelvin))
    return {"filament.on": 1.0, "filament.voltage_setpoint": volts, "filament.current_setpoint": 20.0}


def segment(plant: Icvd, state: IcvdState, driven: Mapping[str, Value], duration: float) -> IcvdSegment:
    return plant.solve(state, driven, state.t, state.t + duration)


def after(plant: Icvd, state: IcvdState, driven: Mapping[str, Value], duration: float) -> IcvdState:
    return segment(plant, state, driven, duration).state_at(state.t + duration)
