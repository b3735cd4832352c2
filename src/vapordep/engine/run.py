"""A run: one plan executed under the states and verbs of ISA-88, ending in the safe state whatever happens."""

import asyncio
from collections.abc import Mapping

from vapordep.engine.amending import amended
from vapordep.engine.course import Course
from vapordep.engine.doses import Book, Doses
from vapordep.engine.drifting import Drifting
from vapordep.engine.ending import Ending
from vapordep.engine.meter import PulseMeter
from vapordep.engine.rig import Rig
from vapordep.engine.sequencer import Layers, Sequencer
from vapordep.engine.states import States
from vapordep.engine.striving import Striving
from vapordep.engine.supply import Supply
from vapordep.errors import TransitionRefused
from vapordep.lazy import dataclass
from vapordep.model.amendments import Amendment
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.model.place import Cursor, Section
from vapordep.model.plan import Plan
from vapordep.model.run import SETTLES, RunState, Verb, after, verbs
from vapordep.recipe.findings import Finding
from vapordep.recipe.resume.amend import Amended, told
from vapordep.safety.interlocks.compiled import Trip
from vapordep.safety.protection import Protection
from vapordep.safety.vapour import vapour_part

S = RunState


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
        """`attended`: whether somebody could restart a held run; if not, it is aborted at once."""
        self.rig = rig
        self.protection = protection
        rig.drifting = drifting = Drifting(rig.pressure, protection.alarms, rig.clock.now())
        vapour = {name: vapour_part(source, source.temperature) for name, source in rig.reactor.sources.items()}
        self._supply = Supply(rig, protection.alarms)
        meter = PulseMeter(rig.pressure, vapour)
        self.doses = Doses(rig, book, meter, plan.on_weak_dose, drifting, self._supply)
        self._states = States(rig)
        self._course = Course(
            rig, plan, self._states, self.doses, layers, protection.interlocks, self.ask, attended=attended
        )
        self._ending = Ending(rig, protection, self._states)
        self._early: tuple[Verb, str] | None = None
        """What was asked for while the reactor is armed, and why."""
        self._over = False
        self._group: asyncio.TaskGroup

    @property
    def state(self) -> RunState:
        """Where it stands among the states of ISA-88."""
        return self._states.now

    @property
    def reason(self) -> str:
        """Why it is in that state."""
        return self._states.reason

    @property
    def plan(self) -> Plan:
        """What it executes, as it was amended last."""
        return self._course.plan

    @property
    def sequencer(self) -> Sequencer:
        """Which walks the steps, and tells its progress."""
        return self._course.sequencer

    @property
    def section(self) -> Section:
        """The part of the recipe that is under way."""
        return self._course.section

    @property
    def striving(self) -> Striving:
        """What tries the outputs that are not known to be safe at the end."""
        return self._ending.striving

    @property
    def in_finally(self) -> bool:
        """Whether the recipe's `finally` is under way."""
        return self.section is Section.FINALLY

    @property
    def position(self) -> Cursor:
        """Where the run is in its section, or will go on."""
        return self._course.position

    # --- what may be asked of a run ------------------------------------------------------------------------------

    @property
    def allowed(self) -> tuple[Verb, ...]:
        """The verbs that `ask` takes just now.

        None once the outputs are made safe at the end; but those that fail are tried on only until a further abort.
        """
        if self.striving.under_way:
            return (Verb.ABORT,)
        never = {Verb.START, Verb.RESET, *self.refused}
        return () if self._over else tuple(verb for verb in verbs(self.state) if verb not in never)

    @property
    def refused(self) -> Mapping[Verb, str]:
        """What it does not take just now although its state may know it, and why."""
        return self._course.refused

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
            self.protection.elsewhere.answer(by or str(verb))
            self.protection.alarms.answer_trips(by or str(verb))
        self._course.capping = verb is Verb.CAP
        return self._states.enter(state, reason)

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
        changed, findings = amended(self.plan, amendment, self.position, self.rig, under_way=under_way)
        self._course.replan(changed.plan)
        who = f" by {by}" if by else ""
        self.rig.note(Kind.AMENDMENT, f"{changed}{who}: {reason}", **told(amendment, changed), by=by, why=reason)
        return changed, findings

    def _after(self, verb: Verb) -> RunState:
        """The state that a verb leads to; raises TransitionRefused."""
        state = after(self.state, verb)
        if verb in self.allowed:
            return state
        if why := self.refused.get(verb):
            raise TransitionRefused(why, remedy=f"it can: {', '.join(self.allowed) or 'nothing'}")
        raise TransitionRefused(f"a run goes only once, it cannot {verb} any more", remedy="make a new run")

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
            self._states.enter(S.ABORTING, reason)  # also while the outputs are made safe at the end
        elif trip.rule.action is Action.HOLD:
            self.hold(reason)

    def hold(self, reason: str) -> bool:
        """Holds the run where it can be held just now; whether it could."""
        if Verb.HOLD not in self.allowed:
            return False
        self._states.enter(S.HOLDING, reason)
        return True

    # --- from arming to the safe state ---------------------------------------------------------------------------

    async def execute(self) -> Outcome:
        """Arms, runs the plan, and leaves the reactor in the safe state, also when it is cancelled.

        Raises NotArmed, and CancelledError; whatever else goes wrong is in the outcome.
        """
        began = self.rig.clock.now()
        await self.protection.arming.arm()
        try:
            async with asyncio.TaskGroup() as self._group:
                self._course.group = self._group
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
            await self._course.through(Section.STEPS)
            if self._course.capping and self.state is S.STOPPING:
                await self._course.through(Section.CAP)
            if self.state is not S.ABORTING:
                await self._course.through(Section.FINALLY)
                self.rig.overshoots.give_up(self.rig)
        except asyncio.CancelledError:
            self._ending.give_up("cancelled")
            raise
        except Exception as error:  # a fault of the program: no reason to leave the reactor as it is
            self._ending.internal(error)

    def _begin(self) -> None:
        self._states.enter(after(self.state, Verb.START), "started")
        self._supply.begin()
        for trip in self.protection.interlocks.trips:
            self.tripped(trip)
        if self._early is not None and self._early[0] in self.allowed:
            verb, why = self._early
            self.ask(verb, f"while arming: {why}")

    async def _end(self) -> None:
        """The safe state first, then what is still to be written down."""
        try:
            await self._ending.make_safe()
        finally:
            self.doses.conclude()
            if self.state not in (S.RUNNING, S.STOPPING, S.ABORTING):
                self._states.enter(S.ABORTING, f"ended while {self.state}")
            self._states.enter(SETTLES[self.state], "the plan is done" if self.state is S.RUNNING else self.reason)
