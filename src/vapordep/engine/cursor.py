"""The cursor: where in a plan a run is, so that it can go on from there."""

from dataclasses import dataclass

from vapordep.model.plan import Block, Step


@dataclass(frozen=True, slots=True)
class Place:
    """One level of nesting: which step, and in which cycle of the block that holds it (both from 0)."""

    step: int
    cycle: int = 0


Cursor = tuple[Place, ...]
"""From the outermost level to the innermost; empty is the beginning."""

BEGINNING: Cursor = ()


def written(cursor: Cursor) -> str:
    """A cursor as text for the record, outermost level first: `3:0/1:12` is step 3, and within it step 1 of cycle 12.

    All from 0, as in `Place`.
    """
    return "/".join(f"{place.step}:{place.cycle}" for place in cursor)


def read(text: str) -> Cursor:
    """The cursor that `written` put down; ValueError for anything else."""
    levels = (level.split(":") for level in text.split("/") if level)
    return tuple(Place(int(step), int(cycle)) for step, cycle in levels)


def to_cycle_start(steps: tuple[Step, ...], cursor: Cursor) -> Cursor:
    """The beginning of the innermost cycle that deposits around `cursor`: where a run restarts after a hold.

    Its first half comes first again: nobody knows what a hold left of the second. Outside of any such cycle it is
    the step itself.
    """
    depth = 0
    for level, place in enumerate(cursor[:-1], start=1):
        block = steps[place.step]
        if not isinstance(block, Block):
            raise IndexError(f"the cursor {cursor} leads into a step that is no block")
        if block.deposits:
            depth = level
        steps = block.steps
    return (*cursor[:depth], Place(0, cursor[depth].cycle)) if depth else cursor
