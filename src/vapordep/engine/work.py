"""Work: one piece at a time, as a task that can be broken off; its error ends it and nothing beside it."""

import asyncio
from collections.abc import Awaitable, Callable

from vapordep.errors import RunError

Piece = Callable[[], Awaitable[None]]


class Work:
    """The piece that is under way, if any."""

    def __init__(self) -> None:
        self.broken_off = False
        """Whether the last piece was told to end."""
        self._task: asyncio.Task[Exception | None] | None = None

    async def do(self, piece: Piece, group: asyncio.TaskGroup) -> Exception | None:
        """Does a piece to its end, or until it is broken off and has cleaned up; gives its error."""
        self.broken_off = False
        task = self._task = group.create_task(error_of(piece), name="work")
        await asyncio.wait((task,))
        self._task = None
        if not task.cancelled():
            return task.result()
        return None if self.broken_off else RunError("a step was cancelled, but not by the run")

    def break_off(self) -> None:
        """Ends the piece under way at its next step."""
        if self._task is not None:
            self.broken_off = True
            self._task.cancel()


async def error_of(piece: Piece) -> Exception | None:
    """How a piece of work ended: with its error as a value, or with None."""
    try:
        await piece()
    except Exception as error:
        return error
    return None
