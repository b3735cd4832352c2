"""Control: who may give orders over the web just now; one at a time, taken, kept, given back, or taken over."""

from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import Field

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import Answer, refuses
from vapordep.api.answers.given import Given, Told
from vapordep.api.live.engine import Engine, Under, under
from vapordep.api.live.live import Live
from vapordep.link.authority import KeepControl, ReleaseControl, TakeControl

Runner = Annotated[Caller, Needs(Right.RUN)]
By = Annotated[Under, Depends(under)]


class ControlNow(Answer):
    """Who has control; all null when nobody has."""

    person: str | None
    since: str | None
    number: int | None = Field(description="How often control was given since the engine came up.")


class Taken(Answer):
    """The token that every order must show in the header `Control`."""

    token: str


class Wish(Given):
    """With `force` control is taken from another person, who is told."""

    force: bool = False


def add(app: FastAPI, live: Live, engine: Engine) -> None:
    """Adds the routes."""

    @app.get("/api/control", dependencies=[Needs(Right.READ)])
    def control() -> ControlNow:
        """Who has control."""
        with live.lock:
            shown = live.heard().engine.control
        if shown is None:
            return ControlNow(person=None, since=None, number=None)
        return ControlNow(person=shown.person, since=shown.since, number=shown.number)

    @app.post("/api/control/take", responses=refuses(409, 502))
    def take(given: Wish, caller: Runner) -> Taken:
        """Take control. 409 while another person has it, unless by `force`; a token from before is void from now on.

        It lapses when its holder is not heard for 60 s; a run goes on without anybody. ABORT never needs it.
        """
        return Taken(token=engine.call(TakeControl(caller.person.name, given.force)).token)

    @app.post("/api/control/keep")
    def keep(caller: Runner, by: By) -> Told:
        """Say that one is still there; every order says so as well."""
        return Told(done=engine.call(KeepControl(caller.person.name), under=by).text)

    @app.post("/api/control/release")
    def release(caller: Runner, by: By) -> Told:
        """Give control back."""
        return Told(done=engine.call(ReleaseControl(caller.person.name), under=by).text)
