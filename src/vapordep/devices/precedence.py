"""Who has a line: one at a time, and an urgent exchange before all readings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Precedence:
    """The turn on a line; who is urgent comes before all who are not, however long their queue."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._urgent = 0
        self._calm = asyncio.Event()

    @property
    def taken(self) -> bool:
        """Whether somebody has the line."""
        return self._lock.locked()

    @property
    def wanted(self) -> bool:
        """Whether somebody urgent waits for it."""
        return self._urgent > 0

    async def take(self, *, urgent: bool) -> None:
        """Returns once the caller has the line; who has it must `release` it."""
        if not urgent:
            await self._lock.acquire()
            while self._urgent:
                self._lock.release()
                await self._calm.wait()
                await self._lock.acquire()
            return
        self._urgent += 1
        self._calm.clear()
        try:
            await self._lock.acquire()
        finally:
            self._urgent -= 1
            if not self._urgent:
                self._calm.set()

    @asynccontextmanager
    async def in_order(self) -> AsyncIterator[None]:
        """Within it the caller has the line, in its place of the queue: it lets nobody pass."""
        async with self._lock:
            yield

    def release(self) -> None:
        """Gives the line to the next."""
        self._lock.release()
