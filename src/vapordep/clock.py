"""The only importer of time: the wall clock, the virtual loop and its pace, and acts at exact instants.

Instants are seconds on the clock that gave them; everything waits *until* an instant, never *for* a rest of one, so
that nothing drifts. In virtual time the loop's clock is replaced in one place, its selector's `select`: when nothing is
ready, the world advances to the next deadline. Time-outs, tasks, queues and locks of asyncio do not notice.
"""

import asyncio
import contextlib
import heapq
import itertools
import math
import os
import selectors
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, NoReturn, Protocol, TypeVar, TypeVarTuple

from vapordep.errors import SimulationError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_Arrived = list[tuple[selectors.SelectorKey, int]]

_POLL: Final = 0.02
"""How often virtual time looks for what really arrives (a signal), wall s; a look costs more than a sleep."""
_SLICE: Final = 0.05
"""Longest single wait of a paced loop, wall s; Windows does not wake a select for Ctrl-C."""
_SLACK: Final = 0.02
"""Lateness that a paced loop makes up for, wall s; anything above is a lag and stays one."""
_FINAL_SLEEP: Final = 0.02 if os.name == "nt" else 0.002
"""The last stretch before an edge, s: asleep to the deadline, deaf to new edges (a condition wakes 0.2 ms late)."""
_SWITCH_INTERVAL: Final = 1e-4
"""How long other threads may keep the interpreter from an edge, s; Python's own 5 ms is a quarter of a pulse."""
_FIFO_PRIORITY: Final = 50


def utc_now() -> datetime:
    """Return the civil time of the computer, aware, in UTC."""
    return datetime.now(UTC)


def perf() -> float:
    """Return wall seconds from an arbitrary origin, for reports of how long something took."""
    return time.perf_counter()


# --- acts at exact instants -----------------------------------------------------------------------------------------


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


# --- wall clock -----------------------------------------------------------------------------------------------------


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
        self._scheduling = _ask_for_fifo()
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


def _ask_for_fifo() -> str:
    """Ask real-time scheduling for the calling thread; say what was got."""
    if sys.platform == "win32" or not hasattr(os, "sched_setscheduler"):
        return "SCHED_OTHER (this system has no SCHED_FIFO)"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_FIFO_PRIORITY))
    except OSError as error:
        return f"SCHED_OTHER (SCHED_FIFO not permitted: {error.strerror})"
    return f"SCHED_FIFO {_FIFO_PRIORITY}"


# --- virtual time ---------------------------------------------------------------------------------------------------


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

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, _Timer):
            return NotImplemented
        return self._when < other._when or (self._when == other._when and self.turn < other.turn)


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
        self._now = 0.0
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
        return self._now

    @property
    def pace(self) -> float | None:
        """Virtual seconds a wall second at most; None: as fast as the machine can. May be changed while running."""
        return self._pacing.pace

    @pace.setter
    def pace(self, pace: float | None) -> None:
        self._pacing.start(pace, self._now)

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
            f"nothing can happen any more at {self._now:.6g} s of virtual time: no timer is set and nothing is ready; "
            f"waiting: {', '.join(waiting) or 'no task'}",
            remedy="look for a wait whose event nobody sets",
        )

    def advance(self, until: float) -> None:
        """Let the world go to `until`, s, or to where it stops before."""
        reached = until if self.world is None else self.world.advance(until)
        moved = self._now < reached <= until or (reached == self._now and self._ready)
        if not moved:
            raise SimulationError(f"the world went from {self._now!r} s to {reached!r} s when asked for {until!r} s")
        self._now = reached
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
        return self.loop.time()

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


# --- running --------------------------------------------------------------------------------------------------------


def run_virtual(
    main: Callable[[VirtualClock], Coroutine[Any, Any, T]],
    *,
    world: World | None = None,
    pace: float | None = None,
    start_civil: datetime | None = None,
) -> T:
    """Run `main(clock)` to its end in virtual time, as fast as it can or at most `pace` virtual s a wall s.

    A world that is built later may be set as `clock.loop.world` before the first wait.

    Raises:
        SimulationError: nothing can happen any more, the world does not move, or real time was asked for.
    """
    loop = VirtualLoop(world, pace=pace)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(VirtualClock(loop, start_civil)))


def run_wall(main: Callable[[WallClock], Coroutine[Any, Any, T]]) -> T:
    """Run `main(clock)` to its end on the wall clock, then call the closings that are left."""
    clock = WallClock()
    with contextlib.closing(clock), asyncio.Runner() as runner:
        return runner.run(main(clock))
