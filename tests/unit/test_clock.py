"""Virtual time and its pace: asyncio behaves unchanged, edges are exact, and what cannot work is refused."""

import asyncio
import contextlib
import gc
import itertools
import math
import os
import signal
import socket
import threading
import weakref
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.clock import Edge, VirtualClock, VirtualLoop, WallClock, perf, run_virtual, run_wall, running, utc_now
from vapordep.errors import SimulationError

Main = Callable[[VirtualClock], Coroutine[Any, Any, Any]]


class Steps:
    """A world that goes at most `step` s at once and notes every instant that it reached."""

    def __init__(self, step: float = math.inf) -> None:
        self.step = step
        self.now = 0.0
        self.reached: list[float] = []

    def advance(self, until: float) -> float:
        self.now = min(until, self.now + self.step)
        self.reached.append(self.now)
        return self.now


# --- asyncio, unchanged ---------------------------------------------------------------------------------------------


def test_hours_pass_in_no_time_and_exactly() -> None:
    async def main(clock: VirtualClock) -> float:
        assert clock.now() == 0.0
        for cycle in range(1, 101):
            await clock.sleep_until(cycle * 115.1)
            assert clock.now() == cycle * 115.1
        return clock.now()

    assert run_virtual(main) == 100 * 115.1


def test_time_outs_fire_at_their_instant() -> None:
    async def main(clock: VirtualClock) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5.0):
                await asyncio.Event().wait()
        assert clock.now() == 5.0
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(clock.sleep(10.0), 2.0)
        assert clock.now() == 7.0
        assert await asyncio.wait_for(asyncio.sleep(1.0, "done"), 2.0) == "done"
        assert clock.now() == 8.0

    run_virtual(main)


def test_queues_and_groups_of_tasks_work_together() -> None:
    async def main(clock: VirtualClock) -> list[tuple[float, int]]:
        queue: asyncio.Queue[int] = asyncio.Queue(maxsize=1)
        taken = []

        async def produce() -> None:
            for number in range(3):
                await queue.put(number)

        async def consume() -> None:
            for _ in range(3):
                await clock.sleep(1.5)
                taken.append((clock.now(), await queue.get()))

        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
            group.create_task(consume())
        return taken

    assert run_virtual(main) == [(1.5, 0), (3.0, 1), (4.5, 2)]


def test_a_failing_task_cancels_its_group_at_once() -> None:
    async def fail(clock: VirtualClock) -> None:
        await clock.sleep(3.0)
        raise ValueError(clock.now())

    async def main(clock: VirtualClock) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail(clock))
            group.create_task(clock.sleep(100.0))

    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(main)
    assert [error.args for error in caught.value.exceptions] == [(3.0,)]


@given(st.lists(st.sampled_from([0.0, 0.1, 0.3, 1e-9, 5.0]), min_size=1, max_size=30))
def test_timers_fire_in_order_and_at_one_instant_in_the_order_set(delays: list[float]) -> None:
    fired: list[tuple[float, int]] = []

    def note(clock: VirtualClock, index: int) -> None:
        fired.append((clock.now(), index))

    async def main(clock: VirtualClock) -> None:
        for index, delay in enumerate(delays):
            clock.loop.call_at(delay, note, clock, index)
        await clock.sleep(6.0)

    run_virtual(main)
    assert fired == sorted((delay, index) for index, delay in enumerate(delays))


def test_a_wait_for_the_past_gives_others_their_turn() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        await clock.sleep(10.0)
        order: list[str] = []
        clock.loop.call_soon(order.append, "other")
        await clock.sleep_until(3.0)
        order.append("waiter")
        assert clock.now() == 10.0
        return order

    assert run_virtual(main) == ["other", "waiter"]


def test_what_was_given_up_moves_no_time_and_does_not_pile_up() -> None:
    async def main(clock: VirtualClock) -> None:
        for number in range(1000):
            if number % 2:
                clock.loop.call_at(1e6, print).cancel()
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.0):
                        await clock.sleep_until(1e6)
        assert clock.now() == 0.0
        assert len(clock.loop._agenda) < 250
        await clock.sleep_until(1.0)
        assert clock.now() == 1.0
        sleeper = asyncio.ensure_future(clock.sleep_until(2.0))
        await clock.sleep_until(clock.now())
        sleeper.cancel()
        await clock.sleep_until(3.0)

    world = Steps()
    run_virtual(main, world=world)
    assert world.reached == [1.0, 3.0]


