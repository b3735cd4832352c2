"""Signals: Ctrl-C and SIGTERM as orders to the run, never as exceptions in the middle of something."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from vapordep.engine.run import Run
from vapordep.model.run import ACTIVE, RunState, Verb

TERMINATING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
"""Signals that end a program; which exist depends on the system."""


@contextmanager
def steering(run: Run) -> Iterator[None]:
    """Within it, Ctrl-C stops the run, a second one aborts it, and what ends a program aborts it too."""
    loop = asyncio.get_running_loop()
    before = {number: _install(number, loop, run.interrupt) for number in (signal.SIGINT,)}
    before |= {number: _install(number, loop, lambda: _abort(run)) for number in TERMINATING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _install(number: int, loop: asyncio.AbstractEventLoop, order: Callable[[], None]) -> Any:
    def handle(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(order)

    return signal.signal(number, handle)


def _abort(run: Run) -> None:
    if run.state in ACTIVE - {RunState.ABORTING}:
        run.ask(Verb.ABORT, "the program was asked to end")
