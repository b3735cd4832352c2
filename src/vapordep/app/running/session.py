"""A session: one run on a connected reactor, with its record, its film, and whoever looks after it."""

import asyncio
import json
import platform
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import field, replace
from datetime import timedelta
from importlib.metadata import version

from vapordep.app.coverage import coverage_of
from vapordep.app.remembered.walls import CHANGEOVER, require_bare
from vapordep.app.request import Request
from vapordep.app.running.connection import Connection, first_of
from vapordep.app.running.keeping import Record, ageless, book_of, keep
from vapordep.app.running.outside import Outside
from vapordep.app.running.signals import steering
from vapordep.app.running.watch import Peaks, Watcher
from vapordep.app.twin.film import FilmBook, Probe
from vapordep.clock import Clock
from vapordep.engine.overshoot import Overshoots
from vapordep.engine.rig import Rig
from vapordep.engine.run import Outcome, Run
from vapordep.errors import Tripped, VapordepError
from vapordep.history.folder import new_run_id
from vapordep.history.recordings.live import RecorderThread
from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind
from vapordep.model.overshoot import Overshoot
from vapordep.model.questions import Question
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunHeader, Verb, verbs
from vapordep.model.sources import SourceLine
from vapordep.recipe import Recipe
from vapordep.safety.alarms.alarms import Alarms

BEFORE = "run it from a terminal without --yes, and read what stands"
"""What to do where nobody is there to read what was latched before."""
CIVIL_TICK, LEAST_STEP = 1.0, 1.0
"""s: the computer's time is looked at this often; what is told of its steps. Slower corrections are no steps."""
RECORD_TICK = 0.25
"""Whether the record can be written is looked at this often, in s."""


