"""The hard interlocks: built in for every reactor, left out by no reactor file, bypassed by nobody."""

from collections.abc import Iterator, Sequence

from vapordep.chemistry import Substrate, substance
from vapordep.errors import ReactorError
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.outputs import Output
from vapordep.model.reactor import Reactor
from vapordep.safety.substances import (
    attacking_lines,
    attacking_sources,
    incompatible_pairs,
    incompatible_with,
    wall_coaters,
)
from vapordep.units import degC, from_si

RESERVED = ("T1", "C1", "C2", "C3", "C5")
"""Ids of hard interlocks; those of a single source carry its name: `C2.TMA`."""


def hard_rules(reactor: Reactor, substrate: Substrate) -> tuple[InterlockRule, ...]:
    """Over-temperature, incompatible sources and bare substrate, as far as this reactor and substrate can do harm."""
    return (
        _over_temperature(substrate), *_incompatible(reactor), *_changeover(reactor), *_bare(reactor, substrate)
    )  # fmt: skip


def refuse_reserved(rules: Sequence[InterlockRule]) -> None:
    """Raises ReactorError for a reactor file's interlock that takes the id of a hard one, or an id twice."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id.partition(".")[0] in RESERVED:
            raise ReactorError(
                f"the interlock id {rule.id} is built in", where=rule.where, remedy="give yours another id"
            )
        if rule.id in seen:
            raise ReactorError(f"two interlocks have the id {rule.id}", where=rule.where, remedy="give each its own")
        seen.add(rule.id)


def refuse_gases(reactor: Reactor, substrate: Substrate) -> None:
    """Raises ReactorError when the purge gas, or a gas that flows in the safe state, attacks the substrate."""
    for name in attacking_lines(reactor, substrate):
        line, output = reactor.lines[name], reactor.outputs[f"{name}.flow_setpoint"]
        if name == reactor.purge_line or _may_flow_when_safe(output):
            raise ReactorError(
                f"{substance(line.gas).name} attacks {substrate.name}: it cannot be the purge or safe gas",
                where=line.where or output.where,
                remedy="purge with argon",
            )


def _may_flow_when_safe(output: Output) -> bool:
    safe = output.safe
    return safe.leave or any(value is not None and value > output.off for value in (safe.value, safe.otherwise))


def _over_temperature(substrate: Substrate) -> InterlockRule:
    melting = from_si(substrate.melting_point.value, degC)
    return InterlockRule(
        "T1",
        ("foil.maximum < substrate.trip",),
        f"{substrate.name.capitalize()} melts at {melting:.1f} degC.",
        "Do not open. Below 50 degC treat the foil as scrap; look for a stuck relay or a displaced thermocouple.",
        trip_after_samples=2,
        action=Action.SAFE,
        hard=True,
        cause="A stuck relay, a displaced thermocouple, or a setpoint too high.",
        consequence="The foil melts, and molten metal burns.",
    )


def _incompatible(reactor: Reactor) -> Iterator[InterlockRule]:
    pairs = incompatible_pairs(reactor)
    if not pairs:
        return
    told = ", ".join(f"{first} and {second}" for first, second in pairs)
    yield InterlockRule(
        "C1",
        ("sources.apart",),
        f"{told} react with each other.",
        "Shut the hand valves of the sources, purge for a long time, and find out why two valves were open.",
        trip_after_samples=1,
        action=Action.SAFE,
        hard=True,
        cause="A valve that is stuck open, or commanded from elsewhere.",
        consequence="They react in chamber, lines and pump.",
    )
    for source in reactor.sources:
        others = incompatible_with(reactor, source)
        if others:
            yield InterlockRule(
                f"C2.{source}",
                (f"{source}.clearance",),
                f"{source} reacts with what {' and '.join(others)} left in the chamber.",
                "Purge longer before this dose: 9.2 residence times of the chamber.",
                guards=(reactor.sources[source].valve,),
                hard=True,
            )


def _changeover(reactor: Reactor) -> Iterator[InterlockRule]:
    """Walls remember: metal alkyls on the one hand, what polymers are made of on the other."""
    for source in reactor.sources:
        if coaters := wall_coaters(reactor, source):
            yield InterlockRule(
                f"C5.{source}",
                (f"{source}.walls_bare",),
                f"{source} reacts with what {' and '.join(coaters)} left on the walls, however long is purged.",
                "Change the reactor over: clean or coat the walls, and only then connect it anew.",
                guards=(reactor.sources[source].valve,),
                hard=True,
            )


def _bare(reactor: Reactor, substrate: Substrate) -> Iterator[InterlockRule]:
    valves = [reactor.sources[name].valve for name in attacking_sources(reactor, substrate)]
    for name in attacking_lines(reactor, substrate):
        line = reactor.lines[name]
        valves += [f"{name}.flow_setpoint", *([line.valve] if line.valve else [])]
    if valves:
        yield InterlockRule(
            "C3",
            (f"{substrate.name}.covered",),
            f"Bare {substrate.name} is attacked by co-reactants.",
            "Give a saturating dose of the metal precursor first, and see that the gauge shows it.",
            guards=tuple(valves),
            hard=True,
        )
