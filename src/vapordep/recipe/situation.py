"""The situation: what a plan has made of the reactor between two of its steps, as far as the plan alone can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vapordep.model.plan import (
    Cool,
    Deposit,
    Dose,
    Flow,
    FlowCheck,
    Heat,
    HoldPressure,
    LeakCheck,
    LetIn,
    Light,
    Load,
    Pump,
    PumpPurge,
    Purge,
    Ramp,
    Rest,
    Set,
    Stabilise,
    Step,
    Unload,
    Vent,
)
from vapordep.model.reactor import Reactor
from vapordep.safety.vapour import proven
from vapordep.units import GAS_CONSTANT

ATMOSPHERE = 101325.0
"""What the chamber is filled to when a run begins, in Pa."""
ROOM = 293.15
"""What a zone has before it is heated, in K."""
OVER = 3.0
"""Residence times after which a dose is over for the gauge: a tenth of its peak is left after 2.3."""


@dataclass(frozen=True, slots=True)
class Residue:
    """What the last dose of a source left `purged` s ago (at least, and only time with pump on)."""

    dose: Dose
    purged: float = 0.0


@dataclass(frozen=True, slots=True)
class Situation:
    """Pressure in Pa, flows in mol/s by line (only those that flow), temperatures in K by zone (only those set).

    `temperatures` are what zones are set to, `spans` the coldest and the hottest they may be on the way there.
    `residues` are by source; `steady` is how long in s, at least, nothing has changed the pressure. `saturation` is the
    best share of sites, 0 to 1, that one dose of a metal precursor has filled, as the gauge has seen it; `pending` that
    of the last dose, which counts once it is over.
    """

    pumped: bool = False
    pumping: bool = False
    pressure: float = ATMOSPHERE
    flows: Mapping[str, float] = field(default_factory=dict)
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
    lit: bool = False
    """Whether the filament is lit."""

    @property
    def isolated(self) -> bool:
        """Whether the evacuated chamber is shut off from its pump and from every gas."""
        return self.pumped and not self.pumping and not self.flows

    def filled(self, reactor: Reactor) -> float:
        """The best saturation, with the last dose if that is over by now."""
        over = self.steady >= OVER * reactor.chamber.residence_time
        return max(self.saturation, self.pending) if over else self.saturation

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
            return replace(_stirred(situation, reactor), pumped=True, pumping=True, pressure=low, flows={})
        case LeakCheck() | FlowCheck() | Vent() | Load() | Unload():
            return _shut(situation, step, reactor)
        case Flow(flows=flows):
            return _flowing(situation, flows, reactor)
        case Heat(targets=targets) | Cool(targets=targets):
            later = _passed(situation, _heating(step, situation) if isinstance(step, Heat) else 0.0)
            return _reached({**situation.temperatures, **targets}, targets, later)
        case Set(output=output, value=value):
            return _output_set(situation, output, value, reactor)
        case Ramp(output=output, to=value, duration=duration):
            return _passed(_output_set(situation, output, value, reactor), duration)
        case Stabilise():
            return _passed(_reached(situation.temperatures, situation.temperatures, situation), step.duration)
        case Purge() | Rest():
            return _passed(situation, step.duration)
        case Dose(source=source, duration=duration):
            later = _passed(_stirred(situation, reactor), duration)
            return replace(later, residues={**later.residues, source: Residue(step)})
    return _steady(situation, step, reactor)


def _steady(situation: Situation, step: Step, reactor: Reactor) -> Situation:
    """After a step of a steady process; every other one leaves the situation as it is."""
    match step:
        case LetIn(flows=flows):
            given = {name: proven(reactor.sources[name]) if flow is None else flow for name, flow in flows.items()}
            vapours = {name: flow for name, flow in {**situation.vapours, **given}.items() if flow > 0.0}
            return replace(situation, vapours=vapours)
        case HoldPressure(pressure=pressure):
            return replace(situation, held=pressure, pressure=situation.pressure if pressure is None else pressure)
        case Light(voltage=voltage):
            return replace(situation, lit=voltage != 0.0)
        case Deposit():
            return replace(situation, lit=False)
    return situation


def _shut(situation: Situation, step: Step, reactor: Reactor) -> Situation:
    """After a step that shuts the chamber off for a while, or for good."""
    match step:
        case Vent(to=high):
            bare = _bare(situation)
            return replace(bare, pumped=False, pumping=False, pressure=high, flows={}, steady=0.0)
        case Load() | Unload():
            return replace(_bare(situation), opened=True)
    checked = isinstance(step, LeakCheck)
    later = _stirred(situation, reactor)
    return replace(later, pumping=True, flows={}, opened=situation.opened and not checked)


def _bare(situation: Situation) -> Situation:
    """What was known of the surface is known no more."""
    return replace(situation, saturation=0.0, pending=0.0)


def _passed(situation: Situation, duration: float) -> Situation:
    """Time purges only while the pump is on. What takes as long as it takes counts as no time."""
    if not situation.pumping:
        return situation
    purged = {name: replace(left, purged=left.purged + duration) for name, left in situation.residues.items()}
    return replace(situation, residues=purged, steady=situation.steady + duration)


def _heating(step: Heat, situation: Situation) -> float:
    """The least time in s that heating takes; none from a state that the plan does not know: it may be hot already."""
    known = ((zone, target) for zone, target in step.targets.items() if zone in situation.spans)
    ways = (target - step.tolerance - situation.hottest(zone) for zone, target in known)
    return max((way / step.rate for way in ways if way > 0.0), default=0.0) if step.rate > 0.0 else 0.0


def _stirred(situation: Situation, reactor: Reactor) -> Situation:
    """The pressure changes: a dose that is not over yet will not be judged."""
    return replace(situation, saturation=situation.filled(reactor), pending=0.0, steady=0.0)


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
    situation = _stirred(situation, reactor)
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
    return min(known)


def line_zones(reactor: Reactor) -> tuple[str, ...]:
    """The heated zones that are neither a bottle nor in the chamber: the delivery lines."""
    others = {*surfaces(reactor), reactor.chamber.walls, *(source.zone for source in reactor.sources.values())}
    return tuple(zone for zone in reactor.zones if zone not in others)
