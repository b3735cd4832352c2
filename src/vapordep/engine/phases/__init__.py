"""Phases: what each word of a recipe does to the reactor, one short coroutine a kind, and whether it may be skipped."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from vapordep.engine.phases import (
    branches,
    filling,
    gas,
    heat,
    loading,
    outputs,
    people,
    purging,
    steady,
    treating,
    vacuum,
    waiting,
)
from vapordep.engine.rig import Rig
from vapordep.engine.skipping import Rule, never, until_clear, while_waiting
from vapordep.lazy import dataclass
from vapordep.model import plan, steady_steps, steps
from vapordep.model.plan import Parallel
from vapordep.model.steps import Dose, Step


async def _in_parallel(rig: Rig, step: Parallel) -> None:
    await branches.in_parallel(rig, step, lambda beside, inner: PHASES[type(inner)].do(beside, inner))


@dataclass(frozen=True, slots=True)
class Phase:
    """One kind of step: what is done, why it may not be skipped, and whether it keeps to the timeline.

    A phase that is not `timed` takes as long as it takes. The gate still judges every command that comes after a skip.
    """

    do: Callable[[Rig, Any], Awaitable[None]]
    skip: Rule
    timed: bool = False


PHASES: Mapping[type[Step], Phase] = {
    steps.Pump: Phase(vacuum.pump, never("every dose needs the vacuum that it makes (P3)")),
    steps.PumpPurge: Phase(vacuum.pump_purge, never("it carries out what the lid let in")),
    steps.LeakCheck: Phase(vacuum.leak_check, never("it protects the substrate from a leak that nobody has seen")),
    steps.Flow: Phase(gas.flow, never("every dose needs the gas that it sets (F1)")),
    steps.Heat: Phase(heat.heat, while_waiting),
    steps.Cool: Phase(heat.cool, while_waiting),
    steps.Stabilise: Phase(heat.stabilise, while_waiting),
    steps.Purge: Phase(purging.purge, until_clear, timed=True),
    steps.Set: Phase(outputs.set_output, never("later steps count on the value that it sets")),
    steps.Ramp: Phase(outputs.ramp, never("later steps count on the value at which it ends"), timed=True),
    steps.Wait: Phase(waiting.wait, while_waiting),
    steps.Rest: Phase(waiting.rest, never("how long vapour stays is part of the dose"), timed=True),
    steady_steps.LetIn: Phase(steady.let_in, never("what grows hangs on the vapours that it sets")),
    steady_steps.HoldPressure: Phase(
        steady.hold_pressure, never("no vapour may be let in, and nothing lit, at a pressure that nobody knows")
    ),
    steady_steps.Light: Phase(steady.light, never("a filament that is on its way is neither lit nor out")),
    steady_steps.Deposit: Phase(
        steady.deposit, never("it ends by thickness or time, and puts the filament out; stop the run instead")
    ),
    steady_steps.Zero: Phase(steady.zero, never("it takes no time")),
    steady_steps.Treat: Phase(treating.treat, never("how long it burns belongs to the treatment; stop the run")),
    steps.Prompt: Phase(people.prompt, while_waiting),
    steps.ChangeOver: Phase(people.change_over, never("only a person can say what is left on the walls")),
    steps.FlowCheck: Phase(filling.flow_check, never("it shows whether the flow is what its controller says")),
    steps.Vent: Phase(filling.vent, never("the lid must not be opened before it is done")),
    steps.Load: Phase(loading.load, never("only a person can say that the samples lie there and the lid is shut")),
    steps.Unload: Phase(loading.unload, never("only a person can say that the samples are out")),
    steps.Checkpoint: Phase(waiting.at_once, never("it takes no time")),
    plan.Parallel: Phase(_in_parallel, never("each of its branches ends by itself")),
    plan.Call: Phase(waiting.at_once, never("it takes no time")),
}
"""Every kind but the dose, which the sequencer gives itself."""


def why_not(rig: Rig, step: Step, following: Dose | None) -> str:
    """Why the step under way may not be skipped, with `following` the dose that comes next; empty when it may."""
    return PHASES[type(step)].skip(rig, following)