@dataclass(slots=True)
class Journal:
    """Hands events to the recorder, and keeps trips and alarms for the report."""

    record: Record | None = None
    trips: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Logs one event."""
        if event.kind is Kind.TRIP:
            self.trips.append(event.text)
        elif event.kind is Kind.ALARM:
            self.alarms.append(event.text)
        if self.record is not None:
            self.record.event(event)


@dataclass(frozen=True, slots=True)
class Result:
    """What a session hands back for the report."""

    outcome: Outcome
    peaks: Peaks
    run: Run


def header(
    request: Request, reactor: Reactor, recipe: Recipe, mode: Mode, clock: Clock, *, guarded: bool = False,
    bypassed: Collection[str] = (),
) -> RunHeader:  # fmt: skip
    """All that is frozen at the start of a run; `guarded` when a guardian makes safe if this process dies.

    `bypassed` are the interlocks that are set aside as it starts.
    """
    started = clock.civil()
    return RunHeader(
        run_id=new_run_id(started),
        mode=mode,
        recipe_name=recipe.name,
        recipe_text=recipe.text,
        recipe_sha256=recipe.sha256,
        parameters=dict(recipe.parameters),
        reactor_name=reactor.name,
        reactor_text=reactor.text,
        reactor_sha256=reactor.sha256,
        versions={"vapordep": version("vapordep"), "python": platform.python_version(), "system": platform.platform()},
        operator=request.operator,
        started=started.isoformat(),
        samples=tuple(
            replace(sample, substrate=sample.substrate or recipe.substrate.name) for sample in request.samples
        ),
        called=recipe.called,
        seed=request.seed if mode is Mode.DRY_RUN else None,
        parent=request.decided.run_id if request.decided else None,
        notes={
            **_files(request),
            **request.notes,
            **({CHANGEOVER: "walls bare"} if recipe.plan.changeover else {}),
            "coverage": json.dumps(coverage_of(reactor, (recipe.substrate,), guarded, bypassed).as_json()),
        },
    )


def _files(request: Request) -> dict[str, str]:
    """Where recipe and reactor came from, so that it can be told later whether they have changed since."""
    return {"recipe_file": str(request.recipe.resolve()), "reactor_file": str(request.reactor.resolve())}


Steer = Callable[[Run], AbstractContextManager[None]]
"""Within it something outside, such as signals, may give orders to a run."""


class Session:
    """One run on a connection; `perform` does it from the first readings to the last safe value."""

    def __init__(self, connection: Connection, recipe: Recipe, probe: Probe, steer: Steer = steering) -> None:
        """The connection's safety core must be for the recipe's substrate."""
        self.connection = connection
        self.reactor = connection.reactor
        self.recipe = recipe
        self.clock = connection.clock
        self.journal = Journal()
        self.book = FilmBook(probe)
        self.steer = steer
        self.interrupted = ""
        """Why the run counts as INTERRUPTED however it ends; empty as long as it does not."""
        self.learned: tuple[Overshoot, ...] = ()
        """How films ended in earlier runs of the recipe."""
        self.bottles: Mapping[str, SourceLine] = {}
        """The sources with what is left in their bottles; empty where that is what the reactor says."""
        self._core = connection.core

    @property
    def alarms(self) -> Alarms:
        """The alarms of this reactor."""
        return self._core.protection.alarms

    async def perform(self, record: Record, outside: Outside) -> Result:
        """Runs, and leaves the reactor in its safe state; the connection must be open.

        Raises RunError when an instrument gives no reading, or walls would keep a source out, SafetyError when
        arming is refused.
        """
        run = self._run(record, outside)
        peaks = Peaks()
        return Result(await self._perform(run, peaks, record, outside), peaks, run)

    async def _answered(self, outside: Outside) -> None:
        """What stands latched from before must be read by a person, and its cause be gone, before anything is armed.

        Raises Tripped where nobody reads it, or while a cause is still there.
        """
        before = [view for view in self.alarms.standing if view.latching] + list(self.alarms.unknown)
        if not before:
            return
        told = "; ".join(view.text for view in before)
        question = Question(f"Before this run there was: {told}. Acknowledge and reset it?")
        answer = await outside.ask(question)
        if answer.assumed:
            names = ", ".join(view.id for view in before)
            raise Tripped(f"not armed: from before stand {names}", remedy=BEFORE)
        person = outside.person or "a person at the terminal"
        self.alarms.answer((view.id for view in before if view.latching), person)
        for view in before:
            if not view.latching:
                self.alarms.acknowledge(view.id, person)

    @contextmanager
    def recording(self, record: Record) -> Iterator[None]:
        """Within it the record is told what happens."""
        self.journal.record = record
        self.connection.logs.append(self.journal.take)
        self._core.protection.bypasses.tell()
        try:
            yield
        finally:
            self.connection.logs.remove(self.journal.take)
            self.journal.record = None

    async def _perform(self, run: Run, peaks: Peaks, record: Record, outside: Outside) -> Outcome:
        try:
            return await self._beside(run, peaks, record, outside)
        except* VapordepError as several:  # a run that cannot be armed is no fault of the program
            raise first_of(several) from None

    async def _beside(self, run: Run, peaks: Peaks, record: Record, outside: Outside) -> Outcome:
        """The run, with what goes on beside it."""
        async with asyncio.TaskGroup() as group:
            background = [group.create_task(work) for work in self._background(run, record)]
            hub, watcher = self._core.hub, Watcher(run, peaks, outside)
            listeners = (record.publish, peaks.take, watcher.take)
            try:
                await self.connection.first_readings()
                require_bare(self.recipe.plan, self.reactor, hub.latest)
                await self._answered(outside)
                record.publish(ageless(hub, self.clock.now()))
                run.rig.show = watcher.look
                for listener in listeners:
                    hub.listen(listener)
                with self.steer(run):
                    return await run.execute()
            finally:
                for listener in listeners:  # the hub stays: what nobody writes any more would pile up
                    hub.forget(listener)
                for task in background:
                    task.cancel()

    def _run(self, record: Record, outside: Outside) -> Run:
        protection = self._core.protection
        rig = Rig(
            self.reactor,
            self.recipe.substrate,
            self.clock,
            self._core.hub,
            protection.gate,
            self.connection.log,
            outside.ask,
            outside.warn,
            protection.loaded,
            self.connection.walls_are_bare,
            overshoots=Overshoots(self.learned),
            bottles=self.bottles,
        )
        book = book_of(record, self.clock)
        run = Run(rig, self.recipe.plan, protection, book, self.book, attended=outside.attended)
        protection.interlocks.standings.on_trip.append(run.tripped)
        protection.elsewhere.on_found.append(run.hold)
        return run

    def _background(self, run: Run, record: Record) -> Iterator[Coroutine[None, None, None]]:
        yield keep(record, self.clock)
        yield self._watch_record(record, run)
        yield self._watch_civil(record)

    async def _watch_record(self, record: Record, run: Run) -> None:
        """A run whose record cannot be written is held: an unlogged pulse makes a film that nobody can repeat."""
        while isinstance(record, RecorderThread):
            await self.clock.sleep(RECORD_TICK)
            if record.failure is not None and Verb.HOLD in verbs(run.state):
                run.ask(Verb.HOLD, f"the record cannot be written: {record.failure.what}")

    async def _watch_civil(self, record: Record) -> None:
        """Tells when the computer's time is set: no instant of the run or its record follows that."""
        now = self.clock.now()
        before = self.clock.civil() - timedelta(seconds=now)
        while isinstance(record, RecorderThread):
            await self.clock.sleep(CIVIL_TICK)
            now = self.clock.now()
            offset = self.clock.civil() - timedelta(seconds=now)
            if abs(step := (offset - before).total_seconds()) > LEAST_STEP:
                way = "forward" if step > 0.0 else "back"
                text = f"the computer's time was set {way} by {abs(step):.0f} s; the run and its record go on as before"
                self.connection.log(Event(now, Kind.RECORD, text, {"step_s": step}))
                before = offset