def test_civil_time_follows_virtual_time() -> None:
    start = datetime(2026, 11, 23, 9, 0, tzinfo=timezone(timedelta(hours=1)))

    async def main(clock: VirtualClock) -> datetime:
        await clock.sleep(90.0)
        assert clock.civil_at(0.0) == start
        return clock.civil()

    civil = run_virtual(main, start_civil=start)
    assert civil == datetime(2026, 11, 23, 8, 1, 30, tzinfo=UTC)
    assert civil.tzinfo is UTC
    assert abs(run_virtual(_civil) - utc_now()) < timedelta(seconds=10)


async def _civil(clock: VirtualClock) -> datetime:
    return clock.civil()


# --- the world ------------------------------------------------------------------------------------------------------


def test_the_world_advances_to_each_deadline_and_may_stop_before() -> None:
    world = Steps(step=0.4)

    async def main(clock: VirtualClock) -> None:
        await clock.sleep_until(1.0)
        await clock.sleep_until(1.3)

    run_virtual(main, world=world)
    assert world.reached == [0.4, 0.8, 1.0, 1.3]


def test_what_the_world_sets_off_runs_at_the_instant_where_it_stopped() -> None:
    class Speaking:
        def __init__(self) -> None:
            self.said: asyncio.Future[float] | None = None

        def advance(self, until: float) -> float:
            if self.said is not None and not self.said.done():
                self.said.set_result(0.25)
                return 0.25
            return until

    world = Speaking()

    async def main(clock: VirtualClock) -> float:
        world.said = clock.loop.create_future()
        async with asyncio.timeout(10.0):
            assert await world.said == clock.now()
        return clock.now()

    assert run_virtual(main, world=world) == 0.25


@pytest.mark.parametrize("goes_to", [0.0, -1.0, 2.0, math.nan])
def test_a_world_that_does_not_go_forward_to_the_deadline_is_an_error(goes_to: float) -> None:
    class Wrong:
        def advance(self, until: float) -> float:
            return goes_to

    with pytest.raises(SimulationError, match=r"the world went from 0\.0 s"):
        run_virtual(lambda clock: clock.sleep_until(1.0), world=Wrong())


# --- what is refused ------------------------------------------------------------------------------------------------


async def _connect(clock: VirtualClock) -> None:
    await asyncio.open_connection("127.0.0.1", 9)


async def _listen(clock: VirtualClock) -> None:
    await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)


async def _watch(clock: VirtualClock) -> None:
    with socket.socket() as one:
        clock.loop.add_reader(one, print)


async def _receive(clock: VirtualClock) -> None:
    with socket.socket() as one:
        await clock.loop.sock_recv(one, 1)


async def _thread(clock: VirtualClock) -> None:
    await asyncio.to_thread(print)


async def _resolve(clock: VirtualClock) -> None:
    await clock.loop.getaddrinfo("localhost", 80)


async def _process(clock: VirtualClock) -> None:
    await asyncio.create_subprocess_exec("true")


@pytest.mark.parametrize("main", [_connect, _listen, _watch, _receive, _thread, _resolve, _process])
def test_what_happens_outside_its_time_is_refused(main: Main) -> None:
    with pytest.raises(SimulationError, match="cannot be used in virtual time"):
        run_virtual(main)


def test_at_a_pace_another_thread_gets_in_while_the_loop_waits() -> None:
    async def main(clock: VirtualClock) -> float:
        called = asyncio.Event()
        intruder = threading.Timer(0.3, lambda: clock.loop.call_soon_threadsafe(called.set))
        intruder.start()
        async with asyncio.timeout(1e4):
            await called.wait()
        return clock.now()

    assert 1.0 < run_virtual(main, pace=100.0) < 1e4, "30 s, but for those in which the loop had no turn to wait"


