"""Virtual time: a loop whose clock is replaced in one place, its selector's `select`, and its pace.

When nothing is ready, the world advances to the next deadline. Time-outs, tasks, queues and locks of asyncio do not
notice.
"""

import asyncio
import heapq
import itertools
import math
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn, Protocol, TypeVarTuple

from vapordep.clock.edges import Edge, EdgePlay
from vapordep.clock.face import Clock, utc_now
from vapordep.errors import SimulationError

Ts = TypeVarTuple("Ts")
_Arrived = list[tuple[selectors.SelectorKey, int]]

_POLL: Final = 0.02
"""How often virtual time looks for what really arrives (a signal), wall s; a look costs more than a sleep."""
_SLICE: Final = 0.05
"""Longest single wait of a paced loop, wall s; Windows does not wake a select for Ctrl-C."""
_SLACK: Final = 0.02
"""Lateness that a paced loop makes up for, wall s; anything above is a lag and stays one."""


class World(Protocol):
    """What virtual time moves: the simulated plant and its instruments."""

    def advance(self, until: float) -> float:
        """Go towards `until`, virtual s; return the instant reached: `until`, or earlier when something happened."""


def _missing(what: str) -> Any:
    """Make a method of the virtual loop that refuses what exists only in real time."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise SimulationError(
            f"{what} cannot be used in virtual time, which would run ahead of it",
            remedy="use simulated instruments, or run on the wall clock",
        )

    return refuse


class _Timer(asyncio.TimerHandle):
    """A timer that keeps its turn: timers of one instant fire in the order in which they were set."""

    __slots__ = ("turn",)
    _when: float
    _scheduled: bool
    turn: int

    def enter(self, heap: list[asyncio.TimerHandle], turn: int) -> None:
        """Take a place in the loop's heap."""
        self.turn = turn
        heapq.heappush(heap, self)
        self._scheduled = True

    def __lt__(self, other: Any) -> bool:  # a loop has no other timers than these
        if self._when == other._when:
            return bool(self.turn < other.turn)
        return bool(self._when < other._when)


class _Pacing:
    """Which virtual instants the wall clock allows: it lags when the machine is late, and never jumps to make up."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self.wall = wall
        self.pace: float | None = None
        self._origin = (0.0, 0.0)  # the wall instant and the virtual instant that belong together

    def start(self, pace: float | None, now: float) -> None:
        """Keep `pace` from the virtual instant `now` on."""
        if pace is not None and not 0.0 < pace < math.inf:
            raise SimulationError(f"a pace of {pace} is none", remedy="give virtual seconds a wall second, above 0")
        self.pace = pace
        self._origin = (self.wall(), now)

    def wait_for(self, until: float) -> float:
        """Return the wall seconds after which `until` may come; 0 or less: now."""
        wall = self.wall()
        left = 0.0 if self.pace is None else self._origin[0] + (until - self._origin[1]) / self.pace - wall
        if left < -_SLACK:
            self._origin = (wall, until)
        return left

    def instant(self) -> float:
        """Return the virtual instant that belongs to the present wall instant, s."""
        return self._origin[1] + (self.wall() - self._origin[0]) * (self.pace or 0.0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time moves only when nothing is left to do, by way of `world`, as fast as `pace` lets it.

    It refuses what would happen outside its time: executors, sockets, processes, calls from other threads. Signal
    handlers of its own thread get in (Ctrl-C), also while a paced loop waits.

    Raises:
        SimulationError: out of `run`: nothing can ever happen again, or the world does not move.
    """

    _scheduled: list[asyncio.TimerHandle]
    _ready: deque[asyncio.Handle]
    _thread_id: int | None
    _clock_resolution: float

    def __init__(
        self,
        world: World | None = None,
        *,
        pace: float | None = None,
        wall: Callable[[], float] = time.perf_counter,
        wait: Callable[[float], _Arrived] | None = None,
    ) -> None:
        """Begin at 0.0 s; `wall` (s) and `wait` (s, gives what arrived) stand for the system's own clock and select."""
        self.world = world
        self.instant = 0.0
        """The virtual instant, s; what `time` returns, for whoever asks often."""
        self._turns = itertools.count()
        self._pacing = _Pacing(wall)
        super().__init__(_VirtualSelector(self, self._pacing, wait))
        self._clock_resolution = math.ulp(0.0)
        try:
            self.pace = pace
        except SimulationError:
            self.close()
            raise

    def time(self) -> float:
        """Return the virtual instant, s."""
        return self.instant

    @property
    def pace(self) -> float | None:
        """Virtual seconds a wall second at most; None: as fast as the machine can. May be changed while running."""
        return self._pacing.pace

    @pace.setter
    def pace(self, pace: float | None) -> None:
        self._pacing.start(pace, self.instant)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call `callback` at the virtual instant `when`, s, after whatever was set for it before."""
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        if when != when:
            raise SimulationError("a timer was set for an instant that is NaN")
        timer = _Timer(when, callback, args, self, context)
        timer.enter(self._scheduled, next(self._turns))
        return timer

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Let a signal handler in; another thread has no place in virtual time."""
        if self._thread_id not in (None, threading.get_ident()):
            raise SimulationError(
                f"thread {threading.current_thread().name!r} called into virtual time",
                remedy="do the work on the loop, or run on the wall clock",
            )
        return super().call_soon_threadsafe(callback, *args, context=context)

    run_in_executor = _missing("an executor or thread")
    create_connection = create_server = create_unix_connection = create_unix_server = _missing("a socket")
    create_datagram_endpoint = connect_accepted_socket = sendfile = sock_sendfile = _missing("a socket")
    sock_recv = sock_recv_into = sock_recvfrom = sock_recvfrom_into = _missing("a socket")
    sock_sendall = sock_sendto = sock_connect = sock_accept = _missing("a socket")
    add_reader = add_writer = connect_read_pipe = connect_write_pipe = _missing("a file or pipe")
    subprocess_exec = subprocess_shell = _missing("another process")

    def deadline(self) -> float:
        """Return the next instant at which something is to happen, s.

        Raises:
            SimulationError: there is none.
        """
        if self._scheduled and (when := self._scheduled[0].when()) < math.inf:
            return when
        waiting = sorted(task.get_name() for task in asyncio.all_tasks(self))
        raise SimulationError(
            f"nothing can happen any more at {self.instant:.6g} s of virtual time: no timer is set, nothing is ready; "
            f"waiting: {', '.join(waiting) or 'no task'}",
            remedy="look for a wait whose event nobody sets",
        )

    def advance(self, until: float) -> None:
        """Let the world go to `until`, s, or to where it stops before."""
        reached = until if self.world is None else self.world.advance(until)
        moved = self.instant < reached <= until or (reached == self.instant and self._ready)
        if not moved:
            raise SimulationError(f"the world went from {self.instant!r} s to {reached!r} s when asked for {until!r} s")
        self.instant = reached
        self._clock_resolution = math.ulp(reached)  # timers before now + resolution fire: those of now, none sooner


