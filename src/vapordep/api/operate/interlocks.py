"""Interlocks: each with its live terms, what it protects, and its bypass; set aside, put back, and limits changed."""

from typing import Annotated, Literal

from fastapi import FastAPI, Path
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Reason, Told
from vapordep.api.live.engine import Engine
from vapordep.api.operate.control import By
from vapordep.link.judged import InterlockShown
from vapordep.link.orders import ChangeLimit, PutBack, SetAside, TellInterlocks
from vapordep.units import Dimension, parse

Id = Annotated[str, Path(max_length=200, description="The interlock's id in the reactor file.")]
Engineer = Annotated[Caller, Needs(Right.ENGINEER)]
Confirmed = Annotated[Caller, Needs(Right.ENGINEER, confirmed=True)]
Duration = Annotated[str, Field(max_length=40, description="Such as `30 min`; 8 h at most.", examples=["30 min"])]


class Term(Answer):
    """One condition that must be true; `says` is what was measured beside its limit."""

    text: str
    tags: list[str]
    truth: Literal["true", "false", "unknown"] = Field(description="unknown is not true: missing, stale, bad, NaN.")
    says: str


class Interlock(Answer):
    """One interlock as it stands just now."""

    id: str
    state: Literal["fulfilled", "unmet", "acted", "bypassed", "not covered"]
    kind: Literal["permissive", "trip"] = Field(description="A permissive refuses commands, a trip acts by itself.")
    action: Literal["warn", "hold", "safe"] = Field(description="What a trip does.")
    hard: bool = Field(description="Built in: nobody may bypass it.")
    guards: list[str] = Field(description="The outputs that may leave their safe value only while it is fulfilled.")
    when: str | None
    applies: bool = Field(description="False while its `when` is false.")
    require: list[Term]
    protects: str
    remedy: str
    bypass_left_s: float | None = Field(description="How much longer it is bypassed; null when it is not.")


class Bypassed(Given):
    """For how long an interlock is set aside, and why."""

    duration: Duration
    reason: Reason


class Limited(Given):
    """Another limit of one tag, such as `900 Pa`, and why."""

    tag: Annotated[str, Field(max_length=200)]
    limit: Annotated[str, Field(max_length=40)]
    reason: Reason


def add(app: FastAPI, engine: Engine) -> None:
    """Adds the routes."""

    @app.get("/api/interlocks", dependencies=[Needs(Right.READ)], responses=refuses(502))
    def interlocks() -> list[Interlock]:
        """Every interlock with its live terms, as the engine judges them at this instant."""
        return [_told(each) for each in engine.call(TellInterlocks()).interlocks]

    @app.post("/api/interlocks/{interlock}/bypass")
    def bypass(interlock: Id, given: Bypassed, caller: Confirmed, by: By) -> Told:
        """Set one interlock aside, for 8 h at most; it comes back by itself. Hard ones have no bypass (409).

        403 (`NotConfirmed`) unless the password was shown in the last 10 min; a token does not do it.
        """
        lasting = parse(given.duration, Dimension.TIME)
        return Told(done=engine.call(SetAside(interlock, caller.person.name, given.reason, lasting), under=by).text)

    @app.post("/api/interlocks/{interlock}/lift")
    def lift(interlock: Id, caller: Engineer, by: By) -> Told:
        """End a bypass before its time."""
        return Told(done=engine.call(PutBack(interlock, caller.person.name), under=by).text)

    @app.post("/api/interlocks/{interlock}/limit")
    def limit(interlock: Id, given: Limited, caller: Confirmed, by: By) -> Told:
        """Change one limit while the engine runs: tighter at any time, looser only while disarmed, hard ones never.

        403 (`NotConfirmed`) unless the password was shown in the last 10 min; a token does not do it.
        """
        order = ChangeLimit(interlock, given.tag, given.limit, caller.person.name, given.reason)
        return Told(done=engine.call(order, under=by).text)


def _told(shown: InterlockShown) -> Interlock:
    terms = [Term(text=t.text, tags=list(t.tags), truth=t.truth, says=t.says) for t in shown.require]
    return Interlock(
        id=shown.id, state=shown.state.value, kind="trip" if shown.trips else "permissive", action=shown.action.value,
        hard=shown.hard, guards=list(shown.guards), when=shown.when or None, applies=shown.applies, require=terms,
        protects=shown.protects, remedy=shown.remedy, bypass_left_s=shown.bypass_left,
    )  # fmt: skip
