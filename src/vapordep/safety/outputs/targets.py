"""Targets: where each output goes in the safe state, and in which order the outputs are driven there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from vapordep.model.outputs import Output
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag
from vapordep.safety.conditions import Condition, Latest, Truth, parse_condition
from vapordep.safety.substances import incompatible_with


class Rank(IntEnum):
    """What is made safe first."""

    FILAMENT = 0
    SOURCE_VALVE = 1
    HEATER = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class Roles:
    """What the outputs of a reactor are, by their tags."""

    source_valves: frozenset[str] = frozenset()
    """And those that let gas into a bottle, to push its vapour: all of them stay shut while a run is held."""
    filament: frozenset[str] = frozenset()
    """Goes off first: without it nothing grows, and nothing is cracked."""
    held_off: frozenset[str] = frozenset()
    """What a hold turns off, whoever turned it on: every source, and what glows, burns or shines."""
    heaters: frozenset[str] = frozenset()
    timed_by_instrument: frozenset[str] = frozenset()
    """Valves whose pulses their instrument times itself, where the width allows."""
    incompatible: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of each source valve, those of the sources that must never meet its own."""

    @classmethod
    def of(cls, reactor: Reactor) -> "Roles":
        """The roles in this reactor."""
        sources = reactor.sources.values()
        valves = frozenset(tag for s in sources for tag in (s.valve, *([s.boost.valve] if s.boost else [])))
        glowing = [] if reactor.filament is None else [reactor.filament.on]
        return cls(
            valves,
            frozenset() if reactor.filament is None else frozenset(reactor.filament.outputs),
            valves.union(glowing, (treatment.on for treatment in reactor.treatments.values())),
            frozenset(f"{zone}.setpoint" for zone in reactor.zones),
            frozenset(source.valve for source in sources if source.instrument_pulse),
            {
                source.valve: frozenset(reactor.sources[other].valve for other in incompatible_with(reactor, name))
                for name, source in reactor.sources.items()
            },
        )

    def rank(self, tag: str) -> Rank:
        """How early the output is made safe."""
        if tag in self.filament:
            return Rank.FILAMENT
        if tag in self.source_valves:
            return Rank.SOURCE_VALVE
        return Rank.HEATER if tag in self.heaters else Rank.OTHER


class Targets:
    """The safe values of all outputs; raises ReactorError for one that depends on a tag that does not exist."""

    def __init__(self, outputs: Iterable[Output], tags: Mapping[str, Tag], roles: Roles) -> None:
        self.outputs = sorted(outputs, key=lambda output: roles.rank(output.tag))
        self._conditions: dict[str, tuple[Condition, ...]] = {
            output.tag: tuple(parse_condition(tag, tags, where=output.where) for tag in output.safe.depends_on)
            for output in self.outputs
        }

    def target(self, output: Output, latest: Latest, now: float) -> float | None:
        """The safe value of `output` in SI at the instant `now` (s); None when it is left as it is."""
        conditions = self._conditions[output.tag]
        true = all(condition.judge(latest, now) is Truth.TRUE for condition in conditions)
        return output.safe.value if true else output.safe.otherwise

    def left(self, latest: Latest, now: float) -> tuple[str, ...]:
        """The outputs that are left as they are at the instant `now` (s), and only for the time being."""
        waiting = (output for output in self.outputs if output.safe.depends_on)
        return tuple(output.tag for output in waiting if self.target(output, latest, now) is None)

    def states(self, latest: Latest, now: float) -> dict[str, bool]:
        """Every state on which a safe value depends, and whether it is true at the instant `now` (s)."""
        conditions = {condition.text: condition for found in self._conditions.values() for condition in found}
        return {text: condition.judge(latest, now) is Truth.TRUE for text, condition in conditions.items()}

    def all(self, latest: Latest, now: float) -> list[tuple[str, float]]:
        """Each output that is driven, and its safe value in SI: filament, source valves, heaters, all others."""
        found = [(output.tag, self.target(output, latest, now)) for output in self.outputs]
        return [(tag, value) for tag, value in found if value is not None]
