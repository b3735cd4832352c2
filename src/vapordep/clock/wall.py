"""The wall clock: real time, and a thread of its own for edges."""

import asyncio
import contextlib
import math
import os
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from vapordep.clock.edges import Edge, EdgePlay
from vapordep.clock.face import Clock, utc_now

_FINAL_SLEEP: Final = 0.02 if os.name == "nt" else 0.002
"""The last stretch before an edge, s: asleep to the deadline, deaf to new edges (a condition wakes 0.2 ms late)."""
_SWITCH_INTERVAL: Final = 1e-4
"""How long other threads may keep the interpreter from an edge, s; Python's own 5 ms is a quarter of a pulse."""
_FIFO_PRIORITY: Final = 50


class WallClock(Clock):
    """The real clock. Edges are called in a thread of its own: keep the acts short (send an encoded frame)."""

    def now(self) -> float:
        """Return CLOCK_MONOTONIC, s (Windows: the performance counter, whose tick is finer)."""
        return time.perf_counter()

    def civil_at(self, instant: float) -> datetime:
        """Return the computer's civil time of an instant, aware, in UTC."""
        return utc_now() + timedelta(seconds=instant - self.now())

    async def sleep_until(self, instant: float) -> None:
        """Return at `instant`, some ms late at most: Linux lets a loop sleep 0.1 % too long, so approach in steps."""
        left = instant - self.now()
        if left <= 0.0:
            await asyncio.sleep(0)
        while left > 0.0:
            await asyncio.sleep(left if left < 0.05 else left * 0.998)
            left = instant - self.now()

    def edges(self, edges: Sequence[Edge]) -> EdgePlay:
        """Start to play `edges` in the thread that sleeps to each absolute deadline."""
        play = EdgePlay(edges, self.now, self._player.changed)
        self._player.add(play)
        return play

    @property
    def scheduling(self) -> str:
        """How the system schedules the edges: "SCHED_FIFO 50", or "SCHED_OTHER" with the reason."""
        return self._player.scheduling

    def close(self) -> None:
        """End the thread; acts left over that must happen (closings) happen now."""
        if "_player" in self.__dict__:
            self._player.close()

    @cached_property
    def _player(self) -> "_EdgeThread":
        return _EdgeThread()


class _EdgeThread:
    """One long-lived thread that sleeps to the absolute deadline of the next edge and calls it.

    A thread in `time.sleep` is 1.1 to 1.3 times as late as a C loop (p50 14 us); loop timers have a quantum of 1 ms.
    """

    def __init__(self) -> None:
        self._plays: list[EdgePlay] = []
        self._closing = False
        self._wake = threading.Condition()
        self._ready = threading.Event()
        self._scheduling = ""
        self._thread = threading.Thread(target=self._run, name="edges", daemon=True)
        self._thread.start()

    @property
    def scheduling(self) -> str:
        self._ready.wait()
        return self._scheduling

    def add(self, play: EdgePlay) -> None:
        with self._wake:
            self._plays.append(play)
            self._wake.notify()

    def changed(self, play: EdgePlay) -> None:
        with self._wake:
            self._wake.notify()

    def close(self) -> None:
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        self._scheduling = ask_for_fifo()
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL))
        self._ready.set()
        while (play := self._next()) is not None:
            deadline = play.due()
            while (left := deadline - time.perf_counter()) > 0.0:
                time.sleep(left)
            play.play_until(time.perf_counter())
        self._finish()

    def _finish(self) -> None:
        """Call at once what must still happen: a closing too early is safe, a lost one is not."""
        with self._wake:
            plays = list(self._plays)
        for play in plays:
            play.cancel()
            play.play_until(sys.float_info.max)
        with self._wake:
            self._settle()

    def _next(self) -> EdgePlay | None:
        """Wait until an edge is near and return its play; None when the thread is to end."""
        with self._wake:
            while not self._closing:
                self._settle()
                play = min(self._plays, key=EdgePlay.due, default=None)
                ahead = None if play is None else play.due() - time.perf_counter() - _FINAL_SLEEP
                if ahead is not None and ahead <= 0.0:
                    return play
                self._wake.wait(ahead)
        return None

    def _settle(self) -> None:
        for play in [play for play in self._plays if play.due() == math.inf]:
            self._plays.remove(play)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody awaits any more
                play.loop.call_soon_threadsafe(play.settle)


def ask_for_fifo(priority: int = _FIFO_PRIORITY) -> str:
    """Ask real-time scheduling for the calling thread and those that it starts later; say what was got."""
    if sys.platform == "win32" or not hasattr(os, "sched_setscheduler"):
        return "SCHED_OTHER (this system has no SCHED_FIFO)"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as error:
        return f"SCHED_OTHER (SCHED_FIFO not permitted: {error.strerror})"
    return f"SCHED_FIFO {priority}"
