"""The phase of parallel branches: each with a timeline of its own; the first that fails breaks off the others."""

import asyncio
import copy
from collections.abc import Awaitable, Callable

from vapordep.engine.rig import Rig
from vapordep.engine.timeline import Timeline
from vapordep.errors import VapordepError
from vapordep.model.events import Event, Kind
from vapordep.model.plan import Branch, Parallel
from vapordep.model.steps import Step

Do = Callable[[Rig, Step], Awaitable[None]]
"""Does one step."""


async def in_parallel(rig: Rig, step: Parallel, do: Do) -> None:
    """Ends when every branch has ended; raises what the first that failed has raised."""
    left = [branch.name for branch in step.branches]
    rig.waiting_for = _waiting(left)

    async def follow(branch: Branch) -> None:
        await _follow(_beside(rig, branch.name), branch, do)
        left.remove(branch.name)
        rig.waiting_for = _waiting(left)

    try:
        async with asyncio.TaskGroup() as group:
            for branch in step.branches:
                group.create_task(follow(branch), name=f"branch {branch.name}")
    except ExceptionGroup as failed:
        raise _first(failed) from None
    finally:
        rig.waiting_for = ""


async def _follow(rig: Rig, branch: Branch, do: Do) -> None:
    """The steps of one branch, one after the other."""
    for step in branch.steps:
        rig.note(Kind.STEP, step.label)
        rig.timeline.restart()
        try:
            await do(rig, step)
        except VapordepError as error:
            error.what = f"branch {branch.name}, {step.label}: {error.what}"
            raise
        await rig.timeline.reached()
    rig.note(Kind.STEP, "done")


def _beside(rig: Rig, name: str) -> Rig:
    """The same reactor, with a timeline of its own, and events that tell of the branch."""

    def log(event: Event) -> None:
        rig.log(Event(event.time, event.kind, f"{name}: {event.text}", {**event.data, "branch": name}))

    beside = copy.copy(rig)
    beside.timeline, beside.log = Timeline(rig.clock), log
    return beside


def _waiting(left: list[str]) -> str:
    return f"{' and '.join(left)} to end" if left else ""


def _first(failed: BaseExceptionGroup[Exception]) -> Exception:
    """What failed first; a fault of the program before anything else."""
    faults = [error for error in failed.exceptions if not isinstance(error, VapordepError)]
    found = (faults or list(failed.exceptions))[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
