"""Afterwards: what each kind of step makes of the situation in which it began, as far as the plan alone can tell."""

from collections.abc import Mapping
from dataclasses import replace

from vapordep.model.reactor import Reactor
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
from vapordep.recipe.foretold.delivered import generators
from vapordep.recipe.foretold.durations import FLOW_SETTLING
from vapordep.recipe.foretold.gases import flow_to, no_gas, stirred, unmetered
from vapordep.recipe.foretold.outputs import set_to
from vapordep.recipe.foretold.situation import ROOM, Residue, Situation


def unchanged(situation: Situation, step: Step, reactor: Reactor) -> Situation:
    """As it was."""
    return situation


def pumped(situation: Situation, step: Pump | PumpPurge, reactor: Reactor) -> Situation:
    """In vacuum, without any gas."""
    low = step.to if isinstance(step, Pump) else step.low
    situation = replace(no_gas(stirred(situation, reactor)), pumped=True, pumping=True, pressure=low)
    return _at_speed(situation, reactor)


def leak_checked(situation: Situation, step: LeakCheck, reactor: Reactor) -> Situation:
    """Shut off for a while; an opened lid is known to be tight."""
    return replace(no_gas(stirred(situation, reactor)), pumping=True, opened=False)


def flow_checked(situation: Situation, step: FlowCheck, reactor: Reactor) -> Situation:
    """Shut off for a while; a source that was checked has met the walls, and is shut again."""
    coated = situation.coated | {step.source} if step.source else situation.coated
    vapours = {} if step.source else situation.vapours
    later = no_gas(stirred(situation, reactor))
    return replace(later, pumping=True, coated=coated, vapours=vapours)


def vented(situation: Situation, step: Vent, reactor: Reactor) -> Situation:
    """Shut off for good."""
    bare = replace(_bare(situation), pumped=False, pumping=False, pressure=step.to, steady=0.0)
    return no_gas(bare)


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
    return flow_to(replace(situation, waiting=waiting, unsettled=unsettled), step.flows, reactor)


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
    return set_to(situation, step.output, step.value, reactor)


def ramped(situation: Situation, step: Ramp, reactor: Reactor) -> Situation:
    """One output is at a value, some time later."""
    return passed(set_to(situation, step.output, step.to, reactor), step.duration)


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
        name: unmetered(reactor.sources[name], step.places.get(name), situation) if flow is None else flow
        for name, flow in step.flows.items()
    }
    vapours = {name: flow for name, flow in {**situation.vapours, **given}.items() if flow > 0.0}
    return replace(situation, vapours=vapours, coated=situation.coated.union(vapours))


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


def _bare(situation: Situation) -> Situation:
    """What was known of the surface is known no more."""
    return replace(situation, saturation=0.0, pending=0.0)


def awaited(situation: Situation, step: Wait, reactor: Reactor) -> Situation:
    """A generator that was waited for is warm, if it is on and has its gas; a turbo pump is at speed."""
    if reactor.pump.turbo is not None and step.until.strip() == reactor.pump.turbo.ready:
        situation = _at_speed(situation, reactor)
    warm = {name: made.warm_up for name, made in generators(step, reactor) if name in situation.fed}
    return replace(situation, fed={**situation.fed, **warm}) if warm else situation


def _at_speed(situation: Situation, reactor: Reactor) -> Situation:
    """What a turbo pump was needed for has come about: it is at speed, and what was said of it is not said again."""
    turbo = reactor.pump.turbo
    return situation if turbo is None else replace(situation, turbo=turbo.spin_up)


def passed(situation: Situation, duration: float) -> Situation:
    """Time purges only while the pump is on. What takes as long as it takes counts as no time."""
    fed = {name: time + duration for name, time in situation.fed.items()}
    situation = replace(situation, fed=fed) if fed else situation
    if situation.turbo is not None:
        situation = replace(situation, turbo=situation.turbo + duration)
    if situation.unsettled:
        ways = {line: replace(way, since=way.since + duration) for line, way in situation.unsettled.items()}
        unsettled = {line: way for line, way in ways.items() if way.since < FLOW_SETTLING}
        situation = replace(situation, unsettled=unsettled)
    if not situation.pumping:
        return _held(situation, duration) if situation.isolated else situation
    purged = {name: replace(left, purged=left.purged + duration) for name, left in situation.residues.items()}
    return replace(situation, residues=purged, steady=situation.steady + duration)


def _held(situation: Situation, duration: float) -> Situation:
    """What was dosed since the chamber was shut goes on to be taken up."""
    held = {
        name: left if left.purged > 0.0 else replace(left, held=left.held + duration)
        for name, left in situation.residues.items()
    }
    return replace(situation, residues=held)


def _heating(step: Heat, situation: Situation) -> float:
    """The least time in s that heating takes; none from a state that the plan does not know: it may be hot already."""
    known = ((zone, target) for zone, target in step.targets.items() if zone in situation.spans)
    ways = (target - step.tolerance - situation.hottest(zone) for zone, target in known)
    return max((way / step.rate for way in ways if way > 0.0), default=0.0) if step.rate > 0.0 else 0.0


def _reached(temperatures: Mapping[str, float], zones: Mapping[str, float], situation: Situation) -> Situation:
    """Zones that were waited for."""
    spans = {**situation.spans, **{zone: (kelvin, kelvin) for zone, kelvin in zones.items()}}
    return replace(situation, temperatures=temperatures, spans=spans)
