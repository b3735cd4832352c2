"""The rest of a plan: what is still to be done after a run broke off, or what closes its film, from pumping on."""

from dataclasses import replace

from vapordep.model.place import Cursor
from vapordep.model.plan import Block, Call, Parallel, Plan
from vapordep.model.steps import ChangeOver, Checkpoint, Dose, LeakCheck, Load, Pump, PumpPurge, Step, Unload, Vent

LEAK_CHECK = LeakCheck(duration=300.0, where="put in before going on")
"""What a recipe without one gets: nobody knows what happened to the chamber meanwhile."""

ONCE = (Vent, Load, Unload, ChangeOver, Checkpoint, Call)
"""What is not done again: the samples stay where they are."""


def going_on(plan: Plan, cursor: Cursor) -> Plan:
    """The plan of a run that goes on at `cursor`, the beginning of a step or of a cycle, for a reactor as it was left.

    Whatever deposits and is done is left out; pumping, heating and the like come again, and so does the prime.
    """
    return replace(plan, steps=_checked(_rest(plan, plan.steps, cursor)))


def capped(plan: Plan) -> Plan:
    """The plan of a run that only closes the film of another: preparation, `cap`, `finally`."""
    return replace(plan, steps=(*_checked(preparation(plan)), *plan.cap), cap=())


def preparation(plan: Plan) -> tuple[Step, ...]:
    """The steps before the first one that deposits a layer, with what covers the bare substrate; the samples lie there.

    Nothing is vented or loaded again, and no place is marked twice.
    """
    return tuple(step for step in plan.steps[: _first_layer(plan)] if not isinstance(step, ONCE))


def _first_layer(plan: Plan) -> int:
    """The index of the first step that deposits what the recipe is for: a layer, or where none is named any deposit."""
    layered = any(_layered(step) for step in plan.steps)
    for index, step in enumerate(plan.steps):
        if _layered(step) if layered else step is not plan.prime and _deposits(step):
            return index
    return len(plan.steps)


def _rest(plan: Plan, steps: tuple[Step, ...], cursor: Cursor) -> tuple[Step, ...]:
    if not cursor:
        return steps
    here, inside = cursor[0].step, cursor[1:]
    again = _again(plan, steps[:here])
    block = steps[here] if here < len(steps) else None
    if not isinstance(block, Block) or not inside:
        return (*again, *steps[here:])
    return (*again, *_rest_of_block(plan, block, inside), *steps[here + 1 :])


def _rest_of_block(plan: Plan, block: Block, inside: Cursor) -> tuple[Step, ...]:
    """What is left of the turn in hand, and then the whole turns."""
    turn, left = block.steps, block.count - inside[0].cycle
    if inside[0].step or len(inside) > 1:
        turn, left = _rest(plan, block.steps, inside), left - 1
    begun = block.count - left
    broken = (replace(_from(block, begun - 1), steps=turn, count=1),) if turn is not block.steps else ()
    return (*broken, *((replace(_from(block, begun), count=left),) if left > 0 else ()))


def _from(block: Block, cycle: int) -> Block:
    """A part of a loop that varies keeps the numbers of its cycles; any other loop counts from 1 again."""
    return replace(block, turn=replace(block.turn, first=block.number(cycle))) if block.turn else block


def _again(plan: Plan, done: tuple[Step, ...]) -> tuple[Step, ...]:
    """What must be done anew of steps that are done: all but layers, and nothing from before the walls were changed."""
    changed = max((index for index, step in enumerate(done) if isinstance(step, ChangeOver)), default=-1) + 1
    if changed:
        return tuple(step for step in done[changed:] if not isinstance(step, ONCE) and not _deposits(step))
    first = _first_layer(plan) if done == plan.steps[: len(done)] else 0
    return tuple(
        step
        for index, step in enumerate(done)
        if not isinstance(step, ONCE) and (index < first or step is plan.prime or not _deposits(step))
    )  # fmt: skip


def _checked(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """With a leak check before the first dose, if nobody asks for one there: after the last pumping before that."""
    first = next((index for index, step in enumerate(steps) if _deposits(step)), len(steps))
    before = steps[:first]
    pumped = [index for index, step in enumerate(before) if _pumps(step)]
    if not pumped or any(isinstance(step, LeakCheck) for step in before):
        return steps
    after = pumped[-1] + 1
    return (*steps[:after], LEAK_CHECK, *steps[after:])


def _pumps(step: Step) -> bool:
    if isinstance(step, Parallel):
        return any(_pumps(inner) for branch in step.branches for inner in branch.steps)
    return isinstance(step, Pump | PumpPurge)


def _layered(step: Step) -> bool:
    return isinstance(step, Block) and (bool(step.layer) or any(_layered(inner) for inner in step.steps))


def _deposits(step: Step) -> bool:
    return isinstance(step, Dose) or (isinstance(step, Block) and step.deposits)
