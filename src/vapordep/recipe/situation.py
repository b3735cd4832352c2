"""The situation: what a plan has made of the reactor between two of its steps, as far as the plan alone can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vapordep.model.plan import Cool, Dose, Flow, Heat, LeakCheck, Pump, PumpPurge, Purge, Ramp, Set, Stabilise, Step
from vapordep.model.reactor import Reactor
from vapordep.units import GAS_CONSTANT

ATMOSPHERE = 101325.0
"""What the chamber is filled to when a run begins, in Pa."""
ROOM = 293.15
"""What a zone has before it is heated, in K."""


@dataclass(frozen=True, slots=True)
class Residue:
    """What the last pulse of a source, `width` s long, left `purged` s ago (at least, and only time with pump on)."""

    width: float
    purged: float = 0.0


@dataclass(frozen=True, slots=True)
class Situation:
    """Pressure in Pa, flows in mol/s by line (only those that flow), temperatures in K by zone (only those set).

    `temperatures` are what zones are set to, `spans` the coldest and the hottest they may be on the way there.
    `residues` are by source; `saturation` is the best share of sites, 0 to 1, that one verified dose of a metal
    precursor has filled.
    """

    pumped: bool = False
    pumping: bool = False
    pressure: float = ATMOSPHERE
    flows: Mapping[str, float] = field(default_factory=dict)
    temperatures: Mapping[str, float] = field(default_factory=dict)
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    residues: Mapping[str, Residue] = field(default_factory=dict)
    saturation: float = 0.0

    def temperature(self, zone: str) -> float:
        """What a zone is set to, in K."""
        return self.temperatures.get(zone, ROOM)

    def coldest(self, zone: str) -> float:
        """The lowest temperature in K that a zone may have."""
        return self.spans.get(zone, (ROOM, ROOM))[0]

    def hottest(self, zone: str) -> float:
        """The highest temperature in K that a zone may have."""
        return self.spans.get(zone, (ROOM, ROOM))[1]


BEGINNING = Situation()


def after(situation: Situation, step: Step, reactor: Reactor) -> Situation:
    """The situation once `step`, which is no block, is done; what a dose does to the surface is left out."""
    match step:
        case Pump(to=low) | PumpPurge(low=low):
            return replace(situation, pumped=True, pumping=True, pressure=low, flows={})
        case LeakCheck():
            return replace(situation, pumping=True, flows={})
        case Flow(flows=flows):
            return _flowing(situation, flows, reactor)
        case Heat(targets=targets) | Cool(targets=targets):
            return _reached({**situation.temperatures, **targets}, targets, situation)
        case Set(output=output, value=value):
            return _output_set(situation, output, value, reactor)
        case Ramp(output=output, to=value, duration=duration):
            return _passed(_output_set(situation, output, value, reactor), duration)
        case Stabilise(duration=duration):
            steady = _reached(situation.temperatures, situation.temperatures, situation)
            return _passed(steady, duration)
        case Purge(duration=duration):
            return _passed(situation, duration)
        case Dose(source=source, width=width):
            later = _passed(situation, width)
            return replace(later, residues={**later.residues, source: Residue(width)})
    return situation


def _passed(situation: Situation, duration: float) -> Situation:
    """Time purges only while the pump is on. What takes as long as it takes counts as no time."""
    if not situation.pumping or not situation.residues:
        return situation
    purged = {name: replace(left, purged=left.purged + duration) for name, left in situation.residues.items()}
    return replace(situation, residues=purged)


def _reached(temperatures: Mapping[str, float], zones: Mapping[str, float], situation: Situation) -> Situation:
    """Zones that were waited for."""
    spans = {**situation.spans, **{zone: (kelvin, kelvin) for zone, kelvin in zones.items()}}
    return replace(situation, temperatures=temperatures, spans=spans)


def _output_set(situation: Situation, output: str, value: float, reactor: Reactor) -> Situation:
    owner, _, quantity = output.partition(".")
    if quantity == "setpoint" and owner in reactor.zones:
        span = min(situation.coldest(owner), value), max(situation.hottest(owner), value)
        temperatures = {**situation.temperatures, owner: value}
        return replace(situation, temperatures=temperatures, spans={**situation.spans, owner: span})
    if quantity == "flow_setpoint" and owner in reactor.lines:
        return _flowing(situation, {owner: value}, reactor)
    if output == reactor.pump.valve:
        return _flowing(replace(situation, pumping=value != 0.0), {}, reactor)
    return situation


def _flowing(situation: Situation, changed: Mapping[str, float], reactor: Reactor) -> Situation:
    flows = {line: flow for line, flow in {**situation.flows, **changed}.items() if flow > 0}
    if not situation.pumped:
        return replace(situation, flows=flows)
    if not situation.pumping:  # a shut chamber fills up
        return replace(situation, flows=flows, pressure=ATMOSPHERE if flows else situation.pressure)
    chamber = reactor.chamber
    throughput = sum(flows.values()) * GAS_CONSTANT * gas_temperature(situation, reactor)
    return replace(situation, flows=flows, pressure=chamber.ultimate_pressure + throughput / chamber.pumping_speed)


def gas_temperature(situation: Situation, reactor: Reactor) -> float:
    """The temperature of the gas in the chamber in K: that of the hot walls, else of the stage."""
    return situation.temperature(reactor.stage.surrounded_by or reactor.stage.zone)


def surfaces(reactor: Reactor) -> tuple[str, ...]:
    """The zones whose surfaces the chamber's gas meets: the stage, and the hot walls around it."""
    return tuple(zone for zone in (reactor.stage.surrounded_by, reactor.stage.zone) if zone)


def coldest_surface(situation: Situation, reactor: Reactor) -> float:
    """The coldest surface in the chamber, in K; a stage that was never heated itself is as warm as the walls."""
    heated = [zone for zone in surfaces(reactor) if zone in situation.spans]
    known = [situation.coldest(zone) for zone in heated] or [ROOM]
    if reactor.stage.surrounded_by and reactor.stage.surrounded_by not in heated:
        known.append(ROOM)
    return min(known)


def line_zones(reactor: Reactor) -> tuple[str, ...]:
    """The heated zones that are neither a bottle nor in the chamber: the delivery lines."""
    others = {*surfaces(reactor), *(source.zone for source in reactor.sources.values())}
    return tuple(zone for zone in reactor.zones if zone not in others)
