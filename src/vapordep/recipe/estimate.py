"""The estimate: how long a plan takes, exact for timed steps, worked out for others, loops not walked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Any, Protocol

from vapordep.model.plan import (
    Block,
    Call,
    Checkpoint,
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
    Plan,
    Prompt,
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
from vapordep.model.reactor import Reactor
from vapordep.recipe.purges import expected
from vapordep.recipe.situation import BEGINNING, ROOM, Situation, after, gas_temperature
from vapordep.units import GAS_CONSTANT

FLOW_SETTLING = 3.0
"""How long a flow controller takes to settle, in s (0.3-2 s, and the look at it)."""
HEAT_SETTLING = 180.0
"""From the end of a ramp to a temperature within its band, in s: a few dead times of a hot wall (10-30 s)."""
COOLING_TIME = 750.0
"""Time constant of a hot wall that cools, in s: middle of 300-1200 s."""
SOFT_SHARE = 0.1
"""Part of the pumping speed that a soft valve leaves when nobody measured it."""


class Position(Protocol):
    """One level of nesting: which step, and in which cycle of the block that holds it, both from 0."""

    @property
    def step(self) -> int:
        """Index of the step in its list."""
        ...

    @property
    def cycle(self) -> int:
        """Cycle of the block around it; 0 at the top."""
        ...


@dataclass(frozen=True, slots=True)
class Timed:
    """A step and how long it takes in all, in s. A block holds its steps in its first cycle and in each later one."""

    step: Step
    duration: float
    first: tuple["Timed", ...] = ()
    again: tuple["Timed", ...] = ()

    def left(self, inside: Sequence[Position]) -> float:
        """Time in s from the position `inside` this block to its end; the whole time without one."""
        if not isinstance(self.step, Block) or not inside:
            return self.duration
        cycle = inside[0].cycle
        later = (self.step.count - cycle - 1) * _sum(self.again)
        return _left(self.again if cycle else self.first, inside) + later


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a plan takes in s; `steps` and `last` (its `finally`) are timed one by one."""

    steps: tuple[Timed, ...]
    last: tuple[Timed, ...]

    @property
    def total(self) -> float:
        """The whole plan with its `finally`, in s."""
        return _sum(self.steps) + _sum(self.last)

    def left(self, position: Sequence[Position] = (), *, in_finally: bool = False) -> float:
        """Time in s from the beginning of the step at `position` to the end of the run.

        `position` runs from the outermost level to the innermost, in the plan's steps or in its `finally`; empty is
        the beginning.
        """
        return _left(self.last, position) if in_finally else _left(self.steps, position) + _sum(self.last)


def estimate(plan: Plan, reactor: Reactor) -> Estimate:
    """How long `plan` takes in `reactor`; its cost does not grow with the counts of the loops.

    Exact: dose, purge, stabilise, leak check, ramp. Worked out: pump and pump_purge from volume and pumping speed,
    heat from its rate, cool as a hot wall. A wait counts with all of its patience, a prompt with nothing.
    """
    steps, situation = _steps(plan.steps, BEGINNING, reactor)
    last, _ = _steps(plan.finally_steps, situation, reactor)
    return Estimate(steps, last)


def _steps(steps: tuple[Step, ...], situation: Situation, reactor: Reactor) -> tuple[tuple[Timed, ...], Situation]:
    done = []
    for step in steps:
        if isinstance(step, Block):
            timed, situation = _block(step, situation, reactor)
        else:
            timed = Timed(step, DURATIONS[type(step)](step, situation, reactor))
            situation = replace(after(situation, step, reactor), residues={}, steady=0.0)  # no time depends on them
        done.append(timed)
    return tuple(done), situation


def _block(block: Block, before: Situation, reactor: Reactor) -> tuple[Timed, Situation]:
    """The first cycle finds the reactor as the steps before left it, every later one as a cycle leaves it."""
    first, situation = _steps(block.steps, before, reactor)
    again = first
    if block.count > 1 and situation != before:
        again, situation = _steps(block.steps, situation, reactor)
    duration = _sum(first) + (block.count - 1) * _sum(again)
    return Timed(block, duration, first, again), situation


