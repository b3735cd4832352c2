"""Acts at exact instants: edges, and the play that calls each one at its own."""

import asyncio
import itertools
import math
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """An act at an absolute instant, s on the clock; `cancellable` when it need not happen (an opening)."""

    at: float
    act: Callable[[], object]
    cancellable: bool = False


class EdgePlay:
    """Edges being played; awaiting it gives the instants at which the acts were called, s (NaN: not called).

    Every act that is not cancellable is called, whatever happens to the others: after `cancel`, or once an act has
    raised, only cancellable acts are left out. Awaiting then raises the first error. Cancelling the task that awaits
    cancels the play.
    """

    def __init__(self, edges: Sequence[Edge], now: Callable[[], float], changed: Callable[["EdgePlay"], None]) -> None:
        if any(later.at < earlier.at for earlier, later in itertools.pairwise(edges)):
            raise ValueError("edges must be given in the order of their instants")
        self.loop = asyncio.get_running_loop()
        self.instants = [math.nan] * len(edges)
        self._edges = tuple(edges)
        self._now = now
        self._changed = changed
        self._next = 0
        self._stopped = False
        self._errors: list[Exception] = []
        self._lock = threading.Lock()  # an opening either has begun when `cancel` returns, or never will
        self._ended: asyncio.Future[list[float]] = self.loop.create_future()

    def __await__(self) -> Generator[Any, None, list[float]]:
        return self._wait().__await__()

    async def _wait(self) -> list[float]:
        try:
            return await asyncio.shield(self._ended)
        except asyncio.CancelledError:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Leave out every cancellable act that has not begun; the others keep their instants."""
        with self._lock:
            self._stopped = True
        self._changed(self)

    def due(self) -> float:
        """Return the instant of the next act to be called, s; infinity when none is left."""
        with self._lock:
            return self._due()

    def play_until(self, instant: float) -> None:
        """Call, in order, every act left whose instant is not after `instant`."""
        while (index := self._take(instant)) is not None:
            self.instants[index] = self._now()
            try:
                self._edges[index].act()
            except Exception as error:  # kept for the awaiting task: a closing must follow a failed opening
                self._errors.append(error)
                self._stopped = True

    def settle(self) -> None:
        """Tell the awaiting task, on its loop, that no act is left."""
        if self._ended.done():
            return
        if not self._errors:
            self._ended.set_result(self.instants)
            return
        first, *others = self._errors
        for error in others:
            first.add_note(f"then another act failed: {error!r}")
        self._ended.set_exception(first)

    def _due(self) -> float:
        while self._next < len(self._edges) and self._stopped and self._edges[self._next].cancellable:
            self._next += 1
        return self._edges[self._next].at if self._next < len(self._edges) else math.inf

    def _take(self, instant: float) -> int | None:
        with self._lock:
            if self._due() > instant:
                return None
            self._next += 1
            return self._next - 1
