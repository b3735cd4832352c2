"""Alarms after ISA-18.2: what stands and what is silenced, and what a person does about one."""

from typing import Annotated

from fastapi import FastAPI, Path
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, Civil, refuses
from vapordep.api.answers.given import Given, Reason, Text, Told
from vapordep.api.answers.plain import as_json
from vapordep.api.live.engine import Engine, Under
from vapordep.api.live.live import Live
from vapordep.api.operate.control import By
from vapordep.api.operate.interlocks import Duration
from vapordep.api.review.spans import Reactor, Simulated, Since, Until, span
from vapordep.history.alarm_episodes import of_span
from vapordep.history.queries import History
from vapordep.history.spans import pieces
from vapordep.link.orders import (
    AcknowledgeAlarm,
    AlarmOrder,
    RemoveAlarm,
    ResetAlarm,
    ReturnAlarm,
    ShelveAlarm,
    UnshelveAlarm,
)
from vapordep.model.alarms import SILENCED, AlarmView
from vapordep.units import Dimension, parse
from vapordep.wire import episode_as_plain

Id = Annotated[str, Path(max_length=200, description="The alarm's id.")]
Runner = Annotated[Caller, Needs(Right.RUN)]
Operator = Annotated[Caller, Needs(Right.OPERATE)]
Engineer = Annotated[Caller, Needs(Right.ENGINEER)]
Confirmed = Annotated[Caller, Needs(Right.ENGINEER, confirmed=True)]


class AlarmNow(Answer):
    """One alarm; those that stand come first, the most urgent in front."""

    id: str
    state: str = Field(description="UNACK_ACTIVE, ACK_ACTIVE, UNACK_CLEARED, LATCHED; SHELVED, SUPPRESSED, ...")
    priority: str
    text: str
    cause: str
    consequence: str
    remedy: str
    latching: bool
    present: bool
    silenced: bool
    first_out: bool = Field(description="Whether it came first in its upset.")
    after: str | None = Field(description="The alarm that came first in the same upset.")
    raised_ago_s: float | None
    shelved_for_s: float | None = Field(description="How much longer it is shelved.")
    by: str | None
    reason: str | None


class DeedTold(Answer):
    """What a person did about an alarm, and what they said."""

    time: Civil
    by: str
    why: str


class EpisodeTold(Answer):
    """One alarm from its raising on; null where that lies outside of the span, or has not happened."""

    id: str
    text: str
    priority: str
    recording: str
    run: bool = Field(description="Whether the recording is a run's.")
    raised: Civil | None
    first_out: bool = Field(description="Whether it came first in its upset.")
    after: str | None = Field(description="The alarm that came first in the same upset.")
    again: int = Field(description="How often its cause came back before it was over.")
    acknowledged: DeedTold | None
    cleared: Civil | None = Field(description="When its cause was gone.")
    lasted_s: float | None = Field(description="How long its cause was there.")
    over: Civil | None
    ended: str | None = Field(description="NORMAL, or the state that silenced it.")
    ended_by: DeedTold | None


class Shelved(Given):
    """For how long an alarm is silenced, and why."""

    duration: Duration
    reason: Reason


class Noted(Given):
    """What whoever acknowledges an alarm has found; it is kept in the record."""

    note: Text = ""


class Why(Given):
    """Why."""

    reason: Reason


def add(app: FastAPI, live: Live, engine: Engine, history: History) -> None:
    """Adds the routes."""
    _add_list(app, live)
    _add_past(app, history)
    _add_answers(app, engine)
    _add_silencing(app, engine)


def _add_list(app: FastAPI, live: Live) -> None:
    @app.get("/api/alarms", dependencies=[Needs(Right.READ)])
    def alarms() -> list[AlarmNow]:
        """The alarms that stand, and those that are silenced. See `/api/alarms/history` for the past."""
        with live.lock:
            picture = live.heard()
            return [_told(view, picture.now) for view in picture.engine.alarms]


def _add_past(app: FastAPI, history: History) -> None:
    @app.get("/api/alarms/history", response_model=list[EpisodeTold], dependencies=[Needs(Right.READ)])
    def past(reactor: Reactor, since: Since = None, until: Until = None, simulated: Simulated = False) -> Response:
        """Alarms of a span with who acknowledged them when, across runs and the time between; the latest first."""
        begin, end = span(since, until)
        found = pieces(history, reactor, begin, end, simulated=simulated)
        return as_json([episode_as_plain(each) for each in reversed(of_span(history, found, begin, end))])


def _add_answers(app: FastAPI, engine: Engine) -> None:
    @app.post("/api/alarms/{alarm}/acknowledge", responses=refuses(409, 502))
    def acknowledge(alarm: Id, caller: Runner, given: Noted | None = None) -> Told:
        """A person has read it. That clears nothing: a trip waits for its cause to go, and for a reset.

        It needs no control; all else about an alarm does.
        """
        note = given.note.strip() if given else ""
        return _given(engine, AcknowledgeAlarm(alarm, caller.person.name, note))

    @app.post("/api/alarms/{alarm}/reset")
    def reset(alarm: Id, caller: Operator, by: By) -> Told:
        """Release what it latched; refused (409) while its cause is there or nobody has acknowledged it."""
        return _given(engine, ResetAlarm(alarm, caller.person.name), by)


def _add_silencing(app: FastAPI, engine: Engine) -> None:
    @app.post("/api/alarms/{alarm}/shelve")
    def shelve(alarm: Id, given: Shelved, caller: Operator, by: By) -> Told:
        """Silence a warning for 8 h at most; it comes back by itself. Trips are not silenced (409)."""
        lasting = parse(given.duration, Dimension.TIME)
        return _given(engine, ShelveAlarm(alarm, caller.person.name, given.reason, lasting), by)

    @app.post("/api/alarms/{alarm}/unshelve")
    def unshelve(alarm: Id, caller: Operator, by: By) -> Told:
        """Take it back before its time on the shelf is over."""
        return _given(engine, UnshelveAlarm(alarm, caller.person.name), by)

    @app.post("/api/alarms/{alarm}/remove")
    def remove(alarm: Id, given: Why, caller: Confirmed, by: By) -> Told:
        """Take a warning out of service, until it is returned.

        403 (`NotConfirmed`) unless the password was shown in the last 10 min; a token does not do it.
        """
        return _given(engine, RemoveAlarm(alarm, caller.person.name, given.reason), by)

    @app.post("/api/alarms/{alarm}/return")
    def restore(alarm: Id, caller: Engineer, by: By) -> Told:
        """Return it to service."""
        return _given(engine, ReturnAlarm(alarm, caller.person.name), by)


def _given(engine: Engine, order: AlarmOrder, by: Under | None = None) -> Told:
    return Told(done=engine.call(order, under=by).text)


def _told(view: AlarmView, now: float) -> AlarmNow:
    return AlarmNow(
        id=view.id, state=view.state.value, priority=view.priority.name.lower(), text=view.text, cause=view.cause,
        consequence=view.consequence, remedy=view.remedy, latching=view.latching, present=view.present,
        silenced=view.state in SILENCED, first_out=view.first_out, after=view.after or None,
        raised_ago_s=_span(view.raised, now, -1.0), shelved_for_s=_span(view.until, now, 1.0), by=view.by or None,
        reason=view.reason or None,
    )  # fmt: skip


def _span(instant: float | None, now: float, sign: float) -> float | None:
    """From now to an instant, or with `sign` -1 since it, in s; None where there is none, or it never comes."""
    found = None if instant is None else sign * (instant - now)
    return round(max(found, 0.0), 1) if found is not None and found < float("inf") else None
