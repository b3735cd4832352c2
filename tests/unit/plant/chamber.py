"""A chamber that tests of the plant start from, and how they carry it through a list of changes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vapordep.simulation.description import (
    GasFeed,
    Gauge,
    HeatedZone,
    Inflow,
    Microbalance,
    PlantDescription,
    VapourSource,
)
from vapordep.simulation.plant import Value
from vapordep.units import sccm, to_si
from vapordep_simulators.plant import Ald
from vapordep_simulators.plant.pulsed.segment import AldSegment
from vapordep_simulators.plant.pulsed.state import AldState

HOT = 393.15
CARRIER = float(to_si(20.0, sccm))
TMA, WATER = "trimethylaluminium", "water"


def reference_chamber() -> PlantDescription:
    """A small hot-wall ALD chamber: 1 L, 1.75 m3/h, argon, trimethylaluminium and water at 20 degC (tau about 2 s)."""
    return PlantDescription(
        feeds={"carrier": GasFeed()},
        sources={"TMA": VapourSource(substance="trimethylaluminium"), "H2O": VapourSource(substance="water")},
        zones={
            "walls": HeatedZone(gain=180.0, time_constant=600.0, dead_time=15.0),
            "stage": HeatedZone(gain=120.0, time_constant=150.0, dead_time=5.0, surroundings="walls"),
        },
        gauges={
            "chamber.pressure": Gauge(),
            "chamber.pirani": Gauge(kind="pirani", lag=0.1),
        },
        inflows=(Inflow(gas="air", throughput=1e-8), Inflow(gas="water", throughput=1e-6, decay=1200.0)),
        foil_offset=2.0,
        microbalance=Microbalance(),
    )


def plain(**changes: Any) -> PlantDescription:
    """One litre at 120 degC all over, 5e-4 m3/s, an ideal flow controller, nothing that leaks or lags."""
    description = PlantDescription(
        pumping_speed=5e-4,
        ultimate_pressure=0.0,
        feeds={"carrier": GasFeed(settling=1e-6, dead_time=0.0)},
        sources={"TMA": VapourSource(substance=TMA), "H2O": VapourSource(substance=WATER)},
        zones={name: HeatedZone(gain=0.0, time_constant=100.0, dead_time=0.0) for name in ("walls", "stage")},
        gauges={"chamber.pressure": Gauge(lag=0.03)},
    )
    return replace(description, **changes)


def hot(plant: Ald, pressure: float, *, gas: str | None = None, kelvin: float = HOT) -> AldState:
    """The plant at rest under `pressure` Pa, every zone at `kelvin`."""
    return plant.initial(0.0, pressure=pressure, gas=gas, temperatures=dict.fromkeys(plant.zones.names, kelvin))


def warm(description: PlantDescription, kelvin: float) -> PlantDescription:
    """The same plant in surroundings so warm that unheated zones stay there."""
    zones = {name: replace(zone, ambient=kelvin, surroundings="") for name, zone in description.zones.items()}
    return replace(description, zones=zones)


RUNNING: Mapping[str, Value] = {"pump.valve": 1.0, "carrier.valve": 1.0, "carrier.flow_setpoint": CARRIER}
"""Pumped, under 20 sccm of argon."""


def after(plant: Ald, state: AldState, inputs: Mapping[str, Value], duration: float) -> AldState:
    """The state `duration` s later under constant inputs."""
    return segment(plant, state, inputs, duration).state_at(state.t + duration)


def segment(plant: Ald, state: AldState, inputs: Mapping[str, Value], duration: float) -> AldSegment:
    """The segment of `duration` s from `state`."""
    return plant.solve(state, inputs, state.t, state.t + duration)


def dosed(plant: Ald, state: AldState, source: str, width: float, purge: float) -> AldState:
    """A pulse of `width` s and a purge of `purge` s under running carrier."""
    state = after(plant, state, {**RUNNING, f"{source}.valve": 1.0}, width)
    return after(plant, state, RUNNING, purge)


Change = tuple[float, str, Value]


def carried(plant: Ald, state: AldState, changes: Iterable[Change], end: float, cuts: Iterable[float] = ()) -> AldState:
    """The state at `end` after inputs changed at their instants, with segments cut there and at `cuts` too."""
    changes = list(changes)
    inputs: dict[str, Value] = {}
    for instant in sorted({t for t, _, _ in changes} | set(cuts) | {end}):
        if instant > state.t:
            state = plant.solve(state, inputs, state.t, instant).state_at(instant)
        inputs |= {point: value for t, point, value in changes if t == instant}
    return state
