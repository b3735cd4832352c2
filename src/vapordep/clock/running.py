"""Running a coroutine to its end, in virtual time or on the wall clock."""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from vapordep.clock.virtual import VirtualClock, VirtualLoop, World
from vapordep.clock.wall import WallClock

T = TypeVar("T")
RARELY = 20_000
"""New objects between two looks for garbage in virtual time, in place of 700."""


@cache
def _spare_what_is_there() -> None:
    """From the first run of a process on, no collection of garbage looks at what was there before it.

    These are modules above all, 50 ms of them each time. Once only: what runs leave behind must be collected.
    """
    gc.freeze()


@contextlib.contextmanager
def _looking_rarely() -> Iterator[None]:
    """Garbage is looked for less often than Python does: as fast as it can, a loop pays for each look."""
    before = gc.get_threshold()
    gc.set_threshold(RARELY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


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
    _spare_what_is_there()
    with _looking_rarely(), asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(VirtualClock(loop, start_civil)))


def run_wall(main: Callable[[WallClock], Coroutine[Any, Any, T]]) -> T:
    """Run `main(clock)` to its end on the wall clock, then call the closings that are left."""
    clock = WallClock()
    _spare_what_is_there()
    with contextlib.closing(clock), asyncio.Runner(loop_factory=_wall_loop()) as runner:
        return runner.run(main(clock))


def _wall_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """That of uvloop where the system has it: less of it lies between a reply and whoever waits for it."""
    try:
        return import_module("uvloop").new_event_loop  # type: ignore[no-any-return]  # none on Windows
    except ImportError:
        return asyncio.new_event_loop
