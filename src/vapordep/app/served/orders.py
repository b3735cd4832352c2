"""Orders from the link to the engine: each is carried out as a task of its own, and answered by how it went."""

import asyncio
import json
import traceback
from collections.abc import Callable
from dataclasses import replace

from vapordep.app.served.admission import Admission
from vapordep.app.served.broadcast import Broadcast
from vapordep.app.served.judging import interlocks_shown, verdict_on
from vapordep.app.served.proving import told
from vapordep.app.served.reactor_engine import ReactorEngine
from vapordep.errors import InputError, SafetyError, TransitionRefused, VapordepError
from vapordep.link.authority import KeepControl, ReleaseControl, TakeControl
from vapordep.link.orders import (
    AcknowledgeAlarm,
    AlarmOrder,
    AnswerRun,
    Arm,
    AskRun,
    ChangeLimit,
    CommandOutput,
    Disarm,
    JudgeCommand,
    ProveHandValve,
    PutBack,
    RemoveAlarm,
    Request,
    ResetAlarm,
    ReturnAlarm,
    SetAside,
    ShelveAlarm,
    StartRun,
    TakeSnapshot,
    TakeUpRun,
    TellCoverage,
    TellInterlocks,
    UnshelveAlarm,
)
from vapordep.link.replies import Done, Refused, Reply
from vapordep.model.alarms import AlarmView
from vapordep.model.events import Event, Kind
from vapordep.model.run import Verb
from vapordep.safety.protection import Protection
from vapordep.units import Dimension, format_si


