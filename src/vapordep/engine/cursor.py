"""The cursor: where in a plan a run is, what comes next there, and where it goes on after a hold."""

from collections.abc import Iterator

from vapordep.lazy import dataclass
from vapordep.model.place import Cursor, Place, block_at, levels
from vapordep.model.plan import Block
from vapordep.model.steps import Dose, Step


@dataclass(frozen=True, slots=True)
class At:
    """A step with the block that holds it and the cycle of that block, from 1; None and 0 outside of any."""

    step: Step
    block: Block | None = None
    cycle: int = 0

    @property
    def name(self) -> str:
        """The step as events, pulses and the progress line call it: `main[12].dose TMA 50 ms`."""
        label = self.step.label
        return f"{self.block.name}[{self.cycle}].{label}" if self.block else label


def following(steps: tuple[Step, ...], cursor: Cursor) -> At | None:
    """The step that comes after the one at `cursor`; None after the last."""
    for block, inside, place in reversed(tuple(levels(steps, cursor))):
        if place.step + 1 < len(inside):
            return first(At(inside[place.step + 1], block, block.number(place.cycle) if block else 0))
        if block is not None and place.cycle + 1 < block.count:
            return first(At(block, block, block.number(place.cycle + 1)))
    return None


def next_dose(steps: tuple[Step, ...], cursor: Cursor) -> Dose | None:
    """The dose that comes next after the step at `cursor`; None when there is none."""
    for block, inside, place in reversed(tuple(levels(steps, cursor))):
        again = inside if block is not None and place.cycle + 1 < block.count else ()
        found = next(_doses((*inside[place.step + 1 :], *again)), None)
        if found is not None:
            return found
    return None


def _doses(steps: tuple[Step, ...]) -> Iterator[Dose]:
    for step in steps:
        if isinstance(step, Dose):
            yield step
        elif isinstance(step, Block):
            yield from _doses(step.steps)


def first(at: At) -> At:
    """The first step that is no block, of a step or of the given cycle of a block."""
    step = at.step
    if not isinstance(step, Block) or not step.steps:
        return at
    cycle = at.cycle if at.block is step else step.number(0)
    return first(At(step.steps[0], step, cycle))


def to_cycle_start(steps: tuple[Step, ...], cursor: Cursor) -> Cursor:
    """The beginning of the innermost cycle that deposits around `cursor`: where a run restarts after a hold.

    Its first half comes first again: nobody knows what a hold left of the second. Outside of any such cycle it is
    the step itself.
    """
    depth = 0
    for level, place in enumerate(cursor[:-1], start=1):
        block = block_at(steps, place)
        if block.deposits:
            depth = level
        steps = block.steps
    return (*cursor[:depth], Place(0, cursor[depth].cycle)) if depth else cursor
