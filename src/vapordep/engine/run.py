"""A run: one plan executed under the states and verbs of ISA-88, ending in the safe state whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vapordep.engine.cursor import BEGINNING, to_cycle_start
from vapordep.engine.doses import Book, Doses
from vapordep.engine.meter import PulseMeter
from vapordep.engine.rig import CLOSED, OPEN, Rig
from vapordep.engine.sequencer import EndOfCycle, Sequencer
from vapordep.errors import SafetyError, VapordepError
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.model.plan import Block, Plan
from vapordep.model.run import ACTIVE, SETTLES, TRANSITIONS, RunState, Verb, after
from vapordep.safety.interlocks import Trip
from vapordep.safety.protection import Protection
from vapordep.safety.safe_state import SafeReport
from vapordep.units import Dimension, format_si

S = RunState
HOLDABLE = frozenset(state for state in RunState if (state, Verb.HOLD) in TRANSITIONS)
LONGEST_HOLD = 8 * 3600.0
"""A run held longer than this, in s, is aborted into the safe state."""
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
    """Executes one plan. Verbs come from anywhere on the loop through `ask`; what they may do, model/run.py says."""

    def __init__(
        self, rig: Rig, plan: Plan, protection: Protection, book: Book, layer: Callable[[Block, bool], Awaitable[None]], *, attended: bool
    ) -> None:
        self.rig = rig
        self.plan = plan
        self.protection = protection
        self.state = S.IDLE
        self.reason = ""
        self.attended = attended
        """Whether somebody could restart a held run; if not, it is aborted at once."""
        self.doses = Doses(rig, book, PulseMeter(rig.pressure))
        self.sequencer = Sequencer(rig, self.doses, layer)
        self.in_finally = False
        """Whether the recipe's `finally` is under way."""
        self._orders: asyncio.Queue[Verb] = asyncio.Queue()
        self._resumed = asyncio.Event()
        self._safe: asyncio.Task[SafeReport] | None = None
        self._group: asyncio.TaskGroup | None = None

    def ask(self, verb: Verb, reason: str) -> None:
        """Asks for a verb; raises TransitionRefused when the run's state does not allow it.

        An abort drives the safe state before anything else happens.
        """
        state = after(self.state, verb)
        if verb is Verb.ABORT and self._safe is None and self._group is not None:
            self._safe = self._group.create_task(self.protection.arming.make_safe(reason), name="make safe")
        self._order(state, verb, reason)

    def _order(self, state: RunState, verb: Verb, reason: str) -> None:
        self._enter(state, reason)
        self._orders.put_nowait(verb)
        if verb is Verb.RESUME:
            self._resumed.set()

    def interrupt(self) -> None:
        """Ctrl-C: the first stops the run at the end of its cycle, the second aborts it."""
        if self.state in ACTIVE - {S.STOPPING, S.ABORTING} and not self.in_finally:
            self.ask(Verb.STOP, "Ctrl-C")
        elif self.state in ACTIVE - {S.ABORTING}:
            self.ask(Verb.ABORT, "Ctrl-C, twice")

    def tripped(self, trip: Trip) -> None:
        """What the interlocks tell: a SAFE trip, which the safety core already answers, aborts; a HOLD trip holds."""
        reason = f"{trip.id} tripped: {'; '.join(unmet.text for unmet in trip.unmet)}"
        if trip.rule.action is Action.SAFE and self.state in ACTIVE - {S.ABORTING}:
            self._order(S.ABORTING, Verb.ABORT, reason)
        elif trip.rule.action is Action.HOLD and self.state in HOLDABLE:
            self._order(S.HOLDING, Verb.HOLD, reason)

    async def execute(self) -> Outcome:
        """Arms, runs the plan, and leaves the reactor in the safe state. Raises only what arming and disarming raise."""
        began = self.rig.clock.now()
        await self.protection.arming.arm()
        try:
            async with asyncio.TaskGroup() as self._group:
                self._enter(after(self.state, Verb.START), "started")
                await self._until_over()
                self.doses.write_tail(self.rig.clock.now())
        finally:
            await self.protection.arming.disarm("the run is over")
        self._settle()
        elapsed = self.rig.clock.now() - began
        return Outcome(self.state, self.reason, self.sequencer.steps_done, self.doses.count, elapsed)

    async def _until_over(self) -> None:
        """The plan, then `finally` on an orderly end; holds in between."""
        cursor = BEGINNING
        while self.state in (S.RUNNING, S.PAUSING, S.RESTARTING):
            if self.state is S.RESTARTING:
                self._settle()
            await self._while_walking(self.sequencer.walk(self.plan.steps, cursor))
            if self.state in (S.HOLDING, S.HELD):
                cursor = to_cycle_start(self.plan.steps, self.sequencer.cursor)
                await self._held()
            elif self.state is S.RUNNING:
                break
        if self.state is not S.ABORTING:
            self.in_finally = True
            await self._while_walking(self.sequencer.walk(self.plan.finally_steps))
            if self.state in (S.HOLDING, S.HELD):
                self.ask(Verb.ABORT, f"`finally` did not end well: {self.reason}")
        if self._safe is not None:
            await self._safe

    async def _while_walking(self, walk: Awaitable[None]) -> None:
        """Walks until the end, or until an order ends it; an error of the reactor becomes a hold."""
        assert self._group is not None  # noqa: S101 - for the type checker: only `execute` leads here
        walking = self._group.create_task(_error_of(walk), name="walk")
        order = self._group.create_task(self._orders.get(), name="order")
        try:
            while not walking.done():
                await asyncio.wait((walking, order), return_when=asyncio.FIRST_COMPLETED)
                if order.done():
                    verb = order.result()
                    order = self._group.create_task(self._orders.get(), name="order")
                    if self._ends_the_walk(verb):
                        walking.cancel()
                        await asyncio.wait((walking,))
        finally:
            order.cancel()
            walking.cancel()
        if not walking.cancelled():
            self._judge(walking.result())

    def _ends_the_walk(self, verb: Verb) -> bool:
        """A stop lets the cycle in hand end; hold and abort do not."""
        if verb is Verb.STOP and self.sequencer.in_cycle:
            self.sequencer.end_at_cycle = True
            return False
        if verb is Verb.PAUSE:
            self.sequencer.pause_at_cycle = self._pause
        return verb in (Verb.STOP, Verb.HOLD, Verb.ABORT)

    def _judge(self, error: Exception | None) -> None:
        """What the end of a walk means for the run's state."""
        if error is None or isinstance(error, EndOfCycle):
            self.sequencer.end_at_cycle = False
        elif self.state is S.ABORTING:
            return
        elif isinstance(error, VapordepError):
            self.rig.note(Kind.ALARM, str(error), step=self.sequencer.progress.step)
            verb = Verb.HOLD if self.state in HOLDABLE else Verb.ABORT
            self.ask(verb, f"{self.sequencer.progress.step}: {error.what}")
        else:
            self.ask(Verb.ABORT, f"internal error: {error!r}")

    async def _pause(self) -> None:
        """At the end of a cycle: waits until resumed."""
        if self.state is not S.PAUSING:
            return
        self._settle()
        self._resumed.clear()
        await self._resumed.wait()

    async def _held(self) -> None:
        """Sources shut, purge on; then whatever is ordered. Nobody there to restart means the safe state."""
        await self._hold_outputs()
        if self.state is S.HOLDING:
            self._settle()
        began = self.rig.clock.now()
        if not self.attended:
            return self.ask(Verb.ABORT, f"held, and nobody attends: {self.reason}")
        try:
            async with self.rig.clock_timeout(LONGEST_HOLD):
                while self.state is S.HELD:
                    await self._orders.get()
                    self._release_trips()
        except TimeoutError:
            return self.ask(Verb.ABORT, f"held for {format_si(LONGEST_HOLD, Dimension.TIME)}: {self.reason}")
        if self.state is S.RESTARTING and self.plan.prime and self.rig.clock.now() - began > PRIME_AGAIN_AFTER:
            await self._while_walking(self.sequencer.walk(self.plan.prime.steps))

    def _release_trips(self) -> None:
        """To restart is to acknowledge what held the run; as long as its cause is there, the run stays held."""
        if self.state is not S.RESTARTING:
            return
        interlocks = self.protection.interlocks
        try:
            for trip in interlocks.trips:
                interlocks.acknowledge(trip.id)
                interlocks.reset(trip.id, self.rig.clock.now())
        except SafetyError as error:
            self._enter(S.HELD, str(error))

    async def _hold_outputs(self) -> None:
        """Source valves closed; the purge gas flows and the pump pumps, as the safe state would have them."""
        rig = self.rig
        while not self._orders.empty():
            self._orders.get_nowait()
        try:
            for source in rig.reactor.sources.values():
                await rig.command(source.valve, CLOSED, "hold")
            await rig.command(rig.reactor.pump.valve, OPEN, "hold")
            line = rig.reactor.lines[rig.reactor.purge_line]
            if line.valve:
                await rig.command(line.valve, OPEN, "hold")
            await self._purge_on(f"{line.name}.flow_setpoint")
        except VapordepError as error:
            self.ask(Verb.ABORT, f"the hold failed: {error.what}")

    async def _purge_on(self, setpoint: str) -> None:
        safe = self.rig.reactor.outputs[setpoint].safe.value
        if safe is not None and not self.rig.value(setpoint) > 0:
            await self.rig.command(setpoint, safe, "hold")

    def _enter(self, state: RunState, reason: str) -> None:
        self.state = state
        self.reason = reason
        self.rig.note(Kind.RUN, f"{state}: {reason}", state=state)

    def _settle(self) -> None:
        """An acting state has done its work."""
        state = SETTLES.get(self.state)
        if state is not None:
            self._enter(state, "the plan is done" if state is S.COMPLETE else self.reason)


async def _error_of(walk: Awaitable[None]) -> Exception | None:
    """How a walk ended: the error is handed on as a value, so that it ends the walk and not everything beside it."""
    try:
        await walk
    except Exception as error:
        return error
    return None
