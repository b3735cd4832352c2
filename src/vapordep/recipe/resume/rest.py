"""The rest of a plan: what is still to be done after a run broke off, or what closes its film, from pumping on."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from vapordep.model.place import Cursor, levels
from vapordep.model.plan import Block, Call, Parallel, Plan
from vapordep.model.steady_steps import Deposit
from vapordep.model.steps import (
    ChangeOver,
    Checkpoint,
    Cool,
    Dose,
    Flow,
    Heat,
    LeakCheck,
    Load,
    Prompt,
    Pump,
    PumpPurge,
    Step,
    Unload,
    Vent,
)

LEAK_CHECK = LeakCheck(duration=300.0, where="put in before going on")
"""What a recipe without one gets: nobody knows what happened to the chamber meanwhile."""

ONCE = (Vent, Load, Unload, ChangeOver, Checkpoint, Call)
"""What is not done again: the samples stay where they are."""


def going_on(plan: Plan, cursor: Cursor) -> Plan:
    """The plan of a run that goes on at `cursor`, the beginning of a step or of a cycle, for a reactor as it was left.

    Whatever deposits and is done is left out; pumping, heating and the like come again, and so does the prime. Behind
    walls that were changed since the first layer there is neither prime nor cap: both are of what lies beneath. Where
    they are to be changed before anything else grows, it is not heated on the way, and a lid that was open is opened
    anew.
    """
    done, ahead = _parted(plan, cursor)
    if _changes_walls(plan, done, ahead):
        vented = _vented(done)
        way = tuple(step for step in done[:vented] if isinstance(step, Pump | PumpPurge | LeakCheck | Flow))
        return replace(plan, steps=_checked((*way, *done[vented:], *ahead)), prime=None, cap=())
    rest = replace(plan, steps=_checked(_heated(done, _rest(plan, plan.steps, cursor))))
    return replace(rest, prime=None, cap=()) if changed_since_layer(plan, cursor) else rest


def capped(plan: Plan) -> Plan:
    """The plan of a run that only closes the film of another: preparation, `cap`, `finally`."""
    return replace(plan, steps=(*_checked(preparation(plan)), *plan.cap), cap=())


def preparation(plan: Plan) -> tuple[Step, ...]:
    """The steps before the first one that deposits a layer, with what covers the bare substrate; the samples lie there.

    Nothing is vented or loaded again, and no place is marked twice.
    """
    return tuple(step for step in plan.steps[: _first_layer(plan)] if not isinstance(step, ONCE))


def _parted(plan: Plan, cursor: Cursor) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps that are done, and those from the one on that a run at `cursor` is in, or begins with."""
    here = cursor[0].step if cursor else 0
    block = plan.steps[here] if here < len(plan.steps) else None
    if isinstance(block, Block) and len(cursor) > 1 and cursor[1].cycle >= block.count:
        here += 1
    return plan.steps[:here], plan.steps[here:]


def _changes_walls(plan: Plan, done: tuple[Step, ...], ahead: tuple[Step, ...]) -> bool:
    """Whether a layer is done, and new walls come before the next deposit."""
    grows = (step for step in ahead if isinstance(step, ChangeOver) or _deposits(step) or _layered(step))
    return len(done) > _first_layer(plan) and isinstance(next(grows, None), ChangeOver)


def _vented(done: tuple[Step, ...]) -> int:
    """The index of the vent after which nothing was done but what a person does at the open lid; else their number."""
    vent = max((index for index, step in enumerate(done) if isinstance(step, Vent)), default=len(done))
    by_hand = all(isinstance(step, (*ONCE, Prompt)) for step in done[vent:])
    return vent if by_hand else len(done)


def changed_since_layer(plan: Plan, cursor: Cursor) -> bool:
    """Whether a run that broke off at `cursor` had new walls since its first layer, which `cap` would close."""
    done = plan.steps[: cursor[0].step] if cursor else ()
    return any(isinstance(step, ChangeOver) for step in done[_first_layer(plan) :])


def grew_steadily(plan: Plan, cursor: Cursor) -> bool:
    """Whether a run at `cursor` has begun a steady film behind its present walls: going on would grow it once more."""
    for depth, (_, steps, here) in enumerate(levels(plan.steps, cursor)):
        begun = steps if here.cycle else steps[_changed(steps[: here.step]) : here.step]
        if depth == len(cursor) - 1:
            begun = (*begun, *(step for step in steps[here.step : here.step + 1] if isinstance(step, Deposit)))
        if any(isinstance(step, Deposit) for step in _flat(begun)):
            return True
    return False


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
    changed = _changed(done)
    if changed:
        return tuple(step for step in done[changed:] if not isinstance(step, ONCE) and not _deposits(step))
    first = _first_layer(plan) if done == plan.steps[: len(done)] else 0
    return tuple(
        step
        for index, step in enumerate(done)
        if not isinstance(step, ONCE) and (index < first or step is plan.prime or not _deposits(step))
    )  # fmt: skip


def _changed(done: tuple[Step, ...]) -> int:
    """How many of the steps that are done end with the latest change of walls; 0 without one."""
    return max((index for index, step in enumerate(done) if isinstance(step, ChangeOver)), default=-1) + 1


def _heated(done: tuple[Step, ...], rest: tuple[Step, ...]) -> tuple[Step, ...]:
    """With the heat that held as the walls were changed, once it is pumped: the steps before that do not come again."""
    first = next((index for index, step in enumerate(rest) if _deposits(step)), len(rest))
    anew = {zone for step in _flat(rest[:first]) if isinstance(step, Cool | Heat) for zone in step.targets}
    kept = _without(_held(done[: _changed(done)]), anew)
    pumped = next((index for index, step in enumerate(rest) if not _pumps(step)), len(rest))
    return (*rest[:pumped], *kept, *rest[pumped:])


def _held(steps: tuple[Step, ...]) -> tuple[Heat, ...]:
    """The heat that holds at the end of steps, in their order, without the zones that were heated or cooled later."""
    held: tuple[Heat, ...] = ()
    for step in _flat(steps):
        if isinstance(step, Cool | Heat):
            held = _without(held, step.targets.keys())
        if isinstance(step, Heat):
            held = (*held, step)
    return held


def _without(heats: tuple[Heat, ...], zones: Collection[str]) -> tuple[Heat, ...]:
    left = (replace(heat, targets={z: to for z, to in heat.targets.items() if z not in zones}) for heat in heats)
    return tuple(heat for heat in left if heat.targets)


def _flat(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, Parallel):
            for branch in step.branches:
                yield from _flat(branch.steps)
        elif isinstance(step, Block):
            yield from _flat(step.steps)
        else:
            yield step


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
