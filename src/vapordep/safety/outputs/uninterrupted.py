"""Work that must not be left half done: it runs to its end although whoever waits for it is cancelled."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def uninterrupted(work: Awaitable[T]) -> T:
    """Awaits `work` to its end; a cancellation that came meanwhile is raised afterwards, however often it came."""
    running = asyncio.gather(work)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait((running,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return running.result()[0]
    failed = running.exception()
    if failed is not None:
        cancelled.add_note(f"meanwhile failed: {failed!r}")
    raise cancelled
