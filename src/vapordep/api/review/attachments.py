"""Files that belong to a run: kept as they come, and given out as bytes that no browser shows or runs."""

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Caller, Needs
from vapordep.api.answers.answer import refuses
from vapordep.api.answers.plain import BYTES, OCTETS, as_json
from vapordep.api.answers.refusals import refusal
from vapordep.api.review.runs import READ, Run
from vapordep.history.catalogue.attachments import (
    LONGEST_NAME,
    Attachment,
    attachments_of,
    content,
    keep,
    require,
    require_small,
)
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.queries import History

Runner = Annotated[Caller, Needs(Right.RUN)]
FileNumber = Annotated[int, Path(ge=1, le=2**31, description="Its number among the attachments of the run.")]
FileName = Annotated[str, Query(min_length=1, max_length=LONGEST_NAME, description="The file's name, without folders.")]
FileNote = Annotated[str, Query(max_length=1000, description="What else is to be said of it.")]
WITHIN = 120.0
"""s for all of a file."""
AT_ONCE = 2
"""Files that may come in at one time: each is in memory until it is on the disk."""


def add(app: FastAPI, history: History, accounts: Accounts) -> None:
    """Adds the routes."""
    _add_coming(app, history, accounts)
    _add_going(app, history)


def _add_coming(app: FastAPI, history: History, accounts: Accounts) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    @app.post(
        "/api/runs/{run}/attachments",
        response_model=Attachment,
        responses=refuses(413),
        openapi_extra={"requestBody": {"required": True, "content": BYTES}},
    )
    async def attach(run: Run, request: Request, caller: Runner, name: FileName, note: FileNote = "") -> Response:
        """Keep a file with a run: the body is the file as it is, at most 50 MiB.

        It stays, under its SHA-256; what was wrong is put right by another one. All files of a run have at most
        500 MiB. `curl --data-binary @foil.jpg -H 'Content-Type: application/octet-stream'`.
        """
        found = await run_in_threadpool(history.only, run)
        if room.locked():
            return refusal(
                503, "Busy", "other files are just coming in", name, "send it again in a minute", {"retry-after": "60"}
            )
        async with room:  # until it is on the disk, and in memory no more
            try:
                async with asyncio.timeout(WITHIN):
                    body = await _all_of(request, name)
            except TimeoutError:
                return refusal(408, "TooSlow", "the file came too slowly", name, f"send all of it within {WITHIN:g} s")
            except ClientDisconnect:
                return refusal(400, "BrokenOff", "the file broke off", name, "send it again")  # nobody hears it

            def enter() -> Attachment:
                require(history.folder, found.run_id, name, body)
                accounts.note(caller.person.name, f"a file of {found.run_id}: {name!r}, {len(body)} bytes")
                return keep(history.folder, found.run_id, name, body, caller.person.name, note)

            return as_json(await run_in_threadpool(enter))


async def _all_of(request: Request, name: str) -> bytes:
    """The whole body. Raises TooLarge as soon as it is, TimeoutError, ClientDisconnect."""
    body = bytearray()
    async for part in request.stream():
        body += part
        require_small(len(body), name)
    return bytes(body)


def _add_going(app: FastAPI, history: History) -> None:
    @app.get("/api/runs/{run}/attachments", response_model=list[Attachment], dependencies=READ)
    def attachments(run: Run) -> Response:
        """The files that belong to a run, in the order in which they came."""
        found = history.only(run)
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            return as_json(attachments_of(connection, found.run_id))

    @app.get(
        "/api/runs/{run}/attachments/{number}",
        response_class=Response,
        responses={200: {"content": BYTES}},
        dependencies=READ,
    )
    def attachment(run: Run, number: FileNumber) -> Response:
        """One file, to be kept: whatever it is, it goes out as bytes that no browser shows or runs."""
        found = history.only(run)
        with Catalogue.read(history.folder) as catalogue, catalogue.entering() as connection:
            told, body = content(history.folder, connection, found.run_id, number)
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(told.name, safe='')}"}
        return Response(body, media_type=OCTETS, headers=headers)
