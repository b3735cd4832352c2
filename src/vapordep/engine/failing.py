"""Failing: a phase that does not come true, the steps that mend it, and what the recipe lets follow."""

from vapordep.engine.otherwise import not_met
from vapordep.engine.phases import PHASES
from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.steps import IfFails, Step


async def do(rig: Rig, step: Step) -> None:
    """One phase, and what its recipe says when what it waits for does not come true.

    Only that: an instrument that fails and a command that the gate refuses hold the run, whatever is written.
    """
    try:
        await PHASES[type(step)].do(rig, step)
    except RunError as error:
        if step.if_fails is None:
            raise
        await _failed(rig, step, step.if_fails, error)


async def _failed(rig: Rig, step: Step, wanted: IfFails, error: RunError) -> None:
    if wanted.steps:
        rig.note(Kind.ALARM, f"{step.label} failed: {error.what} - it is being mended", step=step.label)
        for other in wanted.steps:
            rig.note(Kind.STEP, f"{other.label} to mend {step.word}", where=other.where)
            rig.timeline.restart()
            await PHASES[type(other)].do(rig, other)
            await rig.timeline.reached()
    if wanted.again:
        rig.note(Kind.STEP, f"{step.label} again, as the recipe says", where=step.where)
        await PHASES[type(step)].do(rig, step)
        return
    not_met(rig, error, wanted.otherwise)
