"""A run: one plan executed under the states and verbs of ISA-88, ending in the safe state whatever happens."""

import asyncio
import traceback
from functools import partial

from vapordep.engine.cursor import to_cycle_start
from vapordep.engine.doses import Book, Doses
from vapordep.engine.drifting import Drifting
from vapordep.engine.hold import Flows, hold_outputs, purged, restore
from vapordep.engine.meter import PulseMeter
from vapordep.engine.otherwise import verb_after
from vapordep.engine.rig import Rig
from vapordep.engine.sequencer import EndOfCycle, Layers, Sequencer
from vapordep.engine.striving import BY_HAND, Striving, names
from vapordep.engine.work import Piece, Work, error_of
from vapordep.errors import RecipeError, TransitionRefused, VapordepError
from vapordep.lazy import dataclass
from vapordep.model.amendments import Amendment
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.model.place import BEGINNING, Cursor, Section, no_resume
from vapordep.model.plan import Plan
from vapordep.model.run import SETTLES, RunState, Verb, after, verbs
from vapordep.model.steps import Step
from vapordep.recipe.amend import Amended, amend, told
from vapordep.recipe.check import judge
from vapordep.recipe.findings import Finding
from vapordep.safety.compiled import Trip
from vapordep.safety.protection import Protection
from vapordep.safety.safe_state import SafeReport
from vapordep.units import Dimension, format_si

S = RunState
LONGEST_HOLD = 8 * 3600.0
"""A run held or paused longer than this, in s, is aborted into the safe state."""
PRIME_AGAIN_AFTER = 30 * 60.0
"""After a hold longer than this, in s, the substrate is primed again before the run goes on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, and why."""

    state: RunState
    reason: str
    steps: int
    doses: int
    duration: float
    """How long it took on its own clock, in s."""


