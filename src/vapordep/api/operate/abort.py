"""ABORT: the safe state now, for everybody who is logged in. It waits for nothing, and is noted afterwards."""

import sys
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import refuses
from vapordep.api.answers.given import Told
from vapordep.errors import HistoryError
from vapordep.link.bell import ring
from vapordep.link.client import Client, found
from vapordep.link.orders import AskRun
from vapordep.model.run import Verb


def add(app: FastAPI, accounts: Accounts, reactor: str, folder: Path) -> None:
    """Adds the route; `folder` is where guardian and engine of the reactor listen."""

    @app.post("/api/abort", responses=refuses(409, 502))
    def abort(caller: Annotated[Caller, Needs(Right.ABORT)]) -> Told:
        """Drive the safe state now: by the guardian's own socket; where no guardian is, by the engine.

        Every role has this right, and nothing needs to be held for it.
        """
        name = caller.person.name
        told = _aborted(reactor, folder, name)
        try:
            accounts.note(name, "ABORT")
        except HistoryError as error:
            sys.stderr.write(f"ABORT by {name} could not be noted: {error}\n")
        return Told(done=told)


def _aborted(reactor: str, folder: Path, name: str) -> str:
    if ring(folder, name, "over the web"):
        return "the guardian has heard it and drives the safe state"
    client = Client(found(reactor, folder))
    try:
        return client.call(AskRun(Verb.ABORT, name, "over the web")).text
    finally:
        client.close()
