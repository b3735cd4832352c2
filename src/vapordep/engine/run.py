"""A run: one plan executed under the states and verbs of ISA-88, ending in the safe state whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from vapordep.engine.cursor import BEGINNING, to_cycle_start
from vapordep.engine.doses import Book, Doses
from vapordep.engine.meter import PulseMeter
from vapordep.engine.rig import CLOSED, OPEN, Rig
from vapordep.engine.sequencer import EndOfCycle, Sequencer
from vapordep.errors import VapordepError
from vapordep.model.events import Kind
from vapordep.model.plan import Block, Plan
from vapordep.model.run import ACTIVE, SETTLES, RunState, Verb, after
from vapordep.units import Dimension, format_si

S = RunState
LONGEST_HOLD = 8 * 3600.0
"""A run held longer than this, in s, is aborted into the safe state."""
PRIME_AGAIN_AFTER = 30 * 60.0
"""After a hold longer than this, in s, the substrate is primed again before the run goes on."""


class Arming(Protocol):
    """The safety core as a run sees it."""

    async def arm(self) -> None: ...
    async def disarm(self) -> None: ...
    async def make_safe(self, reason: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, and why."""

    state: RunState
    reason: str
    steps: int
    doses: int
    simulated: float
    """How long it took on its own clock, in s."""


class Run:
    """Executes one plan. Verbs come from anywhere on the loop through `ask`; what they may do, model/run.py says."""

    def __init__(
        self, rig: Rig, plan: Plan, arming: Arming, book: Book, layer: Callable[[Block, bool], None], *, attended: bool
    ) -> None:
        self.rig = rig
        self.plan = plan
        self.arming = arming
        self.state = S.IDLE
        self.reason = ""
        self.attended = attended
        """Whether somebody could restart a held run; if not, it is aborted at once."""
        self.meter = PulseMeter()
        self.doses = Doses(rig, book, self.meter)
        self.sequencer = Sequencer(rig, self.doses, layer)
        rig.hub.listen(self.meter.take)
        self._orders: asyncio.Queue[tuple[Verb, str]] = asyncio.Queue()
        self._resumed = asyncio.Event()
        self._safe: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None

    def ask(self, verb: Verb, reason: str) -> None:
        """Asks for a verb; raises TransitionRefused when the run's state does not allow it.

        An abort drives the safe state before anything else happens.
        """
        state = after(self.state, verb)
        if verb is Verb.ABORT:
            self._make_safe(reason)
        self._enter(state, reason)
        self._orders.put_nowait((verb, reason))
        if verb is Verb.RESUME:
            self._resumed.set()

    def tripped(self, action_is_safe: bool, reason: str) -> None:
        """What the interlocks call: the safe state now, or a hold."""
        if self.state not in ACTIVE:
            return
        verb = Verb.ABORT if action_is_safe else Verb.HOLD
        if self.state is not S.ABORTING and (verb is Verb.ABORT or self.state in (S.RUNNING, S.PAUSING, S.PAUSED)):
            self.ask(verb, reason)

    async def execute(self) -> Outcome:
        """Arms, runs the plan, and leaves the reactor in the safe state. Raises only what arming and disarming raise."""
        began = self.rig.clock.now()
        await self.arming.arm()
        try:
            async with asyncio.TaskGroup() as self._group:
                self._enter(after(self.state, Verb.START), "started")
                await self._until_over()
                self.doses.write_tail(self.rig.clock.now())
        finally:
            await asyncio.shield(self.arming.disarm())
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
            await self._while_walking(self.sequencer.walk(self.plan.finally_steps))
            if self.state in (S.HOLDING, S.HELD):
                self.ask(Verb.ABORT, f"`finally` did not end well: {self.reason}")
        if self._safe is not None:
            await self._safe

    async def _while_walking(self, walk: Awaitable[None]) -> None:
        """Walks until the end, or until an order ends it; an error of the reactor becomes a hold."""
        walking = asyncio.ensure_future(walk)
        order = asyncio.ensure_future(self._orders.get())
        try:
            while not walking.done():
                await asyncio.wait((walking, order), return_when=asyncio.FIRST_COMPLETED)
                if order.done():
                    verb, _ = order.result()
                    order = asyncio.ensure_future(self._orders.get())
                    if self._ends_the_walk(verb):
                        walking.cancel()
                        await asyncio.wait((walking,))
        finally:
            order.cancel()
            walking.cancel()
        self._judge(walking)

    def _ends_the_walk(self, verb: Verb) -> bool:
        """A stop lets the cycle in hand end; hold and abort do not."""
        if verb is Verb.STOP and self.sequencer.in_cycle:
            self.sequencer.end_at_cycle = True
            return False
        if verb is Verb.PAUSE:
            self.sequencer.pause_at_cycle = self._pause
        return verb in (Verb.STOP, Verb.HOLD, Verb.ABORT)

    def _judge(self, walking: "asyncio.Future[None]") -> None:
        """What the end of a walk means for the run's state."""
        if walking.cancelled():
            return
        error = walking.exception()
        if error is None or isinstance(error, EndOfCycle):
            self.sequencer.end_at_cycle = False
        elif isinstance(error, VapordepError) and self.state is not S.ABORTING:
            self.rig.note(Kind.ALARM, str(error), step=self.sequencer.progress.step)
            verb = Verb.HOLD if self.state in (S.RUNNING, S.PAUSING, S.PAUSED, S.RESTARTING) else Verb.ABORT
            self.ask(verb, f"{self.sequencer.progress.step}: {error.what}")
        elif self.state is not S.ABORTING:
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
        except TimeoutError:
            return self.ask(Verb.ABORT, f"held for {format_si(LONGEST_HOLD, Dimension.TIME)}: {self.reason}")
        if self.state is S.RESTARTING and self.plan.prime and self.rig.clock.now() - began > PRIME_AGAIN_AFTER:
            await self._while_walking(self.sequencer.walk(self.plan.prime.steps))

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

    def _make_safe(self, reason: str) -> None:
        """Starts to drive the safe state; once is enough, `disarm` drives it again at the end."""
        if self._safe is None and self._group is not None:
            self._safe = self._group.create_task(self.arming.make_safe(reason), name="make safe")

    def _enter(self, state: RunState, reason: str) -> None:
        self.state = state
        self.reason = reason
        self.rig.note(Kind.RUN, f"{state}: {reason}", state=state)

    def _settle(self) -> None:
        """An acting state has done its work."""
        state = SETTLES.get(self.state)
        if state is not None:
            self._enter(state, "the plan is done" if state is S.COMPLETE else self.reason)
