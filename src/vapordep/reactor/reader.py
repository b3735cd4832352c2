"""The reader: a reactor file becomes a frozen reactor, or an error that names file and line."""

from functools import partial
from pathlib import Path
from typing import Any

from vapordep.chemistry import Substance, substance, substrate
from vapordep.errors import ReactorError
from vapordep.files import Document, read_yaml, refuse_other, validate
from vapordep.model.chamber import Chamber, GasLine, PumpLine, Stage, Turbo, Zone
from vapordep.model.instruments import Instrument
from vapordep.model.reactor import Reactor
from vapordep.model.sources import GAS, GENERATOR, SourceLine
from vapordep.reactor.assembly import SWITCHED, Assembly
from vapordep.reactor.check import check
from vapordep.reactor.deliveries import delivery
from vapordep.reactor.icvd_parts import filament, measured, microbalance, surfaces, throttle
from vapordep.reactor.protection import dead_man, hardware, interlocks, waivers
from vapordep.reactor.references import choose, each, located
from vapordep.reactor.safe_values import missing
from vapordep.reactor.schema.reactor import ReactorPart
from vapordep.reactor.simulated import impurities, simulation
from vapordep.reactor.treatments import treatment
from vapordep.units import Dimension, format_si

TURBO = "turbo.power"


def read_reactor(path: Path) -> Reactor:
    """Reads and checks a reactor file against its drivers and the chemistry.

    Raises FileError or ReactorError, which gather every finding with file:line, what and what to do.
    """
    return reactor_of(read_yaml(path))


def reactor_of(document: Document) -> Reactor:
    """The same from a document that was read before, such as the copy that a run keeps; raises as `read_reactor`."""
    refuse_other(document, "reactor", ReactorError)
    assembly = Assembly(document, validate(document, ReactorPart, kind=ReactorError))
    reactor = _assemble(document, assembly)
    check(reactor, assembly)
    assembly.refuse()
    return reactor


def _assemble(document: Document, assembly: Assembly) -> Reactor:
    parts = assembly.parts
    wired = _wired(assembly)
    substrates = _substrates(assembly)
    assembly.refuse()
    return Reactor(
        name=parts.reactor,
        text=document.text,
        sha256=document.sha256,
        file=str(document.path),
        processes=tuple(parts.processes),
        substrates=substrates,
        purge_line=parts.purge,
        instruments=_instruments(assembly),
        wiring=assembly.wiring,
        outputs=assembly.outputs,
        interlocks=interlocks(assembly),
        waivers=waivers(assembly),
        hardware=hardware(assembly),
        simulated=parts.simulated,
        truth=parts.truth,
        sequences={name: part.does for name, part in parts.sequences.items()},
        simulation=simulation(assembly),
        impurities=impurities(parts.impurities),
        **wired,
    )


def _wired(assembly: Assembly) -> dict[str, Any]:
    """The parts that take channels of instruments, by the names that a reactor gives them."""
    parts = assembly.parts
    made: dict[str, Any] = {"chamber": _chamber(assembly)}
    with assembly.gathering():
        made["pump"] = _pump(assembly)
    made["lines"] = each(assembly, parts.lines, _line)
    made["sources"] = each(assembly, parts.sources, _source)
    made["zones"] = each(assembly, [*parts.zones, "stage"], _zone)
    made["stage"] = _stage(assembly)
    made["dead_man"] = dead_man(assembly)
    for make in (throttle, filament, microbalance):
        with assembly.gathering():
            made[make.__name__] = make(assembly)
    made["treatments"] = each(assembly, parts.treatments, treatment)
    _inputs(assembly)
    assembly.rest()
    with assembly.gathering():
        choose(assembly, parts.purge, "line", parts.lines, "purge")
    return made


def _chamber(assembly: Assembly) -> Chamber:
    part = assembly.parts.chamber
    tags = tuple(reference.replace("[", ".pressure[") for reference in part.gauges)
    for index, (reference, tag) in enumerate(zip(part.gauges, tags, strict=True)):
        with assembly.gathering():
            assembly.channel(reference, "pressure", tag, "chamber", "gauges", index)
    if part.walls is not None:
        with assembly.gathering():
            choose(assembly, part.walls, "zone", assembly.parts.zones, "chamber", "walls")
    return Chamber(
        volume=part.volume,
        wall_area=part.wall_area,
        pumping_speed=part.pumping_speed,
        ultimate_pressure=part.ultimate_pressure,
        surroundings=part.surroundings,
        gauges=tags,
        walls=part.walls or "",
        stage_area=part.stage_area,
        surfaces=surfaces(assembly),
    )


def _pump(assembly: Assembly) -> PumpLine:
    part = assembly.parts.pump
    valve = assembly.valve("pump", part.valve, part.safe.valve, "pump")
    soft = ""
    if part.soft_valve:
        soft = assembly.valve("pump", part.soft_valve, part.safe.soft_valve, "pump", word="soft_valve")
    return PumpLine(valve, soft, part.soft_until, part.soft_speed, _turbo(assembly))


