"""The engine of one reactor: reads it for ever, is armed and disarmed, and does one run after another."""

import asyncio
from functools import partial
from pathlib import Path

from vapordep.app.coverage import coverage_of
from vapordep.app.remembered.bottles import enter_test_pulse, stocked
from vapordep.app.remembered.continuing import decided, follow_up, require_kind, take_up
from vapordep.app.remembered.walls import require_bare
from vapordep.app.request import Request
from vapordep.app.running.connection import Connection
from vapordep.app.running.execute import Surroundings
from vapordep.app.running.growing import Foretold, foretell
from vapordep.app.running.room import require_room
from vapordep.app.running.session import Session, header
from vapordep.app.served.proving import Proving
from vapordep.app.served.under_way import UnderWay
from vapordep.app.shipped_recipes import is_shipped
from vapordep.chemistry import Substrate, substrate
from vapordep.errors import HistoryError, InputError, RunError, TransitionRefused, Tripped
from vapordep.history.folder import check_folder
from vapordep.history.queries import History
from vapordep.link.news import Interrupted
from vapordep.link.orders import AskRun, CommandOutput, ProveHandValve, StartRun, TakeUpRun
from vapordep.model.commands import Command, Source
from vapordep.model.events import Event, Kind
from vapordep.model.hand_valves import HandValve
from vapordep.model.reactor import Reactor
from vapordep.model.run import ENDED, Decision, Mode, RunState, Verb, after
from vapordep.recipe import Recipe, read_recipe
from vapordep.safety.alarms.alarms import Alarms
from vapordep.safety.coverage import Coverage

RESETS_ITSELF = (RunState.COMPLETE, RunState.STOPPED)
"""After a run that ended so, the next may start; after any other a person says `reset`, having looked."""


