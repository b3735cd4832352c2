"""Executing a request: from recipe and reactor to a sealed recording and a report, on any clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from vapordep.app.instruments import MakeTransport
from vapordep.app.remembered.bottles import enter_use, stocked
from vapordep.app.remembered.learned import learned
from vapordep.app.request import Request
from vapordep.app.running.connection import Connection
from vapordep.app.running.keeping import Record
from vapordep.app.running.memory import remembering
from vapordep.app.running.outside import Outside
from vapordep.app.running.report import RunReport
from vapordep.app.running.room import require_room
from vapordep.app.running.sampling import Sampler, polling
from vapordep.app.running.session import Result, Session, header
from vapordep.app.running.widths import largest_width_error
from vapordep.app.twin.film import Probe, slabs_of
from vapordep.clock import Clock, perf
from vapordep.errors import HistoryError, VapordepError
from vapordep.history.recordings.recorder import Recorder
from vapordep.lazy import dataclass
from vapordep.model.events import Event
from vapordep.model.film import Film
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunHeader, RunState
from vapordep.recipe import Recipe
from vapordep.safety.outputs.uninterrupted import uninterrupted

Enter = Callable[[], Awaitable[Any]]
"""Enters into the catalogue what a run took from its bottles."""


async def at_once(work: Callable[[], Any]) -> Any:
    """Does the work here and now, as virtual time demands."""
    return work()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a run takes place: its mode, the way to the instruments, ground truth if any, how the record is written."""

    mode: Mode
    make_transport: MakeTransport
    probe: Probe
    record: Callable[[Recorder], Record]
    sampler: Sampler = polling
    remembers: bool = False
    """Whether alarms, latches and bypasses of this reactor outlive the program, in the history folder."""
    aside: Callable[[Callable[[], Any]], Awaitable[Any]] = at_once
    """Does what takes its time on a disk: live, in a thread of its own."""


async def execute(
    request: Request, reactor: Reactor, recipe: Recipe, clock: Clock, surroundings: Surroundings, outside: Outside
) -> RunReport:
    """Connects, runs the recipe and records it, whatever comes of it.

    Raises what stops a run from beginning (an instrument that does not answer, arming refused); that is recorded too.
    Raises FileError, before anything is written, when the disk has no room for its record.
    """
    if doubt := await surroundings.aside(partial(require_room, request.history, recipe, reactor)):
        outside.warn(doubt)
    connection = Connection(reactor, recipe.substrate, clock, surroundings.make_transport, surroundings.sampler)
    session = Session(connection, recipe, surroundings.probe)
    told: list[Event] = []
    connection.logs.append(told.append)
    with remembering(connection, request.history) if surroundings.remembers else nullcontext():
        connection.logs.remove(told.append)
        bypassed = [bypass.id for bypass in connection.core.protection.bypasses.active]
        top = header(request, reactor, recipe, surroundings.mode, clock, bypassed=bypassed)
        return await perform(session, top, request, surroundings, outside, _opened(connection, told))


@asynccontextmanager
async def _opened(connection: Connection, told: Sequence[Event]) -> AsyncIterator[None]:
    """On record is also what was `told` before there was one, as of a bypass that ended over the restart.

    Of a bypass that goes on each record is told anyway.
    """
    for event in told:
        if event.data.get("bypassed") is not True:
            connection.log(replace(event, time=connection.clock.now()))
    async with connection.opened():
        yield


