"""The sequencer: walks a plan step by step, and can be told to end at the end of a cycle."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vapordep.engine.cursor import BEGINNING, Cursor, Place
from vapordep.engine.doses import Doses
from vapordep.engine.phases import PHASES
from vapordep.engine.rig import Rig
from vapordep.model.events import Kind
from vapordep.model.plan import Block, Dose, Purge, Step
from vapordep.units import Dimension, format_si


class EndOfCycle(Exception):  # noqa: N818 - no error: the orderly end of a walk
    """The walk ended because it was asked to, at the end of a whole cycle."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: the step in words, and the innermost cycle that counts (n of N, from 1; 0 of 0 outside)."""

    step: str = ""
    block: str = ""
    cycle: int = 0
    cycles: int = 0


class Sequencer:
    """Walks blocks and steps; keeps `cursor` at the step in hand, so that a held run can go on from there."""

    def __init__(self, rig: Rig, doses: Doses, layer: Callable[[Block, bool], Awaitable[None]]) -> None:
        self.rig = rig
        self.doses = doses
        self.layer = layer
        """Called when a block that names a layer begins (True) and ends (False)."""
        self.progress = Progress()
        self.steps_done = 0
        self.end_at_cycle = False
        self.pause_at_cycle: Callable[[], Awaitable[None]] | None = None
        self._places: list[Place] = []
        self._blocks: list[Block] = []

    @property
    def cursor(self) -> Cursor:
        return tuple(self._places)

    @property
    def in_cycle(self) -> bool:
        """Whether a cycle that deposits is under way: it is to be finished rather than broken off."""
        return any(block.deposits for block in self._blocks)

    async def walk(self, steps: tuple[Step, ...], cursor: Cursor = BEGINNING) -> None:
        """Does `steps` from `cursor` on; raises EndOfCycle when told to end, and whatever a phase raises."""
        self._places.clear()
        self._blocks.clear()
        await self._steps(steps, 0, cursor)

    async def _steps(self, steps: tuple[Step, ...], cycle: int, cursor: Cursor) -> None:
        begin = cursor[0].step if cursor else 0
        self._places.append(Place(begin, cycle))
        for index in range(begin, len(steps)):
            self._places[-1] = Place(index, cycle)
            step = steps[index]
            if isinstance(step, Block):
                await self._block(step, cursor[1:] if index == begin else BEGINNING)
            else:
                await self._step(step, _following(steps, index, self._more_cycles(cycle)), cycle)
                self.steps_done += 1
        self._places.pop()

    async def _block(self, block: Block, cursor: Cursor) -> None:
        first = cursor[0].cycle if cursor else 0
        self._blocks.append(block)
        if block.layer:
            await self.layer(block, True)
        for cycle in range(first, block.count):
            self._begin_cycle(block, cycle)
            await self._steps(block.steps, cycle, cursor if cycle == first else BEGINNING)
            await self._end_cycle(block)
        if block.layer:
            await self.layer(block, False)
        self._blocks.pop()

    def _begin_cycle(self, block: Block, cycle: int) -> None:
        self.progress = Progress("", block.name, cycle + 1, block.count)
        if block.deposits and not any(isinstance(step, Block) for step in block.steps):
            text = f"{block.name} {cycle + 1} of {block.count}"
            self.rig.note(Kind.CYCLE, text, block=block.name, cycle=cycle + 1, cycles=block.count)

    async def _end_cycle(self, block: Block) -> None:
        """Between two innermost cycles is where a run may stop or pause."""
        if any(isinstance(step, Block) for step in block.steps):
            return
        if self.end_at_cycle:
            raise EndOfCycle
        if self.pause_at_cycle is not None:
            await self.pause_at_cycle()
            self.rig.timeline.restart()

    async def _step(self, step: Step, following: Step | None, cycle: int) -> None:
        rig = self.rig
        name = self._name(step)
        self.progress = Progress(name, self.progress.block, self.progress.cycle, self.progress.cycles)
        if isinstance(step, Dose):
            return await self.doses.give(step, name, self._cycle())
        if isinstance(following, Dose) and isinstance(step, Purge):
            planned = rig.timeline.due + step.duration
            self.doses.announce(following, self._name(following), self._cycle(), planned)
        if not self._blocks or not isinstance(step, Purge):
            rig.note(Kind.STEP, name, where=step.where)
        await PHASES[type(step)](rig, step)

    def _more_cycles(self, cycle: int) -> bool:
        return bool(self._blocks) and cycle + 1 < self._blocks[-1].count

    def _cycle(self) -> int:
        return self._places[-1].cycle + 1 if self._blocks else 0

    def _name(self, step: Step) -> str:
        """The step as events, pulses and the progress line call it: `main[12].dose TMA 50 ms`."""
        block = f"{self._blocks[-1].name}[{self._cycle()}]." if self._blocks else ""
        if isinstance(step, Dose):
            return f"{block}dose {step.source} {format_si(step.width, Dimension.TIME)}"
        if isinstance(step, Purge):
            return f"{block}purge {format_si(step.duration, Dimension.TIME)}"
        return f"{block}{step.word}"


def _following(steps: tuple[Step, ...], index: int, again: bool) -> Step | None:
    """The step after `steps[index]` within its block, or the block's first when another cycle comes."""
    if index + 1 < len(steps):
        return steps[index + 1]
    return steps[0] if again else None
