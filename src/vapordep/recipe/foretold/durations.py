"""Durations: how long each kind of step takes in s, begun in a situation; exact for timed steps, else worked out."""

from math import log

from vapordep.model.reactor import Reactor
from vapordep.model.steady_steps import Deposit, HoldPressure, Light
from vapordep.model.steps import (
    Cool,
    Dose,
    Flow,
    FlowCheck,
    Heat,
    LeakCheck,
    Pump,
    PumpPurge,
    Purge,
    Ramp,
    Rest,
    Stabilise,
    Step,
    Vent,
    Wait,
)
from vapordep.recipe.foretold.purges import expected
from vapordep.recipe.foretold.situation import ROOM, Situation, gas_temperature
from vapordep.units import GAS_CONSTANT

FLOW_SETTLING = 3.0
"""How long a flow controller takes to settle, in s (0.3-2 s, and the look at it)."""
HEAT_SETTLING = 180.0
"""From the end of a ramp to a temperature within its band, in s: a few dead times of a hot wall (10-30 s)."""
COOLING_TIME = 750.0
"""Time constant of a hot wall that cools, in s: middle of 300-1200 s."""
SOFT_SHARE = 0.1
"""Part of the pumping speed that a soft valve leaves when nobody measured it."""


def pump(step: Pump, situation: Situation, reactor: Reactor) -> float:
    """To its pressure, or all the time it may take."""
    return min(_pump_down(situation.pressure, step.to, reactor, soft=step.soft), step.within)


def pump_purge(step: PumpPurge, situation: Situation, reactor: Reactor) -> float:
    """Filling goes at full scale of the purge line's flow controller."""
    fill = reactor.outputs[f"{reactor.purge_line}.flow_setpoint"].high
    rate = fill * GAS_CONSTANT * gas_temperature(situation, reactor) / reactor.chamber.volume
    first, again = (min(max(0.0, step.high - low) / rate, step.within) for low in (situation.pressure, step.low))
    down = min(_pump_down(step.high, step.low, reactor, soft=True), step.within)
    return first + (step.cycles - 1) * again + step.cycles * down


def _pump_down(high: float, low: float, reactor: Reactor, *, soft: bool) -> float:
    """Exponential pump-down in s: V/S ln((P - Pu)/(P0 - Pu)), through the soft valve as far as that goes."""
    chamber, line = reactor.chamber, reactor.pump
    if soft and line.soft_valve and high > line.soft_until:
        speed = line.soft_speed or SOFT_SHARE * chamber.pumping_speed
        between = max(low, line.soft_until)
        slow = _exponential(high, between, chamber.ultimate_pressure, chamber.volume / speed)
        return slow + _pump_down(between, low, reactor, soft=False)
    return _exponential(high, low, chamber.ultimate_pressure, chamber.residence_time)


def _exponential(start: float, to: float, end: float, time_constant: float) -> float:
    """Time in s from `start` to `to` on the way to `end`; infinity when `to` lies beyond it."""
    if start <= to:
        return 0.0
    return time_constant * log((start - end) / (to - end)) if to > end else float("inf")


def heat(step: Heat, situation: Situation, reactor: Reactor) -> float:
    """The slowest zone: a ramp, or cooling, and settling; a zone that is there already takes no time."""
    times = [0.0]
    for zone, target in step.targets.items():
        away = target - situation.temperature(zone)
        if abs(away) > step.tolerance:
            time = away / step.rate if away > 0 else _cooling(situation.temperature(zone), target)
            times.append(time + HEAT_SETTLING)
    return min(max(times), step.timeout)


def cool(step: Cool, situation: Situation, reactor: Reactor) -> float:
    """The slowest zone, as a hot wall cools."""
    times = [_cooling(situation.temperature(zone), target) for zone, target in step.targets.items()]
    return min(max(times), step.within)


def _cooling(start: float, target: float) -> float:
    return _exponential(start, target, ROOM, COOLING_TIME)


def flow(step: Flow, situation: Situation, reactor: Reactor) -> float:
    """Controllers settle."""
    return FLOW_SETTLING


def duration(step: LeakCheck | Stabilise | Ramp | Rest | Deposit, situation: Situation, reactor: Reactor) -> float:
    """Its own time."""
    return step.duration


def purge(step: Purge, situation: Situation, reactor: Reactor) -> float:
    """Its time, or what a clearing purge is expected to take."""
    return expected(step, reactor.chamber)


def dose(step: Dose, situation: Situation, reactor: Reactor) -> float:
    """With its gaps."""
    return step.duration


def flow_check(step: FlowCheck, situation: Situation, reactor: Reactor) -> float:
    """Its time, and what the controller takes to settle."""
    return FLOW_SETTLING + step.duration


def vent(step: Vent, situation: Situation, reactor: Reactor) -> float:
    """At full scale of the purge line's flow controller."""
    fill = reactor.outputs[f"{reactor.purge_line}.flow_setpoint"].high
    rate = fill * GAS_CONSTANT * gas_temperature(situation, reactor) / reactor.chamber.volume
    return min(max(0.0, step.to - situation.pressure) / rate, step.within)


def settled(step: HoldPressure, situation: Situation, reactor: Reactor) -> float:
    """A minute to get there, and as long as it must be steady."""
    return min(60.0, step.within) + step.steady if step.pressure is not None else FLOW_SETTLING


def lit(step: Light, situation: Situation, reactor: Reactor) -> float:
    """Its ramp, and a few corrections by the thermocouple."""
    return step.ramp + (FLOW_SETTLING if step.voltage == 0.0 else 20.0)


def wait(step: Wait, situation: Situation, reactor: Reactor) -> float:
    """All of its patience."""
    return step.within


def at_once(step: Step, situation: Situation, reactor: Reactor) -> float:
    """No time, or nobody knows: people take as long as they take."""
    return 0.0