def test_a_foreign_thread_is_refused() -> None:
    async def main(clock: VirtualClock) -> list[SimulationError]:
        refused = []

        def intrude() -> None:
            try:
                clock.loop.call_soon_threadsafe(print)
            except SimulationError as error:
                refused.append(error)

        thread = threading.Thread(target=intrude, name="reader")
        thread.start()
        thread.join()
        return refused

    [error] = run_virtual(main)
    assert "thread 'reader' called into virtual time" in str(error)


@pytest.mark.parametrize("wait", [lambda clock: asyncio.Event().wait(), lambda clock: clock.sleep_until(math.inf)])
def test_a_wait_for_nothing_is_told_instead_of_hanging(wait: Main) -> None:
    ended = []

    async def main(clock: VirtualClock) -> None:
        await clock.sleep(12.5)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(wait(clock), name="the sequencer")
        finally:
            await clock.sleep(1.0)
            ended.append(clock.now())

    with pytest.raises(SimulationError, match=r"nothing can happen any more at 12\.5 s .* waiting: .*the sequencer"):
        run_virtual(main)
    assert ended == [13.5], "clean-up still has its time"


def test_an_instant_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(SimulationError, match="NaN"):
        run_virtual(lambda clock: clock.sleep_until(math.nan))


# --- edges ----------------------------------------------------------------------------------------------------------


