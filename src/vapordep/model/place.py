"""Places: where in a plan a run is, as data and as the text that the record keeps of it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from vapordep.model.plan import Block
from vapordep.model.steps import Step


class Section(StrEnum):
    """The part of a recipe that is under way."""

    STEPS = "steps"
    CAP = "cap"
    FINALLY = "finally"
    PRIME = "prime"
    """Only where it is done again after a long hold; else it is one of the steps."""


class Place(NamedTuple):
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
    return "/".join([f"{step}:{cycle}" for step, cycle in cursor])


def read(text: str) -> Cursor:
    """The cursor that `written` put down; ValueError for anything else."""
    levels = (level.split(":") for level in text.split("/") if level)
    return tuple(Place(int(step), int(cycle)) for step, cycle in levels)


class Level(NamedTuple):
    """One level of a cursor: the block around it (None at the top), its steps, and the place among them."""

    block: Block | None
    steps: tuple[Step, ...]
    place: Place


def levels(steps: tuple[Step, ...], cursor: Cursor) -> Iterator[Level]:
    """The levels of `cursor` in `steps`, the outermost first; raises IndexError where it leads into no block."""
    block: Block | None = None
    for depth, place in enumerate(cursor):
        if depth:
            block = block_at(steps, cursor[depth - 1])
            steps = block.steps
        yield Level(block, steps, place)


def no_resume(steps: tuple[Step, ...], cursor: Cursor) -> str:
    """Why a run that was broken off at `cursor` cannot go on; empty where it can.

    A region that is not begun, and one that is done, is not in the way.
    """
    inside = (level.block for level in levels(steps, cursor) if level.block and level.place.cycle < level.block.count)
    return next((block.no_resume for block in inside if block.no_resume), "")


def block_at(steps: tuple[Step, ...], place: Place) -> Block:
    """The block at a place; raises IndexError when there is none."""
    block = steps[place.step]
    if not isinstance(block, Block):
        raise IndexError(f"{place} leads into a step that is no block")
    return block