async def perform(
    session: Session, top: RunHeader, request: Request, surroundings: Surroundings, outside: Outside,
    opened: AbstractAsyncContextManager[None],
) -> RunReport:  # fmt: skip
    """One run of a session, recorded whatever comes of it; within `opened` its connection is open.

    Where the record cannot be closed the report says so, and how the run ended.
    """
    clock = session.clock
    session.learned = await surroundings.aside(partial(learned, request.history, top, session.recipe.plan))
    if top.mode is Mode.RUN:
        session.bottles = (await surroundings.aside(partial(stocked, session.reactor, request.history))).sources
    began, started = perf(), clock.now()
    tags = tuple(session.connection.core.hub.tags.values())
    begin = partial(Recorder.open, request.history, top, tags, t0=started, decided=request.decided)
    record = surroundings.record(await surroundings.aside(begin))
    enter = partial(surroundings.aside, partial(enter_use, request.history, top, session.reactor))
    try:
        with session.recording(record):
            async with opened:
                await session.book.open()
                result = await session.perform(record, outside)
        report = await _report(top, result, session, request, clock, perf() - began)
        if report.state is RunState.COMPLETE and session.recipe.plan.changeover:
            session.connection.walls_are_bare()
        if session.interrupted:
            report = replace(report, state=RunState.INTERRUPTED, reason=session.interrupted)
    except BaseException as error:
        await _broken_off(error, record, clock, clock.now() - started, perf() - began, enter)
        raise
    return await _closed(report, record, clock, enter)


async def _broken_off(
    error: BaseException, record: Record, clock: Clock, simulated: float, wall: float, enter: Enter
) -> None:
    reason = error.what if isinstance(error, VapordepError) else f"internal error: {error!r}"
    try:
        await _finish(record, clock, RunState.ABORTED, reason, simulated, wall)
        await enter()
    except HistoryError as refused:  # what stopped the run is what is to be told
        error.add_note(unfinished(refused))


async def _closed(report: RunReport, record: Record, clock: Clock, enter: Enter) -> RunReport:
    """The report, with what of the record could not be closed: the reactor is safe, and how the run ended is told."""
    try:
        await _finish(
            record, clock, report.state, report.reason, report.simulated, report.wall,
            summary=report.summary(), film=report.film,
        )  # fmt: skip
    except HistoryError as refused:
        return replace(report, unfinished=unfinished(refused))
    try:
        await enter()
    except HistoryError as refused:
        return replace(report, unfinished=f"what the run took from its bottles is not entered: {refused}")
    return report


def unfinished(refused: HistoryError) -> str:
    """What to tell of a record that could not be closed."""
    return f"the record is not closed yet: {refused} What is missing is completed when the history is next opened."


async def _report(
    top: RunHeader, result: Result, session: Session, request: Request, clock: Clock, wall: float
) -> RunReport:
    truth = await session.book.probe() or {}
    outcome = result.outcome
    return RunReport(
        run_id=top.run_id,
        recipe=top.recipe_name,
        reactor=top.reactor_name,
        mode=top.mode,
        state=outcome.state,
        reason=outcome.reason,
        simulated=outcome.duration,
        wall=wall,
        steps=outcome.steps,
        doses=outcome.doses,
        dose_width_error=largest_width_error(session.reactor, result.run.doses.given, truth.get("valves", {})),
        peak=result.peaks.highest,
        film=await session.book.film(),
        trips=tuple(session.journal.trips),
        alarms=tuple(session.journal.alarms),
        standing=session.alarms.standing,
        samples=result.peaks.samples,
        profile=slabs_of(truth),
        conversion={name: share for name, share in truth.get("conversion", {}).items() if share > 0.0},
        precursor_use={name: max(used, 0.0) for name, used in truth.get("precursor_use", {}).items()},
        history=str(request.history),
    )


async def _finish(
    record: Record, clock: Clock, state: RunState, reason: str, simulated: float, wall: float,
    summary: dict[str, object] | None = None, film: Film | None = None,
) -> None:  # fmt: skip
    """Seals the recording; live, the recorder's thread does it, and the loop goes on."""
    sealed = record.finish(
        state, reason, ended=clock.civil(), simulated_s=simulated, wall_s=wall, summary=summary, film=film
    )
    if not sealed.done():
        await uninterrupted(asyncio.wrap_future(sealed))
    sealed.result()