def _sum(steps: Sequence[Timed]) -> float:
    return sum(timed.duration for timed in steps)


def _left(steps: Sequence[Timed], position: Sequence[Position]) -> float:
    if not position:
        return _sum(steps)
    here = position[0].step
    if here >= len(steps):
        return 0.0
    return steps[here].left(position[1:]) + _sum(steps[here + 1 :])


def _pump(step: Pump, situation: Situation, reactor: Reactor) -> float:
    return min(_pump_down(situation.pressure, step.to, reactor, soft=step.soft), step.within)


def _pump_purge(step: PumpPurge, situation: Situation, reactor: Reactor) -> float:
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


def _heat(step: Heat, situation: Situation, reactor: Reactor) -> float:
    """The slowest zone: a ramp, or cooling, and settling; a zone that is there already takes no time."""
    times = [0.0]
    for zone, target in step.targets.items():
        away = target - situation.temperature(zone)
        if abs(away) > step.tolerance:
            time = away / step.rate if away > 0 else _cooling(situation.temperature(zone), target)
            times.append(time + HEAT_SETTLING)
    return min(max(times), step.timeout)


def _cool(step: Cool, situation: Situation, reactor: Reactor) -> float:
    times = [_cooling(situation.temperature(zone), target) for zone, target in step.targets.items()]
    return min(max(times), step.within)


def _cooling(start: float, target: float) -> float:
    return _exponential(start, target, ROOM, COOLING_TIME)


def _flow(step: Flow, situation: Situation, reactor: Reactor) -> float:
    return FLOW_SETTLING


def _duration(step: LeakCheck | Stabilise | Ramp | Rest | Deposit, situation: Situation, reactor: Reactor) -> float:
    return step.duration


def _purge(step: Purge, situation: Situation, reactor: Reactor) -> float:
    return expected(step, reactor.chamber)


def _dose(step: Dose, situation: Situation, reactor: Reactor) -> float:
    return step.duration


def _flow_check(step: FlowCheck, situation: Situation, reactor: Reactor) -> float:
    return FLOW_SETTLING + step.duration


def _vent(step: Vent, situation: Situation, reactor: Reactor) -> float:
    """At full scale of the purge line's flow controller."""
    fill = reactor.outputs[f"{reactor.purge_line}.flow_setpoint"].high
    rate = fill * GAS_CONSTANT * gas_temperature(situation, reactor) / reactor.chamber.volume
    return min(max(0.0, step.to - situation.pressure) / rate, step.within)


def _settled(step: HoldPressure, situation: Situation, reactor: Reactor) -> float:
    """A minute to get there, and as long as it must be steady."""
    return min(60.0 + step.steady, step.within) if step.pressure is not None else FLOW_SETTLING


def _lit(step: Light, situation: Situation, reactor: Reactor) -> float:
    return step.ramp + (FLOW_SETTLING if step.voltage == 0.0 else 20.0)


def _wait(step: Wait, situation: Situation, reactor: Reactor) -> float:
    return step.within


def _at_once(step: Set | Prompt | Load | Unload | Checkpoint | Call, situation: Situation, reactor: Reactor) -> float:
    return 0.0


DURATIONS: Mapping[type[Step], Callable[[Any, Situation, Reactor], float]] = {
    Pump: _pump,
    PumpPurge: _pump_purge,
    LeakCheck: _duration,
    Flow: _flow,
    Heat: _heat,
    Cool: _cool,
    Stabilise: _duration,
    Dose: _dose,
    Purge: _purge,
    Set: _at_once,
    Ramp: _duration,
    Wait: _wait,
    Rest: _duration,
    LetIn: _flow,
    HoldPressure: _settled,
    Light: _lit,
    Deposit: _duration,
    Prompt: _at_once,
    Checkpoint: _at_once,
    FlowCheck: _flow_check,
    Vent: _vent,
    Load: _at_once,
    Unload: _at_once,
    Call: _at_once,
}
