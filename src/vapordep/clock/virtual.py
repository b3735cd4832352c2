"""Virtual time: a loop whose clock is replaced in one place, its turn, and its pace.

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
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn, Protocol, TypeVarTuple

from vapordep.clock.edges import Edge, EdgePlay
from vapordep.clock.face import Clock, utc_now
from vapordep.errors import SimulationError

Ts = TypeVarTuple("Ts")
_Arrived = list[tuple[selectors.SelectorKey, int]]
_Due = tuple[float, int, asyncio.TimerHandle | asyncio.Future[None]]
"""When, after how many others that were set, and what: a timer, or somebody who sleeps."""

_POLL: Final = 0.02
"""How often virtual time looks for what really arrives (a signal), wall s; a look costs more than a sleep."""
_SLICE: Final = 0.05
"""Longest single wait of a paced loop, wall s; Windows does not wake a select for Ctrl-C."""
_CROWD: Final = 100
"""So many cancelled timers at least are dropped together."""
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

    It refuses what would happen outside its time: executors, sockets, processes, and, unless it keeps a pace, calls
    from other threads. Signal handlers of its own thread get in (Ctrl-C), also while a paced loop waits.

    Raises:
        SimulationError: out of `run`: nothing can ever happen again, or the world does not move.
    """

    _ready: deque[asyncio.Handle]
    _stopping: bool
    _thread_id: int | None
    _selector: selectors.BaseSelector
    _process_events: Callable[[_Arrived], None]

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
        self._agenda: list[_Due] = []
        self._turns = itertools.count()
        self._given_up = 0
        """How many of the agenda were cancelled at most."""
        self._pacing = _Pacing(wall)
        self._look_at = 0.0
        super().__init__()
        self._wait = self._selector.select if wait is None else wait
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
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._enter(when, timer)
        return timer

    async def sleep_until(self, when: float) -> None:
        """Return at the virtual instant `when`, s; a timer would take a callback and a turn more, and this is often."""
        reached = self.create_future()
        self._enter(when, reached)
        try:
            await reached
        except asyncio.CancelledError:
            self._timer_handle_cancelled(reached)
            raise

    def _enter(self, when: float, what: asyncio.TimerHandle | asyncio.Future[None]) -> None:
        if when != when:
            raise SimulationError("a timer was set for an instant that is NaN")
        heapq.heappush(self._agenda, (when, next(self._turns), what))

    def _timer_handle_cancelled(self, handle: object) -> None:
        """Count what asyncio tells of here: what was cancelled is dropped when its time comes, or when it is much."""
        self._given_up += 1
        if self._given_up > max(_CROWD, len(self._agenda) // 2):
            self._agenda = [due for due in self._agenda if not due[2].cancelled()]
            heapq.heapify(self._agenda)
            self._given_up = 0

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Let a signal handler in; another thread only where a pace holds virtual time to the wall clock's."""
        if self.pace is None and self._thread_id not in (None, threading.get_ident()):
            raise SimulationError(
                f"thread {threading.current_thread().name!r} called into virtual time",
                remedy="do the work on the loop, give it a pace, or run on the wall clock",
            )
        return super().call_soon_threadsafe(callback, *args, context=context)

    run_in_executor = _missing("an executor or thread")
    create_connection = create_server = create_unix_connection = create_unix_server = _missing("a socket")
    create_datagram_endpoint = connect_accepted_socket = sendfile = sock_sendfile = _missing("a socket")
    sock_recv = sock_recv_into = sock_recvfrom = sock_recvfrom_into = _missing("a socket")
    sock_sendall = sock_sendto = sock_connect = sock_accept = _missing("a socket")
    add_reader = add_writer = connect_read_pipe = connect_write_pipe = _missing("a file or pipe")
    subprocess_exec = subprocess_shell = _missing("another process")

    def _run_once(self) -> None:
        """One turn, in place of asyncio's own: when nothing is ready, time moves, and nowhere else."""
        ready = self._ready
        arrived = self._look()
        if not (arrived or ready or self._stopping):
            arrived = self._let_time_move()
        if arrived:
            self._process_events(arrived)
        while self._agenda and self._agenda[0][0] <= self.instant:
            what = heapq.heappop(self._agenda)[2]
            if what.cancelled():
                continue
            if isinstance(what, asyncio.TimerHandle):
                ready.append(what)
            else:
                what.set_result(None)
        for _ in range(len(ready)):  # what these make ready is for the next turn, as everywhere in asyncio
            handle = ready.popleft()
            if not handle._cancelled:  # noqa: SLF001 - asking costs more than many a callback
                handle._run()  # noqa: SLF001 - the loop's own affair

    def _look(self) -> _Arrived:
        """Return what really arrived (signals), looking now and then."""
        wall = self._pacing.wall()
        if wall < self._look_at:
            return []
        self._look_at = wall + _POLL
        return self._wait(0.0)

    def _let_time_move(self) -> _Arrived:
        """Move to the next deadline, or as far as pace and world let; return what arrived meanwhile."""
        until = self._deadline()
        until, arrived = (until, []) if self._pacing.pace is None else self._keep_pace(until)
        if until > self.instant:
            self._advance(until)
        return arrived

    def _deadline(self) -> float:
        """Return the next instant at which something is to happen, s.

        Raises:
            SimulationError: there is none.
        """
        agenda = self._agenda
        while agenda and agenda[0][2].cancelled():
            heapq.heappop(agenda)
        if agenda and agenda[0][0] < math.inf:
            return agenda[0][0]
        waiting = sorted(task.get_name() for task in asyncio.all_tasks(self))
        raise SimulationError(
            f"nothing can happen any more at {self.instant:.6g} s of virtual time: no timer is set, nothing is ready; "
            f"waiting: {', '.join(waiting) or 'no task'}",
            remedy="look for a wait whose event nobody sets",
        )

    def _keep_pace(self, until: float) -> tuple[float, _Arrived]:
        """Wait until `until` may come; return an earlier instant, with what arrived, when something does."""
        while (left := self._pacing.wait_for(until)) > 0.0:
            if arrived := self._wait(min(left, _SLICE)):
                return min(self._pacing.instant(), until), arrived
        return until, []

    def _advance(self, until: float) -> None:
        """Let the world go to `until`, s, or to where it stops before."""
        reached = until if self.world is None else self.world.advance(until)
        moved = self.instant < reached <= until or (reached == self.instant and self._ready)
        if not moved:
            raise SimulationError(f"the world went from {self.instant!r} s to {reached!r} s when asked for {until!r} s")
        self.instant = reached


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

    def sleep_until(self, instant: float) -> Coroutine[Any, Any, None]:
        """Return exactly at `instant`, or after one turn of the loop when it has passed."""
        return self.loop.sleep_until(instant)

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
