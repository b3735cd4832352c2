"""Deadlines of what an instrument is asked: after them it counts as not having answered."""

import asyncio
from types import TracebackType

from vapordep.errors import NoReply


class Deadline:
    """A block that raises NoReply after `within` s, naming `where`; a plain class, for every command passes one."""

    __slots__ = ("_timeout", "where", "within")

    def __init__(self, within: float, where: str) -> None:
        self.within = within
        self.where = where
        self._timeout = asyncio.timeout(within)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
            kind = TimeoutError
        if kind is not None and issubclass(kind, TimeoutError):
            what = f"no answer within {self.within:g} s"
            raise NoReply(what, where=self.where, remedy="check the instrument and its line") from None