class ReactorEngine:
    """Does what is asked of one reactor. It comes up disarmed, and nothing is ever resumed by itself."""

    def __init__(
        self,
        connection: Connection,
        surroundings: Surroundings,
        history: Path,
        group: asyncio.TaskGroup,
        interrupted: Interrupted | None = None,
        *,
        guarded: bool = False,
    ) -> None:
        """`connection` must be open as long as this is used; `interrupted` is the run that a dead process left."""
        self.connection = connection
        self.history = history
        self.run: UnderWay | None = None
        self.interrupted = interrupted
        self.proving = Proving(connection)
        self._guarded = guarded
        self._surroundings = surroundings
        self._group = group
        self._starting = asyncio.Lock()
        self._called_off: list[str] = []
        """Why nothing was to begin any more, each time that was so."""
        self._ends = False

    @property
    def reactor(self) -> Reactor:
        """The reactor."""
        return self.connection.reactor

    @property
    def alarms(self) -> Alarms:
        """What needs a person's answer."""
        return self.connection.core.protection.alarms

    @property
    def armed(self) -> bool:
        """Whether outputs may leave their safe values."""
        return self.connection.core.protection.arming.armed

    @property
    def active(self) -> bool:
        """Whether a run is under way."""
        return self.run is not None and self.run.active

    @property
    def recorded(self) -> bool:
        """Whether a run's own record takes what is read and what happens."""
        return self.run is not None and self.run.session.journal.record is not None

    # --- runs --------------------------------------------------------------------------------------------------------

    async def start(self, order: StartRun) -> UnderWay:
        """Begins a run, and returns when it is in the history; it goes on by itself.

        Raises InputError for a recipe that is refused, RunError while another one is under way or not reset, Tripped
        while trips stand, RunError when it is called off before it began, or walls would keep a source of it out.
        """
        since = len(self._called_off)
        async with self._starting:
            await self._may_start(order)
            request = Request(
                recipe=Path(order.recipe), reactor=Path(self.reactor.file), history=self.history, operator=order.by,
                settings=order.settings, samples=order.samples, notes={"note": order.note} if order.note else {},
            )  # fmt: skip
            recipe, film = await self._surroundings.aside(partial(self._read, request))
            return await self._begin(request, recipe, film, since=since)

    async def take_up(self, order: TakeUpRun) -> UnderWay | None:
        """Carries a decision about an ended run out: begins what goes on from it or caps it; None when it is discarded.

        Raises InputError for a run or a decision that cannot be, and as `start` does.
        """
        since = len(self._called_off)
        async with self._starting:
            if order.decision is not Decision.DISCARD:
                await self._may_start(order)
            found = await self._surroundings.aside(partial(self._decide, order))
            begun = None if found is None else await self._begin(*found, since=since)
            self.interrupted = None
            return begun

    def _decide(self, order: TakeUpRun) -> tuple[Request, Recipe, Foretold | None] | None:
        history = History(self.history)
        taken = take_up(history, order.run_id, Path(self.reactor.file))
        require_kind(taken, history, live=True)
        made = decided(taken, order.decision, order.by, order.reason)
        if order.decision is Decision.DISCARD:
            history.decide(made)
            return None
        check_folder(self.history)
        request, recipe = follow_up(taken, made, self.history)
        return request, recipe, foretell(recipe.plan, self.reactor)

    def ask(self, order: AskRun) -> str:
        """Asks the run for a verb, and tells what came of it.

        Raises TransitionRefused when there is no run, or it does not allow that, RecipeError for an amendment that is
        refused.
        """
        if self.run is None:
            remedy = "start one with `vapordep run start RECIPE`"
            raise TransitionRefused(f"there is no run to {order.verb}", remedy=remedy)
        return self.run.ask(order)

    def call_off(self, why: str) -> None:
        """Lets nothing begin that was ordered before this; a run under way is ended by who calls."""
        self._called_off.append(why)

    def _require_wanted(self, since: int) -> None:
        if len(self._called_off) > since or self._ends:
            remedy = "look at the reactor, then order it again"
            raise RunError(f"called off before it began: {self._called_off[-1]}", remedy=remedy)

    async def _may_start(self, order: StartRun | TakeUpRun) -> None:
        if self.run is not None and self.run.shown().state in ENDED:
            await self.run.over.wait()  # its record is being sealed
        if order.reactor_sha256 != self.reactor.sha256:
            raise InputError(
                "the reactor file is not the one that the engine read",
                where=self.reactor.file,
                remedy="end the engine and serve it anew, or name the file that it serves",
            )
        if self.run is not None and self.run.active:
            raise RunError(f"the run {self.run.header.run_id} is under way", remedy="stop or abort it first")
        if self.run is not None and self.run.state not in RESETS_ITSELF:
            what = f"the last run is {self.run.state}: {self.run.reason}"
            raise RunError(what, remedy="look at the reactor, then `vapordep run reset`")
        if trips := self.connection.core.protection.interlocks.trips:
            ids = [trip.id for trip in trips]
            remedy = "see `vapordep alarms list`; acknowledge, then reset"
            raise Tripped(f"latched trips stand: {', '.join(ids)}", remedy=remedy, interlocks=ids)

    def _read(self, request: Request) -> tuple[Recipe, Foretold | None]:
        """The film is foretold now: once the run is under way, nothing may keep the engine busy for so long."""
        check_folder(request.history)
        recipe = read_recipe(request.recipe, stocked(self.reactor, request.history), request.settings)
        return recipe, foretell(recipe.plan, self.reactor)

    async def _begin(self, request: Request, recipe: Recipe, film: Foretold | None, *, since: int) -> UnderWay:
        if doubt := await self._surroundings.aside(partial(require_room, self.history, recipe, self.reactor)):
            self.note(doubt)
        require_bare(recipe.plan, self.reactor, self.connection.core.hub.latest)
        shipped = await self._surroundings.aside(partial(is_shipped, recipe))
        if self.armed:
            await self._disarm(f"{request.operator} starts a run")
        self._require_wanted(since)
        self.connection.protect(recipe.substrate)
        mode, clock = self._surroundings.mode, self.connection.clock
        top = header(request, self.reactor, recipe, mode, clock, guarded=self._guarded, bypassed=self._bypassed())
        session = Session(self.connection, recipe, self._surroundings.probe)
        run = self.run = UnderWay(top, session, film, shipped)
        session.steer = run.steer
        self._group.create_task(run.go(request, self._surroundings), name=f"run {top.run_id}")
        await run.on_record.wait()
        return run

    async def reset(self, by: str) -> None:
        """Puts a run that has ended aside, which is to have looked at the reactor: it answers what tripped as well.

        Raises TransitionRefused when there is no such run, Tripped while a cause is still there.
        """
        if self.run is None:
            raise TransitionRefused("there is no run to reset", remedy="start one with `vapordep run start RECIPE`")
        run, state = self.run, self.run.shown().state
        after(state, Verb.RESET)
        await run.over.wait()  # its record is being sealed
        self.alarms.answer_trips(by)
        self.run = None
        self.note(f"{run.header.run_id} is reset by {by}")

    # --- arming ------------------------------------------------------------------------------------------------------

    def coverage(self, name: str = "") -> Coverage:
        """What would stand against each hazard, armed for a substrate; raises RunError, UnknownName, ReactorError."""
        return coverage_of(self.reactor, (self._to_arm_for(name),), self._guarded, self._bypassed())

    def _bypassed(self) -> list[str]:
        return [bypass.id for bypass in self.connection.core.protection.bypasses.active]

    async def arm(self, by: str, name: str = "") -> Substrate:
        """Arms for a substrate; a run that is beginning goes first, and refuses it.

        Raises NotArmed with all that stands in the way, RunError when it is called off, and as `coverage` does.
        """
        since = len(self._called_off)
        async with self._starting:
            wanted = self._to_arm_for(name)
            await self._protect(wanted, by)
            self._require_wanted(since)
            await self.connection.core.protection.arming.arm()
            if self._ends:  # meanwhile, when there was nothing to disarm yet
                await self._disarm(self._called_off[-1])
                self._require_wanted(since)
        self.note(f"armed for {wanted.name} by {by}")
        return wanted

    def _to_arm_for(self, name: str) -> Substrate:
        if self.active:
            raise RunError("a run is under way: it arms by itself", remedy="see `vapordep run status`")
        return substrate(name or self.reactor.substrates[0])

    async def _protect(self, wanted: Substrate, by: str) -> None:
        if wanted.name == self.connection.core.substrate.name:
            return
        if self.armed:
            await self._disarm(f"{by} arms for {wanted.name}")
        self.connection.protect(wanted)
        await self.connection.first_readings()

    async def disarm(self, by: str) -> str:
        """Drives the safe state and disarms; tells how that went. Raises RunError while a run is under way."""
        if self.active:
            raise RunError("a run is under way", remedy="`vapordep run abort` drives the safe state now")
        return await self._disarm(f"asked for by {by}")

    async def command(self, order: CommandOutput) -> None:
        """Brings one output to a value, as a person wishes.

        Raises RunError while a run is under way, CommandRefused and what the instrument raises as the gate does.
        """
        self._require_idle(order.tag)
        why = f"{order.reason.strip()} ({order.by})" if order.reason.strip() else f"by {order.by}"
        await self.connection.core.protection.gate.command(Command(order.tag, order.value, Source.OPERATOR, why))

    async def prove(self, order: ProveHandValve) -> HandValve:
        """Gives a source a test pulse and tells what the gauge showed; a run that is ordered meanwhile waits for it.

        Raises RunError while a run is under way, and as `Proving.prove` does.
        """
        self._require_idle(order.source)
        async with self._starting:
            self._require_idle(order.source)
            found = await self.proving.prove(order)
            await self._charge(found)
            return found

    async def _charge(self, found: HandValve) -> None:
        """Enters what a test pulse took out of the bottle of a real reactor; what hinders that is told, and no more."""
        if self._surroundings.mode is not Mode.RUN:
            return
        latest = {tag: sample.value for tag, sample in self.connection.core.hub.latest.items()}
        try:
            await self._surroundings.aside(partial(enter_test_pulse, self.history, self.reactor, found, latest))
        except HistoryError as error:
            self.note(f"the test pulse of {found.source} is not subtracted from its bottle: {error}")

    def _require_idle(self, where: str) -> None:
        if self.active:
            remedy = "stop it first, or let it end"
            raise RunError("a run is under way: it commands the outputs", where=where, remedy=remedy)

    async def end(self, reason: str) -> str:
        """The engine is to end: aborts what is under way, waits for its end, leaves everything safe, and tells so.

        From now on nothing begins: what is begun later nobody would end.
        """
        self.call_off(reason)
        self._ends = True
        if self.run is not None and self.run.active:
            self.run.terminate(reason)
            await self.run.over.wait()
        return await self._disarm(reason) if self.armed else "disarmed"

    async def _disarm(self, reason: str) -> str:
        report = await self.connection.core.protection.arming.disarm(reason)
        if report.failed:
            left = ", ".join(outcome.tag for outcome in report.failed)
            return f"not known to be at their safe values: {left}: cut the power or shut their hand valves"
        return f"all {len(report.outcomes)} outputs are at their safe values"

    def note(self, text: str) -> None:
        """Logs what a person ordered."""
        self.connection.log(Event(self.connection.clock.now(), Kind.COMMAND, text))


def left_interrupted(history: Path, reactor: Reactor) -> Interrupted | None:
    """The latest run of the reactor, if its process went away; marks such runs first.

    Raises HistoryError when the history cannot be read or written.
    """
    records = History(history)
    records.mark_interrupted()
    latest = next(records.latest(reactor.name), None)
    if latest is None or latest.state is not RunState.INTERRUPTED or latest.decided is not None:
        return None
    return Interrupted(latest.run_id, latest.header.recipe_name, latest.header.started, latest.ended or "")
