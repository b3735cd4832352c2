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
    """The beginning of the innermost cycle that holds `cursor`: where a run restarts after a hold.

    Outside of any block it is the beginning of the step itself.
    """
    depth = 0
    inside = steps
    for level, place in enumerate(cursor):
        step = inside[place.step]
        if not isinstance(step, Block):
            break
        depth = level + 1
        inside = step.steps
    if depth == 0:
        return cursor[:1]
    innermost = cursor[depth] if depth < len(cursor) else Place(0)
    return (*cursor[:depth], Place(0, innermost.cycle))