def _turbo(assembly: Assembly) -> Turbo | None:
    """Its own controller protects the pump; in the safe state it most often goes on, behind a valve that is shut."""
    part, path = assembly.parts.pump.turbo, ("pump", "turbo")
    if part is None:
        return None
    if part.safe is None:
        raise missing(TURBO, assembly.where(*path), "safe: leave")
    cell = assembly.channel(part.power, "valve", TURBO, *path, "power")
    assembly.output(TURBO, cell, SWITCHED[part.safe], *path, "power", hazardous=False)
    return Turbo(TURBO, part.spin_up)


def _line(assembly: Assembly, name: str) -> GasLine:
    part = assembly.parts.lines[name]
    where = assembly.where("lines", name)
    gas = located(lambda: substance(part.gas).name, assembly.where("lines", name, "gas"))
    return GasLine(name, gas, assembly.gas_line(name), where)


def _source(assembly: Assembly, name: str) -> SourceLine:
    part, path = assembly.parts.sources[name], ("sources", name)
    known = located(lambda: substance(part.substance), assembly.where(*path, "substance"))
    more = delivery(assembly, name, part, known)
    if part.delivery not in (GAS, GENERATOR) or part.pressure_set:
        where = assembly.where(*path, "pressure_set" if part.pressure_set else "substance")
        located(lambda: known.fit(part.pressure_set or None), where)
    _refuse_hot(known, part.temperature, assembly.where(*path, "temperature"))
    if part.zone is not None:
        choose(assembly, part.zone, "zone", assembly.parts.zones, *path, "zone")
    return SourceLine(
        name=name,
        substance=known.name,
        delivery=part.delivery,
        valve=assembly.valve(name, part.valve, part.safe, *path),
        temperature=part.temperature,
        zone=part.zone or "",
        content=None if part.content is None else part.content / known.molar_mass,
        flow=part.flow,
        against=part.against or 0.0,
        proven=part.proven or "",
        line=part.line or "",
        vapour_pressure=measured(part),
        instrument_pulse=part.pulse == "instrument",
        pressure_set=part.pressure_set,
        where=assembly.where(*path),
        **more,
    )


def _refuse_hot(known: Substance, temperature: float, where: str) -> None:
    limit = known.max_source_temperature
    if limit is not None and temperature >= limit.value:
        shown = format_si(limit.value, Dimension.TEMPERATURE)
        raise ReactorError(f"a bottle of {known.name} must stay below {shown}", where=where, remedy="keep it cooler")


def _zone(assembly: Assembly, name: str) -> Zone:
    """A zone of the list, or the stage."""
    parts = assembly.parts
    part, path = (parts.zones[name], ("zones", name)) if name in parts.zones else (parts.stage, ("stage",))
    running = assembly.zone(name, part, *path)
    for carried in part.carries:
        choose(assembly, carried, "zone", [zone for zone in parts.zones if zone != name], *path, "carries")
    if part.safe == "until_cold" and not part.carries:
        raise ReactorError(
            f"{name} stays warm in the safe state until what it carries is cold, but carries nothing",
            where=assembly.where(*path, "safe"),
            remedy="name the zones of its sources, such as `carries: [EG]`, or write `safe: off`",
        )
    return Zone(name, part.max_rate, assembly.where(*path), tuple(part.carries), running)


def _stage(assembly: Assembly) -> Stage:
    part = assembly.parts.stage
    if part.surrounded_by is not None:
        with assembly.gathering():
            choose(assembly, part.surrounded_by, "zone", assembly.parts.zones, "stage", "surrounded_by")
    return Stage(
        "stage",
        part.foil_offset,
        part.uncertainty,
        part.sensor_error,
        part.overshoot,
        part.measured,
        part.method,
        part.surrounded_by or "",
    )


def _inputs(assembly: Assembly) -> None:
    """Digital inputs, each under the tag that the file gives it."""
    for tag, reference in assembly.parts.inputs.items():
        with assembly.gathering():
            assembly.channel(reference, "input", tag, "inputs", tag)


def _instruments(assembly: Assembly) -> dict[str, Instrument]:
    where = assembly.where
    return {
        name: Instrument(
            name, part.driver, part.line, dict(part.model_extra or {}), where("instruments", name), part.watchdog
        )
        for name, part in assembly.parts.instruments.items()
    }


def _substrates(assembly: Assembly) -> tuple[str, ...]:
    """The proper names of what is coated here."""
    names = []
    for index, written in enumerate(assembly.parts.substrates):
        with assembly.gathering():
            found = located(partial(substrate, written), assembly.where("substrates", index))
            names.append(found.name)
    return tuple(names)
