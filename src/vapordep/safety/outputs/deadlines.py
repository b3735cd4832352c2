"""Deadlines of what an instrument is asked: after them it counts as not having answered."""

import asyncio
from types import TracebackType

from vapordep.errors import NoReply

SAFE_WITHIN = 1.0
"""How long an output may take to reach its safe value, in s, each time it is tried."""


class Deadline:
    """A block of one task that raises NoReply after `within` s, naming `where`; every command passes one.

    As `asyncio.timeout`, in half the time; a TimeoutError from within counts as no reply as well.
    """

    __slots__ = ("_cancelling", "_over", "_task", "_timer", "where", "within")

    def __init__(self, within: float, where: str) -> None:
        self.within = within
        self.where = where
        self._over = False

    async def __aenter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None  # noqa: S101 - for the type checker: only a task awaits
        self._task, self._cancelling = task, task.cancelling()
        self._timer = loop.call_later(self.within, self._cut)

    def _cut(self) -> None:
        self._over = True
        self._task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        cut = self._over and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError
        if cut or (kind is not None and issubclass(kind, TimeoutError)):
            what = f"no answer within {self.within:g} s"
            raise NoReply(what, where=self.where, remedy="check the instrument and its line") from None