class Run:
    """Executes one plan, once. Verbs come from anywhere on the loop; what they may do, model/run.py says.

    A verb changes the state at once, and breaks off what the new state does not bear; what is to be done next is read
    from the state, so that no order can come too early, too late or twice.
    """

    def __init__(
        self, rig: Rig, plan: Plan, protection: Protection, book: Book, layers: Layers, *, attended: bool
    ) -> None:
        self.rig = rig
        self.plan = plan
        self.protection = protection
        self.state = S.IDLE
        self.reason = ""
        self.attended = attended
        """Whether somebody could restart a held run; if not, it is aborted at once."""
        drifting = Drifting(rig.pressure, protection.alarms, rig.clock.now())
        self.doses = Doses(rig, book, PulseMeter(rig.pressure), plan.on_weak_dose, drifting)
        self.sequencer = Sequencer(rig, self.doses, layers, self._cycle_done)
        self.section = Section.STEPS
        """The part of the recipe that is under way."""
        self.striving = Striving(rig, protection.arming)
        self._early: tuple[Verb, str] | None = None
        self._over = False
        self._changed = asyncio.Event()
        self._work = Work()
        self._group: asyncio.TaskGroup
        self._prime_again = False
        self._capping = False
        """Whether somebody decided to cap a held run, which is being restarted for it."""
        self._to_cap = False
        """Whether the recipe itself says that the run is capped once it is held."""
        self._goes_on: Cursor | None = None
        """Where a walk that was broken off goes on; None while it is walked."""
        self._no_resume = ""
        """Why the walk that was broken off cannot go on; empty where it can."""

    @property
    def in_finally(self) -> bool:
        """Whether the recipe's `finally` is under way."""
        return self.section is Section.FINALLY

    @property
    def position(self) -> Cursor:
        """Where the run is in its section, or will go on."""
        return self.sequencer.cursor if self._goes_on is None else self._goes_on

    # --- what may be asked of a run ------------------------------------------------------------------------------

    @property
    def allowed(self) -> tuple[Verb, ...]:
        """The verbs that `ask` takes just now.

        None once the outputs are made safe at the end; but those that fail are tried on only until a further abort.
        """
        if self.striving.under_way:
            return (Verb.ABORT,)
        never = {Verb.START, Verb.RESET}
        if not self.plan.cap:
            never.add(Verb.CAP)
        if self._closing:
            never.add(Verb.AMEND)
        if self._no_resume:
            never.add(Verb.RESTART)
        return () if self._over else tuple(verb for verb in verbs(self.state) if verb not in never)

    def ask(self, verb: Verb, reason: str, by: str = "") -> None:
        """Asks for a verb; raises TransitionRefused when the run's state does not allow it.

        An abort drives the safe state before anything else happens. For `amend` there is a method of its own. Who lets
        a held run go on, `by`, acknowledges and resets what held it: raises Tripped while the cause is there.
        """
        if self.striving.under_way and verb is Verb.ABORT:
            return self.striving.give_up(reason)
        state = self._after(verb)
        if verb is Verb.SKIP:
            self.skip(reason)
            return None
        if verb is Verb.AMEND:
            raise TransitionRefused("it is not said what to amend", remedy="name a loop, or a source and its purge")
        if verb is Verb.ABORT:
            self.protection.gate.revoke(reason)
            self._group.create_task(self.protection.arming.make_safe(reason), name="make safe")
        if state is S.RESTARTING:
            self.protection.alarms.answer_trips(by or str(verb))
        self._capping = verb is Verb.CAP
        return self._enter(state, reason)

    def skip(self, reason: str, by: str = "") -> str:
        """Ends the step under way and goes on with the next; returns its name.

        Raises TransitionRefused for a step that protects something, and for a purge that is still needed (C2).
        """
        self._after(Verb.SKIP)
        step = self.sequencer.skip()
        who = f" by {by}" if by else ""
        self.rig.note(Kind.AMENDMENT, f"skipped {step}{who}: {reason}", step=step, by=by, why=reason)
        return step

    def amend(self, amendment: Amendment, reason: str, by: str = "") -> tuple[Amended, tuple[Finding, ...]]:
        """Changes counts or purges of what is still to be done; returns the new plan, and what is doubtful about it.

        The plan is judged anew before it counts. A purge under way keeps its length. Raises TransitionRefused when it
        is too late, RecipeError for what the plan does not have or the check refuses; nothing is changed then.
        """
        self._after(Verb.AMEND)
        under_way = self.state in (S.RUNNING, S.PAUSING)
        amended = amend(self.plan, amendment, self.position, under_way=under_way)
        findings = self._found(amended.plan)
        refusals = [finding.error() for finding in findings if finding.refuses]
        if refusals:
            raise RecipeError.gather(refusals)
        self.plan = amended.plan
        if self.sequencer.section is Section.STEPS:
            self.sequencer.replan(self.plan.steps)
        who = f" by {by}" if by else ""
        self.rig.note(Kind.AMENDMENT, f"{amended}{who}: {reason}", **told(amendment, amended), by=by, why=reason)
        return amended, findings

    def _after(self, verb: Verb) -> RunState:
        """The state that a verb leads to; raises TransitionRefused."""
        state = after(self.state, verb)
        if verb in self.allowed:
            return state
        if verb is Verb.RESTART and self._no_resume:
            told = f"this part of the recipe is not resumed: {self._no_resume}"
            raise TransitionRefused(told, remedy=f"it can: {', '.join(self.allowed)}")
        if verb is Verb.CAP:
            raise TransitionRefused("the recipe has no section `cap`", remedy="restart, stop or abort")
        if verb is Verb.AMEND:
            raise TransitionRefused("the steps of the recipe are over", remedy="make a run of its own")
        raise TransitionRefused(f"a run goes only once, it cannot {verb} any more", remedy="make a new run")

    def _found(self, plan: Plan) -> tuple[Finding, ...]:
        """What the check finds in a plan, and did not find in the one that is running."""
        before = set(judge(self.plan, self.rig.reactor, self.rig.substrate, lambda _: self.plan.recipe))
        found = judge(plan, self.rig.reactor, self.rig.substrate, lambda _: plan.recipe)
        return tuple(finding for finding in found if finding not in before)

    def interrupt(self) -> None:
        """Ctrl-C: the first stops the run at the end of its cycle, the second aborts it.

        While outputs that are not known to be safe are tried on, two more give that up.
        """
        if self.striving.under_way:
            self.striving.order("Ctrl-C")
        elif self.state is S.IDLE:
            self._early = (Verb.ABORT if self._early else Verb.STOP, "Ctrl-C")
        elif Verb.STOP in self.allowed:
            self.ask(Verb.STOP, "Ctrl-C")
        elif Verb.ABORT in self.allowed:
            self.ask(Verb.ABORT, "Ctrl-C while stopping")

    def terminate(self, reason: str) -> None:
        """The program is to end: aborts a run that is not over yet."""
        if self.striving.under_way:
            self.striving.order(reason)
        elif self.state is S.IDLE:
            self._early = (Verb.ABORT, reason)
        elif Verb.ABORT in self.allowed:
            self.ask(Verb.ABORT, reason)

    def tripped(self, trip: Trip) -> None:
        """What the interlocks tell: a SAFE trip, which the safety core already answers, aborts; a HOLD trip holds."""
        reason = f"{trip.id} tripped: {trip.measured}"
        if trip.rule.action is Action.SAFE and Verb.ABORT in verbs(self.state):
            self._enter(S.ABORTING, reason)  # also while the outputs are made safe at the end
        elif trip.rule.action is Action.HOLD and Verb.HOLD in self.allowed:
            self._enter(S.HOLDING, reason)

    # --- from arming to the safe state ---------------------------------------------------------------------------

    async def execute(self) -> Outcome:
        """Arms, runs the plan, and leaves the reactor in the safe state, also when it is cancelled.

        Raises NotArmed, and CancelledError; whatever else goes wrong is in the outcome.
        """
        began = self.rig.clock.now()
        await self.protection.arming.arm()
        try:
            async with asyncio.TaskGroup() as self._group:
                await self._perform()
        finally:
            self._over = True
            await self._end()
        elapsed = self.rig.clock.now() - began
        return Outcome(self.state, self.reason, self.sequencer.steps_done, self.doses.count, elapsed)

    async def _perform(self) -> None:
        """The plan, what caps it when somebody decided so, then `finally` on an orderly end."""
        try:
            self._begin()
            await self._through(Section.STEPS)
            if self._capping and self.state is S.STOPPING:
                await self._through(Section.CAP)
            if self.state is not S.ABORTING:
                await self._through(Section.FINALLY)
                self.rig.overshoots.give_up(self.rig)
        except asyncio.CancelledError:
            self._give_up("cancelled")
            raise
        except Exception as error:  # a fault of the program: no reason to leave the reactor as it is
            self._internal(error)

    def _begin(self) -> None:
        self._enter(after(self.state, Verb.START), "started")
        for trip in self.protection.interlocks.trips:
            self.tripped(trip)
        if self._early is not None and self._early[0] in self.allowed:
            verb, why = self._early
            self.ask(verb, f"while arming: {why}")

    def _give_up(self, reason: str) -> None:
        if self.state is not S.ABORTING:
            self.protection.gate.revoke(reason)
            self._enter(S.ABORTING, reason)

    async def _end(self) -> None:
        """The safe state first, then what is still to be written down."""
        try:
            report = await self._disarmed()
            if report.failed:
                await self._strive(report)
        finally:
            self.doses.conclude()
            if self.state not in (S.RUNNING, S.STOPPING, S.ABORTING):
                self._enter(S.ABORTING, f"ended while {self.state}")
            self._enter(SETTLES[self.state], "the plan is done" if self.state is S.RUNNING else self.reason)

    async def _disarmed(self) -> SafeReport:
        """A fault of the program on the way to the safe state must not be the last word: it is driven once more."""
        try:
            return await self.protection.arming.disarm("the run is over")
        except Exception as error:
            try:
                return await self.protection.arming.disarm("the run is over, once more")
            finally:
                self._internal(error)

    def _internal(self, error: Exception) -> None:
        self._give_up(f"internal error: {error!r}")
        self.rig.note(Kind.ALARM, f"internal error: {error!r}", trace="".join(traceback.format_exception(error)))

    async def _strive(self, report: SafeReport) -> None:
        """A run whose outputs are not known to be safe did not end well, and does not end before they were tried on."""
        why = f"{self.reason}; " if self.state is S.ABORTING else ""
        self._enter(S.ABORTING, f"{why}not yet known to be safe: {names(report)}")
        left = await self.striving.until_safe(report)
        told = f"not known to be safe: {names(left)}: {BY_HAND}" if left.failed else f"safe only late: {names(report)}"
        self._enter(S.ABORTING, f"{why}{told}")

    # --- walking, pausing, holding -------------------------------------------------------------------------------

    async def _through(self, section: Section) -> None:
        """Walks a section to its end, with holds in between; leaves the run RUNNING, STOPPING or ABORTING."""
        self.section = section
        cursor = BEGINNING
        while True:
            self._goes_on = None
            walked = await self._do(partial(self.sequencer.walk, self._steps, cursor, section))
            await self._pause()  # when no end of a cycle came
            if walked and self.state is not S.HOLDING:
                return
            self._no_resume = no_resume(self._steps, self.sequencer.cursor)
            self._goes_on = cursor = to_cycle_start(self._steps, self.sequencer.cursor)
            before = self.sequencer.before
            while self.state is S.HOLDING:
                await self._held()
                await self._restart(before)
            if self.state is S.ABORTING or (self.state is S.STOPPING and not self._closing):
                return

    @property
    def _steps(self) -> tuple[Step, ...]:
        """The steps of the section under way, as the plan has them now."""
        plan = self.plan
        return {Section.CAP: plan.cap, Section.FINALLY: plan.finally_steps}.get(self.section, plan.steps)

    @property
    def _closing(self) -> bool:
        """Whether the recipe's steps are over, and what closes them is under way."""
        return self.section is not Section.STEPS

    async def _do(self, piece: Piece) -> bool:
        """Does one thing, and judges its error; False when the run entered a state that broke it off."""
        if self._breaks_off():
            return False
        error = await self._work.do(piece, self._group)
        self.doses.write_tail(self.rig.clock.now())
        self._judge(error)
        return not self._work.broken_off

    def _breaks_off(self) -> bool:
        """Whether the state ends what is under way: a stop lets the cycle in hand end, hold and abort do not."""
        if self.state is S.STOPPING:
            return not (self._closing or self.sequencer.in_cycle)
        return self.state in (S.HOLDING, S.ABORTING)

    def _judge(self, error: Exception | None) -> None:
        """What the end of a piece of work means for the run."""
        if error is None or isinstance(error, EndOfCycle) or self.state in (S.HOLDING, S.ABORTING):
            return
        if not isinstance(error, VapordepError):
            raise error
        step = self.sequencer.progress.step
        self.rig.note(Kind.ALARM, str(error), step=step)
        verb = verb_after(error)
        if verb is Verb.CAP:
            verb, self._to_cap = Verb.HOLD, bool(self.plan.cap) and not self._closing
        if verb is Verb.STOP and self.state is S.STOPPING:
            return
        self.ask(verb if verb in verbs(self.state) else Verb.ABORT, f"{step}: {error.what}")

    async def _cycle_done(self) -> None:
        """The end of a cycle that deposits: where a run pauses or stops; `cap` and `finally` go on."""
        if self._closing or self.state not in (S.PAUSING, S.STOPPING):
            return
        await self.rig.timeline.reached()
        await self._pause()
        if self.state is S.STOPPING:
            raise EndOfCycle

    async def _pause(self) -> None:
        """Waits until resumed, if a pause was asked for."""
        if self.state is S.PAUSING:
            self.doses.write_tail(self.rig.clock.now())
            self._settle()
            await self._while(S.PAUSED)
            self.rig.timeline.restart()

    async def _held(self) -> None:
        """Sources shut, purge on; then whatever is asked for. Nobody there to restart means the safe state."""
        error = await error_of(partial(hold_outputs, self.rig))
        if error is not None and self.state is not S.ABORTING:
            told = error.what if isinstance(error, VapordepError) else repr(error)
            self.ask(Verb.ABORT, f"the hold failed: {told}; held because: {self.reason}")
        self._capping = False
        if self.state is S.HOLDING:
            self._settle()
            since = self.rig.clock.now()
            if self._to_cap and not self.protection.interlocks.trips:  # those a person must answer
                self.ask(Verb.CAP, f"as the recipe says: {self.reason}")
            elif not self.attended:
                self.ask(Verb.ABORT, f"held, and nobody attends: {self.reason}")
            self._to_cap = False
            await self._while(S.HELD)
            self._prime_again |= self.rig.clock.now() - since > PRIME_AGAIN_AFTER

    async def _restart(self, before: Flows) -> None:
        """Back from a hold to where the run goes on; an error of the reactor holds it again."""
        if self.state is S.RESTARTING:
            await self._do(partial(self._restored, before))
        if self.state is S.RESTARTING:
            self._prime_again = False
            self._settle()
            if self._capping:
                self._enter(S.STOPPING, f"capped: {self.reason}")

    async def _restored(self, before: Flows) -> None:
        """First the flows; then, after a long hold, the prime.

        What was not dosed before the hold needs no prime.
        """
        await restore(self.rig, before)
        if self.doses.count and not self.in_finally:
            await purged(self.rig)
        if self._prime_again and self.plan.prime and self.doses.count and not self.in_finally:
            await self.sequencer.walk((self.plan.prime,), section=Section.PRIME)

    async def _while(self, state: RunState) -> None:
        """Waits as long as the run is in `state`; too long means the safe state."""
        try:
            async with self.rig.clock_timeout(LONGEST_HOLD):
                while self.state is state:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            if self.state is state:
                told = format_si(LONGEST_HOLD, Dimension.TIME)
                self.ask(Verb.ABORT, f"{state} for {told}: {self.reason}")

    # --- states --------------------------------------------------------------------------------------------------

    def _enter(self, state: RunState, reason: str) -> None:
        """Acts first, then records."""
        self.state, self.reason = state, reason
        self._changed.set()
        if self._breaks_off():
            self._work.break_off()
        self.rig.note(Kind.RUN, f"{state}: {reason}", state=state)

    def _settle(self) -> None:
        """An acting state has done its work."""
        self._enter(SETTLES[self.state], self.reason)