class Orders:
    """Gives each order to the engine. No order waits for another one."""

    def __init__(
        self, engine: ReactorEngine, broadcast: Broadcast, group: asyncio.TaskGroup, admission: Admission
    ) -> None:
        self._admission = admission
        self._engine = engine
        self._broadcast = broadcast
        self._group = group

    def take(self, request: Request, reply: Callable[[Reply], None]) -> None:
        """Carries it out; what needs no waiting is done when this returns."""
        try:
            self._admission.admit(request)
            if (done := self._at_once(request)) is not None:
                return reply(self._told_of(done))
        except Exception as error:
            return reply(self._refusal(request, error))
        self._group.create_task(self._carry_out(request, reply))

    def _at_once(self, request: Request) -> Done | None:
        """What needs no waiting, so that nothing comes between its admission and its effect; None for all else."""
        number, control = request.number, self._admission.control
        match request.order:
            case AskRun(verb) as order if verb is not Verb.RESET:
                return Done(number, self._engine.ask(order))
            case TakeControl(by, force):
                return Done(number, f"{by} has control", token=control.take(by, force=force))
            case KeepControl(by):
                return Done(number, f"{by} has control still")
            case ReleaseControl(by):
                control.release(by, request.under.token if request.under else "")
                return Done(number, "control is free")
        return None

    async def _carry_out(self, request: Request, reply: Callable[[Reply], None]) -> None:
        try:
            done = await self._done(request)
        except Exception as error:
            reply(self._refusal(request, error))
        else:
            reply(self._told_of(done))

    def _told_of(self, done: Done) -> Done:
        """With the news of what came of it, which go out first."""
        self._broadcast.tell()
        return replace(done, seen=self._broadcast.seen)

    def _refusal(self, request: Request, error: Exception) -> Refused:
        """A fault of the program in an order is told and kept, and costs a run under way nothing."""
        if isinstance(error, VapordepError):
            return refusal(request.number, error)
        what = f"internal error in {type(request.order).__name__}: {error!r}"
        trace = "".join(traceback.format_exception(error))
        self._engine.connection.log(Event(self._now(), Kind.ALARM, what, {"trace": trace}))
        return Refused(request.number, "LinkError", what, remedy="please report it")

    async def _done(self, request: Request) -> Done:
        engine, number = self._engine, request.number
        match request.order:
            case TakeSnapshot() | TellInterlocks() | TellCoverage() | JudgeCommand() as question:
                return self._told(number, question)
            case StartRun() | TakeUpRun() as order:
                return await self._begun(number, order)
            case AskRun(_, by):  # what else may be asked of a run needs no waiting
                await engine.reset(by)
                return Done(number, "the run is put aside")
            case AnswerRun(_, text):
                self._answer(text)
                return Done(number, "the recipe goes on")
            case Arm(by, substrate):
                armed = await engine.arm(by, substrate)
                return Done(number, f"armed, for {armed.name} on the stage")
            case Disarm(by):
                return Done(number, f"disarmed: {await engine.disarm(by)}")
            case order if isinstance(order, AlarmOrder):
                alarm = self._alarm(order)
                return Done(number, f"{alarm.id}: {alarm.state.in_words}")
            case SetAside() | PutBack() | ChangeLimit() as order:
                return Done(number, self._interlock(order))
            case CommandOutput() | ProveHandValve() as order:
                return await self._by_hand(number, order)
        raise InputError(f"{type(request.order).__name__} is no order that the engine knows")

    async def _by_hand(self, number: str, order: CommandOutput | ProveHandValve) -> Done:
        if isinstance(order, CommandOutput):
            await self._engine.command(order)
            return Done(number, f"{order.tag} is where it was commanded to")
        found = await self._engine.prove(order)
        return Done(number, told(found, self._engine.reactor.sources[order.source].valve), hand_valve=found)

    async def _begun(self, number: str, order: StartRun | TakeUpRun) -> Done:
        if isinstance(order, StartRun):
            run = await self._engine.start(order)
            return Done(number, f"started as {run.header.run_id}", run.header.run_id)
        begun = await self._engine.take_up(order)
        what = "discarded" if begun is None else f"goes on as {begun.header.run_id}"
        return Done(number, f"{order.run_id} {what}", "" if begun is None else begun.header.run_id)

    def _told(self, number: str, question: TakeSnapshot | TellInterlocks | TellCoverage | JudgeCommand) -> Done:
        match question:
            case TakeSnapshot():
                return Done(number, snapshot=self._broadcast.snapshot())
            case TellInterlocks():
                return Done(number, interlocks=interlocks_shown(self._protection, self._now()))
            case TellCoverage(name):
                return Done(number, sheet=json.dumps(self._engine.coverage(name).as_json()))
            case JudgeCommand(tag, value):
                return Done(number, verdict=verdict_on(self._protection.gate, tag, value))

    def _alarm(self, order: AlarmOrder) -> AlarmView:
        alarms = self._engine.alarms
        match order:
            case AcknowledgeAlarm(id, by, note):
                return alarms.acknowledge(id, by, note)
            case ResetAlarm(id, by):
                return alarms.reset(id, by)
            case ShelveAlarm(id, by, reason, duration):
                return alarms.shelve(id, by, reason, duration)
            case UnshelveAlarm(id, by):
                return alarms.unshelve(id, by)
            case RemoveAlarm(id, by, reason):
                return alarms.remove(id, by, reason)
            case ReturnAlarm(id, by):
                return alarms.restore_service(id, by)

    def _interlock(self, order: SetAside | PutBack | ChangeLimit) -> str:
        protection = self._protection
        match order:
            case SetAside(id, by, reason, duration):
                instead = protection.bypasses.in_place_of(id)
                protection.bypasses.add(id, by, reason, duration)
                return f"{id} is bypassed for {format_si(duration, Dimension.TIME)}{instead}"
            case PutBack(id, by):
                protection.bypasses.lift(id, by)
                return f"{id} is in force again"
            case ChangeLimit(id, tag, limit, by, reason):
                protection.limits.change(id, tag, limit, by, reason)
                return f"{id} has its limit of {tag} at {limit}"

    @property
    def _protection(self) -> Protection:
        return self._engine.connection.core.protection

    def _now(self) -> float:
        return self._engine.connection.clock.now()

    def _answer(self, text: str) -> None:
        if self._engine.run is None:
            raise TransitionRefused("there is no run", remedy="see `vapordep run status`")
        self._engine.run.answer(text)


def refusal(number: str, error: VapordepError) -> Refused:
    """An error as the reply to an order."""
    findings = error.findings if isinstance(error, InputError) else (error,)
    if len(findings) > 1:
        return Refused(number, type(error).__name__, str(error))
    ids = error.interlocks if isinstance(error, SafetyError) else ()
    return Refused(number, type(error).__name__, error.what, error.where, error.remedy, ids)
