"""The run under way and its verbs: which are allowed now and why the others are not, after one table."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer
from vapordep.api.answers.given import Given, Text, Told
from vapordep.api.answers.plain import as_json
from vapordep.api.live.engine import Engine
from vapordep.api.live.live import Live
from vapordep.api.live.shown import RunNow
from vapordep.api.operate.control import By
from vapordep.errors import InputError, NotAllowed, TransitionRefused
from vapordep.link.news import EngineShown, RunShown
from vapordep.link.orders import AnswerRun, AskRun
from vapordep.model.alarms import STANDING, AlarmView
from vapordep.model.run import ACTIVE, SETTLES, TRANSITIONS, RunState, Verb, after
from vapordep.recipe.resume.amend import amendment_from
from vapordep.wire import run_as_plain

Reader = Annotated[Caller, Needs(Right.READ)]
Runner = Annotated[Caller, Needs(Right.RUN)]
RESETS_WITHIN = 15.0
"""s: the record of the run before is being sealed."""
EXPERT = frozenset({Verb.AMEND, Verb.CAP, Verb.RESET})
"""Verbs that need more than the right to run."""
STEERING = frozenset({Verb.RESUME, Verb.RESTART, Verb.SKIP})
"""Verbs that need it where the recipe is none of those shipped: they let a run go on, or on sooner."""
Asked = Literal["pause", "resume", "hold", "restart", "stop", "cap", "abort", "skip", "amend", "reset"]
WHERE = {
    Verb.START: "POST /api/runs",
    Verb.ABORT: "POST /api/abort",
}
"""Verbs with an address of their own."""


class VerbNow(Answer):
    """One verb: whether it would be taken now, where it leads, and if not, all that stands against it."""

    verb: str
    allowed: bool
    why_not: list[str]
    leads_to: str | None = Field(description="The state that it leads to, null where it is not allowed in this state.")
    right: str = Field(description="The right that it needs.")
    control: bool = Field(description="Whether it needs control.")
    by: str = Field(description="Where it is asked for.")


class Transition(Answer):
    """One row of the table: from a state, by a verb, to a state."""

    state: str
    verb: str
    to: str


class Verbs(Answer):
    """All verbs for the state of the run; IDLE where there is none. `seen` goes with an order into its header."""

    run_id: str | None
    state: str
    seen: str
    verbs: list[VerbNow]
    transitions: list[Transition]
    settles: dict[str, str] = Field(description="Where an acting state ends by itself once its work is done.")


class Ask(Given):
    """What is asked of the run, and why. `amendment` as `main +20`, `TMA +20 s` or `TMA x1.5`."""

    verb: Asked
    reason: Text = ""
    amendment: Text = ""


class Answered(Given):
    """What the recipe asked for: done, or known as `text`."""

    text: Text = ""


def add(app: FastAPI, live: Live, engine: Engine) -> None:
    """Adds the routes."""

    def now() -> RunShown | None:
        with live.lock:
            return live.heard().engine.run

    @app.get("/api/run", response_model=RunNow | None, dependencies=[Needs(Right.READ)])
    def run() -> Response:
        """The run under way, or the last one until the next: state with its reason, step, cycle, time left; or null."""
        shown = now()
        return as_json(None if shown is None else run_as_plain(shown))

    @app.get("/api/run/verbs")
    def verbs(caller: Reader) -> Verbs:
        """Which verb is allowed now, for whoever asks, and why the others are not; with the whole table."""
        with live.lock:
            picture = live.heard()
            return _verbs(picture.engine, picture.seen, caller)

    @app.post("/api/run/verbs")
    def ask(given: Ask, caller: Runner, by: By) -> Told:
        """Ask the run for a verb; `abort` is POST /api/abort.

        `amend`, `cap` and `reset` need the right to operate, and so do `resume`, `restart` and `skip` where the recipe
        is not `shipped`. 409 when its state does not know the verb, without control, or when it was decided on what is
        not so any more.
        """
        verb = Verb(given.verb)
        if verb is Verb.ABORT:
            raise InputError("ABORT needs no control and has an address of its own", remedy="POST /api/abort")
        if _right(verb, now() if verb in STEERING else None) not in caller.rights:
            raise _not_allowed(caller, f"{verb}{' a run of a recipe that is not shipped' if verb in STEERING else ''}")
        amendment = amendment_from(given.amendment) if verb is Verb.AMEND else None
        order = AskRun(verb, caller.person.name, given.reason.strip(), amendment)
        return Told(done=engine.call(order, RESETS_WITHIN, by).text)

    @app.post("/api/run/answer")
    def answer(given: Answered, caller: Runner, by: By) -> Told:
        """Answer what the recipe asks a person; needs the right to operate where it is not `shipped`."""
        if not _open_to_all(now()) and Right.OPERATE not in caller.rights:
            raise _not_allowed(caller, "answer for a recipe that is not shipped")
        return Told(done=engine.call(AnswerRun(caller.person.name, given.text), under=by).text)


def _right(verb: Verb, run: RunShown | None) -> Right:
    if verb is Verb.ABORT:
        return Right.ABORT
    return Right.OPERATE if verb in EXPERT or (verb in STEERING and not _open_to_all(run)) else Right.RUN


def _open_to_all(run: RunShown | None) -> bool:
    """Whether all who may run may let it go on."""
    return run is None or run.shipped


def _not_allowed(caller: Caller, what: str) -> NotAllowed:
    return NotAllowed(f"{caller.person.name} ({caller.person.role}) may not {what}", remedy="ask an operator")


def _verbs(engine: EngineShown, seen: str, caller: Caller) -> Verbs:
    state = engine.run.state if engine.run is not None else RunState.IDLE
    return Verbs(
        run_id=engine.run.run_id if engine.run else None, state=state, seen=seen,
        verbs=[_verb(verb, state, engine, caller) for verb in Verb],
        transitions=[Transition(state=s, verb=v, to=to) for (s, v), to in TRANSITIONS.items()],
        settles={str(state): str(to) for state, to in SETTLES.items()},
    )  # fmt: skip


def _verb(verb: Verb, state: RunState, engine: EngineShown, caller: Caller) -> VerbNow:
    right = _right(verb, engine.run)
    against = list(_against(verb, state, engine))
    if right not in caller.rights:
        why = ", and the recipe is not shipped" if verb in STEERING and right is Right.OPERATE else ""
        against.append(f"{caller.person.name} ({caller.person.role}) has no right to {right}{why}")
    if verb is not Verb.ABORT and (engine.control is None or engine.control.person != caller.person.name):
        holder = "nobody has control" if engine.control is None else f"{engine.control.person} has control"
        against.append(f"{holder}: take it first")
    return VerbNow(
        verb=verb, allowed=not against, why_not=against, leads_to=TRANSITIONS.get((state, verb)), right=right,
        control=verb is not Verb.ABORT, by=WHERE.get(verb, "POST /api/run/verbs"),
    )  # fmt: skip


def _against(verb: Verb, state: RunState, engine: EngineShown) -> Iterator[str]:
    if verb is Verb.START:
        yield from _against_start(engine)
    elif verb is Verb.ABORT and engine.armed:
        return  # also without a run: it drives the safe state
    elif engine.run is None:
        yield "there is no run"
    elif verb not in engine.run.verbs:
        try:
            after(state, verb)
        except TransitionRefused as refused:
            yield f"{refused.what}: {refused.remedy}"
        else:
            why = engine.run.refused.get(verb) or f"the run does not take it just now: {engine.run.reason}"
            yield why
    elif TRANSITIONS.get((state, verb)) is RunState.RESTARTING:
        yield from (f"{alarm.id} tripped, and its cause is still there" for alarm in engine.alarms if _holds(alarm))


def _holds(alarm: AlarmView) -> bool:
    return alarm.latching and alarm.present and alarm.state in STANDING


def _against_start(engine: EngineShown) -> Iterator[str]:
    if engine.run is not None and engine.run.state in ACTIVE | {RunState.IDLE}:
        yield f"{engine.run.run_id} is under way"
    elif engine.run is not None and engine.run.state not in (RunState.COMPLETE, RunState.STOPPED):
        yield f"the last run is {engine.run.state}: look at the reactor, then reset it"
    if trips := [alarm.id for alarm in engine.alarms if alarm.latching and alarm.state in STANDING]:
        yield f"trips stand: {', '.join(trips)}"
    for silent in engine.silent:
        yield f"does not answer: {silent}"
