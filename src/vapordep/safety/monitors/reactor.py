"""The monitors that one reactor with one substrate needs, in the order of their dependence."""

from collections.abc import Iterator, Mapping
from typing import Any

from vapordep.chemistry import Substrate, purge_gap
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag, TagKind
from vapordep.safety.monitors.behind_gas import Part, left_of
from vapordep.safety.monitors.cooling import Needed
from vapordep.safety.monitors.crystal import of_crystal
from vapordep.safety.monitors.generator import Ready
from vapordep.safety.monitors.ledger import ledger_of
from vapordep.safety.monitors.monitor import Monitor
from vapordep.safety.monitors.readings import Commanded, Constant, Evacuated, FirstUsable, FlowRatio, Offset
from vapordep.safety.monitors.surface import VENTED, Covered, Saturation
from vapordep.safety.monitors.turbo import AtSpeed
from vapordep.safety.monitors.valves import AnyOpen, Apart, Clearance, NeverOpen
from vapordep.safety.monitors.vapour import of_vapours
from vapordep.safety.substances import (
    attacking_lines,
    attacking_sources,
    covering_precursors,
    foil_trip,
    incompatible_pairs,
    incompatible_with,
    wall_coaters,
)
from vapordep.units import degC

PRESSURE = "chamber.pressure"


def monitors_of(reactor: Reactor, substrate: Substrate, tags: Mapping[str, Tag]) -> tuple[Monitor[Any], ...]:
    """All monitors; `tags` are those that instruments fill. A derived tag hides no tag of an instrument.

    Raises ReactorError when the substrate could melt in this reactor, KeyError when an instrument's tag is missing.
    """
    known = dict(tags)
    monitors = []
    for monitor in _all(reactor, substrate, known):
        known[monitor.tag.name] = monitor.tag
        monitors.append(monitor)
    return tuple(monitors)


def _all(reactor: Reactor, substrate: Substrate, known: Mapping[str, Tag]) -> Iterator[Monitor[Any]]:
    """Each monitor in turn; `known` grows by its tag before the next is made."""
    if PRESSURE not in known:
        yield FirstUsable(PRESSURE, reactor.chamber.gauges, known)
    yield Evacuated("chamber.evacuated", PRESSURE, reactor.pump.soft_until, VENTED, known)
    yield from _temperatures(reactor, substrate, known)
    for zone in reactor.zones.values():
        if zone.carries:
            yield Needed(zone.name, zone.carries, reactor.outputs[f"{zone.name}.setpoint"].high, known)
    for metered in (*reactor.lines, *(source.name for source in reactor.sources.values() if source.metered)):
        yield FlowRatio(metered, known)
        yield Commanded(metered, known, reactor.lines[metered].valve if metered in reactor.lines else "")
    yield from _sources(reactor, known)
    for source in reactor.sources.values():
        if source.generator:
            yield Ready(source.generator, known)
    if reactor.pump.turbo is not None:
        yield AtSpeed(reactor.pump.turbo, known)
    yield from left_of(reactor)
    yield from of_vapours(reactor, known)
    if reactor.microbalance is not None:
        yield from of_crystal(reactor.microbalance, known)
    if attacking_sources(reactor, substrate) or attacking_lines(reactor, substrate):
        uptakes = covering_precursors(reactor, substrate)
        others = tuple(source.valve for source in reactor.sources.values() if source.valve not in uptakes)
        parts = {source.valve: Part(source, known) for source in reactor.sources.values()}
        yield Saturation("surface.saturation", uptakes, others, known, parts)
        yield Covered(f"{substrate.name}.covered", known["surface.saturation"])
    yield from ledger_of(reactor, substrate, known)


def _temperatures(reactor: Reactor, substrate: Substrate, known: Mapping[str, Tag]) -> Iterator[Monitor[Any]]:
    """The foil's best estimate, the highest it may be, and where it trips."""
    stage = reactor.stage
    yield Offset("foil.temperature", f"{stage.zone}.temperature", stage.foil_offset, known)
    yield Offset("foil.maximum", "foil.temperature", stage.uncertainty, known)
    trip = Tag("substrate.trip", degC, TagKind.DERIVED, stale_after=float("inf"))
    yield Constant(trip, foil_trip(reactor, substrate, known).trip)


def _sources(reactor: Reactor, known: Mapping[str, Tag]) -> Iterator[Monitor[Any]]:
    valves = {name: source.valve for name, source in reactor.sources.items()}
    yield AnyOpen("sources.open", tuple(valves.values()), known)
    gap = purge_gap(reactor.chamber.residence_time, 0.0).block
    for source in reactor.sources:
        others = tuple(valves[other] for other in incompatible_with(reactor, source))
        yield Clearance(f"{source}.clearance", others, gap, known)
        if coaters := wall_coaters(reactor, source):
            yield NeverOpen(f"{source}.walls_bare", tuple(valves[other] for other in coaters), known)
    pulsed = tuple(source.valve for source in reactor.sources.values() if not source.steady)
    if reactor.filament is not None and pulsed:
        yield Clearance("filament.clearance", pulsed, gap, known)
    pairs = tuple((valves[first], valves[second]) for first, second in incompatible_pairs(reactor))
    if pairs:
        yield Apart("sources.apart", tuple(dict.fromkeys(v for pair in pairs for v in pair)), pairs, known)
