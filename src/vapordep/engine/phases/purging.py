"""Phases of purging: for a time, or until the decay of the last dose says that its residue is gone."""

from vapordep.engine.clearing import Cleared, Given
from vapordep.engine.otherwise import not_met
from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.events import Kind
from vapordep.model.steps import Purge, Until
from vapordep.units import Dimension, format_si

LOOK = 1.0
"""The end is decided this long before it may come, in s, and looked for as often: time to prepare the next edge."""

WORTH_TELLING = 1.05
"""A purge longer than its least by less than this factor is the noise of the gauge, and no event."""


async def purge(rig: Rig, step: Purge) -> None:
    """Lets the carrier flow; on the timeline, so that its end is an absolute instant."""
    if step.until is None or rig.clearing.last is None:
        await rig.timeline.wait(step.duration)
    else:
        await _until_cleared(rig, step, step.until, rig.clearing.last)


async def _until_cleared(rig: Rig, step: Purge, until: Until, dose: Given) -> None:
    """At least `step.duration` s, at most `until.longest` s; the end holds once it is decided."""
    began, early = rig.timeline.due, min(LOOK, 0.5 * step.duration)
    soonest, found = await _judged(rig, dose, until, (began + step.duration, began + until.longest, early))
    needed = until.longest if found.needed is None else dose.shut + found.needed - began
    await rig.timeline.wait(min(max(soonest - began, needed), until.longest))
    if found.needed is None or needed > until.longest:
        not_met(rig, _not_cleared(step, until, dose, found), until.otherwise)
    elif rig.timeline.due - began > WORTH_TELLING * step.duration:
        _tell(rig, dose, found, rig.timeline.due - began)


async def _judged(rig: Rig, dose: Given, until: Until, instants: tuple[float, float, float]) -> tuple[float, Cleared]:
    """The soonest instant at which the purge may end, and how the dose is judged in time for that.

    `instants`: the least and the latest end, and how long before an end it is judged, in s.
    """
    soonest, latest, early = instants
    rig.waiting_for = f"{dose.source} to be cleared"
    try:
        while True:
            await rig.clock.sleep_until(soonest - early)
            found = rig.clearing.judge(dose, until.residue, soonest - early)
            if found.needed is not None or soonest + early > latest:
                rig.clearing.learn(dose, found)
                return soonest, found
            soonest += early
    finally:
        rig.waiting_for = ""


def _tell(rig: Rig, dose: Given, found: Cleared, took: float) -> None:
    """Of a purge that took longer than its least; the numbers, which noise moves, are its data."""
    rig.note(
        Kind.STEP, f"purged for longer than the least: {dose.source} decays slowly",
        purged_s=took, time_constant_s=found.time_constant, origin=found.origin, source=dose.source,
    )  # fmt: skip


def _not_cleared(step: Purge, until: Until, dose: Given, found: Cleared) -> RunError:
    seen, longest = found.seen, _time(until.longest)
    if seen is None:
        what = f"{dose.source} is not known to be cleared after {longest}: the gauge shows too little"
        return RunError(what, where=step.where, remedy="check the gauge, then restart")
    if found.needed is None:
        left = f"{format_si(seen.rest, Dimension.PRESSURE)} of {format_si(seen.peak, Dimension.PRESSURE)} are left"
        told = f"{left}, above the {format_si(seen.floor, Dimension.PRESSURE)} that cannot be seen"
    else:
        told = f"it decays with {_time(found.time_constant)}, {found.origin}, and needs {_time(found.needed)}"
    return RunError(
        f"{dose.source} is not cleared after {longest}: {told}", where=step.where,
        remedy="look for a source valve that leaks, a cold line, or a pressure not steady before it; then restart",
    )  # fmt: skip


def _time(seconds: float) -> str:
    return format_si(round(seconds, 2), Dimension.TIME)
