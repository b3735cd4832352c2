"""The plant of a reactor for ALD and MLD: its file, and how the simulated one differs from it, as a description."""

from dataclasses import replace

from vapordep.app.twin.delivered import delivery_of, pressure_of
from vapordep.chemistry import substance
from vapordep.model.reactor import Reactor
from vapordep.model.simulation import SimulationSettings
from vapordep.recipe.foretold.situation import ways_of
from vapordep.simulation.description import (
    GasFeed,
    Gauge,
    HeatedZone,
    Inflow,
    Microbalance,
    PlantDescription,
    SurfaceKinetics,
    VapourSource,
)
from vapordep.simulation.plant import Latency

WALLS = HeatedZone(gain=180.0, time_constant=600.0, dead_time=15.0)
"""The hot walls as physics knows them (design default: 300-1200 s)."""
STAGE = HeatedZone(gain=120.0, time_constant=150.0, dead_time=5.0)
"""A stage (design default: 60-300 s)."""
SOFT = 10.0
"""A soft valve whose pumping speed nobody measured lets through the main valve's divided by this."""
JACKET = HeatedZone(gain=150.0, time_constant=250.0, dead_time=10.0)
"""A heated line or bottle (design default: 100-400 s)."""

SHUT = 1e-12
"""What a hand valve that is shut lets through, in m3/s: nothing that a gauge would see."""


def describe_ald(reactor: Reactor, substrate: str) -> PlantDescription:
    """The simulated reactor with `substrate` on its stage."""
    settings = reactor.simulation
    chamber = reactor.chamber
    return PlantDescription(
        volume=chamber.volume,
        wall_area=chamber.wall_area,
        pumping_speed=chamber.pumping_speed,
        soft_pumping_speed=reactor.pump.soft_speed or chamber.pumping_speed / SOFT,
        ultimate_pressure=chamber.ultimate_pressure,
        feeds={line.name: GasFeed(gas=line.gas, shut_off=bool(line.valve)) for line in reactor.lines.values()},
        sources={name: _source(reactor, name) for name in reactor.sources},
        zones={name: _zone(reactor, name) for name in reactor.zones},
        gauges={tag: gauge(index) for index, tag in enumerate(chamber.gauges)},
        inflows=(
            Inflow(gas="air", throughput=settings.leak),
            Inflow(gas="water", throughput=settings.outgassing, decay=settings.outgassing_decay),
        ),
        latencies=latencies(reactor, settings),
        gas_zone=reactor.stage.surrounded_by or reactor.stage.zone,
        stage=reactor.stage.zone,
        foil_offset=settings.foil_offset if settings.foil_offset is not None else reactor.stage.foil_offset,
        substrate=substrate,
        microbalance=Microbalance(zone=reactor.stage.zone),
        kinetics={
            substance(reactor.sources[name].substance).name: SurfaceKinetics(slow=slow)
            for name, slow in settings.slow_sites.items()
        },
    )


def _source(reactor: Reactor, name: str) -> VapourSource:
    source = reactor.sources[name]
    given: dict[str, float] = {} if source.content is None else {"content": source.content}
    if name in reactor.simulation.shut:
        given["conductance"] = SHUT
    return VapourSource(
        substance=substance(source.substance).name,
        temperature=source.temperature,
        zone=source.zone,
        lines=ways_of(source, reactor) if source.zone else (),
        pressure_set=source.pressure_set,
        pressure=pressure_of(source),
        delivery=delivery_of(source),
        **given,
    )


def _zone(reactor: Reactor, name: str) -> HeatedZone:
    stage = reactor.stage
    if name == stage.zone:
        return replace(STAGE, surroundings=stage.surrounded_by)
    return WALLS if name == stage.surrounded_by else JACKET


def gauge(index: int) -> Gauge:
    """The gauge believed first is a capacitance manometer, those above its range are Piranis."""
    return Gauge() if index == 0 else Gauge(kind="pirani", lag=0.1)


def latencies(reactor: Reactor, settings: SimulationSettings) -> dict[str, Latency]:
    """How late each valve moves, by its point."""
    valves = [tag for tag in reactor.outputs if tag.endswith("valve")]
    return {tag: Latency(settings.valve_latency, settings.valve_jitter) for tag in valves}
