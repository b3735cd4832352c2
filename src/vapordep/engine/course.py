"""The course of a run: a section of its plan is walked to its end, with pauses and holds in between."""

import asyncio
from collections.abc import Callable
from functools import partial

from vapordep.engine.cursor import to_cycle_start
from vapordep.engine.doses import Doses
from vapordep.engine.hold import Flows, hold_outputs, purged, restore
from vapordep.engine.otherwise import verb_after
from vapordep.engine.rig import Rig
from vapordep.engine.sequencer import EndOfCycle, Layers, Sequencer
from vapordep.engine.states import States
from vapordep.engine.work import Piece, Work, error_of
from vapordep.errors import VapordepError
from vapordep.model.events import Kind
from vapordep.model.place import BEGINNING, Cursor, Section, no_resume
from vapordep.model.plan import Plan
from vapordep.model.run import RunState, Verb, verbs
from vapordep.model.steps import Step
from vapordep.recipe.resume.rest import changed_since_layer
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.units import Dimension, format_si

S = RunState
Ask = Callable[[Verb, str], None]
"""Asks the run for a verb, with the reason."""
STEPS_OVER = "the steps of the recipe are over"
LONGEST_HOLD = 8 * 3600.0
"""A run held or paused longer than this, in s, is aborted into the safe state."""
PRIME_AGAIN_AFTER = 30 * 60.0
"""After a hold longer than this, in s, the substrate is primed again before the run goes on."""


