"""Phases of the course: waits for a condition, and steps that only mark a place."""

from vapordep.engine.otherwise import not_met
from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.plan import Call
from vapordep.model.steps import Checkpoint, Rest, Wait
from vapordep.safety.conditions import parse_condition


async def wait(rig: Rig, step: Wait) -> None:
    """Waits until a condition is true; what follows when it does not come true is the recipe's choice."""
    condition = parse_condition(step.until, rig.hub.tags, where=step.where)
    try:
        await rig.until(condition, step.within, step.until)
    except RunError as error:
        not_met(rig, error, step.otherwise)


async def rest(rig: Rig, step: Rest) -> None:
    """On the timeline: pulses before and after keep their distance."""
    await rig.timeline.wait(step.duration)


async def at_once(rig: Rig, step: Checkpoint | Call) -> None:
    """Takes no time: the sequencer, which knows the place, puts it on record."""
