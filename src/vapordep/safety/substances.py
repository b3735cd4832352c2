"""What chemistry says of one reactor: which sources may never meet, which attack the substrate, which cover it."""

from collections.abc import Callable, Mapping
from itertools import combinations

from vapordep.chemistry import (
    ReactiveClass,
    Role,
    Substrate,
    Trip,
    UnknownName,
    compatibility,
    kinetics,
    substance,
    worked_out_trip,
)
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag

Uptake = Callable[[float], float]
"""k in 1/(Pa s) at a temperature in K."""

VENT_FOIL = 333.15
"""Above this foil temperature, in K, a metal that melts low is not vented [D]."""
TOUCH = 323.15
"""Above this temperature of the stage, in K, nobody loads or unloads [D]."""
VENTED_LEAST = 2.0e4
"""Below this pressure, in Pa, no chamber counts as vented: a Pirani shows half of the atmosphere at its end."""
GLOVEBOX_WARN, GLOVEBOX_BLOCK = 1e-6, 1e-5
"""Shares of water and of oxygen above which a person is told, and no reactive metal is loaded (interlock W3)."""
SAFE_WITHIN = 3.0
"""From a trip to every reachable output commanded safe and read back, in s."""


def incompatible_pairs(reactor: Reactor) -> tuple[tuple[str, str], ...]:
    """Pairs of sources, by name, whose substances must never meet in the chamber."""
    return tuple(
        (first.name, second.name)
        for first, second in combinations(reactor.sources.values(), 2)
        if compatibility(first.substance, second.substance).forbidden
    )


def incompatible_with(reactor: Reactor, source: str) -> tuple[str, ...]:
    """Names of the sources that must never meet `source`."""
    pairs = incompatible_pairs(reactor)
    return tuple(other for other in reactor.sources if (source, other) in pairs or (other, source) in pairs)


def wall_coaters(reactor: Reactor, source: str) -> tuple[str, ...]:
    """Names of the sources whose dose leaves walls that `source` must not meet, however long is purged (interlock C5).

    Polymer on the walls holds metal alkyl, and what an alkyl leaves there takes up monomer and initiator.
    """
    mine = _on_walls(reactor, source)
    return tuple(other for other in reactor.sources if mine and _on_walls(reactor, other) not in ("", mine))


def _on_walls(reactor: Reactor, source: str) -> str:
    """What a source makes of the walls, as far as that matters to others: alkyl, polymer, or nothing."""
    dosed = substance(reactor.sources[source].substance)
    if ReactiveClass.ALKYL in dosed.classes:
        return "alkyl"
    builds = dosed.role in (Role.MONOMER, Role.INITIATOR, Role.CROSSLINKER)
    derivatises = not dosed.classes.isdisjoint((ReactiveClass.SULTONE, ReactiveClass.ORGANIC_HALIDE))
    return "polymer" if builds or derivatises else ""


def attacking_sources(reactor: Reactor, substrate: Substrate) -> tuple[str, ...]:
    """Names of the sources whose substance attacks the bare substrate."""
    return tuple(name for name, s in reactor.sources.items() if substrate.name in substance(s.substance).attacks)


def attacking_lines(reactor: Reactor, substrate: Substrate) -> tuple[str, ...]:
    """Names of the gas lines whose gas attacks the bare substrate, or may not be a purge gas on it."""
    return tuple(
        name
        for name, line in reactor.lines.items()
        if substrate.name in substance(line.gas).attacks or not substrate.allows_gas(line.gas)
    )


def covering_precursors(reactor: Reactor, substrate: Substrate) -> Mapping[str, Uptake]:
    """Valves of the metal precursors that cover the substrate without attacking it, with their uptake in 1/(Pa s)."""
    attacking = attacking_sources(reactor, substrate)
    uptakes = {}
    for source in reactor.sources.values():
        uptake = _uptake(source.substance)
        if substance(source.substance).role is Role.PRECURSOR and source.name not in attacking and uptake is not None:
            uptakes[source.valve] = uptake
    return uptakes


def foil_trip(reactor: Reactor, substrate: Substrate, tags: Mapping[str, Tag]) -> Trip:
    """The trip that `foil.maximum` is held below. It contains the offset's uncertainty, so the trip does not.

    Raises ReactorError when the substrate could melt in this reactor whatever is done.
    """
    stage = reactor.stage
    return worked_out_trip(
        substrate,
        sensor_error=stage.sensor_error,
        foil_offset_uncertainty=0.0,
        overshoot=stage.overshoot,
        max_rate=reactor.zones[stage.zone].max_rate,
        reaction_time=tags[f"{stage.zone}.temperature"].stale_after + SAFE_WITHIN,
    )


def _uptake(name: str) -> Uptake | None:
    """The uptake of a substance; None when nobody gave it."""
    try:
        known = kinetics(name)
    except UnknownName:
        return None
    return lambda temperature: known.adsorption_constant(temperature).value