class Course:
    """Takes a run through its plan. What is to be done next is read from the state, however it came to be."""

    group: asyncio.TaskGroup
    """In which the work is done."""

    def __init__(
        self,
        rig: Rig,
        plan: Plan,
        states: States,
        doses: Doses,
        layers: Layers,
        interlocks: Interlocks,
        ask: Ask,
        *,
        attended: bool,
    ) -> None:
        self.plan = plan
        """As it was amended last."""
        self.states = states
        self.sequencer = Sequencer(rig, doses, layers, self._cycle_done)
        self.section = Section.STEPS
        """The part of the recipe that is under way."""
        self.capping = False
        """Whether somebody decided to cap a held run, which is being restarted for it."""
        self.no_resume = ""
        """Why the walk that was broken off cannot go on; empty where it can."""
        self._rig = rig
        self._doses = doses
        self._interlocks = interlocks
        self._ask = ask
        self._attended = attended
        self._to_cap = False
        """Whether the recipe itself says that the run is capped once it is held."""
        self._goes_on: Cursor | None = None
        """Where a walk that was broken off goes on; None while it is walked."""
        self._prime_again = False
        self._work = Work()
        states.on_enter = self._entered

    @property
    def position(self) -> Cursor:
        """Where the run is in its section, or will go on."""
        return self.sequencer.cursor if self._goes_on is None else self._goes_on

    @property
    def closing(self) -> bool:
        """Whether the recipe's steps are over, and what closes them is under way."""
        return self.section is not Section.STEPS

    @property
    def refused(self) -> dict[Verb, str]:
        """What it does not bear here whatever its state is, and why."""
        found = {}
        if self.closing:
            found = {Verb.CAP: STEPS_OVER, Verb.AMEND: STEPS_OVER}
        elif self._behind_new_walls:
            found[Verb.CAP] = "the walls were changed since the layer that `cap` closes"
        if not self.plan.cap:
            found[Verb.CAP] = "the recipe has no section `cap`"
        if self.no_resume:
            found[Verb.RESTART] = f"this part of the recipe is not resumed: {self.no_resume}"
        return found

    @property
    def _behind_new_walls(self) -> bool:
        """Whether prime and cap are of a layer that lies behind a change of walls: then C5 refuses what they dose."""
        return not self.closing and changed_since_layer(self.plan, self.position)

    def replan(self, plan: Plan) -> None:
        """Goes on by an amended plan."""
        self.plan = plan
        if self.sequencer.section is Section.STEPS:
            self.sequencer.replan(plan.steps)

    async def through(self, section: Section) -> None:
        """Walks a section to its end, with holds in between; leaves the run RUNNING, STOPPING or ABORTING."""
        self.section = section
        cursor = BEGINNING
        while True:
            self._goes_on = None
            walked = await self._do(partial(self.sequencer.walk, self._steps, cursor, section))
            await self._pause()  # when no end of a cycle came
            if walked and self.states.now is not S.HOLDING:
                return
            self.no_resume = no_resume(self._steps, self.sequencer.cursor)
            self._goes_on = cursor = to_cycle_start(self._steps, self.sequencer.cursor)
            before = self.sequencer.before
            while self.states.now is S.HOLDING:
                await self._held()
                await self._restart(before)
            if self.states.now is S.ABORTING or (self.states.now is S.STOPPING and not self.closing):
                return

    @property
    def _steps(self) -> tuple[Step, ...]:
        """The steps of the section under way, as the plan has them now."""
        plan = self.plan
        return {Section.CAP: plan.cap, Section.FINALLY: plan.finally_steps}.get(self.section, plan.steps)

    async def _do(self, piece: Piece) -> bool:
        """Does one thing, and judges its error; False when the run entered a state that broke it off."""
        if self._breaks_off():
            return False
        error = await self._work.do(piece, self.group)
        self._doses.write_tail(self._rig.clock.now())
        self._judge(error)
        return not self._work.broken_off

    def _entered(self) -> None:
        if self._breaks_off():
            self._work.break_off()

    def _breaks_off(self) -> bool:
        """Whether the state ends what is under way: a stop lets the cycle in hand end, hold and abort do not."""
        if self.states.now is S.STOPPING:
            return not (self.closing or self.sequencer.in_cycle)
        return self.states.now in (S.HOLDING, S.ABORTING)

    def _judge(self, error: Exception | None) -> None:
        """What the end of a piece of work means for the run."""
        if error is None or isinstance(error, EndOfCycle) or self.states.now in (S.HOLDING, S.ABORTING):
            return
        if not isinstance(error, VapordepError):
            raise error
        step = self.sequencer.progress.step
        self._rig.note(Kind.ALARM, str(error), step=step)
        verb = verb_after(error)
        if verb is Verb.CAP:
            verb, self._to_cap = Verb.HOLD, Verb.CAP not in self.refused
        if verb is Verb.STOP and self.states.now is S.STOPPING:
            return
        advice = f" ({error.remedy.rstrip('.')})" if error.remedy else ""
        self._ask(verb if verb in verbs(self.states.now) else Verb.ABORT, f"{step}: {error.what}{advice}")

    async def _cycle_done(self) -> None:
        """The end of a cycle that deposits: where a run pauses or stops; `cap` and `finally` go on."""
        if self.closing or self.states.now not in (S.PAUSING, S.STOPPING):
            return
        await self._rig.timeline.reached()
        await self._pause()
        if self.states.now is S.STOPPING:
            raise EndOfCycle

    async def _pause(self) -> None:
        """Waits until resumed, if a pause was asked for."""
        if self.states.now is S.PAUSING:
            self._doses.write_tail(self._rig.clock.now())
            self.states.settle()
            await self._wait_out(S.PAUSED)
            self._rig.timeline.restart()

    async def _held(self) -> None:
        """Sources shut, purge on; then whatever is asked for. Nobody there to restart means the safe state."""
        error = await error_of(partial(hold_outputs, self._rig))
        if error is not None and self.states.now is not S.ABORTING:
            told = error.what if isinstance(error, VapordepError) else repr(error)
            self._ask(Verb.ABORT, f"the hold failed: {told}; held because: {self.states.reason}")
        self.capping = False
        if self.states.now is S.HOLDING:
            self.states.settle()
            since = self._rig.clock.now()
            if self._to_cap and not self._interlocks.trips:  # those a person must answer
                self._ask(Verb.CAP, f"as the recipe says: {self.states.reason}")
            elif not self._attended:
                self._ask(Verb.ABORT, f"held, and nobody attends: {self.states.reason}")
            self._to_cap = False
            await self._wait_out(S.HELD)
            self._prime_again |= self._rig.clock.now() - since > PRIME_AGAIN_AFTER

    async def _restart(self, before: Flows) -> None:
        """Back from a hold to where the run goes on; an error of the reactor holds it again."""
        if self.states.now is S.RESTARTING:
            await self._do(partial(self._restored, before))
        if self.states.now is S.RESTARTING:
            self._prime_again = False
            self.states.settle()
            if self.capping:
                self.states.enter(S.STOPPING, f"capped: {self.states.reason}")

    async def _restored(self, before: Flows) -> None:
        """First the flows; then, after a long hold, the prime.

        What was not dosed before the hold needs no prime, nor what lies behind walls that were changed since.
        """
        await restore(self._rig, before)
        if self._doses.count and not self._in_finally:
            await purged(self._rig)
        primed = self._doses.count and not (self._in_finally or self._behind_new_walls)
        if self._prime_again and self.plan.prime and primed:
            await self.sequencer.walk((self.plan.prime,), section=Section.PRIME)

    @property
    def _in_finally(self) -> bool:
        return self.section is Section.FINALLY

    async def _wait_out(self, state: RunState) -> None:
        """Waits as long as the run is in `state`; too long means the safe state."""
        if not await self.states.outlast(state, LONGEST_HOLD):
            told = format_si(LONGEST_HOLD, Dimension.TIME)
            self._ask(Verb.ABORT, f"{state} for {told}: {self.states.reason}")
