"""The sequencer: walks a plan step by step, and keeps the place from which a held run can go on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from vapordep.engine.cursor import BEGINNING, Cursor, Place, written
from vapordep.engine.doses import Doses
from vapordep.engine.hold import Flows, flows
from vapordep.engine.phases import PHASES, TIMED
from vapordep.engine.rig import Rig
from vapordep.model.events import Kind
from vapordep.model.plan import Block, Checkpoint, Dose, Purge, Step


class EndOfCycle(Exception):  # noqa: N818 - no error: the orderly end of a walk
    """The walk ended because it was asked to, at the end of a whole cycle."""


class Layers(Protocol):
    """Who follows the layers as they grow."""

    async def begin(self, block: Block) -> None:
        """A block that names a layer begins; a restart after a hold begins none anew."""
        ...

    def cycle(self) -> None:
        """A whole cycle of the block begun last is done."""
        ...

    async def end(self) -> None:
        """The block begun last is done."""
        ...


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


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: the step in words, and the cycle around it (n of N, from 1; 0 of 0 outside)."""

    step: str = ""
    block: str = ""
    cycle: int = 0
    cycles: int = 0


@dataclass(frozen=True, slots=True)
class _Cycle:
    """A cycle under way, and the flows it began with."""

    block: Block
    before: Flows = field(default_factory=dict)


class Sequencer:
    """Walks blocks and steps; `cursor` and `before` tell where a held run goes on, and with which flows."""

    def __init__(self, rig: Rig, doses: Doses, layers: Layers, cycle_done: Callable[[], Awaitable[None]]) -> None:
        self.rig = rig
        self.doses = doses
        self.layers = layers
        self.cycle_done = cycle_done
        """Called after every whole cycle that deposits; it may wait, or raise EndOfCycle."""
        self.steps_done = 0
        self.cycles_done = 0
        """Whole cycles of innermost loops that deposit, since the run began."""
        self._at: At | None = None
        self._before: Flows = {}
        self._places: list[Place] = []
        self._cycles: list[_Cycle] = []

    @property
    def cursor(self) -> Cursor:
        """The step in hand; it stays when a walk is broken off."""
        return tuple(self._places)

    @property
    def progress(self) -> Progress:
        """Where the walk is, for people."""
        at = self._at
        if at is None or at.block is None:
            return Progress(at.name if at else "")
        return Progress(at.name, at.block.name, at.cycle, at.block.count)

    @property
    def in_cycle(self) -> bool:
        """Whether a cycle that deposits is under way: it is to be finished rather than broken off."""
        return any(cycle.block.deposits for cycle in self._cycles)

    @property
    def before(self) -> Flows:
        """The flows at the place to which `to_cycle_start` leads from `cursor`."""
        depositing = (cycle.before for cycle in reversed(self._cycles) if cycle.block.deposits)
        return next(depositing, self._before)

    async def walk(self, steps: tuple[Step, ...], cursor: Cursor = BEGINNING) -> None:
        """Does `steps` from `cursor` on; raises EndOfCycle, and whatever a phase raises."""
        self._places.clear()
        self._cycles.clear()
        self.rig.timeline.restart()
        await self._steps(steps, cursor, None)
        await self.rig.timeline.reached()
        self._places.append(Place(len(steps)))

    async def _steps(
        self, steps: tuple[Step, ...], cursor: Cursor, then: At | None, block: Block | None = None, cycle: int = 0
    ) -> None:
        """The steps of one cycle (from 1) of `block`, or of the plan; `then` comes after them."""
        begin = cursor[0].step if cursor else 0
        self._places.append(Place(begin, max(cycle - 1, 0)))
        for index, step in enumerate(steps[begin:], begin):
            self._places[-1] = Place(index, max(cycle - 1, 0))
            following = _first(At(steps[index + 1], block, cycle)) if index + 1 < len(steps) else then
            if isinstance(step, Block):
                await self._block(step, cursor[1:] if index == begin else BEGINNING, following)
            else:
                await self._step(At(step, block, cycle), following)
        self._places.pop()

    async def _block(self, block: Block, cursor: Cursor, then: At | None) -> None:
        if block.layer and not cursor:
            await self.layers.begin(block)
        first = cursor[0].cycle + 1 if cursor else 1
        for cycle in range(first, block.count + 1):
            following = _first(At(block, block, cycle + 1)) if cycle < block.count else then
            self._begin(block, cycle)
            await self._steps(block.steps, cursor if cycle == first else BEGINNING, following, block, cycle)
            await self._end(block)
        if block.layer:
            await self.layers.end()

    def _begin(self, block: Block, cycle: int) -> None:
        self._cycles.append(_Cycle(block, flows(self.rig)))
        if block.deposits and block.innermost:
            text = f"{block.name} {cycle} of {block.count}"
            self.rig.note(Kind.CYCLE, text, block=block.name, cycle=cycle, cycles=block.count)

    async def _end(self, block: Block) -> None:
        if block.layer:
            self.layers.cycle()
        if block.deposits:
            self.cycles_done += block.innermost
            await self.cycle_done()
        self._cycles.pop()

    async def _step(self, at: At, following: At | None) -> None:
        rig, step = self.rig, at.step
        self._at = at
        if not self.in_cycle:
            self._before = flows(rig)
        if isinstance(step, Dose):
            await self.doses.give(step, at.name, at.cycle)
        elif isinstance(step, TIMED):
            self._announce(step, following)
            await self._phase(at)
        else:
            await rig.timeline.reached()
            if isinstance(step, Checkpoint):
                self._mark(step)
            await self._phase(at)
            rig.timeline.restart()
        self.steps_done += 1

    async def _phase(self, at: At) -> None:
        """Purges within a cycle make no event: there are too many, and they tell nothing."""
        if at.block is None or not isinstance(at.step, Purge):
            self.rig.note(Kind.STEP, at.name, where=at.step.where)
        await PHASES[type(at.step)](self.rig, at.step)

    def _mark(self, step: Checkpoint) -> None:
        """A checkpoint is durable at once; `cursor` is its place in the plan's steps, as `cursor.written` puts it."""
        self.rig.note(
            Kind.CHECKPOINT, f"{step.name}: {self.cycles_done} whole cycles, {self.doses.count} doses so far",
            checkpoint=step.name, cursor=written(self.cursor), cycles=self.cycles_done, doses=self.doses.count,
        )  # fmt: skip

    def _announce(self, step: Step, following: At | None) -> None:
        if isinstance(step, Purge) and following is not None and isinstance(following.step, Dose):
            planned = self.rig.timeline.due + step.duration
            self.doses.announce(following.step, following.name, following.cycle, planned)


def _first(at: At) -> At:
    """The first step that is no block, of a step or of the given cycle of a block."""
    step = at.step
    if not isinstance(step, Block) or not step.steps:
        return at
    cycle = at.cycle if at.block is step else 1
    return _first(At(step.steps[0], step, cycle))
