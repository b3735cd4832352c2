"""Who listens to the stream: each at a place of its own, all written to in one turn of the loop, no one waited for.

A task that is woken for each listener and message costs more than the message. So what is new is offered to all in a
row: who reads takes it at once; who does not gets a task until they have read, and goes on from where they were.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vapordep.api.answers.begun import Rest, begun
from vapordep.api.live.straight import Straight, straight_to
from vapordep.api.live.stream import NOWHERE, Stream
from vapordep.link.news import Snapshot

AGAIN = 1000
"""After how many ms a browser comes back."""
LOST = "news were lost on the way here, or this connection was too slow"


class Listener:
    """A place in the stream, and the id of what its owner has had."""

    def __init__(self, stream: Stream, known: Callable[[], Snapshot | None], last: str) -> None:
        """They had all up to the id `last` before; `known` tells all that is known now."""
        self._stream = stream
        self._known = known
        self._last = last
        self._place, self._why = NOWHERE, ""

    def due(self) -> bytes:
        """All that they have not had yet, the beginning first; empty when there is nothing new."""
        beginning = b""
        found, place = self._stream.since(self._place)
        while found is None:
            known = self._known()
            beginning, self._place, self._last = self._stream.joined(known, self._last, self._why)
            self._why = LOST if known is not None else ""
            found, place = self._stream.since(self._place)
        self._place = place
        if not found:
            return beginning
        if found[-1].number:  # before the engine was heard there is nothing that they could have had
            self._last = found[-1].id
        if len(found) == 1 and not beginning:
            return found[0].data
        return beginning + b"".join([message.data for message in found])


class Seat:
    """One who listens, and how they are sent what is due. For one loop."""

    def __init__(
        self, listener: Listener, send: Send, straight: Straight | None, may: Callable[[], bool],
        group: asyncio.TaskGroup,
    ) -> None:  # fmt: skip
        """`may` says whether they may still listen; `group` has the task of whoever does not read."""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listener, self._send, self._straight, self._may, self._group = listener, send, straight, may, group
        self.waiting: asyncio.Task[None] | None = None
        """For them to read what they were sent; nothing else is sent before."""

    def offer(self) -> None:
        """Sends all that is due; who has not read yet what they were sent before is sent the rest when they have."""
        if self.waiting is not None or self.over.done():
            return
        try:
            if not self._may():
                self.end()
            elif (data := self._listener.due()) and not (self._straight and self._straight(data)):
                self._write(self._send({"type": "http.response.body", "body": data, "more_body": True}))
        except Exception as error:  # of this one: the others in the row are told all the same
            self.end(error)

    def end(self, error: Exception | None = None) -> None:
        """They listen no more; an error, unless it says that they are gone, is raised where they are answered."""
        if self.over.done():
            return
        if error is None or isinstance(error, OSError):
            self.over.set_result(None)
        else:
            self.over.set_exception(error)

    def _write(self, sending: Any) -> None:
        rest = begun(sending)
        if rest is not None:
            self.waiting = self._group.create_task(self._wait(rest))

    async def _wait(self, rest: Rest) -> None:
        try:
            await rest
        except Exception as error:
            self.end(error)
        self.waiting = None
        self.offer()


class Listening(Response):
    """The answer to one listener: it ends when they go, or may listen no more."""

    media_type = "text/event-stream"

    def __init__(self, stream: Stream, listener: Listener, may: Callable[[], bool]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._stream, self._listener, self._may = stream, listener, may

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends for as long as they listen."""
        with suppress(OSError):  # they are gone
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": f"retry: {AGAIN}\n\n".encode(), "more_body": True})
            await self._serve(receive, send, straight_to(scope))
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _serve(self, receive: Receive, send: Send, straight: Straight | None) -> None:
        async with asyncio.TaskGroup() as group:
            seat = Seat(self._listener, send, straight, self._may, group)
            hearing = group.create_task(_hear(receive, seat))
            try:
                with self._stream.told(seat.offer):
                    seat.offer()
                    await seat.over
            finally:
                hearing.cancel()
                if seat.waiting is not None:
                    seat.waiting.cancel()


async def _hear(receive: Receive, seat: Seat) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    seat.end()
