"""The reader: a reactor file becomes a frozen reactor, or an error that names file and line."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from vapordep.chemistry import Substance, substance, substrate
from vapordep.errors import InputError, ReactorError
from vapordep.files import Document, read_yaml, validate
from vapordep.model.alarms import Priority
from vapordep.model.impurities import Impurities
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.reactor import (
    GAS,
    GENERATOR,
    Chamber,
    DeadMan,
    Failure,
    GasLine,
    Hardware,
    Instrument,
    PumpLine,
    Reactor,
    SimulationSettings,
    SourceLine,
    Stage,
    Waiver,
    Zone,
)
from vapordep.reactor.assembly import Assembly
from vapordep.reactor.check import check
from vapordep.reactor.deliveries import delivery
from vapordep.reactor.icvd_parts import filament, measured, microbalance, surfaces, throttle, zone
from vapordep.reactor.schema.protection import InterlockPart
from vapordep.reactor.schema.reactor import ReactorPart
from vapordep.reactor.schema.simulation import ImpuritiesPart
from vapordep.reactor.treatments import treatment
from vapordep.units import Dimension, format_si, parse

T = TypeVar("T")
LONGEST_PERSISTENCE = 3600.0
"""A trip that waits longer than this, in s, comes too late for anything."""


def read_reactor(path: Path) -> Reactor:
    """Reads and checks a reactor file against its drivers and the chemistry.

    Raises FileError or ReactorError, which gather every finding with file:line, what and what to do.
    """
    return reactor_of(read_yaml(path))


def reactor_of(document: Document) -> Reactor:
    """The same from a document that was read before, such as the copy that a run keeps; raises as `read_reactor`."""
    assembly = Assembly(document, validate(document, ReactorPart, kind=ReactorError))
    reactor = _assemble(document, assembly)
    check(reactor, assembly)
    assembly.refuse()
    return reactor


def _assemble(document: Document, assembly: Assembly) -> Reactor:
    parts = assembly.parts
    chamber = _chamber(assembly)
    with assembly.gathering():
        pump = _pump(assembly)
    lines = _each(assembly, parts.lines, _line)
    sources = _each(assembly, parts.sources, _source)
    zones = _each(assembly, [*parts.zones, "stage"], _zone)
    stage = _stage(assembly)
    dead_man = _dead_man(assembly)
    more = _icvd(assembly)
    treatments = _each(assembly, parts.treatments, treatment)
    _inputs(assembly)
    assembly.rest()
    with assembly.gathering():
        _choose(assembly, parts.purge, "line", parts.lines, "purge")
    substrates = _substrates(assembly)
    assembly.refuse()
    return Reactor(
        name=parts.reactor,
        text=document.text,
        sha256=document.sha256,
        file=str(document.path),
        processes=tuple(parts.processes),
        substrates=substrates,
        chamber=chamber,
        pump=pump,
        lines=lines,
        purge_line=parts.purge,
        sources=sources,
        zones=zones,
        stage=stage,
        instruments=_instruments(assembly),
        wiring=assembly.wiring,
        outputs=assembly.outputs,
        interlocks=_interlocks(assembly),
        waivers=_waivers(assembly),
        dead_man=dead_man,
        hardware=_hardware(assembly),
        simulated=parts.simulated,
        truth=parts.truth,
        treatments=treatments,
        sequences={name: part.does for name, part in parts.sequences.items()},
        simulation=_simulation(assembly),
        impurities=_impurities(parts.impurities),
        **more,
    )


def _impurities(part: ImpuritiesPart) -> Impurities:
    """What the file says of a gas, beside what is assumed of the others."""
    assumed = Impurities()
    given = {name: getattr(part, name).model_dump(exclude_none=True) for name in ("carrier", "filling", "air")}
    return Impurities(**{name: {**getattr(assumed, name), **parts} for name, parts in given.items()}, leak=part.leak)


def _simulation(assembly: Assembly) -> SimulationSettings:
    part = assembly.parts.simulation
    ratios: dict[tuple[str, str], float] = {}
    for index, pair in enumerate(part.reactivity):
        for place, name in enumerate(pair.monomers):
            path = ("simulation", "reactivity", index, "monomers", place)
            with assembly.gathering():
                _choose(assembly, name, "source", assembly.parts.sources, *path)
        first, second = pair.monomers
        ratios |= {(first, second): pair.r1, (second, first): pair.r2}
    for name in part.slow_sites:
        with assembly.gathering():
            _choose(assembly, name, "source", assembly.parts.sources, "simulation", "slow_sites", name)
    for place, name in enumerate(part.shut):
        with assembly.gathering():
            _choose(assembly, name, "source", assembly.parts.sources, "simulation", "shut", place)
    slow = {name: (sites.share, sites.speed) for name, sites in part.slow_sites.items()}
    told = {**part.model_dump(), "reactivity": ratios, "slow_sites": slow, "shut": tuple(part.shut)}
    return SimulationSettings(**told)


def _icvd(assembly: Assembly) -> dict[str, Any]:
    """The parts that only iCVD needs, by the names that a reactor gives them."""
    made: dict[str, Any] = {}
    for make in (throttle, filament, microbalance):
        with assembly.gathering():
            made[make.__name__] = make(assembly)
    return made


def _each(assembly: Assembly, names: Iterable[str], make: Callable[[Assembly, str], T]) -> dict[str, T]:
    """What `make` gives of each name; those that are refused become findings."""
    made = {}
    for name in names:
        with assembly.gathering():
            made[name] = make(assembly, name)
    return made


def _chamber(assembly: Assembly) -> Chamber:
    part = assembly.parts.chamber
    tags = tuple(reference.replace("[", ".pressure[") for reference in part.gauges)
    for index, (reference, tag) in enumerate(zip(part.gauges, tags, strict=True)):
        with assembly.gathering():
            assembly.channel(reference, "pressure", tag, "chamber", "gauges", index)
    if part.walls is not None:
        with assembly.gathering():
            zone(assembly, part.walls, "chamber", "walls")
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
    return PumpLine(valve, soft, part.soft_until, part.soft_speed)


def _line(assembly: Assembly, name: str) -> GasLine:
    part = assembly.parts.lines[name]
    where = assembly.where("lines", name)
    gas = _located(lambda: substance(part.gas).name, assembly.where("lines", name, "gas"))
    return GasLine(name, gas, assembly.gas_line(name), where)


def _source(assembly: Assembly, name: str) -> SourceLine:
    part, path = assembly.parts.sources[name], ("sources", name)
    known = _located(lambda: substance(part.substance), assembly.where(*path, "substance"))
    more = delivery(assembly, name, part, known)
    if part.delivery not in (GAS, GENERATOR) or part.pressure_set:
        where = assembly.where(*path, "pressure_set" if part.pressure_set else "substance")
        _located(lambda: known.fit(part.pressure_set or None), where)
    _refuse_hot(known, part.temperature, assembly.where(*path, "temperature"))
    if part.zone is not None:
        _choose(assembly, part.zone, "zone", assembly.parts.zones, *path, "zone")
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
        _choose(assembly, carried, "zone", [zone for zone in parts.zones if zone != name], *path, "carries")
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
            _choose(assembly, part.surrounded_by, "zone", assembly.parts.zones, "stage", "surrounded_by")
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
            found = _located(lambda name=written: substrate(name), assembly.where("substrates", index))  # type: ignore[misc]
            names.append(found.name)
    return tuple(names)


def _interlocks(assembly: Assembly) -> tuple[InterlockRule, ...]:
    rules = []
    for index, part in enumerate(assembly.parts.interlocks):
        with assembly.gathering():
            rules.append(_interlock(assembly, part, "interlocks", index))
    return tuple(rules)


def _dead_man(assembly: Assembly) -> DeadMan | None:
    part = assembly.parts.dead_man
    if part is None:
        return None
    tag = "dead_man.relay"
    with assembly.gathering():
        assembly.timed_relay(tag, part.relay, part.holds, "dead_man")
    return DeadMan(tag, part.holds)


def _waivers(assembly: Assembly) -> tuple[Waiver, ...]:
    for index, part in enumerate(assembly.parts.waivers):
        with assembly.gathering():
            _choose(assembly, part.output, "output", assembly.outputs, "waivers", index, "output")
    return tuple(Waiver(part.output, part.protected_by, part.signed, part.date) for part in assembly.parts.waivers)


def _hardware(assembly: Assembly) -> tuple[Hardware, ...]:
    """What needs no computer; the outputs at which it acts must be there."""
    found = []
    for index, part in enumerate(assembly.parts.hardware):
        for tag in part.outputs:
            with assembly.gathering():
                _choose(assembly, tag, "output", assembly.outputs, "hardware", index, "outputs")
        covers = tuple(Failure(name) for name in part.covers)
        found.append(Hardware(part.what, tuple(part.outputs), covers, part.tested))
    return tuple(found)


def _interlock(assembly: Assembly, part: InterlockPart, *path: str | int) -> InterlockRule:
    for tag in part.guards:
        _choose(assembly, tag, "output", assembly.outputs, *path, "guards")
    samples, time = _persistence(part.trip_after, assembly.where(*path, "trip_after"))
    _refuse_alarm_keys(assembly, part, *path)
    return InterlockRule(
        id=part.id,
        require=tuple(part.require),
        protects=part.protects,
        remedy=part.remedy,
        when=part.when,
        guards=tuple(part.guards),
        trip_after_samples=samples,
        trip_after_time=time,
        action=Action(part.action),
        hard=part.hard,
        cause=part.cause,
        consequence=part.consequence,
        priority=None if part.priority is None else Priority[part.priority.upper()],
        deadband=part.deadband,
        clear_after=part.clear_after,
        where=assembly.where(*path),
    )


def _refuse_alarm_keys(assembly: Assembly, part: InterlockPart, *path: str | int) -> None:
    """Raises ReactorError for what says something about an alarm that never comes, or that its action decides."""
    if part.priority is not None and part.action != "warn":
        raise ReactorError(
            f"the priority of {part.id} follows from its action, {part.action}",
            where=assembly.where(*path, "priority"),
            remedy="leave it out, or write `action: warn`",
        )
    for key in ("deadband", "clear_after"):
        if getattr(part, key) and part.guards and part.trip_after is None:
            raise ReactorError(
                f"{part.id} only refuses commands: it raises no alarm that `{key}` could calm",
                where=assembly.where(*path, key),
                remedy=f"leave out {key}, or give `trip_after`",
            )


def _persistence(written: str | None, where: str) -> tuple[int | None, float | None]:
    """`2 samples` or a time; neither for a permissive that only refuses commands."""
    if written is None:
        return None, None
    count, _, word = written.partition(" ")
    if word in ("sample", "samples") and count.isdecimal() and int(count) > 0:
        return int(count), None
    time = _located(lambda: parse(written, Dimension.TIME), where, "write `2 samples` or a time such as `0.5 s`")
    if not 0 <= time <= LONGEST_PERSISTENCE:
        raise ReactorError(
            f"{written!r} protects nothing", where=where, remedy="write a time such as `0.5 s`, up to 1 h"
        )
    return None, time


def _choose(assembly: Assembly, name: str, what: str, among: Iterable[str], *path: str | int) -> None:
    """Raises ReactorError unless `name` is one of those that the file has."""
    known = tuple(among)
    if name not in known:
        remedy = f"{what}s: {', '.join(known) or 'none'}"
        raise ReactorError(f"no {what} is called {name!r}", where=assembly.where(*path), remedy=remedy)


def _located(look_up: Callable[[], T], where: str, remedy: str = "") -> T:
    """What `look_up` gives; its refusal gets the place in the file."""
    try:
        return look_up()
    except InputError as error:
        raise ReactorError(error.what, where=where, remedy=remedy or error.remedy) from None
