"""Trials of this computer's clocks: how late acts come at planned instants, ours beside a bare loop of one thread."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

from vapordep.clock.edges import Edge
from vapordep.clock.wall import WallClock, ask_for_fifo

HEAD_START = 0.05
"""From the call to the first planned instant, in s."""

Instants = Sequence[float]


def plan(count: int, period: float, width: float) -> list[float]:
    """Openings and closings of `count` pulses, in s on the wall clock, the first a little ahead of now."""
    first = time.perf_counter() + HEAD_START
    return [first + n * period + late for n in range(count) for late in (0.0, width)]


def bare_loop(planned: Instants) -> list[float]:
    """The instants in s at which a thread that does nothing else woke for each planned one."""
    woken: list[float] = []

    def sleep_to_each() -> None:
        ask_for_fifo()
        for instant in planned:
            while (left := instant - time.perf_counter()) > 0.0:
                time.sleep(left)
            woken.append(time.perf_counter())

    thread = threading.Thread(target=sleep_to_each, daemon=True)
    thread.start()
    thread.join()
    return woken


async def edges(clock: WallClock, planned: Instants) -> list[float]:
    """The instants in s at which the clock's own thread called each act."""
    called: list[float] = []

    def act() -> None:
        called.append(time.perf_counter())

    await clock.edges([Edge(instant, act) for instant in planned])
    return called


async def answered(ask: Callable[[], object], count: int) -> list[float]:
    """How long, in s, each of `count` questions took that block a thread of their own while the loop goes on."""

    def ask_all() -> list[float]:
        times = []
        for _ in range(count):
            began = time.perf_counter()
            ask()
            times.append(time.perf_counter() - began)
            time.sleep(0.002)
        return times

    return await asyncio.to_thread(ask_all)


def timed(act: Callable[[], object], count: int) -> list[float]:
    """How long, in s, each of `count` acts took."""
    stamps = [(time.perf_counter(), act(), time.perf_counter()) for _ in range(count)]
    return [ended - began for began, _, ended in stamps]


def slept() -> float | None:
    """How long this computer has been asleep since it booted, in s; None where it does not tell."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def widths(instants: Instants) -> list[float]:
    """Widths of pulses in s from their openings and closings in turn."""
    return [closed - opened for opened, closed in zip(instants[::2], instants[1::2], strict=True)]


def lateness(planned: Instants, actual: Instants) -> list[float]:
    """How late each act came, in s."""
    return [came - wanted for wanted, came in zip(planned, actual, strict=True)]
