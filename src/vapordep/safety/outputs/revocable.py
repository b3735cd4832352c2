"""Revocable work: a command under way that a trip cuts short, so that nothing is energised after the safe state."""

import asyncio
from types import TracebackType
from typing import Self

from vapordep.clock import one_turn
from vapordep.errors import Tripped


class Revocable:
    """A block of one task that `revoke` may end, as a time-out does; the block then raises Tripped.

    `revoke` may be called from anywhere on the loop, also from within the block: what it does last may be what trips.
    """

    def __init__(self, tag: str, among: list["Revocable"] | None = None) -> None:
        """While it lasts it stands `among` what can be revoked; without, only who made it can revoke it."""
        self.tag = tag
        self._among = among
        self._reason = ""
        self._task: asyncio.Task[object] | None = None
        self._cancelling: int
        """How often the task had been cancelled when the block began."""

    def revoke(self, reason: str) -> None:
        """Ends the block at its next step; once is enough."""
        if self._task is not None and not self._reason:
            self._reason = reason
            self._task.cancel()

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        self._cancelling = 0 if self._task is None else self._task.cancelling()
        if self._among is not None:
            self._among.append(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._among is not None:
            self._among.remove(self)
        task, self._task = self._task, None
        if not self._reason or task is None:
            return
        if kind is not asyncio.CancelledError:
            await self._spend(task)
            return
        if task.uncancel() <= self._cancelling:
            raise Tripped(
                f"the command was cut short: {self._reason}", where=self.tag, remedy="see the trip, then arm again"
            ) from error

    async def _spend(self, task: asyncio.Task[object]) -> None:
        """The last thing in the block had it revoked, too late: the cancellation must not strike what comes after."""
        try:
            await one_turn()
        except asyncio.CancelledError:
            if task.uncancel() > self._cancelling:
                raise
        else:
            task.uncancel()
