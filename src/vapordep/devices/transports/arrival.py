"""Arrival: what one task waits for and goes on with at once, within the callback that sets it."""

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context, copy_context


class Arrival:
    """Like a future, which lets its task go on a turn of the loop later: that takes longer than to find out a trip.

    It speaks what `asyncio.isfuture` calls the protocol of futures. One task may wait for it; `set` must be called from
    a callback of the loop, not from within a task.
    """

    _asyncio_future_blocking = False
    """Whether a task is just being handed this to wait for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._cancelled = self._done = False
        self._waiting: tuple[Callable[[Arrival], object], Context] | None = None

    def __await__(self) -> Generator["Arrival", None, None]:
        if not self._done:
            self._asyncio_future_blocking = True
            yield self
        self.result()

    def set(self) -> None:
        """Something has arrived, or the time is over; once is enough."""
        if self._done:
            return
        self._done = True
        if self._waiting is not None:
            callback, context = self._waiting
            context.run(callback, self)

    # --- what a task asks of a future ----------------------------------------------------------------------------

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which it is waited for."""
        return self._loop

    def done(self) -> bool:
        """Whether nobody need wait any more."""
        return self._done

    def result(self) -> None:
        """Raises CancelledError when the wait was cancelled."""
        if self._cancelled:
            raise asyncio.CancelledError

    def add_done_callback(self, callback: Callable[["Arrival"], object], *, context: Context | None = None) -> None:
        """Called once it is done."""
        if self._done:
            self._loop.call_soon(callback, self, context=context)
        else:
            self._waiting = callback, copy_context() if context is None else context  # an empty one is false

    def cancel(self, msg: str | None = None) -> bool:
        """Ends the wait, a turn of the loop later, as with any future."""
        if self._done:
            return False
        self._done = self._cancelled = True
        if self._waiting is not None:
            callback, context = self._waiting
            self._loop.call_soon(callback, self, context=context)
        return True
