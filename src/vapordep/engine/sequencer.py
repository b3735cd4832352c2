"""The sequencer: walks a plan step by step, and keeps the place from which a held run can go on."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field, replace
from typing import Protocol

from vapordep.engine import failing
from vapordep.engine.cursor import At, following, next_dose
from vapordep.engine.doses import Doses
from vapordep.engine.hold import Flows, flows
from vapordep.engine.phases import PHASES, why_not
from vapordep.engine.rig import Rig
from vapordep.errors import TransitionRefused
from vapordep.lazy import dataclass
from vapordep.model.events import Kind
from vapordep.model.place import BEGINNING, Cursor, Level, Place, Section, block_at, levels, written
from vapordep.model.plan import Block
from vapordep.model.steps import Checkpoint, Dose, Purge, Step


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
    deposits: bool = False
    """What its block says, which looks through all its steps for that."""


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
        self.section = Section.STEPS
        """What is being walked, or was last."""
        self._steps: tuple[Step, ...] = ()
        self._at: At | None = None
        self._within: Cursor = BEGINNING
        """The block around the step in hand."""
        self.began = 0.0
        """When the step in hand began, s on the clock."""
        self._before: Flows = {}
        self._places: list[Place] = []
        self._cycles: list[_Cycle] = []
        self._phase: asyncio.Timeout | None = None
        """Ends the phase under way when it is to be skipped; None between phases."""

    @property
    def cursor(self) -> Cursor:
        """The step in hand, at the end of a cycle the beginning of the next; it stays when a walk is broken off."""
        return tuple(self._places)

    @property
    def progress(self) -> Progress:
        """Where the walk is, for people."""
        at = self._at
        if at is None or at.block is None:
            return Progress(at.name if at else "")
        return Progress(at.name, at.block.name, at.cycle, at.block.total)

    @property
    def in_cycle(self) -> bool:
        """Whether a cycle that deposits is under way: it is to be finished rather than broken off."""
        return any(cycle.deposits for cycle in self._cycles)

    @property
    def before(self) -> Flows:
        """The flows at the place to which `to_cycle_start` leads from `cursor`."""
        depositing = (cycle.before for cycle in reversed(self._cycles) if cycle.deposits)
        return next(depositing, self._before)

    async def walk(self, steps: tuple[Step, ...], cursor: Cursor = BEGINNING, section: Section = Section.STEPS) -> None:
        """Does `steps` from `cursor` on; raises EndOfCycle, and whatever a phase raises."""
        self._steps, self.section = steps, section
        self._places.clear()
        self._cycles.clear()
        self.rig.timeline.restart()
        await self._walk(cursor)
        await self.rig.timeline.reached()
        self._places.append(Place(len(steps)))

    def replan(self, steps: tuple[Step, ...]) -> None:
        """Goes on with other steps of the same structure: counts and durations differ, places do not."""
        self._steps = steps
        if self._at is not None and self._at.block is not None:
            *_, level = levels(steps, self._within)
            self._at = replace(self._at, block=block_at(level.steps, level.place))

    def skip(self) -> str:
        """Ends the phase under way, and tells its name; raises TransitionRefused where that may not be."""
        if self._phase is None or self._at is None:
            raise TransitionRefused("no step is under way that could be skipped", remedy="wait for the next one")
        if self._phase.expired():
            raise TransitionRefused(f"{self._at.name} is just ending", remedy="wait for the next step")
        reason = why_not(self.rig, self._at.step, next_dose(self._steps, self.cursor))
        if reason:
            raise TransitionRefused(
                f"{self._at.name} cannot be skipped: {reason}", remedy="let it end, or hold or stop"
            )
        self._phase.reschedule(self._now())
        return self._at.name

    # --- one level of steps, one block, one step -------------------------------------------------------------------

    async def _walk(self, cursor: Cursor, cycle: int = 0) -> None:
        """The steps of one level: of the plan, or of one cycle (from 0) of the block at which the places end."""
        depth = len(self._places)
        begin = cursor[0].step if cursor else 0
        self._places.append(Place(begin, cycle))
        for index in range(begin, len(self._level(depth).steps)):
            self._places[depth] = Place(index, cycle)
            block, steps, _ = self._level(depth)
            if isinstance(steps[index], Block):
                await self._block(cursor[1:] if index == begin else BEGINNING)
            else:
                await self._step(At(steps[index], block, block.number(cycle) if block else 0))
        self._places.pop()

    def _level(self, depth: int) -> Level:
        """The level of that depth as the plan has it now: it may have been amended meanwhile."""
        block, steps = None, self._steps
        for place in self._places[:depth]:
            block = block_at(steps, place)
            steps = block.steps
        return Level(block, steps, self._places[depth])

    def _block_now(self) -> Block:
        """The block at which the places end."""
        _, steps, place = self._level(len(self._places) - 1)
        return block_at(steps, place)

    async def _block(self, cursor: Cursor) -> None:
        """Every cycle of a block from `cursor` on; how many there are is asked again after each."""
        block = self._block_now()
        if block.layer and not cursor:
            await self.layers.begin(block)
        cycle = cursor[0].cycle if cursor else 0
        while cycle < block.count:
            self._begin(block, cycle)
            await self._walk(cursor, cycle)
            cursor, cycle = BEGINNING, cycle + 1
            self._places.append(Place(0, cycle))
            await self._end(block)
            self._places.pop()
            block = self._block_now()
        if block.layer:
            await self.layers.end()

    def _begin(self, block: Block, cycle: int) -> None:
        deposits = block.deposits
        self._cycles.append(_Cycle(block, flows(self.rig), deposits))
        if deposits and block.innermost:
            number, total = block.number(cycle), block.total
            place = self._place(*self._places, Place(0, cycle))
            text = f"{block.name} {number} of {total}"
            self.rig.note(Kind.CYCLE, text, block=block.name, cycle=number, cycles=total, place=place)

    async def _end(self, block: Block) -> None:
        if block.adds_to_layer:
            self.layers.cycle()
        if self._cycles[-1].deposits:
            self.cycles_done += block.innermost
            await self.cycle_done()
        self._cycles.pop()

    async def _step(self, at: At) -> None:
        rig, step = self.rig, at.step
        self._at, self._within, self.began = at, tuple(self._places[:-1]), rig.clock.now()
        if not self.in_cycle:
            self._before = flows(rig)
        if not isinstance(step, Dose):
            rig.overshoots.look(rig)  # before the step changes anything: the one before may have dried the film
        if isinstance(step, Dose):
            await self.doses.give(step, at.name, at.cycle)
        elif PHASES[type(step)].timed:
            self._announce(step)
            await self._do(at)
        else:
            await rig.timeline.reached()
            if isinstance(step, Checkpoint):
                self._mark(step)
            await self._do(at)
            rig.timeline.restart()
        self.steps_done += 1

    async def _do(self, at: At) -> None:
        """One phase, until it is over or skipped.

        Purges within a cycle make no event: there are too many, and they tell nothing.
        """
        if at.block is None or not isinstance(at.step, Purge):
            self.rig.note(Kind.STEP, at.name, where=at.step.where, place=self._place(*self._places))
        try:
            async with asyncio.timeout(None) as self._phase:
                await failing.do(self.rig, at.step)
        except TimeoutError:
            if self._phase is None or not self._phase.expired():
                raise
            self.rig.timeline.restart()  # skipped: what comes next begins now
        finally:
            self._phase = None

    def _mark(self, step: Checkpoint) -> None:
        """A checkpoint is durable at once; `cursor` is its place in the plan's steps, as `place.written` puts it."""
        self.rig.note(
            Kind.CHECKPOINT, f"{step.name}: {self.cycles_done} whole cycles, {self.doses.count} doses so far",
            checkpoint=step.name, cursor=written(self.cursor), cycles=self.cycles_done, doses=self.doses.count,
        )  # fmt: skip

    def _announce(self, step: Step) -> None:
        after = following(self._steps, self.cursor)
        if isinstance(step, Purge) and after is not None and isinstance(after.step, Dose):
            planned = self.rig.timeline.due + step.duration
            self.doses.announce(after.step, after.name, after.cycle, planned)

    def _place(self, *places: Place) -> str:
        return f"{self.section} {written(places)}"

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
