"""The engine as a process: it has the reactor to itself, listens on the link, and ends with everything safe."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

from vapordep.app.running.connection import Connection
from vapordep.app.running.execute import Surroundings
from vapordep.app.running.live_run import CONTROL, live_surroundings
from vapordep.app.running.memory import remembering
from vapordep.app.running.signals import TERMINATING, taking
from vapordep.app.served.admission import Admission
from vapordep.app.served.broadcast import PERIOD, Broadcast
from vapordep.app.served.disk import EVERY, DiskWatch
from vapordep.app.served.guarded import Guarded, Order, pipes
from vapordep.app.served.idle_record import IdleRecord
from vapordep.app.served.large_pages import ask_for_large_pages
from vapordep.app.served.orders import Orders
from vapordep.app.served.reactor_engine import ReactorEngine, left_interrupted
from vapordep.app.served.under_way import UnderWay
from vapordep.chemistry import substrate
from vapordep.clock import Clock, ask_for_fifo, perf, run_wall
from vapordep.errors import FileError, HistoryError
from vapordep.history.settings import exposed, settings
from vapordep.lazy import dataclass
from vapordep.link.locks import reactor_lock
from vapordep.link.news import Interrupted
from vapordep.link.orders import Request
from vapordep.link.place import reactor_folder
from vapordep.link.replies import Reply
from vapordep.link.server import Server
from vapordep.model.reactor import Reactor

LAST_WORDS = 0.2
"""How long the last signs and news may take to leave, in s."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What an engine serves, and to whom it tells how it goes."""

    reactor: Reactor
    history: Path
    tell: Callable[[str], None]
    """Takes lines for a person."""
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What the last process left: a run that was interrupted, and why that cannot be told."""

    interrupted: Interrupted | None = None
    trouble: str = ""


def serve_engine(serving: Serving) -> None:
    """Serves until a signal ends it. Raises ReactorInUse when another process has the reactor."""
    ask_for_fifo(CONTROL)
    with reactor_lock(serving.reactor, "an engine", guarded=serving.guarded):
        left = _left(serving)
        run_wall(lambda clock: serve_on(serving, clock, live_surroundings(serving.reactor, clock), left))


def _left(serving: Serving) -> Left:
    """A history that cannot be read keeps nobody from seeing and securing the reactor."""
    with suppress(FileError):  # settings that cannot be read are told below
        for each in exposed(serving.history):
            serving.tell(f"warning: {each}")
    try:
        return Left(left_interrupted(serving.history, serving.reactor))
    except HistoryError as error:
        serving.tell(f"warning: {error}")
        return Left(trouble=str(error))


async def serve_on(
    serving: Serving, clock: Clock, surroundings: Surroundings, left: Left, period: float = PERIOD
) -> None:
    """Serves on the running loop until a signal ends it; values are told each `period` s of `clock`."""
    reactor = serving.reactor
    connection = Connection(reactor, substrate(reactor.substrates[0]), clock, surroundings.make_transport)
    ask_for_large_pages()  # before anything is polled: it takes up to some 0.1 s
    async with AsyncExitStack() as parts:
        if surroundings.remembers:
            parts.enter_context(remembering(connection, serving.history))
        await parts.enter_async_context(connection.opened(patient=True))
        group = await parts.enter_async_context(asyncio.TaskGroup())
        engine = ReactorEngine(
            connection, surroundings, serving.history, group, left.interrupted, guarded=serving.guarded
        )
        broadcast = parts.enter_context(_listening(serving, engine, clock, group, period))
        ending = Ending(engine, group)
        disk = DiskWatch(engine, serving.history, surroundings.aside)
        idle = IdleRecord(engine, surroundings, lambda: disk.room)
        background = [
            group.create_task(broadcast.tell_for_ever()),
            group.create_task(_watch(broadcast, disk, idle, left)),
        ]
        if surroundings.remembers and _records_idle(serving):
            background.append(group.create_task(idle.keep()))
        if serving.guarded:
            background.append(group.create_task(_guarded(connection, ending).run()))
        parts.enter_context(taking({signal.SIGINT: ending.interrupt} | dict.fromkeys(TERMINATING, ending.terminate)))
        serving.tell(f"{reactor.name} is served, disarmed (pid {os.getpid()})")
        try:
            await ending.wanted.wait()
        finally:
            serving.tell(f"{reactor.name}: {await engine.end(ending.why)}")
            await clock.sleep(LAST_WORDS)
            for task in background:
                task.cancel()


async def _watch(broadcast: Broadcast, disk: DiskWatch, idle: IdleRecord, left: Left) -> None:
    """Tells, as long as the engine serves, what keeps a run from being recorded, or soon will."""
    clock = broadcast.engine.connection.clock
    while True:
        await disk.look()
        broadcast.trouble = "; ".join(filter(None, (left.trouble, disk.doubt, idle.trouble)))
        await clock.sleep(EVERY)


def _records_idle(serving: Serving) -> bool:
    """As the settings say; where they cannot be read, which is told at the start, the time between runs is recorded."""
    try:
        return settings(serving.history).record_idle
    except FileError as error:
        serving.tell(f"warning: {error}")
        return True


def _guarded(connection: Connection, ending: "Ending") -> Guarded:
    orders, signs = pipes()
    guarded = Guarded(connection.core.protection, connection.reactor, connection.clock, orders, signs, ending.obey)
    connection.on_core.append(lambda core: guarded.guard(core.protection))
    return guarded


@contextmanager
def _listening(
    serving: Serving, engine: ReactorEngine, clock: Clock, group: asyncio.TaskGroup, period: float
) -> Iterator[Broadcast]:
    def take(request: Request, reply: Callable[[Reply], None]) -> None:
        orders.take(request, reply)

    server = Server(reactor_folder(serving.reactor), serving.reactor.name, clock, take)
    try:
        since = clock.civil().isoformat(timespec="seconds")
        broadcast = Broadcast(engine, server, since, os.getpid(), guarded=serving.guarded, period=period)
        admission = Admission(broadcast.control, broadcast.standpoints, perf, broadcast.tell)
        orders = Orders(engine, broadcast, group, admission)
        yield broadcast
    finally:
        server.close()


class Ending:
    """How the engine is told to end: in order, which lets a cycle in hand be finished, or at once."""

    def __init__(self, engine: ReactorEngine, group: asyncio.TaskGroup) -> None:
        self.wanted = asyncio.Event()
        self.why = "the engine ends"
        self._engine = engine
        self._group = group

    def interrupt(self) -> None:
        """Ctrl-C: the first lets the cycle in hand end, the second aborts."""
        run = self._engine.run
        if run is None or not run.active:
            self.wanted.set()
        else:
            run.interrupt()
            self._group.create_task(self._when_over(run))

    def terminate(self) -> None:
        """What ends a program: aborts."""
        self.why = "a signal asked the engine to end"
        self.wanted.set()

    def obey(self, order: Order, why: str) -> None:
        """What the guardian orders, or that it is lost; the safe state of the latter two is being driven already."""
        self.why = why
        self._engine.call_off(why)
        run = self._engine.run
        if order is not Order.STOP and run is not None and run.active:
            (run.lose if order is Order.LOST else run.terminate)(why)
        if order is not Order.ABORT:
            self.wanted.set()

    async def _when_over(self, run: UnderWay) -> None:
        await run.over.wait()
        self.wanted.set()
