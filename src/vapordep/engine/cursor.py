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
