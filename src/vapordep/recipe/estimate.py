"""The estimate: how long a plan takes, exact for timed steps, worked out for others, loops not walked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from vapordep.lazy import dataclass
from vapordep.model.plan import Block, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.steps import Step
from vapordep.recipe.foretold.situation import BEGINNING, Situation
from vapordep.recipe.steps import STEPS, after


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

    def left(self, position: Sequence[Position] = (), *, in_finally: bool = False, spent: float = 0.0) -> float:
        """Time in s from the beginning of the step at `position` to the end of the run.

        `position` runs from the outermost level to the innermost, in the plan's steps or in its `finally`; empty is
        the beginning. `spent` in that step already, s: no more of it counts than it takes.
        """
        steps = self.last if in_finally else self.steps
        rest = _left(steps, position) - min(max(spent, 0.0), _duration(steps, position))
        return rest if in_finally else rest + _sum(self.last)


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
            timed = Timed(step, STEPS[type(step)].duration(step, situation, reactor))
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


def _duration(steps: Sequence[Timed], position: Sequence[Position]) -> float:
    """How long the step at a position takes; nothing at the beginning of a section or of a block."""
    if not position or position[0].step >= len(steps):
        return 0.0
    here = steps[position[0].step]
    if not isinstance(here.step, Block):
        return here.duration
    inside = position[1:]
    return _duration(here.again if inside and inside[0].cycle else here.first, inside)


def _left(steps: Sequence[Timed], position: Sequence[Position]) -> float:
    if not position:
        return _sum(steps)
    here = position[0].step
    if here >= len(steps):
        return 0.0
    return steps[here].left(position[1:]) + _sum(steps[here + 1 :])
