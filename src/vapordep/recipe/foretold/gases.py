"""Gases: what flows into the chamber and what pressure that makes, as the plan tells it."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from vapordep.model.reactor import Reactor
from vapordep.model.sources import SourceLine
from vapordep.recipe.foretold.situation import ATMOSPHERE, OnItsWay, Situation, gas_temperature
from vapordep.safety.vapour import proven, vapour_ratio
from vapordep.units import GAS_CONSTANT


def stirred(situation: Situation, reactor: Reactor) -> Situation:
    """The pressure changes: a dose that is not over yet will not be judged."""
    return replace(situation, saturation=situation.filled(reactor), pending=0.0, steady=0.0)


def no_gas(situation: Situation) -> Situation:
    """Every gas line shut."""
    return replace(situation, flows={}, waiting={}, unsettled={})


def flow_to(situation: Situation, changed: Mapping[str, float], reactor: Reactor) -> Situation:
    """Other flows in mol/s of some lines."""
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


def _carried(situation: Situation, flows: Mapping[str, float], reactor: Reactor) -> Mapping[str, float]:
    """The vapours, those of open bubblers as their carriers now flow."""
    bubbling = (reactor.sources[name] for name in situation.vapours if reactor.sources[name].bubbler)
    carried = {source.name: flows.get(source.through, 0.0) * _ratio(source, situation) for source in bubbling}
    return {name: flow for name, flow in {**situation.vapours, **carried}.items() if flow > 0.0}


def line_set(
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
    later = flow_to(situation, {line: setpoint if is_open else 0.0}, reactor)
    unsettled = situation.unsettled
    if later.flows.get(line, 0.0) != situation.flows.get(line, 0.0):
        unsettled = {**unsettled, line: OnItsWay(low, high)}
    return replace(later, waiting=waiting, unsettled=unsettled)


def feeding(situation: Situation, reactor: Reactor) -> Situation:
    """A generator warms up anew when its gas comes back; without any it makes nothing."""
    if not situation.switched_on and not situation.fed:
        return situation
    flowing = (name for name in situation.switched_on if reactor.sources[name].through in situation.flows)
    return replace(situation, fed={name: situation.fed.get(name, 0.0) for name in flowing})


def unmetered(source: SourceLine, place: float | None, situation: Situation) -> float:
    """What a source without a controller gives, in mol/s: a bubbler what its carrier takes along.

    A needle what it was proven to give: where a motor has brought it to a `place`, in proportion to where that was.
    """
    if source.bubbler:
        return situation.flows.get(source.through, 0.0) * _ratio(source, situation)
    return proven(source) * (place / source.motor.at if source.motor and place is not None else 1.0)


def _ratio(source: SourceLine, situation: Situation) -> float:
    """The mol of vapour that a mol of the carrier takes along; nothing where its bottle would boil."""
    ratio = vapour_ratio(source, situation.temperature(source.zone) if source.zone else source.temperature)
    return ratio if ratio < inf else 0.0
