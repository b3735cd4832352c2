"""The face of a clock: what the wall clock and virtual time have in common, and the computer's own time for reports."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime

from vapordep.clock.edges import Edge, EdgePlay


def utc_now() -> datetime:
    """Return the civil time of the computer, aware, in UTC."""
    return datetime.now(UTC)


def perf() -> float:
    """Return wall seconds from an arbitrary origin, for reports of how long something took."""
    return time.perf_counter()


async def one_turn() -> None:
    """Lets the loop turn once; no time passes on any clock."""
    await asyncio.sleep(0)


class Clock(ABC):
    """Tells the instant and waits for one; the same code runs on the wall clock and in virtual time."""

    @abstractmethod
    def now(self) -> float:
        """Return the present instant, s, never going back (wall: CLOCK_MONOTONIC; virtual: from 0.0)."""

    @abstractmethod
    def civil_at(self, instant: float) -> datetime:
        """Return the date and time of an instant, aware, in UTC."""

    @abstractmethod
    async def sleep_until(self, instant: float) -> None:
        """Return once `now() >= instant`; other tasks get their turn even when it has passed."""

    @abstractmethod
    def edges(self, edges: Sequence[Edge]) -> EdgePlay:
        """Start to play `edges`, given in the order of their instants; those that have passed are called at once."""

    def civil(self) -> datetime:
        """Return the present date and time, aware, in UTC."""
        return self.civil_at(self.now())

    async def sleep(self, duration: float) -> None:
        """Return `duration` seconds from now; for a rhythm, use `sleep_until`, which does not drift."""
        await self.sleep_until(self.now() + duration)
