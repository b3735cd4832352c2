"""Phases that wait: for a time with the purge gas on, or for a condition."""

from vapordep.engine.rig import Rig
from vapordep.model.plan import Purge, Wait
from vapordep.safety.conditions import Truth, parse_condition


async def purge(rig: Rig, step: Purge) -> None:
    """Lets the carrier flow; on the timeline, so that its end is an absolute instant."""
    await rig.timeline.wait(step.duration)


async def wait(rig: Rig, step: Wait) -> None:
    """Waits until a condition is true."""
    condition = parse_condition(step.until, rig.hub.tags, where=step.where)
    await rig.until(lambda: condition.judge(rig.hub.latest, rig.clock.now()) is Truth.TRUE, step.within, step.until)