class Valve:
    """Notes when it was told to open and to close."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.told: list[tuple[str, float]] = []

    def tell(self, word: str) -> Callable[[], None]:
        return lambda: self.told.append((word, self.clock.now()))

    def pulse(self, at: float, width: float) -> list[Edge]:
        return [Edge(at, self.tell("open"), cancellable=True), Edge(at + width, self.tell("close"))]


def test_edges_are_called_in_order_at_their_instants() -> None:
    async def main(clock: VirtualClock) -> None:
        valve = Valve(clock)
        instants = await clock.edges([*valve.pulse(30.0, 0.05), *valve.pulse(30.05, 0.0)])
        assert instants == [30.0, 30.05, 30.05, 30.05] == [instant for _, instant in valve.told]
        assert [word for word, _ in valve.told] == ["open", "close", "open", "close"]
        assert await clock.edges([]) == []
        late = await clock.edges(valve.pulse(1.0, 0.05))
        assert late == [clock.now()] * 2, "what has passed is called at once"

    run_virtual(main)


def test_edges_out_of_order_are_refused() -> None:
    async def main(clock: VirtualClock) -> None:
        with pytest.raises(ValueError, match="order"):
            clock.edges([Edge(2.0, print), Edge(1.0, print)])

    run_virtual(main)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=8).map(sorted),
    st.integers(0, 40).map(lambda tick: tick + 0.5),
)
def test_cancel_stops_openings_that_have_not_begun_and_never_a_closing(
    acts: list[tuple[int, bool]], cancel_at: float
) -> None:
    async def main(clock: VirtualClock) -> None:
        calls: list[int] = []
        edges = [Edge(at, partial(calls.append, index), may) for index, (at, may) in enumerate(acts)]
        play = clock.edges(edges)
        clock.loop.call_at(cancel_at, play.cancel)
        instants = await play
        due = [index for index, (at, may) in enumerate(acts) if not may or at < cancel_at]
        assert calls == due
        assert [instant for instant in instants if not math.isnan(instant)] == [acts[index][0] for index in due]
        last = max((at for at, may in acts if not may or at < cancel_at), default=0)
        assert clock.now() <= max(last, cancel_at), "nobody waits for acts that were left out"

    run_virtual(main)


def test_a_closing_follows_a_failed_opening() -> None:
    async def main(clock: VirtualClock) -> None:
        valve = Valve(clock)

        def fail() -> None:
            raise OSError("line lost")

        play = clock.edges([Edge(1.0, fail, True), Edge(2.0, valve.tell("close")), *valve.pulse(3.0, 1.0)])
        with pytest.raises(OSError, match="line lost"):
            await play
        assert valve.told == [("close", 2.0), ("close", 4.0)]
        assert play.instants[:2] == [1.0, 2.0]
        assert math.isnan(play.instants[2])

    run_virtual(main)


def test_cancelling_the_awaiting_task_cancels_the_play() -> None:
    async def main(clock: VirtualClock) -> None:
        valve = Valve(clock)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout_at(1.5):
                await clock.edges([*valve.pulse(1.0, 1.0), *valve.pulse(3.0, 1.0)])
        assert clock.now() == 1.5
        await clock.sleep_until(10.0)
        assert valve.told == [("open", 1.0), ("close", 2.0), ("close", 4.0)]

    run_virtual(main)


# --- pace and signals -----------------------------------------------------------------------------------------------


class Wall:
    """A wall clock that only waiting and working move."""

    def __init__(self, late: float = 0.0) -> None:
        self.now = 1000.0
        self.late = late

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> list[Any]:
        self.now += seconds + (self.late if seconds else 0.0)
        return []


def run_paced(main: Main, wall: Wall, pace: float | None) -> Any:
    loop = VirtualLoop(pace=pace, wall=wall, wait=wall.wait)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(VirtualClock(loop)))


def test_a_paced_loop_keeps_its_pace_though_every_wait_ends_late() -> None:
    wall = Wall(late=0.001)

    async def main(clock: VirtualClock) -> None:
        for tick in range(1, 1001):
            await clock.sleep_until(tick * 0.1)
            assert clock.now() <= (wall.now - 1000.0) * 20.0 + 1e-9

    run_paced(main, wall, pace=20.0)
    assert wall.now - 1000.0 == pytest.approx(5.0, abs=0.002)


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=20))
def test_a_paced_loop_lags_behind_work_and_never_jumps(work: list[float]) -> None:
    wall = Wall()
    seen: list[tuple[float, float]] = []

    async def main(clock: VirtualClock) -> None:
        for tick, seconds in enumerate(work):
            await clock.sleep_until(float(tick))
            seen.append((wall.now, clock.now()))
            wall.now += seconds

    run_paced(main, wall, pace=10.0)
    slack = 0.02 + 1e-9
    for (began, before), (ended, after) in itertools.pairwise(seen):
        assert after - before <= (ended - began + slack) * 10.0


def test_after_a_stall_time_goes_on_at_its_pace() -> None:
    wall = Wall()

    async def main(clock: VirtualClock) -> list[float]:
        await clock.sleep_until(1.0)
        wall.now += 5.0
        passed = []
        for tick in range(2, 6):
            await clock.sleep_until(float(tick))
            passed.append(wall.now - 1005.1)
        return passed

    assert run_paced(main, wall, pace=10.0) == pytest.approx([0.0, 0.1, 0.2, 0.3])


def test_the_pace_changes_while_running() -> None:
    wall = Wall()

    async def main(clock: VirtualClock) -> list[float]:
        passed = []
        for pace in (10.0, 100.0, None, 10.0):
            clock.loop.pace = pace
            began = wall.now
            await clock.sleep(10.0)
            passed.append(wall.now - began)
        return passed

    assert run_paced(main, wall, pace=1.0) == pytest.approx([1.0, 0.1, 0.0, 1.0])


@pytest.mark.parametrize("pace", [0.0, -1.0, math.inf, math.nan])
def test_a_pace_is_a_positive_number(pace: float) -> None:
    with pytest.raises(SimulationError, match="pace"):
        run_virtual(_tick_for_ever, pace=pace)


needs_signals = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="signals of POSIX")


class Interrupting:
    """A world in which, at 5 s, somebody presses a key."""

    def __init__(self, number: int) -> None:
        self.number = number

    def advance(self, until: float) -> float:
        if until == 5.0:
            signal.raise_signal(self.number)
        return until


async def _tick_for_ever(clock: VirtualClock) -> None:
    while True:
        await clock.sleep(1.0)


@needs_signals
def test_a_signal_handler_gets_into_a_busy_loop() -> None:
    async def main(clock: VirtualClock) -> float:
        task = asyncio.current_task()
        assert task is not None
        clock.loop.add_signal_handler(signal.SIGUSR1, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await _tick_for_ever(clock)
        return clock.now()

    assert run_virtual(main, world=Interrupting(signal.SIGUSR1)) >= 5.0


def test_ctrl_c_ends_a_run_after_its_clean_up() -> None:
    ended = []

    async def main(clock: VirtualClock) -> None:
        try:
            await _tick_for_ever(clock)
        finally:
            await clock.sleep(300.0)
            ended.append(clock.now())

    with pytest.raises(KeyboardInterrupt):
        run_virtual(main, world=Interrupting(signal.SIGINT))
    assert ended == [305.0]


@needs_signals
@pytest.mark.wall
def test_a_signal_handler_gets_into_a_paced_wait_at_the_instant_of_the_pace() -> None:
    async def main(clock: VirtualClock) -> float:
        task = asyncio.current_task()
        assert task is not None
        clock.loop.add_signal_handler(signal.SIGUSR1, task.cancel)
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        with contextlib.suppress(asyncio.CancelledError):
            await clock.sleep(3600.0)
        timer.join()
        return clock.now()

    began = perf()
    assert 1.0 < run_virtual(main, pace=20.0) < (perf() - began) * 20.0


# --- wall clock -----------------------------------------------------------------------------------------------------

LATE = 5.0
"""s on a machine that is busy; how late it is on a quiet one is measured by `bench`."""


@pytest.mark.wall
def test_wall_edges_are_called_in_their_thread_never_early() -> None:
    async def main(clock: WallClock) -> None:
        threads: list[str] = []
        start = clock.now() + 0.02
        edges = [
            Edge(start + tick * 0.005, lambda: threads.append(threading.current_thread().name)) for tick in range(4)
        ]
        first, second = await asyncio.gather(_play(clock, edges), _play(clock, edges))
        for instants in (first, second):
            assert all(0.0 <= instant - edge.at < LATE for instant, edge in zip(instants, edges, strict=True))
        assert set(threads) == {"edges"}
        assert clock.scheduling.startswith("SCHED_")

    run_wall(main)


async def _play(clock: WallClock, edges: list[Edge]) -> list[float]:
    return await clock.edges(edges)


@pytest.mark.wall
def test_wall_cancel_leaves_the_closing_its_instant() -> None:
    async def main(clock: WallClock) -> None:
        told: list[str] = []
        start = clock.now() + 0.5  # it is taken back before, also by a slow machine
        opening = Edge(start, lambda: told.append("open"), cancellable=True)
        play = clock.edges([opening, Edge(start + 0.02, lambda: told.append("close"))])
        play.cancel()
        instants = await play
        assert told == ["close"]
        assert math.isnan(instants[0])
        assert instants[1] >= start + 0.02

    run_wall(main)


@pytest.mark.wall
def test_closings_left_over_happen_when_the_clock_is_closed() -> None:
    told: list[str] = []

    async def main(clock: WallClock) -> None:
        at = clock.now() + 3600.0
        clock.edges([Edge(at, lambda: told.append("open"), True), Edge(at + 1.0, lambda: told.append("close"))])

    run_wall(main)
    assert told == ["close"]


@pytest.mark.wall
def test_wall_waits_end_after_their_instant_and_know_the_date() -> None:
    async def main(clock: WallClock) -> None:
        until = clock.now() + 0.06
        await clock.sleep_until(until)
        assert 0.0 <= clock.now() - until < LATE
        await clock.sleep_until(until - 10.0)
        assert abs(clock.civil() - utc_now()) < timedelta(seconds=LATE)
        assert clock.civil_at(until + 60.0) - clock.civil_at(until) == pytest.approx(
            timedelta(seconds=60), abs=timedelta(seconds=1)
        )

    run_wall(main)


@pytest.mark.parametrize("run", [run_virtual, run_wall])
def test_collections_of_garbage_spare_what_was_there_before_the_first_run_and_nothing_since(
    run: Callable[[Callable[[Any], Coroutine[Any, Any, int]]], int],
) -> None:
    class Ring:
        pass

    async def main(clock: object) -> int:
        return gc.get_freeze_count()

    running._spare_what_is_there.cache_clear()  # as in a process of its own, whatever ran in this one before
    assert run(main) > 1000
    ring = Ring()
    ring.itself = ring  # type: ignore[attr-defined]
    left = weakref.ref(ring)
    del ring
    run(main)
    gc.collect()
    assert left() is None
