"""Afterwards: what each kind of step makes of the situation in which it began, as far as the plan alone can tell."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.model.steady_steps import Deposit, HoldPressure, Leg, LetIn, Light, Treat
from vapordep.model.steps import (
    ChangeOver,
    Cool,
    Dose,
    Flow,
    FlowCheck,
    Heat,
    LeakCheck,
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
    Wait,
)
from vapordep.recipe.durations import FLOW_SETTLING
from vapordep.recipe.situation import ATMOSPHERE, ROOM, OnItsWay, Residue, Situation, gas_temperature
from vapordep.safety.vapour import proven, vapour_ratio
from vapordep.units import GAS_CONSTANT


def unchanged(situation: Situation, step: Step, reactor: Reactor) -> Situation:
    """As it was."""
    return situation


def pumped(situation: Situation, step: Pump | PumpPurge, reactor: Reactor) -> Situation:
    """In vacuum, without any gas."""
    low = step.to if isinstance(step, Pump) else step.low
    return replace(_no_gas(stirred(situation, reactor)), pumped=True, pumping=True, pressure=low)


def leak_checked(situation: Situation, step: LeakCheck, reactor: Reactor) -> Situation:
    """Shut off for a while; an opened lid is known to be tight."""
    return replace(_no_gas(stirred(situation, reactor)), pumping=True, opened=False)


def flow_checked(situation: Situation, step: FlowCheck, reactor: Reactor) -> Situation:
    """Shut off for a while; a source that was checked has met the walls, and is shut again."""
    coated = situation.coated | {step.source} if step.source else situation.coated
    vapours = {} if step.source else situation.vapours
    later = _no_gas(stirred(situation, reactor))
    return replace(later, pumping=True, coated=coated, vapours=vapours)


def vented(situation: Situation, step: Vent, reactor: Reactor) -> Situation:
    """Shut off for good."""
    bare = replace(_bare(situation), pumped=False, pumping=False, pressure=step.to, steady=0.0)
    return _no_gas(bare)


def opened(situation: Situation, step: Load | Unload, reactor: Reactor) -> Situation:
    """Another surface, and a lid that nobody has checked."""
    return replace(_bare(situation), opened=True)


def changed_over(situation: Situation, step: ChangeOver, reactor: Reactor) -> Situation:
    """Walls that nothing has coated."""
    return replace(situation, coated=frozenset())


def flowing(situation: Situation, step: Flow, reactor: Reactor) -> Situation:
    """Other flows, which were waited for, and the pressure that they make."""
    waiting = {line: flow for line, flow in situation.waiting.items() if line not in step.flows}
    unsettled = {line: way for line, way in situation.unsettled.items() if line not in step.flows}
    return _flowing(replace(situation, waiting=waiting, unsettled=unsettled), step.flows, reactor)


def _carried(situation: Situation, flows: Mapping[str, float], reactor: Reactor) -> Mapping[str, float]:
    """The vapours, those of open bubblers as their carriers now flow."""
    bubbling = (reactor.sources[name] for name in situation.vapours if reactor.sources[name].bubbler)
    carried = {source.name: flows.get(source.through, 0.0) * _ratio(source, situation) for source in bubbling}
    return {name: flow for name, flow in {**situation.vapours, **carried}.items() if flow > 0.0}


def heated(situation: Situation, step: Heat, reactor: Reactor) -> Situation:
    """The zones are where they shall be."""
    later = passed(situation, _heating(step, situation))
    return _reached({**situation.temperatures, **step.targets}, step.targets, later)


def cooled(situation: Situation, step: Cool, reactor: Reactor) -> Situation:
    """The heaters are off: the zones are cold enough, and go on to the temperature of the room."""
    heated = {zone: kelvin for zone, kelvin in situation.temperatures.items() if zone not in step.targets}
    spans = {zone: (min(ROOM, target), target) for zone, target in step.targets.items()}
    return replace(situation, temperatures=heated, spans={**situation.spans, **spans})


def output_set(situation: Situation, step: Set, reactor: Reactor) -> Situation:
    """One output is at a value."""
    return _output_set(situation, step.output, step.value, reactor)


def ramped(situation: Situation, step: Ramp, reactor: Reactor) -> Situation:
    """One output is at a value, some time later."""
    return passed(_output_set(situation, step.output, step.to, reactor), step.duration)


def stabilised(situation: Situation, step: Stabilise, reactor: Reactor) -> Situation:
    """Every zone is where it was set to."""
    return passed(_reached(situation.temperatures, situation.temperatures, situation), step.duration)


def treated(situation: Situation, step: Treat, reactor: Reactor) -> Situation:
    """Some time later."""
    return passed(situation, step.warm_up + step.duration)


def waited(situation: Situation, step: Purge | Rest, reactor: Reactor) -> Situation:
    """Some time later."""
    return passed(situation, step.duration)


def dosed(situation: Situation, step: Dose, reactor: Reactor) -> Situation:
    """A residue; what a dose does to the surface is left out."""
    later = passed(stirred(situation, reactor), step.duration)
    coated = later.coated | {step.source}
    return replace(later, residues={**later.residues, step.source: Residue(step)}, coated=coated)


def let_in(situation: Situation, step: LetIn, reactor: Reactor) -> Situation:
    """Other vapours flow."""
    given = {
        name: _unmetered(step, name, situation, reactor) if flow is None else flow for name, flow in step.flows.items()
    }
    vapours = {name: flow for name, flow in {**situation.vapours, **given}.items() if flow > 0.0}
    return replace(situation, vapours=vapours, coated=situation.coated.union(vapours))


def _unmetered(step: LetIn, name: str, situation: Situation, reactor: Reactor) -> float:
    """What a source without a controller gives, in mol/s: a bubbler what its carrier takes along.

    A needle what it was proven to give: where a motor has brought it, in proportion to where that was.
    """
    source = reactor.sources[name]
    if source.bubbler:
        return situation.flows.get(source.through, 0.0) * _ratio(source, situation)
    return proven(source) * (step.places[name] / source.motor.at if source.motor and name in step.places else 1.0)


def _ratio(source: SourceLine, situation: Situation) -> float:
    """The mol of vapour that a mol of the carrier takes along; nothing where its bottle would boil."""
    ratio = vapour_ratio(source, situation.temperature(source.zone) if source.zone else source.temperature)
    return ratio if ratio < inf else 0.0


def throttled(situation: Situation, step: HoldPressure, reactor: Reactor) -> Situation:
    """A pressure is held, or none any more."""
    pressure = situation.pressure if step.pressure is None else step.pressure
    return replace(situation, held=step.pressure, pressure=pressure, throttled_shut=step.position == 0.0)


def lit(situation: Situation, step: Light, reactor: Reactor) -> Situation:
    """The filament is lit, or out."""
    return replace(situation, lit=step.voltage != 0.0)


def deposited(situation: Situation, step: Deposit, reactor: Reactor) -> Situation:
    """The flows are those at the end of its legs, and the filament is out."""
    for leg in step.legs:
        situation = after_leg(situation, leg)
    return replace(situation, lit=False)


def after_leg(situation: Situation, leg: Leg) -> Situation:
    """The situation at the end of a leg of a deposition; a source that does not flow takes no part in it."""
    begins = {name: situation.vapours.get(name, 0.0) for name in leg.sources}
    return replace(situation, vapours={**situation.vapours, **leg.ends(begins)})


def _no_gas(situation: Situation) -> Situation:
    """Every gas line shut."""
    return replace(situation, flows={}, waiting={}, unsettled={})


def _bare(situation: Situation) -> Situation:
    """What was known of the surface is known no more."""
    return replace(situation, saturation=0.0, pending=0.0)


def awaited(situation: Situation, step: Wait, reactor: Reactor) -> Situation:
    """A generator that was waited for is warm."""
    for name, source in reactor.sources.items():
        if source.generator and step.until.strip() == source.generator.ready:
            return replace(situation, switched_on={**situation.switched_on, name: source.generator.warm_up})
    return situation


def passed(situation: Situation, duration: float) -> Situation:
    """Time purges only while the pump is on. What takes as long as it takes counts as no time."""
    on = {name: time + duration for name, time in situation.switched_on.items()}
    situation = replace(situation, switched_on=on) if on else situation
    if situation.unsettled:
        ways = {line: replace(way, since=way.since + duration) for line, way in situation.unsettled.items()}
        unsettled = {line: way for line, way in ways.items() if way.since < FLOW_SETTLING}
        situation = replace(situation, unsettled=unsettled)
    if not situation.pumping:
        return situation
    purged = {name: replace(left, purged=left.purged + duration) for name, left in situation.residues.items()}
    return replace(situation, residues=purged, steady=situation.steady + duration)


def _heating(step: Heat, situation: Situation) -> float:
    """The least time in s that heating takes; none from a state that the plan does not know: it may be hot already."""
    known = ((zone, target) for zone, target in step.targets.items() if zone in situation.spans)
    ways = (target - step.tolerance - situation.hottest(zone) for zone, target in known)
    return max((way / step.rate for way in ways if way > 0.0), default=0.0) if step.rate > 0.0 else 0.0


def stirred(situation: Situation, reactor: Reactor) -> Situation:
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
        return _line_set(situation, owner, reactor, setpoint=value)
    for line in reactor.lines.values():
        if output == line.valve:
            return _line_set(situation, line.name, reactor, is_open=value != 0.0)
    if quantity == "power" and owner in reactor.sources:
        others = {name: time for name, time in situation.switched_on.items() if name != owner}
        return replace(situation, switched_on={**others, owner: 0.0} if value != 0.0 else others)
    if output == reactor.pump.valve:
        return _flowing(replace(situation, pumping=value != 0.0), {}, reactor)
    return situation


def _line_set(
    situation: Situation, line: str, reactor: Reactor, *, setpoint: float | None = None, is_open: bool | None = None
) -> Situation:
    """A line flows when its valve is open and a flow is set, whichever comes first."""
    if setpoint is None:
        setpoint = situation.flows.get(line, situation.waiting.get(line, 0.0))
    if is_open is None:
        is_open = situation.stands_open(line) or not reactor.lines[line].valve
    waiting = {name: flow for name, flow in situation.waiting.items() if name != line}
    if is_open != (setpoint > 0.0):
        waiting[line] = setpoint
    low, high = situation.flow_between(line)
    later = _flowing(situation, {line: setpoint if is_open else 0.0}, reactor)
    unsettled = situation.unsettled
    if later.flows.get(line, 0.0) != situation.flows.get(line, 0.0):
        unsettled = {**unsettled, line: OnItsWay(low, high)}
    return replace(later, waiting=waiting, unsettled=unsettled)


def _flowing(situation: Situation, changed: Mapping[str, float], reactor: Reactor) -> Situation:
    situation = stirred(situation, reactor)
    flows = {line: flow for line, flow in {**situation.flows, **changed}.items() if flow > 0}
    situation = replace(situation, vapours=_carried(situation, flows, reactor))
    into = sum(flow for line, flow in flows.items() if line not in reactor.carrying)
    if not situation.pumped:
        return replace(situation, flows=flows)
    if not situation.pumping:  # a shut chamber fills up
        return replace(situation, flows=flows, pressure=ATMOSPHERE if into else situation.pressure)
    chamber = reactor.chamber
    throughput = into * GAS_CONSTANT * gas_temperature(situation, reactor)
    return replace(situation, flows=flows, pressure=chamber.ultimate_pressure + throughput / chamber.pumping_speed)