class _VirtualSelector(selectors.DefaultSelector):
    """The one place where virtual time moves."""

    def __init__(self, loop: VirtualLoop, pacing: _Pacing, wait: Callable[[float], _Arrived] | None) -> None:
        super().__init__()
        self._loop = loop
        self._pacing = pacing
        self._wait = wait if wait is not None else super().select
        self._look_at = 0.0

    def select(self, timeout: float | None = None) -> _Arrived:
        """Return what really arrived (signals); when nothing is ready, let time move first."""
        arrived = self._look()
        if timeout == 0 or arrived:
            return arrived
        until = self._loop.deadline()
        if self._pacing.pace is not None:
            until, arrived = self._keep_pace(until)
        if until > self._loop.time():
            self._loop.advance(until)
        return arrived

    def _look(self) -> _Arrived:
        wall = self._pacing.wall()
        if wall < self._look_at:
            return []
        self._look_at = wall + _POLL
        return self._wait(0.0)

    def _keep_pace(self, until: float) -> tuple[float, _Arrived]:
        """Wait until `until` may come; return an earlier instant, with what arrived, when something does."""
        while (left := self._pacing.wait_for(until)) > 0.0:
            if arrived := self._wait(min(left, _SLICE)):
                return min(self._pacing.instant(), until), arrived
        return until, []


class VirtualClock(Clock):
    """The clock of a virtual loop: 0.0 s at its start, which people know as `start_civil` (default: the present)."""

    def __init__(self, loop: VirtualLoop, start_civil: datetime | None = None) -> None:
        self.loop = loop
        self.start_civil = utc_now() if start_civil is None else start_civil.astimezone(UTC)

    def now(self) -> float:
        """Return virtual seconds since the loop began."""
        return self.loop.instant

    def civil_at(self, instant: float) -> datetime:
        """Return the date and time of a virtual instant, aware, in UTC."""
        return self.start_civil + timedelta(seconds=instant)

    async def sleep_until(self, instant: float) -> None:
        """Return exactly at `instant`, or after one turn of the loop when it has passed."""
        reached = self.loop.create_future()
        timer = self.loop.call_at(instant, _reach, reached)
        try:
            await reached
        finally:
            timer.cancel()

    def edges(self, edges: Sequence[Edge]) -> EdgePlay:
        """Start to play `edges`, each exactly at its instant."""
        play = EdgePlay(edges, self.now, self._changed)
        self._go_on(play)
        return play

    def _go_on(self, play: EdgePlay) -> None:
        due = play.due()
        if due == math.inf:
            play.settle()
        else:
            self.loop.call_at(due, self._play, play)

    def _play(self, play: EdgePlay) -> None:
        play.play_until(self.now())
        self._go_on(play)

    def _changed(self, play: EdgePlay) -> None:
        if play.due() == math.inf:
            play.settle()


def _reach(reached: asyncio.Future[None]) -> None:
    if not reached.done():
        reached.set_result(None)
