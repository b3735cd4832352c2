"""The situation: what a plan has made of the reactor between two of its steps, as far as the plan alone can tell."""

from collections.abc import Mapping
from dataclasses import field
from math import inf

from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.steps import Dose

ATMOSPHERE = 101325.0
"""What the chamber is filled to when a run begins, in Pa."""
ROOM = 293.15
"""What a zone has before it is heated, in K."""
TURBO_OFF = -inf
"""For how long a turbo pump has been on that is off."""
OVER = 3.0
"""Residence times after which a dose is over for the gauge: a tenth of its peak is left after 2.3."""


@dataclass(frozen=True, slots=True)
class Residue:
    """What the last dose of a source left `purged` s ago (at least, and only time with pump on).

    Before, it was held for `held` s in the chamber shut off from its pump: the surfaces have taken it up.
    """

    dose: Dose
    purged: float = 0.0
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A flow that was set and that nobody waited for: still between `low` and `high` (mol/s), `since` that many s."""

    low: float
    high: float
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Situation:
    """Pressure in Pa, flows in mol/s by line (only those that flow), temperatures in K by zone (only those set).

    `temperatures` are what zones with their heater on are set to, `spans` the coldest and the hottest they may be.
    `residues` are by source; `steady` is how long in s, at least, nothing has changed the pressure. `saturation` is the
    best share of sites, 0 to 1, that one dose of a metal precursor has filled, as the gauge has seen it; `pending` that
    of the last dose, which counts once it is over.
    """

    pumped: bool = False
    pumping: bool = False
    pressure: float = ATMOSPHERE
    flows: Mapping[str, float] = field(default_factory=dict)
    waiting: Mapping[str, float] = field(default_factory=dict)
    """Lines that are half ready to flow: what is set behind a shut valve, in mol/s, and 0 behind an open one."""
    unsettled: Mapping[str, OnItsWay] = field(default_factory=dict)
    """Lines whose flow was set to something else just before."""
    temperatures: Mapping[str, float] = field(default_factory=dict)
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    residues: Mapping[str, Residue] = field(default_factory=dict)
    steady: float = 0.0
    saturation: float = 0.0
    pending: float = 0.0
    opened: bool = False
    """Whether the lid was opened, and no leak check has been done since."""
    vapours: Mapping[str, float] = field(default_factory=dict)
    """Flows in mol/s of the steady sources that are open."""
    held: float | None = None
    """The pressure in Pa that the throttle holds; None while it holds a place."""
    coated: frozenset[str] = field(default=frozenset(), compare=False)
    """The sources that have been open so far: what they leave on the walls no purge takes away.

    A loop is not walked again for it: of two that must not meet, the later one is refused in the first cycle.
    """
    throttled_shut: bool = False
    """Whether the throttle was brought to where it lets nothing through."""
    lit: bool = False
    """Whether the filament is lit."""
    switched_on: frozenset[str] = frozenset()
    """The generators that are on, by source."""
    fed: Mapping[str, float] = field(default_factory=dict, compare=False)
    """For how many s at least those on have had their gas, by source: the later cycles of a loop are no colder."""
    turbo: float | None = field(default=None, compare=False)
    """For how many s at least the turbo pump has been on; None where nobody knows: it may run since the last run."""

    @property
    def isolated(self) -> bool:
        """Whether the evacuated chamber is shut off from its pump and from every gas."""
        return self.pumped and not self.pumping and not self.flows

    def entering(self, reactor: Reactor) -> Mapping[str, float]:
        """What comes of each gas line, mol/s: of one that carries a vapour, while that flows."""
        through = {reactor.sources[name].through for name in self.vapours}
        return {line: flow for line, flow in self.flows.items() if line not in reactor.carrying or line in through}

    def stands_open(self, line: str) -> bool:
        """Whether the valve of a gas line is open, whatever flows."""
        return line in self.flows or self.waiting.get(line) == 0.0

    def flow_between(self, line: str) -> tuple[float, float]:
        """The least and the greatest flow in mol/s that a gas line may have just now."""
        flow, way = self.flows.get(line, 0.0), self.unsettled.get(line)
        return (flow, flow) if way is None else (min(way.low, flow), max(way.high, flow))

    def filled(self, reactor: Reactor) -> float:
        """The best saturation, with the last dose if that is over by now."""
        over = self.steady >= OVER * reactor.chamber.residence_time
        return max(self.saturation, self.pending) if over else self.saturation

    def temperature(self, zone: str) -> float:
        """What a zone is set to, in K; that of the room where its heater is off."""
        return self.temperatures.get(zone, ROOM)

    def coldest(self, zone: str) -> float:
        """The lowest temperature in K that a zone may have."""
        return self.spans.get(zone, (ROOM, ROOM))[0]

    def hottest(self, zone: str) -> float:
        """The highest temperature in K that a zone may have."""
        return self.spans.get(zone, (ROOM, ROOM))[1]


BEGINNING = Situation()


def gas_temperature(situation: Situation, reactor: Reactor) -> float:
    """The temperature of the gas in the chamber in K: that of the hot walls, else of the stage."""
    return situation.temperature(reactor.gas_zone)


def surfaces(reactor: Reactor) -> tuple[str, ...]:
    """The zones whose surfaces the chamber's gas meets: the stage, and the hot walls around it."""
    return tuple(zone for zone in (reactor.stage.surrounded_by, reactor.stage.zone) if zone)


def coldest_surface(situation: Situation, reactor: Reactor) -> float:
    """The coldest surface in the chamber, in K; a stage that was never heated itself is as warm as the walls."""
    heated = [zone for zone in surfaces(reactor) if zone in situation.spans]
    known = [situation.coldest(zone) for zone in heated] or [ROOM]
    if reactor.stage.surrounded_by and reactor.stage.surrounded_by not in heated:
        known.append(ROOM)
    if reactor.chamber.walls:
        known.append(situation.coldest(reactor.chamber.walls))
    known += [situation.coldest(surface.zone) + surface.offset for surface in reactor.chamber.surfaces.values()]
    return min(known)


def ways_of(source: SourceLine, reactor: Reactor) -> tuple[str, ...]:
    """The heated zones that the vapour of a source goes through: its own line, or all lines where it names none."""
    return (source.line,) if source.line else line_zones(reactor)


def line_zones(reactor: Reactor) -> tuple[str, ...]:
    """The heated zones that are neither a bottle nor in the chamber: the delivery lines."""
    others = {*surfaces(reactor), reactor.chamber.walls, *(source.zone for source in reactor.sources.values())}
    return tuple(zone for zone in reactor.zones if zone not in others)
