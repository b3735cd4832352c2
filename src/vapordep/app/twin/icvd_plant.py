"""The plant of an iCVD reactor: its file, and how the simulated one differs from it, as a description."""

from vapordep.app.twin.ald_plant import JACKET, WALLS, gauge, latencies
from vapordep.app.twin.delivered import STROKE, cylinder_pressure, delivery_of, pressure_of
from vapordep.chemistry import substance
from vapordep.model.reactor import Reactor
from vapordep.model.sources import MOTOR_NEEDLE, NEEDLE, SourceLine
from vapordep.recipe.foretold.exposure import CONDUCTANCE
from vapordep.safety.vapour import needle_conductance
from vapordep.simulation.description import ROOM, Carried, GasFeed, Inflow, Made, Microbalance, Pushed
from vapordep.simulation.icvd_description import ChilledStage, Filament, IcvdDescription, Surface, VapourFeed

WIDE = 1e-2
"""Conductance in m3/s before a flow controller: as wide as a pipe; what the bottle gives is its limit."""
STAGE_AREA = 0.02
"""A stage whose area nobody measured, in m2."""


BEYOND, BOILING = 20.0, 473.15
"""How much hotter than its stage a bath may become, in K, and how hot at most: silicone oil [D]."""
CRACKED = 5e-3 * 6.25e-3
"""m3/s of gas that a filament clears of initiator where only supply limits: as in the reference chamber [D]."""


def describe_icvd(reactor: Reactor, substrate: str) -> IcvdDescription:
    """The simulated reactor with `substrate` on its stage."""
    settings, chamber = reactor.simulation, reactor.chamber
    offset = settings.foil_offset
    return IcvdDescription(
        volume=chamber.volume,
        pumping_speed=chamber.pumping_speed,
        soft_pumping_speed=reactor.pump.soft_speed or chamber.pumping_speed / 10.0,
        ultimate_pressure=chamber.ultimate_pressure,
        feeds={line.name: GasFeed(gas=line.gas, shut_off=bool(line.valve)) for line in reactor.lines.values()},
        carrying=reactor.carrying,
        sources={name: _source(reactor, source) for name, source in reactor.sources.items()},
        zones={
            name: WALLS if name == chamber.walls else JACKET for name in reactor.zones if name != reactor.stage.zone
        },
        gauges={tag: gauge(index) for index, tag in enumerate(chamber.gauges)},
        inflows=(
            Inflow(gas="air", throughput=settings.leak),
            Inflow(gas="water", throughput=settings.outgassing, decay=settings.outgassing_decay),
        ),
        latencies=latencies(reactor, settings),
        gas_zone=chamber.walls,
        stage=reactor.stage.zone,
        stage_area=chamber.stage_area or STAGE_AREA,
        substrate=substrate,
        surfaces={
            "walls": Surface(area=chamber.wall_area, zone=chamber.walls),
            **{s.name: Surface(area=s.area, zone=s.zone, offset=s.offset) for s in chamber.surfaces.values()},
        },
        filament=_filament(reactor),
        # the offset in the file was measured with the filament on, and is there only then
        chilled_stage=_stage(reactor, reactor.stage.foil_offset if offset is None else offset),
        microbalance=None if reactor.microbalance is None else Microbalance(zone=reactor.stage.zone),
        tooling=1.0 if reactor.microbalance is None else reactor.microbalance.tooling,
        pressure_factors=_factors(reactor),
        reactivity={
            (reactor.sources[first].substance, reactor.sources[second].substance): ratio
            for (first, second), ratio in settings.reactivity.items()
        },
    )


def _source(reactor: Reactor, source: SourceLine) -> VapourFeed:
    given: dict[str, float] = {} if source.content is None else {"content": source.content}
    return VapourFeed(
        substance=substance(source.substance).name,
        temperature=source.temperature,
        zone=source.zone,
        line=source.line,
        conductance=_conductance(source),
        metered=source.metered,
        pressure_set=source.pressure_set,
        pressure=_pressure(source),
        stroke=STROKE if source.motor else None,
        delivery=_delivery(reactor, source),
        **given,
    )


def _pressure(source: SourceLine) -> float | None:
    """What does not follow from a temperature."""
    regulated = cylinder_pressure(source)
    return pressure_of(source) if regulated is None else regulated


def _delivery(reactor: Reactor, source: SourceLine) -> Carried | Made | Pushed | None:
    """How gas carries, feeds or pushes it; in a hybrid the other plant makes and pushes, for its pulses."""
    delivery = delivery_of(source)
    return None if reactor.hybrid and not isinstance(delivery, Carried) else delivery


def _conductance(source: SourceLine) -> float:
    """What a bottle's way to the chamber lets through while its valve is open, m3/s."""
    if source.delivery in (NEEDLE, MOTOR_NEEDLE):
        return needle_conductance(source)
    return WIDE if source.metered else CONDUCTANCE


def _factors(reactor: Reactor) -> dict[str, float]:
    """True over tabulated vapour pressure by substance: what was measured, or what the simulation shall suffer."""
    found = {}
    for name, source in reactor.sources.items():
        measured = source.vapour_pressure.factor if source.vapour_pressure else 1.0
        found[source.substance] = reactor.simulation.vapour_pressure_factors.get(name, measured)
    return found


def _stage(reactor: Reactor, film_rise: float) -> ChilledStage:
    """A stage whose bath is as fast as it may be, and goes a little beyond what the stage may have."""
    zone = reactor.zones[reactor.stage.zone]
    hottest = max(ChilledStage().hottest, reactor.outputs[f"{zone.name}.setpoint"].high + BEYOND)
    return ChilledStage(film_rise=film_rise, rate=zone.max_rate, hottest=min(hottest, BOILING))


def _filament(reactor: Reactor) -> Filament:
    """Wires that take at their `hot` point the power that their resistance and the measured voltage say."""
    known = reactor.filament
    if known is None:
        return Filament()
    voltage, kelvin = known.hot
    resistance = known.resistance * (1.0 + known.coefficient * (kelvin - ROOM))
    return Filament(
        resistance=known.resistance,
        coefficient=known.coefficient,
        hot=kelvin,
        power=voltage**2 / resistance,
        cracking=CRACKED / reactor.chamber.volume,
    )
